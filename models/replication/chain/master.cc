#include "models/replication/chain/master.h"

#include <utility>

#include "models/client_protocol.h"

#include "sim/world.h"

namespace quorumlab::models::chain {

Master::Master(const ChainOptions& options, sim::Node& node)
    : options_(options),
      node_(node),
      file_(node, "orders",
            [this](Decoder& in) {
              order_ = {.epoch = in.get<Epoch>(), .members = {}};
              order_.joining = NodeId(in.get<std::uint32_t>());
              for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
                order_.members.push_back(NodeId(in.get<std::uint32_t>()));
              }
            }),
      decided_(node) {
  if (order_.epoch == 0) {
    order_ = {.epoch = 1, .members = {node.peers().begin(), node.peers().end()}};
  }
  durable_ = order_;
  // Whatever was heard before a crash is forgotten, so everybody gets a full time-out.
  for (const NodeId peer : node.peers()) heard_[peer] = node.now();
}

void Master::run() {
  file_.sync();
  publish();
  node_.spawn("watch", [this] { watch(); });
  node_.serve([this](const Report& report, NodeId from) { return answer(report, from); },
              [](const Put&) {
                return PutReply{Outcome::kFail, sim::kNoNode};
              },
              [](const Get& get) {
                return GetReply{Outcome::kFail, std::nullopt, sim::kNoNode, get.op, get.key};
              },
              [](const AuditAll&) { return AuditAll::Reply{}; });  // it holds nothing
}

Report::Reply Master::answer(const Report& report, NodeId from) {
  heard_[from] = node_.now();
  Order next = order_;
  if (report.caught_up && report.epoch == order_.epoch && from == order_.joining) {
    next.members.push_back(from);
    next.joining = sim::kNoNode;
    decide(std::move(next));
  } else if (!order_.has(from) && order_.joining == sim::kNoNode) {
    next.joining = from;
    decide(std::move(next));
  }
  // Not while an order is on its way to the disk: the old one would renew the lease of a member
  // that the new one leaves out.
  decided_.wait([&] { return durable_.epoch == order_.epoch; });
  return {durable_};
}

void Master::watch() {
  for (;;) {
    node_.sleep(options_.heartbeat);
    Order next = order_;
    const auto dead = [&](NodeId member) {
      return has_failed(options_, node_, member, heard_[member]);
    };
    if (next.joining != sim::kNoNode && dead(next.joining)) next.joining = sim::kNoNode;
    // The last one stays: what it has nobody else need have.
    for (const NodeId member : order_.members) {
      if (dead(member) && next.members.size() > 1) std::erase(next.members, member);
    }
    if (next.members != order_.members || next.joining != order_.joining) decide(std::move(next));
  }
}

// Tells whom a trigger, or whoever has to find a sufficient core, may count on.
void Master::publish() {
  std::int64_t members = 0;
  for (const NodeId member : durable_.members) {
    if (member.value < 63) members |= std::int64_t{1} << member.value;
  }
  node_.set_state("members", members);
}

// Suspends until it is on disk.
void Master::decide(Order next) {
  ++next.epoch;
  order_ = next;
  Encoder out;
  out.put(next.epoch);
  out.put(next.joining.value);
  out.put(static_cast<std::uint32_t>(next.members.size()));
  for (const NodeId member : next.members) out.put(member.value);
  file_.append(out.bytes());
  node_.set_state(state::kTerm, next.epoch);
  file_.sync();
  if (next.epoch > durable_.epoch) durable_ = std::move(next);
  publish();
  decided_.notify_all();
}

}  // namespace quorumlab::models::chain
