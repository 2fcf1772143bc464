#include "tests/verifier/kafka.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace quorumlab::verifier {
namespace {

using Names = std::set<std::string>;

struct Message {
  std::string key;
  std::string value;
  Json offset;  // null: not told
};
bool same(const Message& a, const Message& b) {
  return a.key == b.key && a.value == b.value;
}

struct LogOperation {
  Json process;
  std::string f;
  std::string end = "info";
  std::size_t from = 0;
  std::size_t to = kNever;  // kNever, unless it was acknowledged
  bool seeks = false;
  bool asks = false;  // for messages
  Names keys;         // of an assignment
  Names moved;
  std::vector<Message> sent;
  std::vector<Message> polled;
};

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool is_in(const Names& names, const std::string& name) {
  return names.count(name) > 0;
}

class Logs {
 public:
  explicit Logs(const std::string& text) {
    std::istringstream lines(text);
    std::map<std::string, std::size_t> open;
    bool invokes = text.find("\"invoke\"") != std::string::npos;
    std::size_t position = 0;
    for (std::string line; std::getline(lines, line); ++position) {
      const Json event = Json::parse(line);
      if (!event.at("process").is_number_integer()) continue;
      const std::string process = event["process"].dump();
      const std::string type = event.at("type");
      if (type == "invoke" || !invokes) {
        open[process] = ops.size();
        ops.push_back({event["process"], text_of(event.at("f"))});
        ops.back().from = position;
        fill(ops.back(), event);
        if (type == "invoke") continue;
      }
      if (open.count(process) == 0) continue;
      LogOperation& op = ops[open[process]];
      open.erase(process);
      op.end = type;
      if (type == "ok") op.to = position;
      if (!event["value"].is_null()) fill(op, event);
    }
    for (std::size_t i = 0; i < ops.size(); ++i) {
      for (const Message& m : ops[i].sent) senders[{m.key, m.value}].push_back(i);
    }
    for (std::size_t i = 0; i < ops.size(); ++i) {
      for (const Message& m : ops[i].polled) see(m);
      for (const Message& m : ops[i].sent) {
        if (took_place(i)) see(m);
      }
    }
  }

  std::vector<LogOperation> ops;
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> senders;
  std::map<std::string, std::map<Json, Names>> at;  // key, offset, values
  std::map<std::pair<std::string, std::string>, std::set<Json>> places;

  [[nodiscard]] bool was_polled(const Message& m) const {
    return std::any_of(ops.begin(), ops.end(), [&](const LogOperation& op) {
      return op.end == "ok" && std::any_of(op.polled.begin(), op.polled.end(),
                                           [&](const Message& p) { return same(p, m); });
    });
  }
  [[nodiscard]] bool took_place(std::size_t i) const {
    if (ops[i].end != "info") return ops[i].end == "ok";
    return std::any_of(ops[i].sent.begin(), ops[i].sent.end(), [&](const Message& m) {
      return senders.at({m.key, m.value}).size() == 1 && was_polled(m);
    });
  }
  // The one who sent it; kNobody: nobody, or several.
  [[nodiscard]] std::size_t sender(const Message& m) const {
    const auto found = senders.find({m.key, m.value});
    return found == senders.end() || found->second.size() != 1 ? kNobody : found->second[0];
  }
  [[nodiscard]] Json place(std::size_t i, const Message& m, bool sends) const {
    if (!m.offset.is_null() && (!sends || took_place(i))) return m.offset;
    const auto found = places.find({m.key, m.value});
    return found == places.end() || found->second.size() != 1 ? Json() : *found->second.begin();
  }
  // Of a message at an offset of its own, sent by somebody who did not fail.
  [[nodiscard]] Json sole_place(const Message& m) const {
    const auto found = places.find({m.key, m.value});
    const std::size_t by = sender(m);
    if (found == places.end() || found->second.size() != 1 || by == kNobody) return {};
    const Json& offset = *found->second.begin();
    return at.at(m.key).at(offset).size() == 1 && ops[by].end != "fail" ? offset : Json();
  }
  // -1: not after it; else how many offsets lie between; -2: nobody knows.
  [[nodiscard]] int jump(const std::string& key, const Json& a, const Json& b) const {
    if (a.is_null() || b.is_null()) return -2;
    if (b <= a) return -1;
    const auto& log = at.at(key);
    return static_cast<int>(std::distance(log.upper_bound(a), log.lower_bound(b)));
  }

 private:
  void see(const Message& m) {
    if (m.offset.is_null()) return;
    at[m.key][m.offset].insert(m.value);
    places[{m.key, m.value}].insert(m.offset);
  }

  static void put(std::vector<Message>& into, const Json& key, const Json& told) {
    const bool pair = told.is_array();
    into.push_back({text_of(key), (pair ? told.at(1) : told).dump(), pair ? told.at(0) : Json()});
  }

  static void fill(LogOperation& op, const Json& event) {
    op.sent.clear();
    op.polled.clear();
    op.seeks = op.seeks || event.value("seek-to-beginning?", false);
    for (const Json& move : event.value("rebalance-log", Json::array())) {
      for (const Json& key : move.value("keys", Json::array())) op.moved.insert(text_of(key));
    }
    const Json value = event.value("value", Json());
    if (is_any(op.f, {"assign", "subscribe"})) {
      op.keys.clear();
      for (const Json& key : value) op.keys.insert(text_of(key));
    }
    if (!is_any(op.f, {"send", "poll", "txn"})) return;
    Json micros = value;
    const bool plain = !value.is_array() || value.empty() || !value[0].is_array();
    if (plain && op.f == "poll") micros = Json::array({Json::array({"poll", value})});
    if (plain && op.f == "send" && value.is_array() && value.size() == 2) {
      micros = Json::array({Json::array({"send", value[0], value[1]})});
    }
    if (!micros.is_array()) return;
    for (const Json& micro : micros) {
      if (micro.at(0) == "send") {
        put(op.sent, micro.at(1), micro.at(2));
        continue;
      }
      op.asks = true;
      if (micro.size() < 2 || !micro[1].is_object()) continue;
      for (const auto& [key, messages] : micro[1].items()) {
        for (const Json& message : messages) put(op.polled, key, message);
      }
    }
  }
};

std::vector<Message> of_key(const std::vector<Message>& messages, const std::string& key) {
  std::vector<Message> result;
  std::copy_if(messages.begin(), messages.end(), std::back_inserter(result),
               [&](const Message& m) { return m.key == key; });
  return result;
}

// Message n, of operation b, after message m, of operation a.
bool is_wrong_step(const Logs& h, std::size_t a, const Message& m, std::size_t b, const Message& n,
                   bool sends, bool skips) {
  const int by = h.jump(m.key, h.place(a, m, sends), h.place(b, n, sends));
  return skips ? by > 0 : by == -1;
}

bool goes_wrong_inside(const Logs& h, std::size_t i, bool sends, bool skips) {
  Names keys;
  for (const Message& m : sends ? h.ops[i].sent : h.ops[i].polled) keys.insert(m.key);
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
    const auto mine = of_key(sends ? h.ops[i].sent : h.ops[i].polled, key);
    const bool moved = !sends && is_in(h.ops[i].moved, key);
    for (std::size_t n = 1; n < mine.size() && !moved; ++n) {
      if (is_wrong_step(h, i, mine[n - 1], i, mine[n], sends, skips)) return true;
    }
    return false;
  });
}

// Does b's process, when b begins to send to or poll the key, go on from what a did?
bool goes_on(const Logs& h, std::size_t a, std::size_t b, const std::string& key, bool sends) {
  if (h.ops[a].process != h.ops[b].process || a >= b) return false;
  if (h.ops[a].end == "fail" || (!sends && h.ops[a].end != "ok")) return false;
  for (std::size_t i = a + 1; i < b; ++i) {
    const LogOperation& op = h.ops[i];
    if (op.process != h.ops[a].process) continue;
    if (!sends && is_in(op.moved, key)) return false;
    if (is_any(op.f, {"assign", "subscribe"})) {
      const bool drops = !is_in(op.keys, key) || (!sends && op.seeks);
      if (op.end != "fail" && drops) return false;
      continue;
    }
    const auto& messages = sends ? op.sent : op.polled;
    const bool counts = sends ? op.end != "fail" : op.end == "ok";
    const bool has = std::any_of(messages.begin(), messages.end(),
                                 [&](const Message& m) { return m.key == key; });
    if (counts && has) return false;
  }
  return true;
}

bool goes_wrong(const Logs& h, std::size_t b, bool sends, bool skips) {
  if (sends && h.ops[b].end == "fail") return false;
  Names keys;
  for (const Message& m : sends ? h.ops[b].sent : h.ops[b].polled) keys.insert(m.key);
  for (const std::string& key : keys) {
    const auto next = of_key(sends ? h.ops[b].sent : h.ops[b].polled, key);
    for (std::size_t a = 0; a < b; ++a) {
      const auto last = of_key(sends ? h.ops[a].sent : h.ops[a].polled, key);
      if (last.empty() || !goes_on(h, a, b, key, sends)) continue;
      const bool moved = !sends && (is_in(h.ops[a].moved, key) || is_in(h.ops[b].moved, key));
      if (!moved && is_wrong_step(h, a, last.back(), b, next.front(), sends, skips)) return true;
    }
  }
  return false;
}

bool is_lost(const Logs& h, std::size_t i, const Message& m) {
  if (h.sender(m) != i || !h.took_place(i) || h.was_polled(m)) return false;
  const auto mine = h.places.find({m.key, m.value});
  if (mine == h.places.end()) return false;
  return std::any_of(h.places.begin(), h.places.end(), [&](const auto& entry) {
    const auto& [name, offsets] = entry;
    return name.first == m.key && *offsets.begin() >= *mine->second.rbegin() &&
           h.was_polled({name.first, name.second, {}});
  });
}

// Acknowledged, polled by nobody, not even by one who later read from the beginning until nothing
// more came.
bool is_unseen(const Logs& h, std::size_t i, const Message& m) {
  if (h.sender(m) != i || h.ops[i].end != "ok" || h.was_polled(m)) return false;
  for (std::size_t a = 0; a < h.ops.size(); ++a) {
    const LogOperation& start = h.ops[a];
    const bool fits = start.f == "assign" && start.seeks && start.end == "ok" &&
                      start.from > h.ops[i].to && is_in(start.keys, m.key);
    bool ended = false;
    for (std::size_t b = a + 1; fits && b < h.ops.size(); ++b) {
      const LogOperation& op = h.ops[b];
      if (op.process != start.process) continue;
      if (is_any(op.f, {"assign", "subscribe"}) && op.end != "fail") break;
      if (op.end != "ok" || !op.asks) continue;
      ended = std::none_of(op.polled.begin(), op.polled.end(),
                           [&](const Message& p) { return p.key == m.key; });
    }
    if (ended) return true;
  }
  return false;
}

// Is operation i what the anomaly says?
bool shows(const Logs& h, const std::string& type, std::size_t i) {
  const LogOperation& op = h.ops.at(i);
  const auto any_sent = [&](const auto& f) {
    return std::any_of(op.sent.begin(), op.sent.end(), f);
  };
  const auto any_polled = [&](const auto& f) {
    return std::any_of(op.polled.begin(), op.polled.end(), f);
  };
  const auto from = [&](const auto& f) {
    return any_polled([&](const Message& m) {
      const std::size_t by = h.sender(m);
      return by != kNobody && f(by);
    });
  };
  const auto everywhere = [&](const Message& m) {
    const auto found = h.places.find({m.key, m.value});
    return found != h.places.end() && found->second.size() > 1;
  };
  const auto crowded = [&](const Message& m) {
    return !m.offset.is_null() && h.at.count(m.key) > 0 && h.at.at(m.key).count(m.offset) > 0 &&
           h.at.at(m.key).at(m.offset).size() > 1;
  };
  if (type == "inconsistent-offsets") {
    return any_polled(crowded) || (h.took_place(i) && any_sent(crowded));
  }
  if (type == "duplicate") {
    return any_sent([&](const Message& m) { return everywhere(m) && h.sender(m) == i; }) ||
           any_polled([&](const Message& m) {
             return everywhere(m) && h.senders.count({m.key, m.value}) == 0;
           });
  }
  if (type == "lost-write") return any_sent([&](const Message& m) { return is_lost(h, i, m); });
  if (type == "unseen") return any_sent([&](const Message& m) { return is_unseen(h, i, m); });
  if (type == "garbage") {
    return any_polled([&](const Message& m) { return h.senders.count({m.key, m.value}) == 0; });
  }
  if (type == "future-read") {
    return from([&](std::size_t by) { return op.to < h.ops[by].from; });
  }
  if (type == "G1a") {
    return op.end == "ok" && from([&](std::size_t by) { return h.ops[by].end == "fail"; });
  }
  if (type == "precommitted-read") return from([&](std::size_t by) { return by == i; });
  const bool sends = type.ends_with("send") || type == "int-send-skip";
  const bool skips = type.ends_with("skip");
  return type.starts_with("int-") ? goes_wrong_inside(h, i, sends, skips)
                                  : goes_wrong(h, i, sends, skips);
}

bool is_edge(const Logs& h, const std::string& kind, std::size_t a, std::size_t b) {
  const LogOperation& from = h.ops.at(a);
  const LogOperation& to = h.ops.at(b);
  if (a == b || from.end == "fail" || to.end == "fail") return false;
  if (kind == "process") return from.process == to.process && from.to < to.from;
  if (kind == "realtime") return from.to < to.from;
  if (kind == "wr") {
    return std::any_of(to.polled.begin(), to.polled.end(),
                       [&](const Message& m) { return h.sender(m) == a; });
  }
  const bool polls = kind == "rw";
  if (!polls && kind != "ww") return false;
  if (polls && !h.took_place(a)) return false;
  return std::any_of(to.sent.begin(), to.sent.end(), [&](const Message& m) {
    const Json high = h.sole_place(m);
    std::set<Json> lows;
    for (const Message& other : of_key(polls ? from.polled : from.sent, m.key)) {
      const Json low = polls ? h.place(a, other, false) : h.sole_place(other);
      if (!low.is_null()) lows.insert(low);
    }
    // A poll comes before what lies beyond all that it found.
    return !high.is_null() && !lows.empty() && (polls ? *lows.rbegin() : *lows.begin()) < high;
  });
}

// The name of a cycle with edges of these kinds, in this order.
std::string name_of_cycle(const std::vector<std::string>& kinds) {
  const auto count = [&](const char* kind) { return std::count(kinds.begin(), kinds.end(), kind); };
  bool adjacent = false;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    adjacent = adjacent || (kinds[i] == "rw" && kinds[(i + 1) % kinds.size()] == "rw");
  }
  const std::string order = count("realtime") > 0  ? "-realtime"
                            : count("process") > 0 ? "-process"
                                                   : "";
  if (count("rw") == 1) return "G-single-item" + order;
  if (count("rw") > 1) return (adjacent ? "G2-item" : "G-nonadjacent-item") + order;
  if (count("wr") == 0) return "G0" + order;
  return (count("ww") > 0 ? "G1c-ww" : "G1c") + order;
}

void verify_cycle(const Logs& h, const Json& anomaly) {
  const Json& cycle = anomaly.at("cycle");
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    kinds.push_back(cycle[i].at("kind"));
    require(is_edge(h, kinds.back(), cycle[i].at("from"), cycle[i].at("to")),
            "no such edge: " + cycle[i].dump());
    require(cycle[i].at("to") == cycle[(i + 1) % cycle.size()].at("from"), "it is no cycle");
  }
  require(!kinds.empty() && name_of_cycle(kinds) == anomaly.at("type"), "another name would fit");
}

const Names kOfLogs = {
    "inconsistent-offsets", "duplicate",         "lost-write",           "unseen", "garbage",
    "future-read",          "nonmonotonic-send", "int-nonmonotonic-send"};

Names forbidden(const Logs& h, const std::string& model) {
  Names names = kOfLogs;
  if (model == "kafka-log") return names;
  names.insert({"int-nonmonotonic-poll", "int-poll-skip"});
  const bool rejoins = std::any_of(h.ops.begin(), h.ops.end(),
                                   [](const LogOperation& op) { return op.f == "subscribe"; });
  if (!rejoins || is_any(model, {"kafka-ordered", "kafka-strict"})) {
    names.insert({"nonmonotonic-poll", "poll-skip"});
  }
  if (model != "kafka-read-uncommitted") {
    names.insert({"G1a", "precommitted-read", "G1c", "G1c-process", "G1c-realtime"});
  }
  if (is_any(model, {"kafka-isolated", "kafka-strict"})) {
    names.insert({"int-send-skip", "G0", "G0-process", "G0-realtime", "G1c-ww", "G1c-ww-process",
                  "G1c-ww-realtime"});
  }
  if (model == "kafka-serializable") {
    names.insert({"G0", "G1c-ww", "G-single-item", "G-nonadjacent-item", "G2-item"});
  }
  return names;
}

bool is_acyclic(const Logs& h, const std::vector<std::string>& kinds) {
  const std::size_t n = h.ops.size();
  std::vector<std::vector<std::size_t>> after(n);
  std::vector<std::size_t> waits(n);
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      const bool edge = std::any_of(kinds.begin(), kinds.end(), [&](const std::string& kind) {
        return is_edge(h, kind, a, b);
      });
      if (!edge) continue;
      after[a].push_back(b);
      ++waits[b];
    }
  }
  std::vector<std::size_t> ready;
  for (std::size_t a = 0; a < n; ++a) {
    if (waits[a] == 0) ready.push_back(a);
  }
  for (std::size_t i = 0; i < ready.size(); ++i) {
    for (const std::size_t b : after[ready[i]]) {
      if (--waits[b] == 0) ready.push_back(b);
    }
  }
  return ready.size() == n;
}

}  // namespace

bool verify_logs(const std::string& history_text, const Json& certificate) {
  const Logs h(history_text);
  std::string model = certificate.at("property");
  std::replace(model.begin(), model.end(), '_', '-');
  require(is_any(model, {"kafka", "kafka-log", "kafka-read-uncommitted", "kafka-ordered",
                         "kafka-isolated", "kafka-strict", "kafka-serializable"}),
          model + " is no model of logs");
  const Names names = forbidden(h, model);
  if (certificate.at("verdict") == "violated") {
    bool proven = false;
    for (const Json& anomaly : certificate.at("anomalies")) {
      const std::string type = anomaly.at("type");
      if (!is_in(names, type)) continue;
      if (anomaly.contains("cycle")) {
        verify_cycle(h, anomaly);
      } else {
        require(!anomaly.at("ops").empty() && shows(h, type, anomaly["ops"][0]),
                "nothing proves " + type);
      }
      proven = true;
    }
    return proven;
  }
  if (certificate.at("verdict") != "holds") return false;
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    for (const std::string& type : names) {
      require(type.starts_with("G") && type != "G1a" ? true : !shows(h, type, i),
              "operation " + std::to_string(i) + " is " + type);
    }
  }
  if (is_in(names, "G1c")) {
    require(is_acyclic(h, {"wr", "process", "realtime"}), "polls go round");
  }
  if (is_in(names, "G0-realtime")) {
    require(is_acyclic(h, {"wr", "ww", "process", "realtime"}), "sends go round");
  }
  if (is_in(names, "G2-item")) require(is_acyclic(h, {"wr", "ww", "rw"}), "it is not serializable");
  return true;
}

}  // namespace quorumlab::verifier
