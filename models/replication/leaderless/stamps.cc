#include "models/replication/leaderless/stamps.h"

#include "sim/check.h"

namespace quorumlab::models::leaderless {

Stamp Stamps::next(OpId op) {
  switch (options_.order) {
    case WriteOrder::kWallClock:
      if (options_.commit_wait) {
        return {node_.wall_interval().latest.count(), 0, node_.id(), op};
      }
      return {node_.wall_now().count(), 0, node_.id(), op};
    case WriteOrder::kHybrid:
      return hybrid_.next(node_.wall_now(), node_.id(), op);
    case WriteOrder::kLamport:
    case WriteOrder::kReadFirst:
      return lamport_.next(node_.id(), op);
  }
  QL_UNREACHABLE();
}

void Stamps::witness(const Cell& cell) {
  if (const Version* const latest = cell.latest()) {
    lamport_.witness(latest->stamp);
    hybrid_.witness(latest->stamp);
  }
}

// Whoever writes after he was told of it then has a greater stamp, wherever that is (Corbett et
// al., "Spanner", OSDI 2012, section 4.1.2).
void Stamps::wait_out(const Cell& cell) {
  for (;;) {
    const std::int64_t early = cell.latest()->stamp.time - node_.wall_interval().earliest.count();
    if (early < 0) return;
    node_.sleep(sim::Duration(early + 1));
  }
}

}  // namespace quorumlab::models::leaderless
