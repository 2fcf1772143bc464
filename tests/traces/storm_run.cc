// A run of everything at once, different for each seed: for what no hand-made run would hit.

#include "tests/traces/sample_run.h"

namespace quorumlab::traces {
namespace {

using models::Function;
using models::Outcome;
using sim::OpId;

constexpr std::uint32_t kServers = 5;
constexpr std::uint32_t kClients = 3;

class Storm {
 public:
  Storm(SampleRun& run, std::uint64_t seed)
      : run_(run), state_(seed * 2 + 1), tell_(run.record, run.history) {}

  void run() {
    name_everything();
    tell_.at(1);
    for (std::uint32_t n = 0; n < kServers; ++n) {
      tell_.state(n, "role", n == 0 ? 2 : 0);
      tell_.state(n, "term", 1);
    }
    tell_.at(now_);
    tell_.mark(EventKind::kFaultBegin, sim::kNoNode.value, "partition", 0);
    const OpId first = write(5);
    OpId other = first;
    for (int i = 0; i < 6; ++i) other = something(other);
    const OpId last = read();
    run_.witness.anomaly = models::Anomaly::kStaleRead;
    run_.witness.key = sim::Key(0);
    run_.witness.ops = {{models::Role::kObserver, last},
                        {models::Role::kMissed, first},
                        {models::Role::kReturned, other}};
    run_.witness.claim = "Not linearizable: key a_rather_long_key";
  }

 private:
  std::uint32_t draw(std::uint32_t below) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>(state_ >> 33) % below;
  }
  void wait() {
    now_ += draw(8) == 0 ? 400 : 0.1 * draw(20);
    tell_.at(now_);
  }
  void name_everything();
  OpId write(std::int64_t value);
  OpId read();
  OpId something(OpId before);
  void message(Teller::Link link, std::string_view name, const Teller::Entry& entry, bool is_reply);

  SampleRun& run_;
  std::uint64_t state_;
  Teller tell_;
  double now_ = 900;
};

void Storm::name_everything() {
  Record& record = run_.record;
  record.header.seed = state_ / 2;
  for (std::uint32_t i = 0; i < kServers + kClients; ++i) {
    Lane lane;
    lane.name = (i < kServers ? "node-" : "client-") + std::to_string(i);
    lane.is_client = i >= kServers;
    record.lanes.push_back(lane);
  }
  record.keys = {"a_rather_long_key"};
  record.set_state_names("role", {"follower", "candidate", "leader"});
  Fault cut;
  cut.name = "partition";
  cut.begin = sim::Time(901'000'000);
  cut.end = sim::Time(1'300'000'000);
  cut.groups = {{NodeId(0), NodeId(1), NodeId(5)}, {NodeId(2), NodeId(3), NodeId(6)}};
  cut.one_way = draw(2) == 0;
  Fault slow;
  slow.name = "slow disk";
  slow.begin = sim::Time(901'000'000);
  slow.lanes = {NodeId(1)};
  record.faults = {cut, slow};
}

void Storm::message(Teller::Link link, std::string_view name, const Teller::Entry& entry,
                    bool is_reply) {
  const EventId sent = tell_.send(link, name, entry, is_reply);
  if (draw(3) == 0) wait();
  switch (draw(8)) {
    case 0:
      tell_.drop(sent, sim::DropReason::kPartition);
      return;
    case 1:
      tell_.drop(sent, sim::DropReason::kDown);
      return;
    case 2:
      tell_.drop(sent, sim::DropReason::kOverflow);
      return;
    case 3:
      return;
    case 4: {
      const EventId copy = tell_.duplicate(sent);
      tell_.receive(sent);
      wait();
      TraceEvent e = run_.record.event(sent);
      e.at = tell_.now();
      e.kind = EventKind::kReceive;
      e.cause = copy;
      run_.record.add(e);
      return;
    }
    default:
      tell_.receive(sent);
  }
}

OpId Storm::write(std::int64_t value) {
  const std::uint32_t client = kServers + draw(kClients);
  const std::uint32_t server = draw(kServers);
  const OpId op = tell_.invoke(client, Function::kWrite, value);
  const Teller::Entry entry{op, value, 4, 1, 1, true};
  message({client, server}, "Put", entry, false);
  tell_.note(server, "append", entry);
  for (std::uint32_t n = 0; n < kServers; ++n)
    if (n != server) message({server, n}, "Append", entry, false);
  wait();
  for (std::uint32_t n = 0; n < kServers; ++n)
    if (n != server && draw(2) == 0) message({n, server}, "Append", entry, true);
  message({server, client}, "Put", entry, true);
  if (draw(4) != 0) tell_.complete(op, Outcome::kOk, {}, server);
  return op;
}

OpId Storm::read() {
  const std::uint32_t client = kServers + draw(kClients);
  const std::uint32_t server = draw(kServers);
  const OpId op = tell_.invoke(client, Function::kRead, {});
  message({client, server}, "Get", {.op = op, .has_key = true}, false);
  wait();
  message({server, client}, "Get", {.op = op, .has_key = true}, true);
  wait();
  tell_.complete(op, Outcome::kOk, 123456789, server);
  return op;
}

OpId Storm::something(OpId before) {
  const std::uint32_t n = draw(kServers);
  wait();
  switch (draw(7)) {
    case 0:
      tell_.mark(EventKind::kCrash, n);
      break;
    case 1:
      tell_.mark(EventKind::kRestart, n);
      break;
    case 2:
      tell_.mark(EventKind::kPause, n);
      break;
    case 3:
      tell_.mark(EventKind::kClockStep, n, {}, -250'000'000);
      break;
    case 4:
      tell_.state(n, "role", 2);
      break;
    case 5:
      tell_.note(n, "discard", {.index = 4, .count = 3, .term = 1});
      break;
    default:
      return write(draw(1000));
  }
  return before;
}

}  // namespace

SampleRun storm(std::uint64_t seed) {
  SampleRun run;
  Storm(run, seed).run();
  return run;
}

}  // namespace quorumlab::traces
