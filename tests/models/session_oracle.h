// Oracles for the models of registers that speak of sessions: they try all orders, literally by
// definition, on histories of a few operations with unique written values.
//
//   Small small = random_small(rng, 7);
//   fits_sequential(small);   // is there an order of all operations?
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "models/history.h"
#include "tests/models/history_support.h"

namespace quorumlab::models::testing {

struct SmallOp {
  std::uint32_t session = 0;
  bool writes = false;
  std::uint32_t key = 0;
  std::int64_t value = 0;  // 0: initial
  bool unknown = false;    // a write that may not have happened
};

struct Small {
  std::vector<SmallOp> ops;  // by invocation
  History history;
};

// `count` operations of three sessions on two keys; reads return anything that is written. Written
// are so many `values`; 0: each is written once.
[[nodiscard]] Small random_small(Rng& rng, std::size_t count, std::uint32_t values = 0);
// By some choice of what each read saw? `fits` is asked of each, with each value written once.
[[nodiscard]] bool fits_some(const Small& small, const std::function<bool(const Small&)>& fits);

[[nodiscard]] bool fits_sequential(const Small& small);
[[nodiscard]] bool fits_pram(const Small& small);
[[nodiscard]] bool fits_causal_memory(const Small& small);
[[nodiscard]] bool fits_weak_causal(const Small& small);
[[nodiscard]] bool fits_causal_convergence(const Small& small);
// One of the four session guarantees, pair by pair; nullopt: somebody read what was only written
// later, which they say nothing of.
[[nodiscard]] std::optional<bool> keeps_guarantee(const Small& small, std::string_view guarantee);

}  // namespace quorumlab::models::testing
