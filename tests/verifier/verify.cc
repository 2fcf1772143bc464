#include "tests/verifier/verify.h"

#include <numeric>

#include "tests/verifier/definitions.h"
#include "tests/verifier/kafka.h"
#include "tests/verifier/models.h"
#include "tests/verifier/rules.h"

namespace quorumlab::verifier {
namespace {

// False: there is no proof in it.
bool verify_holding(const History& h, const Json& c, const std::string& property) {
  const std::string proves = spelled(c.value("proves", property), h.subject);
  const Definition* const definition = find_definition(h, proves);
  require(implies(proves, property), proves + " does not imply " + property);
  if (c.contains("orders")) {
    require(is_any(proves, {"linearizable", "sequential"}), "orders do not prove " + proves);
    verify_orders(h, c["orders"], proves == "linearizable");
  } else if (c.contains("views")) {
    require(is_any(proves, {"causal", "pram"}), "views do not prove " + proves);
    verify_views(h, c["views"], proves == "causal");
  } else if (c.contains("commit")) {
    verify_commits(h, c["commit"], proves);
  } else if (definition != nullptr) {
    Ops all(h.ops.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    require(!definition->is_broken_by(h, all), "some operations break " + proves);
  } else {
    return false;
  }
  return true;
}

// Of a named anomaly, or a model.
bool verify_claim(const History& h, const Json& claim, const std::string& name) {
  const Definition* const definition = find_definition(h, anomaly_of(name).base);
  if (claim.contains("cycle") || claim.contains("cycles")) {
    verify_cycles(h, claim, name);
  } else if (claim.contains("core") && is_any(name, {"linearizable", "sequential"})) {
    verify_core(h, claim["core"], name == "linearizable");
  } else if (definition != nullptr) {
    require(definition->is_broken_by(h, claim.value("ops", Ops())), "nothing proves " + name);
  } else {
    return false;
  }
  return true;
}

bool verify_violation(const History& h, const Json& c, const std::string& property) {
  const std::string proves = spelled(c.value("proves", property), h.subject);
  if (!c.contains("anomalies")) {
    require(rules_out(proves, property), proves + " does not rule out " + property);
    return verify_claim(h, c, proves);
  }
  bool proven = false;
  for (const Json& anomaly : c["anomalies"]) {
    const std::string name = anomaly.at("type");
    proven = (verify_claim(h, anomaly, name) && rules_out(name, property)) || proven;
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
