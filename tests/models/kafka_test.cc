// Logs such as Kafka's: read in all forms, judged as Jepsen does, each anomaly found and named.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/kafka_generator.h"
#include "models/consistency/kafka_models.h"
#include "models/exchange/judge.h"
#include "tests/models/kafka_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::LogSmall;
using testing::Rng;
using Counts = std::map<std::string, std::uint64_t>;

Finding judge(const std::string& text, std::string_view model = "") {
  JournalResult read = read_journal(text);
  EXPECT_FALSE(read.error) << read.error->message << "\n" << text;
  return judge_journal(*read.journal, {.model = std::string(model)});
}

// One operation, done at once: "1 send [[:send x 7]]" and what came back.
std::string op(int process, const std::string& f, const std::string& in, const std::string& out,
               const std::string& type = ":ok") {
  const std::string head = ", :process " + std::to_string(process) + ", :f :" + f + ", :value ";
  return "{:type :invoke" + head + in + "}\n{:type " + type + head + out + "}\n";
}

std::string sent(int process, const std::string& out, const std::string& type = ":ok") {
  return op(process, "send", "[[:send :x 0]]", out, type);
}

std::string polled(int process, const std::string& messages, const std::string& type = ":ok") {
  return op(process, "poll", "[[:poll]]", "[[:poll {:x [" + messages + "]}]]", type);
}

const std::string kFour = sent(0,
                               "[[:send :x [0 :a]] [:send :x [1 :b]] [:send :x [2 :c]]"
                               " [:send :x [3 :d]]]");

TEST(Kafka, AgreesWithItsDefinitionsTakenWordForWord) {
  Rng rng(5);
  std::map<std::string, int> seen;
  int violated = 0;
  for (int i = 0; i < rounds(6'000); ++i) {
    const LogSmall history = testing::draw_logs(rng);
    const std::string text = testing::text_of(history, i % 2 == 0);
    const auto expected = testing::anomalies_of(history);
    for (const std::string_view model : kafka_models()) {
      const Finding found = judge(text, model);
      if (found.subject != "kafka" || found.verdict == Verdict::kUnknown) continue;
      const bool holds = testing::oracle_holds(history, std::string(model));
      ASSERT_EQ(found.verdict == Verdict::kHolds, holds) << model << "\n" << text << found.claim;
      violated += holds ? 0 : 1;
      for (const auto& [type, count] : expected) {
        const bool is_cycle = type.find("cycle") != std::string::npos || type == "unordered";
        const bool is_asked = type != "G0" || kafka_rules_out(model, LogAnomalyKind::kG0);
        if (is_cycle || !is_asked) continue;
        ++seen[type];
        ASSERT_TRUE(found.counts.contains(type)) << type << "\n" << text;
        ASSERT_EQ(found.counts.at(type), static_cast<std::uint64_t>(count)) << type << "\n" << text;
      }
      for (const auto& [type, count] : found.counts) {
        const bool by_name = type != "G0" && type != "G1c" && log_anomaly_kind(type) &&
                             *log_anomaly_kind(type) < LogAnomalyKind::kG1c;
        ASSERT_TRUE(!by_name || expected.contains(type)) << type << "\n" << text;
      }
    }
  }
  EXPECT_EQ(seen.size(), 17U) << ::testing::PrintToString(seen);
  EXPECT_GT(violated, rounds(3'000));
}

TEST(Kafka, WhatViolatesAWeakerModelViolatesTheStronger) {
  Rng rng(6);
  for (int i = 0; i < 500; ++i) {
    const std::string text = testing::text_of(testing::draw_logs(rng));
    std::map<std::string_view, Verdict> verdicts;
    for (const std::string_view model : kafka_models())
      verdicts[model] = judge(text, model).verdict;
    for (const auto& [stronger, a] : verdicts) {
      for (const auto& [weaker, b] : verdicts) {
        if (!kafka_implies(stronger, weaker)) continue;
        ASSERT_FALSE(b == Verdict::kViolated && a != b) << stronger << " " << weaker << text;
      }
    }
  }
}

TEST(Kafka, EachPlantedAnomalyIsFoundAndNamedAndWeakerModelsHold) {
  for (const bench::PlantedLogs& planted : bench::planted_logs()) {
    const std::string name(bench::planted_log_name(planted.name));
    bench::KafkaShape shape{.ops = 400, .one_by_one = true};
    shape.subscribes = planted.name != name;
    shape.plant = planted.name;
    const std::string text = bench::KafkaGenerator(shape).run();
    const Finding found = judge(text, planted.model);
    EXPECT_EQ(found.verdict, Verdict::kViolated) << planted.name << ": " << found.reason;
    EXPECT_TRUE(found.counts.contains(name)) << planted.name;
    EXPECT_NE(found.claim.find(name), std::string::npos) << planted.name << ": " << found.claim;
    ASSERT_FALSE(found.ops.empty()) << planted.name;
    // A poll before its send is wrong in every respect, as is a process whose sends change places.
    const std::set<std::string> more = {"G1c-process", "G1c-realtime", "G0-process"};
    for (const std::string_view weaker : kafka_models()) {
      if (kafka_implies(weaker, planted.model) || more.contains(name)) continue;
      if (!kafka_implies(planted.model, weaker)) continue;
      EXPECT_EQ(judge(text, weaker).verdict, Verdict::kHolds) << planted.name << ", " << weaker;
    }
  }
}

TEST(Kafka, EveryAnomalyThatHasANameIsPlanted) {
  for (std::size_t i = 0; i < kLogAnomalyKinds; ++i) {
    const std::string_view name = name_of(static_cast<LogAnomalyKind>(i));
    // The long fork of logs is only met at random.
    if (name == "G-nonadjacent-item") continue;
    EXPECT_FALSE(bench::planted_log_script(name).empty()) << name;
  }
}

TEST(Kafka, LogsThatAreNeverWrongHold) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const bench::KafkaShape assigned{.ops = 600, .seed = seed};
    const bench::KafkaShape single{.ops = 600, .most_micros = 1, .seed = seed};
    bench::KafkaShape group{.ops = 600, .subscribes = true, .seed = seed};
    group.keys = 3;
    bench::KafkaShape serial{.ops = 600, .one_by_one = true, .seed = seed};
    for (const auto& [model, shape] :
         {std::pair{"kafka-ordered", assigned}, std::pair{"kafka-strict", single},
          std::pair{"kafka-ordered", group}, std::pair{"kafka-strict", serial}}) {
      const Finding found = judge(bench::KafkaGenerator(shape).run(), model);
      EXPECT_EQ(found.verdict, Verdict::kHolds) << model << " " << seed << ": " << found.claim;
    }
  }
}

// As many transactions that run at once do.
TEST(Kafka, OffsetsOfTransactionsInterleaveWhichOnlyIsolationForbids) {
  const std::string text = bench::KafkaGenerator({.ops = 600}).run();
  EXPECT_EQ(judge(text).verdict, Verdict::kHolds);
  const Finding isolated = judge(text, "kafka-isolated");
  EXPECT_EQ(isolated.verdict, Verdict::kViolated);
  EXPECT_TRUE(isolated.counts.contains("G0"));
}

TEST(Kafka, AFailedTransactionsPollsAreTakenBack) {
  const std::string begun = kFour + polled(1, "[0 :a]") + polled(1, "[1 :b] [2 :c]", ":fail");
  EXPECT_EQ(judge(begun + polled(1, "[1 :b] [2 :c]", ":info")).verdict, Verdict::kHolds);
  EXPECT_EQ(judge(begun + polled(1, "[1 :b] [2 :c]")).verdict, Verdict::kHolds);
  for (const char* const type : {":ok", ":fail", ":info"}) {
    const Finding found = judge(begun + polled(1, "[3 :d]", type));
    EXPECT_EQ(found.counts.at("poll-skip"), 1U) << type;
    ASSERT_FALSE(found.lines.empty());
    EXPECT_NE(found.lines.back().find("poll"), std::string::npos);
  }
}

TEST(Kafka, AnAssignmentForgetsTheKeysThatItDoesNotName) {
  const std::string back = kFour + polled(1, "[0 :a] [1 :b]");
  const std::string again = polled(1, "[1 :b] [2 :c]");
  const auto assigned = [](const std::string& f, const std::string& keys,
                           const std::string& type = ":ok") { return op(1, f, keys, keys, type); };
  EXPECT_TRUE(judge(back + again).counts.contains("nonmonotonic-poll"));
  EXPECT_TRUE(
      judge(back + assigned("assign", "[:x :y]") + again).counts.contains("nonmonotonic-poll"));
  EXPECT_TRUE(judge(back + assigned("assign", "[:y]", ":fail") + again)
                  .counts.contains("nonmonotonic-poll"));
  for (const char* const f : {"assign", "subscribe"}) {
    EXPECT_EQ(judge(back + assigned(f, "[:y]") + again, "kafka-ordered").verdict, Verdict::kHolds);
  }
  std::string start = assigned("assign", "[:x :y]");
  start.replace(start.rfind("}"), 1, ", :seek-to-beginning? true}");
  EXPECT_EQ(judge(back + start + polled(1, "[0 :a]")).verdict, Verdict::kHolds);
}

TEST(Kafka, ARebalancedKeyMayJumpWithinAnOperationAndAround) {
  const auto moved = [](const std::string& keys) {
    std::string text = polled(1, "[2 :c] [0 :a]");
    text.replace(text.rfind("}\n"), 1, ", :rebalance-log [{:type :assigned, :keys " + keys + "}]}");
    return text;
  };
  const std::string before =
      kFour + op(1, "subscribe", "[:x]", "[:x]") + polled(1, "[1 :b] [2 :c]");
  EXPECT_EQ(judge(before + moved("[:x]") + polled(1, "[3 :d]"), "kafka-ordered").verdict,
            Verdict::kHolds);
  const Finding other = judge(before + moved("[:y]"), "kafka-ordered");
  EXPECT_EQ(other.verdict, Verdict::kViolated);
  EXPECT_TRUE(other.counts.contains("int-nonmonotonic-poll"));
}

TEST(Kafka, APolledMessageProvesAllOfItsUnknownTransaction) {
  const std::string unknown = sent(0, "[[:send :y :a] [:send :x [0 :b]]]", ":info");
  const std::string later = sent(1, "[[:send :x [1 :c]]]") + polled(2, "[1 :c]");
  EXPECT_EQ(judge(unknown + later).verdict, Verdict::kHolds);
  const std::string proof = op(3, "poll", "[[:poll]]", "[[:poll {:y [[0 :a]]}]]");
  const Finding found = judge(unknown + later + proof);
  EXPECT_EQ(found.counts, (Counts{{"lost-write", 1}}));
  EXPECT_EQ(judge(sent(0, "[[:send :x [0 :c]]]", ":info") + sent(1, "[[:send :x [0 :b]]]") +
                  polled(2, "[0 :b]"))
                .verdict,
            Verdict::kHolds);
}

TEST(Kafka, UnseenCountsOnlyIfSomebodyReadToTheEnd) {
  const std::string two =
      sent(0, "[[:send :x [0 :a]]]") + polled(1, "[0 :a]") + sent(0, "[[:send :x [1 :b]]]");
  std::string start = op(2, "assign", "[:x]", "[:x]");
  start.replace(start.rfind("}"), 1, ", :seek-to-beginning? true}");
  const std::string nothing = op(2, "poll", "[[:poll]]", "[[:poll {}]]");
  const Finding open = judge(two + start + polled(2, "[0 :a]"));
  EXPECT_EQ(open.verdict, Verdict::kHolds);
  EXPECT_NE(open.lines.back().find("unseen: nobody polled 1 message"), std::string::npos);
  const Finding shown = judge(two + start + polled(2, "[0 :a]") + nothing);
  EXPECT_EQ(shown.verdict, Verdict::kViolated);
  EXPECT_EQ(shown.counts, (Counts{{"unseen", 1}}));
}

TEST(Kafka, OffsetsMayBeMissing) {
  const std::string text = sent(0, "[[:send :x [nil :a]] [:send :x :b]]") +
                           op(1, "poll", "[[:poll]]", "[[:poll {:x [[0 :a] [nil :b]]}]]") +
                           op(1, "txn", "[[:poll]]", "nil") +
                           op(1, "crash", "nil", "nil", ":info") +
                           op(1, "debug-topic-partitions", "[:x]", "{:x {:leader 1}}");
  EXPECT_EQ(judge(text).verdict, Verdict::kHolds) << judge(text).reason;
}

TEST(Kafka, ReadsTheSimpleFormAndKeysThatAreStrings) {
  const std::string simple = op(0, "send", "[\"k1\" 7]", "[\"k1\" [0 7]]") +
                             op(0, "send", "[\"k1\" 8]", "[\"k1\" [1 8]]") +
                             op(1, "poll", "nil", "{\"k1\" [[0 7]]}") +
                             op(1, "commit_offsets", "{\"k1\" 0}", "{\"k1\" 0}") +
                             op(1, "list_committed_offsets", "[\"k1\"]", "{\"k1\" 0}");
  EXPECT_EQ(judge(simple + op(1, "poll", "nil", "{\"k1\" [[1 8]]}")).verdict, Verdict::kHolds);
  EXPECT_TRUE(judge(simple + op(2, "poll", "nil", "{\"k1\" [[1 9]]}"))
                  .counts.contains("inconsistent-offsets"));
  // In JSON, keys of maps are strings.
  const std::string json =
      R"({"type":"invoke","process":0,"f":"send","value":[["send",3,7]]}
{"type":"ok","process":0,"f":"send","value":[["send",3,[0,7]]]}
{"type":"invoke","process":1,"f":"poll","value":[["poll"]]}
{"type":"ok","process":1,"f":"poll","value":[["poll",{"3":[[0,7]]}]]}
)";
  EXPECT_EQ(judge(json).verdict, Verdict::kHolds) << judge(json).claim;
  for (const std::string key : {"-9223372036854775808", "1152921504606846976", "-5", "0.5"}) {
    std::string other = json;
    for (std::size_t at = other.find("3"); at != std::string::npos; at = other.find("3", at)) {
      other.replace(at, 1, key == "0.5" ? "0.5" : key);
      at += key.size();
    }
    EXPECT_EQ(judge(other).verdict, Verdict::kHolds) << judge(other).claim;
  }
}

TEST(Kafka, SmallLogsAreStillLogs) {
  const std::string text = op(1, "send", "7", "[0 7]") + op(2, "poll", "0", "[0 7]");
  EXPECT_EQ(judge(text).subject, "log");
  const std::string keyed =
      op(1, "send", "[3 7]", "[3 [0 7]]") + op(2, "poll", "[3 0]", "[3 [0 7]]");
  EXPECT_EQ(judge(keyed).subject, "log");
}

TEST(Kafka, NothingIsSaidWhereNothingCanBe) {
  EXPECT_EQ(judge(kFour).verdict, Verdict::kUnknown);
  const Finding twice = judge(sent(0, "[[:send :x [0 :a]]]") + sent(0, "[[:send :x [1 :a]]]") +
                              polled(1, "[0 :a] [1 :a]"));
  EXPECT_EQ(twice.verdict, Verdict::kUnknown);
  EXPECT_NE(twice.reason.find("more than once"), std::string::npos);
}

TEST(Kafka, OtherFormsNamesAndTimesKeepTheVerdict) {
  Rng rng(8);
  for (int i = 0; i < 400; ++i) {
    const LogSmall history = testing::draw_logs(rng);
    const std::string text = testing::text_of(history);
    JournalResult read = read_journal(text);
    LogSmall renamed = history;
    for (auto& one : renamed) {
      one.process = 7 * one.process + 3;
      one.from = 3 * one.from;
      if (one.to >= 0) one.to = 3 * one.to + 1;
      for (auto& micro : one.micros) {
        micro.value = 1'000 - 7 * micro.value;
        if (micro.offset) micro.offset = 5 + 2 * *micro.offset;
        for (auto& message : micro.polled) {
          message.value = 1'000 - 7 * message.value;
          if (message.offset) message.offset = 5 + 2 * *message.offset;
        }
      }
    }
    for (const std::string_view model : {"kafka", "kafka-strict", "kafka-serializable"}) {
      const Finding found = judge(text, model);
      for (const std::string& other : {to_jepsen_json(*read.journal), to_jepsen_edn(*read.journal),
                                       testing::text_of(renamed)}) {
        const Finding same = judge(other, model);
        ASSERT_EQ(same.verdict, found.verdict) << text << other;
        ASSERT_EQ(same.counts, found.counts) << text << other;
      }
    }
  }
}

TEST(Kafka, DamageGivesAnErrorOrAVerdictAndACutCondemnsNobody) {
  const std::string text = bench::KafkaGenerator({.ops = 40, .ends_with_polls = false}).run();
  for (std::size_t end = 0; end < text.size(); end += 7) {
    JournalResult read = read_journal(text.substr(0, end));
    if (!read.journal) continue;
    try {
      EXPECT_NE(judge_journal(*read.journal, {}).verdict, Verdict::kViolated) << end;
    } catch (const std::exception&) {
    }
  }
  Rng rng(9);
  int errors = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string damaged = text;
    for (int n = 0; n < 3; ++n) {
      const char instead[] = "[]{}: 0a\"n-";
      damaged[rng.below(static_cast<std::uint32_t>(text.size()))] = instead[rng.below(11)];
    }
    JournalResult read = read_journal(damaged);
    if (!read.journal) {
      ++errors;
      continue;
    }
    try {
      (void)judge_journal(*read.journal, {.model = "kafka-strict"});
    } catch (const std::exception&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 1'000);
}

TEST(Kafka, WhatCannotBeReadIsToldWithItsPlace) {
  const std::pair<std::string, std::string> bad[] = {
      {"[[:send :x]]", "a send has a key and a message"},
      {"[[:send :x [:a 1]]]", "expected [offset message]"},
      {"[[:poll 7]]", "a poll gives a map"},
      {"[[:poll {:x 7}]]", "a poll gives a list"},
      {"[[:poll {:x [[0 1 2]]}]]", "expected [offset message]"},
      {"[[:poll] [:push 1]]", "a micro-operation is"}};
  for (const auto& [value, message] : bad) {
    JournalResult read = read_journal(kFour + op(1, "txn", "[[:poll]]", value));
    ASSERT_TRUE(read.journal);
    try {
      (void)judge_journal(*read.journal, {});
      ADD_FAILURE() << value;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace quorumlab::models
