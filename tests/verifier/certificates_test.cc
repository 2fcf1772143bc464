// Every certificate is accepted by a verifier that shares nothing with the checkers, and a changed
// one is not.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "models/exchange/judge.h"
#include "tests/verifier/object_text.h"
#include "tests/verifier/verify.h"
#include "tools/finding_json.h"

namespace quorumlab {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using models::Verdict;

struct Judged {
  Verdict verdict = Verdict::kUnknown;
  std::string history;
  std::string certificate;
};

Judged judge(const std::string& text, models::JudgeOptions options, const std::string& initial) {
  models::JournalResult read = models::read_journal(text);
  EXPECT_FALSE(read.error) << read.error->message;
  options.certify = true;
  const models::Finding finding = judge_journal(*read.journal, options);
  return {finding.verdict, to_jepsen_json(*read.journal),
          tools::certificate_json(*read.journal, finding, initial)};
}

constexpr const char* kObjects[] = {"register", "kv",  "counter", "set", "queue",
                                    "stack",    "log", "lock",    "ids"};

TEST(Certificates, OfObjectsAreAcceptedForBothVerdicts) {
  for (const char* const object : kObjects) {
    for (const bool is_wrong : {false, true}) {
      int proven = 0;
      for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        const std::string text = testing::object_text(
            {.object = object, .seed = seed, .operations = 30, .is_wrong = is_wrong});
        const Judged judged = judge(text, {}, "");
        EXPECT_TRUE(is_wrong || judged.verdict == Verdict::kHolds) << object << " seed " << seed;
        EXPECT_EQ(verifier::verify(judged.history, judged.certificate), "")
            << object << " seed " << seed << "\n"
            << text << judged.certificate;
        const bool as_planned = judged.verdict == (is_wrong ? Verdict::kViolated : Verdict::kHolds);
        proven += as_planned && verifier::covers(judged.certificate) ? 1 : 0;
      }
      EXPECT_GE(proven, 8) << object << (is_wrong ? ", wrong" : "");
    }
  }
}

TEST(Certificates, OfSequentialOrdersAreAccepted) {
  for (const char* const object : kObjects) {
    const std::string text = testing::object_text({.object = object, .seed = 5, .operations = 20});
    const Judged judged = judge(text, {.model = "sequential"}, "");
    if (judged.verdict != Verdict::kHolds) continue;  // registers with repeated values are unknown
    EXPECT_TRUE(verifier::covers(judged.certificate)) << object;
    EXPECT_EQ(verifier::verify(judged.history, judged.certificate), "") << object << "\n" << text;
  }
}

// A verifier that accepts everything would prove nothing.
TEST(Certificates, ChangedOnesAreRejected) {
  std::map<std::string, int> rejected;
  for (const char* const object : kObjects) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      const Judged good =
          judge(testing::object_text({.object = object, .seed = seed, .operations = 24}), {}, "");
      Json order = Json::parse(good.certificate);
      if (!order.contains("orders") || order["orders"][0].size() < 10) continue;
      std::swap(order["orders"][0][2], order["orders"][0][8]);
      rejected["swapped"] += verifier::verify(good.history, order.dump()).empty() ? 0 : 1;
      order = Json::parse(good.certificate);
      order["orders"][0].erase(order["orders"][0].size() / 2);
      rejected["missing"] += verifier::verify(good.history, order.dump()).empty() ? 0 : 1;

      const Judged bad =
          judge(testing::object_text(
                    {.object = object, .seed = seed, .operations = 24, .is_wrong = true}),
                {}, "");
      Json core = Json::parse(bad.certificate);
      if (!core.contains("core")) continue;
      core["core"]["ops"].erase(0);
      rejected["core"] += verifier::verify(bad.history, core.dump()).empty() ? 0 : 1;
    }
  }
  EXPECT_GT(rejected["swapped"], 30);
  EXPECT_GT(rejected["missing"], 30);
  EXPECT_GT(rejected["core"], 20);
}

constexpr std::string_view kSkew =
    "{:type :invoke, :process 1, :f :txn, :value [[:r 1 nil] [:append 2 1]]}\n"
    "{:type :invoke, :process 2, :f :txn, :value [[:r 2 nil] [:append 1 1]]}\n"
    "{:type :ok, :process 1, :f :txn, :value [[:r 1 []] [:append 2 1]]}\n"
    "{:type :ok, :process 2, :f :txn, :value [[:r 2 []] [:append 1 1]]}\n";

TEST(Certificates, ChangedCyclesAreRejected) {
  const Judged judged = judge(std::string(kSkew), {}, "");
  EXPECT_EQ(verifier::verify(judged.history, judged.certificate), "");
  for (const char* const kind : {"ww", "wr", "process", "realtime"}) {
    Json changed = Json::parse(judged.certificate);
    changed["anomalies"][0]["cycle"][0]["kind"] = kind;
    EXPECT_NE(verifier::verify(judged.history, changed.dump()), "") << kind;
  }
  Json renamed = Json::parse(judged.certificate);
  renamed["anomalies"][0]["type"] = "G-single-item";
  EXPECT_NE(verifier::verify(judged.history, renamed.dump()), "");
}

// All recorded histories that lie beside the checkout, if there are any.
TEST(Certificates, OfRecordedHistoriesAreAccepted) {
  const fs::path folder = fs::path(QUORUMLAB_SOURCE_DIR) / ".." / "shared" / "histories";
  if (!fs::exists(folder)) GTEST_SKIP() << "there is no " << folder;
  std::size_t proven = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (!entry.is_regular_file() || path.ends_with(".md")) continue;
    if (path.find("c50") != std::string::npos) continue;  // slow to be executed as text
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const bool knossos = path.find("knossos") != std::string::npos;
    models::JudgeOptions options;
    if (knossos) options.initial = models::integer_cell(0);
    const Judged judged = judge(text, options, knossos ? "0" : "");
    EXPECT_EQ(verifier::verify(judged.history, judged.certificate), "") << path;
    proven += verifier::covers(judged.certificate) ? 1 : 0;
  }
  EXPECT_GT(proven, 100U);
}

}  // namespace
}  // namespace quorumlab
