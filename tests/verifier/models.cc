#include "tests/verifier/models.h"

#include <map>
#include <set>
#include <vector>

namespace quorumlab::verifier {
namespace {

using Names = std::vector<std::string>;

const std::map<std::string, Names> kWeaker = {
    {"linearizable", {"sequential", "regular"}},
    {"sequential", {"causal", "causal_convergence"}},
    {"causal", {"weak_causal", "pram"}},
    {"causal_convergence", {"weak_causal", "monotonic_reads"}},
    {"weak_causal", {"writes_follow_reads", "monotonic_writes", "read_your_writes"}},
    {"pram", {"monotonic_reads", "monotonic_writes", "read_your_writes"}},
    {"regular", {"safe", "bounded_staleness"}},
    {"bounded_staleness", {"consistent_prefix"}},
    // Isolation, by base; causal there is `transactional causal`.
    {"serializable",
     {"repeatable-read", "snapshot-isolation", "update-serializable", "view-serializable"}},
    {"repeatable-read", {"monotonic-atomic-view", "cursor-stability", "cut-isolation"}},
    {"snapshot-isolation",
     {"parallel-snapshot-isolation", "prefix", "forward-consistent-view",
      "monotonic-snapshot-read"}},
    {"update-serializable", {"forward-consistent-view"}},
    {"forward-consistent-view", {"consistent-view"}},
    {"consistent-view", {"cursor-stability", "monotonic-view", "cut-isolation"}},
    {"parallel-snapshot-isolation", {"transactional causal", "consistent-view", "update-atomic"}},
    {"prefix", {"transactional causal"}},
    {"transactional causal", {"read-atomic"}},
    {"update-atomic", {"read-atomic"}},
    {"read-atomic", {"monotonic-atomic-view", "cut-isolation"}},
    {"monotonic-atomic-view", {"read-committed"}},
    {"cursor-stability", {"read-committed"}},
    {"monotonic-view", {"read-committed"}},
    {"monotonic-snapshot-read", {"read-committed"}},
    {"view-serializable", {"read-uncommitted"}},
    {"read-committed", {"read-uncommitted"}}};

// What forbids an anomaly, whatever -process or -realtime it needs; `items` only without -item.
const std::map<std::string, Names> kForbidden = {
    {"G0", {"read-uncommitted"}},
    {"cyclic-versions", {"read-uncommitted"}},
    {"duplicate-elements", {"read-uncommitted"}},
    {"garbage", {"read-uncommitted"}},
    {"G1a", {"read-committed"}},
    {"G1b", {"read-committed"}},
    {"G1c", {"read-committed"}},
    {"dirty-update", {"read-committed"}},
    {"incompatible-order", {"read-committed"}},
    {"future-read", {"read-committed"}},
    {"internal", {"read-atomic"}},
    {"non-repeatable-read", {"cut-isolation"}},
    {"lost-update", {"cursor-stability", "update-atomic"}},
    {"monotonicity-violation", {"monotonic-atomic-view"}},
    {"fractured-read", {"read-atomic"}},
    {"causality-violation", {"transactional causal"}},
    {"long-fork", {"prefix"}},
    {"G-single", {"parallel-snapshot-isolation"}},
    {"G-single-item", {"parallel-snapshot-isolation", "repeatable-read"}},
    {"G-nonadjacent", {"snapshot-isolation"}},
    {"G-nonadjacent-item", {"snapshot-isolation", "repeatable-read"}},
    {"G2", {"serializable"}},
    {"G2-item", {"repeatable-read"}}};

bool reaches(const std::string& stronger, const std::string& weaker) {
  if (stronger == weaker) return true;
  const auto found = kWeaker.find(stronger);
  if (found == kWeaker.end()) return false;
  for (const std::string& next : found->second) {
    if (reaches(next, weaker)) return true;
  }
  return false;
}

bool is_isolation(const std::string& base) {
  return base == "transactional causal" || reaches("serializable", base);
}

}  // namespace

std::string without(const std::string& name, const std::string& end) {
  return name.ends_with(end) ? name.substr(0, name.size() - end.size()) : name;
}

Level level_of(const std::string& model) {
  const std::string session = "strong-session-";
  const std::string time = "strong-";
  if (model == "strict-serializable") return {"serializable", 2};
  if (model == "causal-cerone") return {"transactional causal", 0};
  Level level{model, 0};
  if (model.starts_with(session)) {
    level = {model.substr(session.size()), 1};
  } else if (model.starts_with(time)) {
    level = {model.substr(time.size()), 2};
  }
  if (level.order > 0 && level.base == "causal") level.base = "transactional causal";
  return level;
}

bool implies(const std::string& stronger, const std::string& weaker) {
  if (reaches(stronger, weaker)) return true;
  const Level a = level_of(stronger);
  const Level b = level_of(weaker);
  return is_isolation(a.base) && is_isolation(b.base) && a.order >= b.order &&
         reaches(a.base, b.base);
}

bool rules_out(const std::string& anomaly, const std::string& model) {
  const std::string plain = without(without(anomaly, "-process"), "-realtime");
  const int order = anomaly.ends_with("-process") ? 1 : anomaly.ends_with("-realtime") ? 2 : 0;
  const auto forbidden = kForbidden.find(plain);
  if (forbidden == kForbidden.end()) return false;
  const Level asked = level_of(model);
  for (const std::string& base : forbidden->second) {
    if (asked.order >= order && is_isolation(asked.base) && reaches(asked.base, base)) return true;
    // What needs neither sessions nor time rules this out too.
    if (plain.starts_with("G-single") && order == 0 && reaches(asked.base, "consistent-view")) {
      return true;
    }
  }
  return false;
}

}  // namespace quorumlab::verifier
