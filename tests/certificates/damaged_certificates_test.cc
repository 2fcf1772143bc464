// A verifier that accepts everything would prove nothing: certificates that claim something else,
// or of which a part was changed, are rejected.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/planted.h"
#include "bench/txn_generator.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/register_models.h"
#include "tests/certificates/judged.h"
#include "tests/certificates/object_text.h"
#include "tests/verifier/verify.h"

namespace quorumlab {
namespace {

using Json = nlohmann::json;
using models::Verdict;
using testing::judge_text;
using testing::Judged;

bool is_accepted(const Judged& judged, const Json& certificate) {
  return verifier::verify(judged.history, certificate.dump()).empty();
}

// Of one history: a certificate for one model is none for a model with another verdict.
void claim_others(const std::string& text, const std::vector<std::string>& models, int& tried) {
  std::vector<Judged> all;
  for (const std::string& model : models) all.push_back(judge_text(text, {.model = model}));
  for (const Judged& one : all) {
    if (one.verdict == Verdict::kUnknown) continue;
    Json changed = Json::parse(one.certificate);
    changed["verdict"] = one.verdict == Verdict::kHolds ? "violated" : "holds";
    EXPECT_FALSE(is_accepted(one, changed)) << one.model << "\n" << changed.dump(1) << one.history;
    for (const Judged& other : all) {
      if (other.verdict == Verdict::kUnknown || other.verdict == one.verdict) continue;
      ++tried;
      changed = Json::parse(one.certificate);
      changed["property"] = other.model;
      EXPECT_FALSE(is_accepted(one, changed)) << one.model << " as " << other.model << "\n"
                                              << changed.dump(1) << one.history;
      changed["proves"] = other.model;
      EXPECT_FALSE(is_accepted(one, changed)) << one.model << " as " << other.model << "\n"
                                              << changed.dump(1) << one.history;
    }
  }
}

TEST(DamagedCertificates, DoNotProveAnotherModelOfRegisters) {
  std::vector<std::string> models;
  for (const auto& model : models::register_models()) models.emplace_back(model.name);
  int tried = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    claim_others(testing::register_text(seed, 8 + seed % 16, seed % 3 * 20), models, tried);
  }
  EXPECT_GT(tried, 1'000);
}

TEST(DamagedCertificates, DoNotProveAnotherLevelOfIsolation) {
  std::vector<std::string> models;
  for (const std::string_view model : models::isolation_models()) models.emplace_back(model);
  int tried = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    claim_others(testing::txn_text(seed, seed % 2 == 0), models, tried);
  }
  EXPECT_GT(tried, 2'000);
}

TEST(DamagedCertificates, DoNotProveAnotherPromise) {
  const std::map<std::string, std::vector<std::string>> promises = {
      {"lock", {"mutual_exclusion", "linearizable"}},
      {"ids", {"unique", "linearizable"}},
      {"set", {"consistent_prefix", "durable", "eventual", "linearizable"}},
      {"log", {"consistent_prefix", "durable", "eventual", "unique", "linearizable"}},
      {"register", {"durable", "eventual", "linearizable"}}};
  int tried = 0;
  for (const auto& [object, models] : promises) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      claim_others(testing::promise_text(object, seed), models, tried);
    }
  }
  EXPECT_GT(tried, 100);
}

struct Damage {
  const char* name;
  std::function<bool(Json&, std::size_t)> apply;  // false: there is nothing to damage
  int percent;                                    // of them must be rejected, at least
};

bool swap_two(Json& order, std::size_t at) {
  if (order.size() < 6) return false;
  const std::size_t i = at % (order.size() - 4);
  std::swap(order[i], order[i + 4]);
  return true;
}

bool turn_round(Json& order, std::size_t) {
  std::reverse(order.begin(), order.end());
  return order.size() > 5;
}

bool drop_one(Json& list, std::size_t at) {
  if (list.size() < 2) return false;
  list.erase(at % list.size());
  return true;
}

bool replace_one(Json& list, std::size_t at) {
  if (list.empty()) return false;
  Json& one = list[at % list.size()];
  one = one.get<std::size_t>() == 0 ? 1 : one.get<std::size_t>() - 1;
  return true;
}

// Of a violation; what else was found is no proof.
bool has_cycle(const Json& c) {
  return c["verdict"] == "violated" && c.contains("anomalies") &&
         c["anomalies"][0].contains("cycle");
}

// What damages `part` of a certificate; `at` says where.
using Change = std::function<bool(Json&, std::size_t)>;

Change in(const char* part, bool (*damage)(Json&, std::size_t)) {
  return [=](Json& c, std::size_t at) { return c.contains(part) && damage(c[part], at); };
}

// Of one of several parts, or of what is within it.
Change in_one(const char* part, const char* inner, bool (*damage)(Json&, std::size_t)) {
  return [=](Json& c, std::size_t at) {
    if (!c.contains(part) || c[part].empty()) return false;
    Json& one = c[part][at % c[part].size()];
    if (*inner == '\0') return damage(one, at);
    return one.contains(inner) && damage(one[inner], at);
  };
}

std::vector<Damage> damages_of_orders() {
  return {
      {"two operations of an order swapped", in_one("orders", "", swap_two), 60},
      {"an operation of an order dropped", in_one("orders", "", drop_one), 90},
      {"an operation of an order named twice", in_one("orders", "", replace_one), 90},
      {"an order dropped",
       [](Json& c, std::size_t at) { return c.contains("orders") && drop_one(c["orders"], at); },
       95},
      {"two commits swapped", in("commit", swap_two), 60},
      {"a commit dropped", in("commit", drop_one), 90},
      {"a commit named twice", in("commit", replace_one), 100},
      {"a view turned round", in_one("views", "order", turn_round), 90},
      {"an operation of a view dropped", in_one("views", "order", drop_one), 90},
      {"a view dropped", in("views", drop_one), 80},
  };
}

// Where there are several cycles, those; else that of the first anomaly.
Json* cycles_of(Json& c) {
  if (c["verdict"] != "violated") return nullptr;
  Json& claim = c.contains("anomalies") ? c["anomalies"][0] : c;
  return claim.contains("cycles") ? &claim["cycles"] : nullptr;
}

Change in_cycles(const std::function<bool(Json& cycles, std::size_t)>& damage) {
  return [=](Json& c, std::size_t at) {
    Json* const cycles = cycles_of(c);
    return cycles != nullptr && damage(*cycles, at);
  };
}

// One step of one of them.
Change in_step(const std::function<bool(Json& step, std::size_t)>& damage) {
  return in_cycles([=](Json& cycles, std::size_t at) {
    Json& cycle = cycles[at % cycles.size()];
    return damage(cycle[at / 2 % cycle.size()], at);
  });
}

std::vector<Damage> damages_of_cycles() {
  return {
      {"a cycle dropped", in_cycles([](Json& cycles, std::size_t at) {
         cycles.erase(at % cycles.size());
         return true;
       }),
       100},
      {"a step dropped", in_cycles([](Json& cycles, std::size_t at) {
         return drop_one(cycles[at % cycles.size()], at / 2);
       }),
       100},
      {"a step from elsewhere", in_step([](Json& step, std::size_t) {
         step["from"] = step["from"] == 0 ? 1 : step["from"].get<std::size_t>() - 1;
         return true;
       }),
       100},
      {"a step of another kind", in_step([](Json& step, std::size_t) {
         step["kind"] = step["kind"] == "rw" ? "ww" : "rw";
         return true;
       }),
       95},
      {"a supposition forgotten",
       in_step([](Json& step, std::size_t) { return step.erase("if") == 1; }), 90},
      {"a supposition turned round", in_step([](Json& step, std::size_t) {
         if (step.contains("if")) std::swap(step["if"][0], step["if"][1]);
         return step.contains("if");
       }),
       100},
      {"sessions for what was read", in_step([](Json& step, std::size_t) {
         const bool reads = step["kind"] == "wr";
         if (reads) step["kind"] = "process";
         return reads;
       }),
       60},
  };
}

std::vector<Damage> damages_of_violations() {
  return {
      {"an edge dropped",
       [](Json& c, std::size_t at) {
         return has_cycle(c) && drop_one(c["anomalies"][0]["cycle"], at);
       },
       100},
      {"an edge of another kind",
       [](Json& c, std::size_t at) {
         if (!has_cycle(c)) return false;
         Json& cycle = c["anomalies"][0]["cycle"];
         Json& kind = cycle[at % cycle.size()]["kind"];
         kind = kind == "rw" ? "ww" : "rw";
         return true;
       },
       95},
      {"an anomaly called otherwise",
       [](Json& c, std::size_t) {
         if (!has_cycle(c)) return false;
         Json& type = c["anomalies"][0]["type"];
         type = type.get<std::string>().starts_with("G2") ? "G-single-item" : "G2-item";
         return true;
       },
       100},
      {"an operation of a core dropped",
       [](Json& c, std::size_t at) { return c.contains("core") && drop_one(c["core"]["ops"], at); },
       75},
  };
}

TEST(DamagedCertificates, AreRejected) {
  std::vector<Judged> whole;
  const auto add = [&](Judged judged) {
    if (testing::verified(judged).empty()) whole.push_back(std::move(judged));
  };
  for (const bench::PlantedTxns& planted : bench::planted_txns()) {
    if (!planted.name.starts_with("no-")) continue;
    bench::TxnGenerator generator({.txns = 20, .lists = false, .plant = planted.name});
    add(judge_text(generator.run(), {.model = std::string(planted.model)}));
  }
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    for (const char* const model :
         {"causal", "pram", "causal_convergence", "linearizable", "sequential"}) {
      add(judge_text(testing::register_text(seed, 24, seed % 3 * 20), {.model = model}));
    }
    for (const char* const model : {"strict-serializable", "snapshot-isolation", "prefix", "causal",
                                    "read-atomic", "read-committed", "serializable"}) {
      add(judge_text(testing::txn_text(seed, seed % 2 == 0), {.model = model}));
    }
    if (seed > 18) continue;
    for (const char* const object : {"queue", "stack", "set", "log", "kv", "counter"}) {
      add(judge_text(
          testing::object_text(
              {.object = object, .seed = seed, .operations = 24, .is_wrong = seed % 2 == 0}),
          {}));
    }
  }
  std::vector<Damage> damages = damages_of_orders();
  for (Damage& damage : damages_of_violations()) damages.push_back(std::move(damage));
  for (Damage& damage : damages_of_cycles()) damages.push_back(std::move(damage));
  for (const Damage& damage : damages) {
    int tried = 0;
    int rejected = 0;
    std::size_t at = 0;
    for (const Judged& judged : whole) {
      Json certificate = Json::parse(judged.certificate);
      if (!damage.apply(certificate, at++)) continue;
      ++tried;
      rejected += is_accepted(judged, certificate) ? 0 : 1;
    }
    EXPECT_GE(tried, 8) << damage.name;
    EXPECT_GE(100 * rejected, damage.percent * tried)
        << damage.name << ": " << rejected << " of " << tried;
  }
}

// Two values of each of two keys, seen in all four combinations: whatever is supposed of one key is
// ruled out only together with what is supposed of the other, so that a clause has to be learned.
TEST(DamagedCertificates, NeedEveryClauseThatWasLearned) {
  const std::vector<std::string> txns = {R"([["w",0,1]])",           R"([["w",0,2]])",
                                         R"([["w",1,3]])",           R"([["w",1,4]])",
                                         R"([["r",0,1],["r",1,3]])", R"([["r",0,1],["r",1,4]])",
                                         R"([["r",0,2],["r",1,3]])", R"([["r",0,2],["r",1,4]])"};
  std::string text;
  for (const char* const type : {"invoke", "ok"}) {
    for (std::size_t i = 0; i < txns.size(); ++i) {
      text += fmt::format(R"({{"type": "{}", "process": {}, "f": "txn", "value": {}}})", type, i,
                          txns[i]) +
              "\n";
    }
  }
  for (const char* const model : {"serializable", "snapshot-isolation", "prefix"}) {
    const Judged judged = judge_text(text, {.model = model});
    ASSERT_EQ(judged.verdict, Verdict::kViolated);
    EXPECT_EQ(testing::verified(judged), "") << judged.certificate;
    const Json whole = Json::parse(judged.certificate);
    const Json& learned = whole["anomalies"][0]["learned"];
    ASSERT_FALSE(learned.empty()) << judged.certificate;
    Json changed = whole;
    changed["anomalies"][0].erase("learned");
    EXPECT_FALSE(is_accepted(judged, changed));
    for (std::size_t i = 0; i < learned.size(); ++i) {
      changed = whole;
      changed["anomalies"][0]["learned"][i] = Json::array();
      EXPECT_FALSE(is_accepted(judged, changed));
    }
    for (std::size_t i = 0; i < whole["anomalies"][0]["cycles"].size(); ++i) {
      changed = whole;
      changed["anomalies"][0]["cycles"].erase(i);
      EXPECT_FALSE(is_accepted(judged, changed));
    }
  }
}

}  // namespace
}  // namespace quorumlab
