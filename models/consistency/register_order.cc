#include "models/consistency/register_order.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include "models/consistency/txn_inference.h"
#include "models/consistency/txn_replay.h"

namespace quorumlab::models {
namespace {

constexpr std::uint64_t kRepairWork = 40'000'000;  // edges looked at
// What is known of who comes before whom takes as many bits as there are pairs, and each guess
// keeps its own.
constexpr std::uint64_t kGuessesInMemory = 64;
constexpr std::string_view kTooSlow = "the search for an order took too many steps (max_steps)";
constexpr std::string_view kTooLarge = "the search for an order took too much memory (max_memory)";

}  // namespace

VersionWriters writers_of(const TxnHistory& txns, const std::vector<bool>& takes_part) {
  VersionWriters writers(txns.keys.size());
  std::vector<std::uint32_t> place(txns.versions.size(), UINT32_MAX);
  for (std::uint32_t v = 0; v < txns.versions.size(); ++v) {
    const Version& version = txns.versions[v];
    if (version.writer == kNoTxn || !takes_part[version.writer] || !version.is_last) continue;
    place[v] = static_cast<std::uint32_t>(writers[version.key].size());
    writers[version.key].push_back({version.writer, {}});
  }
  for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
    if (!takes_part[t]) continue;
    for (const Micro& micro : txns.micros_of(t)) {
      if (micro.kind != Micro::Kind::kRead || micro.value >= kInitialVersion) continue;
      if (place[micro.value] == UINT32_MAX) continue;
      VersionWriter& writer = writers[micro.key][place[micro.value]];
      if (writer.txn != t) writer.readers.push_back(t);
    }
  }
  return writers;
}

namespace {

// Who comes before whom, closed under transitivity.
class Reach {
 public:
  explicit Reach(std::uint32_t nodes)
      : nodes_(nodes), words_((nodes + 63) / 64), bits_(std::size_t{nodes} * words_) {}

  [[nodiscard]] bool has(std::uint32_t a, std::uint32_t b) const {
    return (row(a)[b / 64] >> (b % 64) & 1U) != 0;
  }
  // Requires: nothing was added, and the graph has no cycle.
  void add_all(const DependencyGraph& graph, std::uint64_t& steps) {
    const std::vector<std::uint32_t> order = graph.order_with_hubs();
    for (auto node = order.rbegin(); node != order.rend(); ++node) {
      graph.for_each_edge(*node, [&](std::uint32_t to, EdgeKind) {
        if (has(*node, to)) return;
        std::uint64_t* const mine = row(*node);
        const std::uint64_t* const theirs = row(to);
        for (std::size_t w = 0; w < words_; ++w) mine[w] |= theirs[w];
        mine[to / 64] |= std::uint64_t{1} << (to % 64);
        steps += 1 + words_;
      });
    }
  }
  // False: the edge closes a cycle.
  bool add(std::uint32_t a, std::uint32_t b, std::uint64_t& steps) {
    if (a == b || has(b, a)) return false;
    if (has(a, b)) return true;
    steps += 1 + words_;
    for (std::uint32_t x = 0; x < nodes_; ++x) {
      if (x != a && !has(x, a)) continue;
      steps += words_;
      std::uint64_t* const mine = row(x);
      const std::uint64_t* const theirs = row(b);
      for (std::size_t w = 0; w < words_; ++w) mine[w] |= theirs[w];
      mine[b / 64] |= std::uint64_t{1} << (b % 64);
    }
    return true;
  }
  [[nodiscard]] std::size_t bytes() const { return bits_.size() * sizeof(std::uint64_t); }
  [[nodiscard]] std::size_t after(std::uint32_t a) const {
    std::size_t count = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      count += static_cast<std::size_t>(std::popcount(row(a)[w]));
    }
    return count;
  }

 private:
  [[nodiscard]] const std::uint64_t* row(std::uint32_t a) const {
    return bits_.data() + std::size_t{a} * words_;
  }
  std::uint64_t* row(std::uint32_t a) { return bits_.data() + std::size_t{a} * words_; }

  std::uint32_t nodes_;
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

// Counts bytes while it lives.
class Kept {
 public:
  Kept(std::uint64_t& total, std::uint64_t bytes) : total_(total), bytes_(bytes) {
    total_ += bytes_;
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ~Kept() { total_ -= bytes_; }

 private:
  std::uint64_t& total_;
  const std::uint64_t bytes_;
};

class Polygraph {
 public:
  Polygraph(const TxnHistory& txns, const Budget& budget)
      : txns_(txns),
        takes_part_(committed(txns)),
        writers_(writers_of(txns, takes_part_)),
        budget_(budget) {}

  OrderSearch run(const std::vector<DependencyEdge>& edges, std::uint32_t nodes) {
    const DependencyGraph graph(static_cast<std::uint32_t>(txns_.txns.size()), nodes, edges);
    if (!graph.components({}).cyclic.empty()) {
      result_.verdict = Verdict::kViolated;
      return std::move(result_);
    }
    Reach reach(nodes);
    reach.add_all(graph, result_.steps);
    result_.verdict = search(std::move(reach)) ? Verdict::kHolds : Verdict::kViolated;
    if (result_.verdict == Verdict::kViolated && exhausted()) {
      result_.verdict = Verdict::kUnknown;
      result_.reason = is_large() ? kTooLarge : kTooSlow;
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool is_large() const { return kept_ > budget_.max_memory; }
  [[nodiscard]] bool exhausted() const { return result_.steps > budget_.max_steps || is_large(); }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as there are pairs of writers to guess.
  bool search(Reach reach) {
    const Kept here(kept_, reach.bytes());
    if (exhausted() || !propagate(reach)) return false;
    if (try_order(reach)) return true;
    std::pair<std::uint32_t, std::uint32_t> open;
    if (!find_open(reach, open)) return false;
    for (const auto& [first, second] :
         {open, std::pair<std::uint32_t, std::uint32_t>(open.second, open.first)}) {
      Reach next = reach;
      if (next.add(first, second, result_.steps) && search(std::move(next))) return true;
    }
    return false;
  }

  bool propagate(Reach& reach) {
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& writers : writers_) {
        for (const VersionWriter& a : writers) {
          for (const VersionWriter& b : writers) {
            if (&a == &b) continue;
            if (!settle(reach, a, b.txn, changed)) return false;
          }
          if (exhausted()) return false;
        }
      }
    }
    return true;
  }

  // Whoever read a's version came before b if a did; and b came before a if it came before them.
  bool settle(Reach& reach, const VersionWriter& a, std::uint32_t b, bool& changed) {
    result_.steps += 1 + a.readers.size();
    for (const std::uint32_t reader : a.readers) {
      if (reader == b) {
        if (reach.has(a.txn, b)) continue;
        changed = true;
        if (!reach.add(a.txn, b, result_.steps)) return false;
      } else if (reach.has(a.txn, b)) {
        if (reach.has(reader, b)) continue;
        changed = true;
        if (!reach.add(reader, b, result_.steps)) return false;
      } else if (reach.has(b, reader) && !reach.has(b, a.txn)) {
        changed = true;
        if (!reach.add(b, a.txn, result_.steps)) return false;
      }
    }
    return true;
  }

  bool find_open(const Reach& reach, std::pair<std::uint32_t, std::uint32_t>& open) {
    for (const auto& writers : writers_) {
      for (std::size_t i = 0; i < writers.size(); ++i) {
        for (std::size_t j = i + 1; j < writers.size(); ++j) {
          const std::uint32_t a = std::min(writers[i].txn, writers[j].txn);
          const std::uint32_t b = std::max(writers[i].txn, writers[j].txn);
          ++result_.steps;
          if (a == b || reach.has(a, b) || reach.has(b, a)) continue;
          open = {a, b};
          return true;
        }
      }
    }
    return false;
  }

  // Whoever comes before another has more behind it.
  bool try_order(const Reach& reach) {
    std::vector<std::pair<std::size_t, std::uint32_t>> ranked;
    for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
      if (takes_part_[t]) ranked.emplace_back(reach.after(t), t);
    }
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    result_.order.clear();
    for (const auto& [rank, t] : ranked) result_.order.push_back(t);
    result_.steps += ranked.size();
    return explains(txns_, result_.order);
  }

  const TxnHistory& txns_;
  const std::vector<bool> takes_part_;
  const VersionWriters writers_;
  const Budget budget_;
  std::uint64_t kept_ = 0;  // bytes of what is known of who comes before whom, for each guess
  OrderSearch result_;
};

// Who comes before whom, by how much of each session each node has before it.
class Clocks {
 public:
  Clocks(const TxnHistory& txns, const DependencyGraph& graph, const Budget& budget) : txns_(txns) {
    const std::size_t width = txns.sessions;
    const std::size_t entries = width * graph.node_count();
    if (entries > kMostClocks || entries * sizeof(clocks_[0]) > budget.max_memory) return;
    clocks_.assign(width * graph.node_count(), 0);
    for (const std::uint32_t node : graph.order_with_hubs()) {
      const std::uint32_t* const mine = clocks_.data() + node * width;
      graph.for_each_edge(node, [&](std::uint32_t to, EdgeKind) {
        std::uint32_t* const theirs = clocks_.data() + to * width;
        for (std::size_t s = 0; s < width; ++s) theirs[s] = std::max(theirs[s], mine[s]);
        if (node >= txns.txns.size()) return;
        std::uint32_t& own = theirs[txns.txns[node].session];
        own = std::max(own, node + 1);
      });
    }
  }
  // Requires that sessions are ordered by edges; false also where nothing is known.
  [[nodiscard]] bool precedes(std::uint32_t a, std::uint32_t b) const {
    return !clocks_.empty() && clocks_[b * txns_.sessions + txns_.txns[a].session] > a;
  }

 private:
  static constexpr std::size_t kMostClocks = 50'000'000;
  const TxnHistory& txns_;
  std::vector<std::uint32_t> clocks_;
};

// Executes in the order of the graph; a read that finds the wrong version says who must move.
std::vector<DependencyEdge> complaints(const TxnHistory& txns,
                                       const std::vector<std::uint32_t>& order,
                                       const std::vector<bool>& takes_part, const Clocks& clocks) {
  std::vector<DependencyEdge> wanted;
  std::vector<std::uint32_t> now(txns.keys.size(), kInitialVersion);
  for (const std::uint32_t t : order) {
    if (!takes_part[t]) continue;
    for (const Micro& micro : txns.micros_of(t)) {
      std::uint32_t& version = now[micro.key];
      if (micro.kind == Micro::Kind::kWrite) {
        version = micro.value;
        continue;
      }
      if (micro.value == kUnreadValue || micro.value == version || version == kInitialVersion) {
        continue;
      }
      const std::uint32_t intruder = txns.versions[version].writer;
      if (micro.value != kInitialVersion && clocks.precedes(intruder, t)) {
        wanted.push_back({intruder, txns.versions[micro.value].writer, EdgeKind::kWw});
      } else {
        wanted.push_back({t, intruder, EdgeKind::kRw});
      }
    }
  }
  return wanted;
}

OrderSearch repair(const TxnHistory& txns, std::vector<DependencyEdge> edges, std::uint32_t nodes,
                   const Budget& budget) {
  const std::vector<bool> takes_part = committed(txns);
  const auto count = static_cast<std::uint32_t>(txns.txns.size());
  OrderSearch result;
  while (result.steps < std::min(kRepairWork, budget.max_steps)) {
    const DependencyGraph graph(count, nodes, edges);
    result.order = graph.order();
    result.steps += edges.size();
    if (result.order.size() < count) break;
    const auto wanted = complaints(txns, result.order, takes_part, Clocks(txns, graph, budget));
    if (wanted.empty()) {
      result.verdict = Verdict::kHolds;
      return result;
    }
    edges.insert(edges.end(), wanted.begin(), wanted.end());
  }
  return result;
}

}  // namespace

OrderSearch find_order(const TxnHistory& txns, const std::vector<DependencyEdge>& edges,
                       std::uint32_t nodes, EdgeKinds respect, const Budget& budget) {
  std::vector<DependencyEdge> known;
  for (const DependencyEdge& edge : edges) {
    if ((respect & kinds(edge.kind)) != 0) known.push_back(edge);
  }
  OrderSearch quick = repair(txns, known, nodes, budget);
  if (quick.verdict == Verdict::kHolds) return quick;
  const std::uint64_t bytes = std::uint64_t{nodes} * (nodes / 8 + 8);
  if (bytes > budget.max_memory / kGuessesInMemory) {
    quick.reason = kTooLarge;
    return quick;
  }
  return Polygraph(txns, budget).run(known, nodes);
}

}  // namespace quorumlab::models
