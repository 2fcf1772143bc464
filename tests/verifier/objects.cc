#include "tests/verifier/objects.h"

#include <algorithm>

namespace quorumlab::verifier {
namespace {

bool is_blank(const Json& value) {
  return value.is_null() || value == "";
}

bool are_same(const Json& a, const Json& b) {
  return a == b || (is_blank(a) && is_blank(b));
}

bool asks(const Op& op) {
  return is_any(op.f, {"contains", "contains?"});
}

bool takes(const Op& op) {
  return is_any(op.f, {"dequeue", "deq", "pop"});
}

bool step_register(Json& state, const Op& op) {
  if (is_any(op.f, {"read", "get"})) return !op.ok || are_same(state, op.out);
  if (op.f == "cas") {
    const bool swaps = are_same(state, op.in.at(0));
    if (swaps && !op.mismatched) state = op.in.at(1);
    return op.mismatched ? !swaps : swaps || !op.ok;
  }
  if (op.f == "append") {
    state = (state.is_null() ? "" : state.get<std::string>()) + op.in.get<std::string>();
  } else {
    state = op.f == "delete" ? Json() : op.in;
  }
  return true;
}

bool step_registers(Json& state, const Op& op, const Json& initial) {
  for (const Json& micro : op.ok ? op.out : op.in) {
    const std::string key = micro.at(1).dump();
    if (micro.at(0) == "write") {
      state[key] = micro.at(2);
    } else if (op.ok && !micro.at(2).is_null() && state.value(key, initial) != micro.at(2)) {
      return false;
    }
  }
  return true;
}

bool step_counter(Json& state, const Op& op) {
  if (op.f == "read") return !op.ok || state == op.out;
  const std::int64_t by = op.in.is_null() ? 1 : op.in.get<std::int64_t>();
  state = state.get<std::int64_t>() + (op.f.starts_with("dec") ? -by : by);
  return true;
}

// The holder, and the last token.
bool step_lock(Json& state, const Op& op) {
  if (is_any(op.f, {"release", "unlock"})) {
    if (state[0] != op.process) return !op.ok;
    state[0] = nullptr;
    return true;
  }
  if (!state[0].is_null()) return false;
  state[0] = op.process;
  if (!op.ok || !op.out.is_number_integer()) return true;
  const bool grows = state[1].is_null() || op.out > state[1];
  state[1] = op.out;
  return grows;
}

bool step_ids(Json& state, const Op& op) {
  if (!op.ok) return true;
  if (std::find(state.begin(), state.end(), op.out) != state.end()) return false;
  state.push_back(op.out);
  return true;
}

bool step_set(Json& state, const Op& op) {
  std::set<Json> members(state.begin(), state.end());
  if (op.f == "read") return !op.ok || std::set<Json>(op.out.begin(), op.out.end()) == members;
  const Json value = asks(op) ? op.out.at(0) : op.in;
  const bool there = members.contains(value);
  if (asks(op)) return op.out.at(1) == there;
  const bool adds = is_any(op.f, {"add", "insert"});
  if (op.ok && op.out.is_boolean() && op.out != (adds ? !there : there)) return false;
  adds ? (void)members.insert(value) : (void)members.erase(value);
  state = Json(members);
  return true;
}

// A queue, a stack or a log.
bool step_sequence(Json& state, const Op& op, const std::string& kind) {
  if (is_any(op.f, {"enqueue", "enq", "push", "send", "append"})) {
    const bool told = kind == "log" && op.ok && op.out.is_array() && op.out.size() == 2;
    const bool wrong = told && op.out.at(0) != state.size();
    state.push_back(op.in);
    return !wrong;
  }
  if (op.f == "poll") {
    const std::size_t at = op.out.at(0);
    return (at < state.size() ? state.at(at) : Json()) == op.out.at(1);
  }
  if (kind == "log") return !op.ok || state == op.out;
  if (state.empty()) return !op.ok || op.out.is_null();
  const std::size_t at = kind == "queue" ? 0 : state.size() - 1;
  if (op.ok && state.at(at) != op.out) return false;
  if (op.f != "peek") state.erase(at);
  return true;
}

// Of keys, each a list or a register.
bool step_txn(Json& state, const Op& op, bool lists) {
  for (const Micro& m : op.micros) {
    const Json now = state.value(m.key, lists ? Json::array() : Json());
    if (!m.writes && now != m.value) return false;
    if (!m.writes) continue;
    state[m.key] = m.value;
    if (!lists) continue;
    state[m.key] = now;
    state[m.key].push_back(m.value);
  }
  return true;
}

// Of what a queue, a stack or a set holds.
Json element_of(const Op& op) {
  return asks(op) ? op.out.at(0) : takes(op) ? op.out : op.in;
}

}  // namespace

Object::Object(const History& history) : kind(history.subject), initial(history.initial) {
  if (kind == "counter" && initial.is_null()) initial = 0;
  if (is_any(kind, {"queue", "stack", "set", "log", "ids"})) initial = Json::array();
  if (kind == "lock") initial = Json::array({nullptr, nullptr});
}

Json Object::start() const {
  const bool has_keys = is_any(kind, {"multi-register", "list-append", "rw-register"});
  return has_keys ? Json::object() : initial;
}

bool Object::step(Json& state, const Op& op) const {
  if (kind == "register" || kind == "kv") return step_register(state, op);
  if (kind == "multi-register") return step_registers(state, op, initial);
  if (kind == "counter") return step_counter(state, op);
  if (kind == "lock") return step_lock(state, op);
  if (kind == "ids") return step_ids(state, op);
  if (kind == "set") return step_set(state, op);
  if (is_any(kind, {"list-append", "rw-register"}))
    return step_txn(state, op, kind == "list-append");
  return step_sequence(state, op, kind);
}

bool Object::observes(const Op& op) const {
  if (op.mismatched) return true;
  if (kind == "multi-register") {
    return std::all_of(op.in.begin(), op.in.end(),
                       [](const Json& micro) { return micro.at(0) != "write"; });
  }
  return is_any(op.f, {"read", "get", "peek", "poll"}) || asks(op) ||
         (takes(op) && op.ok && op.out.is_null());
}

bool Object::is_mute(const Op& op) const {
  if (op.failed) return !op.mismatched;
  if (!op.ok) return true;
  const bool reads = is_any(op.f, {"read", "get", "peek"});
  if (reads && op.out.is_null()) return kind != "queue" && !op.found_nothing;
  return (op.f == "poll" || asks(op)) && !op.out.is_array();
}

bool Object::is_superfluous(const Op& op, const std::vector<Op>& kept) const {
  if (observes(op) || op.failed || kind == "ids") return true;
  const auto none = [&](const auto& matters) {
    return std::none_of(kept.begin(), kept.end(), matters);
  };
  if (kind == "register" || kind == "kv") {
    const Json value = op.f == "cas" ? op.in.at(1) : op.in;
    return !is_blank(value) && none([&](const Op& k) {
      if (k.f == "append" || k.mismatched) return true;
      return k.f == "cas" ? k.in.at(0) == value : observes(k) && k.out == value;
    });
  }
  return is_any(kind, {"queue", "stack", "set"}) && none([&](const Op& k) {
           return is_any(k.f, {"read", "peek"}) || (takes(k) && !k.ok) ||
                  element_of(k) == element_of(op);
         });
}

}  // namespace quorumlab::verifier
