#include "scenarios/run_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace quorumlab::scenarios {
namespace {

std::string who_waits(const sim::World& world) {
  std::vector<std::string> lines;
  for (const sim::WaitingFiber& w : world.waiting()) {
    std::string line = fmt::format("{}/{} waits for {}", world.node_at(w.node.value).name(),
                                   w.fiber, w.waiting.what);
    if (w.waiting.peer != sim::kNoNode)
      line += " from " + world.node_at(w.waiting.peer.value).name();
    lines.push_back(std::move(line));
  }
  return fmt::format("{}", fmt::join(lines, ", "));
}

}  // namespace

RunResult::RunResult() = default;
RunResult::RunResult(const RunResult&) = default;
RunResult::RunResult(RunResult&&) noexcept = default;
RunResult& RunResult::operator=(const RunResult&) = default;
RunResult& RunResult::operator=(RunResult&&) noexcept = default;
RunResult::~RunResult() = default;

std::string why_stopped(const sim::World& world, sim::Stop stop) {
  switch (stop) {
    case sim::Stop::kReachedTime:
    case sim::Stop::kRequested:
      return {};
    case sim::Stop::kIdle:
      return "deadlock: " + who_waits(world);
    case sim::Stop::kLivelock:
      return fmt::format("livelock: time stands still at {}; {}", sim::to_text(world.now(), 6),
                         who_waits(world));
    case sim::Stop::kEventCap:
      return "the cap on events, [limits] events, was reached";
    case sim::Stop::kMemoryCap:
      return "the cap on memory, [limits] memory, was reached";
  }
  return {};
}

std::string why_stopped_online(const models::History& history,
                               const models::OnlineViolation& violation,
                               const models::Names& names) {
  const models::Narrator say(history, names);
  const models::Operation& op = history.operation(violation.at);
  return fmt::format(
      "judged online: {} is violated since {}; what would have come later was not run",
      violation.model, say.observation(op));
}

Latency latency_of(const models::History& history, bool reads) {
  std::vector<sim::Duration> took;
  for (const models::Operation& op : history.operations()) {
    if (is_read(op.f) == reads && op.outcome == models::Outcome::kOk) {
      took.push_back(op.completed_at - op.invoked_at);
    }
  }
  Latency latency{.count = took.size()};
  if (took.empty()) return latency;
  std::sort(took.begin(), took.end());
  latency.median = took[took.size() / 2];
  latency.p99 = took[std::min(took.size() - 1, took.size() * 99 / 100)];
  return latency;
}

}  // namespace quorumlab::scenarios
