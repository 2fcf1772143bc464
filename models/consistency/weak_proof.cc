#include "models/consistency/weak_proof.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "models/consistency/causal_walk.h"
#include "models/consistency/read_order.h"

namespace quorumlab::models {
namespace {

constexpr std::uint64_t kMostSteps = 100'000'000;  // and some for each micro-operation

// What read atomic asks of each read: whoever wrote the key and was read from too, or came earlier
// in the session, came before the one that was read from.
class AtomicReads {
 public:
  AtomicReads(const TxnHistory& txns, const std::vector<bool>& takes_part, bool sessions)
      : txns_(txns), takes_part_(takes_part), sessions_(sessions) {}

  // False: somebody found a key never written, but saw something of one who wrote it.
  bool run(std::vector<DependencyEdge>& edges) {
    for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
      const bool reads = takes_part_[t] && txns_.txns[t].outcome == TxnOutcome::kOk;
      if (reads && !constrain(t, edges)) return false;
    }
    return !sessions_ || constrain_sessions(edges);
  }

 private:
  struct Read {
    std::uint32_t key = 0;
    std::uint32_t from = kNoTxn;  // kNoTxn: the key was never written
  };

  // The reads of others' writes, by key.
  void collect_reads(std::uint32_t t) {
    reads_.clear();
    written_.clear();
    for (const Micro& micro : txns_.micros_of(t)) {
      if (micro.kind == Micro::Kind::kWrite) {
        written_.push_back(micro.key);
        continue;
      }
      const std::uint32_t version = version_read(txns_, micro);
      if (version == kUnreadValue ||
          std::find(written_.begin(), written_.end(), micro.key) != written_.end()) {
        continue;
      }
      const std::uint32_t from =
          version == kInitialVersion ? kNoTxn : txns_.versions[version].writer;
      const bool is_other = from != t && from != kNoTxn && takes_part_[from];
      if (version == kInitialVersion || is_other) reads_.push_back({micro.key, from});
    }
  }

  bool constrain(std::uint32_t t, std::vector<DependencyEdge>& edges) {
    if (txns_.txns[t].count < 2) return true;
    collect_reads(t);
    if (reads_.size() < 2) return true;
    const bool many = reads_.size() > 8;
    const auto by_key = [](const Read& a, const Read& b) { return a.key < b.key; };
    if (many) std::sort(reads_.begin(), reads_.end(), by_key);
    std::uint32_t last = kNoTxn;
    for (const Read& other : reads_) {
      if (other.from == kNoTxn || other.from == std::exchange(last, other.from)) continue;
      for (const Micro& write : txns_.micros_of(other.from)) {
        if (write.kind != Micro::Kind::kWrite) continue;
        auto read = reads_.begin();
        if (many) read = std::lower_bound(read, reads_.end(), Read{write.key}, by_key);
        for (; read != reads_.end() && (!many || read->key == write.key); ++read) {
          if (read->key != write.key || read->from == other.from) continue;
          if (read->from == kNoTxn) return false;
          edges.push_back({other.from, read->from, EdgeKind::kWw});
        }
      }
    }
    return true;
  }

  // Session by session, so that one array of last writers is enough.
  bool constrain_sessions(std::vector<DependencyEdge>& edges) {
    std::vector<std::uint32_t> first(txns_.sessions + 2);
    for (const Txn& txn : txns_.txns) ++first[txn.session + 2];
    for (std::size_t i = 2; i < first.size(); ++i) first[i] += first[i - 1];
    std::vector<std::uint32_t> members(txns_.txns.size());
    for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
      members[first[txns_.txns[t].session + 1]++] = t;
    }
    struct Last {
      std::uint32_t session = UINT32_MAX;
      std::uint32_t txn = 0;
    };
    std::vector<Last> last(txns_.keys.size());
    for (const std::uint32_t t : members) {
      if (!takes_part_[t]) continue;
      const Txn& txn = txns_.txns[t];
      if (txn.outcome == TxnOutcome::kOk) {
        collect_reads(t);
        for (const Read& read : reads_) {
          const Last& own = last[read.key];
          if (own.session != txn.session || own.txn == read.from) continue;
          if (read.from == kNoTxn) return false;
          edges.push_back({own.txn, read.from, EdgeKind::kWw});
        }
      }
      for (const Micro& micro : txns_.micros_of(t)) {
        if (micro.kind == Micro::Kind::kWrite) last[micro.key] = {txn.session, t};
      }
    }
    return true;
  }

  const TxnHistory& txns_;
  const std::vector<bool>& takes_part_;
  const bool sessions_;
  std::vector<Read> reads_;
  std::vector<std::uint32_t> written_;
};

bool fits(const ReadOrder& order, const std::vector<DependencyEdge>& edges) {
  return std::all_of(edges.begin(), edges.end(), [&](const DependencyEdge& edge) {
    return order.place[edge.from] < order.place[edge.to];
  });
}

}  // namespace

WeakProof prove_weak(const WeakQuestion& question, const Inference& inferred) {
  const TxnHistory& txns = question.txns;
  const bool sessions = question.sessions && question.level != ProvenLevel::kReadCommitted;
  const std::vector<bool> takes_part = committed(txns);
  std::vector<std::uint32_t> before(txns.txns.size(), kNoTxn);
  if (sessions) before = session_predecessors(txns, takes_part);
  WeakProof proof;
  const ReadOrder order = order_by_reads(txns, takes_part, {.before_in_session = &before});
  if (!order.exists) return proof;
  std::vector<DependencyEdge> edges;
  // What lists tell of their versions; registers tell no more than their reads do.
  for (const DependencyEdge& edge : inferred.edges) {
    if (edge.kind == EdgeKind::kWw && txns.kind == TxnKind::kListAppend) edges.push_back(edge);
  }
  if (question.level == ProvenLevel::kReadAtomic) {
    if (!AtomicReads(txns, takes_part, sessions).run(edges)) return proof;
  }
  if (question.level == ProvenLevel::kCausal) {
    Budget budget = question.budget;  // who asks next has all of it
    budget.max_steps = std::min(budget.max_steps, kMostSteps + 64 * txns.micros.size());
    CausalWalk walk(txns, takes_part, before, order, budget);
    const bool fine = walk.run();
    proof.columns = walk.columns();
    proof.clocks = walk.most_clocks();
    if (!fine) return proof;
    edges.insert(edges.end(), walk.edges().begin(), walk.edges().end());
  }
  proof.constraints = edges.size();
  proof.proven =
      fits(order, edges) ||
      order_by_reads(txns, takes_part, {.before_in_session = &before, .besides = &edges}).exists;
  return proof;
}

}  // namespace quorumlab::models
