#include "models/consistency/likely_turns.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace quorumlab::models {
namespace {

using Turn = std::pair<std::uint64_t, std::uint32_t>;  // what comes first goes first; transaction

struct Zone {
  std::uint64_t first_end = UINT32_MAX;
  std::uint64_t last_begin = 0;
  [[nodiscard]] std::uint64_t middle() const { return first_end + last_begin; }  // twice that
};

Zone zone_of(const TxnHistory& txns, const VersionWriter& writer) {
  Zone zone{txns.txns[writer.txn].completed, txns.txns[writer.txn].invoked};
  for (const std::uint32_t reader : writer.readers) {
    zone.first_end = std::min<std::uint64_t>(zone.first_end, txns.txns[reader].completed);
    zone.last_begin = std::max<std::uint64_t>(zone.last_begin, txns.txns[reader].invoked);
  }
  return zone;
}

// The least on top.
class Turns {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  void push(const Turn& turn) {
    heap_.push_back(turn);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  std::uint32_t pop() {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const std::uint32_t txn = heap_.back().second;
    heap_.pop_back();
    return txn;
  }

 private:
  std::vector<Turn> heap_;
};

// Who waits for nobody any more; hubs are followed at once.
class Waits {
 public:
  explicit Waits(const DependencyGraph& graph) : graph_(graph), waits_(graph.node_count()) {
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      graph.for_each_edge(node, [this](std::uint32_t to, EdgeKind) { ++waits_[to]; });
    }
  }

  // Call f(txn) for each transaction that can start; that need not wait for `txn` any more.
  template <class F>
  void start(F f) {
    for (std::uint32_t node = 0; node < waits_.size(); ++node) {
      if (waits_[node] == 0 && node < graph_.txn_count()) f(node);
      if (waits_[node] == 0 && node >= graph_.txn_count()) hubs_.push_back(node);
    }
    follow_hubs(f);
  }
  template <class F>
  void release(std::uint32_t txn, F f) {
    follow(txn, f);
    follow_hubs(f);
  }

 private:
  template <class F>
  void follow(std::uint32_t node, F f) {
    graph_.for_each_edge(node, [&](std::uint32_t to, EdgeKind) {
      if (--waits_[to] > 0) return;
      if (to < graph_.txn_count()) {
        f(to);
      } else {
        hubs_.push_back(to);
      }
    });
  }
  template <class F>
  void follow_hubs(F f) {
    while (!hubs_.empty()) {
      const std::uint32_t hub = hubs_.back();
      hubs_.pop_back();
      follow(hub, f);
    }
  }

  const DependencyGraph& graph_;
  std::vector<std::uint32_t> waits_;
  std::vector<std::uint32_t> hubs_;  // to be followed
};

class Execution {
 public:
  Execution(const TxnHistory& txns, const VersionWriters& writers, const DependencyGraph& graph)
      : txns_(txns),
        waits_(graph),
        held_(writers.size()),
        writes_(txns.txns.size()),
        reads_(txns.txns.size()),
        is_done_(txns.txns.size()),
        urgency_(txns.txns.size(), kWritesNothing) {
    for (std::uint32_t key = 0; key < writers.size(); ++key) {
      for (const VersionWriter& writer : writers[key]) {
        const auto version = static_cast<std::uint32_t>(unread_.size());
        unread_.push_back(static_cast<std::uint32_t>(writer.readers.size()));
        writes_[writer.txn].push_back({key, version});
        std::uint64_t& urgency = urgency_[writer.txn];
        const std::uint64_t middle = zone_of(txns, writer).middle();
        urgency = urgency == kWritesNothing ? middle : std::min(urgency, middle);
        for (const std::uint32_t reader : writer.readers) reads_[reader].push_back({key, version});
      }
    }
  }

  std::vector<std::uint32_t> run() {
    turns_.assign(txns_.txns.size(), 0);
    waits_.start([this](std::uint32_t txn) { ready_.push(turn_of(txn)); });
    while (!ready_.empty() || !stuck_.empty()) {
      const bool goes_on = !ready_.empty();
      const std::uint32_t txn = goes_on ? ready_.pop() : stuck_.pop();
      if (is_done_[txn] || (goes_on && !may_write(txn))) continue;
      execute(txn);
    }
    return std::move(turns_);
  }

 private:
  struct Access {
    std::uint32_t key = 0;
    std::uint32_t version = 0;
  };
  struct Held {
    std::uint32_t version = UINT32_MAX;       // what a key holds; UINT32_MAX: none of these
    std::vector<std::uint32_t> waiting = {};  // to overwrite it
  };

  static constexpr std::uint64_t kWritesNothing = 0;

  [[nodiscard]] Turn turn_of(std::uint32_t txn) const { return {urgency_[txn], txn}; }

  // False: it waits for readers of what it would overwrite.
  bool may_write(std::uint32_t txn) {
    for (const Access& write : writes_[txn]) {
      Held& held = held_[write.key];
      if (held.version == UINT32_MAX) continue;
      const bool reads_it =
          std::any_of(reads_[txn].begin(), reads_[txn].end(),
                      [&](const Access& read) { return read.version == held.version; });
      if (unread_[held.version] <= (reads_it ? 1U : 0U)) continue;
      held.waiting.push_back(txn);
      stuck_.push(turn_of(txn));
      return false;
    }
    return true;
  }

  void execute(std::uint32_t txn) {
    is_done_[txn] = true;
    turns_[txn] = now_++;
    for (const Access& read : reads_[txn]) {
      // Of two that are left, one may be about to overwrite it.
      if (--unread_[read.version] <= 1) wake(held_[read.key]);
    }
    for (const Access& write : writes_[txn]) {
      held_[write.key].version = write.version;
      wake(held_[write.key]);
    }
    waits_.release(txn, [this](std::uint32_t next) { ready_.push(turn_of(next)); });
  }

  void wake(Held& held) {
    for (const std::uint32_t txn : held.waiting) ready_.push(turn_of(txn));
    held.waiting.clear();
  }

  const TxnHistory& txns_;
  Waits waits_;
  std::vector<Held> held_;                   // by key
  std::vector<std::vector<Access>> writes_;  // by transaction
  std::vector<std::vector<Access>> reads_;
  std::vector<std::uint32_t> unread_;  // by version: readers that have not had their turn
  std::vector<bool> is_done_;
  std::vector<std::uint64_t> urgency_;  // by transaction: the middle of its earliest zone
  std::vector<std::uint32_t> turns_;
  std::uint32_t now_ = 0;
  Turns ready_;
  Turns stuck_;  // taken if nobody else can go on
};

}  // namespace

std::vector<DependencyEdge> likely_edges(const TxnHistory& txns, const VersionWriters& writers) {
  std::vector<DependencyEdge> edges;
  std::vector<std::pair<Zone, const VersionWriter*>> zones;
  for (const auto& of_key : writers) {
    zones.clear();
    for (const VersionWriter& writer : of_key) zones.emplace_back(zone_of(txns, writer), &writer);
    std::stable_sort(zones.begin(), zones.end(), [](const auto& a, const auto& b) {
      return a.first.middle() < b.first.middle();
    });
    for (std::size_t i = 1; i < zones.size(); ++i) {
      const auto& [zone, writer] = zones[i - 1];
      const std::uint32_t next = zones[i].second->txn;
      if (zone.first_end >= zones[i].first.last_begin) continue;
      edges.push_back({writer->txn, next, EdgeKind::kWw});
      for (const std::uint32_t reader : writer->readers) {
        if (reader != next) edges.push_back({reader, next, EdgeKind::kRw});
      }
    }
  }
  return edges;
}

std::vector<std::uint32_t> likely_turns(const TxnHistory& txns, const VersionWriters& writers,
                                        const DependencyGraph& graph) {
  return Execution(txns, writers, graph).run();
}

std::vector<std::uint32_t> order_by_turns(const DependencyGraph& graph,
                                          const std::vector<std::uint32_t>& turns) {
  Waits waits(graph);
  Turns ready;
  std::vector<std::uint32_t> order;
  const auto make_ready = [&](std::uint32_t txn) { ready.push({turns[txn], txn}); };
  waits.start(make_ready);
  while (!ready.empty()) {
    order.push_back(ready.pop());
    waits.release(order.back(), make_ready);
  }
  return order;
}

}  // namespace quorumlab::models
