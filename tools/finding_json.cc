#include "tools/finding_json.h"

#include <nlohmann/json.hpp>

#include "models/exchange/certify.h"

namespace quorumlab::tools {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const models::TxnAnomaly& anomaly) {
  ordered_json json = {{"type", anomaly.type}, {"ops", anomaly.ops}, {"text", anomaly.text}};
  for (const models::CycleStep& step : anomaly.cycle) {
    json["cycle"].push_back({{"from", step.from},
                             {"to", step.to},
                             {"kind", models::word_of(step.kind)},
                             {"why", step.why}});
    if (step.via != models::kNoTxn) json["cycle"].back()["via"] = step.via;
  }
  return json;
}

// Where messages lie: the one that is accused, and the one that it is held against.
void add_offsets(const models::LogAnomaly& anomaly, ordered_json& json) {
  json["ruled_out"] = anomaly.is_ruled_out;
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  const auto add_offset = [&](const char* name, std::int64_t offset) {
    if (offset != models::kNoOffset) json[name] = offset;
  };
  add("key", anomaly.key);
  add("message", anomaly.message);
  add_offset("offset", anomaly.offset);
  add("other_message", anomaly.other_message);
  add_offset("other_offset", anomaly.other_offset);
  if (!anomaly.skipped.empty()) json["skipped"] = anomaly.skipped;
}

ordered_json json_of(const models::Finding& finding) {
  ordered_json json = {{"property", finding.model},
                       {"subject", finding.subject},
                       {"verdict", word_of(finding.verdict)},
                       {"operations", finding.operations},
                       {"steps", finding.steps}};
  if (!finding.reason.empty()) json["reason"] = finding.reason;
  if (!finding.claim.empty()) json["claim"] = finding.claim;
  if (!finding.lines.empty()) json["witness"] = finding.lines;
  if (!finding.ops.empty()) json["ops"] = finding.ops;
  if (!finding.states.empty()) json["states"] = finding.states;
  if (!finding.core.empty()) json["core"]["ops"] = finding.core;
  if (!finding.core.empty() && finding.model == "linearizable") {
    json["core"]["until"] = finding.until;
  }
  if (finding.logs.empty()) {
    for (const auto& anomaly : finding.anomalies) json["anomalies"].push_back(json_of(anomaly));
  }
  for (const models::LogAnomaly& anomaly : finding.logs) {
    json["anomalies"].push_back(json_of(anomaly));
    add_offsets(anomaly, json["anomalies"].back());
  }
  if (!finding.counts.empty()) json["counts"] = finding.counts;
  if (!finding.weakest.empty()) json["weakest_violated"] = finding.weakest;
  return json;
}

// Cycles, and what follows of what they suppose.
void add_refutation(const models::Refutation& refutation, ordered_json& json) {
  for (const auto& cycle : refutation.cycles) {
    ordered_json steps = ordered_json::array();
    for (const models::RefutationStep& step : cycle) {
      steps.push_back({{"from", step.from}, {"to", step.to}, {"kind", step.kind}});
      if (step.supposed) steps.back()["if"] = {step.supposed->first, step.supposed->second};
    }
    json["cycles"].push_back(std::move(steps));
  }
  for (const auto& clause : refutation.learned) {
    ordered_json one = ordered_json::array();
    for (const models::Supposition& s : clause) one.push_back({s.first, s.second});
    json["learned"].push_back(std::move(one));
  }
}

}  // namespace

std::string finding_json(const models::Finding& finding) {
  return json_of(finding).dump(2);
}

std::string certificate_json(const models::Journal& journal, const models::Finding& finding,
                             const models::JudgeOptions& options, const std::string& initial) {
  ordered_json json = json_of(finding);
  json["form"] = name_of(journal.form);
  json["keyed"] = finding.is_keyed;
  json["initial"] = initial;
  if (options.staleness_versions) json["versions"] = *options.staleness_versions;
  if (options.staleness_time) json["time"] = options.staleness_time->count();
  if (options.total) json["total"] = *options.total;
  if (!finding.orders.empty()) json["orders"] = finding.orders;
  const models::Certificate& certificate = finding.certificate;
  json["proves"] = certificate.model.empty() ? finding.model : certificate.model;
  if (!certificate.commit.empty()) json["commit"] = certificate.commit;
  for (const auto& [read, write] : certificate.sources) {
    json["sources"].push_back({read, write ? ordered_json(*write) : ordered_json()});
  }
  for (const auto& [of, order] : certificate.views) {
    json["views"].push_back({{"of", of}, {"order", order}});
  }
  if (certificate.violation) add_refutation(*certificate.violation, json);
  if (finding.logs.empty()) json.erase("anomalies");
  // One is enough.
  if (const auto accused = models::accused_anomaly(finding)) {
    ordered_json& one = json["anomalies"].emplace_back(json_of(finding.anomalies[*accused]));
    const auto proof = certificate.of_anomalies.find(*accused);
    if (proof != certificate.of_anomalies.end()) {
      one.erase("cycle");
      add_refutation(proof->second, one);
    }
  }
  return json.dump(2) + "\n";
}

}  // namespace quorumlab::tools
