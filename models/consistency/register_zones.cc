#include "models/consistency/register_zones.h"

#include <algorithm>
#include <vector>

#include "sim/check.h"

namespace quorumlab::models {
namespace {

struct Cluster {
  RegisterTime written = kOpen;     // invocation of the write; kOpen: nobody wrote it
  RegisterTime first_done = kOpen;  // f
  RegisterTime last_begun = 0;      // s
};

// Do the events up to `until` have a linearization? Open writes that nobody read are left out: they
// may never take effect.
bool has_order(const RegisterHistory& history, RegisterTime until, std::uint64_t& steps) {
  std::vector<Cluster> clusters(history.value_count);
  clusters[kInitialValue] = {.written = 0, .first_done = 0, .last_begun = 0};
  for (const RegisterOp& op : history.ops) {
    if (op.invoked > until) break;
    ++steps;
    Cluster& cluster = clusters[op.value];
    if (op.act == Act::kWrite) {
      cluster.written = op.invoked;
    } else if (op.completed > until) {
      continue;
    }
    if (op.completed <= until) cluster.first_done = std::min(cluster.first_done, op.completed);
    cluster.last_begun = std::max(cluster.last_begun, op.invoked);
  }

  RegisterTime forward_end = clusters[kInitialValue].last_begun;
  for (RegisterTime t = 1; t <= until; ++t) {
    ++steps;
    const Cluster& cluster = clusters[history.ops[history.events[t].op].value];
    if (cluster.first_done == kOpen) continue;
    if (cluster.first_done < cluster.written || cluster.written == kOpen) return false;
    if (t != std::min(cluster.first_done, cluster.last_begun)) continue;
    const bool forward = cluster.first_done < cluster.last_begun;
    if (forward ? t < forward_end : cluster.first_done < forward_end) return false;
    if (forward) forward_end = cluster.last_begun;
  }
  return true;
}

}  // namespace

ZoneResult check_zones(const RegisterHistory& history) {
  QL_CHECK(history.unique_writes, "key {} is not a register of unique writes", history.key.value);
  ZoneResult result;
  const auto end = static_cast<RegisterTime>(history.events.size() - 1);
  if (has_order(history, end, result.steps)) return result;
  // What has no order keeps having none when it grows, so the first contradiction can be bisected.
  RegisterTime good = 0;
  RegisterTime bad = end;
  while (bad - good > 1) {
    const RegisterTime middle = good + (bad - good) / 2;
    (has_order(history, middle, result.steps) ? good : bad) = middle;
  }
  result.contradiction = bad;
  return result;
}

}  // namespace quorumlab::models
