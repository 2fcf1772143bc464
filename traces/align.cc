#include "traces/align.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace quorumlab::traces {
namespace {

// Strings as they are: numbers of names and lanes differ between records.
struct Identity {
  EventKind kind = EventKind::kNote;
  std::string name;
  std::string peer;
  bool is_reply = false;
  sim::DropReason reason = sim::DropReason::kNone;
  std::uint32_t term = 0;
  std::uint32_t key = 0;
  std::pair<std::string, std::uint32_t> op;  // client, and which of its operations
  std::int64_t state = 0;
  std::uint32_t nth = 0;  // among those of the lane that are alike in all of the above

  auto operator<=>(const Identity&) const = default;
};

using Lanes = std::map<std::string, std::vector<std::pair<Identity, EventId>>>;

class Reading {
 public:
  explicit Reading(const Record& record) : record_(record) {}

  Lanes lanes() {
    Lanes lanes;
    std::map<std::string, std::map<Identity, std::uint32_t>> seen;
    for (std::uint64_t i = 1; i <= record_.events().size(); ++i) {
      const TraceEvent& e = record_.event(EventId(i));
      count_operation(e);
      const std::string lane = lane_name(e.lane);
      Identity identity = identity_of(e);
      identity.nth = seen[lane][identity]++;
      lanes[lane].emplace_back(std::move(identity), EventId(i));
    }
    return lanes;
  }

  // Does event `id` say the same as `other_id` of `other`, at the same time?
  [[nodiscard]] static bool same(const Record& a, const Record& b, std::uint64_t index) {
    const TraceEvent& x = a.events()[index];
    const TraceEvent& y = b.events()[index];
    return x.at == y.at && x.kind == y.kind && x.reason == y.reason && x.is_reply == y.is_reply &&
           a.name(x.name) == b.name(y.name) && a.lane_name(x.lane) == b.lane_name(y.lane) &&
           a.lane_name(x.peer) == b.lane_name(y.peer) && x.tags.op == y.tags.op &&
           x.tags.key == y.tags.key && x.tags.value == y.tags.value &&
           x.tags.index == y.tags.index && x.tags.count == y.tags.count &&
           x.tags.term == y.tags.term;
  }

 private:
  [[nodiscard]] std::string lane_name(NodeId lane) const {
    return lane == sim::kNoNode ? std::string() : record_.lane_name(lane);
  }

  void count_operation(const TraceEvent& e) {
    if (e.kind == EventKind::kInvoke && e.tags.op != sim::kNoOp)
      operations_.emplace(e.tags.op, std::pair(lane_name(e.lane), counts_[e.lane]++));
  }

  [[nodiscard]] Identity identity_of(const TraceEvent& e) const {
    Identity identity;
    identity.kind = e.kind;
    identity.name = record_.name(e.name);
    identity.peer = lane_name(e.peer);
    identity.is_reply = e.is_reply;
    identity.reason = e.reason;
    identity.term = e.tags.term;
    identity.key = e.tags.key.value;
    if (const auto op = operations_.find(e.tags.op); op != operations_.end())
      identity.op = op->second;
    if (e.kind == EventKind::kState) identity.state = e.tags.value;
    return identity;
  }

  const Record& record_;
  std::map<sim::OpId, std::pair<std::string, std::uint32_t>> operations_;
  std::map<NodeId, std::uint32_t> counts_;
};

// The longest run of pairs (x, y) that rises in both: patience sorting. Requires: ordered by x.
std::vector<std::size_t> longest_rise(
    const std::vector<std::pair<std::size_t, std::size_t>>& pairs) {
  std::vector<std::size_t> tails;  // positions in `pairs`, by length of the rise that ends there
  std::vector<std::size_t> before(pairs.size(), SIZE_MAX);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto at = std::ranges::lower_bound(tails, pairs[i].second, {},
                                             [&](std::size_t t) { return pairs[t].second; });
    if (at != tails.begin()) before[i] = *std::prev(at);
    if (at == tails.end())
      tails.push_back(i);
    else
      *at = i;
  }
  std::vector<std::size_t> rise;
  for (std::size_t i = tails.empty() ? SIZE_MAX : tails.back(); i != SIZE_MAX; i = before[i])
    rise.push_back(i);
  std::ranges::reverse(rise);
  return rise;
}

using Events = std::vector<std::pair<Identity, EventId>>;

LaneAlignment align_lane(std::string name, const Events& a, const Events& b) {
  std::map<Identity, std::size_t> in_b;
  for (std::size_t i = 0; i < b.size(); ++i) in_b.emplace(b[i].first, i);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (const auto found = in_b.find(a[i].first); found != in_b.end())
      pairs.emplace_back(i, found->second);
  std::vector<bool> shared_a(a.size());
  std::vector<bool> shared_b(b.size());
  LaneAlignment lane{.lane = std::move(name)};
  for (const std::size_t i : longest_rise(pairs)) {
    shared_a[pairs[i].first] = shared_b[pairs[i].second] = true;
    ++lane.shared;
  }
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!shared_a[i]) lane.only_a.push_back(a[i].second);
  for (std::size_t i = 0; i < b.size(); ++i)
    if (!shared_b[i]) lane.only_b.push_back(b[i].second);
  return lane;
}

std::optional<Parting> first_parting(const Record& a, const Record& b) {
  const std::size_t both = std::min(a.events().size(), b.events().size());
  std::size_t i = 0;
  while (i < both && Reading::same(a, b, i)) ++i;
  if (i == a.events().size() && i == b.events().size()) return std::nullopt;
  return Parting{i < a.events().size() ? EventId(i + 1) : sim::kNoEvent,
                 i < b.events().size() ? EventId(i + 1) : sim::kNoEvent};
}

}  // namespace

Alignment align(const Record& a, const Record& b) {
  const Lanes lanes_a = Reading(a).lanes();
  const Lanes lanes_b = Reading(b).lanes();
  static const Events kNone;
  Alignment alignment;
  std::vector<std::string> order;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(order, name) == order.end()) order.push_back(name);
  };
  for (const Record* record : {&a, &b})
    for (std::uint32_t i = 0; i < record->lanes.size(); ++i) add(record->lane_name(NodeId(i)));
  for (const Lanes* lanes : {&lanes_a, &lanes_b})
    for (const auto& [name, events] : *lanes) add(name);
  for (const std::string& name : order) {
    const auto in_a = lanes_a.find(name);
    const auto in_b = lanes_b.find(name);
    alignment.lanes.push_back(align_lane(name, in_a == lanes_a.end() ? kNone : in_a->second,
                                         in_b == lanes_b.end() ? kNone : in_b->second));
  }
  alignment.first = first_parting(a, b);
  return alignment;
}

}  // namespace quorumlab::traces
