#include "tests/verifier/models.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <vector>

#include "tests/verifier/history.h"

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

// The weakest that forbid an anomaly, whatever -process or -realtime it needs.
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
    {"G2-item", {"repeatable-read"}},
    {"no-order", {"serializable"}},
    {"no-snapshots", {"snapshot-isolation"}},
    {"no-parallel-snapshots", {"parallel-snapshot-isolation"}},
    {"no-prefixes", {"prefix"}}};

// Of what a cycle may consist, begun anywhere in it; p is also t. Without -item.
const std::map<std::string, std::string> kShapes = {{"G0", "[wp]+"},
                                                    {"G1c", "[wrp]*r[wrp]*"},
                                                    {"G-single", "[wrp]*a[wrp]*"},
                                                    {"G-nonadjacent", "(a[wrp]+){2,}"},
                                                    {"G2", "[wrpa]*aa[wrpa]*"},
                                                    {"long-fork", "(a[wrp]*[rp])+"},
                                                    {"monotonicity-violation", "[wrp]+|rv"},
                                                    {"fractured-read", "[wrp]+|[rp]a"},
                                                    {"causality-violation", "[wrp]+|[rp]+a"},
                                                    {"no-order", "[wrpa]+"},
                                                    {"no-snapshots", "[wrp]+|(a[wrp]+)+"},
                                                    {"no-parallel-snapshots", "[wrp]*a?[wrp]*"},
                                                    {"no-prefixes", "[wrp]+|(a[wrp]*[rp])+"},
                                                    {"sequential", "[wrpa]+"},
                                                    {"causal", "[wrpa]+"},
                                                    {"pram", "[wrpa]+"},
                                                    {"causal_convergence", "[wrp]+|[rp]+a"}};

bool reaches(const std::string& stronger, const std::string& weaker) {
  const auto found = kWeaker.find(stronger);
  return stronger == weaker ||
         (found != kWeaker.end() &&
          any(found->second, [&](const std::string& next) { return reaches(next, weaker); }));
}

bool is_isolation(const std::string& base) {
  return base == "transactional causal" || reaches("serializable", base);
}

// Whether the order that a name asks for is one of its ends, which then goes.
bool drop_end(std::string& name, const std::string& end) {
  const bool found = name.ends_with(end);
  if (found) name.resize(name.size() - end.size());
  return found;
}

bool has_part(const std::string& mixture, const std::string& guarantee) {
  return ("+" + mixture + "+").find("+" + guarantee + "+") != std::string::npos;
}

bool is_mixture(const std::string& model) {
  return model.find('+') != std::string::npos;
}

// Guarantees that one order of writes keeps: all of them are causal memory, all but the last PRAM.
bool mixture_implies(const std::string& stronger, const std::string& weaker) {
  const std::string follow = "writes_follow_reads";
  if (is_mixture(weaker)) {
    return reaches(stronger, has_part(weaker, follow) ? "causal" : "pram");
  }
  const bool pram = has_part(stronger, "read_your_writes") &&
                    has_part(stronger, "monotonic_reads") && has_part(stronger, "monotonic_writes");
  return has_part(stronger, weaker) || (pram && weaker == "pram") ||
         (pram && weaker == "causal" && has_part(stronger, follow));
}

}  // namespace

Level level_of(const std::string& model) {
  if (model == "strict-serializable") return {"serializable", 2};
  if (model == "causal-cerone") return {"transactional causal", 0};
  const std::string session = "strong-session-";
  const std::string time = "strong-";
  Level level{model, 0};
  if (model.starts_with(session)) {
    level = {model.substr(session.size()), 1};
  } else if (model.starts_with(time)) {
    level = {model.substr(time.size()), 2};
  }
  if (level.order > 0 && level.base == "causal") level.base = "transactional causal";
  return level;
}

Level anomaly_of(const std::string& name) {
  Level anomaly{name, 0};
  if (drop_end(anomaly.base, "-process")) anomaly.order = 1;
  if (drop_end(anomaly.base, "-realtime")) anomaly.order = 2;
  return anomaly;
}

bool implies(const std::string& stronger, const std::string& weaker) {
  if (reaches(stronger, weaker)) return true;
  if (is_mixture(stronger) || is_mixture(weaker)) return mixture_implies(stronger, weaker);
  const Level a = level_of(stronger);
  const Level b = level_of(weaker);
  return is_isolation(a.base) && is_isolation(b.base) && a.order >= b.order &&
         reaches(a.base, b.base);
}

bool rules_out(const std::string& what, const std::string& model) {
  if (implies(model, what)) return true;
  if (what == "unwritten") return is_mixture(model) || reaches("linearizable", model);
  const Level anomaly = anomaly_of(what);
  const auto forbidden = kForbidden.find(anomaly.base);
  if (forbidden == kForbidden.end()) return false;
  const Level asked = level_of(model);
  // What needs neither sessions nor time rules this out too.
  const bool single = anomaly.base.starts_with("G-single") && anomaly.order == 0;
  if (single && reaches(asked.base, "consistent-view")) return true;
  return asked.order >= anomaly.order && is_isolation(asked.base) &&
         any(forbidden->second, [&](const std::string& base) { return reaches(asked.base, base); });
}

bool fits(const std::string& name, std::string steps) {
  Level anomaly = anomaly_of(name);
  drop_end(anomaly.base, "-item");
  const bool isolation = kForbidden.contains(anomaly.base);
  const auto counts = [&](char how, int order) {
    return steps.find(how) == std::string::npos || anomaly.order >= order ||
           (!isolation && order == 1);
  };
  const auto shape = kShapes.find(anomaly.base);
  if (shape == kShapes.end() || !counts('p', 1) || !counts('t', 2)) return false;
  std::replace(steps.begin(), steps.end(), 't', 'p');
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::rotate(steps.begin(), steps.begin() + 1, steps.end());
    if (std::regex_match(steps, std::regex(shape->second))) return true;
  }
  return false;
}

std::string spelled(std::string model, const std::string& subject) {
  const bool txns = subject == "list-append" || subject == "rw-register" || subject == "bank";
  if (!txns) std::replace(model.begin(), model.end(), '-', '_');
  if (txns && model == "causal") return "strong-session-causal";
  return model;
}

}  // namespace quorumlab::verifier
