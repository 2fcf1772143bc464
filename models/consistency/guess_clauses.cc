#include "models/consistency/guess_clauses.h"

#include <algorithm>
#include <utility>

namespace quorumlab::models {

std::uint32_t GuessClauses::add_variable() {
  wanted_.push_back(true);
  value_.push_back(kOpen);
  users_.resize(2 * wanted_.size());
  return static_cast<std::uint32_t>(wanted_.size() - 1);
}

void GuessClauses::add(Clause clause) {
  for (const Literal l : clause) users_[l].push_back(static_cast<std::uint32_t>(clauses_.size()));
  size_ += clause.size();
  clauses_.push_back(std::move(clause));
}

std::uint64_t GuessClauses::bytes() const {
  return 2 * size_ * sizeof(Literal) + clauses_.size() * sizeof(Clause) +
         users_.size() * sizeof(users_[0]);
}

bool GuessClauses::solve(std::uint64_t& steps, std::uint64_t max_steps) {
  start();
  while (steps <= max_steps) {
    if (!propagate(steps)) {
      if (!backtrack()) return false;
      continue;
    }
    const std::optional<Literal> next = unsatisfied(steps);
    if (!next) {
      for (std::size_t v = 0; v < value_.size(); ++v) {
        if (value_[v] != kOpen) wanted_[v] = value_[v] == kTrue;
      }
      return true;
    }
    decisions_.push_back(trail_.size());
    set(*next);
  }
  return false;
}

void GuessClauses::start() {
  std::fill(value_.begin(), value_.end(), kOpen);
  trail_.clear();
  decisions_.clear();
  doubtful_.clear();
  looked_at_ = 0;
  surveyed_ = 0;
  for (const Clause& clause : clauses_) {
    if (clause.size() == 1 && is_open(clause[0])) set(clause[0]);
  }
}

void GuessClauses::set(Literal l) {
  value_[l / 2] = l % 2 == 0 ? kTrue : kFalse;
  trail_.push_back(l);
}

// Sets what a clause leaves no choice about. False: a clause is broken.
bool GuessClauses::propagate(std::uint64_t& steps) {
  for (; looked_at_ < trail_.size(); ++looked_at_) {
    for (const std::uint32_t user : users_[trail_[looked_at_] ^ 1U]) {
      const Clause& clause = clauses_[user];
      steps += clause.size();
      std::size_t open = 0;
      Literal last = 0;
      bool good = false;
      for (const Literal l : clause) {
        good = good || holds(l);
        if (!is_open(l)) continue;
        ++open;
        last = l;
      }
      if (good) continue;
      if (open == 0) return false;
      if (open == 1) {
        set(last);
      } else {
        doubtful_.push_back(user);
      }
    }
  }
  return true;
}

// A literal of a clause that values as they are wanted would break.
std::optional<GuessClauses::Literal> GuessClauses::unsatisfied(std::uint64_t& steps) {
  const auto is_good = [&](const Clause& clause) {
    steps += clause.size();
    return std::any_of(clause.begin(), clause.end(),
                       [&](Literal l) { return holds(l) || (is_open(l) && is_wanted(l)); });
  };
  const auto open_one = [&](const Clause& clause) {
    return *std::find_if(clause.begin(), clause.end(), [&](Literal l) { return is_open(l); });
  };
  while (!doubtful_.empty()) {
    const Clause& clause = clauses_[doubtful_.back()];
    doubtful_.pop_back();
    if (!is_good(clause)) return open_one(clause);
  }
  for (; surveyed_ < clauses_.size(); ++surveyed_) {
    if (!is_good(clauses_[surveyed_])) return open_one(clauses_[surveyed_]);
  }
  return std::nullopt;
}

// Takes back the last decision and sets its opposite, for good as far as the one before goes.
bool GuessClauses::backtrack() {
  if (decisions_.empty()) return false;
  const std::size_t at = decisions_.back();
  decisions_.pop_back();
  const Literal decided = trail_[at];
  for (; trail_.size() > at; trail_.pop_back()) value_[trail_.back() / 2] = kOpen;
  looked_at_ = at;
  doubtful_.clear();
  surveyed_ = 0;
  set(decided ^ 1U);
  return true;
}

}  // namespace quorumlab::models
