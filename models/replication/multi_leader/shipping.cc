// The stream of changes from a leader to its neighbours.
#include <algorithm>
#include <utility>

#include "models/replication/multi_leader/replica.h"

namespace quorumlab::models::multi_leader {

std::size_t Replica::shippable() const {
  return options_.makes(Mistake::kShipBeforeSync) ? changes_.size() : durable_;
}

// One loop for each neighbour. Catching up and retrying are the same lines.
void Replica::ship(NodeId neighbour) {
  std::size_t next = 0;
  for (;;) {
    changed_.wait([&] { return shippable() > next; });
    node_.sleep(options_.ship_every);  // so that changes travel in company
    const std::size_t to = std::min(shippable(), next + static_cast<std::size_t>(options_.batch));
    Changes message{.from = next, .changes = {}};
    for (std::size_t i = next; i < to; ++i) {
      const bool own = changes_[i].dot.node == node_.id();
      if (own || forwards()) message.changes.push_back(changes_[i]);
    }
    const std::uint64_t end = next + message.changes.size();
    if (message.changes.empty()) {
      next = to;
      continue;
    }
    const auto reply = node_.call(neighbour, std::move(message), options_.ship_timeout);
    if ((reply && reply->end == end) || options_.makes(Mistake::kSkipSilent)) next = to;
  }
}

// Where everybody hears everything at first hand, nothing is passed on.
bool Replica::forwards() const {
  return options_.topology != Topology::kAllToAll && !options_.makes(Mistake::kNoForwarding);
}

// Suspends until each change is here, and, where causes come first, was no longer held back.
Changes::Reply Replica::receive(const Changes& changes) {
  for (Change change : changes.changes) {
    const auto ready = [&] { return !options_.causal || known_.covers(change.after); };
    if (!changed_.wait_for(options_.ship_timeout, ready)) return {changes.from};
    const bool again = known_.covers(change.dot);
    if (again && !options_.makes(Mistake::kApplyTwice)) continue;
    if (options_.makes(Mistake::kStampAtArrival) && change.cell.last) {
      change.stamp = next_stamp(change.stamp.op);
      change.cell.last->stamp = change.stamp;
    }
    record(change);
  }
  persist();
  return {changes.from + changes.changes.size()};
}

}  // namespace quorumlab::models::multi_leader
