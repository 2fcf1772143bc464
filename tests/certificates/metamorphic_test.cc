// What changes nothing of a history changes no verdict; and what only takes knowledge away turns no
// history that holds into one that is violated. Over all models of registers, the levels of
// isolation and the objects, as text, in every form.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/isolation_models.h"
#include "models/consistency/register_models.h"
#include "tests/certificates/judged.h"
#include "tests/certificates/object_text.h"

namespace quorumlab {
namespace {

using Json = nlohmann::json;
using Events = std::vector<Json>;
using models::Verdict;

Events events_of(const std::string& text) {
  Events events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
  return events;
}

std::string text_of(const Events& events) {
  std::string text;
  for (const Json& event : events) text += event.dump() + "\n";
  return text;
}

models::Finding judge(const std::string& text, const std::string& model) {
  models::JournalResult read = models::read_journal(text);
  EXPECT_FALSE(read.error) << read.error->message << "\n" << text;
  return judge_journal(*read.journal, {.model = model, .staleness_versions = 1});
}

Verdict verdict(const Events& events, const std::string& model) {
  return judge(text_of(events), model).verdict;
}

// One history, and under which models it is judged.
struct Sample {
  std::string subject;
  Events events;
  std::vector<std::string> models;
};

std::vector<Sample> samples(int seeds) {
  std::vector<std::string> of_registers;
  for (const auto& model : models::register_models()) of_registers.emplace_back(model.name);
  of_registers.emplace_back("read_your_writes+monotonic_reads");
  std::vector<std::string> of_txns;
  for (const std::string_view model : models::isolation_models()) of_txns.emplace_back(model);
  std::vector<Sample> result;
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(seeds); ++seed) {
    const auto add = [&](const std::string& subject, const std::string& text,
                         const std::vector<std::string>& models) {
      result.push_back({subject, events_of(text), models});
    };
    add("registers", testing::register_text(seed, 10 + seed % 8, seed % 3 * 15), of_registers);
    add("txns", testing::txn_text(seed, seed % 2 == 0), of_txns);
    for (const char* const object : {"kv", "counter", "set", "queue", "stack", "log", "lock"}) {
      add(object,
          testing::object_text(
              {.object = object, .seed = seed, .operations = 16, .is_wrong = seed % 2 == 0}),
          {"linearizable", "sequential"});
    }
  }
  return result;
}

void expect_same(const Sample& sample, const Events& changed, const char* what) {
  for (const std::string& model : sample.models) {
    EXPECT_EQ(verdict(sample.events, model), verdict(changed, model))
        << what << ", " << model << " of " << sample.subject << "\n"
        << text_of(sample.events) << "became\n"
        << text_of(changed);
  }
}

// Every number by `rename` but null; texts, truth and what is around them stay.
void rename_numbers(Json& value, const std::function<std::int64_t(std::int64_t)>& rename) {
  if (value.is_number_integer()) value = rename(value.get<std::int64_t>());
  if (!value.is_array()) return;
  for (Json& part : value) rename_numbers(part, rename);
}

TEST(Metamorphic, ProcessesMayBeCalledOtherwise) {
  for (const Sample& sample : samples(6)) {
    Events changed = sample.events;
    for (Json& event : changed) event["process"] = 5'000 - 7 * event["process"].get<std::int64_t>();
    expect_same(sample, changed, "other processes");
  }
}

// Keys and values both: of counters, locks and logs a number means more than its name.
TEST(Metamorphic, KeysAndValuesMayBeCalledOtherwise) {
  const std::set<std::string> named = {"registers", "txns", "set", "queue", "stack"};
  for (const Sample& sample : samples(6)) {
    if (!named.contains(sample.subject)) continue;
    Events changed = sample.events;
    for (Json& event : changed) {
      rename_numbers(event["value"], [](std::int64_t v) { return (v * 37 + 11) % 1'009 + 5; });
    }
    expect_same(sample, changed, "other names");
  }
}

TEST(Metamorphic, TimeMayBeShiftedAndScaled) {
  for (const Sample& sample : samples(6)) {
    Events changed = sample.events;
    for (Json& event : changed) {
      if (event.contains("time")) event["time"] = 5'000 + 3 * event["time"].get<std::int64_t>();
    }
    expect_same(sample, changed, "another time");
  }
}

TEST(Metamorphic, NeighboursThatBothBeginOrBothEndMayChangePlaces) {
  for (const Sample& sample : samples(6)) {
    Events changed = sample.events;
    for (std::size_t i = 0; i + 1 < changed.size(); i += 2) {
      const bool begins = changed[i]["type"] == "invoke";
      const bool next_begins = changed[i + 1]["type"] == "invoke";
      if (begins == next_begins) std::swap(changed[i], changed[i + 1]);
    }
    expect_same(sample, changed, "another order of events");
  }
}

// But for transactions, of which a write that failed may have been read: with it, that has a name.
TEST(Metamorphic, WhatFailedMayBeLeftOut) {
  for (const Sample& sample : samples(6)) {
    if (sample.subject == "txns") continue;
    Events changed;
    std::map<std::int64_t, std::size_t> open;  // by process: where in `changed`
    for (const Json& event : sample.events) {
      const std::int64_t process = event["process"];
      if (event["type"] == "fail") {
        changed[open[process]] = nullptr;
        continue;
      }
      if (event["type"] == "invoke") open[process] = changed.size();
      changed.push_back(event);
    }
    std::erase_if(changed, [](const Json& event) { return event.is_null(); });
    if (!changed.empty()) expect_same(sample, changed, "without what failed");
  }
}

TEST(Metamorphic, AnotherFormKeepsTheVerdict) {
  for (const Sample& sample : samples(6)) {
    models::JournalResult read = models::read_journal(text_of(sample.events));
    ASSERT_FALSE(read.error);
    const std::string edn = to_jepsen_edn(*read.journal);
    const std::string json = to_jepsen_json(*read.journal);
    for (const std::string& model : sample.models) {
      const Verdict expected = verdict(sample.events, model);
      EXPECT_EQ(judge(edn, model).verdict, expected) << "EDN, " << model << "\n" << edn;
      EXPECT_EQ(judge(json, model).verdict, expected) << "JSON, " << model << "\n" << json;
      EXPECT_EQ(judge("[" + edn + "]", model).verdict, expected) << "a vector, " << model;
    }
    if (sample.subject != "kv") continue;
    Events keyed = sample.events;
    for (Json& event : keyed) event["key"] = "k";
    models::JournalResult with_keys = models::read_journal(text_of(keyed));
    ASSERT_FALSE(with_keys.error);
    const std::string log = to_porcupine(*with_keys.journal);
    EXPECT_EQ(judge(log, "linearizable").verdict, verdict(sample.events, "linearizable")) << log;
  }
}

// Other clients on other keys: the two have nothing to do with one another.
Events beside(const Events& a, const Events& b, bool txns) {
  Events result;
  std::size_t next = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i < a.size()) result.push_back(a[i]);
    if (i >= b.size()) continue;
    Json other = b[next++];
    other["process"] = other["process"].get<std::int64_t>() + 5'000;
    if (txns) {
      for (Json& micro : other["value"]) micro[1] = micro[1].get<std::int64_t>() + 50;
    } else {
      other["value"][0] = other["value"][0].get<std::int64_t>() + 50;
    }
    result.push_back(other);
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i].contains("time")) result[i]["time"] = 1'000'000 * (i + 1);
  }
  return result;
}

TEST(Metamorphic, TwoHistoriesBesideOneAnotherHoldWhatBothHold) {
  std::map<std::string, const Sample*> before;
  const std::vector<Sample> all = samples(10);
  for (const Sample& sample : all) {
    const bool txns = sample.subject == "txns";
    if (!txns && sample.subject != "registers") continue;
    // Lists and registers cannot be mixed.
    const std::string kind =
        txns ? sample.subject +
                   (text_of(sample.events).find("append") == std::string::npos ? "w" : "a")
             : sample.subject;
    const Sample* const other = before[kind];
    before[kind] = &sample;
    if (other == nullptr) continue;
    const Events both = beside(sample.events, other->events, txns);
    for (const std::string& model : sample.models) {
      const Verdict one = verdict(sample.events, model);
      const Verdict two = verdict(other->events, model);
      const Verdict together = verdict(both, model);
      if (one == Verdict::kViolated || two == Verdict::kViolated) {
        EXPECT_EQ(together, Verdict::kViolated) << model << "\n" << text_of(both);
      } else if (one == Verdict::kHolds && two == Verdict::kHolds) {
        EXPECT_NE(together, Verdict::kViolated) << model << "\n" << text_of(both);
      }
    }
  }
}

// The same again on keys of another name, by other clients.
TEST(Metamorphic, AKeyMayBeThereTwice) {
  for (const Sample& sample : samples(6)) {
    const bool txns = sample.subject == "txns";
    if (!txns && sample.subject != "registers") continue;
    const Events twice = beside(sample.events, sample.events, txns);
    for (const std::string& model : sample.models) {
      const Verdict once = verdict(sample.events, model);
      if (once == Verdict::kUnknown) continue;
      const Verdict both = verdict(twice, model);
      EXPECT_TRUE(both == once || both == Verdict::kUnknown) << model << "\n" << text_of(twice);
    }
  }
}

void expect_not_condemned(const Sample& sample, const Events& less, const std::string& model,
                          const char* what) {
  EXPECT_NE(verdict(less, model), Verdict::kViolated)
      << what << ", " << model << " of " << sample.subject << "\n"
      << text_of(sample.events) << "became\n"
      << text_of(less);
}

TEST(Metamorphic, WithoutTheOperationsOfOneKeyTheOthersStillHold) {
  for (const Sample& sample : samples(14)) {
    if (sample.subject != "registers") continue;
    Events less = sample.events;
    std::erase_if(less, [](const Json& event) { return event["value"][0] == 0; });
    for (const std::string& model : sample.models) {
      if (verdict(sample.events, model) != Verdict::kHolds) continue;
      expect_not_condemned(sample, less, model, "without a key");
    }
  }
}

// Whoever does not know how something ended goes on under another name.
Events unsure_of(const Events& events, std::size_t at) {
  Events result = events;
  const Json process = result[at]["process"];
  result[at]["type"] = "info";
  result[at].erase("unwritten");
  for (std::size_t i = at; i-- > 0;) {
    if (result[i]["process"] != process || result[i]["type"] != "invoke") continue;
    result[at]["value"] = result[i]["value"];
    break;
  }
  for (std::size_t i = at + 1; i < result.size(); ++i) {
    if (result[i]["process"] == process) result[i]["process"] = process.get<std::int64_t>() + 9'000;
  }
  return result;
}

TEST(Metamorphic, LessKnowledgeCondemnsNothing) {
  for (const Sample& sample : samples(4)) {
    for (const std::string& model : sample.models) {
      // To release a lock under another name is another deed.
      if (sample.subject == "lock" || verdict(sample.events, model) != Verdict::kHolds) continue;
      for (std::size_t i = 0; i < sample.events.size(); i += 3) {
        if (sample.events[i]["type"] != "ok") continue;
        expect_not_condemned(sample, unsure_of(sample.events, i), model, "less known");
      }
    }
  }
}

// Where time counts, so that nothing is read before it is written.
TEST(Metamorphic, ABeginningOfAGoodHistoryIsGood) {
  const std::set<std::string> timed = {
      "linearizable",      "regular",           "safe",
      "bounded_staleness", "consistent_prefix", "strong-serializable"};
  for (const Sample& sample : samples(6)) {
    for (const std::string& model : sample.models) {
      if (!timed.contains(model) || verdict(sample.events, model) != Verdict::kHolds) continue;
      for (std::size_t size = 1; size < sample.events.size(); size += 4) {
        const Events less(sample.events.begin(),
                          sample.events.begin() + static_cast<std::ptrdiff_t>(size));
        expect_not_condemned(sample, less, model, "cut");
      }
    }
  }
}

}  // namespace
}  // namespace quorumlab
