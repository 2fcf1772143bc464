#include "models/consistency/isolation_models.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace quorumlab::models {
namespace {

using Name = std::string_view;

// {a, b}: a implies b.
constexpr std::array<std::pair<Name, Name>, 77> kImplications = {{
    {"strong-serializable", "serializable"},
    {"strong-serializable", "strong-snapshot-isolation"},
    {"strong-serializable", "strong-session-serializable"},
    {"strong-session-serializable", "serializable"},
    {"strong-session-serializable", "strong-session-snapshot-isolation"},
    {"serializable", "repeatable-read"},
    {"serializable", "snapshot-isolation"},
    {"serializable", "update-serializable"},
    {"serializable", "view-serializable"},
    {"strong-serializable", "strong-repeatable-read"},
    {"strong-repeatable-read", "strong-session-repeatable-read"},
    {"strong-repeatable-read", "strong-monotonic-atomic-view"},
    {"strong-session-serializable", "strong-session-repeatable-read"},
    {"strong-session-repeatable-read", "repeatable-read"},
    {"strong-session-repeatable-read", "strong-session-monotonic-atomic-view"},
    {"strong-snapshot-isolation", "strong-parallel-snapshot-isolation"},
    {"strong-snapshot-isolation", "strong-prefix"},
    {"strong-parallel-snapshot-isolation", "strong-session-parallel-snapshot-isolation"},
    {"strong-parallel-snapshot-isolation", "strong-causal"},
    {"strong-prefix", "strong-session-prefix"},
    {"strong-prefix", "strong-causal"},
    {"strong-causal", "strong-session-causal"},
    {"strong-causal", "strong-read-atomic"},
    {"strong-read-atomic", "strong-session-read-atomic"},
    {"strong-read-atomic", "strong-monotonic-atomic-view"},
    {"strong-monotonic-atomic-view", "strong-session-monotonic-atomic-view"},
    {"strong-monotonic-atomic-view", "strong-read-committed"},
    {"strong-session-snapshot-isolation", "strong-session-parallel-snapshot-isolation"},
    {"strong-session-snapshot-isolation", "strong-session-prefix"},
    {"strong-session-parallel-snapshot-isolation", "parallel-snapshot-isolation"},
    {"strong-session-parallel-snapshot-isolation", "strong-session-causal"},
    {"strong-session-prefix", "prefix"},
    {"strong-session-prefix", "strong-session-causal"},
    {"strong-session-read-atomic", "strong-session-monotonic-atomic-view"},
    {"strong-session-monotonic-atomic-view", "monotonic-atomic-view"},
    {"strong-session-monotonic-atomic-view", "strong-session-read-committed"},
    {"consistent-view", "cut-isolation"},
    {"parallel-snapshot-isolation", "consistent-view"},
    {"repeatable-read", "cut-isolation"},
    {"read-atomic", "cut-isolation"},
    {"strong-snapshot-isolation", "strong-session-snapshot-isolation"},
    {"strong-snapshot-isolation", "strong-read-committed"},
    {"strong-session-snapshot-isolation", "snapshot-isolation"},
    {"strong-session-snapshot-isolation", "strong-session-causal"},
    {"strong-session-causal", "causal-cerone"},
    {"strong-session-causal", "strong-session-read-atomic"},
    {"strong-session-read-atomic", "read-atomic"},
    {"strong-session-read-atomic", "strong-session-read-committed"},
    {"strong-read-committed", "strong-session-read-committed"},
    {"strong-read-committed", "strong-read-uncommitted"},
    {"strong-session-read-committed", "read-committed"},
    {"strong-session-read-committed", "strong-session-read-uncommitted"},
    {"strong-read-uncommitted", "strong-session-read-uncommitted"},
    {"strong-session-read-uncommitted", "read-uncommitted"},
    {"snapshot-isolation", "forward-consistent-view"},
    {"snapshot-isolation", "monotonic-atomic-view"},
    {"snapshot-isolation", "monotonic-snapshot-read"},
    {"snapshot-isolation", "parallel-snapshot-isolation"},
    {"snapshot-isolation", "prefix"},
    {"update-serializable", "forward-consistent-view"},
    {"forward-consistent-view", "consistent-view"},
    {"consistent-view", "cursor-stability"},
    {"consistent-view", "monotonic-view"},
    {"repeatable-read", "cursor-stability"},
    {"repeatable-read", "monotonic-atomic-view"},
    {"parallel-snapshot-isolation", "causal-cerone"},
    {"parallel-snapshot-isolation", "update-atomic"},
    {"prefix", "causal-cerone"},
    {"causal-cerone", "read-atomic"},
    {"update-atomic", "read-atomic"},
    {"read-atomic", "monotonic-atomic-view"},
    {"monotonic-atomic-view", "read-committed"},
    {"cursor-stability", "read-committed"},
    {"monotonic-view", "read-committed"},
    {"monotonic-snapshot-read", "read-committed"},
    {"read-committed", "read-uncommitted"},
    {"view-serializable", "read-uncommitted"},
}};

constexpr std::array<std::pair<Name, Name>, 7> kOtherNames = {{
    {"causal", "strong-session-causal"},
    {"strict-serializable", "strong-serializable"},
    {"PL-SS", "strong-serializable"},
    {"PL-3", "serializable"},
    {"PL-2.99", "repeatable-read"},
    {"PL-2", "read-committed"},
    {"PL-1", "read-uncommitted"},
}};

const std::multimap<Name, Name>& violations() {
  static const std::multimap<Name, Name> kViolations = {
      {"G0", "read-uncommitted"},
      {"cyclic-versions", "read-uncommitted"},
      {"duplicate-elements", "read-uncommitted"},
      {"garbage", "read-uncommitted"},
      {"G1a", "read-committed"},
      {"G1b", "read-committed"},
      {"G1c", "read-committed"},
      {"dirty-update", "read-committed"},
      {"incompatible-order", "read-committed"},
      {"future-read", "read-committed"},
      {"internal", "read-atomic"},
      {"fractured-read", "read-atomic"},
      {"fractured-read-process", "strong-session-read-atomic"},
      {"causality-violation-process", "strong-session-causal"},
      {"causality-violation", "causal-cerone"},
      {"G-monotonic", "monotonic-view"},
      {"monotonicity-violation", "monotonic-atomic-view"},
      {"monotonicity-violation-process", "strong-session-monotonic-atomic-view"},
      {"lost-update", "cursor-stability"},
      {"lost-update", "update-atomic"},
      {"G-single-item", "consistent-view"},
      {"G-single-item", "repeatable-read"},
      {"G-nonadjacent-item", "snapshot-isolation"},
      {"G-nonadjacent-item", "repeatable-read"},
      {"G2-item", "repeatable-read"},
      {"no-order", "view-serializable"},
      {"no-order-process", "strong-session-serializable"},
      {"no-order-realtime", "strong-serializable"},
      {"G-single", "consistent-view"},
      {"G-nonadjacent", "snapshot-isolation"},
      {"G2", "serializable"},
      {"G-single-process", "strong-session-snapshot-isolation"},
      {"G-nonadjacent-process", "strong-session-snapshot-isolation"},
      {"G2-process", "strong-session-serializable"},
      {"G-single-realtime", "strong-snapshot-isolation"},
      {"G-nonadjacent-realtime", "strong-snapshot-isolation"},
      {"G2-realtime", "strong-serializable"},
      {"G0-process", "strong-session-read-uncommitted"},
      {"G1c-process", "strong-session-read-committed"},
      {"G-single-item-process", "strong-session-snapshot-isolation"},
      {"G-nonadjacent-item-process", "strong-session-snapshot-isolation"},
      {"G2-item-process", "strong-session-serializable"},
      {"G0-realtime", "strong-read-uncommitted"},
      {"G1c-realtime", "strong-read-committed"},
      {"G-single-item-realtime", "strong-snapshot-isolation"},
      {"G-nonadjacent-item-realtime", "strong-snapshot-isolation"},
      {"G2-item-realtime", "strong-serializable"}};
  return kViolations;
}

// What anomalies rule out beside that: models that Elle does not know, so that the weakest models
// are told in its words.
const std::multimap<Name, Name>& finer_violations() {
  static const std::multimap<Name, Name> kViolations = {
      {"non-repeatable-read", "cut-isolation"},
      {"no-snapshots", "snapshot-isolation"},
      {"no-snapshots-process", "strong-session-snapshot-isolation"},
      {"no-snapshots-realtime", "strong-snapshot-isolation"},
      {"no-parallel-snapshots", "parallel-snapshot-isolation"},
      {"no-parallel-snapshots-process", "strong-session-parallel-snapshot-isolation"},
      {"no-parallel-snapshots-realtime", "strong-parallel-snapshot-isolation"},
      {"no-prefixes", "prefix"},
      {"no-prefixes-process", "strong-session-prefix"},
      {"no-prefixes-realtime", "strong-prefix"},
      {"long-fork", "prefix"},
      {"long-fork-process", "strong-session-prefix"},
      {"long-fork-realtime", "strong-prefix"},
      {"G-single-process", "strong-session-parallel-snapshot-isolation"},
      {"G-single-realtime", "strong-parallel-snapshot-isolation"},
      {"G-single-item-process", "strong-session-parallel-snapshot-isolation"},
      {"G-single-item-process", "strong-session-repeatable-read"},
      {"G-nonadjacent-item-process", "strong-session-repeatable-read"},
      {"G2-item-process", "strong-session-repeatable-read"},
      {"G-single-item-realtime", "strong-parallel-snapshot-isolation"},
      {"G-single-item-realtime", "strong-repeatable-read"},
      {"G-nonadjacent-item-realtime", "strong-repeatable-read"},
      {"G2-item-realtime", "strong-repeatable-read"}};
  return kViolations;
}

std::vector<Name> all_models() {
  std::vector<Name> models;
  for (const auto& [stronger, weaker] : kImplications) {
    for (const Name name : {stronger, weaker}) {
      if (std::find(models.begin(), models.end(), name) == models.end()) models.push_back(name);
    }
  }
  const std::vector<Name> known = models;
  const auto rank = [&known](Name a) {
    return std::count_if(known.begin(), known.end(), [a](Name m) { return implies(a, m); });
  };
  std::stable_sort(models.begin(), models.end(),
                   [&rank](Name a, Name b) { return rank(a) < rank(b); });
  return models;
}

}  // namespace

std::string_view canonical_model(std::string_view name) {
  for (const auto& [other, canonical] : kOtherNames) {
    if (other == name) return canonical;
  }
  return name;
}

const std::vector<std::string_view>& isolation_models() {
  static const std::vector<Name> kModels = all_models();
  return kModels;
}

bool is_isolation_model(std::string_view name) {
  const auto& models = isolation_models();
  return std::find(models.begin(), models.end(), canonical_model(name)) != models.end();
}

bool implies(std::string_view stronger, std::string_view weaker) {
  if (stronger == weaker) return true;
  return std::any_of(kImplications.begin(), kImplications.end(), [&](const auto& pair) {
    return pair.first == stronger && implies(pair.second, weaker);
  });
}

std::vector<std::string_view> violated_by(std::string_view anomaly) {
  std::vector<Name> models;
  for (const auto* const table : {&violations(), &finer_violations()}) {
    const auto [begin, end] = table->equal_range(anomaly);
    for (auto it = begin; it != end; ++it) models.push_back(it->second);
  }
  return models;
}

std::vector<std::string_view> anomaly_names() {
  std::set<Name> names;
  for (const auto* const table : {&violations(), &finer_violations()}) {
    for (const auto& [anomaly, model] : *table) names.insert(anomaly);
  }
  return {names.begin(), names.end()};
}

bool is_ruled_out(std::string_view model, const std::set<std::string>& anomalies) {
  return std::any_of(anomalies.begin(), anomalies.end(), [&](const std::string& anomaly) {
    const auto violated = violated_by(anomaly);
    return std::any_of(violated.begin(), violated.end(),
                       [&](Name weaker) { return implies(canonical_model(model), weaker); });
  });
}

std::vector<std::string_view> weakest_violated(const std::set<std::string>& anomalies) {
  std::set<Name> violated;
  for (const std::string& anomaly : anomalies) {
    const auto [begin, end] = violations().equal_range(anomaly);
    for (auto it = begin; it != end; ++it) violated.insert(it->second);
  }
  std::vector<Name> weakest;
  for (const Name model : violated) {
    const bool is_weakest = std::none_of(violated.begin(), violated.end(), [&](Name other) {
      return other != model && implies(model, other);
    });
    if (is_weakest) weakest.push_back(model);
  }
  return weakest;
}

}  // namespace quorumlab::models
