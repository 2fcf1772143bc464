#include "models/consistency/isolation_models.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace quorumlab::models {
namespace {

using Name = std::string_view;

// {a, b}: a implies b.
constexpr std::array<std::pair<Name, Name>, 46> kImplications = {{
    {"strong-serializable", "serializable"},
    {"strong-serializable", "strong-snapshot-isolation"},
    {"strong-serializable", "strong-session-serializable"},
    {"strong-session-serializable", "serializable"},
    {"strong-session-serializable", "strong-session-snapshot-isolation"},
    {"serializable", "repeatable-read"},
    {"serializable", "snapshot-isolation"},
    {"serializable", "update-serializable"},
    {"serializable", "view-serializable"},
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
      {"non-repeatable-read", "read-atomic"},
      {"causality-violation", "causal-cerone"},
      {"G-monotonic", "monotonic-view"},
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
  const auto [begin, end] = violations().equal_range(anomaly);
  for (auto it = begin; it != end; ++it) models.push_back(it->second);
  return models;
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
    for (const Name model : violated_by(anomaly)) violated.insert(model);
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
