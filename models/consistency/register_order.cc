#include "models/consistency/register_order.h"

#include <utility>

#include "models/consistency/txn_inference.h"
#include "models/consistency/version_windows.h"

namespace quorumlab::models {

VersionWriters writers_of(const TxnHistory& txns, const std::vector<bool>& takes_part) {
  VersionWriters writers(txns.keys.size());
  std::vector<std::uint32_t> place(txns.versions.size(), UINT32_MAX);
  for (std::uint32_t v = 0; v < txns.versions.size(); ++v) {
    const TxnVersion& version = txns.versions[v];
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

OrderSearch find_order(const TxnHistory& txns, const std::vector<DependencyEdge>& edges,
                       std::uint32_t nodes, EdgeKinds respect, const Budget& budget,
                       Executor* executor) {
  const EdgeKinds order = respect & (kinds(EdgeKind::kProcess) | kinds(EdgeKind::kRealtime));
  VersionAnswer found =
      search_windows(txns, writers_of(txns, committed(txns)),
                     {edges, nodes, SnapshotLevel::kSerial, order}, budget, executor);
  return {found.verdict, std::move(found.order), std::move(found.reason), found.steps};
}

}  // namespace quorumlab::models
