#include "models/replication/leaderless/view.h"

#include "sim/world.h"

namespace quorumlab::models::leaderless {
namespace {

std::vector<std::uint64_t> names_of(sim::Node& node) {
  std::vector<std::uint64_t> names;
  for (std::uint32_t i = 0; i < node.world().replicas(); ++i) {
    names.push_back(node.world().node(NodeId(i)).stream_key());
  }
  return names;
}

Ring first_ring(const LeaderlessOptions& options, const Plan& plan, sim::Node& node) {
  Ring ring(names_of(node), static_cast<std::size_t>(options.members.tokens),
            static_cast<std::size_t>(options.copies));
  for (const NodeId member : plan.first) ring.set(member, Standing::kIn);
  return ring;
}

}  // namespace

RingView::RingView(const LeaderlessOptions& options, const Plan& plan, sim::Node& node)
    : options_(options), node_(node), ring_(first_ring(options, plan, node)) {
  write_down();
}

void RingView::write_down() {
  text_ = std::make_shared<const std::string>(ring_.text());
}

void RingView::learn(std::string_view text) {
  if (ring_.merge(text)) write_down();
}

std::vector<NodeId> RingView::writers(Key key) const {
  const bool forgets = options_.makes(LeaderlessMistake::kForgetPending);
  return forgets ? ring_.readers(key) : ring_.writers(key);
}

std::uint64_t RingView::homes_number(Key key) const {
  std::uint64_t number = 1;
  const auto add = [&](const std::vector<NodeId>& nodes) {
    for (const NodeId node : nodes) number = (number ^ (node.value + 2)) * 0x9e3779b97f4a7c15;
    number *= 0xbf58476d1ce4e5b9;
  };
  add(ring_.readers(key));
  add(writers(key));
  return number | 1;  // 0 means that it does not matter
}

Fence RingView::fence(Key key) const {
  return {homes_number(key), text_};
}

}  // namespace quorumlab::models::leaderless
