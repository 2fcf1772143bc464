// Leaderless replication whose clients coordinate their requests: what was kept under storms with
// replicas in between is kept without them, though clients crash, pause and have clocks of their
// own.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "models/registry.h"
#include "sim/rng.h"
#include "tests/models/replication/storm.h"

namespace quorumlab::tests {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;
using sim::EventKind;

const std::string kAtomic = "order = \"read_first\"\nread_repair = \"blocking\"\n";
const std::string kHealing = "anti_entropy = \"300ms\"\n";

Storm by_clients(const std::string& options, const std::string& consistency) {
  return {.replicas = 3,
          .replication = "model = \"leaderless\"\ncoordinator = \"client\"\n" + options,
          .check = "consistency = [" + consistency + "]"};
}

// What goes wrong where clients live: one crashes or stands still while it writes, one has another
// time of day, one loses single replicas.
std::string with_troubled_clients(const Storm& storm, std::uint64_t seed) {
  sim::Stream stream(sim::Seed{seed}, "test.clients");
  std::string text = storm_text(storm, seed);
  const auto add = [&](const std::string& kind, const std::string& how) {
    const auto client = stream.between(1, storm.clients);
    const auto nth = stream.between(1, 300);
    text += fmt::format(
        "[[fault]]\nkind = \"{}\"\non = \"c{}\"\nmay_be_inert = true\n{}"
        "when = {{ message = \"Store\", from = \"c{}\", nth = {} }}\n",
        kind, client, how, client, nth);
  };
  add("crash", "for = \"500ms\"\n");
  add("pause", "for = \"700ms\"\n");
  add("clock_offset", "for = \"5s\"\nby = \"-3s\"\n");
  const auto client = stream.between(1, storm.clients);
  const auto replica = stream.between(1, storm.replicas);
  text += fmt::format(
      "[[fault]]\nkind = \"partition\"\nat = \"2s\"\nfor = \"8s\"\n"
      "split = [[\"c{}\"], [\"n{}\"]]\n",
      client, replica);
  return text;
}

Tally troubled(const Storm& storm, std::uint64_t seeds) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::string wrong = complaint(run_text(with_troubled_clients(storm, seed)));
    if (!wrong.empty() && tally.violated++ == 0) tally.first = wrong;
  }
  return tally;
}

scenarios::Scenario catalogue(const std::string& file, const std::vector<std::string>& sets) {
  config::Diagnostics problems;
  auto loaded = scenarios::load_file(std::string(QUORUMLAB_SOURCE_DIR) + "/scenarios/" + file, sets,
                                     models::builtin_models(), problems);
  EXPECT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
  return loaded ? loaded->scenario : scenarios::Scenario{};
}

TEST(ClientCoordination, AtomicRegistersAreLinearizableUnderAnyStorm) {
  const Tally tally =
      troubled(by_clients(kAtomic + kHealing, "\"linearizable\", \"eventual\""), seeds_or(60));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(ClientCoordination, AtomicRegistersOnThreeOfFiveReplicasAreLinearizable) {
  Storm storm = by_clients(kAtomic, "\"linearizable\"");
  storm.replicas = 5;
  const Tally tally = troubled(storm, seeds_or(40));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(ClientCoordination, AtomicityIsGoneWithoutTheReadBeforeTheWrite) {
  EXPECT_GT(troubled(by_clients("read_repair = \"blocking\"", "\"linearizable\""), 10).violated, 0);
}

TEST(ClientCoordination, StandInsKeepEveryWriteForHomesThatDoNotAnswer) {
  Storm storm = by_clients("order = \"read_first\"\nsloppy = true\n" + kHealing, "\"eventual\"");
  storm.replicas = 5;
  const Tally tally = troubled(storm, seeds_or(30));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

// With three replicas there is none: n3 is away, and what it misses comes to it all the same.
TEST(ClientCoordination, WhereNobodyStandsInAHomeKeepsTheHint) {
  const auto scenario = catalogue("leaderless/late_hints.toml",
                                  {"cluster.replicas=3", "replication.coordinator=\"client\""});
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto result = scenarios::run(scenario, models::builtin_models(), {.seed = seed});
    EXPECT_EQ(complaint(result), "");
  }
}

TEST(ClientCoordination, NoSiblingIsLostThoughClientsForwardTheirWrites) {
  Storm storm = by_clients("conflicts = \"siblings\"\n" + kHealing, "\"eventual\"");
  storm.workload += "\nsession = true";
  const Tally tally = troubled(storm, seeds_or(30));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(ClientCoordination, TransactionsAreLinearizableThoughClientsForwardThem) {
  Storm storm = by_clients("transactions = \"all\"\n" + kHealing, "\"linearizable\", \"eventual\"");
  storm.workload += "\ntype = \"cas_register\"";
  const Tally tally = troubled(storm, seeds_or(30));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(ClientCoordination, AtomicRegistersStayLinearizableWhileReplicasComeAndGo) {
  for (const std::string view_every : {"1h", "500ms"}) {
    Storm storm =
        by_clients(kAtomic + kHealing +
                       "membership = \"gossip\"\nmembers = [\"n1\", \"n2\", \"n3\", \"n4\"]\n"
                       "stream_batch = 1\nview_every = \"" +
                       view_every +
                       "\"\n"
                       "[[replication.change]]\nat = \"2s\"\njoin = [\"n5\"]\n"
                       "[[replication.change]]\nat = \"5s\"\nleave = [\"n1\"]\n"
                       "[[replication.change]]\nat = \"7s\"\njoin = [\"n6\"]\n"
                       "leave = [\"n2\"]\n",
                   "\"linearizable\", \"eventual\"");
    storm.replicas = 6;
    storm.workload = "keys = 8\nrate = \"100/s\"";
    const Tally tally = troubled(storm, seeds_or(20));
    EXPECT_EQ(tally.violated, 0) << tally.first;
  }
}

struct Recorded {
  scenarios::RunResult result;
  traces::Record record;
};

Recorded recorded(const scenarios::Scenario& scenario, std::uint64_t seed) {
  Recorded run;
  run.result =
      scenarios::run(scenario, models::builtin_models(), {.seed = seed, .record = &run.record});
  return run;
}

TEST(ClientCoordination, AClientsClockMattersOnlyWhereItStamps) {
  const std::string file = "leaderless/slow_client_clock.toml";
  const auto client = catalogue(file, {});
  const auto replica = catalogue(file, {"replication.coordinator=\"replica\""});
  const auto in_time = catalogue(file, {"fault[0].by=\"0s\""});
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto lost = [&](const scenarios::Scenario& scenario) {
      return *scenarios::run(scenario, models::builtin_models(), {.seed = seed})
                  .property("lost_writes");
    };
    EXPECT_GT(lost(client), 5) << seed;
    EXPECT_LT(lost(replica), 3) << seed;  // what was written at the same moment
    EXPECT_LT(lost(in_time), 3) << seed;
  }
}

TEST(ClientCoordination, NothingIsAskedOfACoordinatorInBetween) {
  const Recorded run = recorded(catalogue("leaderless/client_coordinates.toml", {}), 1);
  std::map<std::string, int> sent;  // by clients
  for (const sim::TraceEvent& event : run.record.events()) {
    const bool by_client =
        event.kind == EventKind::kSend && !event.is_reply && run.record.is_client(event.lane);
    if (by_client) ++sent[std::string(run.record.name(event.name))];
  }
  EXPECT_EQ(sent.count("Put"), 0U);
  EXPECT_EQ(sent.count("Get"), 0U);
  EXPECT_GT(sent["Store"], 1'000);
  EXPECT_GT(sent["Fetch"], 1'000);
}

// A view that is old costs a round, and no more: who is turned away knows at once what the home
// that did it knows.
TEST(ClientCoordination, WhoIsTurnedAwayHasTheHomesViewAtOnce) {
  const Recorded run = recorded(catalogue("membership/client_with_an_old_view.toml", {}), 3);
  std::map<std::uint32_t, std::int64_t> ring;
  std::set<std::uint32_t> downloaded;
  for (const sim::TraceEvent& event : run.record.events()) {
    const std::string_view name = run.record.name(event.name);
    const bool is_ring = event.kind == EventKind::kState && name == "ring";
    if (is_ring) ring[event.lane.value] = event.tags.value;
    if (event.kind == EventKind::kSend && !event.is_reply && name == "Download") {
      EXPECT_TRUE(downloaded.insert(event.lane.value).second) << "more than once";
    }
  }
  for (const std::uint32_t client : {8U, 9U, 10U, 11U}) {
    EXPECT_TRUE(downloaded.contains(client));
    EXPECT_EQ(ring.at(client), ring.at(4)) << client;
  }
}

TEST(ClientCoordination, TheViewIsDownloadedEverySoOften) {
  const auto scenario =
      catalogue("membership/client_with_an_old_view.toml", {"replication.view_every=\"1s\""});
  const Recorded run = recorded(scenario, 3);
  std::map<std::uint32_t, int> downloads;
  for (const sim::TraceEvent& event : run.record.events()) {
    const bool asks = event.kind == EventKind::kSend && !event.is_reply &&
                      run.record.name(event.name) == "Download";
    if (asks) ++downloads[event.lane.value];
  }
  ASSERT_EQ(downloads.size(), 4U);
  for (const auto& [client, count] : downloads) {
    EXPECT_GE(count, 18) << client;
    EXPECT_LE(count, 21) << client;
  }
}

// The program is told that nobody knows, and its library goes on.
TEST(ClientCoordination, AWriteThatAProgramNoLongerWaitsForGoesOn) {
  const std::string text =
      "[scenario]\nname = \"x\"\nduration = \"8s\"\n[cluster]\nreplicas = 3\nclients = 3\n"
      "[network]\nlatency = \"10ms\"\n[workload]\nkeys = 3\nrate = \"60/s\"\n"
      "[replication]\nmodel = \"leaderless\"\ncoordinator = \"client\"\n" +
      kAtomic +
      "[check]\nconsistency = [\"linearizable\"]\n"
      "[[fault]]\nkind = \"client_timeout\"\nat = \"1s\"\nfor = \"5s\"\non = \"c1\"\n"
      "after = \"25ms\"\n";
  const scenarios::RunResult result = run_text(text);
  EXPECT_EQ(complaint(result), "");
  std::set<std::pair<sim::Key, std::int64_t>> unknown;
  std::size_t seen = 0;
  for (const Operation& op : result.history.operations()) {
    const bool is_write = op.f == Function::kWrite;
    if (is_write && op.outcome == Outcome::kUnknown) unknown.emplace(op.key, *op.value);
    if (!is_write && op.value && unknown.contains({op.key, *op.value})) ++seen;
  }
  EXPECT_GT(unknown.size(), 5U);
  EXPECT_GT(seen, 5U);
}

TEST(ClientCoordination, MistakesOfOtherCoordinatorsAreBadInput) {
  const std::string head =
      "[scenario]\nname = \"x\"\nduration = \"2s\"\n[cluster]\nreplicas = 3\nclients = 1\n"
      "[replication]\nmodel = \"leaderless\"\n";
  for (const std::string options :
       {"mistakes = [\"count_client\"]", "mistakes = [\"keep_first_view\"]",
        "mistakes = [\"number_anywhere\"]",
        "coordinator = \"client\"\nmistakes = [\"count_twice\"]"}) {
    config::Diagnostics problems;
    EXPECT_FALSE(
        scenarios::load_text("x.toml", head + options, {}, models::builtin_models(), problems))
        << options;
  }
}

}  // namespace
}  // namespace quorumlab::tests
