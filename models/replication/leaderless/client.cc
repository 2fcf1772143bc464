#include "models/replication/leaderless/client.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/replication/leaderless/paxos.h"
#include "sim/world.h"

namespace quorumlab::models::leaderless {
namespace {

using Mistake = LeaderlessMistake;

class ClientView final : public RingView {
 public:
  using RingView::learn;
  using RingView::RingView;
  void learn(std::string_view text) override {
    if (options_.makes(Mistake::kKeepFirstView)) return;
    RingView::learn(text);
    publish();
  }
  void publish() {
    node_.set_state("members", static_cast<std::int64_t>(ring_.members().size()));
    node_.set_state("ring", static_cast<std::int64_t>(ring_.version()));
  }
};

std::unique_ptr<RingView> view_of(const LeaderlessOptions& options, const Plan& plan,
                                  sim::Node& node) {
  if (options.members.membership == LeaderlessMembership::kStatic) return nullptr;
  auto view = std::make_unique<ClientView>(options, plan, node);
  view->publish();
  return view;
}

}  // namespace

Client::Client(const LeaderlessOptions& options, const Plan& plan, sim::Node& node)
    : options_(options),
      node_(node),
      chance_(node.world().seed(), "leaderless.client", node.stream_key(), node.incarnation()),
      view_(view_of(options, plan, node)),
      homes_(options, node),
      stamps_(options, node),
      coordinator_(options, node, homes_, stamps_, {.chance = chance_}) {
  if (!view_) return;
  homes_.follow(*view_);
  node_.spawn("view", [this] { keep_up(); });
}

Answered<PutReply> Client::handle(const Put& put) {
  if (is_transaction(options_, put)) {
    return forward(put, options_.contention_timeout + options_.request_timeout);
  }
  if (put.f != Function::kWrite) return {{Outcome::kFail, sim::kNoNode}};
  const bool needs_a_dot = options_.conflicts == Conflicts::kSiblings;
  if (needs_a_dot && !options_.makes(Mistake::kNumberAnywhere)) {
    return forward(put, options_.request_timeout);
  }
  return {coordinator_.put(put)};
}

Answered<GetReply> Client::handle(const Get& get) {
  if (options_.transactions != Transactions::kOff && options_.serial_reads) {
    return forward(get, options_.contention_timeout + options_.request_timeout);
  }
  return coordinator_.get(get);
}

// Suspends. To one of the key's homes; whoever asks again may find another one.
template <class M>
Answered<typename M::Reply> Client::forward(const M& request, sim::Duration patience) {
  const std::vector<NodeId> homes = homes_.writers(request.key);
  const NodeId home = chance_.pick(homes);
  const auto reply = node_.call(home, request, patience);
  if (!reply) return {};
  if (view_ && reply->outcome == Outcome::kFail) download(home);
  return {*reply, home};
}

// Suspends; does not return.
void Client::keep_up() {
  if (options_.makes(Mistake::kKeepFirstView)) return;
  for (;;) {
    const std::vector<NodeId> members = view_->ring().members();
    download(chance_.pick(members));
    node_.sleep(options_.view_every);
  }
}

// Suspends.
void Client::download(NodeId from) {
  const auto reply = node_.call(from, Download{}, options_.request_timeout);
  if (reply) homes_.learn(reply->ring);
}

}  // namespace quorumlab::models::leaderless
