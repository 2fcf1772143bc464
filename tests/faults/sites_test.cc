// Faults at places instead of times, what a swarm draws, and which names the checker knows.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "faults/random.h"
#include "models/client_protocol.h"
#include "models/registry.h"
#include "tests/faults/kit.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;

Places three() {
  Places places;
  places.replicas = {"n1", "n2", "n3"};
  places.nodes = places.replicas;
  return places;
}

RandomFaults at_sites(double armed, double fires) {
  RandomFaults random;
  random.kinds = {{"pause", 1.0}};
  random.every = sim::Distribution::constant(3600_s);
  random.keep_quorum = false;
  random.sites = Sites{.armed = sim::Probability(armed), .fires = sim::Probability(fires)};
  return random;
}

std::vector<FaultEntry> drawn(const RandomFaults& random, std::uint64_t seed) {
  return draw_faults(random, three(), sim::Seed{seed}, {0_s, 60_s}, 0);
}

std::string site_of(const FaultEntry& entry) {
  return entry.when->event + entry.when->message + " " + entry.when->on.text() +
         entry.when->from.text();
}

TEST(Sites, AreArmedInSomeRunsAndThenFireAgainAndAgain) {
  std::map<std::string, std::size_t> armed;
  std::size_t faults = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    std::set<std::string> sites;
    for (const FaultEntry& entry : drawn(at_sites(0.25, 0.5), seed)) {
      ASSERT_TRUE(entry.when.has_value());
      EXPECT_TRUE(entry.may_be_inert);
      sites.insert(site_of(entry));
      ++faults;
    }
    for (const std::string& site : sites) ++armed[site];
  }
  EXPECT_EQ(armed.size(), 12U) << "four points in the life of three replicas";
  for (const auto& [site, runs] : armed) EXPECT_NEAR(static_cast<double>(runs), 100, 40) << site;
  EXPECT_EQ(
      faults, 3 *
                  [&] {
                    std::size_t sum = 0;
                    for (const auto& [site, runs] : armed) sum += runs;
                    return sum;
                  }())
      << "each armed site fires its three times";
}

TEST(Sites, FireAsOftenAsTheirRateSays) {
  const auto mean_gap = [](double fires) {
    double sum = 0;
    double count = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      for (const FaultEntry& entry : drawn(at_sites(1, fires), seed)) {
        sum += static_cast<double>(entry.when->nth);
        count += 1;
      }
    }
    return sum / count / 2;  // of the first, the second and the third on average
  };
  EXPECT_NEAR(mean_gap(0.5), 2, 0.2);
  EXPECT_NEAR(mean_gap(0.05), 20, 2);
}

TEST(Sites, HitTheReplicaThatIsThere) {
  for (const FaultEntry& entry : drawn(at_sites(1, 0.5), 5)) {
    const config::Value keys =
        fault_kind(entry.kind.word()).schema.write_any(entry.kind.options(), nullptr);
    EXPECT_EQ(keys.get("on")->text(), entry.when->on.text());
  }
}

TEST(Sites, ShiftNoFaultThatComesAtATime) {
  RandomFaults random = at_sites(1, 0.5);
  random.every = sim::Distribution::exponential(2_s);
  const auto with = drawn(random, 9);
  random.sites.reset();
  const auto without = drawn(random, 9);
  ASSERT_LT(without.size(), with.size());
  for (std::size_t i = 0; i < without.size(); ++i) {
    EXPECT_EQ(with[i].at, without[i].at);
    EXPECT_EQ(with[i].stream, without[i].stream);
  }
}

TEST(Sites, KeepAQuorumThoughNobodyKnowsWhen) {
  RandomFaults random = at_sites(1, 0.5);
  random.keep_quorum = true;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::set<std::string> hit;
    for (const FaultEntry& entry : drawn(random, seed)) hit.insert(entry.when->on.text());
    EXPECT_EQ(hit.size(), 1U);
  }
}

std::string with_sites() {
  std::string text = cluster();
  text.resize(text.find("[[fault]]"));
  return text +
         "[random_faults]\nkinds = { pause = 1, process_crash = 1 }\nevery = \"1s\"\n"
         "for = \"20ms\"\nkeep_quorum = false\n"
         "sites = { armed = 0.5, fires = 0.02, messages = [\"Append\"] }\n";
}

TEST(Sites, WrittenOutGiveTheSameRun) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_text("s.toml", with_sites(), {}, registry, problems);
  ASSERT_TRUE(loaded) << problems.render(config::Colour::kOff);
  std::size_t begun = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string text =
        scenarios::without_defaults(scenarios::materialised(loaded->scenario, seed), registry);
    const auto again = scenarios::load_text("m.toml", text, {}, registry, problems);
    ASSERT_TRUE(again) << problems.render(config::Colour::kOff) << text;
    const auto random = scenarios::run(loaded->scenario, registry, {.seed = seed});
    EXPECT_EQ(random.fingerprint, scenarios::run(again->scenario, registry, {}).fingerprint);
    for (std::size_t i = 0; i < random.faults.size(); ++i) {
      if (again->scenario.faults[i].when) begun += random.faults[i].lasted.size();
    }
  }
  EXPECT_GT(begun, 20U);
}

// What chance drew may turn out to do nothing; what somebody wrote down may not.
TEST(Inert, CountsOnlyWhatSomebodyInsistsOn) {
  const std::string never =
      "kind = \"pause\"\non = \"n2\"\nwhen = { event = \"elected\", nth = 99 }\n";
  EXPECT_EQ(Broken(never).result.property("inert_faults"), 1);
  EXPECT_EQ(Broken(never + "may_be_inert = true\n").result.property("inert_faults"), 0);
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_text("s.toml", with_sites(), {}, registry, problems);
  ASSERT_TRUE(loaded);
  const auto result = scenarios::run(loaded->scenario, registry, {.seed = 3});
  EXPECT_TRUE(std::any_of(result.faults.begin(), result.faults.end(),
                          [](const auto& fault) { return fault.effect.effects == 0; }));
  EXPECT_EQ(result.property("inert_faults"), 0);
}

TEST(Swarm, DrawsIntensitiesAndAWorkloadForEachSeed) {
  RandomFaults random;
  random.kinds = {{"pause", 1.0}};
  random.every = sim::Distribution::constant(1_s);
  random.lasts = sim::Distribution::constant(400_ms);
  random.keep_quorum = false;
  random.swarm = true;
  std::set<std::size_t> counts;
  std::set<std::int64_t> lengths;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto faults = drawn(random, seed);
    counts.insert(faults.size());
    if (!faults.empty()) lengths.insert(faults[0].lasts->mean().count() / 1'000'000);
  }
  EXPECT_EQ(lengths, (std::set<std::int64_t>{100, 200, 400, 800, 1600}));
  EXPECT_GE(counts.size(), 5U);

  std::string text = cluster();
  text.resize(text.find("[[fault]]"));
  text += "[random_faults]\nkinds = { pause = 1 }\nswarm = true\n";
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_text("w.toml", text, {}, registry, problems);
  ASSERT_TRUE(loaded);
  std::set<std::string> workloads;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto drawn = scenarios::materialised(loaded->scenario, seed);
    const std::string whole = scenarios::effective(drawn, registry);
    const auto begin = whole.find("[workload]");
    workloads.insert(whole.substr(begin, whole.find("\n[", begin) - begin));
  }
  EXPECT_GE(workloads.size(), 4U);
}

// What the entries of the models declare is what a run of each of them shows.
TEST(Vocabulary, IsThatOfTheModels) {
  const models::Registry registry = models::builtin_models();
  for (const models::ModelEntry& model : registry.all()) {
    std::string name = model.schema.name();
    const Broken run(
        "kind = \"crash\"\nat = \"1s\"\nfor = \"1s\"\non = \"n2\"\n\n[[fault]]\n"
        "kind = \"isolate\"\nat = \"3s\"\nfor = \"1s\"\non = \"n3\"\n",
        {"replication={ model = \"" + name + "\" }"});
    std::set<std::string> known(model.messages.begin(), model.messages.end());
    for (const std::string_view client :
         {models::Put::kName, models::Get::kName, models::AuditAll::kName}) {
      known.emplace(client);
    }
    const std::set<std::string> notes(model.notes.begin(), model.notes.end());
    for (const sim::TraceEvent& event : run.record.events()) {
      const std::string word(run.record.name(event.name));
      if (event.kind == sim::EventKind::kSend) {
        EXPECT_TRUE(known.contains(word)) << name << word;
      }
      if (event.kind == sim::EventKind::kNote) {
        EXPECT_TRUE(notes.contains(word)) << name << word;
      }
    }
  }
}

}  // namespace
}  // namespace quorumlab::faults
