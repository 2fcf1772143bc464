#include "tests/verifier/objects.h"

namespace quorumlab::verifier {
namespace {

// Nothing and the empty text may be one another.
bool is_blank(const Json& value) {
  return value.is_null() || value == "";
}

bool are_same(const Json& a, const Json& b) {
  return a == b || (is_blank(a) && is_blank(b));
}

bool step_register(Json& state, const Op& op) {
  if (op.f == "read") return !op.ok || are_same(state, op.out);
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

bool step_registers(Json& state, const Op& op, const Json& unwritten) {
  for (const Json& micro : op.ok ? op.out : op.in) {
    const std::string key = micro.at(1).dump();
    if (micro.at(0) == "write") {
      state[key] = micro.at(2);
    } else if (op.ok && !micro.at(2).is_null() && state.value(key, unwritten) != micro.at(2)) {
      return false;
    }
  }
  return true;
}

bool step_counter(Json& state, const Op& op) {
  if (op.f == "read") return !op.ok || op.out.is_null() || state == op.out;
  const std::int64_t by = op.in.is_null() ? 1 : op.in.get<std::int64_t>();
  state = state.get<std::int64_t>() + (op.f == "dec" ? -by : by);
  return true;
}

// The holder, and the last token.
bool step_lock(Json& state, const Op& op) {
  if (op.f == "release") {
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

// All that was given out, or a set.
bool step_set(Json& state, const Op& op) {
  std::set<Json> members(state.begin(), state.end());
  if (op.f == "generate") {
    const bool fresh = !op.ok || members.insert(op.out).second;
    state = Json(members);
    return fresh;
  }
  if (op.f == "read") return !op.ok || std::set<Json>(op.out.begin(), op.out.end()) == members;
  const bool asks = op.f == "contains";
  const Json value = asks ? op.out.at(0) : op.in;
  const bool there = members.contains(value);
  if (asks) return op.out.at(1) == there;
  if (op.ok && op.out.is_boolean() && op.out != (op.f == "add" ? !there : there)) return false;
  if (op.f == "add") members.insert(value);
  if (op.f == "remove") members.erase(value);
  state = Json(members);
  return true;
}

// A queue, a stack or a log.
bool step_sequence(Json& state, const Op& op, const std::string& kind) {
  if (op.f == "push") {
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
  if (op.f == "pop") state.erase(at);
  return true;
}

// Of what a queue, a stack or a set holds.
Json element_of(const Op& op) {
  return op.f == "contains" ? op.out.at(0) : op.f == "pop" ? op.out : op.in;
}

}  // namespace

Object::Object(const History& history)
    : kind(history.subject), initial(history.initial), unwritten(history.initial) {
  if (kind == "counter" && initial.is_null()) initial = 0;
  if (kind == "multi-register") initial = Json::object();
  if (is_any(kind, {"queue", "stack", "set", "log", "ids"})) initial = Json::array();
  if (kind == "lock") initial = Json::array({nullptr, nullptr});
}

bool Object::step(Json& state, const Op& op) const {
  if (is_any(kind, {"register", "kv"})) return step_register(state, op);
  if (kind == "multi-register") return step_registers(state, op, unwritten);
  if (kind == "counter") return step_counter(state, op);
  if (kind == "lock") return step_lock(state, op);
  if (is_any(kind, {"ids", "set"})) return step_set(state, op);
  return is_any(kind, {"queue", "stack", "log"}) && step_sequence(state, op, kind);
}

bool Object::observes(const Op& op) const {
  if (kind == "multi-register") {
    return !any(op.in, [](const Json& micro) { return micro.at(0) == "write"; });
  }
  return op.mismatched || is_any(op.f, {"read", "poll", "contains"}) ||
         (op.f == "pop" && op.ok && op.out.is_null());
}

bool Object::is_mute(const Op& op) const {
  if (op.failed) return !op.mismatched;
  if (!op.ok) return true;
  if (is_any(op.f, {"poll", "contains"})) return !op.out.is_array();
  const bool tells_nothing = is_any(kind, {"counter", "set", "log"}) ||
                             (is_any(kind, {"register", "kv"}) && !op.found_nothing);
  return op.f == "read" && op.out.is_null() && tells_nothing;
}

bool Object::is_superfluous(const Op& op, const std::vector<Op>& kept) const {
  if (observes(op) || op.failed || kind == "ids") return true;
  const auto none = [&](const auto& matters) {
    return !any(kept, [&](const Op& k) { return k.key == op.key && matters(k); });
  };
  if (none([](const Op&) { return true; })) return true;
  if (op.f == "pop" && !op.ok) return false;  // it may have taken anything
  if (is_any(kind, {"register", "kv"})) {
    const Json value = op.f == "cas" ? op.in.at(1) : op.in;
    return !is_blank(value) && none([&](const Op& k) {
      if (k.f == "append" || k.mismatched) return true;
      return k.f == "cas" ? k.in.at(0) == value : observes(k) && k.out == value;
    });
  }
  return is_any(kind, {"queue", "stack", "set"}) && none([&](const Op& k) {
           return k.f == "read" || (k.f == "pop" && !k.ok) || element_of(k) == element_of(op);
         });
}

}  // namespace quorumlab::verifier
