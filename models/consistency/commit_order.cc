#include "models/consistency/commit_order.h"

#include <algorithm>
#include <array>

#include "models/consistency/dependency_graph.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/snapshot_levels.h"
#include "models/consistency/txn_inference.h"
#include "models/consistency/version_windows.h"
#include "models/consistency/weak_isolation.h"

namespace quorumlab::models {
namespace {

enum class Axiom : std::uint8_t {
  kWrites,
  kReads,
  kView,
  kAtomic,
  kCausal,
  kParallel,
  kStarts,
  kSerial
};

struct Level {
  std::string_view model;
  Axiom axiom;
  EdgeKinds order = 0;           // of sessions, or of sessions and time
  bool keeps_conflicts = false;  // kStarts: two that write one key do not overlap
};

constexpr EdgeKinds kSession = kinds(EdgeKind::kProcess);
constexpr EdgeKinds kTime = kSession | kinds(EdgeKind::kRealtime);

// Weaker ones first.
constexpr std::array<Level, 29> kLevels = {{
    {"read-uncommitted", Axiom::kWrites},
    {"strong-session-read-uncommitted", Axiom::kWrites, kSession},
    {"strong-read-uncommitted", Axiom::kWrites, kTime},
    {"read-committed", Axiom::kReads},
    {"strong-session-read-committed", Axiom::kReads, kSession},
    {"strong-read-committed", Axiom::kReads, kTime},
    {"monotonic-atomic-view", Axiom::kView},
    {"strong-session-monotonic-atomic-view", Axiom::kView, kSession},
    {"strong-monotonic-atomic-view", Axiom::kView, kTime},
    {"read-atomic", Axiom::kAtomic},
    {"strong-session-read-atomic", Axiom::kAtomic, kSession},
    {"causal-cerone", Axiom::kCausal},
    {"strong-session-causal", Axiom::kCausal, kSession},
    {"parallel-snapshot-isolation", Axiom::kParallel},
    {"strong-session-parallel-snapshot-isolation", Axiom::kParallel, kSession},
    {"strong-parallel-snapshot-isolation", Axiom::kParallel, kTime},
    {"prefix", Axiom::kStarts},
    {"strong-session-prefix", Axiom::kStarts, kSession},
    {"strong-prefix", Axiom::kStarts, kTime},
    {"snapshot-isolation", Axiom::kStarts, 0, true},
    {"strong-session-snapshot-isolation", Axiom::kStarts, kSession, true},
    {"strong-snapshot-isolation", Axiom::kStarts, kTime, true},
    {"serializable", Axiom::kSerial},
    {"strong-session-serializable", Axiom::kSerial, kSession},
    {"strong-serializable", Axiom::kSerial, kTime},
    // Where a read disagrees with what its own transaction did, which only these allow.
    {"consistent-view", Axiom::kParallel},
    {"repeatable-read", Axiom::kSerial},
    {"strong-session-repeatable-read", Axiom::kSerial, kSession},
    {"strong-repeatable-read", Axiom::kSerial, kTime},
}};

class Orders {
 public:
  Orders(const TxnHistory& txns, const Budget& budget)
      : txns_(txns),
        budget_(budget),
        takes_part_(committed(txns)),
        count_(static_cast<std::uint32_t>(txns.txns.size())),
        inferred_(txns.kind == TxnKind::kListAppend ? infer_lists(txns) : infer_registers(txns)) {
    nodes_ = count_ + inferred_.hubs;
    edges_ = inferred_.edges;
    add_order(txns, txns.has_time, nodes_, edges_);
  }

  // What is wrong with reads by themselves.
  [[nodiscard]] bool rules_out(std::string_view model) const {
    return std::any_of(inferred_.counts.begin(), inferred_.counts.end(),
                       [&](const auto& found) { return is_ruled_out(model, {found.first}); });
  }

  // Empty: there is none, or nobody knows.
  [[nodiscard]] std::vector<std::uint32_t> find(const Level& level) const {
    if ((level.order & kinds(EdgeKind::kRealtime)) != 0 && !txns_.has_time) return {};
    switch (level.axiom) {
      case Axiom::kView:
        // Where the order of versions is known, what must be seen adds nothing to it.
        if (level.order == kTime) {
          return inferred_.is_total ? sorted(level, edges_) : std::vector<std::uint32_t>();
        }
        return weak(level, WeakLevel::kMonotonicView);
      case Axiom::kAtomic:
        return weak(level, WeakLevel::kReadAtomic);
      case Axiom::kCausal:
        return weak(level, WeakLevel::kCausal);
      case Axiom::kParallel:
        return searched(level);
      case Axiom::kStarts: {
        const bool total = txns_.kind == TxnKind::kListAppend && inferred_.is_total;
        auto order = total ? sorted(level, edges_) : std::vector<std::uint32_t>();
        return order.empty() ? searched(level) : order;
      }
      case Axiom::kSerial:
        return serial(level);
      default:
        return sorted(level, edges_);
    }
  }

 private:
  [[nodiscard]] std::vector<std::uint32_t> weak(const Level& level, WeakLevel axiom) const {
    const TxnHistory alone = level.order == 0 ? without_sessions(txns_) : TxnHistory{};
    const TxnHistory& judged = level.order == 0 ? alone : txns_;
    const bool holds = check_weak(judged, axiom, inferred_, budget_).verdict == Verdict::kHolds;
    return holds ? order_weakly(judged, axiom, inferred_) : std::vector<std::uint32_t>();
  }

  [[nodiscard]] std::vector<std::uint32_t> searched(const Level& level) const {
    const SnapshotDecision found =
        decide_snapshots(txns_, inferred_, {edges_, nodes_}, level.model, {}, budget_);
    if (found.verdict != Verdict::kHolds) return {};
    return sorted(level, found.edges);
  }

  [[nodiscard]] std::vector<std::uint32_t> serial(const Level& level) const {
    VersionAnswer found = search_windows(
        txns_, writers_to_order(txns_, inferred_),
        {.edges = edges_, .nodes = nodes_, .level = SnapshotLevel::kSerial, .order = level.order},
        budget_);
    if (found.verdict != Verdict::kHolds) return {};
    std::erase_if(found.order, [this](std::uint32_t t) { return !takes_part_[t]; });
    return std::move(found.order);
  }

  // Commits, then starts, then hubs.
  [[nodiscard]] std::uint32_t place(std::uint32_t node, bool start) const {
    if (node >= count_) return count_ + node;
    return start ? count_ + node : node;
  }

  [[nodiscard]] std::vector<std::uint32_t> sorted(const Level& level,
                                                  const std::vector<DependencyEdge>& edges) const {
    EdgeKinds counted = kinds(EdgeKind::kWw) | level.order;
    if (level.axiom != Axiom::kWrites) counted |= kinds(EdgeKind::kWr);
    if (level.axiom == Axiom::kStarts) counted |= kinds(EdgeKind::kRw);
    std::vector<DependencyEdge> result;
    const auto add = [&](const DependencyEdge& edge) {
      if ((counted & kinds(edge.kind)) == 0) return;
      const bool by_write = edge.kind == EdgeKind::kWw && !level.keeps_conflicts;
      result.push_back({place(edge.from, edge.kind == EdgeKind::kRw),
                        place(edge.to, edge.kind != EdgeKind::kRw && !by_write), edge.kind});
    };
    for (const DependencyEdge& edge : edges) add(edge);
    for (const auto& unread : inferred_.unread) {
      for (std::size_t i = 1; i < unread.size() && &edges == &edges_; ++i) {
        const std::uint32_t a = txns_.versions[unread[i - 1]].writer;
        const std::uint32_t b = txns_.versions[unread[i]].writer;
        if (a != b) add({a, b, EdgeKind::kWw});
      }
    }
    for (std::uint32_t t = 0; t < count_; ++t) {
      result.push_back({place(t, true), place(t, false), EdgeKind::kProcess});
    }
    const DependencyGraph graph(2 * count_, count_ + nodes_, result);
    std::vector<std::uint32_t> order = graph.order();
    if (order.size() < 2 * std::size_t{count_}) return {};
    std::erase_if(order, [this](std::uint32_t n) { return n >= count_ || !takes_part_[n]; });
    return order;
  }

  const TxnHistory& txns_;
  const Budget budget_;
  const std::vector<bool> takes_part_;
  const std::uint32_t count_;
  const Inference inferred_;
  std::uint32_t nodes_ = 0;
  std::vector<DependencyEdge> edges_;
};

}  // namespace

std::optional<CommitOrder> find_commit_order(const TxnHistory& txns, std::string_view model,
                                             const Budget& budget) {
  const Orders orders(txns, budget);
  for (const Level& level : kLevels) {
    if (!implies(level.model, canonical_model(model)) || orders.rules_out(level.model)) continue;
    CommitOrder proof{.level = level.model, .order = orders.find(level)};
    if (proof.order.empty()) continue;
    for (std::uint32_t& t : proof.order) t = txns.txns[t].id;
    return proof;
  }
  return std::nullopt;
}

}  // namespace quorumlab::models
