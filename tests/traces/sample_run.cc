#include "tests/traces/sample_run.h"

#include <utility>
#include <vector>

namespace quorumlab::traces {

using models::Function;
using models::Outcome;
using sim::OpId;

namespace {

enum Lanes : std::uint32_t { kN1, kN2, kN3, kN4, kC1, kC2 };

void name_everything(SampleRun& run) {
  Record& record = run.record;
  record.header = {.scenario = "Failover during a partition",
                   .scenario_hash = "5f1d0c3a",
                   .seed = 7,
                   .version = "0.1.0",
                   .fingerprint = "00112233445566778899aabbccddeeff",
                   .duration = sim::Duration(2'000'000'000)};
  record.lanes = {{.name = "n1", .zone = "east"},
                  {.name = "n2", .zone = "west"},
                  {.name = "n3", .zone = "west"},
                  {.name = "n4", .zone = "west"},
                  {.name = "c1", .zone = "east", .is_client = true},
                  {.name = "c2", .zone = "west", .is_client = true}};
  record.keys = {"x"};
  record.set_state_names("role", {"follower", "candidate", "leader"});
  record.faults = {{.name = "partition",
                    .text = "partition {c1, n1 | c2, n2, n3, n4}",
                    .begin = sim::Time(1'008'000'000),
                    .end = sim::Time(1'095'000'000),
                    .groups = {{NodeId(kC1), NodeId(kN1)},
                               {NodeId(kC2), NodeId(kN2), NodeId(kN3), NodeId(kN4)}}}};
}

// Heartbeats from `leader`; those over the cut die.
void heartbeats(Teller& tell, double ms, std::uint32_t leader, bool is_cut) {
  std::vector<std::pair<std::uint32_t, EventId>> beats;
  tell.at(ms);
  for (const std::uint32_t to : {kN1, kN2, kN3, kN4})
    if (to != leader)
      beats.emplace_back(to, tell.send({leader, to}, "Append", {.term = leader == kN1 ? 1U : 2U}));
  tell.at(ms + 0.9);
  for (const auto& [to, beat] : beats) {
    const bool dies = is_cut && (leader == kN1 || to == kN1);
    if (dies)
      tell.drop(beat, sim::DropReason::kPartition);
    else
      tell.receive(beat);
  }
}

OpId first_write(Teller& tell) {
  const Teller::Entry entry{
      .op = OpId(1), .value = 3, .index = 4, .count = 1, .term = 1, .has_key = true};
  tell.at(1000);
  const OpId op = tell.invoke(kC1, Function::kWrite, 3);
  const EventId put = tell.send({kC1, kN1}, "Put", {.op = op, .value = 3, .has_key = true});
  tell.at(1001.1);
  const EventId got = tell.receive(put);
  tell.note(kN1, "append", entry, got);
  const EventId to_n2 = tell.send({kN1, kN2}, "Append", entry);
  const EventId to_n3 = tell.send({kN1, kN3}, "Append", entry);
  const EventId answer = tell.send({kN1, kC1}, "Put", {.op = op, .has_key = true}, true);
  tell.at(1002.0);
  tell.note(kN2, "append", entry, tell.receive(to_n2));
  tell.at(1002.4);
  tell.note(kN3, "append", entry, tell.receive(to_n3));
  tell.at(1002.6);
  tell.receive(answer);
  tell.complete(op, Outcome::kOk, {}, kN1);
  return op;
}

OpId missed_write(Teller& tell) {
  const Teller::Entry entry{
      .op = OpId(2), .value = 5, .index = 5, .count = 1, .term = 1, .has_key = true};
  tell.at(1011);
  const OpId op = tell.invoke(kC1, Function::kWrite, 5);
  const EventId put = tell.send({kC1, kN1}, "Put", {.op = op, .value = 5, .has_key = true});
  tell.at(1012.2);
  const EventId got = tell.receive(put);
  tell.note(kN1, "append", entry, got);
  const EventId to_n2 = tell.send({kN1, kN2}, "Append", entry);
  const EventId to_n3 = tell.send({kN1, kN3}, "Append", entry);
  const EventId answer = tell.send({kN1, kC1}, "Put", {.op = op, .has_key = true}, true);
  tell.at(1013);
  tell.drop(to_n2, sim::DropReason::kPartition);
  tell.drop(to_n3, sim::DropReason::kPartition);
  tell.at(1014);
  tell.receive(answer);
  tell.complete(op, Outcome::kOk, {}, kN1);
  for (int i = 0; i < 4; ++i) {
    tell.at(1020 + i * 10);
    const EventId again = tell.send({kN1, kN2}, "Append", entry);
    tell.at(1021 + i * 10);
    tell.drop(again, sim::DropReason::kPartition);
  }
  return op;
}

void election(Teller& tell) {
  tell.at(1060);
  tell.mark(EventKind::kTimer, kN2, "election timeout");
  tell.state(kN2, "role", 1);
  tell.state(kN2, "term", 2);
  const EventId ask = tell.send({kN2, kN3}, "Vote", {.term = 2});
  tell.at(1061);
  tell.receive(ask);
  const EventId vote = tell.send({kN3, kN2}, "Vote", {.term = 2}, true);
  tell.at(1062);
  const EventId elected = tell.receive(vote);
  tell.state(kN2, "role", 2, elected);
}

OpId stale_read(Teller& tell) {
  tell.at(1071);
  const OpId op = tell.invoke(kC2, Function::kRead, {});
  const EventId get = tell.send({kC2, kN2}, "Get", {.op = op, .has_key = true});
  tell.at(1078);
  tell.receive(get);
  tell.note(kN2, "serve", {.op = op, .value = 3, .has_key = true});
  const EventId answer =
      tell.send({kN2, kC2}, "Get", {.op = op, .value = 3, .has_key = true}, true);
  tell.at(1085);
  tell.receive(answer);
  tell.complete(op, Outcome::kOk, 3, kN2);
  return op;
}

}  // namespace

SampleRun stale_read_after_failover() {
  SampleRun run;
  name_everything(run);
  Teller tell(run.record, run.history);
  tell.at(1);
  for (const std::uint32_t n : {kN1, kN2, kN3, kN4}) {
    tell.state(n, "role", n == kN1 ? 2 : 0);
    tell.state(n, "term", 1);
  }
  const Teller::Entry oldest{.value = 1, .index = 3, .count = 1, .term = 1, .has_key = true};
  for (const std::uint32_t n : {kN1, kN2, kN3, kN4}) tell.note(n, "append", oldest);
  heartbeats(tell, 950, kN1, false);
  const OpId returned = first_write(tell);
  heartbeats(tell, 1004, kN1, false);
  tell.at(1008);
  tell.mark(EventKind::kFaultBegin, sim::kNoNode.value, "partition", 0);
  const OpId missed = missed_write(tell);
  heartbeats(tell, 1055, kN1, true);
  election(tell);
  heartbeats(tell, 1063, kN2, true);
  const OpId observer = stale_read(tell);
  tell.at(1095);
  tell.mark(EventKind::kFaultEnd, sim::kNoNode.value, "partition", 0);
  heartbeats(tell, 1100, kN2, false);
  run.witness.anomaly = models::Anomaly::kStaleRead;
  run.witness.key = sim::Key(0);
  run.witness.ops = {{models::Role::kObserver, observer},
                     {models::Role::kReturned, returned},
                     {models::Role::kMissed, missed}};
  run.witness.claim = "Not linearizable: key x";
  run.witness.observation = "client c2 read x = 3 between 1071ms and 1085ms (op 3)";
  run.witness.obligation =
      "the write x = 5 (op 2) was acknowledged at 1014ms, before that read "
      "began, and nothing wrote x after it";
  return run;
}

TraceEvent Teller::event(EventKind kind, std::uint32_t lane, std::string_view name) const {
  TraceEvent e;
  e.at = now_;
  e.kind = kind;
  e.lane = NodeId(lane);
  e.name = record_.intern(name);
  return e;
}

sim::Tags Teller::tags_of(const Entry& entry) {
  sim::Tags tags;
  tags.op = entry.op;
  if (entry.has_key) tags.key = sim::Key(0);
  tags.value = entry.value;
  tags.index = entry.index;
  tags.count = entry.count;
  tags.term = entry.term;
  return tags;
}

OpId Teller::invoke(std::uint32_t client, Function f, models::Value value) {
  const OpId op = history_.invoke({.process = client,
                                   .f = f,
                                   .key = sim::Key(0),
                                   .value = value,
                                   .expected = {},
                                   .at = now_,
                                   .client = NodeId(client)});
  TraceEvent e = event(EventKind::kInvoke, client, f == Function::kRead ? "read" : "write");
  e.tags = tags_of({.op = op, .value = value.value_or(0), .has_key = true});
  record_.add(e);
  return op;
}

void Teller::complete(OpId op, Outcome outcome, models::Value value, std::uint32_t server) {
  const NodeId client = history_.operation(op).client;
  const EventKind kind = outcome == Outcome::kOk     ? EventKind::kOk
                         : outcome == Outcome::kFail ? EventKind::kFail
                                                     : EventKind::kUnknown;
  TraceEvent e = event(kind, client.value, {});
  e.tags = tags_of({.op = op, .value = value.value_or(0), .has_key = true});
  record_.add(e);
  history_.complete(op,
                    {.outcome = outcome, .value = value, .at = now_, .served_by = NodeId(server)});
}

EventId Teller::send(Link link, std::string_view name, const Entry& entry, bool is_reply) {
  TraceEvent e = event(EventKind::kSend, link.from, name);
  e.peer = NodeId(link.to);
  e.is_reply = is_reply;
  e.tags = tags_of(entry);
  return record_.add(e);
}

TraceEvent Teller::fate(EventKind kind, EventId send) const {
  TraceEvent e = record_.event(send);
  e.at = now_;
  e.kind = kind;
  e.cause = send;
  return e;
}

EventId Teller::receive(EventId send) {
  TraceEvent e = fate(EventKind::kReceive, send);
  std::swap(e.lane, e.peer);
  return record_.add(e);
}

EventId Teller::drop(EventId send, sim::DropReason reason) {
  TraceEvent e = fate(EventKind::kDrop, send);
  e.reason = reason;
  return record_.add(e);
}

EventId Teller::duplicate(EventId send) {
  return record_.add(fate(EventKind::kDuplicate, send));
}

EventId Teller::state(std::uint32_t lane, std::string_view field, std::int64_t value,
                      EventId cause) {
  TraceEvent e = event(EventKind::kState, lane, field);
  e.tags.value = value;
  e.cause = cause;
  return record_.add(e);
}

EventId Teller::note(std::uint32_t lane, std::string_view name, const Entry& entry, EventId cause) {
  TraceEvent e = event(EventKind::kNote, lane, name);
  e.tags = tags_of(entry);
  e.cause = cause;
  return record_.add(e);
}

EventId Teller::mark(EventKind kind, std::uint32_t lane, std::string_view name,
                     std::int64_t value) {
  TraceEvent e = event(kind, lane, name);
  e.tags.value = value;
  return record_.add(e);
}

}  // namespace quorumlab::traces
