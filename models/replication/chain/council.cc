#include "models/replication/chain/council.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "models/client_protocol.h"
#include "models/replication/chain/master.h"
#include "sim/fnv.h"
#include "sim/world.h"

namespace quorumlab::models::chain {
namespace {

using Mistake = ChainMistake;

// A step as an entry of the log: the member is the key.
constexpr std::int64_t kKinds = 4;

std::int64_t encoded(const Step& step) {
  return static_cast<std::int64_t>(step.after) * kKinds + static_cast<std::int64_t>(step.what);
}

Step decoded(const raft::Entry& entry) {
  return {static_cast<Step::What>(entry.value % kKinds), NodeId(entry.key.value),
          static_cast<Epoch>(entry.value / kKinds)};
}

Order first_order(const std::vector<NodeId>& masters, sim::Node& node) {
  Order order{.epoch = 1, .members = {}};
  for (std::uint32_t i = 0; i < node.world().replicas(); ++i) {
    if (!raft::Configuration::in(masters, NodeId(i))) order.members.push_back(NodeId(i));
  }
  return order;
}

std::int64_t hash_of(const Order& order) {
  std::string text = fmt::format("{}:", order.joining.value);
  for (const NodeId member : order.members) text += fmt::format(" {}", member.value);
  return static_cast<std::int64_t>(sim::fnv_1a(text));
}

}  // namespace

Council::Council(const ChainOptions& options, const std::vector<NodeId>& masters, sim::Node& node)
    : options_(options),
      node_(node),
      order_(first_order(masters, node)),
      raft_options_(options_for_raft()),
      raft_(raft_options_, node, {.voters = masters}, no_changes_,
            {.role = council::kRole,
             .term = council::kTerm,
             .commit = council::kCommit,
             .durable = council::kDurable,
             .tells = false,
             .applied = [this](const raft::Entry& entry) { applied(entry); }}) {}

RaftOptions Council::options_for_raft() const {
  RaftOptions o;
  o.election_timeout = options_.election_timeout;
  o.heartbeat = options_.heartbeat;
  o.append_timeout = options_.append_timeout;
  o.request_timeout = options_.timeout;
  o.sessions = false;
  if (options_.makes(Mistake::kDecideAlone)) {
    o.mistakes.push_back(RaftMistake::kAcknowledgeBeforeQuorum);
  }
  o.check_quorum =
      !options_.makes(Mistake::kDecideAlone) && !options_.makes(Mistake::kGrantWithoutMajority);
  return o;
}

void Council::run() {
  publish();
  node_.spawn("watch members", [this] { watch(); });
  raft_.run_with([this](const Report& report, NodeId from) { return answer(report, from); },
                 [](const Put&) {
                   return PutReply{Outcome::kFail, sim::kNoNode};
                 },
                 [](const Get& get) {
                   return GetReply{Outcome::kFail, std::nullopt, sim::kNoNode, get.op, get.key};
                 },
                 [](const AuditAll&) { return AuditAll::Reply{}; });  // it holds nothing
}

Report::Reply Council::answer(const Report& report, NodeId from) {
  Report::Reply refused{.order = {}, .granted = false, .try_instead = raft_.redirect()};
  if (!raft_.leads(raft_.term())) return refused;
  heard_[from] = node_.now();
  if (report.caught_up && report.epoch == order_.epoch && from == order_.joining) {
    decide(Step::What::kSeat, from);
  } else if (!order_.has(from) && order_.joining == sim::kNoNode) {
    decide(Step::What::kInvite, from);
  }
  const bool trusting =
      options_.makes(Mistake::kDecideAlone) || options_.makes(Mistake::kGrantWithoutMajority);
  // Nor while a step is under way: it may take out whom the old order lets serve.
  if (!trusting && !raft_.is_up_to_date()) return refused;
  return {order_};
}

void Council::watch() {
  for (;;) {
    node_.sleep(options_.heartbeat);
    if (!raft_.leads(raft_.term())) continue;
    if (heard_in_ != raft_.term()) {
      // What members reported to another master we do not know, so all get a full time-out.
      heard_in_ = raft_.term();
      if (!options_.makes(Mistake::kNoGrace)) {
        for (const NodeId peer : node_.peers()) heard_[peer] = node_.now();
        continue;
      }
    }
    const NodeId silent = silent_member();
    if (silent != sim::kNoNode) decide(Step::What::kTakeOut, silent);
  }
}

// kNoNode: there is none, or it is the last one, which stays: what it has nobody else need have.
NodeId Council::silent_member() const {
  const auto silent = [&](NodeId member) {
    const auto heard = heard_.find(member);
    const sim::Time at = heard == heard_.end() ? sim::Time() : heard->second;
    return has_failed(options_, node_, member, at);
  };
  if (order_.joining != sim::kNoNode && silent(order_.joining)) return order_.joining;
  if (order_.members.size() < 2) return sim::kNoNode;
  for (const NodeId member : order_.members) {
    if (silent(member)) return member;
  }
  return sim::kNoNode;
}

// Suspends until it is decided, by us or by somebody else, or we have given up.
void Council::decide(Step::What what, NodeId member) {
  if (deciding_) return;
  deciding_ = true;
  (void)raft_.decide(Key(member.value), encoded({what, member, order_.epoch}));
  deciding_ = false;
}

void Council::applied(const raft::Entry& entry) {
  if (entry.kind == raft::Kind::kPut && apply(decoded(entry), order_)) publish();
}

// Tells whom a trigger, or whoever has to find a sufficient core, may count on.
void Council::publish() {
  std::int64_t members = 0;
  for (const NodeId member : order_.members) {
    if (member.value < 63) members |= std::int64_t{1} << member.value;
  }
  node_.set_state("members", members);
  node_.set_state(council::kOrder, static_cast<std::int64_t>(order_.epoch));
  node_.note(council::kDecided, {.value = hash_of(order_), .term = order_.epoch});
}

Invariant one_order_per_epoch() {
  struct First {
    NodeId master;
    std::int64_t hash;
  };
  const auto decided = std::make_shared<std::map<Epoch, First>>();
  return {"one_order_per_epoch", "no two masters decide on different chains with the same number",
          nullptr,
          [decided](sim::World& world, const sim::Node& node, std::string_view what,
                    const sim::Tags& tags) -> std::optional<std::string> {
            if (what != council::kDecided) return std::nullopt;
            const auto [known, first] = decided->emplace(tags.term, First{node.id(), tags.value});
            if (first || known->second.hash == tags.value) return std::nullopt;
            return fmt::format("{} decides on another order {} of the chain than {}", node.name(),
                               tags.term, world.node(known->second.master).name());
          }};
}

}  // namespace quorumlab::models::chain
