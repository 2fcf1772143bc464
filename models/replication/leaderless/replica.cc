#include "models/replication/leaderless/replica.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "models/quorum.h"
#include "sim/world.h"

namespace quorumlab::models::leaderless {

Replica::Replica(const LeaderlessOptions& options, const Plan& plan, sim::Node& node)
    : options_(options),
      node_(node),
      store_(node,
             options.order == WriteOrder::kReadFirst || options.transactions != Transactions::kOff,
             options.makes(Mistake::kIgnoreStamp)) {
  if (options.transactions != Transactions::kOff) {
    paxos_.emplace(options, node, store_, [this](Key key) { return homes(key); });
  }
  for (const auto& [key, cell] : store_.cells()) witness(cell);
  for (const auto& [home_and_key, cell] : store_.hints()) witness(cell);
  if (options.members.membership == LeaderlessMembership::kGossip) become_member(plan);
}

void Replica::run() {
  store_.tell();
  store_.sync();  // nobody may count on what a process that died left in the page cache
  if (paxos_) paxos_->sync();
  if (options_.sloppy) {
    node_.spawn("hand off", [this] { hand_off(); });
  }
  if (options_.anti_entropy > Duration(0)) {
    node_.spawn("anti-entropy", [this] { compare_trees(); });
  }
  if (options_.tombstone_grace > Duration(0) || options_.makes(Mistake::kPurgeAtOnce)) {
    node_.spawn("tombstones", [this] { collect_tombstones(); });
  }
  if (membership_) membership_->start();
  serve();
}

// Whom a coordinator asks: all homes, or as many as it needs, drawn by chance.
std::vector<NodeId> Replica::contacts(std::vector<NodeId> homes, std::int64_t quorum) {
  if (options_.contact == Contact::kAll) return homes;
  node_.rng().shuffle(homes);
  homes.resize(static_cast<std::size_t>(quorum));
  return homes;
}

// R or W of one request: its own, if it has one and there are so many homes.
std::int64_t Replica::wanted(std::int64_t by_request, std::int64_t by_model) const {
  return by_request > 0 ? std::min(by_request, options_.copies) : by_model;
}

// Do those who answered make a quorum? Fallbacks count for nobody's zone.
bool Replica::enough(const std::vector<NodeId>& homes, const std::set<NodeId>& who,
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

bool Replica::is_transaction(const Put& put) const {
  return paxos_ && (put.f == Function::kCas ||
                    (put.f == Function::kWrite && options_.transactions == Transactions::kAll));
}

PutReply Replica::put(const Put& put) {
  if (is_transaction(put)) return paxos_->change(put);
  if (put.f != Function::kWrite) return {Outcome::kFail, sim::kNoNode};
  if (turns_away(put.op, put.key)) return {Outcome::kFail, membership_->somebody()};
  // Dots belong to replicas that keep the key, so only they may coordinate its writes.
  if (options_.conflicts == Conflicts::kSiblings && !is_home(node_.id(), put.key)) {
    const auto reply = node_.call(write_homes(put.key).front(), put, options_.request_timeout);
    return reply.value_or(PutReply{});
  }
  if (options_.order == WriteOrder::kReadFirst && !stamp_after_reading(put.key)) {
    return {Outcome::kFail, sim::kNoNode};  // nobody has heard of it yet
  }
  const std::int64_t quorum = wanted(put.quorum, options_.write_quorum);
  if (is_hopeless(write_homes(put.key), quorum + pending(put.key))) {
    return {Outcome::kFail, sim::kNoNode};
  }
  const Cell cell = cell_for(put);
  for (std::uint64_t seen_in = view() + 1; seen_in != view();) {  // again, if the homes are others
    seen_in = view();
    const std::int64_t copies = quorum + pending(put.key);
    const std::set<NodeId> kept = spread(put.key, cell, copies);
    if (!enough(homes(put.key), kept, copies)) continue;
    if (options_.commit_wait) wait_out(cell);
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
bool Replica::stamp_after_reading(Key key) {
  const Gathered known = gather(key, options_.read_quorum);
  witness(known.merged);
  return known.enough;
}

void Replica::witness(const Cell& cell) {
  if (const Version* const latest = cell.latest()) {
    lamport_.witness(latest->stamp);
    hybrid_.witness(latest->stamp);
  }
}

Stamp Replica::next_stamp(OpId op) {
  switch (options_.order) {
    case WriteOrder::kWallClock:
      if (options_.commit_wait) {
        return {node_.wall_interval().latest.count(), 0, node_.id(), op};
      }
      return {node_.wall_now().count(), 0, node_.id(), op};
    case WriteOrder::kHybrid:
      return hybrid_.next(node_.wall_now(), node_.id(), op);
    case WriteOrder::kLamport:
    case WriteOrder::kReadFirst:
      return lamport_.next(node_.id(), op);
  }
  QL_UNREACHABLE();
}

// Suspends until the write's stamp is surely past, so that whoever writes after he was told of it
// has a greater one, wherever that is (Corbett et al., "Spanner", OSDI 2012, section 4.1.2).
void Replica::wait_out(const Cell& cell) {
  for (;;) {
    const std::int64_t early = cell.latest()->stamp.time - node_.wall_interval().earliest.count();
    if (early < 0) return;
    node_.sleep(Duration(early + 1));
  }
}

Cell Replica::cell_for(const Put& put) {
  const Version version{next_stamp(put.op), put.erase ? Value{} : Value{put.value}};
  Cell cell;
  if (options_.conflicts == Conflicts::kLastWriteWins) {
    cell.last = version;
    return cell;
  }
  Decoder in(put.seen.context);
  const VersionVector context =
      put.seen.context.empty() ? VersionVector() : VersionVector::decode(in);
  if (!options_.makes(Mistake::kReuseDots)) cell = store_.find(put.key);
  (void)cell.siblings.write(node_.id(), context, version);
  return cell;
}

// Suspends. Who keeps the cell now, at home or as a hint.
std::set<NodeId> Replica::spread(Key key, const Cell& cell, std::int64_t copies) {
  const std::vector<NodeId> home = contacts(write_homes(key), copies);
  const Store store{key, cell, sim::kNoNode, fence(key)};
  std::set<NodeId> kept;
  if (std::find(home.begin(), home.end(), node_.id()) != home.end()) {
    (void)keep(store);
    kept.insert(node_.id());
    if (options_.makes(Mistake::kCountTwice)) kept.insert(sim::kNoNode);
  }
  std::vector<NodeId> others;
  std::copy_if(home.begin(), home.end(), std::back_inserter(others),
               [&](NodeId node) { return node != node_.id() && !is_dead(node); });
  const auto asked = std::make_shared<sim::Replies<Store::Reply>>(node_.call_all(others, store));
  const auto collect = [&] {
    for (const auto& [from, reply] : asked->received()) {
      if (reply.kept) kept.insert(from);
      learn(reply.ring);
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

// A sloppy quorum (Dynamo, section 4.6): replicas further along the ring stand in for homes that do
// not answer. Suspends.
std::set<NodeId> Replica::spread_hints(Key key, const Cell& cell, std::set<NodeId> kept,
                                       std::int64_t copies) {
  const std::vector<NodeId> home = write_homes(key);
  const std::vector<NodeId> others = stand_ins(key);
  auto fallback = others.begin();
  std::vector<std::pair<NodeId, NodeId>> pairs;  // who stands in for whom
  for (const NodeId missing : home) {
    if (kept.contains(missing) || fallback == others.end()) continue;
    pairs.emplace_back(*fallback++, missing);
  }
  for (const auto& [stand_in, missing] : pairs) {
    if (enough(home, kept, copies)) break;
    const Store hint{key, cell, missing};
    if (stand_in == node_.id()) {
      if (keep(hint).kept) kept.insert(stand_in);
      continue;
    }
    const auto reply = node_.call(stand_in, hint, options_.hint_after);
    if (reply && reply->kept) kept.insert(stand_in);
  }
  return kept;
}

// Suspends. The answers of R homes; sloppily, of whoever stands in for them.
Replica::Gathered Replica::gather(Key key, std::int64_t answers) {
  for (;;) {
    Gathered gathered = gather_once(key, answers);
    if (gathered.enough || gathered.view == view()) return gathered;
  }
}

Replica::Gathered Replica::gather_once(Key key, std::int64_t answers) {
  const std::vector<NodeId> home = contacts(homes(key), answers);
  const Fetch request{key, fence(key)};
  Gathered gathered;
  gathered.view = view();
  std::set<NodeId> who;
  std::vector<NodeId> others;
  for (const NodeId node : home) {
    if (node != node_.id()) {
      if (!is_dead(node)) others.push_back(node);
      continue;
    }
    gathered.answers.emplace_back(node, fetch({key}).cell);
    who.insert(node);
  }
  const auto ask = [&](const std::vector<NodeId>& whom, const Fetch& fetch, Duration patience) {
    auto asked = node_.call_all(whom, fetch);
    for (std::size_t n = 1; n <= whom.size() && !enough(home, who, answers); ++n) {
      if (!asked.wait_for(n, patience)) break;
      const auto received = asked.received();
      for (const auto& [from, reply] : received) {
        learn(reply.ring);
        if (!reply.ring && who.insert(from).second) gathered.answers.emplace_back(from, reply.cell);
      }
    }
  };
  ask(others, request, options_.sloppy ? options_.hint_after : options_.request_timeout);
  if (options_.sloppy && !enough(home, who, answers)) {
    std::vector<NodeId> fallbacks = stand_ins(key);
    std::erase(fallbacks, node_.id());
    ask(fallbacks, Fetch{key}, options_.hint_after);
  }
  for (const auto& [from, cell] : gathered.answers) gathered.merged.merge(cell);
  gathered.enough = enough(home, who, answers);
  return gathered;
}

GetReply Replica::get(const Get& get) {
  if (turns_away(get.op, get.key)) {
    return {Outcome::kFail, std::nullopt, membership_->somebody(), get.op, get.key};
  }
  if (paxos_ && options_.serial_reads) return paxos_->read(get);
  const std::int64_t answers = wanted(get.quorum, options_.read_quorum);
  Gathered known = gather(get.key, answers);
  witness(known.merged);
  bool answerable = known.enough;
  if (answerable && options_.read_repair == ReadRepair::kBlocking) {
    answerable = write_back(get.key, known, answers);
    while (!answerable && known.enough && known.view != view()) {
      known = gather(get.key, answers);
      witness(known.merged);
      answerable = known.enough && write_back(get.key, known, answers);
    }
  } else if (answerable && options_.read_repair == ReadRepair::kBackground) {
    node_.spawn("read repair",
                [this, key = get.key, known, answers] { (void)write_back(key, known, answers); });
  }
  if (!answerable) return {Outcome::kFail, std::nullopt, sim::kNoNode, get.op, get.key};
  const Version* const latest = known.merged.latest();
  if (options_.commit_wait && latest != nullptr) wait_out(known.merged);
  const Value value = latest == nullptr ? Value{} : latest->value;
  Encoder seen;
  known.merged.siblings.context().encode(seen);
  node_.note(note::kServe, {.op = get.op, .key = get.key, .value = value.value_or(0)});
  return {Outcome::kOk, value, sim::kNoNode, get.op, get.key, {.context = seen.bytes()}};
}

// Brings what was read to those who answered with less. Suspends. True: a quorum holds it now, so
// that no later read can miss what this one saw (Attiya et al.: "the reader must also write").
bool Replica::write_back(Key key, const Gathered& gathered, std::int64_t answers) {
  const Store store{key, gathered.merged, sim::kNoNode, fence(key)};
  const std::vector<NodeId> home = write_homes(key);
  const std::int64_t copies = std::max(answers, options_.write_quorum) + pending(key);
  if (gathered.view != view()) return false;  // those who answered may be homes no more
  std::set<NodeId> hold;
  std::vector<NodeId> stale = pending_homes(key);
  if (std::erase(stale, node_.id()) != 0 && keep(store).kept) hold.insert(node_.id());
  for (const auto& [node, cell] : gathered.answers) {
    if (cell == gathered.merged) {
      hold.insert(node);
    } else if (node == node_.id()) {
      if (keep(store).kept) hold.insert(node);
    } else if (is_home(node, key)) {
      stale.push_back(node);
    }
  }
  auto asked = node_.call_all(stale, store);
  const auto done = [&] {
    for (const auto& [from, reply] : asked.received()) {
      if (reply.kept) hold.insert(from);
      learn(reply.ring);
    }
    return enough(home, hold, copies);
  };
  for (std::size_t n = 1; n <= stale.size() && !done(); ++n) {
    if (!asked.wait_for(n, options_.request_timeout)) break;
  }
  return done();
}

Store::Reply Replica::keep(const Store& store) {
  if (membership_ && !membership_->agrees(store.fence, store.key)) {
    return {false, membership_->text()};
  }
  witness(store.cell);
  if (store.hint_for != sim::kNoNode) {
    if (membership_ && membership_->is_going()) return {false};
    if (store_.hints().size() >= static_cast<std::size_t>(options_.hint_limit)) return {false};
    store_.keep_hint(store.hint_for, store.key, store.cell);
  } else {
    store_.merge(store.key, store.cell);
  }
  if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) store_.sync();
  return {true};
}

// A home's own cell; of a stand-in, what it keeps for homes.
Fetch::Reply Replica::fetch(const Fetch& fetch) {
  if (membership_ && !membership_->agrees(fetch.fence, fetch.key)) {
    return {{}, membership_->text()};
  }
  Cell cell = store_.find(fetch.key);
  for (const auto& [home_and_key, hint] : store_.hints()) {
    if (home_and_key.second == fetch.key) cell.merge(hint);
  }
  // Nobody may be told what a power failure can still take back.
  if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) store_.sync();
  return {cell};
}

}  // namespace quorumlab::models::leaderless
