#include "sim/config/schema.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/toml.h"
#include "tests/config/sample.h"

namespace quorumlab::config {
namespace {

using namespace sim::literals;
using sample::Scenario;

struct Outcome {
  bool good = false;
  std::string problems;
};

template <class O>
Outcome read(const Schema& schema, const std::string& text, O* object) {
  Diagnostics problems;
  const SourceId file = problems.add_source("f.toml", text);
  const std::optional<Value> root = scenarios::parse_toml(file, problems);
  const bool good = root && schema.read(*root, object, problems);
  return {good, problems.render(Colour::kOff)};
}

Scenario read_scenario(const std::string& text) {
  Scenario scenario;
  const Outcome outcome = read(sample::scenario_schema(), text, &scenario);
  EXPECT_TRUE(outcome.good) << outcome.problems;
  return scenario;
}

constexpr const char* kFull = R"toml(
name        = "full"
model       = "leader_follower"
acknowledge = "majority"
timeout     = "1.5s"
mistakes    = ["no_fencing"]
rate        = "5/min"
zones       = { west = 3, east = 2 }

[network]
latency   = "normal(mean 30ms, stddev 1ms)"
drift     = "uniform(-50ppm, 50ppm)"
loss      = 0.25
reads     = 1
bandwidth = "100Mbit/s"

[[network.link]]
between = ["east", "west"]

[[fault]]
kind  = "partition"
at    = "30s"
for   = "43s"
split = [["east"], ["west", "n1"]]

[[fault]]
kind = "crash"
when = { event = "elected", nth = 2 }
)toml";

TEST(Schema, ReadsEveryKindOfField) {
  const Scenario s = read_scenario(kFull);
  EXPECT_EQ(s.name, "full");
  const auto& model = s.model.as<sample::LeaderFollower>();
  EXPECT_EQ(model.acknowledge, sample::Acknowledge::kMajority);
  EXPECT_EQ(model.timeout, 1500_ms);
  EXPECT_EQ(model.heartbeat, 50_ms) << "a default stays";
  EXPECT_EQ(model.mistakes, std::vector{sample::Mistake::kNoFencing});
  EXPECT_EQ(s.rate, Rate(5, 60_s));
  EXPECT_EQ(s.zones, (std::vector<std::pair<std::string, int>>{{"west", 3}, {"east", 2}}));
  EXPECT_EQ(s.network.latency, sim::Distribution::normal({30_ms, 1_ms}));
  EXPECT_EQ(s.network.drift, sim::RateDistribution::uniform({-50'000, 50'000}));
  EXPECT_EQ(s.network.loss, sim::Probability(0.25));
  EXPECT_EQ(s.network.reads, 1.0);
  EXPECT_EQ(s.network.bandwidth, 12'500'000);
  ASSERT_EQ(s.network.link.size(), 1u);
  EXPECT_EQ(s.network.link[0].between, (std::vector<std::string>{"east", "west"}));
  ASSERT_EQ(s.fault.size(), 2u);
  EXPECT_EQ(s.fault[0].kind.word(), "partition");
  EXPECT_EQ(s.fault[0].kind.as<sample::Partition>().split[1][1], "n1");
  EXPECT_EQ(s.fault[0].schedule.lasts, 43_s);
  EXPECT_EQ(s.fault[0].schedule.when, std::nullopt) << "what is not written stays unset";
  EXPECT_EQ(s.fault[1].kind.as<sample::Crash>().on, "leader");
  EXPECT_EQ(s.fault[1].schedule.when->nth, 2u);
}

TEST(Schema, ChoosesTheDefaultWhereTheWordIsNotWritten) {
  const Scenario s = read_scenario("name = \"x\"\ntimeout = \"2s\"\n");
  EXPECT_EQ(s.model.word(), "leader_follower");
  EXPECT_EQ(s.model.as<sample::LeaderFollower>().timeout, 2_s);
}

TEST(Schema, ReadsBackWhatItWrites) {
  const Schema schema = sample::scenario_schema();
  for (const Write what : {Write::kAll, Write::kChanged}) {
    const Value written = schema.write(read_scenario(kFull), what);
    const Scenario again = read_scenario(scenarios::to_toml(written));
    EXPECT_EQ(scenarios::to_toml(schema.write(again, what)), scenarios::to_toml(written));
    EXPECT_EQ(schema.write(again), schema.write(read_scenario(kFull)));
  }
}

TEST(Schema, WritesOnlyWhatChangedIfAskedTo) {
  Scenario s = read_scenario("name = \"x\"\n[[fault]]\nkind = \"crash\"\nat = \"1s\"\n");
  s.network.fifo = true;
  EXPECT_EQ(scenarios::to_toml(sample::scenario_schema().write(s, Write::kChanged)),
            "name  = \"x\"\n"
            "model = \"leader_follower\"\n"
            "\n"
            "[network]\n"
            "fifo = true\n"
            "\n"
            "[[fault]]\n"
            "kind = \"crash\"\n"
            "at   = \"1s\"\n");
}

TEST(Schema, ComparesWithTheDefaultOfTheMemberAndNotOfItsType) {
  struct Inner {
    int n = 1;
    int m = 1;
  };
  struct Outer {
    Inner inner{5, 1};
    std::optional<Inner> maybe;
  };
  const Schema inner = schema<Inner>("inner", "")
                           .field("n", &Inner::n, integer<int>(), "")
                           .field("m", &Inner::m, integer<int>(), "")
                           .build();
  const Schema outer = schema<Outer>("outer", "")
                           .table("inner", &Outer::inner, inner, "")
                           .table("maybe", &Outer::maybe, inner, "")
                           .build();
  EXPECT_EQ(scenarios::to_toml(outer.write(Outer{}, Write::kChanged)), "");
  Outer object{{1, 1}, Inner{}};
  const std::string text = scenarios::to_toml(outer.write(object, Write::kChanged));
  EXPECT_EQ(text, "[inner]\nn = 1\n\n[maybe]\n");
  Outer again;
  EXPECT_TRUE(read(outer, text, &again).good);
  EXPECT_EQ(again.inner.n, 1);
  EXPECT_TRUE(again.maybe.has_value());
  Outer partly;
  EXPECT_TRUE(read(outer, "[inner]\nm = 2\n", &partly).good);
  EXPECT_EQ(partly.inner.n, 5) << "a nested struct keeps the parent's defaults";
}

TEST(Schema, LeavesAnOptionAsItWasWhereItsValueIsWrong) {
  Scenario s;
  s.network.link.push_back({{"a", "b"}, {}});
  const Outcome outcome = read(sample::scenario_schema(),
                               "name = \"x\"\nseed = \"7\"\ntags = [\"a\", 1]\n"
                               "network.loss = 2\nnetwork.link = 3\nzones = { a = 1, b = 0 }\n",
                               &s);
  EXPECT_FALSE(outcome.good);
  EXPECT_EQ(s.seed, 1);
  EXPECT_TRUE(s.tags.empty());
  EXPECT_TRUE(s.network.loss.is_never());
  EXPECT_EQ(s.network.link.size(), 1u);
  EXPECT_TRUE(s.zones.empty());
}

TEST(Schema, RunsRulesAcrossKeysOnlyOnTablesWithoutOtherProblems) {
  sample::LeaderFollower o;
  const Schema schema = sample::leader_follower_schema();
  const Outcome rule = read(schema, "timeout = \"1s\"\nheartbeat = \"2s\"\n", &o);
  EXPECT_NE(rule.problems.find("f.toml:2:13: error: `heartbeat` must be shorter"),
            std::string::npos)
      << rule.problems;
  const Outcome other = read(schema, "timeout = \"1s\"\nheartbeat = \"2s\"\nmistakes = 1\n", &o);
  EXPECT_EQ(other.problems.find("must be shorter"), std::string::npos) << other.problems;
}

TEST(Schema, PlacesCanBeAskedForAfterReading) {
  Diagnostics problems;
  const SourceId file = problems.add_source("f.toml", kFull);
  const Value root = *scenarios::parse_toml(file, problems);
  EXPECT_EQ(locate(root, "fault[0].split[1][1]"), (Span{file, 24, 29, 4}));
  EXPECT_EQ(locate(root, "fault[1].for"), (Span{file, 26, 1, 9})) << "not written: its table";
}

TEST(Schema, KeepsIntegersWithinTheMembersType) {
  struct Small {
    std::uint8_t byte = 0;
    std::uint64_t wide = 0;
    std::int32_t word = 0;
  };
  const Schema small = schema<Small>("small", "")
                           .field("byte", &Small::byte, integer<std::uint8_t>(), "")
                           .field("wide", &Small::wide, integer<std::uint64_t>(), "")
                           .field("word", &Small::word, integer<std::int32_t>(), "")
                           .build();
  Small s;
  EXPECT_TRUE(read(small, "byte = 255\nwide = 9223372036854775807\nword = -2147483648\n", &s).good);
  EXPECT_EQ(s.byte, 255);
  EXPECT_EQ(s.wide, 9223372036854775807u);
  EXPECT_EQ(s.word, INT32_MIN);
  const Outcome outcome = read(small, "byte = 256\nwide = -1\nword = 2147483648\n", &s);
  EXPECT_NE(outcome.problems.find("`byte` must be from 0 to 255"), std::string::npos);
  EXPECT_NE(outcome.problems.find("`wide` must be at least 0"), std::string::npos);
  EXPECT_NE(outcome.problems.find("`word` must be from -2147483648 to 2147483647"),
            std::string::npos)
      << outcome.problems;
}

TEST(Schema, SuggestsOnlyKnownKeysOfAMap) {
  struct Kinds {
    std::vector<std::pair<std::string, double>> kinds;
  };
  const Schema schema =
      config::schema<Kinds>("random_faults", "")
          .field("kinds", &Kinds::kinds,
                 map(real().at_least(0)).keys_are("kind").keys({{"crash", ""}, {"pause", ""}}), "")
          .build();
  Kinds o;
  EXPECT_TRUE(read(schema, "kinds = { pause = 0.5, crash = 1 }\n", &o).good);
  EXPECT_EQ(o.kinds, (std::vector<std::pair<std::string, double>>{{"pause", 0.5}, {"crash", 1.0}}));
  EXPECT_EQ(read(schema, "kinds = { crush = 1 }\n", &o).problems,
            "f.toml:1:11: error: `kinds` has no kind `crush`\n"
            "    1 | kinds = { crush = 1 }\n"
            "      |           ^^^^^ did you mean `crash`?\n");
}

TEST(Schema, ReadsATableByNameForEachKeyOfAMap) {
  struct Nodes {
    std::vector<std::pair<std::string, sample::Chain>> node;
  };
  const Schema chain = schema<sample::Chain>("chain", "")
                           .field("length", &sample::Chain::length, integer<int>(), "")
                           .build();
  const Schema nodes =
      schema<Nodes>("nodes", "")
          .field("node", &Nodes::node, map(table<sample::Chain>(chain)).keys_are("node"), "")
          .build();
  Nodes o;
  ASSERT_TRUE(read(nodes, "[node.b]\nlength = 2\n[node.a]\n", &o).good);
  EXPECT_EQ(o.node[0].second.length, 2);
  EXPECT_EQ(o.node[1].first, "a");
  EXPECT_EQ(scenarios::to_toml(nodes.write(o)), "[node.b]\nlength = 2\n\n[node.a]\nlength = 3\n");
  EXPECT_NE(read(nodes, "[node.b]\nlegnth = 2\n", &o).problems.find("[node.b] has no key `legnth`"),
            std::string::npos);
}

class Upper : public Leaf<std::string> {
 public:
  bool parse(const Value& value, std::string& out, const Reporter& report) const override {
    if (!value.is(Kind::kText)) return report.unexpected(value, type());
    if (value.text() != "UP") return report.must(value, "be UP");
    out = value.text();
    return true;
  }
  [[nodiscard]] Value print(const std::string& object) const override {
    return Value::text(object);
  }
  [[nodiscard]] TypeInfo type() const override { return {.noun = "shout", .expected = "\"UP\""}; }
};

TEST(Delays, AreNeverNegative) {
  struct Options {
    sim::Distribution latency;
  };
  const Schema schema =
      config::schema<Options>("link", "").field("latency", &Options::latency, delays(), "").build();
  Options options;
  EXPECT_TRUE(read(schema, "latency = \"0s..5ms\"", &options).good);
  for (const char* text : {"-5ms", "-1ms..5ms", "uniform(-3s, -2s)"}) {
    const Outcome outcome = read(schema, std::string("latency = \"") + text + '"', &options);
    EXPECT_FALSE(outcome.good) << text;
    EXPECT_NE(outcome.problems.find("must not be negative"), std::string::npos) << outcome.problems;
  }
  EXPECT_EQ(options.latency.text(), "uniform(0s, 5ms)");
}

TEST(Leaf, CanBeAddedByOthers) {
  struct O {
    std::vector<std::string> shouts;
    std::optional<std::string> one;
  };
  const Schema schema = config::schema<O>("o", "")
                            .field("shouts", &O::shouts, list(Upper()), "")
                            .field("one", &O::one, Upper(), "")
                            .build();
  O o;
  EXPECT_TRUE(read(schema, "shouts = [\"UP\"]\none = \"UP\"\n", &o).good);
  EXPECT_EQ(o.one, "UP");
  EXPECT_EQ(read(schema, "shouts = [\"UP\", \"down\", 3]\n", &o).problems,
            "f.toml:1:17: error: `shouts[1]` must be UP\n"
            "    1 | shouts = [\"UP\", \"down\", 3]\n"
            "      |                 ^^^^^^\n"
            "f.toml:1:25: error: `shouts[2]` is an integer\n"
            "    1 | shouts = [\"UP\", \"down\", 3]\n"
            "      |                         ^ expected \"UP\"\n");
}

TEST(Amount, IsPrintedInTheLargestUnitThatFits) {
  EXPECT_EQ(bytes().print(4096).text(), "4KiB");
  EXPECT_EQ(bytes().print(3000).text(), "3kB");
  EXPECT_EQ(bytes().print(1).text(), "1B");
  EXPECT_EQ(bytes().print(0).text(), "0B");
  EXPECT_EQ(bandwidth().print(125'000'000).text(), "1Gbit/s");
}

TEST(Chosen, MadeByAProgramIsWrittenWithItsOptions) {
  Scenario s;
  s.name = "x";
  s.model = Chosen("chain", sample::Chain{5});
  const Value written = sample::scenario_schema().write(s);
  EXPECT_EQ(find(written, "model")->text(), "chain");
  EXPECT_EQ(find(written, "length")->integer(), 5);
  EXPECT_EQ(find(written, "timeout"), nullptr);
}

TEST(ChosenDeathTest, GivesItsOptionsOnlyAsWhatTheyAre) {
  const Chosen chosen("chain", sample::Chain{5});
  EXPECT_DEATH(static_cast<void>(chosen.as<sample::Crash>()), "of another type");
  EXPECT_DEATH(static_cast<void>(Chosen("chain").as<sample::Chain>()), "has no options");
}

TEST(SchemaDeathTest, RefusesAKeyTwiceInOneTable) {
  using O = sample::Chain;
  EXPECT_DEATH(static_cast<void>(schema<O>("o", "")
                                     .field("n", &O::length, integer<int>(), "")
                                     .field("n", &O::length, integer<int>(), "")
                                     .build()),
               "has the key `n` twice");
  EXPECT_DEATH(
      {
        Scenario wrong;
        Diagnostics problems;
        sample::leader_follower_schema().read(Value::table({}), &wrong, problems);
      },
      "not of this struct");
}

}  // namespace
}  // namespace quorumlab::config
