#include "models/replication/leaderless/paxos.h"

#include <algorithm>

#include "models/quorum.h"
#include "sim/world.h"

namespace quorumlab::models::leaderless {
namespace {

using Mistake = LeaderlessMistake;
using sim::Duration;
using sim::Time;

void encode(Encoder& out, const Ballot& ballot) {
  out.put(ballot.time);
  out.put(ballot.node.value);
}

Ballot decode_ballot(Decoder& in) {
  Ballot ballot;
  ballot.time = in.get<std::int64_t>();
  ballot.node = NodeId(in.get<std::uint32_t>());
  return ballot;
}

// The ballot is the stamp, so versions are in the order of the decisions.
Cell cell_of(const Ballot& ballot, const Proposal& proposal) {
  Cell cell;
  cell.last = Version{{ballot.time, 0, ballot.node, proposal.op}, proposal.value};
  return cell;
}

Value value_of(const Cell& cell) {
  const Version* const latest = cell.latest();
  return latest == nullptr ? Value{} : latest->value;
}

template <class Reply, class Is>
std::size_t count(const std::map<NodeId, Reply>& answers, Is is) {
  return static_cast<std::size_t>(std::count_if(
      answers.begin(), answers.end(), [&](const auto& answer) { return is(answer.second); }));
}

}  // namespace

Paxos::Paxos(const LeaderlessOptions& options, sim::Node& node, CellStore& store, Homes homes)
    : options_(options),
      node_(node),
      store_(store),
      homes_(std::move(homes)),
      file_(node, "paxos", [this](Decoder& in) { replay(in); }) {
  for (const auto& [key, state] : states_) witness(state.promised);
}

// One request's way through its attempts.
struct Paxos::Turn {
  Ballot ballot;
  bool exposed = false;  // some home may have accepted it
  PutReply reply{};
};

PutReply Paxos::change(const Put& put) {
  const Time until = node_.now() + options_.contention_timeout;
  Turn turn;
  for (int attempt = 0; attempt == 0 || node_.now() < until; ++attempt) {
    if (attempt > 0) back_off(attempt);
    turn.ballot = next_ballot();
    if (take_turn(put, turn) == Step::kDone) return turn.reply;
  }
  // Nobody was asked to accept it, so nobody ever will; else somebody may finish it some day.
  return {turn.exposed ? Outcome::kUnknown : Outcome::kFail, sim::kNoNode};
}

Paxos::Step Paxos::take_turn(const Put& put, Turn& turn) {
  const Ground ground = prepare(put.key, turn.ballot);
  if (!ground.promised) return Step::kAgain;
  if (ground.unfinished && !options_.makes(Mistake::kAbandonProposal)) {
    return finish_own(put, ground, turn);
  }
  const bool forgetful = options_.makes(Mistake::kRetryAsNew);
  const Version* const latest = ground.cell.latest();
  if (latest != nullptr && is_own(put, turn, latest->stamp.op)) {
    // Somebody has finished it.
    const bool known =
        ground.informed >= copies() || spread(put.key, ground.committed, ground.cell, copies());
    turn.reply = {known ? Outcome::kOk : Outcome::kUnknown, node_.id()};
    return Step::kDone;
  }
  if (turn.exposed && !forgetful) {
    turn.reply = {Outcome::kUnknown, sim::kNoNode};  // it came and was replaced, or may yet come
    return Step::kDone;
  }
  if (put.f == Function::kCas && value_of(ground.cell) != put.expected) {
    if (options_.settle && !settle(put.key, turn.ballot, ground)) return Step::kAgain;
    turn.reply = {.outcome = Outcome::kFail, .saw_other = true};
    return Step::kDone;
  }
  const Value wanted = put.erase ? Value{} : Value{put.value};
  switch (decide(put.key, turn.ballot, {false, put.op, wanted})) {
    case Fate::kCommitted:
      turn.reply = {Outcome::kOk, node_.id()};
      return Step::kDone;
    case Fate::kDecided:  // every serial read will show it, and no other one need
      turn.reply = {Outcome::kUnknown, sim::kNoNode};
      return Step::kDone;
    case Fate::kUnclear:
      turn.exposed = true;
      return Step::kAgain;
    case Fate::kRefused:
      return Step::kAgain;
  }
  QL_UNREACHABLE();
}

// Is it this request that wrote with `op`, here or, asked again, elsewhere?
bool Paxos::is_own(const Put& put, const Turn& turn, OpId op) const {
  if (options_.makes(Mistake::kRetryAsNew)) return false;
  return op == put.op && (put.keyed || turn.exposed);
}

// Finishes what is under way, and if it is this request's own proposal, that was that.
Paxos::Step Paxos::finish_own(const Put& put, const Ground& ground, Turn& turn) {
  const bool own = is_own(put, turn, ground.unfinished->op);
  const Fate fate = decide(put.key, turn.ballot, *ground.unfinished);
  if (!own) return Step::kAgain;
  turn.exposed = true;
  if (fate != Fate::kCommitted) return Step::kAgain;
  turn.reply = {Outcome::kOk, node_.id()};
  return Step::kDone;
}

GetReply Paxos::read(const Get& get) {
  const Time until = node_.now() + options_.contention_timeout;
  for (int attempt = 0; attempt == 0 || node_.now() < until; ++attempt) {
    if (attempt > 0) back_off(attempt);
    const Ballot ballot = next_ballot();
    const Ground ground = prepare(get.key, ballot);
    if (!ground.promised) continue;
    const bool finishes = !options_.makes(Mistake::kReadUnfinished);
    if (finishes && ground.unfinished) {
      (void)decide(get.key, ballot, *ground.unfinished);
      continue;
    }
    if (finishes && options_.settle && !settle(get.key, ballot, ground)) continue;
    const Value value = value_of(ground.cell);
    node_.note(note::kServe, {.op = get.op, .key = get.key, .value = value.value_or(0)});
    return {Outcome::kOk, value, sim::kNoNode, get.op, get.key};
  }
  return {Outcome::kFail, std::nullopt, sim::kNoNode, get.op, get.key};
}

// Greater than every ballot that this node has met, and nobody else's.
Ballot Paxos::next_ballot() {
  const std::int64_t clock = options_.ballots == Ballots::kWallClock ? node_.wall_now().count() : 0;
  greatest_.time = std::max(clock, greatest_.time + 1);
  greatest_.node = options_.makes(Mistake::kSharedBallots) ? NodeId(0) : node_.id();
  return greatest_;
}

void Paxos::witness(const Ballot& ballot) {
  greatest_ = std::max(greatest_, ballot);
}

// Who has lost a race waits a while, and longer each time, so that somebody gets through.
void Paxos::back_off(int attempt) {
  const std::int64_t most = options_.backoff.count() << std::min(attempt - 1, 4);
  node_.sleep(Duration(node_.rng().between(0, most)));
}

template <class M, class Enough>
std::map<NodeId, typename M::Reply> Paxos::ask(const M& request, Enough enough) {
  std::vector<NodeId> others = homes_(request.key);
  const bool asks_itself = std::erase(others, node_.id()) > 0;
  auto asked = node_.call_all(others, request);
  std::map<NodeId, typename M::Reply> answers;  // one of each: some messages arrive twice
  if (asks_itself) answers.emplace(node_.id(), answer(request));
  for (std::size_t n = 1;; ++n) {
    for (const auto& [from, reply] : asked.received()) answers.emplace(from, reply);
    if (enough(answers) || n > others.size()) return answers;
    if (!asked.wait_for(n, options_.request_timeout)) return answers;
  }
}

Paxos::Ground Paxos::prepare(Key key, const Ballot& ballot) {
  const std::size_t homes = homes_(key).size();
  const std::size_t wanted = majority(homes);
  const auto promises = [](const auto& answers) {
    return count(answers, [](const Prepare::Reply& reply) { return reply.promised; });
  };
  const auto answers = ask(Prepare{key, ballot}, [&](const auto& all) {
    return promises(all) >= wanted || all.size() - promises(all) > homes - wanted;
  });
  Ground ground;
  ground.promised = promises(answers) >= wanted;
  Ballot accepted;
  for (const auto& [from, reply] : answers) {
    witness(reply.greatest);
    ground.cell.merge(reply.cell);
    ground.committed = std::max(ground.committed, reply.committed);
    if (reply.accepted <= accepted) continue;
    accepted = reply.accepted;
    ground.unfinished = reply.proposal;
  }
  ground.informed = count(
      answers, [&](const Prepare::Reply& reply) { return reply.committed == ground.committed; });
  // What was accepted before the last commit was in that one's way, or is that one.
  if (accepted <= ground.committed || (ground.unfinished && ground.unfinished->empty)) {
    ground.unfinished.reset();
  }
  return ground;
}

Paxos::Vote Paxos::propose(Key key, const Ballot& ballot, const Proposal& proposal) {
  const std::size_t homes = homes_(key).size();
  const std::size_t wanted = options_.makes(Mistake::kCommitBeforeQuorum) ? 1 : majority(homes);
  const auto yes = [](const auto& answers) {
    return count(answers, [](const Propose::Reply& reply) { return reply.accepted; });
  };
  const auto answers = ask(Propose{key, ballot, proposal}, [&](const auto& all) {
    return yes(all) >= wanted || all.size() - yes(all) > homes - wanted;
  });
  for (const auto& [from, reply] : answers) witness(reply.greatest);
  if (yes(answers) >= wanted) return Vote::kAccepted;
  // So many have refused that it cannot be decided under this ballot; but whoever has accepted it
  // may show it to somebody who finishes it.
  return yes(answers) == 0 && answers.size() == homes ? Vote::kRefused : Vote::kUnclear;
}

// Suspends. True: so many homes know what was decided.
bool Paxos::spread(Key key, const Ballot& ballot, const Cell& cell, std::size_t copies) {
  const auto enough = [&](const auto& all) { return all.size() >= copies; };
  return enough(ask(Commit{key, ballot, cell}, enough));
}

Paxos::Fate Paxos::decide(Key key, const Ballot& ballot, const Proposal& proposal) {
  switch (propose(key, ballot, proposal)) {
    case Vote::kRefused:
      return Fate::kRefused;
    case Vote::kUnclear:
      return Fate::kUnclear;
    case Vote::kAccepted:
      return spread(key, ballot, cell_of(ballot, proposal), copies()) ? Fate::kCommitted
                                                                      : Fate::kDecided;
  }
  QL_UNREACHABLE();
}

// That there is nothing to decide hides from later coordinators what was accepted before, so a
// majority has to know first how that ended.
bool Paxos::settle(Key key, const Ballot& ballot, const Ground& ground) {
  const std::size_t wanted = majority(homes_(key).size());
  if (ground.informed < wanted && !options_.makes(Mistake::kSettleUninformed) &&
      !spread(key, ground.committed, ground.cell, wanted)) {
    return false;
  }
  return propose(key, ballot, {}) == Vote::kAccepted;
}

Prepare::Reply Paxos::promise(const Prepare& prepare) {
  State& state = states_[prepare.key];
  witness(prepare.ballot);
  const bool shared = options_.makes(Mistake::kSharedBallots);
  const bool promised =
      prepare.ballot > state.promised || (shared && prepare.ballot == state.promised);
  if (promised) {
    state.promised = prepare.ballot;
    if (!options_.makes(Mistake::kPromiseInMemory)) write(prepare.key, state);
  }
  Prepare::Reply reply{promised,        state.promised, state.accepted,
                       state.committed, state.proposal, store_.find(prepare.key)};
  persist();
  return reply;
}

Propose::Reply Paxos::accept(const Propose& propose) {
  State& state = states_[propose.key];
  witness(propose.ballot);
  if (propose.ballot < state.promised && !options_.makes(Mistake::kAcceptAnything)) {
    return {false, state.promised};
  }
  state.promised = std::max(state.promised, propose.ballot);
  state.accepted = propose.ballot;
  state.proposal = propose.proposal;
  node_.note(kProposalAccepted, {.op = propose.proposal.op,
                                 .key = propose.key,
                                 .value = propose.proposal.value.value_or(0),
                                 .index = static_cast<std::uint64_t>(propose.ballot.time),
                                 .term = propose.ballot.node.value});
  write(propose.key, state);
  persist();
  return {true, propose.ballot};
}

// The version first: a home that says that it is committed shows it, too.
Commit::Reply Paxos::commit(const Commit& commit) {
  witness(commit.ballot);
  store_.merge(commit.key, commit.cell);
  persist();
  State& state = states_[commit.key];
  if (commit.ballot > state.committed) {
    state.committed = commit.ballot;
    write(commit.key, state);
    persist();
  }
  return {};
}

void Paxos::persist() {
  if (options_.makes(Mistake::kAcknowledgeBeforeSync)) return;
  store_.sync();
  file_.sync();
}

void Paxos::write(Key key, const State& state) {
  Encoder out;
  out.put(key.value);
  for (const Ballot& ballot : {state.promised, state.accepted, state.committed}) {
    encode(out, ballot);
  }
  out.put(static_cast<std::uint8_t>(state.proposal.empty ? 1 : 0));
  out.put(state.proposal.op.value);
  out.put(static_cast<std::uint8_t>(state.proposal.value.has_value() ? 1 : 0));
  out.put(state.proposal.value.value_or(0));
  file_.append(out.bytes());
}

void Paxos::replay(Decoder& in) {
  State& state = states_[Key(in.get<std::uint32_t>())];
  for (Ballot* const ballot : {&state.promised, &state.accepted, &state.committed}) {
    *ballot = decode_ballot(in);
  }
  state.proposal.empty = in.get<std::uint8_t>() != 0;
  state.proposal.op = OpId(in.get<std::uint32_t>());
  const bool there = in.get<std::uint8_t>() != 0;
  const auto value = in.get<std::int64_t>();
  state.proposal.value = there ? Value{value} : Value{};
}

}  // namespace quorumlab::models::leaderless
