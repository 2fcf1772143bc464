#include "models/consistency/txn_replay.h"

#include <algorithm>
#include <vector>

namespace quorumlab::models {

bool explains(const TxnHistory& txns, std::span<const std::uint32_t> order) {
  const bool lists = txns.kind == TxnKind::kListAppend;
  std::vector<std::vector<std::uint32_t>> state(txns.keys.size());
  std::vector<bool> placed(txns.txns.size());
  for (const std::uint32_t t : order) {
    if (placed[t]) return false;
    placed[t] = true;
    for (const Micro& micro : txns.micros_of(t)) {
      std::vector<std::uint32_t>& now = state[micro.key];
      if (micro.kind == Micro::Kind::kWrite) {
        if (!lists) now.clear();
        now.push_back(micro.value);
      } else if (micro.value == kUnreadValue) {
        continue;
      } else if (lists) {
        const auto seen = txns.list(micro);
        if (!std::equal(seen.begin(), seen.end(), now.begin(), now.end())) return false;
      } else if (micro.value != (now.empty() ? kInitialVersion : now.back())) {
        return false;
      }
    }
  }
  for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
    if (txns.txns[t].outcome == TxnOutcome::kOk && !placed[t]) return false;
  }
  return true;
}

}  // namespace quorumlab::models
