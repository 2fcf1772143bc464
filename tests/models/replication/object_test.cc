// The sequential object that a log stands for, the log's records of commands, and the state machine
// with its sessions.
#include "models/data/object.h"

#include <gtest/gtest.h>

#include <functional>

#include "models/client_protocol.h"
#include "models/data/log.h"
#include "models/replication/raft/state_machine.h"
#include "sim/world.h"

namespace quorumlab::models {
namespace {

using Elements = std::vector<std::int64_t>;
using Result = Object::Result;

constexpr Result kDone{true, std::nullopt};
constexpr Result kRefused{};

TEST(Object, IsARegisterOnceItIsWritten) {
  Object object;
  EXPECT_EQ(object.value(), std::nullopt);
  EXPECT_EQ(object.apply({.value = 7}), kDone);
  EXPECT_EQ(object.value(), 7);
  EXPECT_FALSE(object.has_elements());
  EXPECT_EQ(object.apply({.value = 8, .erase = true}), kDone);
  EXPECT_EQ(object.value(), std::nullopt);
}

TEST(Object, ComparesBeforeItSets) {
  Object object;
  EXPECT_EQ(object.apply({.f = Function::kCas, .value = 1, .expected = 5}), kRefused);
  EXPECT_EQ(object.apply({.f = Function::kCas, .value = 1, .expected = std::nullopt}), kDone);
  EXPECT_EQ(object.apply({.f = Function::kCas, .value = 2, .expected = 1}), kDone);
  EXPECT_EQ(object.apply({.f = Function::kCas, .value = 3, .expected = 1}), kRefused);
  EXPECT_EQ(object.value(), 2);
}

TEST(Object, AddsUpAsACounter) {
  Object object;
  EXPECT_EQ(object.apply({.f = Function::kAdd, .value = 5}), kDone);
  EXPECT_EQ(object.apply({.f = Function::kAdd, .value = -2}), kDone);
  EXPECT_EQ(object.value(), 3);
  EXPECT_EQ(object.audited({.f = Function::kAdd, .value = -2}, kDone), 3);
}

TEST(Object, KeepsASetAscendingAndEachElementOnce) {
  Object object;
  for (const std::int64_t element : {7, 3, 7, 5}) {
    EXPECT_EQ(object.apply({.f = Function::kInsert, .value = element}), kDone);
  }
  EXPECT_EQ(object.elements(), (Elements{3, 5, 7}));
  EXPECT_EQ(object.value(), 3);
  EXPECT_EQ(object.apply({.f = Function::kRemove, .value = 5}), kDone);
  EXPECT_EQ(object.apply({.f = Function::kRemove, .value = 5}), kDone);
  EXPECT_EQ(object.elements(), (Elements{3, 7}));
}

TEST(Object, AppendsToAListInOrder) {
  Object object;
  for (const std::int64_t element : {7, 3, 7}) {
    EXPECT_EQ(object.apply({.f = Function::kAppend, .value = element}), kDone);
  }
  EXPECT_EQ(object.elements(), (Elements{7, 3, 7}));
}

TEST(Object, GivesOutOfAQueueWhatCameFirst) {
  Object object;
  EXPECT_EQ(object.apply({.f = Function::kDequeue}), kDone);
  EXPECT_EQ(object.apply({.f = Function::kEnqueue, .value = 4}), kDone);
  EXPECT_EQ(object.apply({.f = Function::kEnqueue, .value = 2}), kDone);
  EXPECT_EQ(object.apply({.f = Function::kDequeue}), (Result{true, 4}));
  EXPECT_EQ(object.apply({.f = Function::kDequeue}), (Result{true, 2}));
  EXPECT_EQ(object.apply({.f = Function::kDequeue}), kDone);
}

TEST(Object, GivesALockToOneAtATimeWithTokensThatGrow) {
  Object object;
  EXPECT_EQ(object.apply({.f = Function::kAcquire}), (Result{true, 1}));
  EXPECT_EQ(object.apply({.f = Function::kAcquire}), kRefused);
  EXPECT_EQ(object.elements(), Elements{1});
  EXPECT_EQ(object.apply({.f = Function::kRelease, .value = 2}), kRefused);
  EXPECT_EQ(object.apply({.f = Function::kRelease, .value = 1}), kDone);
  EXPECT_EQ(object.apply({.f = Function::kRelease, .value = 1}), kRefused);
  EXPECT_EQ(object.apply({.f = Function::kAcquire}), (Result{true, 2}));
  EXPECT_EQ(object.value(), 2);
}

TEST(Object, StaysWhatItsFirstCommandMadeIt) {
  Object object;
  EXPECT_EQ(object.apply({.f = Function::kAdd, .value = 1}), kDone);
  EXPECT_EQ(object.apply({.value = 9}), kRefused);
  EXPECT_EQ(object.apply({.f = Function::kInsert, .value = 9}), kRefused);
  EXPECT_EQ(object.value(), 1);
}

TEST(Object, IsTheSameAfterItWasWrittenAndRead) {
  const std::vector<std::vector<Command>> histories = {
      {},
      {{.value = 5}},
      {{.value = 5}, {.value = 5, .erase = true}},
      {{.f = Function::kAdd, .value = -9}},
      {{.f = Function::kInsert, .value = 2}, {.f = Function::kInsert, .value = 1}},
      {{.f = Function::kAppend, .value = 2}, {.f = Function::kAppend, .value = 2}},
      {{.f = Function::kEnqueue, .value = 2}, {.f = Function::kDequeue}},
      {{.f = Function::kAcquire}}};
  for (const auto& history : histories) {
    Object object;
    for (const Command& command : history) (void)object.apply(command);
    Encoder out;
    object.encode(out);
    Decoder in(out.bytes());
    EXPECT_EQ(Object::decode(in), object);
    EXPECT_TRUE(in.good());
    EXPECT_EQ(in.left(), 0U);
  }
}

TEST(Object, TellsAnAuditWhatACommandPutThere) {
  Object object;
  EXPECT_EQ(object.audited({.value = 4}, kDone), 4);
  EXPECT_EQ(object.audited({.value = 4, .erase = true}, kDone), kErased);
  EXPECT_EQ(object.audited({.f = Function::kCas, .value = 4}, kRefused), std::nullopt);
  EXPECT_EQ(object.audited({.f = Function::kAcquire}, {true, 3}), 3);
  EXPECT_EQ(object.audited({.f = Function::kRemove, .value = 4}, kDone), ~4);
  EXPECT_EQ(object.audited({.f = Function::kDequeue}, {true, 4}), ~4);
  EXPECT_EQ(object.audited({.f = Function::kDequeue}, {true, std::nullopt}), std::nullopt);
}

raft::Entry entry(std::uint32_t op, std::uint32_t client, Function f, std::int64_t value) {
  return {.kind = f == Function::kWrite ? raft::Kind::kPut : raft::Kind::kCommand,
          .op = sim::OpId(op),
          .client = NodeId(client),
          .key = Key(0),
          .value = value,
          .f = f};
}

TEST(StateMachine, AnswersARepeatedRequestAsItDidTheFirst) {
  raft::StateMachine machine(true);
  (void)machine.apply(entry(1, 5, Function::kEnqueue, 41));
  (void)machine.apply(entry(2, 5, Function::kEnqueue, 42));
  EXPECT_EQ(machine.apply(entry(3, 6, Function::kDequeue, 0)), (Result{true, 41}));
  EXPECT_EQ(machine.apply(entry(3, 6, Function::kDequeue, 0)), (Result{true, 41}));
  EXPECT_EQ(machine.object(Key(0)).elements(), Elements{42});
}

TEST(StateMachine, WithoutSessionsCarriesOutARepeatedRequestAgain) {
  raft::StateMachine machine(false);
  (void)machine.apply(entry(1, 5, Function::kAdd, 1));
  (void)machine.apply(entry(1, 5, Function::kAdd, 1));
  EXPECT_EQ(machine.object(Key(0)).value(), 2);
}

TEST(StateMachine, IsTheSameAfterASnapshotWithItsSessions) {
  raft::StateMachine machine(true);
  (void)machine.apply(entry(1, 5, Function::kEnqueue, 41));
  (void)machine.apply(entry(2, 6, Function::kDequeue, 0));
  raft::Entry other = entry(3, 7, Function::kWrite, 9);
  other.key = Key(1);
  (void)machine.apply(other);
  raft::StateMachine copy(true);
  copy.load(machine.save());
  EXPECT_EQ(copy.apply(entry(2, 6, Function::kDequeue, 0)), (Result{true, 41}));
  EXPECT_EQ(copy.object(Key(0)), machine.object(Key(0)));
  EXPECT_EQ(copy.object(Key(1)).value(), 9);
  EXPECT_EQ(copy.values(Key(0)), (Elements{41, ~41}));
  EXPECT_EQ(copy.save(), machine.save());
}

TEST(StateMachine, SavesPlainWritesWithoutTheirObjects) {
  raft::StateMachine machine(true);
  (void)machine.apply(entry(1, 5, Function::kWrite, 41));
  // Keys, key, values, value, clients, client, request.
  EXPECT_EQ(machine.save().size(), 4U + 4 + 4 + 8 + 4 + 4 + 4);
}

Entry logged(std::uint32_t op, Function f, std::int64_t value) {
  return {.epoch = 1, .op = sim::OpId(op), .key = Key(0), .value = value, .f = f};
}

// What a log holds that `write` has filled, after a power loss.
void after_power_loss(const std::function<void(Log&)>& write,
                      const std::function<void(Log&)>& look) {
  bool looked = false;
  sim::World world({.seed = sim::Seed{1}});
  const NodeId id = world
                        .add_node({.name = "n1",
                                   .program =
                                       [&](sim::Node& node) {
                                         Log log(node);
                                         if (node.incarnation() == 1) return write(log);
                                         look(log);
                                         looked = true;
                                       }})
                        .id();
  world.start(id);
  (void)world.run_until(sim::Time() + sim::Duration(1'000'000'000));
  world.crash(id);
  world.start(id);
  (void)world.run_until(sim::Time() + sim::Duration(2'000'000'000));
  EXPECT_TRUE(looked);
}

TEST(Log, FindsCommandsOnTheDiskAgain) {
  const auto write = [](Log& log) {
    log.append(logged(1, Function::kWrite, 5));
    Entry cas = logged(2, Function::kCas, 6);
    cas.expected = 5;
    log.append(cas);
    cas.value = 7;
    log.append(cas);
    Entry erase = logged(3, Function::kWrite, 8);
    erase.erase = true;
    log.append(erase);
    log.sync();
    log.append(logged(4, Function::kWrite, 9));
  };
  after_power_loss(write, [](Log& log) {
    ASSERT_EQ(log.end(), 4U);
    EXPECT_EQ(log.at(1).expected, 5);
    EXPECT_EQ(log.result(1), kDone);
    EXPECT_EQ(log.result(2), kRefused);
    EXPECT_EQ(log.latest(Key(0), 2), 6);
    EXPECT_EQ(log.latest(Key(0), 4), std::nullopt);
    EXPECT_EQ(log.values(Key(0)), (Elements{5, 6, kErased}));
    EXPECT_TRUE(log.is_untouched(Key(0), 4, 9));
    EXPECT_FALSE(log.is_untouched(Key(0), 3, 4));
  });
}

TEST(Log, TakesBackCommandsThatAreCutOff) {
  const auto write = [](Log& log) {
    log.append(logged(1, Function::kEnqueue, 5));
    log.append(logged(2, Function::kEnqueue, 6));
    log.append(logged(3, Function::kDequeue, 0));
    EXPECT_EQ(log.result(2), (Result{true, 5}));
    EXPECT_EQ(log.elements(Key(0), 2), (Elements{5, 6}));
    EXPECT_EQ(log.elements(Key(0), 3), Elements{6});
    log.truncate(1);
    log.append(logged(4, Function::kDequeue, 0));
    log.append(logged(5, Function::kDequeue, 0));
    log.sync();
  };
  after_power_loss(write, [](Log& log) {
    ASSERT_EQ(log.end(), 3U);
    EXPECT_EQ(log.result(1), (Result{true, 5}));
    EXPECT_EQ(log.result(2), kDone);
    EXPECT_EQ(log.elements(Key(0), 3), Elements{});
    EXPECT_EQ(log.values(Key(0)), (Elements{5, ~5}));
  });
}

}  // namespace
}  // namespace quorumlab::models
