// Clauses over guesses, of each of which one part must hold, and values that satisfy all of them,
// as near as may be to those of the last time: the small solver of version_search.h.
//
//   GuessClauses clauses;
//   const auto x = clauses.add_variable();   // true for the time being
//   clauses.add({2 * x + 1});                // it must not be
//   clauses.solve(steps, 1'000);             // true, and now !clauses.is_true(x)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace quorumlab::models {

class GuessClauses {
 public:
  // A guess and its opposite: 2 * variable, and one more.
  using Literal = std::uint32_t;
  using Clause = std::vector<Literal>;

  // A new variable, true for the time being.
  std::uint32_t add_variable();
  void add(Clause clause);
  [[nodiscard]] bool is_true(std::uint32_t variable) const { return wanted_[variable]; }
  [[nodiscard]] std::uint64_t bytes() const;

  // Adds to `steps`. False: there are none, or more than `max_steps` were needed.
  [[nodiscard]] bool solve(std::uint64_t& steps, std::uint64_t max_steps);

 private:
  enum Value : std::uint8_t { kOpen, kTrue, kFalse };

  [[nodiscard]] bool holds(Literal l) const {
    return value_[l / 2] == (l % 2 == 0 ? kTrue : kFalse);
  }
  [[nodiscard]] bool is_open(Literal l) const { return value_[l / 2] == kOpen; }
  [[nodiscard]] bool is_wanted(Literal l) const { return wanted_[l / 2] == (l % 2 == 0); }
  void start();
  void set(Literal l);
  [[nodiscard]] bool propagate(std::uint64_t& steps);
  [[nodiscard]] std::optional<Literal> unsatisfied(std::uint64_t& steps);
  [[nodiscard]] bool backtrack();

  std::vector<Clause> clauses_;
  std::vector<std::vector<std::uint32_t>> users_;  // by literal: clauses that have it
  std::vector<bool> wanted_;
  std::vector<Value> value_;
  std::vector<Literal> trail_;
  std::vector<std::size_t> decisions_;   // into trail_
  std::size_t looked_at_ = 0;            // into trail_
  std::size_t surveyed_ = 0;             // clauses that were good, and are unless they are doubtful
  std::vector<std::uint32_t> doubtful_;  // clauses of which something did not come as wanted
  std::size_t size_ = 0;                 // of all clauses
};

}  // namespace quorumlab::models
