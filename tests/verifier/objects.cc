#include "tests/verifier/objects.h"

#include <algorithm>
#include <functional>
#include <set>

namespace quorumlab::verifier {
namespace {

// An operation on one object of a history.
struct Call {
  const Op* op;
  std::string key;
  Json in;
  Json out;
  bool fails = false;  // a compare-and-set that ran and saw something else
};

bool is_any(const std::string& f, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), f) != names.end();
}

class Object {
 public:
  explicit Object(const Json& certificate)
      : kind_(certificate.at("subject")),
        keyed_(certificate.at("keyed")),
        etcd_(certificate.at("form") == "an etcd log") {
    const std::string initial = certificate.at("initial");
    initial_ = initial.empty() || initial == "nil" ? Json() : Json::parse(initial);
    if (kind_ == "counter" && initial_.is_null()) initial_ = 0;
    if (is_any(kind_, {"queue", "stack", "set", "log", "ids"})) initial_ = Json::array();
    if (kind_ == "lock") initial_ = Json::array({nullptr, nullptr});
  }

  [[nodiscard]] Json initial() const {
    return kind_ == "multi-register" ? Json::object() : initial_;
  }

  [[nodiscard]] Call call(const Op& op) const {
    Call call{&op, op.key.dump(), op.in, op.out, etcd_ && op.failed && op.f == "cas"};
    if (keyed_) {
      call.key = op.in.at(0).dump();
      call.in = op.in.at(1);
      if (op.out.is_array() && op.out.size() == 2) call.out = op.out.at(1);
    }
    if (call.fails && !call.in.is_array()) call.fails = false;
    return call;
  }

  // Does it say nothing, so that it need not have a place?
  [[nodiscard]] bool is_mute(const Call& call) const {
    if (call.op->failed) return !call.fails || !call.out.is_array();
    if (!call.op->ok) return true;
    const bool reads = is_any(call.op->f, {"read", "get", "peek"});
    if (reads && call.out.is_null()) return !etcd_ && kind_ != "kv" && kind_ != "queue";
    return is_any(call.op->f, {"poll", "contains", "contains?"}) && !call.out.is_array();
  }

  // Takes the effect; false: its result is not legal.
  [[nodiscard]] bool step(Json& state, const Call& call) const {
    const std::string& f = call.op->f;
    const bool known = call.op->ok;
    const auto blank = [](const Json& v) { return v.is_null() || v == ""; };
    const auto same = [&](const Json& a, const Json& b) {
      return a == b || (blank(a) && blank(b));
    };
    if (kind_ == "register" || kind_ == "kv") {
      if (is_any(f, {"read", "get"})) return !known || same(state, call.out);
      if (f == "cas") {
        const bool swaps = same(state, call.in.at(0));
        if (swaps && !call.fails) state = call.in.at(1);
        return call.fails ? !swaps : swaps || !known;
      }
      if (f == "append") {
        state = (state.is_null() ? "" : state.get<std::string>()) + call.in.get<std::string>();
        return true;
      }
      state = f == "delete" ? Json() : call.in;
      return true;
    }
    if (kind_ == "multi-register") return step_registers(state, known ? call.out : call.in, known);
    if (kind_ == "counter") {
      if (f == "read") return !known || state == call.out;
      const std::int64_t by = call.in.is_null() ? 1 : call.in.get<std::int64_t>();
      state = state.get<std::int64_t>() + (f.starts_with("dec") ? -by : by);
      return true;
    }
    if (kind_ == "lock") return step_lock(state, call, known);
    if (kind_ == "ids") {
      if (known && std::find(state.begin(), state.end(), call.out) != state.end()) return false;
      if (known) state.push_back(call.out);
      return true;
    }
    if (kind_ == "set") return step_set(state, call, known);
    return step_sequence(state, call, known);
  }

  // Changes nothing in any state.
  [[nodiscard]] bool observes(const Call& call) const {
    if (call.fails) return true;
    const bool pops = is_any(call.op->f, {"dequeue", "deq", "pop"});
    if (kind_ == "multi-register") {
      return std::all_of(call.in.begin(), call.in.end(),
                         [](const Json& micro) { return micro.at(0) != "write"; });
    }
    return is_any(call.op->f, {"read", "get", "peek", "poll", "contains", "contains?"}) ||
           (pops && call.op->ok && call.out.is_null());
  }

  [[nodiscard]] const std::string& kind() const { return kind_; }

 private:
  [[nodiscard]] bool step_registers(Json& state, const Json& micros, bool known) const {
    for (const Json& micro : micros) {
      const std::string reg = micro.at(1).dump();
      if (micro.at(0) == "write") {
        state[reg] = micro.at(2);
      } else if (known && !micro.at(2).is_null() && state.value(reg, initial_) != micro.at(2)) {
        return false;
      }
    }
    return true;
  }

  static bool step_lock(Json& state, const Call& call, bool known) {
    if (is_any(call.op->f, {"release", "unlock"})) {
      if (state[0] != call.op->process) return !known;
      state[0] = nullptr;
      return true;
    }
    if (!state[0].is_null()) return false;
    state[0] = call.op->process;
    if (!known || !call.out.is_number_integer()) return true;
    const bool grows = state[1].is_null() || call.out > state[1];
    state[1] = call.out;
    return grows;
  }

  static bool step_set(Json& state, const Call& call, bool known) {
    std::set<Json> members(state.begin(), state.end());
    if (call.op->f == "read") {
      return !known || std::set<Json>(call.out.begin(), call.out.end()) == members;
    }
    const bool asks = is_any(call.op->f, {"contains", "contains?"});
    const Json value = asks ? call.out.at(0) : call.in;
    const bool there = members.contains(value);
    if (asks) return call.out.at(1) == there;
    const bool adds = is_any(call.op->f, {"add", "insert"});
    if (known && call.out.is_boolean() && call.out != (adds ? !there : there)) return false;
    adds ? (void)members.insert(value) : (void)members.erase(value);
    state = Json(members);
    return true;
  }

  [[nodiscard]] bool step_sequence(Json& state, const Call& call, bool known) const {
    if (is_any(call.op->f, {"enqueue", "enq", "push", "send"})) {
      const Json& out = call.out;
      const bool wrong = kind_ == "log" && known && out.is_array() && out.at(0) != state.size();
      state.push_back(call.in);
      return !wrong;
    }
    if (call.op->f == "poll") {
      const std::size_t at = call.out.at(0);
      return (at < state.size() ? state.at(at) : Json()) == call.out.at(1);
    }
    if (kind_ == "log") return !known || state == call.out;
    if (state.empty()) return !known || call.out.is_null();
    const std::size_t at = kind_ == "queue" ? 0 : state.size() - 1;
    if (known && state.at(at) != call.out) return false;
    if (call.op->f != "peek") state.erase(at);
    return true;
  }

  std::string kind_;
  bool keyed_;
  bool etcd_;
  Json initial_;
};

std::set<Json> values_of(const Call& call) {
  const bool pops = is_any(call.op->f, {"dequeue", "deq", "pop"});
  if (is_any(call.op->f, {"contains", "contains?"})) return {call.out.at(0)};
  return {pops ? call.out : call.in};
}

// May `call` be left out of operations that are to have no order, of which `kept` stay?
bool is_superfluous(const Object& object, const Call& call, const std::vector<Call>& kept) {
  if (object.observes(call) || call.op->failed) return true;
  if (object.kind() == "ids") return true;
  if (object.kind() == "register" || object.kind() == "kv") {
    const Json value = call.op->f == "cas" ? call.in.at(1) : call.in;
    if (value.is_null() || value == "") return false;
    return std::none_of(kept.begin(), kept.end(), [&](const Call& k) {
      if (k.op->f == "append" || k.fails) return true;
      return k.op->f == "cas" ? k.in.at(0) == value : object.observes(k) && k.out == value;
    });
  }
  if (!is_any(object.kind(), {"queue", "stack", "set"})) return false;
  return std::none_of(kept.begin(), kept.end(), [&](const Call& k) {
    const bool pops = is_any(k.op->f, {"dequeue", "deq", "pop"});
    return is_any(k.op->f, {"read", "peek"}) || (pops && !k.op->ok) ||
           values_of(k) == values_of(call);
  });
}

}  // namespace

void verify_orders(const History& history, const Json& certificate, bool by_process) {
  const Object object(certificate);
  std::set<std::size_t> placed;
  std::set<std::string> keys;
  for (const Json& order : certificate.at("orders")) {
    std::map<std::string, Json> states;
    std::map<std::int64_t, std::size_t> latest;  // by process; 0: of all
    for (const std::size_t number : order) {
      const Call call = object.call(history.ops.at(number));
      require(placed.insert(number).second, "an operation has two places");
      require(!call.op->failed || call.fails, "an operation that failed has a place");
      std::size_t& before = latest[by_process ? call.op->process : 0];
      require(call.op->to > before,
              "the order contradicts " + std::string(by_process ? "a process" : "real time"));
      before = std::max(before, call.op->from);
      Json& state = states.try_emplace(call.key, object.initial()).first->second;
      require(object.step(state, call),
              "operation " + std::to_string(number) + " is not legal there");
    }
    require(by_process || states.size() <= 1, "an order for several keys");
    for (const auto& [key, state] : states) require(keys.insert(key).second, "two orders of a key");
  }
  for (std::size_t i = 0; i < history.ops.size(); ++i) {
    require(placed.contains(i) || object.is_mute(object.call(history.ops[i])),
            "operation " + std::to_string(i) + " has no place");
  }
}

void verify_core(const History& history, const Json& certificate) {
  const Object object(certificate);
  const Json& core = certificate.at("core");
  const std::size_t end = history.ops.at(core.at("until")).to;
  const std::string key = object.call(history.ops.at(core.at("until"))).key;
  std::vector<Op> cut;
  for (const std::size_t number : core.at("ops")) {
    Op op = history.ops.at(number);
    require(object.call(op).key == key, "operations on several keys");
    if (op.to > end) {
      op.to = kNever;
      op.ok = false;
      op.failed = false;
    }
    cut.push_back(std::move(op));
  }
  require(cut.size() <= 60, "too many operations to try all orders");
  std::vector<Call> kept;
  for (const Op& op : cut) kept.push_back(object.call(op));
  const auto in_core = [&](std::size_t i) {
    return std::find(core.at("ops").begin(), core.at("ops").end(), i) != core.at("ops").end();
  };
  for (std::size_t i = 0; i < history.ops.size(); ++i) {
    const Op& op = history.ops[i];
    const Call call = object.call(op);
    if (in_core(i) || op.from > end || call.key != key || (op.failed && !call.fails)) continue;
    require(is_superfluous(object, call, kept),
            "operation " + std::to_string(i) + " cannot be left out");
  }
  std::set<std::pair<std::uint64_t, std::string>> seen;
  const std::function<bool(std::uint64_t, const Json&)> has_order = [&](std::uint64_t placed,
                                                                        const Json& state) {
    if (!seen.emplace(placed, state.dump()).second) return false;
    std::size_t deadline = kNever;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if ((placed >> i & 1) == 0) deadline = std::min(deadline, kept[i].op->to);
    }
    if (deadline == kNever) return true;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if ((placed >> i & 1) != 0 || kept[i].op->from > deadline) continue;
      Json next = state;
      if (object.step(next, kept[i]) && has_order(placed | std::uint64_t{1} << i, next))
        return true;
    }
    return false;
  };
  require(!has_order(0, object.initial()), "these operations do have an order");
}

}  // namespace quorumlab::verifier
