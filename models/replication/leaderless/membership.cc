// A replica's view: kept on disk, gossiped, compared with those of others.
#include "models/replication/leaderless/membership.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "models/quorum.h"
#include "sim/world.h"

namespace quorumlab::models::leaderless {
namespace {

using membership::Belief;

membership::SwimOptions swim_options(const LeaderlessOptions& o) {
  return {.period = o.members.gossip_period,
          .ping_timeout = o.members.ping_timeout,
          .helpers = o.members.ping_helpers,
          .suspicion = o.makes(LeaderlessMistake::kNoSuspicion) ? 0 : o.members.suspicion,
          .lambda = o.members.retransmissions,
          .lifeguard = o.members.lifeguard,
          .raises_incarnation = !o.makes(LeaderlessMistake::kSameIncarnation)};
}

}  // namespace

Membership::Membership(const LeaderlessOptions& options, const Plan& plan, sim::Node& node,
                       CellStore& store, Host host)
    : RingView(options, plan, node),
      changes_(plan.changes.at(node.id().value)),
      store_(store),
      host_(std::move(host)),
      chance_(node.world().seed(), "membership", node.stream_key(), node.incarnation()),
      file_(node, "ring", [this](Decoder& in) { replay(in); }) {
  write_down();  // what the file said
  std::vector<NodeId> contacts = ring_.members();
  const membership::Host mine{.changed = [this](NodeId, Belief) { publish(); },
                              .digest = [this] { return ring_.digest(); },
                              .text = [this] { return *text_; },
                              .hear = [this](std::string_view text) { learn(text); }};
  if (options.members.detector == LeaderlessDetector::kSwim) {
    swim_ = std::make_unique<membership::Swim>(swim_options(options), node, contacts, mine);
    detector_ = swim_.get();
  } else {
    phi_ = std::make_unique<membership::PhiDetector>(
        membership::PhiOptions{.period = options.members.gossip_period,
                               .threshold = options.members.phi_threshold},
        node, contacts, mine);
    detector_ = phi_.get();
  }
}

void Membership::start() {
  file_.sync();  // what a process that died left behind is not safe yet
  publish();
  const Standing mine = standing();
  if (mine != Standing::kOut && mine != Standing::kLeft) start_detector();
  if (done_ < changes_.size()) node_.spawn("membership", [this] { administer(); });
}

void Membership::start_detector() {
  if (std::exchange(detecting_, true)) return;
  node_.spawn("detector", [this] { detector_->run(); });
}

void Membership::replay(Decoder& in) {
  (void)ring_.merge(in.get_text());
  grant_.to = NodeId(in.get<std::uint32_t>());
  grant_.version = in.get<std::uint32_t>();
  done_ = in.get<std::uint32_t>();
}

void Membership::save() {
  write_down();
  Encoder out;
  out.put_text(*text_);
  out.put(grant_.to.value);
  out.put(grant_.version);
  out.put(done_);
  file_.append(out.bytes());
}

void Membership::publish() {
  node_.set_state("standing", static_cast<std::int64_t>(standing()));
  node_.set_state("members", static_cast<std::int64_t>(ring_.members().size()));
  node_.set_state("ring", static_cast<std::int64_t>(ring_.version()));
  node_.set_state("suspects", static_cast<std::int64_t>(detector_->suspects()));
}

void Membership::learn(std::string_view text) {
  if (text == *text_ || !ring_.merge(text)) return;
  save();
  publish();
  if (!phi_) return;  // the others meet by gossip
  for (const NodeId member : ring_.members()) phi_->meet(member);
}

bool Membership::serves() const {
  const Standing mine = standing();
  return mine != Standing::kOut && mine != Standing::kJoining && mine != Standing::kLeft;
}

bool Membership::is_going() const {
  return standing() == Standing::kLeaving || standing() == Standing::kHandingOver || has_left();
}

bool Membership::is_dead(NodeId node) const {
  return node != node_.id() && detector_->belief(node) == Belief::kDead;
}

NodeId Membership::somebody() const {
  const std::vector<NodeId> settled = ring_.settled();
  const auto alive =
      std::find_if(settled.begin(), settled.end(), [this](NodeId node) { return !is_dead(node); });
  return alive == settled.end() ? sim::kNoNode : *alive;
}

bool Membership::agrees(const Fence& fence, Key key) {
  if (options_.makes(LeaderlessMistake::kIgnoreViews)) return true;
  learn(fence.ring);
  return fence.homes == 0 || fence.homes == homes_number(key);
}

// To whoever has heard all that we have, if nobody else is in the middle of a change or may begin
// one. What we granted is void once its holder has said something later, and that it stays.
Permit::Reply Membership::permit(const Permit& request, NodeId from) {
  learn(request.ring);
  const bool behind = *request.ring != *text_;
  const bool void_now =
      grant_.to == sim::kNoNode || grant_.to == from ||
      (ring_.version(grant_.to) > grant_.version && !Ring::is_changing(ring_.standing(grant_.to)));
  if (behind || standing() != Standing::kIn || ring_.changing(from) || !void_now) {
    return {false, text_};
  }
  grant_ = {from, ring_.version(from)};
  save();
  file_.sync();
  return {true, text_};
}

Adopt::Reply Membership::adopt(const Adopt& news) {
  learn(news.ring);
  file_.sync();
  return {};
}

StreamRange::Reply Membership::stream(const StreamRange& request, NodeId from) {
  learn(request.ring);
  file_.sync();
  StreamRange::Reply reply;
  reply.is_home = ring_.standing(from) == Standing::kJoining;
  if (!reply.is_home) return reply;
  const auto has = [](const std::vector<NodeId>& homes, NodeId node) {
    return std::find(homes.begin(), homes.end(), node) != homes.end();
  };
  const auto& cells = store_.cells();
  for (auto next = cells.lower_bound(request.from); next != cells.end(); ++next) {
    const std::vector<NodeId> before = ring_.before(next->first);
    if (!has(before, node_.id()) || !has(ring_.after(next->first), from)) continue;
    if (reply.cells.size() == static_cast<std::size_t>(options_.members.stream_batch)) {
      reply.more = true;
      break;
    }
    reply.cells.emplace_back(*next);
  }
  return reply;
}

membership::Ping::Reply Membership::answer(const membership::Ping& ping, NodeId from) {
  return swim_ ? swim_->answer(ping, from) : membership::Ping::Reply{};
}

membership::PingRequest::Reply Membership::relay(const membership::PingRequest& request,
                                                 NodeId from) {
  return swim_ ? swim_->relay(request, from) : membership::PingRequest::Reply{};
}

membership::Heartbeat::Reply Membership::hear(const membership::Heartbeat& beat, NodeId from) {
  return phi_ ? phi_->hear(beat, from) : membership::Heartbeat::Reply{};
}

membership::Bulletin Membership::exchange(const membership::Bulletin& theirs) {
  learn(theirs.text);
  return {*text_};
}

Invariant one_change_at_a_time() {
  return {.name = "one_change_at_a_time",
          .meaning = "at no time are two replicas about to join or leave",
          .violated = [](sim::World& world, sim::Node&) -> std::optional<std::string> {
            std::string changing;
            std::size_t count = 0;
            for (std::uint32_t i = 0; i < world.replicas(); ++i) {
              const sim::Node& node = world.node_at(i);
              const auto standing = node.state("standing");
              const bool busy =
                  node.is_up() && standing && Ring::is_changing(static_cast<Standing>(*standing));
              if (!busy) continue;
              changing += (count++ == 0 ? "" : " and ") + node.name();
            }
            if (count < 2) return std::nullopt;
            return changing + " are";
          }};
}

Invariant no_false_death() {
  return {.name = "no_false_death",
          .meaning = "nobody takes a replica that is up for dead",
          .violated = nullptr,
          .noted = [](sim::World& world, const sim::Node& node, std::string_view what,
                      const sim::Tags& tags) -> std::optional<std::string> {
            if (what != membership::note::kConfirm) return std::nullopt;
            const sim::Node& dead = world.node_at(static_cast<std::uint32_t>(tags.value));
            if (!dead.is_up()) return std::nullopt;
            return fmt::format("{} takes {} for dead, and it is up", node.name(), dead.name());
          }};
}

}  // namespace quorumlab::models::leaderless
