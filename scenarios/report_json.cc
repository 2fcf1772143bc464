#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "scenarios/report.h"

namespace quorumlab::scenarios {
namespace {

using Json = nlohmann::ordered_json;

Json check(const models::CheckResult& checked) {
  Json json = {{"property", checked.property}, {"verdict", models::word_of(checked.verdict)}};
  if (!checked.reason.empty()) json["reason"] = checked.reason;
  if (!checked.witness) return json;
  Json ops = Json::array();
  for (const models::WitnessOp& op : checked.witness->ops) ops.push_back(op.op.value);
  json["witness"] = {{"claim", checked.witness->claim},
                     {"observation", checked.witness->observation},
                     {"obligation", checked.witness->obligation},
                     {"operations", std::move(ops)}};
  return json;
}

Json latency(const Latency& l) {
  return {{"ok", l.count}, {"median_ns", l.median.count()}, {"p99_ns", l.p99.count()}};
}

// With [check] online: the model, and the operation that ended the run.
Json violated_online(const RunResult& result) {
  if (!result.violated) return nullptr;
  return {{"model", result.violated->model}, {"operation", result.violated->at.value}};
}

Json fault(const FaultReport& report) {
  Json lasted = Json::array();
  for (const auto& [begin, end] : report.lasted) lasted.push_back({begin.count(), end.count()});
  Json sides = Json::array();
  for (const Side& side : report.sides) {
    sides.push_back({{"side", side.label},
                     {"reads", side.reads},
                     {"reads_ok", side.reads_ok},
                     {"writes", side.writes},
                     {"writes_ok", side.writes_ok}});
  }
  return {{"kind", report.kind},
          {"label", report.label},
          {"opportunities", report.effect.opportunities},
          {"effects", report.effect.effects},
          {"may_be_inert", report.may_be_inert},
          {"was_due", report.was_due},
          {"text", report.effect.text},
          {"lasted_ns", std::move(lasted)},
          {"availability", std::move(sides)}};
}

Json optional_ns(const std::optional<sim::Duration>& d) {
  return d ? Json(d->count()) : Json();
}

}  // namespace

std::string report_json(const ReportInput& input) {
  const RunResult& r = input.result;
  Json checks = Json::array();
  for (const models::CheckResult& checked : r.checks) checks.push_back(check(checked));
  Json lost = Json::array();
  for (const models::OpId op : r.durability.lost) lost.push_back(op.value);
  Json faults = Json::array();
  for (const FaultReport& report : r.faults) faults.push_back(fault(report));
  Json expect = Json::array();
  for (const Judgement::Line& line : input.judgement.lines) {
    expect.push_back({{"property", line.property},
                      {"expected", line.expected},
                      {"found", line.found},
                      {"met", line.met}});
  }
  const Json json = {{"scenario", input.scenario.about.name},
                     {"seed", r.seed},
                     {"fingerprint", r.fingerprint.text()},
                     {"exit_code", input.judgement.exit_code},
                     {"stopped_because", r.stopped_because},
                     {"violated_online", violated_online(r)},
                     {"checks", std::move(checks)},
                     {"durable",
                      {{"verdict", models::word_of(r.durability.verdict)},
                       {"acknowledged_writes", r.durability.acknowledged},
                       {"lost_writes", r.durability.gone()},
                       {"lost_operations", std::move(lost)}}},
                     {"recovered_ns", optional_ns(r.recovered)},
                     {"converged_ns", optional_ns(r.converged)},
                     {"faults", std::move(faults)},
                     {"reads", latency(r.reads)},
                     {"writes", latency(r.writes)},
                     {"failed_operations", r.property("failed_operations").value_or(0)},
                     {"unknown_operations", r.property("unknown_operations").value_or(0)},
                     {"messages", r.messages.sent},
                     {"events", r.stats.events},
                     {"virtual_time_ns", r.ended.count()},
                     {"expect", std::move(expect)},
                     {"explanation", input.explanation},
                     {"reproduce", input.reproduce}};
  return json.dump(2) + "\n";
}

}  // namespace quorumlab::scenarios
