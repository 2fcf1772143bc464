// Verdicts on logs such as Kafka's, verified by code that shares nothing with their checker; and
// certificates of which something was changed.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "bench/kafka_generator.h"
#include "models/consistency/kafka_models.h"
#include "tests/certificates/judged.h"
#include "tests/models/kafka_oracle.h"
#include "tests/models/rounds.h"
#include "tests/verifier/verify.h"

namespace quorumlab::testing {
namespace {

using Json = nlohmann::ordered_json;
using models::Verdict;

TEST(KafkaCertificates, AreAcceptedForAllRandomHistories) {
  models::testing::Rng rng(11);
  std::set<std::string> types;
  int held = 0;
  for (int i = 0; i < models::rounds(700); ++i) {
    const std::string text = models::testing::text_of(models::testing::draw_logs(rng), i % 2 == 0);
    for (const std::string_view model : models::kafka_models()) {
      const Judged judged = judge_text(text, {.model = std::string(model)});
      if (judged.verdict == Verdict::kUnknown) continue;
      ASSERT_EQ(verified(judged), "") << model << "\n" << judged.history << judged.certificate;
      held += judged.verdict == Verdict::kHolds ? 1 : 0;
      for (const Json& anomaly :
           Json::parse(judged.certificate).value("anomalies", Json::array())) {
        types.insert(anomaly["type"]);
      }
    }
  }
  EXPECT_GT(held, models::rounds(300));
  EXPECT_GE(types.size(), 20U) << ::testing::PrintToString(types);
}

TEST(KafkaCertificates, AreAcceptedForEachPlantedAnomaly) {
  for (const bench::PlantedLogs& planted : bench::planted_logs()) {
    const Judged judged =
        judge_text(bench::planted_log_text(planted.name), {.model = std::string(planted.model)});
    EXPECT_EQ(judged.verdict, Verdict::kViolated) << planted.name;
    EXPECT_EQ(verified(judged), "") << planted.name << judged.certificate;
  }
  const Judged clean = judge_text(bench::KafkaGenerator({.ops = 60}).run(), {});
  EXPECT_EQ(clean.verdict, Verdict::kHolds);
  EXPECT_EQ(verified(clean), "");
}

// What a person or a program can check by hand: who, where, and what lies between.
TEST(KafkaCertificates, TellWhereMessagesLie) {
  const Judged judged = judge_text(bench::planted_log_text("poll-skip"), {});
  const Json found = Json::parse(judged.certificate);
  const Json& skip = found["anomalies"][0];
  EXPECT_EQ(skip["type"], "poll-skip");
  EXPECT_EQ(skip["ops"], Json::array({3, 2, 0}));
  EXPECT_EQ(skip["key"], "0");
  EXPECT_EQ(skip["other_message"], "1");
  EXPECT_EQ(skip["other_offset"], 0);
  EXPECT_EQ(skip["message"], "3");
  EXPECT_EQ(skip["offset"], 2);
  EXPECT_EQ(skip["skipped"], Json::array({"2 (offset 1, sent by T0)"}));
  EXPECT_EQ(skip["text"],
            "process 113 polled 1 (offset 0) from key 0 in T2, and next 3 (offset 2) in T3; 1 "
            "message lies between them: 2 (offset 1, sent by T0)");
  EXPECT_EQ(found["counts"], (Json{{"poll-skip", 1}}));
}

TEST(KafkaCertificates, AreRejectedIfTheyClaimSomethingElse) {
  for (const bench::PlantedLogs& planted : bench::planted_logs()) {
    const Judged judged =
        judge_text(bench::planted_log_text(planted.name), {.model = std::string(planted.model)});
    const auto claim = [&](const auto& change) {
      Json certificate = Json::parse(judged.certificate);
      change(certificate);
      return verifier::verify(judged.history, certificate.dump());
    };
    EXPECT_NE(claim([](Json& c) {
                c["verdict"] = "holds";
                c.erase("anomalies");
              }),
              "")
        << planted.name;
    EXPECT_NE(claim([](Json& c) { c["property"] = "kafka-sometimes"; }), "") << planted.name;
    EXPECT_NE(claim([](Json& c) {
                for (Json& anomaly : c["anomalies"]) {
                  anomaly["ops"] = {99};
                  if (anomaly.contains("cycle")) anomaly["cycle"][0]["from"] = 99;
                }
              }),
              "")
        << planted.name;
    for (const char* const other : {"garbage", "lost-write", "G1a", "int-poll-skip", "G0"}) {
      const std::string type(bench::planted_log_name(planted.name));
      if (type.starts_with(other)) continue;
      const std::string said = claim([&](Json& c) {
        Json all = Json::array();
        for (Json& anomaly : c["anomalies"]) {
          if (anomaly["type"] != type) continue;
          anomaly["type"] = other;
          all.push_back(anomaly);
        }
        c["anomalies"] = all;
      });
      EXPECT_NE(said, "") << planted.name << " as " << other;
    }
  }
}

}  // namespace
}  // namespace quorumlab::testing
