// What proves a verdict on registers with unique written values, for somebody else to verify
// (docs/consistency.md, "Certificates").
//
//   const auto proof = prove_register(history, "causal", result, {});
//   proof->missed[0].ops;     // {4, 9, 12}: a write, what followed from it, and a read that missed
//   it proof->missed[0].kinds;   // "rp": 9 read what 4 wrote, and 12 is later in the session of 9
//
// A read that comes after a write of its key, and yet read from another one, says that the first
// comes before the other: that is all there is to say. So a violation is a list of such paths and a
// last one that closes a circle. What holds is proven by orders.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

// Each of the operations (indexes) comes before the next, and why, by letters:
//   p  they are of one session, in this order
//   r  the second read what the first wrote
//   R  the first read what the second wrote
//   m  an earlier path says so: it begins with the first, and its read is of the second
struct ProofPath {
  std::vector<std::uint32_t> ops;
  std::string kinds;
};

struct RegisterProof {
  std::string_view model;  // what it proves or refutes: the model, or a weaker one that is violated
  // Of a violation.
  std::vector<ProofPath> missed;  // each ends with a read that did not see the write it begins with
  ProofPath
      closing;  // from what the last of those reads saw, back to what it missed; one operation
                // if it saw nothing; if none missed anything, from an operation to itself
  // Of what holds: for each session one order that explains its reads, or one order for all.
  struct View {
    std::uint32_t of = 0;  // an operation of the session
    std::vector<std::uint32_t> order;
  };
  std::vector<View> views;
  std::vector<std::uint32_t> commit;
};

// `result` is what check_register() (register_models.h) says of the model. nullopt: no short proof
// is known, or the model's definition can be verified on each read alone.
[[nodiscard]] std::optional<RegisterProof> prove_register(const History& history,
                                                          std::string_view model,
                                                          const CheckResult& result, Value initial);

}  // namespace quorumlab::models
