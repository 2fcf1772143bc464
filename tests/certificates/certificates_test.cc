// Every certificate is accepted by a verifier that shares nothing with the checkers, and a changed
// one is not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "bench/planted.h"
#include "bench/txn_generator.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/register_models.h"
#include "models/exchange/judge.h"
#include "tests/certificates/judged.h"
#include "tests/certificates/object_text.h"
#include "tests/verifier/verify.h"

namespace quorumlab {
namespace {

namespace fs = std::filesystem;
using models::Verdict;
using testing::judge_text;
using testing::Judged;
using testing::object_text;
using testing::verified;

constexpr const char* kObjects[] = {"register", "kv",  "counter", "set", "queue",
                                    "stack",    "log", "lock",    "ids"};

// How many certificates were accepted, and how many verdicts had none, by model and verdict.
struct Tally {
  std::map<std::string, int> accepted;
  std::map<std::string, int> bare;

  void add(const Judged& judged, const std::string& what) {
    if (judged.verdict == Verdict::kUnknown) return;
    const std::string problem = verified(judged);
    const std::string name = judged.model + " " + std::string(word_of(judged.verdict));
    ASSERT_TRUE(problem.empty() || problem == verifier::kNoProof)
        << problem << "\n"
        << what << "\n"
        << judged.history << judged.certificate;
    ++(problem.empty() ? accepted : bare)[name];
  }
};

TEST(Certificates, OfObjectsAreAcceptedForBothVerdicts) {
  for (const char* const object : kObjects) {
    for (const bool is_wrong : {false, true}) {
      int proven = 0;
      for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const std::string text =
            object_text({.object = object, .seed = seed, .operations = 30, .is_wrong = is_wrong});
        const Judged judged = judge_text(text, {});
        EXPECT_TRUE(is_wrong || judged.verdict == Verdict::kHolds) << object << " seed " << seed;
        const bool as_planned = judged.verdict == (is_wrong ? Verdict::kViolated : Verdict::kHolds);
        EXPECT_EQ(verified(judged), "") << object << " seed " << seed << "\n"
                                        << text << judged.certificate;
        proven += as_planned ? 1 : 0;
      }
      EXPECT_GE(proven, 5) << object << (is_wrong ? ", wrong" : "");
    }
  }
}

TEST(Certificates, OfSequentialOrdersAreAccepted) {
  for (const char* const object : kObjects) {
    const std::string text = object_text({.object = object, .seed = 5, .operations = 20});
    const Judged judged = judge_text(text, {.model = "sequential"});
    if (judged.verdict != Verdict::kHolds) continue;  // registers with repeated values are unknown
    EXPECT_EQ(verified(judged), "") << object << "\n" << text;
  }
}

TEST(Certificates, OfObjectsWithoutASequentialOrderAreAccepted) {
  for (const char* const object : kObjects) {
    int proven = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const std::string text =
          object_text({.object = object, .seed = seed, .operations = 14, .is_wrong = true});
      const Judged judged = judge_text(text, {.model = "sequential"});
      if (judged.verdict != Verdict::kViolated) continue;
      EXPECT_EQ(verified(judged), "") << object << "\n" << text << judged.certificate;
      ++proven;
    }
    EXPECT_GT(proven, std::string_view(object) == "register" ? -1 : 1) << object;
  }
}

// Registers with unique values, read as they were or as they had been some time before.
TEST(Certificates, OfAllModelsOfRegistersAreAcceptedForBothVerdicts) {
  Tally tally;
  std::vector<std::string> models = {"read_your_writes+monotonic_reads",
                                     "read_your_writes+monotonic_reads+monotonic_writes"};
  for (const auto& model : models::register_models()) models.emplace_back(model.name);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::string text = testing::register_text(seed, 10 + seed % 20, seed % 3 * 20);
    for (const std::string& model : models) {
      tally.add(judge_text(text, {.model = model, .staleness_versions = 1}),
                fmt::format("seed {}", seed));
    }
  }
  for (const std::string& model : models) {
    EXPECT_GT(tally.accepted[model + " holds"], 8) << model;
    EXPECT_GT(tally.accepted[model + " violated"], 6) << model;
    EXPECT_EQ(tally.bare[model + " holds"], 0) << model;
    EXPECT_EQ(tally.bare[model + " violated"], 0) << model;
  }
}

// Values repeat here, and compare-and-sets read and write. Where all choices of what reads saw were
// tried in vain there is no certificate.
TEST(Certificates, OfRegistersWhoseValuesRepeatAreAccepted) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const std::string text = object_text({.object = "register",
                                          .seed = seed,
                                          .operations = 12 + static_cast<std::uint32_t>(seed % 20),
                                          .is_wrong = seed % 3 != 0});
    for (const auto& model : models::register_models()) {
      const Judged judged = judge_text(text, {.model = std::string(model.name)});
      EXPECT_NE(judged.verdict, Verdict::kUnknown) << model.name << "\n" << text;
      tally.add(judged, fmt::format("seed {}", seed));
      if (judged.verdict != Verdict::kHolds) continue;
      // What reads saw is a part of the proof.
      auto changed = nlohmann::json::parse(judged.certificate);
      if (!changed.contains("sources") || model.name == "regular" || model.name == "safe") continue;
      changed.erase("sources");
      const bool of_reads = models::register_model_implies("regular", model.name);
      EXPECT_EQ(verifier::verify(judged.history, changed.dump()).empty(), of_reads) << model.name;
    }
  }
  for (const auto& model : models::register_models()) {
    const std::string name(model.name);
    EXPECT_GT(tally.accepted[name + " holds"], 10) << name;
    EXPECT_EQ(tally.bare[name + " holds"], 0) << name;
    EXPECT_LT(tally.bare[name + " violated"], 5) << name;
  }
}

TEST(Certificates, OfPromisesAreAcceptedForBothVerdicts) {
  const std::map<std::string, std::vector<std::string>> promises = {
      {"lock", {"mutual_exclusion"}},
      {"ids", {"unique"}},
      {"set", {"consistent_prefix", "durable", "eventual"}},
      {"log", {"consistent_prefix", "durable", "unique"}},
      {"queue", {"durable"}},
      {"stack", {"durable"}},
      {"register", {"durable", "eventual"}},
      {"counter", {"eventual"}}};
  for (const auto& [object, models] : promises) {
    for (const std::string& model : models) {
      Tally tally;
      for (std::uint64_t seed = 1; seed <= 120; ++seed) {
        const std::string text = testing::promise_text(object, seed);
        tally.add(judge_text(text, {.model = model}), object);
      }
      EXPECT_GT(tally.accepted[model + " holds"], 3) << object;
      EXPECT_GT(tally.accepted[model + " violated"], 3) << object;
      EXPECT_TRUE(tally.bare.empty()) << object << " " << model;
    }
  }
}

// Transfers between three accounts, and reads of all of them; `wrong` of these lacks or adds
// something, or shows a debt.
std::string bank_text(std::uint64_t seed, bool wrong) {
  std::string text;
  std::int64_t balances[3] = {50, 30, 20};
  for (std::uint64_t i = 0; i < 12; ++i) {
    const std::uint64_t from = (seed + i * 7) % 3;
    const std::uint64_t to = (from + 1 + i % 2) % 3;
    const std::int64_t amount =
        std::min<std::int64_t>(balances[from], 5 + static_cast<std::int64_t>(i));
    const std::string transfer =
        fmt::format(R"({{"from": {}, "to": {}, "amount": {}}})", from, to, amount);
    balances[from] -= amount;
    balances[to] += amount;
    const bool spoils = wrong && i == 5 + seed % 4;
    const std::int64_t debt = spoils && seed % 3 == 0 ? balances[0] + 4 : 0;
    const std::string found =
        fmt::format(R"({{"0": {}, "1": {}, "2": {}}})", balances[0] - debt, balances[1] + debt,
                    balances[2] + (spoils && seed % 3 != 0 ? 1 : 0));
    for (const auto& [f, in, out] : {std::tuple("transfer", transfer, transfer),
                                     std::tuple("read", std::string("null"), found)}) {
      text += fmt::format(
          "{{\"type\": \"invoke\", \"process\": 0, \"f\": \"{0}\", \"value\": {1}}}\n"
          "{{\"type\": \"ok\", \"process\": 0, \"f\": \"{0}\", \"value\": {2}}}\n",
          f, in, out);
    }
  }
  return text;
}

TEST(Certificates, OfBanksAreAcceptedForBothVerdicts) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    for (const char* const model : {"bank-total", "bank-non-negative"}) {
      const Judged judged =
          judge_text(bank_text(seed, seed % 2 == 0), {.model = model, .total = 100});
      tally.add(judged, model);
      // Of another bank, or with the other verdict, it is none.
      auto changed = nlohmann::json::parse(judged.certificate);
      changed["verdict"] = judged.verdict == Verdict::kHolds ? "violated" : "holds";
      EXPECT_NE(verifier::verify(judged.history, changed.dump()), "");
      changed = nlohmann::json::parse(judged.certificate);
      changed["total"] = 99;
      const bool counts =
          std::string_view(model) == "bank-total" && judged.verdict == Verdict::kHolds;
      const bool is_rejected = !verifier::verify(judged.history, changed.dump()).empty();
      EXPECT_TRUE(is_rejected || !counts);
    }
  }
  for (const char* const model : {"bank-total", "bank-non-negative"}) {
    EXPECT_GT(tally.accepted[std::string(model) + " holds"], 3) << model;
    EXPECT_GT(tally.accepted[std::string(model) + " violated"], 3) << model;
  }
  EXPECT_TRUE(tally.bare.empty());
}

// The same with reads of all keys instead of some others: of what was there, or has just gone.
std::string with_reads_of_all(const std::string& text, bool lists) {
  std::istringstream lines(text);
  std::map<std::string, nlohmann::json> now;
  std::string result;
  std::int64_t reader = 1'000;
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line);
    result += line + "\n";
    if (event["type"] != "ok") continue;
    for (const auto& micro : event["value"]) {
      const std::string key = micro[1].dump();
      if (micro[0] == "append") now[key].push_back(micro[2]);
      if (micro[0] == "w") now[key] = micro[2];
    }
    if (++reader % 3 != 0) continue;
    const nlohmann::json found = now.empty() ? nlohmann::json::object() : nlohmann::json(now);
    for (const char* const type : {"invoke", "ok"}) {
      const nlohmann::json seen = std::string_view(type) == "ok" ? found : nlohmann::json();
      result +=
          nlohmann::json{
              {"type", type}, {"process", reader}, {"f", "txn"}, {"value", {{"rp", "true", seen}}}}
              .dump() +
          "\n";
    }
  }
  EXPECT_TRUE(lists || !now.empty());
  return result;
}

TEST(Certificates, OfReadsOfAllKeysAreAcceptedForBothVerdicts) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const bool lists = seed % 2 == 0;
    const std::string text = with_reads_of_all(testing::txn_text(seed, lists), lists);
    for (const std::string_view model : models::isolation_models()) {
      tally.add(judge_text(text, {.model = std::string(model)}), fmt::format("seed {}", seed));
    }
  }
  int holds = 0;
  int violated = 0;
  for (const auto& [name, count] : tally.accepted)
    (name.ends_with("holds") ? holds : violated) += count;
  EXPECT_GT(holds, 300);
  EXPECT_GT(violated, 300);
  for (const auto& [name, count] : tally.bare) ADD_FAILURE() << name << ": " << count;
}

TEST(Certificates, OfEachPlantedAnomalyAreAccepted) {
  for (const bench::PlantedTxns& planted : bench::planted_txns()) {
    for (const bool lists : {true, false}) {
      if ((lists ? planted.lists : planted.registers).empty()) continue;
      bench::TxnGenerator generator({.txns = 60, .lists = lists, .plant = planted.name});
      const std::string text = generator.run();
      const Judged judged = judge_text(text, {.model = std::string(planted.model)});
      EXPECT_EQ(judged.verdict, Verdict::kViolated);
      EXPECT_EQ(verified(judged), "")
          << planted.name << (lists ? " of lists\n" : " of registers\n") << judged.certificate;
    }
  }
}

TEST(Certificates, OfAllLevelsOfIsolationAreAccepted) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const std::string text = testing::txn_text(seed, seed % 2 == 0);
    for (const std::string_view model : models::isolation_models()) {
      tally.add(judge_text(text, {.model = std::string(model)}), fmt::format("seed {}", seed));
    }
  }
  for (const std::string_view model : models::isolation_models()) {
    const std::string name(model);
    EXPECT_GT(tally.accepted[name + " holds"], 3) << name;
    EXPECT_EQ(tally.bare[name + " holds"], 0) << name;
    EXPECT_EQ(tally.bare[name + " violated"], 0) << name;
    // Only cycles of writes, or garbage, violate them.
    const bool rarely =
        name.find("uncommitted") != std::string::npos || name == "view-serializable";
    EXPECT_TRUE(rarely || tally.accepted[name + " violated"] > 2) << name;
  }
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
    const Judged judged = judge_text(text, options, knossos ? "0" : "");
    const std::string problem = verified(judged);
    EXPECT_TRUE(problem.empty() || problem == verifier::kNoProof) << path << ": " << problem;
    proven += problem.empty() ? 1 : 0;
    if (nlohmann::json::parse(judged.certificate)["subject"] != "register") continue;
    // Their values repeat, nearly always.
    for (const char* const model : {"sequential", "causal", "monotonic_reads", "regular"}) {
      options.model = model;
      const Judged weaker = judge_text(text, options, knossos ? "0" : "");
      EXPECT_NE(weaker.verdict, Verdict::kUnknown) << path << ": " << model;
      EXPECT_EQ(verified(weaker), "") << path << ": " << model;
    }
  }
  EXPECT_GT(proven, 100U);
}

}  // namespace
}  // namespace quorumlab
