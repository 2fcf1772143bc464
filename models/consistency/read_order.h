// An order of transactions in which each comes after what came before it in its session and after
// those that it read from; the base of everything causal.
//
//   const ReadOrder order = order_by_reads(txns, takes_part, {.sessions = true});
//   order.txns;           // empty, if that goes round in a circle
//   order.place[t];       // where t is in it
//
// Found without building a graph: what comes before a transaction stands in the transaction.
#pragma once

#include <cstdint>
#include <vector>

#include "models/consistency/dependency_graph.h"
#include "models/consistency/txn_history.h"

namespace quorumlab::models {

// The version that a read found; kUnreadValue: it does not say, or is no read.
[[nodiscard]] inline std::uint32_t version_read(const TxnHistory& txns, const Micro& micro) {
  if (micro.kind != Micro::Kind::kRead || micro.value == kUnreadValue) return kUnreadValue;
  if (txns.kind == TxnKind::kRegister) return micro.value;
  return micro.count == 0 ? kInitialVersion : txns.list(micro).back();
}

// Whom a read of `txn` read from, if that is another one that takes part; else kNoTxn.
[[nodiscard]] inline std::uint32_t writer_read(const TxnHistory& txns,
                                               const std::vector<bool>& takes_part,
                                               std::uint32_t txn, const Micro& micro) {
  const std::uint32_t version = version_read(txns, micro);
  if (version >= kInitialVersion) return kNoTxn;
  const std::uint32_t writer = txns.versions[version].writer;
  return writer == kNoTxn || writer == txn || !takes_part[writer] ? kNoTxn : writer;
}

// By transaction: the one before it in its session that takes part; kNoTxn: none.
[[nodiscard]] std::vector<std::uint32_t> session_predecessors(const TxnHistory& txns,
                                                              const std::vector<bool>& takes_part);

struct ReadOrderOptions {
  const std::vector<std::uint32_t>* before_in_session = nullptr;  // null: sessions count nothing
  // What must come before what besides; hubs must not be among them.
  const std::vector<DependencyEdge>* besides = nullptr;
};

struct ReadOrder {
  bool exists = false;
  std::vector<std::uint32_t> txns;   // those that take part
  std::vector<std::uint32_t> place;  // by transaction
};

[[nodiscard]] ReadOrder order_by_reads(const TxnHistory& txns, const std::vector<bool>& takes_part,
                                       const ReadOrderOptions& options);

}  // namespace quorumlab::models
