// The search for an order of versions (version_search.h), confined to where there is a dispute.
//
//   VersionAnswer a = search_windows(txns, writers, {edges, nodes, SnapshotLevel::kSerial}, {});
//   a.verdict;   // kViolated: a few transactions of a window close a cycle in every order
//
// Along a first order of all transactions nearly every edge points forwards. Those that point back
// cover windows of it, and whoever stands outside of them is in nobody's way: each window is
// searched by itself, as if all before it had ended and nothing after it had begun, and a window
// that has an order in those terms is put in order. What has none even without such terms has none
// in the whole. A window that has no order in those terms grows. Where something still points back
// in the end, as weaker levels allow, the whole is searched from the order that came of it, which
// as a rule is a single look.
#pragma once

#include "models/consistency/budget.h"
#include "models/consistency/executor.h"
#include "models/consistency/version_search.h"

namespace quorumlab::models {

// Windows are searched on the executor. The same verdict as search_versions() wherever that has
// one.
[[nodiscard]] VersionAnswer search_windows(const TxnHistory& txns, const VersionWriters& writers,
                                           const VersionQuestion& question, const Budget& budget,
                                           Executor* executor = nullptr);

}  // namespace quorumlab::models
