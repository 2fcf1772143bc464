#include "tests/models/replication/storm.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "models/registry.h"
#include "sim/rng.h"

namespace quorumlab::tests {
namespace {

using sim::Stream;

std::string split(Stream& stream, const Storm& storm, int lonely) {
  std::vector<std::string> sides[2];
  for (int i = 1; i <= storm.replicas; ++i) {
    const std::size_t side = lonely == i ? 0 : lonely != 0 ? 1 : stream.below(2);
    sides[side].push_back(fmt::format("\"n{}\"", i));
  }
  for (auto& side : sides) {
    if (!side.empty()) continue;
    auto& other = sides[&side == &sides[0] ? 1 : 0];
    side.push_back(other.back());
    other.pop_back();
  }
  // Clients on either side of it.
  for (int i = 1; i <= storm.clients; ++i) {
    sides[stream.below(2)].push_back(fmt::format("\"c{}\"", i));
  }
  return fmt::format("split = [[{}], [{}]]", fmt::join(sides[0], ", "), fmt::join(sides[1], ", "));
}

std::string fault(Stream& stream, const Storm& storm) {
  const std::string kind = stream.pick(storm.kinds);
  const auto at = stream.between(1'000, storm.seconds * 1'000 - 3'000);
  const auto lasts = stream.between(100, 4'000);
  const auto who = stream.between(1, storm.replicas);
  const std::string when = fmt::format("at = \"{}ms\"\nfor = \"{}ms\"\n", at, lasts);
  const std::string on =
      fmt::format("on = \"{}\"\n", stream.below(3) == 0 ? "leader" : fmt::format("n{}", who));
  const auto amount = stream.between(-300, 300);
  std::string text = "[[fault]]\n";
  if (kind == "partition" || kind == "cut" || kind == "isolate") {
    text += "kind = \"partition\"\n" + when;
    text += split(stream, storm, kind == "isolate" ? static_cast<int>(who) : 0) + "\n";
    if (kind == "cut") text += "one_way = true\n";
  } else if (kind == "drift") {
    text += "kind = \"clock_drift\"\n" + when + on;
    text += fmt::format("rate = \"{}ppm\"\n", amount * 10);
  } else if (kind == "step") {
    text += fmt::format("kind = \"clock_step\"\nat = \"{}ms\"\n", at) + on;
    text += fmt::format("by = \"{}ms\"\n", amount * 10 + 1);
  } else if (kind == "duplicate") {
    text += "kind = \"message_duplicate\"\nchance = 0.3\nby = \"uniform(1ms, 1s)\"\n" + when;
  } else {
    text += fmt::format("kind = \"{}\"\n", kind) + when + on;
  }
  return text;
}

}  // namespace

std::string storm_text(const Storm& storm, std::uint64_t seed) {
  Stream stream(sim::Seed{seed}, "test.storm");
  std::string text = fmt::format(
      "[scenario]\nname = \"storm\"\nseed = {}\nduration = \"{}s\"\n"
      "[cluster]\nreplicas = {}\nclients = {}\n[network]\n{}\n[disk]\n{}\n"
      "[clock]\noffset = \"uniform(-50ms, 50ms)\"\ndrift = \"uniform(-500ppm, 500ppm)\"\n"
      "[replication]\n{}\n",
      seed, storm.seconds, storm.replicas, storm.clients, storm.network, storm.disk,
      storm.replication);
  text += fmt::format("[workload]\n{}\n[check]\n{}\n", storm.workload, storm.check);
  for (int i = 0; i < storm.faults; ++i) text += fault(stream, storm);
  return text;
}

std::uint64_t seeds_or(std::uint64_t usual) {
  const char* const wanted = std::getenv("QUORUMLAB_SEEDS");
  return wanted == nullptr ? usual : std::stoull(wanted);
}

scenarios::RunResult run_text(const std::string& text) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_text("storm.toml", text, {}, registry, problems);
  if (!loaded) {
    ADD_FAILURE() << problems.render(config::Colour::kOff);
    return {};
  }
  return scenarios::run(loaded->scenario, registry, {});
}

scenarios::RunResult run_file(const std::string& file, const std::vector<std::string>& sets,
                              std::uint64_t seed) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const std::string path = std::string(QUORUMLAB_SOURCE_DIR) + "/scenarios/" + file;
  const auto loaded = scenarios::load_file(path, sets, registry, problems);
  if (!loaded) {
    ADD_FAILURE() << problems.render(config::Colour::kOff);
    return {};
  }
  return scenarios::run(loaded->scenario, registry, {.seed = seed});
}

std::string complaint(const scenarios::RunResult& result) {
  const models::CheckResult* worst = nullptr;
  for (const models::CheckResult& check : result.checks) {
    if (check.verdict == models::Verdict::kHolds) continue;
    if (worst == nullptr || check.verdict == models::Verdict::kViolated) worst = &check;
  }
  if (worst != nullptr) {
    std::string text = fmt::format("seed {}: {} is not kept", result.seed, worst->property);
    if (worst->witness) {
      text += ": " + worst->witness->claim + "; " + worst->witness->observation;
    }
    return text + " " + worst->reason + " " + result.stopped_because;
  }
  if (result.property("lost_writes").value_or(0) > 0) {
    return fmt::format("seed {}: acknowledged writes are lost", result.seed);
  }
  if (!result.recovered) return fmt::format("seed {}: not everybody was served again", result.seed);
  return "";
}

namespace {

void count(const scenarios::RunResult& result, Tally* tally) {
  const std::string text = complaint(result);
  if (!text.empty() && tally->violated++ == 0) tally->first = text;
}

}  // namespace

Tally violations(const Storm& storm, std::uint64_t seeds) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    count(run_text(storm_text(storm, seed)), &tally);
  }
  return tally;
}

}  // namespace quorumlab::tests
