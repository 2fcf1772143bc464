#include "models/replication/multi_leader/replica.h"

#include <algorithm>
#include <utility>

#include "models/model.h"
#include "sim/world.h"

namespace quorumlab::models {

using multi_leader::Replica;

void MultiLeader::run(sim::Node& node) const {
  Replica(options_, node, neighbours_.at(node.id().value)).run();
}

SharedKind MultiLeaderOptions::shared_kind() const {
  using Mistake = MultiLeaderMistake;
  SharedKind kind{.type = merge,
                  .form = updates,
                  .one_cell = makes(Mistake::kSharedCell),
                  .remove_unseen = makes(Mistake::kRemoveUnseen),
                  .drop_tombstones = makes(Mistake::kPurgeAtOnce)};
  if (conflicts == MultiLeaderConflicts::kCrdt) kind.type = crdt;
  return kind;
}

}  // namespace quorumlab::models

namespace quorumlab::models::multi_leader {
namespace {

using sim::Duration;

// Between two looks for what may be forgotten.
constexpr Duration kShortestPause{10'000'000};

}  // namespace

Replica::Replica(const MultiLeaderOptions& options, sim::Node& node,
                 const std::vector<NodeId>& neighbours)
    : options_(options),
      node_(node),
      neighbours_(neighbours),
      contents_(make_contents(options, node)),
      file_(node, "changes", [this](Decoder& in) { learn(Change::decode(in)); }),
      changed_(node) {}

void Replica::run() {
  contents_->tell();
  if (!changes_.empty()) persist();
  for (const NodeId neighbour : neighbours_) {
    node_.spawn("ship", [this, neighbour] { ship(neighbour); });
  }
  const bool purges = options_.makes(Mistake::kPurgeAtOnce);
  if (!options_.shares_objects() && (options_.tombstone_grace > Duration(0) || purges)) {
    node_.spawn("tombstones", [this] { forget_erased(); });
  }
  node_.serve([this](const Put& put) { return take(put); },
              [this](const Get& get) { return answer(get); },
              [this](const Changes& changes) { return receive(changes); },
              [this](const AuditAll& audit) { return disclose(audit); });
}

// A request whose change is here already is done, as soon as that change is on disk.
PutReply Replica::take(const Put& put) {
  if (const NodeId home = home_of(put.key); home != node_.id()) return {Outcome::kFail, home};
  if (const auto known = by_op_.find(put.op);
      put.keyed && known != by_op_.end() && !options_.makes(Mistake::kTakeTwice)) {
    if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) {
      changed_.wait([this, at = known->second] { return durable_ > at; });
    }
    return taken(put.key);
  }
  Change change{.dot = {node_.id(), known_.at(node_.id()) + 1},
                .after = known_,
                .key = put.key,
                .stamp = next_stamp(put.op),
                .value = put.erase ? 0 : put.value};
  if (!contents_->prepare(put, &change)) return {Outcome::kFail, sim::kNoNode};
  record(change);
  if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) persist();
  return taken(put.key);
}

PutReply Replica::taken(Key key) const {
  return {Outcome::kOk, node_.id(), {.context = contents_->read(key).context}};
}

GetReply Replica::answer(const Get& get) {
  if (const NodeId home = home_of(get.key); get.leader_only && home != node_.id()) {
    return {Outcome::kFail, std::nullopt, home, get.op, get.key};
  }
  Contents::Answer answer = contents_->read(get.key);
  // What a crash could take back is shown to nobody.
  if (const auto newest = newest_.find(get.key);
      newest != newest_.end() && !options_.makes(Mistake::kAcknowledgeBeforeSync)) {
    changed_.wait([this, at = newest->second] { return durable_ > at; });
  }
  node_.note(note::kServe, {.op = get.op, .key = get.key, .value = answer.value.value_or(0)});
  return {.outcome = Outcome::kOk,
          .value = answer.value,
          .try_instead = node_.id(),
          .op = get.op,
          .key = get.key,
          .seen = {.context = std::move(answer.context)},
          .elements = std::move(answer.elements)};
}

// Where conflicts are avoided, each key has one leader that takes its writes.
NodeId Replica::home_of(Key key) const {
  if (options_.conflicts != MultiLeaderConflicts::kAvoid) return node_.id();
  return NodeId(key.value % static_cast<std::uint32_t>(node_.world().replicas()));
}

Stamp Replica::next_stamp(OpId op) {
  switch (options_.clock) {
    case MultiLeaderClock::kWall:
      return {node_.wall_now().count(), 0, node_.id(), op};
    case MultiLeaderClock::kLamport:
      return lamport_.next(node_.id(), op);
    case MultiLeaderClock::kHybrid:
      return hybrid_.next(node_.wall_now(), node_.id(), op);
  }
  QL_UNREACHABLE();
}

// Into the file, and into memory.
void Replica::record(const Change& change) {
  Encoder out;
  change.encode(out);
  file_.append(out.bytes());
  learn(change);
  changed_.notify_all();
}

void Replica::learn(const Change& change) {
  if (!known_.covers(change.after)) {
    node_.note(note::kEffectBeforeCause, {.op = change.stamp.op, .key = change.key});
  }
  lamport_.witness(change.stamp);
  hybrid_.witness(change.stamp);
  contents_->apply(change, changes_.size());
  if (known_.covers(change.dot)) return;  // for the second time, by mistake
  known_.add(change.dot);
  by_op_.try_emplace(change.stamp.op, changes_.size());
  newest_[change.key] = changes_.size();
  changes_.push_back(change);
}

// Suspends until everything so far is on disk.
void Replica::persist() {
  const std::size_t end = changes_.size();
  file_.sync();
  durable_ = std::max(durable_, end);
  changed_.notify_all();
}

void Replica::forget_erased() {
  const Duration grace =
      options_.makes(Mistake::kPurgeAtOnce) ? Duration(0) : options_.tombstone_grace;
  for (;;) {
    node_.sleep(std::max(grace / 4, kShortestPause));
    contents_->forget_erased(grace);
  }
}

AuditAll::Reply Replica::disclose(const AuditAll& audit) const {
  AuditAll::Reply all;
  for (std::uint32_t key = 0; key < audit.keys; ++key) all.push_back(contents_->disclose(Key(key)));
  return all;
}

}  // namespace quorumlab::models::multi_leader
