#include "models/consistency/weak_isolation.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/consistency/causal_walk.h"
#include "models/consistency/read_order.h"
#include "models/consistency/session_clocks.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

class WeakCheck {
 public:
  WeakCheck(const TxnHistory& txns, WeakLevel level, const Inference& inferred,
            const Budget& budget)
      : txns_(txns),
        level_(level),
        inferred_(inferred),
        budget_(budget),
        takes_part_(committed(txns)) {
    place_.resize(txns.txns.size());
    by_session_.resize(txns.sessions);
    for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
      if (!takes_part_[t]) continue;
      auto& session = by_session_[txns.txns[t].session];
      place_[t] = static_cast<std::uint32_t>(session.size());
      session.push_back(t);
    }
  }

  WeakResult run() {
    add_base();
    if (level_ == WeakLevel::kCausal) return walk();
    if (level_ == WeakLevel::kCausalUnordered) {
      const auto count = static_cast<std::uint32_t>(txns_.txns.size());
      const DependencyGraph base(count, count, edges_);
      if (refute(base)) return std::move(result_);
      const std::uint64_t bytes = SessionClocks::bytes_for(txns_);
      if (bytes > budget_.max_memory) {
        result_.reason = fmt::format(
            "the clocks of {} transactions in {} sessions take over {} "
            "bytes (max_memory)",
            count, txns_.sessions, budget_.max_memory);
        return std::move(result_);
      }
      clocks_.emplace(txns_, takes_part_, by_session_);
      result_.steps += clocks_->fill(base.order(), budget_.max_steps);
    }
    if (!is_affordable()) return give_up();
    for (const auto& session : by_session_) {
      for (const std::uint32_t t : session) {
        if (txns_.txns[t].outcome != TxnOutcome::kOk || !result_.text.empty()) continue;
        if (!is_affordable()) return give_up();
        constrain(t);
      }
    }
    if (!result_.text.empty()) return std::move(result_);
    if (level_ != WeakLevel::kCausalUnordered) return order_writes();
    result_.verdict = Verdict::kHolds;
    return std::move(result_);
  }

  // After run().
  [[nodiscard]] std::vector<std::uint32_t> order() const {
    const auto count = static_cast<std::uint32_t>(txns_.txns.size());
    std::vector<std::uint32_t> order = DependencyGraph(count, count, edges_).order();
    std::erase_if(order, [this](std::uint32_t t) { return !takes_part_[t]; });
    return order;
  }

 private:
  [[nodiscard]] bool is_large() const {
    const std::uint64_t bytes = (clocks_ ? SessionClocks::bytes_for(txns_) : 0) +
                                edges_.size() * sizeof(DependencyEdge) +
                                reasons_.size() * sizeof(Reason);
    return bytes > budget_.max_memory;
  }
  [[nodiscard]] bool is_affordable() const {
    return result_.steps <= budget_.max_steps && !is_large();
  }
  WeakResult give_up() {
    result_.verdict = Verdict::kUnknown;
    result_.reason =
        is_large()
            ? fmt::format("what reads imply takes over {} bytes (max_memory)", budget_.max_memory)
            : fmt::format("what reads imply takes over {} steps (max_steps)", budget_.max_steps);
    return std::move(result_);
  }

  [[nodiscard]] std::string name(std::uint32_t t) const {
    return fmt::format("T{}", txns_.txns[t].id);
  }

  // Causal: what each knew of, along an order by reads.
  WeakResult walk() {
    const auto count = static_cast<std::uint32_t>(txns_.txns.size());
    if (refute(DependencyGraph(count, count, edges_))) return std::move(result_);
    const auto before = session_predecessors(txns_, takes_part_);
    const ReadOrder order = order_by_reads(txns_, takes_part_, {.before_in_session = &before});
    CausalWalk walk(txns_, takes_part_, before, order, budget_);
    const bool is_done = walk.run();
    result_.steps += walk.steps();
    if (walk.gave_up()) {
      result_.reason = fmt::format(
          "what {} chains of transactions knew takes too much: {} steps "
          "(max_steps), or memory (max_memory)",
          walk.columns(), walk.steps());
      return std::move(result_);
    }
    if (!is_done) {
      must_precede(walk.ignored().writer, kNoTxn, walk.ignored().reader, walk.ignored().key);
      return std::move(result_);
    }
    for (std::size_t i = 0; i < walk.edges().size(); ++i) {
      const DependencyEdge& edge = walk.edges()[i];
      edges_.push_back(edge);
      const CausalWalk::Cause& cause = walk.causes()[i];
      reasons_.push_back({edge.from, edge.to, cause.reader, cause.key});
    }
    return order_writes();
  }

  // With all that the level asks for: is there an order?
  WeakResult order_writes() {
    add_known_order();
    const auto count = static_cast<std::uint32_t>(txns_.txns.size());
    if (refute(DependencyGraph(count, count, edges_))) return std::move(result_);
    result_.verdict = Verdict::kHolds;
    return std::move(result_);
  }

  void add_base() {
    for (const auto& session : by_session_) {
      for (std::size_t i = 1; i < session.size(); ++i) {
        edges_.push_back({session[i - 1], session[i], EdgeKind::kProcess});
      }
    }
    for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
      if (txns_.txns[t].outcome != TxnOutcome::kOk) continue;
      for (const Micro& micro : txns_.micros_of(t)) {
        const std::uint32_t writer = writer_read(txns_, takes_part_, t, micro);
        if (writer != kNoTxn) edges_.push_back({writer, t, EdgeKind::kWr});
      }
    }
  }

  // Lists tell the order of their versions: those that nobody read come last.
  void add_known_order() {
    if (txns_.kind != TxnKind::kListAppend) return;
    const auto order = [this](std::uint32_t before, std::uint32_t version) {
      if (before >= kInitialVersion) return;
      const std::uint32_t a = txns_.versions[before].writer;
      const std::uint32_t b = txns_.versions[version].writer;
      if (a == b || a == kNoTxn || b == kNoTxn || !takes_part_[a] || !takes_part_[b]) return;
      edges_.push_back({a, b, EdgeKind::kWw});
    };
    for (std::uint32_t v = 0; v < txns_.versions.size(); ++v) order(inferred_.previous[v], v);
    for (std::uint32_t key = 0; key < inferred_.unread.size(); ++key) {
      for (const std::uint32_t v : inferred_.unread[key]) order(inferred_.last_known[key], v);
    }
    add_unread_last();
  }

  // What nobody read comes after all that was read.
  void add_unread_last() {
    std::vector<bool> is_last(txns_.versions.size(), true);
    for (const std::uint32_t before : inferred_.previous) {
      if (before < kInitialVersion) is_last[before] = false;
    }
    for (const auto& unread : inferred_.unread) {
      for (const std::uint32_t v : unread) is_last[v] = false;
    }
    for (std::uint32_t v = 0; v < txns_.versions.size(); ++v) {
      const std::uint32_t a = txns_.versions[v].writer;
      if (!is_last[v] || a == kNoTxn || !takes_part_[a]) continue;
      for (const std::uint32_t later : inferred_.unread[txns_.versions[v].key]) {
        const std::uint32_t b = txns_.versions[later].writer;
        if (a != b && takes_part_[b]) edges_.push_back({a, b, EdgeKind::kWw});
      }
    }
  }

  // Without what the reader had appended itself.
  [[nodiscard]] std::uint32_t version_of_others(std::uint32_t t, const Micro& read) const {
    const std::uint32_t version = version_read(txns_, read);
    if (txns_.kind == TxnKind::kRegister || version >= kInitialVersion) return version;
    const auto list = txns_.list(read);
    const auto other = std::find_if(list.rbegin(), list.rend(),
                                    [&](std::uint32_t v) { return txns_.versions[v].writer != t; });
    return other == list.rend() ? kInitialVersion : *other;
  }

  bool refute(const DependencyGraph& graph) {
    const Components components = graph.components({});
    if (components.cyclic.empty()) return false;
    std::uint64_t steps = 0;
    std::vector<DependencyEdge> best;
    const auto& nodes = components.cyclic.front();
    for (const std::uint32_t node : nodes) {
      graph.for_each_edge(node, [&](std::uint32_t to, EdgeKind kind) {
        if (components.of[to] != components.of[node] || steps > 1'000'000) return;
        auto path = graph.path({.from = to, .to = node, .view = {}, .within = &components}, steps,
                               2'000'000);
        if (!path) return;
        path->insert(path->begin(), {node, to, kind});
        if (best.empty() || path->size() < best.size()) best = *path;
      });
    }
    result_.verdict = Verdict::kViolated;
    if (best.empty()) {
      result_.text =
          fmt::format("each of {} transactions has to come before another", nodes.size());
    }
    for (const DependencyEdge& edge : best) {
      const Reason* const reason = reason_for(edge);
      result_.cycle.push_back(
          {edge, reason == nullptr ? kNoTxn : reason->reader, why(edge, reason)});
      if (!result_.text.empty()) result_.text += "; ";
      result_.text += result_.cycle.back().why;
    }
    return true;
  }

  struct Reason {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t reader = 0;
    std::uint32_t key = 0;
  };

  // Why the level wants an order of writes; nullptr: it does not, lists have it.
  [[nodiscard]] const Reason* reason_for(const DependencyEdge& edge) const {
    const auto found = std::find_if(reasons_.begin(), reasons_.end(), [&](const Reason& reason) {
      return reason.from == edge.from && reason.to == edge.to;
    });
    return edge.kind != EdgeKind::kWw || found == reasons_.end() ? nullptr : &*found;
  }

  [[nodiscard]] std::string why(const DependencyEdge& edge, const Reason* reason) const {
    if (reason == nullptr) return justify(txns_, inferred_, edge);
    return fmt::format("{} must come before {}: {} knew of {} and yet read key {} from {}",
                       name(edge.from), name(edge.to), name(reason->reader), name(edge.from),
                       txns_.key_text(reason->key), name(edge.to));
  }

  // For each read of `t`: which writers of the key must come before the one that was read from?
  void constrain(std::uint32_t t) {
    const auto micros = txns_.micros_of(t);
    result_.steps += micros.size();
    for (std::size_t i = 0; i < micros.size(); ++i) {
      const bool is_view = level_ == WeakLevel::kMonotonicView;
      const std::uint32_t version =
          is_view ? version_of_others(t, micros[i]) : version_read(txns_, micros[i]);
      if (version == kUnreadValue) continue;
      const std::uint32_t from =
          version == kInitialVersion ? kNoTxn : txns_.versions[version].writer;
      const bool is_initial = version == kInitialVersion;
      if (!is_initial && (from == t || from == kNoTxn || !takes_part_[from])) continue;
      if (!is_view && wrote_before(micros, i)) continue;
      switch (level_) {
        case WeakLevel::kMonotonicView:
          for (std::size_t j = 0; j < i; ++j) read_from(t, micros[i], micros[j], from);
          break;
        case WeakLevel::kReadAtomic:
          for (const Micro& other : micros) read_from(t, micros[i], other, from);
          from_session(t, micros[i].key, from);
          break;
        case WeakLevel::kCausal:  // has been walked
          break;
        case WeakLevel::kCausalUnordered:
          from_past(t, micros[i].key, from);
          break;
      }
    }
  }

  static bool wrote_before(std::span<const Micro> micros, std::size_t i) {
    return std::any_of(
        micros.begin(), micros.begin() + static_cast<std::ptrdiff_t>(i),
        [&](const Micro& m) { return m.kind == Micro::Kind::kWrite && m.key == micros[i].key; });
  }

  void read_from(std::uint32_t t, const Micro& read, const Micro& other, std::uint32_t from) {
    const std::uint32_t known = writer_read(txns_, takes_part_, t, other);
    if (known == kNoTxn || known == from) return;
    result_.steps += txns_.txns[known].count;
    for (const Micro& write : txns_.micros_of(known)) {
      if (write.kind == Micro::Kind::kWrite && write.key == read.key) {
        return must_precede(known, from, t, read.key);
      }
    }
  }

  // The last transaction of the session that wrote the key, found by walking on.
  void from_session(std::uint32_t t, std::uint32_t key, std::uint32_t from) {
    const std::uint32_t session = txns_.txns[t].session;
    if (session != walked_session_) {
      walked_session_ = session;
      walked_ = {};
      walked_to_ = 0;
    }
    for (; walked_to_ < place_[t]; ++walked_to_) {
      const std::uint32_t other = by_session_[session][walked_to_];
      for (const Micro& micro : txns_.micros_of(other)) {
        if (micro.kind == Micro::Kind::kWrite) walked_[micro.key] = other + 1;
      }
    }
    const std::uint32_t* const last = walked_.find(key);
    if (last != nullptr && *last != 0) must_precede(*last - 1, from, t, key);
  }

  void from_past(std::uint32_t t, std::uint32_t key, std::uint32_t from) {
    result_.steps += clocks_->for_each_known_writer(
        t, key, [&](std::uint32_t writer) { must_precede(writer, from, t, key); });
  }

  void must_precede(std::uint32_t writer, std::uint32_t from, std::uint32_t reader,
                    std::uint32_t key) {
    if (writer == from || writer == reader) return;
    if (from == kNoTxn) {
      result_.verdict = Verdict::kViolated;
      result_.cycle = {{.edge = {writer, reader, EdgeKind::kWr}},
                       {.edge = {reader, writer, EdgeKind::kRw}}};
      result_.text = fmt::format("{} found key {} never written, but knew of {}, which wrote it",
                                 name(reader), txns_.key_text(key), name(writer));
      return;
    }
    if (level_ == WeakLevel::kCausalUnordered) {
      if (!clocks_->knows(writer, from)) return;
      result_.verdict = Verdict::kViolated;
      result_.cycle = {{.edge = {from, writer, EdgeKind::kWw}},
                       {.edge = {writer, from, EdgeKind::kWw}, .via = reader}};
      result_.text = fmt::format("{} read key {} from {}, but knew of {}, which came after it",
                                 name(reader), txns_.key_text(key), name(from), name(writer));
      return;
    }
    edges_.push_back({writer, from, EdgeKind::kWw});
    reasons_.push_back({writer, from, reader, key});
  }

  const TxnHistory& txns_;
  const WeakLevel level_;
  const Inference& inferred_;
  const Budget budget_;
  const std::vector<bool> takes_part_;
  std::vector<std::uint32_t> place_;                    // of a transaction in its session
  std::vector<std::vector<std::uint32_t>> by_session_;  // transactions in order
  std::vector<DependencyEdge> edges_;
  std::vector<Reason> reasons_;
  std::optional<SessionClocks> clocks_;  // kCausalUnordered
  std::uint32_t walked_session_ = UINT32_MAX;
  std::uint32_t walked_to_ = 0;
  FlatMap<std::uint32_t> walked_;  // by key: the last writer of the session so far, + 1
  WeakResult result_;
};

}  // namespace

WeakResult check_weak(const TxnHistory& txns, WeakLevel level, const Inference& inferred,
                      const Budget& budget) {
  return WeakCheck(txns, level, inferred, budget).run();
}

std::vector<std::uint32_t> order_weakly(const TxnHistory& txns, WeakLevel level,
                                        const Inference& inferred) {
  WeakCheck check(txns, level, inferred, {});
  (void)check.run();
  return check.order();
}

TxnHistory without_sessions(const TxnHistory& txns) {
  TxnHistory alone = txns;
  alone.sessions = static_cast<std::uint32_t>(txns.txns.size());
  for (std::uint32_t t = 0; t < alone.sessions; ++t) alone.txns[t].session = t;
  return alone;
}

}  // namespace quorumlab::models
