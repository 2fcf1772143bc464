// Joining and leaving, phase by phase; see membership.h.
#include <algorithm>

#include "models/quorum.h"
#include "models/replication/leaderless/membership.h"

namespace quorumlab::models::leaderless {

using sim::Duration;
using sim::Time;

// What the scenario plans for us, one after the other; after a restart, from where we were.
void Membership::administer() {
  while (done_ < changes_.size()) {
    const Change& change = changes_[done_];
    const Time begin = Time() + change.at;
    if (begin > node_.now()) node_.sleep(begin - node_.now());
    const Time until = begin + change.patience;
    change.joins ? join(until) : leave(until);
    ++done_;
    save();
    file_.sync();
  }
}

void Membership::join(Time until) {
  start_detector();
  detector_->join();
  while (standing() != Standing::kIn) {
    const bool late = node_.now() >= until;
    if (standing() == Standing::kJoining) {
      if (late) {
        become(Standing::kOut, change_note::kGivesUp);
        break;
      }
      if (options_.makes(LeaderlessMistake::kServeBeforeCopied) || copied()) {
        become(Standing::kTakingOver, change_note::kTakesOver);
        continue;
      }
    } else if (standing() == Standing::kTakingOver) {
      if (everybody_knows()) {
        become(Standing::kIn, change_note::kJoined);
        continue;
      }
    } else if (late) {
      node_.note(change_note::kGivesUp, {});
      break;
    } else if (permitted()) {
      become(Standing::kJoining, change_note::kBegins);
      continue;
    }
    pause();
  }
  announce();
  if (standing() != Standing::kIn) detector_->leave();
}

void Membership::leave(Time until) {
  while (standing() != Standing::kLeft) {
    const bool late = node_.now() >= until;
    if (standing() == Standing::kLeaving) {
      if (late) return become(Standing::kIn, change_note::kGivesUp);
      if (options_.makes(LeaderlessMistake::kLeaveAtOnce) || given_away()) {
        become(Standing::kHandingOver, change_note::kTakesOver);
        continue;
      }
    } else if (standing() == Standing::kHandingOver) {
      if (everybody_knows()) {
        become(Standing::kLeft, change_note::kLeft);
        continue;
      }
    } else if (late || standing() != Standing::kIn) {
      return node_.note(change_note::kGivesUp, {});
    } else if (static_cast<std::int64_t>(ring_.settled().size()) > options_.copies && permitted()) {
      become(Standing::kLeaving, change_note::kBegins);
      continue;
    }
    pause();
  }
  announce();
  detector_->leave();
}

void Membership::become(Standing standing, std::string_view what) {
  ring_.set(node_.id(), standing);
  save();
  file_.sync();
  publish();
  node_.note(what, {.index = ring_.version()});
}

void Membership::pause() {
  const std::int64_t period = options_.members.gossip_period.count();
  node_.sleep(Duration(chance_.between(period / 2, period * 3 / 2)));
}

// From a majority of those who are settled, ourselves among them if we are. Who is refused says
// something new, which frees those who did permit it.
bool Membership::permitted() {
  if (options_.makes(LeaderlessMistake::kJoinTogether)) return true;
  if (ring_.changing(node_.id())) return false;
  std::vector<NodeId> voters = ring_.settled();
  const std::size_t enough = majority(voters.size());
  const Permit request{text_};
  std::size_t granted = 0;
  if (std::erase(voters, node_.id()) != 0 && permit(request, node_.id()).granted) ++granted;
  const std::uint64_t asked_in = ring_.digest();
  auto asked = node_.call_all(voters, request);
  std::size_t heard = 0;
  const auto count = [&] {
    const auto answers = asked.received();
    for (; heard < answers.size(); ++heard) {
      if (answers[heard].second.granted) ++granted;
      learn(answers[heard].second.ring);
    }
    return granted >= enough;
  };
  for (std::size_t n = 1; n <= voters.size() && !count(); ++n) {
    if (!asked.wait_for(n, options_.request_timeout)) break;
  }
  if (count() && ring_.digest() == asked_in) return true;
  ring_.say_again(node_.id());
  save();
  file_.sync();
  publish();
  return false;
}

// Have enough of the old homes of each range that changes its homes done it?
bool Membership::covered(const std::set<NodeId>& who, std::int64_t each) const {
  bool all = true;
  ring_.for_each_range([&](const std::vector<NodeId>& before, const std::vector<NodeId>& after) {
    const bool concerned = std::any_of(after.begin(), after.end(), [&](NodeId node) {
      return std::find(before.begin(), before.end(), node) == before.end();
    });
    const auto count = std::count_if(before.begin(), before.end(),
                                     [&](NodeId node) { return who.contains(node); });
    all = all && (!concerned || count >= each);
  });
  return all;
}

// So many of a range's N homes that one of them is among the W of each acknowledged write; and
// since each of them knows that we join, none of them counts for a write that leaves us out.
// Suspends.
bool Membership::copied() {
  const std::int64_t each = options_.copies - options_.write_quorum + 1;
  std::set<NodeId> sources;
  std::vector<NodeId> members = ring_.members();
  std::stable_partition(members.begin(), members.end(),
                        [this](NodeId node) { return !is_dead(node); });
  for (const NodeId source : members) {
    if (covered(sources, each)) break;
    if (source != node_.id() && copy_from(source)) sources.insert(source);
    if (standing() != Standing::kJoining) return false;
  }
  return covered(sources, each);
}

bool Membership::copy_from(NodeId source) {
  StreamRange request{text_, Key(0)};
  std::uint32_t count = 0;
  for (;;) {
    const auto reply = node_.call(source, request, options_.request_timeout);
    if (!reply || !reply->is_home) return false;
    for (const auto& [key, cell] : reply->cells) {
      store_.merge(key, cell);
      request.from = Key(key.value + 1);
    }
    count += static_cast<std::uint32_t>(reply->cells.size());
    store_.sync();
    if (!reply->more) break;
  }
  node_.note(change_note::kCopied,
             {.value = static_cast<std::int64_t>(source.value), .count = count});
  return true;
}

// Who follows us as a home gets our copy, and hints that we keep go home. What is written from now
// on goes to both. Suspends.
bool Membership::given_away() {
  if (!host_.deliver_hints()) return false;
  std::vector<Key> keys;
  for (const auto& [key, cell] : store_.cells()) keys.push_back(key);
  for (const Key key : keys) {
    const std::vector<NodeId> before = ring_.before(key);
    if (std::find(before.begin(), before.end(), node_.id()) == before.end()) continue;
    for (const NodeId heir : ring_.after(key)) {
      if (std::find(before.begin(), before.end(), heir) != before.end()) continue;
      if (!host_.hand_over(heir, key, store_.find(key))) return false;
    }
  }
  return true;
}

// Suspends.
bool Membership::everybody_knows() {
  if (options_.makes(LeaderlessMistake::kFinishAlone)) return true;
  const std::int64_t each = options_.copies - options_.read_quorum + 1;
  std::vector<NodeId> members = ring_.members();
  std::erase(members, node_.id());
  auto asked = node_.call_all(members, Adopt{text_});
  std::set<NodeId> know = {node_.id()};
  const auto enough = [&] {
    for (const auto& [from, reply] : asked.received()) know.insert(from);
    return covered(know, each);
  };
  for (std::size_t n = 1; n <= members.size() && !enough(); ++n) {
    if (!asked.wait_for(n, options_.request_timeout)) break;
  }
  return enough();
}

// What it is all about now; who does not hear it will by gossip.
void Membership::announce() {
  for (const NodeId member : ring_.members()) {
    if (member != node_.id()) node_.send(member, Adopt{text_});
  }
}

}  // namespace quorumlab::models::leaderless
