// A violation as others can verify it: every way to order the writes whose order nobody knows
// closes one of a few cycles (docs/consistency.md, "Certificates").
//
//   Refutation r{.cycles = {{{0, 1, "ww", Supposition{0, 1}}, {1, 0, "wr"}}, ...}};
//   if (complete(r, 1'000'000)) r.learned;   // what follows of the cycles, up to a contradiction
//
// Each cycle says that not all that it supposes can hold. Where unit propagation alone finds no
// contradiction in that, clauses are learned from conflicts, each of which follows by unit
// propagation from what stands before it (RUP; Goldberg and Novikov, DATE 2003); only those and the
// cycles that lead to the contradiction are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace quorumlab::models {

// That one of two writers of a key comes before the other.
struct Supposition {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};

struct RefutationStep {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::string_view kind;  // ww, wr, rw, process, realtime; view: see weak_isolation.h
  std::optional<Supposition> supposed = {};  // the step is there if this holds
};

struct Refutation {
  std::vector<std::vector<RefutationStep>> cycles;
  std::vector<std::vector<Supposition>> learned;  // of each, one holds
};

// Fills in `learned`, and drops cycles that are not needed. False: something satisfies all cycles,
// or `max_steps` were not enough.
[[nodiscard]] bool complete(Refutation& refutation, std::uint64_t max_steps);

}  // namespace quorumlab::models
