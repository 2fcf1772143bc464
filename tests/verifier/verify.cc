#include "tests/verifier/verify.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <regex>

#include "tests/verifier/definitions.h"
#include "tests/verifier/history.h"
#include "tests/verifier/kafka.h"
#include "tests/verifier/levels.h"
#include "tests/verifier/models.h"
#include "tests/verifier/objects.h"
#include "tests/verifier/paths.h"

namespace quorumlab::verifier {
namespace {

// Executes orders of all that must have happened, against time (2), sessions (1) or neither: for
// linearizable one of each key, else one of all.
void verify_orders(const History& h, const Json& orders, int respect, bool by_key) {
  const Object object(h);
  std::set<std::size_t> placed;
  std::set<std::string> keys;
  for (const Json& order : orders) {
    std::map<std::string, Json> states;
    std::map<std::size_t, std::size_t> latest;  // by session, or of all: when the last one began
    for (const std::size_t number : order) {
      const Op& op = h.ops.at(number);
      require(placed.insert(number).second, "an operation has two places");
      require(!op.failed || op.mismatched, "an operation that failed has a place");
      std::size_t& before = latest[respect == 2 ? 0 : op.session];
      require(respect == 0 || op.to > before, "the order contradicts sessions or time");
      before = std::max(before, op.from);
      Json& state = states.try_emplace(op.key, object.start()).first->second;
      require(object.step(state, op),
              "operation " + std::to_string(number) + " is not legal there");
    }
    require(!by_key || states.size() <= 1, "an order for several keys");
    for (const auto& [key, state] : states) require(keys.insert(key).second, "two orders of a key");
  }
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    require(placed.contains(i) || object.is_mute(h.ops[i]),
            "operation " + std::to_string(i) + " has no place");
  }
}

// For each session an order of all writes that explains what the session read.
void verify_views(const History& h, const Json& views, bool causal) {
  std::set<std::size_t> sessions;
  for (const Json& view : views) {
    const std::size_t session = h.ops.at(view.at("of")).session;
    sessions.insert(session);
    std::map<std::size_t, std::size_t> place;
    std::map<std::string, Json> state;
    for (const std::size_t number : view.at("order")) {
      const Op& op = h.ops.at(number);
      require(!op.failed && place.emplace(number, place.size()).second,
              "it failed, or is there twice");
      for (const Micro& m : op.micros) {
        const bool wrong = !m.writes && op.session == session && state[m.key] != m.value;
        require(!wrong, "operation " + std::to_string(number) + " is not legal there");
        if (m.writes) state[m.key] = m.value;
      }
    }
    for (std::size_t b = 0; b < h.ops.size(); ++b) {
      const bool told = h.ops[b].ok && !h.ops[b].micros.empty();
      require(!told || place.contains(b), "an operation has no place");
      for (const auto& [a, at] : place) {
        const bool reads = (causal || h.ops[b].session == session) && h.joined('r', a, b);
        const bool before = place.contains(b) && (h.joined('p', a, b) || reads);
        require(!before || at < place[b], "the order contradicts a session or a read");
      }
    }
  }
  for (const Op& op : h.ops)
    require(!op.ok || sessions.contains(op.session), "a session has no order");
}

// Tries every order of a few operations of one key, as they were when `until` ended.
void verify_core(const History& h, const Json& core) {
  const Object object(h);
  const Op& until = h.ops.at(core.at("until"));
  const std::set<std::size_t> members = core.at("ops");
  std::vector<Op> kept;
  require(members.size() <= 60, "too many operations to try all orders");
  for (const std::size_t number : members) {
    kept.push_back(h.ops.at(number));
    require(kept.back().key == until.key, "operations on several keys");
    if (kept.back().to <= until.to) continue;
    kept.back().to = kNever;
    kept.back().ok = kept.back().failed = kept.back().mismatched = false;
  }
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    const Op& op = h.ops[i];
    const bool matters =
        op.from <= until.to && op.key == until.key && (!op.failed || op.mismatched);
    require(!matters || members.contains(i) || object.is_superfluous(op, kept),
            "operation " + std::to_string(i) + " cannot be left out");
  }
  std::set<std::pair<std::uint64_t, Json>> seen;
  const std::function<bool(std::uint64_t, const Json&)> has_order = [&](std::uint64_t placed,
                                                                        const Json& state) {
    if (!seen.emplace(placed, state).second) return false;
    std::size_t deadline = kNever;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if ((placed >> i & 1) == 0) deadline = std::min(deadline, kept[i].to);
    }
    for (std::size_t i = 0; deadline != kNever && i < kept.size(); ++i) {
      Json next = state;
      const bool may = (placed >> i & 1) == 0 && kept[i].from < deadline;
      if (may && object.step(next, kept[i]) && has_order(placed | std::uint64_t{1} << i, next)) {
        return true;
      }
    }
    return deadline == kNever;
  };
  require(!has_order(0, object.start()), "these operations do have an order");
}

bool verify_holding(const History& h, const Json& c, const std::string& property) {
  const std::string proves = c.at("proves");
  Ops all(h.ops.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (c.contains("orders")) {
    const bool by_key = property == "linearizable";
    const bool serial = implies("strong-serializable", property);
    require(by_key || property == "sequential" || serial, "orders do not prove " + property);
    const int respect = by_key ? 2 : property == "sequential" ? 1 : level_of(property).order;
    verify_orders(h, c["orders"], respect, by_key);
  } else if (c.contains("commit") || c.contains("views")) {
    require(is_at_least(proves, property), proves + " does not imply " + property);
    if (c.contains("commit")) verify_commits(h, c["commit"], proves);
    require(!c.contains("views") || is_any(proves, {"causal", "pram"}), "views of " + proves);
    if (c.contains("views")) verify_views(h, c["views"], proves != "pram");
  } else if (is_guarantee(property)) {
    require(!breaks_guarantee(h, property), "some operations break " + property);
  } else if (is_defined(h, property)) {
    require(!breaks(h, c, property, all), "some operations break " + property);
  } else {
    return false;
  }
  return true;
}

bool verify_violation(const History& h, const Json& c, const std::string& property) {
  bool proven = false;
  for (const Json& anomaly : c.value("anomalies", Json::array())) {
    const std::string type = anomaly.at("type");
    const std::string plain = without(without(type, "-process"), "-realtime");
    const Ops ops = anomaly.value("ops", Json::array());
    if (anomaly.contains("cycle")) {
      verify_cycle(h, anomaly);
    } else if (is_defined(h, plain)) {
      require(breaks(h, c, plain, ops), "nothing proves " + type);
    } else {
      continue;
    }
    proven = proven || rules_out(type, property);
  }
  if (c.contains("anomalies")) return proven;
  const Ops ops = c.value("ops", Json::array());
  if (c.contains("core") && property == "linearizable") {
    verify_core(h, c["core"]);
  } else if (c.contains("closing")) {
    require(is_at_least(property, c.at("proves")), "that is weaker than " + property);
    verify_paths(h, c, c.at("proves"));
  } else if (is_defined(h, property)) {
    require(breaks(h, c, property, ops), "these operations keep " + property);
  } else {
    return is_any(h.subject, {"register", "kv"}) && breaks(h, c, "unwritten", ops);
  }
  return true;
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
