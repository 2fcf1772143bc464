// Judges with a planted mistake: their certificates are about another history than the one they
// were asked about, or about another object, and the verifier does not accept them. So mistakes
// that a checker shares with its oracle, as a wrong idea of what a queue does, are found too.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/certificates/judged.h"
#include "tests/certificates/object_text.h"
#include "tests/verifier/verify.h"

namespace quorumlab {
namespace {

using Json = nlohmann::json;
using models::ObjectKind;
using testing::Judged;

// Changes an event; `number` counts them.
using Edit = std::function<void(Json& event, std::size_t number)>;

struct Mutant {
  const char* mistake;
  const char* object;
  models::JudgeOptions right;
  models::JudgeOptions wrong;
  Edit edit = {};
};

std::string edited(const std::string& text, const Edit& edit) {
  if (!edit) return text;
  std::istringstream lines(text);
  std::string result;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    Json event = Json::parse(line);
    edit(event, number++);
    result += event.dump() + "\n";
  }
  return result;
}

bool is_ok(const Json& event, const char* f) {
  return event["type"] == "ok" && event["f"] == f;
}

void lose(Json& event) {
  event["type"] = "info";
}

Edit forget_answers(const char* f) {
  return [f](Json& event, std::size_t) {
    if (is_ok(event, f)) event["value"] = nullptr;
  };
}

Edit lose_each(const char* f, std::size_t nth) {
  return [f, nth](Json& event, std::size_t number) {
    if (is_ok(event, f) && number % nth == 0) lose(event);
  };
}

Edit count_from_one(const char* f) {
  return [f](Json& event, std::size_t) {
    if (is_ok(event, f) && event["value"].is_number())
      event["value"] = event["value"].get<int>() + 1;
  };
}

std::vector<Mutant> mutants_of_objects() {
  return {
      {"a queue gives the last", "queue", {}, {.object = ObjectKind::kStack}},
      {"a stack gives the first", "stack", {}, {.object = ObjectKind::kQueue}},
      {"a counter adds one more",
       "counter",
       {},
       {},
       [](Json& event, std::size_t) {
         if (event["f"] == "inc" && event["value"].is_number()) event["value"] = 2;
       }},
      {"a counter is read as one more", "counter", {}, {}, count_from_one("read")},
      {"a lock gives any token", "lock", {}, {}, forget_answers("acquire")},
      {"nobody remembers what was generated", "ids", {}, {}, forget_answers("generate")},
      {"a log has any offsets", "log", {}, {}, forget_answers("send")},
      {"a set is read in part",
       "set",
       {},
       {},
       [](Json& event, std::size_t) {
         if (is_ok(event, "read") && !event["value"].empty()) event["value"].erase(0);
       }},
      {"a register is written as something else",
       "register",
       {},
       {},
       [](Json& event, std::size_t) {
         if (event["f"] == "write") event["value"] = 9;
       }},
      {"unknown is failed",
       "queue",
       {},
       {},
       [](Json& event, std::size_t) {
         if (event["type"] == "info") event["type"] = "fail";
       }},
  };
}

std::vector<Mutant> mutants_of_promises() {
  return {
      {"tokens need not grow",
       "lock",
       {.model = "mutual_exclusion"},
       {.model = "mutual_exclusion"},
       forget_answers("acquire")},
      {"some holders are not seen",
       "lock",
       {.model = "mutual_exclusion"},
       {.model = "mutual_exclusion"},
       lose_each("acquire", 3)},
      {"some ids are not seen",
       "ids",
       {.model = "unique"},
       {.model = "unique"},
       lose_each("generate", 3)},
      {"what is in the last reads is not seen",
       "set",
       {.model = "durable"},
       {.model = "durable"},
       [](Json& event, std::size_t number) {
         if (is_ok(event, "read") && number > 22) event["value"] = Json::array();
       }},
      {"acknowledged is unknown",
       "set",
       {.model = "durable"},
       {.model = "durable"},
       lose_each("add", 2)},
      {"some last reads are not seen",
       "set",
       {.model = "eventual"},
       {.model = "eventual"},
       lose_each("read", 5)},
      {"a beginning lacks its first element",
       "set",
       {.model = "consistent_prefix"},
       {.model = "consistent_prefix"},
       [](Json& event, std::size_t number) {
         if (is_ok(event, "read") && number % 3 == 0 && !event["value"].empty()) {
           event["value"].erase(0);
         }
       }},
      {"acknowledged writes are unknown",
       "register",
       {.model = "durable"},
       {.model = "durable"},
       lose_each("write", 1)},
  };
}

// Of the history and the object that were asked about.
Json about(const Judged& wrong, const Judged& right) {
  Json certificate = Json::parse(wrong.certificate);
  certificate["subject"] = Json::parse(right.certificate)["subject"];
  return certificate;
}

void expect_killed(const std::vector<Mutant>& mutants) {
  for (const Mutant& mutant : mutants) {
    int rejected = 0;
    for (std::uint64_t seed = 1; seed <= (mutant.right.model.empty() ? 10U : 30U); ++seed) {
      const std::string text = mutant.right.model.empty()
                                   ? testing::object_text({.object = mutant.object,
                                                           .seed = seed,
                                                           .operations = 20,
                                                           .unknown = 10,
                                                           .is_wrong = seed % 2 == 0})
                                   : testing::promise_text(mutant.object, seed);
      const Judged right = testing::judge_text(text, mutant.right);
      const Judged wrong = testing::judge_text(edited(text, mutant.edit), mutant.wrong);
      if (wrong.verdict == models::Verdict::kUnknown) continue;
      EXPECT_NE(right.verdict, models::Verdict::kUnknown) << mutant.mistake;
      EXPECT_EQ(testing::verified(right), "") << mutant.mistake << "\n" << text;
      const std::string problem = verifier::verify(right.history, about(wrong, right).dump());
      rejected += problem.empty() ? 0 : 1;
    }
    EXPECT_GT(rejected, 0) << mutant.mistake;
  }
}

TEST(Mutants, OfSpecificationsAreKilledByTheVerifier) {
  expect_killed(mutants_of_objects());
}

TEST(Mutants, OfPromisesAreKilledByTheVerifier) {
  expect_killed(mutants_of_promises());
}

// Where the certificate says how much staleness was allowed, too little or too much is noticed.
TEST(Mutants, OfStalenessAreKilledByTheVerifier) {
  for (const std::uint64_t wrong_bound : {0U, 2U}) {
    int rejected = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const std::string text = testing::register_text(seed, 20, 40);
      const Judged wrong = testing::judge_text(
          text, {.model = "bounded_staleness", .staleness_versions = wrong_bound});
      Json certificate = Json::parse(wrong.certificate);
      EXPECT_EQ(testing::verified(wrong), "");
      certificate["versions"] = 1;
      rejected += verifier::verify(wrong.history, certificate.dump()).empty() ? 0 : 1;
    }
    EXPECT_GT(rejected, 0) << wrong_bound;
  }
}

}  // namespace
}  // namespace quorumlab
