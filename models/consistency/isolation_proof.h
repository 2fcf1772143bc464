// What proves an anomaly of transactions that is more than one cycle of what the history tells, for
// somebody else to verify (refutation.h; docs/consistency.md, "Certificates"). Transactions are
// called by their ids.
//
//   const auto r = prove_anomaly(txns, anomaly, {});
//   r->cycles[0];       // of "fractured-read": who saw a part, so that one comes before the other
//   r->cycles.back();   // and the circle which that closes
#pragma once

#include <optional>
#include <string_view>

#include "models/consistency/budget.h"
#include "models/consistency/isolation.h"
#include "models/consistency/refutation.h"
#include "models/consistency/txn_history.h"

namespace quorumlab::models {

// Did a search try all orders of versions in vain?
[[nodiscard]] bool is_of_search(const TxnAnomaly& anomaly);

// nullopt: the anomaly is no more than its cycle, or than its operations.
[[nodiscard]] std::optional<Refutation> prove_anomaly(const TxnHistory& txns,
                                                      const TxnAnomaly& anomaly,
                                                      const Budget& budget);

// Of "no-order", "no-snapshots", ..., with -process or -realtime. nullopt: there is an order, or
// the budget ran out.
[[nodiscard]] std::optional<Refutation> refute_versions(const TxnHistory& txns,
                                                        std::string_view anomaly,
                                                        const Budget& budget);

}  // namespace quorumlab::models
