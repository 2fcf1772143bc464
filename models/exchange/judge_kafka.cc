#include "models/exchange/judge_kafka.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/exchange/kafka_journal.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kLinesOfEach = 3;
constexpr std::size_t kLongestOp = 160;

// What was done, but for a poll that returned very much.
std::string shortened(std::string text) {
  if (text.size() > kLongestOp) text = text.substr(0, kLongestOp - 3) + "...";
  return text;
}

std::vector<std::string> types_ruled_out(const LogResult& result) {
  std::vector<std::string> types;
  for (const LogAnomaly& anomaly : result.anomalies) {
    const bool known = std::find(types.begin(), types.end(), anomaly.type) != types.end();
    if (anomaly.is_ruled_out && !known) types.push_back(anomaly.type);
  }
  return types;
}

// What the model allows comes last, and says so.
void tell_anomalies(const LogResult& result, Finding& finding) {
  std::map<std::string, std::size_t> told;
  for (const LogAnomaly& anomaly : result.anomalies) {
    const std::size_t before = told[anomaly.type]++;
    if (before >= (anomaly.is_ruled_out ? kLinesOfEach : 1)) continue;
    const std::uint64_t count = result.counts.at(anomaly.type);
    const std::string of = before == 0 && count > 1 ? fmt::format(" (1 of {})", count) : "";
    const std::string allowed = anomaly.is_ruled_out ? "" : ", which this model allows";
    finding.lines.push_back(fmt::format("{}{}{}: {}", anomaly.type, of, allowed, anomaly.text));
  }
}

void tell_ops(const Journal& journal, const std::vector<Pair>& pairs, Finding& finding) {
  for (const std::size_t op : finding.ops) {
    finding.lines.push_back(shortened(fmt::format("T{}: {}", op, describe(journal, pairs[op]))));
  }
}

}  // namespace

Finding judge_logs(Journal& journal, const JudgeOptions& options) {
  const LogHistory history = compile_logs(journal);
  LogResult result = check_logs(history, options.model, options.budget);
  const std::vector<Pair> pairs = pair_events(journal);
  Finding finding{.model = options.model,
                  .subject = "kafka",
                  .verdict = result.verdict,
                  .reason = result.reason,
                  .operations = pairs.size(),
                  .steps = result.steps};
  if (result.verdict == Verdict::kViolated) {
    finding.claim =
        fmt::format("Not {}: {}", options.model, fmt::join(types_ruled_out(result), ", "));
    const std::vector<std::uint32_t>& ops = result.anomalies.front().ops;
    finding.ops.assign(ops.begin(), ops.end());
  }
  tell_anomalies(result, finding);
  tell_ops(journal, pairs, finding);
  if (result.unseen > 0) {
    finding.lines.push_back(
        fmt::format("unseen: nobody polled {} message{} that had been acknowledged", result.unseen,
                    result.unseen == 1 ? "" : "s"));
  }
  for (const LogAnomaly& anomaly : result.anomalies) {
    if (anomaly.is_ruled_out) finding.anomalies.push_back(anomaly);
  }
  finding.counts = std::move(result.counts);
  finding.logs = std::move(result.anomalies);
  return finding;
}

}  // namespace quorumlab::models
