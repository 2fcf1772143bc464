// Checkers with a planted mistake, each of which the comparison with an oracle must find: so it is
// known that our tests would. A mistake is planted from outside, in what a checker gets to see (it
// ignores real time, or sessions, or what is not known for sure), or in what it is taken for (a
// weaker model, which forgets one bad pattern).
//
//   expect_killed<History>({draw, oracle}, check, {{"ignores real time", check_without_time}},
//   4'000);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

#include "models/consistency/verdict.h"
#include "tests/models/history_support.h"

namespace quorumlab::models::testing {

// Histories, and what an oracle says of them; nullopt: nothing.
template <class T>
struct Trial {
  std::function<T(Rng&)> draw;
  std::function<std::optional<bool>(const T&)> holds;
};

template <class T>
struct Mutant {
  const char* mistake;
  std::function<Verdict(const T&)> check;
};

// The first history on which they differ, or 0.
template <class T>
int first_difference(const Trial<T>& trial, const std::function<Verdict(const T&)>& check,
                     int histories) {
  Rng rng(7);
  for (int i = 1; i <= histories; ++i) {
    const T history = trial.draw(rng);
    const std::optional<bool> expected = trial.holds(history);
    if (!expected) continue;
    const Verdict verdict = check(history);
    if (verdict != Verdict::kUnknown && (verdict == Verdict::kHolds) != *expected) return i;
  }
  return 0;
}

template <class T>
void expect_killed(const Trial<T>& trial, const std::function<Verdict(const T&)>& right,
                   const std::vector<Mutant<T>>& mutants, int histories) {
  EXPECT_EQ(first_difference(trial, right, histories), 0) << "the checker itself";
  for (const Mutant<T>& mutant : mutants) {
    EXPECT_NE(first_difference(trial, mutant.check, histories), 0) << mutant.mistake;
  }
}

}  // namespace quorumlab::models::testing
