#include "models/consistency/kafka_cycles.h"

#include <algorithm>
#include <utility>

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
using Edges = std::vector<DependencyEdge>;

class LogEdges {
 public:
  LogEdges(const LogHistory& history, const LogOrder& order) : history_(history), order_(order) {}

  // What failed takes no part, nor does what nobody knows to have been sent just once.
  template <class F>
  void for_each_wr(F f) const {
    for (std::uint32_t op = 0; op < history_.ops.size(); ++op) {
      if (history_.ops[op].outcome == TxnOutcome::kFail) continue;
      for (const LogAction& action : history_.actions_of(history_.ops[op])) {
        if (action.is_send) continue;
        const std::uint32_t sender = sender_of(action.message);
        if (sender != kNone && sender != op) f(sender, op);
      }
    }
  }

  template <class F>
  void for_each_ww(F f) const {
    for (std::uint32_t key = 0; key < history_.keys.size(); ++key) {
      std::uint32_t before = kNone;
      for (const LogEntry& entry : order_.entries_of(key)) {
        const std::uint32_t sender = sender_of(entry);
        if (sender == kNone) continue;
        if (before != kNone && before != sender) f(before, sender);
        before = sender;
      }
    }
  }

  // From who polled a log up to somewhere to who sent what comes next.
  template <class F>
  void for_each_rw(F f) const {
    const std::vector<std::vector<std::uint32_t>> senders = senders_from_each();
    std::vector<std::int64_t> highest(history_.keys.size(), kNoOffset);
    std::vector<std::uint32_t> keys;
    for (std::uint32_t op = 0; op < history_.ops.size(); ++op) {
      if (history_.ops[op].outcome != TxnOutcome::kOk && !order_.committed(op)) continue;
      keys.clear();
      for (const LogAction& action : history_.actions_of(history_.ops[op])) {
        const std::int64_t offset = order_.offset_of(op, action);
        if (action.is_send || offset == kNoOffset) continue;
        const std::uint32_t key = action.key;
        if (highest[key] == kNoOffset) keys.push_back(key);
        highest[key] = std::max(highest[key], offset);
      }
      for (const std::uint32_t key : keys) {
        const std::uint32_t next = senders[key][order_.find(key, highest[key] + 1)];
        if (next != kNone && next != op) f(op, next);
        highest[key] = kNoOffset;
      }
    }
  }

 private:
  [[nodiscard]] std::uint32_t sender_of(std::uint32_t message) const {
    const std::uint32_t sender = order_.place(message).sender;
    const bool counts = sender < kSeveralSent && history_.ops[sender].outcome != TxnOutcome::kFail;
    return counts ? sender : kNone;
  }
  [[nodiscard]] std::uint32_t sender_of(const LogEntry& entry) const {
    return order_.is_sole(entry) ? sender_of(entry.message) : kNone;
  }

  // By key and entry, and behind the last: who sent what comes first from there on.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> senders_from_each() const {
    std::vector<std::vector<std::uint32_t>> senders(history_.keys.size());
    for (std::uint32_t key = 0; key < senders.size(); ++key) {
      const auto entries = order_.entries_of(key);
      senders[key].assign(entries.size() + 1, kNone);
      for (std::size_t i = entries.size(); i-- > 0;) {
        const std::uint32_t sender = sender_of(entries[i]);
        senders[key][i] = sender == kNone ? senders[key][i + 1] : sender;
      }
    }
    return senders;
  }

  const LogHistory& history_;
  const LogOrder& order_;
};

// Mostly each operation can be given an instant between its beginning and its end so that all edges
// go forward: then there is no cycle, and no graph is needed. Only edges between operations that
// overlap can move anything.
class Instants {
 public:
  explicit Instants(const LogHistory& history) : history_(history) {}

  void add(std::uint32_t from, std::uint32_t to) {
    if (history_.ops[from].completed > history_.ops[to].invoked) edges_.emplace_back(from, to);
  }

  // False: perhaps not.
  bool exist() {
    std::vector<std::uint32_t> at(history_.ops.size());
    for (std::size_t op = 0; op < at.size(); ++op) at[op] = history_.ops[op].invoked;
    bool moves = true;
    for (int round = 0; moves; ++round) {
      if (round == kMostRounds) return false;
      moves = false;
      for (const auto& [from, to] : edges_) {
        if (at[from] <= at[to]) continue;
        at[to] = at[from];
        if (at[to] > history_.ops[to].completed) return false;
        moves = true;
      }
    }
    Edges level;
    std::vector<std::uint32_t> nodes;
    for (const auto& [from, to] : edges_) {
      if (at[from] != at[to]) continue;
      level.push_back({from, to, EdgeKind::kWr});
      nodes.insert(nodes.end(), {from, to});
    }
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    const auto number = [&nodes](std::uint32_t op) {
      return static_cast<std::uint32_t>(std::lower_bound(nodes.begin(), nodes.end(), op) -
                                        nodes.begin());
    };
    for (DependencyEdge& edge : level) edge = {number(edge.from), number(edge.to), edge.kind};
    const auto count = static_cast<std::uint32_t>(nodes.size());
    return DependencyGraph(count, count, level).components({}).cyclic.empty();
  }

 private:
  static constexpr int kMostRounds = 32;

  const LogHistory& history_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges_;
};

// The operations that can be on a cycle at all. All that has to do with processes and time goes
// from whoever began earlier to whoever began later; so a cycle needs an edge the other way, and
// stays among those that began between its ends, or between the ends of others that overlap with
// it.
class Blocks {
 public:
  explicit Blocks(std::size_t ops) : covers_(ops + 1), of_(ops, kNone) {}

  void add(std::uint32_t from, std::uint32_t to) {
    if (from <= to) return;
    ++covers_[to];
    --covers_[from];
  }

  // When all edges have been added.
  void number() {
    std::int64_t depth = 0;
    std::uint32_t block = 0;
    for (std::uint32_t op = 0; op < of_.size(); ++op) {
      const bool follows = depth > 0;
      depth += covers_[op];
      if (!follows && depth == 0) continue;
      of_[op] = block;
      ops_.push_back(op);
      if (depth == 0) ++block;
    }
  }

  [[nodiscard]] const std::vector<std::uint32_t>& ops() const { return ops_; }
  [[nodiscard]] bool holds(std::uint32_t from, std::uint32_t to) const {
    return of_[from] != kNone && of_[from] == of_[to];
  }

 private:
  std::vector<std::int64_t> covers_;  // by operation: how many edges back begin less end at it
  std::vector<std::uint32_t> of_;     // by operation
  std::vector<std::uint32_t> ops_;    // in a block
};

// The order within each process, and over a chain of hubs that of time.
void add_order(const LogHistory& history, const std::vector<std::uint32_t>& ops, Edges& edges,
               std::uint32_t& nodes) {
  std::vector<std::uint32_t> last(history.process_names.size(), kNone);
  std::vector<std::uint32_t> takes_part;
  std::vector<std::uint32_t> ends;
  for (const std::uint32_t op : ops) {
    const LogOp& mine = history.ops[op];
    if (mine.outcome == TxnOutcome::kFail || mine.deed != LogDeed::kWork) continue;
    takes_part.push_back(op);
    if (last[mine.process] != kNone) edges.push_back({last[mine.process], op, EdgeKind::kProcess});
    if (mine.completed == UINT32_MAX) continue;
    last[mine.process] = op;
    ends.push_back(op);
  }
  std::sort(ends.begin(), ends.end(), [&](std::uint32_t a, std::uint32_t b) {
    return history.ops[a].completed < history.ops[b].completed;
  });
  for (std::uint32_t i = 0; i < ends.size(); ++i) {
    edges.push_back({ends[i], nodes + i, EdgeKind::kRealtime});
    if (i > 0) edges.push_back({nodes + i - 1, nodes + i, EdgeKind::kRealtime});
  }
  std::uint32_t ended = 0;
  for (const std::uint32_t op : takes_part) {
    const std::uint32_t now = history.ops[op].invoked;
    while (ended < ends.size() && history.ops[ends[ended]].completed < now) ++ended;
    if (ended > 0) edges.push_back({nodes + ended - 1, op, EdgeKind::kRealtime});
  }
  nodes += static_cast<std::uint32_t>(ends.size());
}

// The operations of `few`, which is sorted, numbered from 0 on.
std::uint32_t number_in(const std::vector<std::uint32_t>& few, std::uint32_t node) {
  return static_cast<std::uint32_t>(std::lower_bound(few.begin(), few.end(), node) - few.begin());
}

// Cycles lie in strong components, which are small as a rule: the rest is left out.
std::vector<NamedCycle> hunt(const LogHistory& history, const Blocks& blocks, Edges edges,
                             LogCycles& out, std::uint64_t max_steps) {
  const auto ops = static_cast<std::uint32_t>(history.ops.size());
  std::uint32_t nodes = ops;
  add_order(history, blocks.ops(), edges, nodes);
  const Components whole = DependencyGraph(ops, nodes, edges).components({});
  out.steps += nodes + edges.size();
  std::vector<std::uint32_t> cyclic;
  for (const auto& component : whole.cyclic) {
    cyclic.insert(cyclic.end(), component.begin(), component.end());
  }
  std::sort(cyclic.begin(), cyclic.end());
  Edges few;
  for (const DependencyEdge& edge : edges) {
    if (whole.of[edge.from] != whole.of[edge.to]) continue;
    few.push_back({number_in(cyclic, edge.from), number_in(cyclic, edge.to), edge.kind});
  }
  const DependencyGraph graph(number_in(cyclic, ops), static_cast<std::uint32_t>(cyclic.size()),
                              few);
  CycleHunt found(graph, max_steps);
  found.run();
  out.steps += found.steps();
  out.is_complete = out.is_complete && found.is_complete();
  std::vector<NamedCycle> cycles = found.found();
  for (NamedCycle& cycle : cycles) {
    for (DependencyEdge& edge : cycle.edges) {
      edge = {cyclic[edge.from], cyclic[edge.to], edge.kind};
    }
  }
  return cycles;
}

bool has_kind(const NamedCycle& cycle, EdgeKind kind) {
  return std::any_of(cycle.edges.begin(), cycle.edges.end(),
                     [kind](const DependencyEdge& edge) { return edge.kind == kind; });
}

void keep_new(std::vector<NamedCycle> cycles, std::vector<NamedCycle>& found) {
  for (NamedCycle& cycle : cycles) {
    const bool by_offsets = cycle.type.starts_with("G1c") && has_kind(cycle, EdgeKind::kWw);
    if (by_offsets) cycle.type.insert(3, "-ww");
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const NamedCycle& c) { return c.type == cycle.type; });
    if (!known) found.push_back(std::move(cycle));
  }
}

}  // namespace

LogCycles find_log_cycles(const LogHistory& history, const LogOrder& order,
                          const LogCycleOptions& options) {
  const LogEdges log_edges(history, order);
  LogCycles result;
  // Calls f(kind, from, to) for each edge of the first so many kinds.
  const auto for_each = [&](int kinds_asked, auto f) {
    const auto as = [&f](EdgeKind kind) {
      return [&f, kind](std::uint32_t from, std::uint32_t to) { f(kind, from, to); };
    };
    log_edges.for_each_wr(as(EdgeKind::kWr));
    if (kinds_asked > 1) log_edges.for_each_ww(as(EdgeKind::kWw));
    if (kinds_asked > 2) log_edges.for_each_rw(as(EdgeKind::kRw));
  };
  const int most = options.lagging ? 3 : options.offsets ? 2 : 1;
  for (int kinds_asked = 1; kinds_asked <= most; ++kinds_asked) {
    Instants instants(history);
    Blocks blocks(history.ops.size());
    for_each(kinds_asked, [&](EdgeKind, std::uint32_t from, std::uint32_t to) {
      instants.add(from, to);
      blocks.add(from, to);
    });
    if (instants.exist()) continue;
    blocks.number();
    Edges edges;
    for_each(kinds_asked, [&](EdgeKind kind, std::uint32_t from, std::uint32_t to) {
      if (blocks.holds(from, to)) edges.push_back({from, to, kind});
    });
    keep_new(hunt(history, blocks, std::move(edges), result, options.max_steps), result.found);
  }
  return result;
}

}  // namespace quorumlab::models
