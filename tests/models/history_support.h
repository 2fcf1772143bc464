// What the tests of the checkers share: an oracle too simple to be wrong, a source of choices that
// can be random or exhaustive, and histories made from them.
//
//   EXPECT_EQ(check_linearizable(h).verdict == Verdict::kHolds, has_order(h, std::nullopt));
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/history.h"

namespace quorumlab::models::testing {

// Does any permutation of any choice of the unknown operations explain every result? Tries them
// all, on all keys at once, without memory.
[[nodiscard]] bool has_order(const History& history, Value initial);

// The history without the operations for which `keep` is false, and without what happened after
// position `until`. Operations get new ids.
[[nodiscard]] History rebuild(const History& history, std::uint64_t until,
                              const std::function<bool(const Operation&)>& keep);

// As above, with every operation changed by `edit` (key, values, process, times).
[[nodiscard]] History edited(const History& history, const std::function<void(Operation&)>& edit);

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  // Uniform enough: 0 .. bound - 1.
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(next() % bound); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

// One operation of a small made-up history, without its place in time.
struct Kind {
  Function f = Function::kRead;
  Outcome outcome = Outcome::kOk;
  Value value = {};
  Value expected = {};
  bool saw_other = false;
  Key key = Key(0);
};

// Calls f with every history of `count` operations drawn from `kinds`, in every interleaving of
// their invocations and completions.
void for_each_history(std::size_t count, const std::vector<Kind>& kinds,
                      const std::function<void(const History&)>& f);

// `count` operations of random kinds that overlap at random; mostly not linearizable.
[[nodiscard]] History random_history(Rng& rng, std::size_t count, const std::vector<Kind>& kinds);

struct CleanOptions {
  std::size_t operations = 1000;
  std::uint32_t processes = 5;
  std::uint32_t keys = 1;
  std::uint32_t values = 0;   // 0: every value written once; else 1 .. values
  std::uint32_t reads = 50;   // percent
  std::uint32_t cas = 0;      // percent
  std::uint32_t unknown = 0;  // percent of operations that end with unknown outcome
};

// Linearizable by construction: each operation takes effect at once somewhere between its
// invocation and its completion.
[[nodiscard]] History clean_history(Rng& rng, const CleanOptions& options);

}  // namespace quorumlab::models::testing
