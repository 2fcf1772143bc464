// What proves a verdict on registers with unique written values, for somebody else to verify
// (docs/consistency.md, "Certificates").
//
//   const auto proof = prove_register(history, "causal", result, {}, {});
//   proof->violation.cycles[0];   // a write, what followed from it, and a read that missed it: so
//                                 // it comes before what was read instead
//
// A read that comes after a write of its key, and yet read from another one, says that the first
// comes before the other: that is all there is to say, but of sequential consistency, where orders
// have to be guessed (version_search.h). What holds is proven by orders.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/refutation.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

// Operations by their index.
struct RegisterProof {
  std::string_view model;  // what it proves or refutes: the model, or a weaker one that is violated
  Refutation violation;
  // Of what holds: for each session one order that explains its reads, or one order for all.
  struct View {
    std::uint32_t of = 0;  // an operation of the session
    std::vector<std::uint32_t> order;
  };
  std::vector<View> views;
  std::vector<std::uint32_t> commit;
};

// `verdict` is what check_register() (register_models.h) says of the model, which is sequential,
// causal, causal_convergence, pram or a mixture of guarantees. nullopt: no short proof is known.
[[nodiscard]] std::optional<RegisterProof> prove_register(const History& history,
                                                          std::string_view model, Verdict verdict,
                                                          Value initial, const Budget& budget);

}  // namespace quorumlab::models
