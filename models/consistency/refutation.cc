#include "models/consistency/refutation.h"

#include <algorithm>
#include <utility>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

// A variable and its opposite: 2 * variable, and one more.
using Literal = std::uint32_t;
using Clause = std::vector<Literal>;

// Looks for a contradiction by learning from conflicts (Marques-Silva and Sakallah 1996), and
// remembers what each clause was learned from.
class Refuter {
 public:
  explicit Refuter(std::uint64_t max_steps) : max_steps_(max_steps) {}

  Literal literal(const Supposition& s) {
    const auto [low, high] = std::minmax(s.first, s.second);
    std::uint32_t& number = numbers_[std::uint64_t{low} << 32U | high];
    if (number == 0) {
      pairs_.push_back({low, high});
      number = static_cast<std::uint32_t>(pairs_.size());
      watches_.resize(2 * pairs_.size());
      values_.push_back({});
      activity_.push_back(0);
    }
    return 2 * (number - 1) + (s.first == low ? 0 : 1);
  }
  [[nodiscard]] Supposition supposition(Literal l) const {
    const Supposition& s = pairs_[l / 2];
    return l % 2 == 0 ? s : Supposition{s.second, s.first};
  }

  void add(Clause clause) {
    std::sort(clause.begin(), clause.end());
    clause.erase(std::unique(clause.begin(), clause.end()), clause.end());
    append(std::move(clause), {});
    ++given_;
  }

  bool run() {
    for (std::uint32_t c = 0; c < given_; ++c) {
      if (clauses_[c].empty()) return conclude(c);
      const Literal only = clauses_[c][0];
      if (clauses_[c].size() > 1 || holds(only)) continue;
      if (holds(only ^ 1U)) return conclude(c);
      set(only, c);
    }
    while (steps_ <= max_steps_) {
      const std::uint32_t conflict = propagate();
      if (conflict == kNone && !decide()) return false;
      if (conflict == kNone) continue;
      if (level_starts_.empty()) return conclude(conflict);
      learn(conflict);
    }
    return false;
  }

  [[nodiscard]] bool is_needed(std::uint32_t clause) const { return needed_[clause]; }
  [[nodiscard]] std::uint32_t given() const { return given_; }
  [[nodiscard]] const std::vector<Clause>& clauses() const { return clauses_; }

 private:
  struct Value {
    std::uint8_t is = 0;  // 0: open, 1: true, 2: false
    std::uint32_t level = 0;
    std::uint32_t reason = kNone;
  };

  [[nodiscard]] bool holds(Literal l) const { return values_[l / 2].is == 1 + l % 2; }
  [[nodiscard]] const Value& value(Literal l) const { return values_[l / 2]; }
  [[nodiscard]] std::uint32_t level() const {
    return static_cast<std::uint32_t>(level_starts_.size());
  }

  void append(Clause clause, std::vector<std::uint32_t> from) {
    const auto number = static_cast<std::uint32_t>(clauses_.size());
    for (std::size_t i = 0; i < 2 && clause.size() > 1; ++i) watches_[clause[i]].push_back(number);
    clauses_.push_back(std::move(clause));
    from_.push_back(std::move(from));
  }

  void set(Literal l, std::uint32_t reason) {
    values_[l / 2] = {static_cast<std::uint8_t>(1 + l % 2), level(), reason};
    trail_.push_back(l);
  }

  // The clause that is broken, or kNone. The first two literals of a clause are watched.
  std::uint32_t propagate() {
    for (; looked_at_ < trail_.size(); ++looked_at_) {
      const Literal wrong = trail_[looked_at_] ^ 1U;
      std::vector<std::uint32_t> users = std::move(watches_[wrong]);
      watches_[wrong].clear();
      for (std::size_t u = 0; u < users.size(); ++u) {
        Clause& clause = clauses_[users[u]];
        steps_ += clause.size();
        if (clause[0] == wrong) std::swap(clause[0], clause[1]);
        const auto other = std::find_if(clause.begin() + 2, clause.end(),
                                        [&](Literal l) { return !holds(l ^ 1U); });
        if (!holds(clause[0]) && other != clause.end()) {
          std::swap(clause[1], *other);
          watches_[clause[1]].push_back(users[u]);
          continue;
        }
        watches_[wrong].push_back(users[u]);
        if (holds(clause[0])) continue;
        if (!holds(clause[0] ^ 1U)) {
          set(clause[0], users[u]);
          continue;
        }
        watches_[wrong].insert(watches_[wrong].end(),
                               users.begin() + static_cast<std::ptrdiff_t>(u) + 1, users.end());
        return users[u];
      }
    }
    return kNone;
  }

  // False: nothing is open.
  bool decide() {
    std::uint32_t best = kNone;
    for (std::uint32_t v = 0; v < values_.size(); ++v) {
      if (values_[v].is == 0 && (best == kNone || activity_[v] > activity_[best])) best = v;
    }
    steps_ += values_.size();
    if (best == kNone) return false;
    level_starts_.push_back(trail_.size());
    set(2 * best, kNone);
    return true;
  }

  // Resolves the broken clause with reasons until one literal of the last level is left.
  void learn(std::uint32_t conflict) {
    std::vector<std::uint32_t> from;
    std::vector<Literal> settled;  // whatever is decided
    std::vector<bool> met(values_.size());
    Clause clause{0};
    std::size_t open = 0;
    std::size_t at = trail_.size();
    for (std::uint32_t reason = conflict;;) {
      from.push_back(reason);
      steps_ += clauses_[reason].size();
      for (const Literal l : clauses_[reason]) {
        if (met[l / 2] || holds(l)) continue;
        met[l / 2] = true;
        ++activity_[l / 2];
        if (value(l).level == level()) {
          ++open;
        } else if (value(l).level > 0) {
          clause.push_back(l);
        } else {
          settled.push_back(l);
        }
      }
      while (!met[trail_[--at] / 2]) {
      }
      clause[0] = trail_[at] ^ 1U;
      if (--open == 0) break;
      reason = value(trail_[at]).reason;
    }
    explain(std::move(settled), from);
    std::uint32_t back = 0;
    for (std::size_t i = 1; i < clause.size(); ++i) {
      if (value(clause[i]).level > back) {
        back = value(clause[i]).level;
        std::swap(clause[1], clause[i]);
      }
    }
    for (; trail_.size() > level_starts_[back]; trail_.pop_back()) {
      values_[trail_.back() / 2] = {};
    }
    level_starts_.resize(back);
    looked_at_ = trail_.size();
    const Literal asserted = clause[0];
    append(std::move(clause), std::move(from));
    set(asserted, static_cast<std::uint32_t>(clauses_.size() - 1));
  }

  // Why none of them holds, whatever is decided.
  void explain(std::vector<Literal> open, std::vector<std::uint32_t>& from) const {
    std::vector<bool> met(open.empty() ? 0 : values_.size());
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (met[open[i] / 2]) continue;
      met[open[i] / 2] = true;
      const std::uint32_t reason = value(open[i]).reason;
      from.push_back(reason);
      open.insert(open.end(), clauses_[reason].begin(), clauses_[reason].end());
    }
  }

  // A clause that is broken by what holds whatever is decided: what did it take?
  bool conclude(std::uint32_t conflict) {
    std::vector<std::uint32_t> from{conflict};
    explain(clauses_[conflict], from);
    needed_.assign(clauses_.size(), false);
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (needed_[from[i]]) continue;
      needed_[from[i]] = true;
      from.insert(from.end(), from_[from[i]].begin(), from_[from[i]].end());
    }
    return true;
  }

  const std::uint64_t max_steps_;
  std::uint64_t steps_ = 0;
  std::uint32_t given_ = 0;  // clauses that were not learned
  FlatMap<std::uint32_t> numbers_;
  std::vector<Supposition> pairs_;  // by variable
  std::vector<Value> values_;
  std::vector<std::uint64_t> activity_;
  std::vector<Clause> clauses_;
  std::vector<std::vector<std::uint32_t>> from_;     // by clause: what it was learned from
  std::vector<std::vector<std::uint32_t>> watches_;  // by literal: clauses
  std::vector<Literal> trail_;
  std::vector<std::size_t> level_starts_;  // into trail_
  std::size_t looked_at_ = 0;              // into trail_
  std::vector<bool> needed_;
};

}  // namespace

bool complete(Refutation& refutation, std::uint64_t max_steps) {
  Refuter refuter(max_steps);
  for (const auto& cycle : refutation.cycles) {
    Clause clause;
    for (const RefutationStep& step : cycle) {
      if (step.supposed) clause.push_back(refuter.literal(*step.supposed) ^ 1U);
    }
    refuter.add(std::move(clause));
  }
  if (!refuter.run()) return false;
  Refutation kept;
  for (std::uint32_t c = 0; c < refuter.clauses().size(); ++c) {
    if (!refuter.is_needed(c)) continue;
    if (c < refuter.given()) {
      kept.cycles.push_back(std::move(refutation.cycles[c]));
      continue;
    }
    auto& learned = kept.learned.emplace_back();
    for (const Literal l : refuter.clauses()[c]) learned.push_back(refuter.supposition(l));
  }
  refutation = std::move(kept);
  return true;
}

}  // namespace quorumlab::models
