#include "tests/verifier/verify.h"

#include "tests/verifier/history.h"
#include "tests/verifier/objects.h"
#include "tests/verifier/transactions.h"

namespace quorumlab::verifier {
namespace {

bool is_txns(const Json& certificate) {
  const std::string subject = certificate.at("subject");
  return subject == "list-append" || subject == "rw-register";
}

void verify_txns(const History& history, const Json& certificate) {
  const std::string model = certificate.at("property");
  for (const Json& order : certificate.value("orders", Json::array())) {
    const bool sessions = model.starts_with("strong-session-") || model == "causal";
    const bool time = !sessions && model.starts_with("str");
    verify_serial_order(history, order, sessions, time);
  }
  for (const Json& anomaly : certificate.value("anomalies", Json::array())) {
    if (anomaly.contains("cycle")) {
      verify_cycle(history, anomaly);
    } else {
      (void)verify_anomaly(history, anomaly);
    }
  }
}

}  // namespace

bool covers(const std::string& text) {
  const Json certificate = Json::parse(text);
  if (certificate.contains("orders") || certificate.contains("core")) return true;
  for (const Json& anomaly : certificate.value("anomalies", Json::array())) {
    if (anomaly.contains("cycle")) return true;
    const std::string type = anomaly.at("type");
    for (const char* const known :
         {"G1a", "garbage", "duplicate-elements", "incompatible-order", "lost-update"}) {
      if (type == known) return true;
    }
  }
  return false;
}

std::string verify(const std::string& history_text, const std::string& text) {
  const Json certificate = Json::parse(text);
  try {
    const History history(history_text);
    if (is_txns(certificate)) {
      verify_txns(history, certificate);
    } else {
      const bool by_process = certificate.at("property") == "sequential";
      if (certificate.contains("orders")) verify_orders(history, certificate, by_process);
      if (certificate.contains("core")) verify_core(history, certificate);
    }
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace quorumlab::verifier
