#include "tests/verifier/verify.h"

#include <numeric>

#include "tests/verifier/definitions.h"
#include "tests/verifier/kafka.h"
#include "tests/verifier/objects.h"
#include "tests/verifier/rules.h"

namespace quorumlab::verifier {
namespace {

// False: there is no proof in it.
bool verify_holding(const History& h, const Json& c, const std::string& property) {
  const std::string proves = spelled(c.value("proves", property), h.subject);
  require(implies(proves, property), proves + " does not imply " + property);
  // Where nothing happened that anybody knows of, everything holds.
  const Object object(h);
  if (!any(h.ops, [&](const Op& op) { return !object.is_mute(op); })) return is_model(property);
  if (c.contains("orders") && is_any(proves, {"linearizable", "sequential"})) {
    verify_orders(h, c["orders"], proves == "linearizable");
    return true;
  }
  const bool by_value = implies("regular", proves) || is_any(proves, {"durable", "eventual"});
  require(!h.is_open || by_value, "nobody says which write of its value a read saw");
  const Forbidden forbidden = forbidden_by(proves);
  const bool views = is_any(proves, {"causal", "pram"});
  if (!forbidden.is_all || (!forbidden.cycles.empty() && !c.contains(views ? "views" : "commit"))) {
    return false;
  }
  Ops all(h.ops.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (const std::string& name : forbidden.anomalies) {
    const Definition* const definition = find_definition(h, name);
    require(definition != nullptr, name + " says nothing of a " + h.subject);
    require(!definition->is_broken_by(h, all), "some operations break " + name);
  }
  if (views) {
    verify_views(h, c["views"], forbidden, proves == "causal");
  } else if (!forbidden.cycles.empty()) {
    verify_commits(h, c["commit"], forbidden);
  }
  return true;
}

// Of a named anomaly, or of a model that is weaker. False: it does not rule the property out.
bool verify_claim(const History& h, const Json& claim, const std::string& name,
                  const std::string& property) {
  const Forbidden forbidden = forbidden_by(property);
  bool rules_out = is_model(name) ? implies(property, name) : forbidden.anomalies.contains(name);
  const Definition* const definition = find_definition(h, name);
  if (claim.contains("cycle") || claim.contains("cycles")) {
    const auto cycles = verify_cycles(h, claim, name);
    const auto all_fit = [&](const Forbidden& what) {
      return !any(cycles, [&](const std::string& steps) { return !fits(what, steps); });
    };
    require(all_fit(forbidden_by(name)), "a cycle is not " + name);
    rules_out = rules_out || (!is_model(name) && all_fit(forbidden));
  } else if (claim.contains("core") && is_any(name, {"linearizable", "sequential"})) {
    verify_core(h, claim["core"], name == "linearizable");
  } else if (definition != nullptr) {
    require(definition->is_broken_by(h, claim.value("ops", Ops())), "nothing proves " + name);
  } else {
    return false;
  }
  return rules_out;
}

bool verify_violation(const History& h, const Json& c, const std::string& property) {
  if (!c.contains("anomalies")) {
    return verify_claim(h, c, spelled(c.value("proves", property), h.subject), property);
  }
  bool proven = false;
  for (const Json& anomaly : c["anomalies"]) {
    proven = verify_claim(h, anomaly, anomaly.at("type"), property) || proven;
  }
  return proven;
}

}  // namespace

std::string verify(const std::string& history_text, const std::string& text) {
  try {
    const Json certificate = Json::parse(text);
    if (certificate.value("subject", "") == "kafka") {
      return verify_logs(history_text, certificate) ? "" : kNoProof;
    }
    const History history(history_text, certificate);
    const std::string property = spelled(certificate.at("property"), history.subject);
    const std::string verdict = certificate.at("verdict");
    const bool proven = verdict == "holds"      ? verify_holding(history, certificate, property)
                        : verdict == "violated" ? verify_violation(history, certificate, property)
                                                : false;
    return proven ? "" : kNoProof;
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace quorumlab::verifier
