#include "tests/theory/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace quorumlab::theory {

using models::Function;
using models::Operation;
using models::Outcome;

std::vector<sim::TraceEvent> Recorded::events(sim::EventKind kind, const std::string& name) const {
  std::vector<sim::TraceEvent> found;
  const auto id = record.find_name(name);
  if (!id) return found;
  const auto& all = record.events();
  std::copy_if(all.begin(), all.end(), std::back_inserter(found),
               [&](const auto& event) { return event.kind == kind && event.name == *id; });
  return found;
}

sim::NodeId Recorded::lane(const std::string& name) const {
  const auto found = std::find(result.lanes.begin(), result.lanes.end(), name);
  EXPECT_NE(found, result.lanes.end()) << name;
  return sim::NodeId(static_cast<std::uint32_t>(found - result.lanes.begin()));
}

Experiment::Experiment(const std::string& toml, const std::vector<std::string>& sets) {
  config::Diagnostics problems;
  const auto loaded = scenarios::load_text("experiment.toml", toml, sets, registry_, problems);
  if (!loaded) throw std::invalid_argument(problems.render(config::Colour::kOff));
  scenario_ = loaded->scenario;
}

scenarios::RunResult Experiment::run(std::uint64_t seed) const {
  return scenarios::run(scenario_, registry_, {.seed = seed});
}

Recorded Experiment::record(std::uint64_t seed) const {
  Recorded recorded;
  recorded.result =
      scenarios::run(scenario_, registry_, {.seed = seed, .record = &recorded.record});
  return recorded;
}

std::string head(const std::string& duration) {
  return fmt::format(
      "[scenario]\nname = \"an experiment\"\nduration = \"{}\"\n"
      "[check]\nconsistency = []\nrecovery = \"1ms\"\n",
      duration);
}

std::string delay(const std::string& messages, const std::string& part, const std::string& by) {
  return fmt::format(
      "[[fault]]\nkind = \"message_delay\"\nat = \"0s\"\nmessages = [\"{}\"]\npart = \"{}\"\n"
      "by = \"{}\"\n",
      messages, part, by);
}

std::string homes(int n, int w, int r, const std::string& gap, const std::string& duration) {
  return head(duration) + fmt::format(R"toml(
[cluster]
zones   = {{ home = {}, door = 1 }}
clients = {{ door = 1 }}
[network]
latency = "0s"
[[network.link]]
between = ["home", "door"]
latency = "1ns"
[disk]
sync = "0s"
[replication]
model           = "leaderless"
copies          = {}
write_quorum    = {}
read_quorum     = {}
read_repair     = "off"
request_timeout = "100s"
[workload]
keys      = 1
pace      = "steady"
rate      = "1/{}"
read_from = "nearest"
write_to  = "nearest"
timeout   = "100s"
)toml",
                                      n, n, w, r, gap);
}

double Sample::mean() const {
  double sum = 0;
  for (const double x : values_) sum += x;
  return sum / static_cast<double>(values_.size());
}

double Sample::standard_error() const {
  const double centre = mean();
  double squares = 0;
  for (const double x : values_) squares += (x - centre) * (x - centre);
  const auto n = static_cast<double>(values_.size());
  return std::sqrt(squares / (n * (n - 1)));
}

double Sample::quantile(double q) const {
  std::vector<double> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  return sorted.at(static_cast<std::size_t>(q * static_cast<double>(sorted.size())));
}

testing::AssertionResult agrees(const Share& share, double p, double slack) {
  if (share.trials == 0) return testing::AssertionFailure() << "nothing was tried";
  const double chance = 3 * std::sqrt(p * (1 - p) / static_cast<double>(share.trials));
  const std::string text = fmt::format("{} of {} = {:.5f}, expected {:.5f} +- {:.5f}", share.hits,
                                       share.trials, share.value(), p, chance + slack);
  return (std::abs(share.value() - p) <= chance + slack ? testing::AssertionSuccess()
                                                        : testing::AssertionFailure())
         << text;
}

testing::AssertionResult agrees(const Sample& sample, double mean, double slack) {
  if (sample.size() < 2) return testing::AssertionFailure() << "nothing was measured";
  const double chance = 3 * sample.standard_error();
  // What is always the same may still be rounded.
  constexpr double kRounding = 1e-4;
  const std::string text = fmt::format("mean of {} = {:.5f}, expected {:.5f} +- {:.5f}",
                                       sample.size(), sample.mean(), mean, chance + slack);
  return (std::abs(sample.mean() - mean) <= chance + slack + kRounding
              ? testing::AssertionSuccess()
              : testing::AssertionFailure())
         << text;
}

Sample latencies(const models::History& history, Function f) {
  Sample sample;
  for (const Operation& op : history.operations()) {
    if (op.f == f && op.outcome == Outcome::kOk) {
      sample.add(milliseconds(op.completed_at - op.invoked_at));
    }
  }
  return sample;
}

Share misses_own_write(const models::History& history) {
  Share share;
  std::map<sim::NodeId, std::optional<Operation>> before;
  for (const Operation& op : history.operations()) {
    if (op.outcome != Outcome::kOk) continue;
    auto& last = before[op.client];
    if (op.f == Function::kRead && last && last->f == Function::kWrite) {
      share.count(op.value != last->value);
    }
    last = op;
  }
  return share;
}

double integral(const Real& f, double from, double to, int steps) {
  const double step = (to - from) / steps;
  double sum = f(from) + f(to);
  for (int i = 1; i < steps; ++i) sum += f(from + i * step) * (i % 2 == 1 ? 4 : 2);
  return sum * step / 3;
}

}  // namespace quorumlab::theory
