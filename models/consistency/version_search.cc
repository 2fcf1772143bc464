#include "models/consistency/version_search.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "models/consistency/isolation_cycles.h"
#include "models/consistency/prefix_cycles.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostPairs = 100'000;
constexpr std::size_t kCyclesAtOnce = 64;
constexpr std::size_t kCyclesInComponent = 12;

// A guess and its opposite: 2 * variable, and one more.
using Literal = std::uint32_t;

// Finds values of variables that satisfy clauses, near those of the last time.
class Clauses {
 public:
  explicit Clauses(std::size_t variables) : wanted_(variables, true), value_(variables, kOpen) {}

  void add(std::vector<Literal> clause) { clauses_.push_back(std::move(clause)); }
  [[nodiscard]] bool is_true(std::uint32_t variable) const { return wanted_[variable]; }

  // False: there are none, or more than `max_steps` were needed.
  bool solve(std::uint64_t& steps, std::uint64_t max_steps) {
    std::fill(value_.begin(), value_.end(), kOpen);
    trail_.clear();
    std::vector<std::size_t> decisions;  // into trail_
    while (steps <= max_steps) {
      if (!propagate(steps)) {
        if (!backtrack(decisions)) return false;
        continue;
      }
      const std::optional<Literal> next = unsatisfied(steps);
      if (!next) {
        for (std::size_t v = 0; v < value_.size(); ++v) {
          if (value_[v] != kOpen) wanted_[v] = value_[v] == kTrue;
        }
        return true;
      }
      decisions.push_back(trail_.size());
      set(*next);
    }
    return false;
  }

 private:
  enum Value : std::uint8_t { kOpen, kTrue, kFalse };

  [[nodiscard]] bool holds(Literal l) const {
    return value_[l / 2] == (l % 2 == 0 ? kTrue : kFalse);
  }
  [[nodiscard]] bool is_open(Literal l) const { return value_[l / 2] == kOpen; }
  [[nodiscard]] bool is_wanted(Literal l) const { return wanted_[l / 2] == (l % 2 == 0); }
  void set(Literal l) {
    value_[l / 2] = l % 2 == 0 ? kTrue : kFalse;
    trail_.push_back(l);
  }

  // Sets what a clause leaves no choice about. False: a clause is broken.
  bool propagate(std::uint64_t& steps) {
    for (bool changed = true; changed;) {
      changed = false;
      for (const std::vector<Literal>& clause : clauses_) {
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
        if (good || open > 1) continue;
        if (open == 0) return false;
        set(last);
        changed = true;
      }
    }
    return true;
  }

  // A literal of a clause that values as they are wanted would break.
  [[nodiscard]] std::optional<Literal> unsatisfied(std::uint64_t& steps) const {
    for (const std::vector<Literal>& clause : clauses_) {
      steps += clause.size();
      const bool good = std::any_of(clause.begin(), clause.end(), [&](Literal l) {
        return holds(l) || (is_open(l) && is_wanted(l));
      });
      if (good) continue;
      return *std::find_if(clause.begin(), clause.end(), [&](Literal l) { return is_open(l); });
    }
    return std::nullopt;
  }

  // Takes back the last decision and sets its opposite, for good as far as the one before goes.
  bool backtrack(std::vector<std::size_t>& decisions) {
    if (decisions.empty()) return false;
    const std::size_t at = decisions.back();
    decisions.pop_back();
    const Literal decided = trail_[at];
    for (; trail_.size() > at; trail_.pop_back()) value_[trail_.back() / 2] = kOpen;
    set(decided ^ 1U);
    return true;
  }

  std::vector<std::vector<Literal>> clauses_;
  std::vector<bool> wanted_;
  std::vector<Value> value_;
  std::vector<Literal> trail_;
};

class VersionSearch {
 public:
  VersionSearch(const TxnHistory& txns, const VersionQuestion& question, const Budget& budget)
      : count_(static_cast<std::uint32_t>(txns.txns.size())), question_(question), budget_(budget) {
    const EdgeKinds counted =
        kinds(EdgeKind::kWw) | kinds(EdgeKind::kWr) | kinds(EdgeKind::kRw) | question.order;
    for (const DependencyEdge& edge : question.edges) {
      if ((counted & kinds(edge.kind)) != 0) known_.push_back(edge);
    }
    std::sort(known_.begin(), known_.end(), before);
  }

  VersionAnswer run(const VersionWriters& writers) {
    if (!pair_up(writers)) {
      answer_.reason = "too many writes are in no known order";
      return std::move(answer_);
    }
    Clauses clauses(pairs_.size());
    while (answer_.steps <= budget_.max_steps) {
      const auto cycles = forbidden(clauses);
      if (cycles.empty()) {
        if (gave_up_) break;
        answer_.verdict = Verdict::kHolds;
        answer_.edges = known_;
        for (const Guess& guess : guessed_) answer_.edges.push_back(guess.edge);
        return std::move(answer_);
      }
      for (const auto& cycle : cycles) {
        std::vector<Literal> clause = opposite(cycle);
        if (clause.empty()) answer_.cycle = cycle;
        if (clause.empty()) return refuse();
        clauses.add(std::move(clause));
      }
      if (!clauses.solve(answer_.steps, budget_.max_steps)) {
        if (answer_.steps > budget_.max_steps) break;
        return refuse();
      }
    }
    answer_.reason = "the search for an order of versions took too many steps (max_steps)";
    return std::move(answer_);
  }

 private:
  struct Pair {
    const VersionWriter* first = nullptr;  // as guessed at first
    const VersionWriter* second = nullptr;
  };

  struct Guess {
    DependencyEdge edge;
    Literal holds = 0;  // while this does
  };

  static bool before(const DependencyEdge& a, const DependencyEdge& b) {
    return std::tuple(a.from, a.to, a.kind) < std::tuple(b.from, b.to, b.kind);
  }

  VersionAnswer refuse() {
    answer_.verdict = Verdict::kViolated;
    return std::move(answer_);
  }

  // All pairs of writers of a key, guessed to be in the order of the known graph.
  bool pair_up(const VersionWriters& writers) {
    std::vector<std::uint32_t> rank(count_);
    for (std::uint32_t t = 0; t < count_; ++t) rank[t] = t;
    const auto order = DependencyGraph(count_, question_.nodes, known_).order();
    if (order.size() == count_) {
      for (std::uint32_t i = 0; i < count_; ++i) rank[order[i]] = i;
    }
    for (const auto& of_key : writers) {
      for (std::size_t i = 0; i < of_key.size(); ++i) {
        for (std::size_t j = i + 1; j < of_key.size(); ++j) {
          const bool swaps = rank[of_key[i].txn] > rank[of_key[j].txn];
          pairs_.push_back(swaps ? Pair{&of_key[j], &of_key[i]} : Pair{&of_key[i], &of_key[j]});
        }
      }
      if (pairs_.size() > kMostPairs) return false;
    }
    return true;
  }

  // Calls f(edge) for what it means that `first` comes before `second`.
  template <class F>
  static void for_each_edge(const VersionWriter& first, const VersionWriter& second, F f) {
    f(DependencyEdge{first.txn, second.txn, EdgeKind::kWw});
    for (const std::uint32_t reader : first.readers) {
      if (reader != second.txn) f(DependencyEdge{reader, second.txn, EdgeKind::kRw});
    }
  }

  std::vector<std::vector<DependencyEdge>> forbidden(const Clauses& guesses) {
    std::vector<DependencyEdge> edges = known_;
    guessed_.clear();
    for (std::uint32_t v = 0; v < pairs_.size(); ++v) {
      const Pair& pair = pairs_[v];
      const bool holds = guesses.is_true(v);
      const auto& [first, second] = holds ? pair : Pair{pair.second, pair.first};
      for_each_edge(*first, *second, [&](const DependencyEdge& edge) {
        edges.push_back(edge);
        guessed_.push_back({edge, 2 * v + (holds ? 0 : 1)});
      });
    }
    std::stable_sort(guessed_.begin(), guessed_.end(),
                     [](const Guess& a, const Guess& b) { return before(a.edge, b.edge); });
    answer_.steps += edges.size();
    const DependencyGraph graph(count_, question_.nodes, edges);
    if (question_.level == SnapshotLevel::kPrefix) {
      auto cycle = find_prefix_cycle(graph, question_.order, budget_.max_steps);
      if (!cycle) return {};
      gave_up_ = cycle->gave_up;
      if (gave_up_) return {};
      return {std::move(cycle->edges)};
    }
    const EdgeKinds plain = kinds(EdgeKind::kWw) | kinds(EdgeKind::kWr) | question_.order;
    auto cycles = collect(graph, {plain, false}, {plain, false}, false);
    if (!cycles.empty()) return cycles;
    const EdgeKinds all = plain | kinds(EdgeKind::kRw);
    if (question_.level == SnapshotLevel::kParallel) {
      return collect(graph, {all, false}, {plain, false}, true);
    }
    return collect(graph, {all, true}, {all, true}, true);
  }

  // Cycles within `whole`, all but the first edge of each in `rest`.
  std::vector<std::vector<DependencyEdge>> collect(const DependencyGraph& graph,
                                                   const GraphView& whole, const GraphView& rest,
                                                   bool by_rw) {
    std::vector<std::vector<DependencyEdge>> cycles;
    const Components components = graph.components(whole);
    for (const auto& component : components.cyclic) {
      std::size_t found = 0;
      for (const std::uint32_t state : component) {
        const std::uint32_t node = whole.is_split ? state / 2 : state;
        if (node >= count_ || (whole.is_split && (state & 1U) != 0)) continue;
        graph.for_each_edge(node, [&](std::uint32_t to, EdgeKind kind) {
          const bool is_start = by_rw ? kind == EdgeKind::kRw : (whole.kinds & kinds(kind)) != 0;
          if (!is_start || found >= kCyclesInComponent || cycles.size() >= kCyclesAtOnce) return;
          const std::uint32_t there = whole.is_split ? 2 * to + 1 : to;
          if (components.of[there] != components.of[state]) return;
          auto path = graph.path({.from = to, .to = node, .view = rest, .within = &components},
                                 answer_.steps, budget_.max_steps);
          if (!path) return;
          path->insert(path->begin(), {node, to, kind});
          cycles.push_back(without_hubs(*path, count_));
          ++found;
        });
      }
    }
    return cycles;
  }

  // Of the guesses that the cycle needs, one must not hold.
  [[nodiscard]] std::vector<Literal> opposite(const std::vector<DependencyEdge>& cycle) const {
    std::vector<Literal> clause;
    for (const DependencyEdge& edge : cycle) {
      if (std::binary_search(known_.begin(), known_.end(), edge, before)) continue;
      const auto guess = std::lower_bound(
          guessed_.begin(), guessed_.end(), edge,
          [](const Guess& a, const DependencyEdge& b) { return before(a.edge, b); });
      const bool is_guess = guess != guessed_.end() && !before(edge, guess->edge);
      if (is_guess) clause.push_back(guess->holds ^ 1U);
    }
    std::sort(clause.begin(), clause.end());
    clause.erase(std::unique(clause.begin(), clause.end()), clause.end());
    return clause;
  }

  const std::uint32_t count_;
  const VersionQuestion& question_;
  const Budget budget_;
  std::vector<DependencyEdge> known_;  // sorted
  std::vector<Pair> pairs_;
  std::vector<Guess> guessed_;  // by edge
  bool gave_up_ = false;
  VersionAnswer answer_;
};

}  // namespace

VersionAnswer search_versions(const TxnHistory& txns, const VersionWriters& writers,
                              const VersionQuestion& question, const Budget& budget) {
  return VersionSearch(txns, question, budget).run(writers);
}

}  // namespace quorumlab::models
