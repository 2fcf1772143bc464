#include "traces/explain.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/traces/golden.h"
#include "tests/traces/sample_run.h"
#include "traces/words.h"

namespace quorumlab::traces {
namespace {

using models::Function;
using models::Outcome;
using models::Role;

// Two clients, three replicas, one missed write to key 0 through n1 and a read of the old value at
// n2.
struct Case {
  SampleRun run;
  Teller tell{run.record, run.history};
  sim::OpId write;
  EventId append;

  Case() {
    for (const char* name : {"n1", "n2", "n3"}) run.record.lanes.push_back({.name = name});
    for (const char* name : {"c1", "c2"})
      run.record.lanes.push_back({.name = name, .is_client = true});
    run.record.keys = {"x"};
    run.record.set_state_names("role", {"follower", "candidate", "leader"});
    tell.at(10);
    write = tell.invoke(3, Function::kWrite, 5);
    tell.at(11);
    append = tell.note(0, "append", entry());
    tell.complete(write, Outcome::kOk, {}, 0);
  }
  [[nodiscard]] Teller::Entry entry() const {
    return {.op = write, .value = 5, .index = 7, .count = 1, .term = 1, .has_key = true};
  }
  // The read at n2, and what is said about how it came about.
  std::string mechanism(double ms) {
    tell.at(ms);
    const sim::OpId read = tell.invoke(4, Function::kRead, {});
    tell.note(1, "serve", {.op = read, .value = 3, .has_key = true});
    tell.complete(read, Outcome::kOk, 3, 1);
    run.witness.anomaly = models::Anomaly::kStaleRead;
    run.witness.key = sim::Key(0);
    run.witness.ops = {{Role::kObserver, read}, {Role::kMissed, write}};
    std::string all;
    for (const Sentence& s : explain(run.record, run.history, run.witness).sentences)
      if (s.clause == Clause::kMechanism) all += (all.empty() ? "" : " ") + s.text;
    return all;
  }
};

TEST(Explain, FollowsTheGrammar) {
  const SampleRun run = stale_read_after_failover();
  const std::string text = to_text(explain(run.record, run.history, run.witness));
  EXPECT_EQ(text, golden("stale_read.explain.txt", text));
}

TEST(Explain, NounsReferToEvents) {
  const SampleRun run = stale_read_after_failover();
  const Explanation why = explain(run.record, run.history, run.witness);
  std::string nouns;
  for (const Sentence& s : why.sentences)
    for (const Reference& r : s.references) {
      ASSERT_LE(r.end, s.text.size());
      ASSERT_NE(r.event, sim::kNoEvent) << s.text;
      nouns +=
          s.text.substr(r.begin, r.end - r.begin) + " = " + event_text(run.record, r.event) + "\n";
    }
  EXPECT_EQ(nouns,
            "op 3 = c2 invoked op 3\n"
            "op 2 = c1 invoked op 2\n"
            "n2 served the read = n2: serve x=3\n"
            "n1 → n2 = n1 sent Append x=5 to n2\n"
            "was lost = Append x=5 from n1 to n2 was lost: partition\n"
            "n2 became leader = n2: role is now leader\n"
            "partition {c1, n1 | c2, n2, n3, n4} = fault partition begins\n");
}

TEST(Explain, ACopyCanBeInFlight) {
  Case c;
  c.tell.send({0, 1}, "Append", c.entry());
  EXPECT_EQ(c.mechanism(20),
            "n2 served the read at 20.0ms; it had not yet received op 1: its copy n1 → n2, sent at "
            "11.0ms, was still in flight when the record ends.");
}

TEST(Explain, ACopyAmongOtherEntriesIsKnownByItsRange) {
  Case c;
  const EventId batch = c.tell.send({0, 1}, "Append", {.index = 6, .count = 3, .term = 1});
  c.tell.at(12);
  c.tell.drop(batch, sim::DropReason::kLoss);
  EXPECT_EQ(c.mechanism(20),
            "n2 served the read at 20.0ms; it never received op 1: its copy n1 → n2 was lost at "
            "12.0ms, because of loss.");
}

TEST(Explain, ACopyCanArriveTooLate) {
  Case c;
  const EventId copy = c.tell.send({0, 1}, "Append", c.entry());
  c.tell.at(20);
  const sim::OpId read = c.tell.invoke(4, Function::kRead, {});
  c.tell.note(1, "serve", {.op = read, .value = 3, .has_key = true});
  c.tell.at(21);
  c.tell.receive(copy);
  c.tell.at(22);
  c.tell.complete(read, Outcome::kOk, 3, 1);
  c.run.witness.ops = {{Role::kObserver, read}, {Role::kMissed, c.write}};
  const Explanation why = explain(c.run.record, c.run.history, c.run.witness);
  ASSERT_EQ(why.sentences.size(), 1U);
  EXPECT_EQ(why.sentences[0].text,
            "n2 served the read at 20.0ms; it had not yet received op 1: its copy n1 → n2, sent at "
            "11.0ms, arrived only at 21.0ms.");
}

TEST(Explain, AClientThatCoordinatesSendsCopiesAndPutsAnswersTogether) {
  Case c;
  const EventId copy = c.tell.send({3, 1}, "Store", c.entry());
  c.tell.at(12);
  c.tell.drop(copy, sim::DropReason::kLoss);
  c.tell.at(20);
  const sim::OpId read = c.tell.invoke(4, Function::kRead, {});
  c.tell.at(22);
  c.tell.send({1, 4}, "Fetch", {.op = read, .value = 3, .has_key = true}, true);
  c.tell.at(24);
  c.tell.note(4, "serve", {.op = read, .value = 3, .has_key = true});
  c.tell.complete(read, Outcome::kOk, 3, 1);
  c.run.witness.ops = {{Role::kObserver, read}, {Role::kMissed, c.write}};
  const Explanation why = explain(c.run.record, c.run.history, c.run.witness);
  ASSERT_EQ(why.sentences.size(), 1U);
  EXPECT_EQ(why.sentences[0].text,
            "n2 served the read at 22.0ms; it never received op 1: its copy c1 → n2 was lost at "
            "12.0ms, because of loss.");
}

TEST(Explain, ACopyCanDieOfADownReceiver) {
  Case c;
  const EventId copy = c.tell.send({0, 1}, "Append", c.entry());
  c.tell.at(12);
  c.tell.drop(copy, sim::DropReason::kDown);
  EXPECT_EQ(c.mechanism(20),
            "n2 served the read at 20.0ms; it never received op 1: its copy n1 → n2 was lost at "
            "12.0ms, because of n2 being down.");
}

TEST(Explain, AWriteMayNeverHaveBeenSent) {
  Case c;
  EXPECT_EQ(c.mechanism(20),
            "n2 served the read at 20.0ms; it never received op 1: n1 never sent it there.");
}

TEST(Explain, BecauseItsHolderWasPaused) {
  Case c;
  c.tell.at(12);
  c.tell.mark(EventKind::kPause, 0);
  EXPECT_EQ(c.mechanism(20),
            "n2 served the read at 20.0ms; it never received op 1: n1 never sent it there, n1 was "
            "paused since 12.0ms.");
}

TEST(Explain, AReplicaCanDiscardWhatItHad) {
  Case c;
  const EventId copy = c.tell.send({0, 1}, "Append", c.entry());
  c.tell.at(12);
  c.tell.note(1, "append", c.entry(), c.tell.receive(copy));
  c.tell.at(15);
  c.tell.note(1, "discard", {.index = 6, .count = 3, .term = 1});
  EXPECT_EQ(
      c.mechanism(20),
      "n2 served the read at 20.0ms; it once had op 1, but discarded it at 15.0ms (log entries "
      "6 to 8, which it did not share with the leader).");
}

TEST(Explain, ADiscardOfOtherEntriesDoesNotCount) {
  Case c;
  const EventId copy = c.tell.send({0, 1}, "Append", c.entry());
  c.tell.at(12);
  c.tell.note(1, "append", c.entry(), c.tell.receive(copy));
  c.tell.at(15);
  c.tell.note(1, "discard", {.index = 8, .count = 3, .term = 1});
  EXPECT_EQ(c.mechanism(20),
            "n2 served the read at 20.0ms; it had op 1 since 12.0ms, but answered from an older "
            "state.");
}

TEST(Explain, AReplicaCanLoseItInACrashUnlessItWasSynced) {
  for (const bool synced : {false, true}) {
    Case c;
    const EventId copy = c.tell.send({0, 1}, "Append", c.entry());
    c.tell.at(12);
    c.tell.note(1, "append", c.entry(), c.tell.receive(copy));
    if (synced) c.tell.mark(EventKind::kSync, 1);
    c.tell.at(15);
    c.tell.mark(EventKind::kCrash, 1, "crash", 64);
    const bool blames_crash =
        c.mechanism(20).find("crashed at 15.0ms before it was on disk") != std::string::npos;
    EXPECT_EQ(blames_crash, !synced);
  }
}

TEST(Explain, TellsOfTwoLeaders) {
  Case c;
  c.tell.at(11);
  c.tell.state(0, "role", 2);
  c.tell.at(14);
  c.tell.state(1, "role", 2);
  c.tell.state(1, "term", 2);
  const std::string text = c.mechanism(20);
  EXPECT_NE(text.find("n2 became leader for term 2 at 14.0ms while n1 still was leader."),
            std::string::npos)
      << text;
}

TEST(Explain, ALostWriteIsFollowedToItsDiscard) {
  Case c;
  c.tell.at(15);
  c.tell.note(0, "discard", {.index = 7, .count = 1, .term = 1});
  c.tell.at(20);
  const sim::OpId later = c.tell.invoke(4, Function::kRead, {});
  c.tell.complete(later, Outcome::kOk, 3, 1);
  c.run.witness.anomaly = models::Anomaly::kLostWrite;
  c.run.witness.ops = {{Role::kMissed, c.write}, {Role::kOther, later}};
  const Explanation why = explain(c.run.record, c.run.history, c.run.witness);
  ASSERT_EQ(why.sentences.size(), 1U);
  EXPECT_EQ(why.sentences[0].text,
            "n1 once had op 1, but discarded it at 15.0ms (log entry 7, which it did not share "
            "with the leader).");
}

TEST(Explain, TextStaysWithinAHundredColumns) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const SampleRun run = storm(seed);
    const std::string text = to_text(explain(run.record, run.history, run.witness));
    std::size_t columns = 0;
    for (const char c : text) {
      columns =
          c == '\n' ? 0 : columns + ((static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1U : 0U);
      ASSERT_LE(columns, 100U) << text;
    }
  }
}

}  // namespace
}  // namespace quorumlab::traces
