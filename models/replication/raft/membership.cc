// Membership changes: joint consensus (section 6; dissertation, 4.3), one server at a time
// (dissertation, 4.1) with the correction of 10 July 2015 on the raft-dev list, learners that catch
// up first (4.2.1), and leadership transfer (3.10).
#include "models/replication/raft/replica.h"

namespace quorumlab::models::raft {
namespace {

void add_to(std::vector<NodeId>& group, NodeId node) {
  const auto at = std::lower_bound(group.begin(), group.end(), node);
  if (at == group.end() || *at != node) group.insert(at, node);
}

void remove_from(std::vector<NodeId>& group, NodeId node) {
  group.erase(std::remove(group.begin(), group.end(), node), group.end());
}

}  // namespace

// The operator, who asks whoever leads for one scheduled change after the other, and gives each up
// when its time is over.
void Replica::administer(Epoch term) {
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const Time begin = Time() + changes_[i].at;
    const Time until = begin + changes_[i].patience;
    if (begin > node_.now()) node_.sleep(begin - node_.now());
    const auto number = static_cast<std::uint32_t>(i + 1);
    while (leads(term) && node_.now() < until && !carry_out(changes_[i], number, until)) {
      node_.sleep(options_.heartbeat);
    }
    if (!leads(term)) return;
  }
}

// True: it is done. Else there is more to do, or to wait for.
bool Replica::carry_out(const Change& change, std::uint32_t number, Time until) {
  if (change.lead != sim::kNoNode) return hand_over(change.lead, until);
  const Configuration& now = configuration();
  if (now.change >= number) return !now.is_joint() && commit_ >= journal_.configured_at();
  if (!teach(change.add, until) || !may_change()) return false;
  Configuration next = configuration();
  next.change = number;
  for (const NodeId server : change.learn) add_to(next.learners, server);
  for (const NodeId server : change.add) {
    add_to(next.voters, server);
    remove_from(next.learners, server);
  }
  for (const NodeId server : change.remove) {
    remove_from(next.voters, server);
    remove_from(next.learners, server);
  }
  if (options_.membership == RaftMembership::kJoint && next.voters != configuration().voters &&
      !options_.makes(Mistake::kChangeAtOnce)) {
    next.outgoing = configuration().voters;
  }
  propose(std::move(next));
  return false;
}

// New servers first receive the log as learners, so that they do not hold up the cluster as voters.
// Suspends. True: they are as far as we are, nearly.
bool Replica::teach(const std::vector<NodeId>& servers, Time until) {
  const Epoch term = this->term();
  Configuration next = configuration();
  for (const NodeId server : servers) {
    if (!next.has(server)) add_to(next.learners, server);
  }
  if (!(next == configuration())) {
    if (!may_change()) return false;
    propose(std::move(next));
  }
  const auto taught = [&] {
    if (!leads(term)) return true;
    return std::all_of(servers.begin(), servers.end(), [&](NodeId server) {
      return progress_[server.value].match >= commit_ && commit_ >= journal_.configured_at();
    });
  };
  return changed_.wait_for(until - node_.now(), taught) && leads(term);
}

// One change at a time; and none before an entry of our own term is committed: else a change that
// an older leader appended and one of ours may both come to a majority, and the two do not overlap.
bool Replica::may_change() const {
  if (configuration().is_joint() || commit_ < journal_.configured_at()) return false;
  return commit_ > term_begins_ || options_.makes(Mistake::kChangeBeforeCommit);
}

// A configuration counts as soon as it is in the log, on each server (dissertation, 4.1).
void Replica::propose(Configuration configuration) {
  const Epoch term = this->term();
  const Entry entry{
      .term = term,
      .kind = Kind::kConfiguration,
      .configuration = std::make_shared<const Configuration>(std::move(configuration))};
  const Index index = journal_.append(entry);
  note_entry(note::kAppend, index, entry);
  node_.set_state("change", entry.configuration->change);
  ship_to_all(term);
  changed_.notify_all();
  node_.spawn("own disk", [this, term] {
    persist();
    if (leads(term)) advance();
  });
}

// Called when something was committed: a joint configuration that is safe gives way to the new one;
// a leader that the new one leaves out has done its duty.
void Replica::finish_change() {
  if (role_ != sim::kLeader || commit_ < journal_.configured_at()) return;
  if (configuration().is_joint()) {
    Configuration next = configuration();
    next.outgoing.clear();
    propose(std::move(next));
  } else if (!configuration().votes(node_.id())) {
    become_follower(term(), sim::kNoNode);
  }
}

// Suspends. Brings `to` up to date and tells it to stand for election at once. Writes wait outside
// meanwhile; if nothing comes of it within an election timeout, we go on leading.
bool Replica::hand_over(NodeId to, Time until) {
  if (is_me(to)) return true;
  if (!configuration().votes(to)) return false;
  const Epoch term = this->term();
  handing_over_ = true;
  const auto ready = [&] { return !leads(term) || progress_[to.value].match == journal_.end(); };
  if (changed_.wait_for(std::min(until - node_.now(), options_.election_timeout), ready) &&
      leads(term)) {
    handed_over_ = true;
    node_.note(note::kHandOver, {.term = term});
    (void)node_.call(to, TimeoutNow{term}, options_.election_timeout);
    (void)changed_.wait_for(options_.election_timeout, [&] { return !leads(term); });
  }
  if (leads(term)) handing_over_ = false;
  return false;  // once it is done, we lead no more
}

}  // namespace quorumlab::models::raft
