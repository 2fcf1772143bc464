#include "models/consistency/version_search.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "models/consistency/isolation_cycles.h"
#include "models/consistency/prefix_cycles.h"
#include "models/consistency/version_guess.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kCyclesAtOnce = 1'024;
constexpr std::uint64_t kStepsForCycle = 5'000;  // unless there is none so near

// A guess and its opposite: 2 * variable, and one more.
using Literal = std::uint32_t;

// Finds values of variables that satisfy clauses, near those of the last time.
class Clauses {
 public:
  // A new variable, true for the time being.
  std::uint32_t add_variable() {
    wanted_.push_back(true);
    value_.push_back(kOpen);
    users_.resize(2 * wanted_.size());
    return static_cast<std::uint32_t>(wanted_.size() - 1);
  }
  void add(std::vector<Literal> clause) {
    for (const Literal l : clause) users_[l].push_back(static_cast<std::uint32_t>(clauses_.size()));
    size_ += clause.size();
    clauses_.push_back(std::move(clause));
  }
  [[nodiscard]] std::size_t variables() const { return wanted_.size(); }
  [[nodiscard]] bool is_true(std::uint32_t variable) const { return wanted_[variable]; }
  [[nodiscard]] std::uint64_t bytes() const {
    return 2 * size_ * sizeof(Literal) + clauses_.size() * sizeof(clauses_[0]) +
           users_.size() * sizeof(users_[0]);
  }

  // False: there are none, or more than `max_steps` were needed.
  bool solve(std::uint64_t& steps, std::uint64_t max_steps) {
    std::fill(value_.begin(), value_.end(), kOpen);
    trail_.clear();
    doubtful_.clear();
    looked_at_ = 0;
    surveyed_ = 0;
    std::vector<std::size_t> decisions;  // into trail_
    for (const std::vector<Literal>& clause : clauses_) {
      if (clause.size() == 1 && is_open(clause[0])) set(clause[0]);
    }
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
    for (; looked_at_ < trail_.size(); ++looked_at_) {
      for (const std::uint32_t user : users_[trail_[looked_at_] ^ 1U]) {
        const std::vector<Literal>& clause = clauses_[user];
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
  std::optional<Literal> unsatisfied(std::uint64_t& steps) {
    const auto is_good = [&](const std::vector<Literal>& clause) {
      steps += clause.size();
      return std::any_of(clause.begin(), clause.end(),
                         [&](Literal l) { return holds(l) || (is_open(l) && is_wanted(l)); });
    };
    const auto open_one = [&](const std::vector<Literal>& clause) {
      return *std::find_if(clause.begin(), clause.end(), [&](Literal l) { return is_open(l); });
    };
    while (!doubtful_.empty()) {
      const std::vector<Literal>& clause = clauses_[doubtful_.back()];
      doubtful_.pop_back();
      if (!is_good(clause)) return open_one(clause);
    }
    for (; surveyed_ < clauses_.size(); ++surveyed_) {
      if (!is_good(clauses_[surveyed_])) return open_one(clauses_[surveyed_]);
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
    looked_at_ = at;
    doubtful_.clear();
    surveyed_ = 0;
    set(decided ^ 1U);
    return true;
  }

  std::vector<std::vector<Literal>> clauses_;
  std::vector<std::vector<std::uint32_t>> users_;  // by literal: clauses that have it
  std::vector<bool> wanted_;
  std::vector<Value> value_;
  std::vector<Literal> trail_;
  std::size_t looked_at_ = 0;            // into trail_
  std::size_t surveyed_ = 0;             // clauses that were good, and are unless they are doubtful
  std::vector<std::uint32_t> doubtful_;  // clauses of which something did not come as wanted
  std::size_t size_ = 0;                 // of all clauses
};

class VersionSearch {
 public:
  VersionSearch(const TxnHistory& txns, const VersionQuestion& question, const Budget& budget)
      : count_(static_cast<std::uint32_t>(txns.txns.size())),
        question_(question),
        budget_(budget),
        plain_(kinds(EdgeKind::kWw) | kinds(EdgeKind::kWr) | question.order),
        base_{question.edges, count_, question.nodes, plain_} {
    const EdgeKinds counted = plain_ | kinds(EdgeKind::kRw);
    for (const DependencyEdge& edge : question.edges) {
      if ((counted & kinds(edge.kind)) != 0) known_.push_back(edge);
    }
    std::sort(known_.begin(), known_.end(), before);
  }

  VersionAnswer run(const TxnHistory& txns, const VersionWriters& writers) {
    turns_ = question_.turns != nullptr ? *question_.turns : guess_turns(txns, writers, base_);
    while (!exhausted()) {
      const Cycles cycles = attempt(writers);
      if (exhausted()) break;
      if (cycles.empty()) {
        answer_.verdict = Verdict::kHolds;
        answer_.edges = known_;
        for (const Guess& guess : guessed_) answer_.edges.push_back(guess.edge);
        return std::move(answer_);
      }
      for (const auto& cycle : cycles) {
        std::vector<Literal> clause = opposite(cycle);
        if (question_.keeps_cycles) keep(cycle);
        if (clause.empty()) answer_.cycle = cycle;
        if (clause.empty()) return refuse();
        clauses_.add(std::move(clause));
      }
      if (!clauses_.solve(answer_.steps, budget_.max_steps)) {
        if (exhausted()) break;
        return refuse();
      }
    }
    answer_.reason = is_large_
                         ? "the search for an order of versions took too much memory (max_memory)"
                         : "the search for an order of versions took too many steps (max_steps)";
    return std::move(answer_);
  }

 private:
  using Cycles = std::vector<std::vector<DependencyEdge>>;

  // That the first transaction comes before the second wherever both write.
  struct Pair {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
  };
  struct Guess {
    DependencyEdge edge;
    Pair pair;  // while this holds
  };

  static bool before(const DependencyEdge& a, const DependencyEdge& b) {
    return std::tuple(a.from, a.to, a.kind) < std::tuple(b.from, b.to, b.kind);
  }

  [[nodiscard]] bool exhausted() const { return answer_.steps > budget_.max_steps || is_large_; }

  VersionAnswer refuse() {
    answer_.verdict = Verdict::kViolated;
    return std::move(answer_);
  }

  // Supposes an order of all versions that fits what was guessed; what it closes is forbidden.
  Cycles attempt(const VersionWriters& writers) {
    std::vector<DependencyEdge> edges = known_;
    guessed_.clear();
    for (std::uint32_t v = 0; v < pairs_.size(); ++v) {
      const bool holds = clauses_.is_true(v);
      const Pair pair = holds ? pairs_[v] : Pair{pairs_[v].second, pairs_[v].first};
      suppose({pair.first, pair.second, EdgeKind::kWw}, pair, edges);
    }
    sort_guesses();
    {
      const DependencyGraph graph = graph_of(edges);
      Cycles cycles = collect(graph, {plain_, false}, {plain_, false}, false);
      if (!cycles.empty() || exhausted()) return cycles;
    }
    place(edges);
    order_all(writers, edges);
    sort_guesses();
    if (exhausted()) return {};
    return forbidden(graph_of(edges));
  }

  DependencyGraph graph_of(const std::vector<DependencyEdge>& edges) {
    answer_.steps += 4 * edges.size();
    const std::uint64_t bytes = edges.size() * (2 * sizeof(edges[0]) + sizeof(std::uint32_t)) +
                                guessed_.size() * sizeof(Guess) + clauses_.bytes();
    is_large_ = is_large_ || bytes > budget_.max_memory;
    return {count_, question_.nodes, edges};
  }

  // In an order that anti-dependencies agree with, if there is one: mostly that leaves nothing to
  // do. Requires: what is no anti-dependency closes no cycle.
  void place(const std::vector<DependencyEdge>& edges) {
    answer_.steps += 4 * edges.size();
    answer_.order = order_fitting(edges, base_, turns_);
    place_.assign(count_, 0);
    for (std::uint32_t i = 0; i < answer_.order.size(); ++i) place_[answer_.order[i]] = i;
  }

  // Edges from each writer and its readers to the next writer are enough: through those, all later
  // ones are reached by writes, and no cycle becomes milder.
  void order_all(const VersionWriters& writers, std::vector<DependencyEdge>& edges) {
    std::vector<const VersionWriter*> ordered;
    for (const auto& of_key : writers) {
      ordered.clear();
      for (const VersionWriter& writer : of_key) ordered.push_back(&writer);
      std::sort(ordered.begin(), ordered.end(),
                [this](const VersionWriter* a, const VersionWriter* b) {
                  return place_[a->txn] < place_[b->txn];
                });
      for (std::size_t i = 1; i < ordered.size(); ++i) {
        const Pair pair{ordered[i - 1]->txn, ordered[i]->txn};
        suppose({pair.first, pair.second, EdgeKind::kWw}, pair, edges);
        for (const std::uint32_t reader : ordered[i - 1]->readers) {
          if (reader == pair.second) continue;
          suppose({reader, pair.second, EdgeKind::kRw}, pair, edges);
        }
      }
    }
  }

  void suppose(const DependencyEdge& edge, const Pair& pair, std::vector<DependencyEdge>& edges) {
    edges.push_back(edge);
    guessed_.push_back({edge, pair});
  }

  void sort_guesses() {
    std::stable_sort(guessed_.begin(), guessed_.end(),
                     [](const Guess& a, const Guess& b) { return before(a.edge, b.edge); });
  }

  Cycles forbidden(const DependencyGraph& graph) {
    if (exhausted()) return {};
    if (question_.level == SnapshotLevel::kPrefix) {
      PrefixCycles found = find_prefix_cycles(
          graph, {.order = question_.order, .most = kCyclesAtOnce, .max_steps = budget_.max_steps},
          answer_.steps);
      return std::move(found.cycles);
    }
    Cycles cycles = collect(graph, {plain_, false}, {plain_, false}, false);
    if (!cycles.empty()) return cycles;
    if (question_.level == SnapshotLevel::kSerial) {
      cycles = collect(graph, {}, {}, true);
      if (cycles.empty()) answer_.order = graph.order();
      return cycles;
    }
    const EdgeKinds all = plain_ | kinds(EdgeKind::kRw);
    if (question_.level == SnapshotLevel::kParallel) {
      return collect(graph, {all, false}, {plain_, false}, true);
    }
    return collect(graph, {all, true}, {all, true}, true);
  }

  // Cycles within `whole`, all but the first edge of each in `rest`: short ones from all over the
  // graph, if there are any.
  Cycles collect(const DependencyGraph& graph, const GraphView& whole, const GraphView& rest,
                 bool by_rw) {
    const Components components = graph.components(whole);
    if (components.cyclic.empty()) return {};
    Cycles cycles = collect_within(graph, components, {whole, rest, by_rw, kStepsForCycle});
    if (!cycles.empty()) return cycles;
    return collect_within(graph, components, {whole, rest, by_rw, UINT64_MAX});
  }

  struct Shape {
    GraphView whole;
    GraphView rest;
    bool by_rw = false;
    std::uint64_t most_steps = 0;  // for each
  };

  Cycles collect_within(const DependencyGraph& graph, const Components& components,
                        const Shape& shape) {
    const bool is_split = shape.whole.is_split;
    const EdgeKinds starts = shape.by_rw ? kinds(EdgeKind::kRw) : shape.whole.kinds;
    Cycles cycles;
    std::vector<bool> is_told(count_);
    for (const auto& component : components.cyclic) {
      for (const std::uint32_t state : component) {
        const std::uint32_t node = is_split ? state / 2 : state;
        if (node >= count_ || (is_split && (state & 1U) != 0)) continue;
        graph.for_each_edge(node, [&](std::uint32_t to, EdgeKind kind) {
          if ((starts & kinds(kind)) == 0 || is_told[node]) return;
          const std::uint32_t there = is_split ? 2 * to + 1 : to;
          if (components.of[there] != components.of[state]) return;
          const std::uint64_t rest = UINT64_MAX - answer_.steps;
          const std::uint64_t most =
              std::min(budget_.max_steps, answer_.steps + std::min(rest, shape.most_steps));
          auto path =
              graph.path({.from = to, .to = node, .view = shape.rest, .within = &components},
                         answer_.steps, most);
          if (!path) return;
          path->insert(path->begin(), {node, to, kind});
          cycles.push_back(without_hubs(*path, count_));
          for (const DependencyEdge& edge : cycles.back()) is_told[edge.from] = true;
        });
      }
    }
    return cycles;
  }

  // nullptr: the edge is known.
  [[nodiscard]] const Pair* guess_of(const DependencyEdge& edge) const {
    if (std::binary_search(known_.begin(), known_.end(), edge, before)) return nullptr;
    const auto guess =
        std::lower_bound(guessed_.begin(), guessed_.end(), edge,
                         [](const Guess& a, const DependencyEdge& b) { return before(a.edge, b); });
    return guess == guessed_.end() || before(edge, guess->edge) ? nullptr : &guess->pair;
  }

  // Of the guesses that the cycle needs, one must not hold.
  [[nodiscard]] std::vector<Literal> opposite(const std::vector<DependencyEdge>& cycle) {
    std::vector<Literal> clause;
    for (const DependencyEdge& edge : cycle) {
      if (const Pair* const guess = guess_of(edge)) clause.push_back(literal_of(*guess) ^ 1U);
    }
    std::sort(clause.begin(), clause.end());
    clause.erase(std::unique(clause.begin(), clause.end()), clause.end());
    return clause;
  }

  void keep(const std::vector<DependencyEdge>& cycle) {
    auto& kept = answer_.cycles.emplace_back();
    for (const DependencyEdge& edge : cycle) {
      kept.push_back({edge});
      if (const Pair* const guess = guess_of(edge))
        kept.back().supposed = {guess->first, guess->second};
    }
  }

  // Of two transactions the order is the same for all keys that both write.
  Literal literal_of(const Pair& pair) {
    const auto [low, high] = std::minmax(pair.first, pair.second);
    std::uint32_t& number = numbers_[std::uint64_t{low} << 32U | high];
    if (number == 0) {
      pairs_.push_back(pair);
      number = clauses_.add_variable() + 1;
    }
    const bool same = pairs_[number - 1].first == pair.first;
    return 2 * (number - 1) + (same ? 0 : 1);
  }

  const std::uint32_t count_;
  const VersionQuestion& question_;
  const Budget budget_;
  const EdgeKinds plain_;  // what no cycle may consist of
  const GuessBase base_;
  std::vector<DependencyEdge> known_;  // sorted
  std::vector<Pair> pairs_;            // by variable: those that some clause needs
  FlatMap<std::uint32_t> numbers_;     // of pairs, + 1
  Clauses clauses_;
  std::vector<std::uint32_t> turns_;  // by transaction: about when it took effect
  std::vector<std::uint32_t> place_;  // by transaction: in the order that is tried
  std::vector<Guess> guessed_;        // by edge
  bool is_large_ = false;
  VersionAnswer answer_;
};

}  // namespace

VersionAnswer search_versions(const TxnHistory& txns, const VersionWriters& writers,
                              const VersionQuestion& question, const Budget& budget) {
  return VersionSearch(txns, question, budget).run(txns, writers);
}

}  // namespace quorumlab::models
