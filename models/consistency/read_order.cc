#include "models/consistency/read_order.h"

#include <utility>

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kUnplaced = UINT32_MAX;
constexpr std::uint32_t kWaiting = UINT32_MAX - 1;  // for what comes before it

class Walk {
 public:
  Walk(const TxnHistory& txns, const std::vector<bool>& takes_part, const ReadOrderOptions& options)
      : txns_(txns), takes_part_(takes_part), options_(options) {
    result_.place.assign(txns.txns.size(), kUnplaced);
    result_.txns.reserve(txns.txns.size());
    if (options.besides != nullptr) collect_besides(*options.besides);
  }

  ReadOrder run() {
    result_.exists = true;
    for (std::uint32_t t = 0; t < txns_.txns.size() && result_.exists; ++t) {
      if (takes_part_[t] && result_.place[t] == kUnplaced) visit(t);
    }
    return std::move(result_);
  }

 private:
  struct Visit {
    std::uint32_t txn = 0;
    std::uint32_t cursor = 0;  // how much of what comes before it has been looked at
  };

  void collect_besides(const std::vector<DependencyEdge>& edges) {
    first_.assign(txns_.txns.size() + 2, 0);
    for (const DependencyEdge& edge : edges) ++first_[edge.to + 2];
    for (std::size_t i = 2; i < first_.size(); ++i) first_[i] += first_[i - 1];
    besides_.resize(edges.size());
    for (const DependencyEdge& edge : edges) besides_[first_[edge.to + 1]++] = edge.from;
  }

  // The next transaction before this one that has no place yet; kUnplaced: there is none.
  std::uint32_t next_before(Visit& visit) const {
    const Txn& txn = txns_.txns[visit.txn];
    if (visit.cursor == 0) {
      ++visit.cursor;
      if (options_.before_in_session != nullptr) {
        const std::uint32_t before = (*options_.before_in_session)[visit.txn];
        if (before != kNoTxn && !has_place(before)) return before;
      }
    }
    const std::uint32_t reads = txn.outcome == TxnOutcome::kOk ? txn.count : 0;
    for (; visit.cursor <= reads;) {
      const Micro& micro = txns_.micros[txn.first + visit.cursor++ - 1];
      const std::uint32_t writer = writer_read(txns_, takes_part_, visit.txn, micro);
      if (writer != kNoTxn && !has_place(writer)) return writer;
    }
    if (besides_.empty()) return kUnplaced;
    const std::uint32_t begin = first_[visit.txn];
    while (begin + visit.cursor - reads - 1 < first_[visit.txn + 1]) {
      const std::uint32_t before = besides_[begin + visit.cursor++ - reads - 1];
      if (before != visit.txn && !has_place(before)) return before;
    }
    return kUnplaced;
  }

  [[nodiscard]] bool has_place(std::uint32_t txn) const { return result_.place[txn] < kWaiting; }

  void visit(std::uint32_t start) {
    path_.push_back({start, 0});
    while (!path_.empty()) {
      Visit& top = path_.back();
      const std::uint32_t before = next_before(top);
      if (before == kUnplaced) {
        result_.place[top.txn] = static_cast<std::uint32_t>(result_.txns.size());
        result_.txns.push_back(top.txn);
        path_.pop_back();
        continue;
      }
      result_.place[top.txn] = kWaiting;
      if (result_.place[before] == kWaiting) {
        result_.exists = false;
        return;
      }
      path_.push_back({before, 0});
    }
  }

  const TxnHistory& txns_;
  const std::vector<bool>& takes_part_;
  const ReadOrderOptions& options_;
  ReadOrder result_;
  std::vector<Visit> path_;
  std::vector<std::uint32_t> first_;  // into besides_, by transaction
  std::vector<std::uint32_t> besides_;
};

}  // namespace

std::vector<std::uint32_t> session_predecessors(const TxnHistory& txns,
                                                const std::vector<bool>& takes_part) {
  std::vector<std::uint32_t> last(txns.sessions, kNoTxn);
  std::vector<std::uint32_t> before(txns.txns.size(), kNoTxn);
  for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
    if (takes_part[t]) before[t] = std::exchange(last[txns.txns[t].session], t);
  }
  return before;
}

ReadOrder order_by_reads(const TxnHistory& txns, const std::vector<bool>& takes_part,
                         const ReadOrderOptions& options) {
  return Walk(txns, takes_part, options).run();
}

}  // namespace quorumlab::models
