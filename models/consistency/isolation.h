// Which isolation levels can a history of transactions have had? For lists that are appended to
// (every read tells the order of versions) and for registers (every written value unique).
//
//   IsolationResult r = check_isolation(txns, "strict-serializable");
//   r.verdict;                    // kViolated
//   r.anomalies[0].type;          // "G-single-item-realtime"
//   r.anomalies[0].text;          // the cycle, every edge with the reads and writes that prove it
//
// A dependency graph is inferred from the values (Adya 1999; Kingsbury and Alvaro, "Elle", VLDB
// 2020), and a level is ruled out by what isolation_models.h says of the anomalies found. That none
// is found proves nothing by itself: kHolds is only said with an order of the transactions that
// explains every read, or with another proof; else the verdict is kUnknown.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/dependency_graph.h"
#include "models/consistency/executor.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

struct CycleStep {
  std::uint32_t from = 0;  // Txn::id
  std::uint32_t to = 0;
  EdgeKind kind = EdgeKind::kWw;
  std::string why;  // "T3 appended 5 to key 9 right after 4, which T1 appended"
  // kWw that a level asks for: who read from `to`, but knew of `from`. Else kNoTxn.
  std::uint32_t via = kNoTxn;
};

struct TxnAnomaly {
  std::string type;                // "G0", "G1a", "G2-item-process", "internal", ...
  std::vector<std::uint32_t> ops;  // Txn::id
  std::vector<CycleStep> cycle;    // empty if it is none
  std::string text;
};

struct IsolationResult {
  Verdict verdict = Verdict::kUnknown;
  std::string reason;  // with kUnknown; with kHolds: what proves it
  // A few of each type; also those that the model allows, unless the history is long and the model
  // was proven at once.
  std::vector<TxnAnomaly> anomalies;
  std::set<std::string> types;            // of all anomalies
  std::vector<std::string_view> weakest;  // the weakest models that are ruled out
  std::vector<std::uint32_t> order;  // with kHolds: Txn::id in an order that explains all, if any
  std::uint64_t steps = 0;
};

// `model` is one that is_isolation_model() (isolation_models.h) knows. Long histories are judged in
// parts that have nothing to do with one another, on the executor, if all of them hold.
[[nodiscard]] IsolationResult check_isolation(const TxnHistory& txns, std::string_view model,
                                              const Budget& budget = {},
                                              Executor* executor = nullptr);

// The verdict that an analysis for any model means for another one.
[[nodiscard]] Verdict verdict_for(const IsolationResult& result, std::string_view model);

}  // namespace quorumlab::models
