#include "models/replication/leaderless/coordinator.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>

#include "models/model.h"
#include "models/quorum.h"
#include "sim/world.h"

namespace quorumlab::models::leaderless {

using Mistake = LeaderlessMistake;
using sim::Duration;

// Whom a coordinator asks: all homes, or as many as it needs, drawn by chance.
std::vector<NodeId> Coordinator::contacts(std::vector<NodeId> homes, std::int64_t quorum) {
  if (options_.contact == Contact::kAll) return homes;
  place_.chance.shuffle(homes);
  homes.resize(static_cast<std::size_t>(quorum));
  return homes;
}

// R or W of one request: its own, if it has one and there are so many homes.
std::int64_t Coordinator::wanted(std::int64_t by_request, std::int64_t by_model) const {
  return by_request > 0 ? std::min(by_request, options_.copies) : by_model;
}

// Do those who answered make a quorum? Fallbacks count for nobody's zone.
bool Coordinator::enough(const std::vector<NodeId>& homes, const std::set<NodeId>& who,
                         std::int64_t count) const {
  if (options_.level == Level::kCount) return static_cast<std::int64_t>(who.size()) >= count;
  std::map<std::string, std::pair<std::size_t, std::size_t>> zones;  // homes, answers
  for (const NodeId home : homes) {
    auto& [all, answers] = zones[node_.world().node(home).zone()];
    ++all;
    if (who.contains(home)) ++answers;
  }
  const auto local = zones.find(node_.zone());
  if (options_.level == Level::kLocalQuorum && local != zones.end()) {
    return local->second.second >= majority(local->second.first);
  }
  return std::all_of(zones.begin(), zones.end(), [](const auto& zone) {
    return zone.second.second >= majority(zone.second.first);
  });
}

PutReply Coordinator::put(const Put& put) {
  if (options_.order == WriteOrder::kReadFirst && !stamp_after_reading(put.key)) {
    return {Outcome::kFail, sim::kNoNode};  // nobody has heard of it yet
  }
  const std::int64_t quorum = wanted(put.quorum, options_.write_quorum);
  if (homes_.are_hopeless(homes_.writers(put.key), quorum + homes_.more_copies(put.key))) {
    return {Outcome::kFail, sim::kNoNode};
  }
  const Cell cell = cell_for(put);
  std::uint64_t seen_in = homes_.version() + 1;
  while (seen_in != homes_.version()) {  // again, if the homes are others
    seen_in = homes_.version();
    const std::int64_t copies = quorum + homes_.more_copies(put.key);
    const std::set<NodeId> kept = spread(put.key, cell, copies);
    if (!enough(homes_.readers(put.key), kept, copies)) continue;
    if (options_.commit_wait) stamps_.wait_out(cell);
    Encoder seen;
    cell.siblings.context().encode(seen);
    return {Outcome::kOk, sim::kNoNode, {.context = seen.bytes()}};
  }
  // It is on some disks, and a later read or repair may spread it: nobody can take it back.
  return {options_.makes(Mistake::kReportFailed) ? Outcome::kFail : Outcome::kUnknown,
          sim::kNoNode};
}

// The first round of an atomic write (Attiya et al., section 4.1; Lynch and Shvartsman, 1997, for
// many writers): the new stamp is greater than that of every write that was complete before.
bool Coordinator::stamp_after_reading(Key key) {
  const Gathered known = gather(key, options_.read_quorum);
  stamps_.witness(known.merged);
  return known.enough;
}

Cell Coordinator::cell_for(const Put& put) {
  const Version version{stamps_.next(put.op), put.erase ? Value{} : Value{put.value}};
  Cell cell;
  if (options_.conflicts == Conflicts::kLastWriteWins) {
    cell.last = version;
    return cell;
  }
  Decoder in(put.seen.context);
  const VersionVector context =
      put.seen.context.empty() ? VersionVector() : VersionVector::decode(in);
  const bool looks = place_.own != nullptr && !options_.makes(Mistake::kReuseDots);
  if (looks) cell = place_.own->find(put.key);
  (void)cell.siblings.write(node_.id(), context, version);
  return cell;
}

// Suspends. Who keeps the cell now, at home or as a hint.
std::set<NodeId> Coordinator::spread(Key key, const Cell& cell, std::int64_t copies) {
  const std::vector<NodeId> home = contacts(homes_.writers(key), copies);
  const Store store{key, cell, sim::kNoNode, homes_.fence(key)};
  std::set<NodeId> kept;
  if (std::find(home.begin(), home.end(), node_.id()) != home.end()) {
    (void)place_.own->keep(store);
    kept.insert(node_.id());
    if (options_.makes(Mistake::kCountTwice)) kept.insert(sim::kNoNode);
  }
  if (place_.own == nullptr && options_.makes(Mistake::kCountClient)) kept.insert(node_.id());
  std::vector<NodeId> others;
  std::copy_if(home.begin(), home.end(), std::back_inserter(others),
               [&](NodeId node) { return node != node_.id() && !homes_.is_dead(node); });
  const auto asked = std::make_shared<sim::Replies<Store::Reply>>(node_.call_all(others, store));
  const auto collect = [&] {
    for (const auto& [from, reply] : asked->received()) {
      if (reply.kept) kept.insert(from);
      homes_.learn(reply.ring);
    }
    return enough(home, kept, copies);
  };
  const Duration patience = options_.sloppy ? options_.hint_after : options_.request_timeout;
  for (std::size_t answers = 1; answers <= others.size() && !collect(); ++answers) {
    if (!asked->wait_for(answers, patience)) break;
  }
  if (!collect() && options_.sloppy) {
    kept = spread_hints(key, cell, std::move(kept), copies);
    (void)collect();
  } else if (options_.sloppy) {
    node_.spawn("late hints",
                [this, key, cell, asked, kept] { hint_late(key, cell, *asked, kept); });
  }
  return kept;
}

// Suspends. The answers of R homes; sloppily, of whoever stands in for them.
Coordinator::Gathered Coordinator::gather(Key key, std::int64_t answers, OpId for_read) {
  for (;;) {
    Gathered gathered = gather_once(key, answers, for_read);
    if (gathered.enough || gathered.view == homes_.version()) return gathered;
  }
}

Coordinator::Gathered Coordinator::gather_once(Key key, std::int64_t answers, OpId for_read) {
  const std::vector<NodeId> home = contacts(homes_.readers(key), answers);
  const Fetch request{key, homes_.fence(key), for_read};
  Gathered gathered;
  gathered.view = homes_.version();
  std::set<NodeId> who;
  std::vector<NodeId> others;
  for (const NodeId node : home) {
    if (node != node_.id()) {
      if (!homes_.is_dead(node)) others.push_back(node);
      continue;
    }
    gathered.answers.emplace_back(node, place_.own->fetch({key}).cell);
    who.insert(node);
  }
  const auto ask = [&](const std::vector<NodeId>& whom, const Fetch& fetch, Duration patience) {
    auto asked = node_.call_all(whom, fetch);
    for (std::size_t n = 1; n <= whom.size() && !enough(home, who, answers); ++n) {
      if (!asked.wait_for(n, patience)) break;
      const auto received = asked.received();
      for (const auto& [from, reply] : received) {
        homes_.learn(reply.ring);
        if (!reply.ring && who.insert(from).second) gathered.answers.emplace_back(from, reply.cell);
      }
    }
  };
  ask(others, request, options_.sloppy ? options_.hint_after : options_.request_timeout);
  if (options_.sloppy && !enough(home, who, answers)) {
    std::vector<NodeId> fallbacks = homes_.stand_ins(key);
    std::erase(fallbacks, node_.id());
    ask(fallbacks, Fetch{.key = key, .op = for_read}, options_.hint_after);
  }
  for (const auto& [from, cell] : gathered.answers) gathered.merged.merge(cell);
  gathered.enough = enough(home, who, answers);
  return gathered;
}

Answered<GetReply> Coordinator::get(const Get& get) {
  const std::int64_t answers = wanted(get.quorum, options_.read_quorum);
  const OpId for_read = place_.own == nullptr ? get.op : sim::kNoOp;
  Gathered known = gather(get.key, answers, for_read);
  stamps_.witness(known.merged);
  bool answerable = known.enough;
  if (answerable && options_.read_repair == ReadRepair::kBlocking) {
    answerable = write_back(get.key, known, answers);
    while (!answerable && known.enough && known.view != homes_.version()) {
      known = gather(get.key, answers, for_read);
      stamps_.witness(known.merged);
      answerable = known.enough && write_back(get.key, known, answers);
    }
  } else if (answerable && options_.read_repair == ReadRepair::kBackground) {
    node_.spawn("read repair",
                [this, key = get.key, known, answers] { (void)write_back(key, known, answers); });
  }
  if (!answerable) return {{Outcome::kFail, std::nullopt, sim::kNoNode, get.op, get.key}};
  const Version* const latest = known.merged.latest();
  if (options_.commit_wait && latest != nullptr) stamps_.wait_out(known.merged);
  const Value value = latest == nullptr ? Value{} : latest->value;
  Encoder seen;
  known.merged.siblings.context().encode(seen);
  node_.note(note::kServe, {.op = get.op, .key = get.key, .value = value.value_or(0)});
  const auto had_it =
      std::find_if(known.answers.begin(), known.answers.end(), [&](const auto& answer) {
        const Version* const theirs = answer.second.latest();
        return latest == nullptr ? theirs == nullptr : theirs != nullptr && *theirs == *latest;
      });
  return {{Outcome::kOk, value, sim::kNoNode, get.op, get.key, {.context = seen.bytes()}},
          had_it == known.answers.end() ? sim::kNoNode : had_it->first};
}

// Brings what was read to those who answered with less. Suspends. True: a quorum holds it now, so
// that no later read can miss what this one saw (Attiya et al.: "the reader must also write").
bool Coordinator::write_back(Key key, const Gathered& gathered, std::int64_t answers) {
  const Store store{key, gathered.merged, sim::kNoNode, homes_.fence(key)};
  const std::vector<NodeId> home = homes_.writers(key);
  const std::int64_t copies = std::max(answers, options_.write_quorum) + homes_.more_copies(key);
  if (gathered.view != homes_.version()) return false;  // who answered may be a home no more
  std::set<NodeId> hold;
  std::vector<NodeId> stale = homes_.pending(key);
  if (std::erase(stale, node_.id()) != 0 && place_.own->keep(store).kept) hold.insert(node_.id());
  for (const auto& [node, cell] : gathered.answers) {
    if (cell == gathered.merged) {
      hold.insert(node);
    } else if (node == node_.id()) {
      if (place_.own->keep(store).kept) hold.insert(node);
    } else if (homes_.is_home(node, key)) {
      stale.push_back(node);
    }
  }
  auto asked = node_.call_all(stale, store);
  const auto done = [&] {
    for (const auto& [from, reply] : asked.received()) {
      if (reply.kept) hold.insert(from);
      homes_.learn(reply.ring);
    }
    return enough(home, hold, copies);
  };
  for (std::size_t n = 1; n <= stale.size() && !done(); ++n) {
    if (!asked.wait_for(n, options_.request_timeout)) break;
  }
  return done();
}

}  // namespace quorumlab::models::leaderless
