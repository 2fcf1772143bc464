#include "models/consistency/version_search.h"

#include <algorithm>
#include <tuple>

#include "models/consistency/guess_clauses.h"
#include "models/consistency/isolation_cycles.h"
#include "models/consistency/prefix_cycles.h"
#include "models/consistency/version_guess.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kCyclesAtOnce = 1'024;
constexpr std::uint64_t kStepsForCycle = 5'000;  // unless there is none so near

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
        GuessClauses::Clause clause = opposite(cycle);
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
  [[nodiscard]] GuessClauses::Clause opposite(const std::vector<DependencyEdge>& cycle) {
    GuessClauses::Clause clause;
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
  GuessClauses::Literal literal_of(const Pair& pair) {
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
  GuessClauses clauses_;
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
