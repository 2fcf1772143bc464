#include "tests/verifier/kafka.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "tests/verifier/rules.h"

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
      if (!open.contains(process)) continue;
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
    return any(ops, [&](const LogOperation& op) {
      return op.end == "ok" && any(op.polled, [&](const Message& p) { return same(p, m); });
    });
  }
  [[nodiscard]] bool took_place(std::size_t i) const {
    if (ops[i].end != "info") return ops[i].end == "ok";
    return any(ops[i].sent, [&](const Message& m) {
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
  return any(keys, [&](const std::string& key) {
    const auto mine = of_key(sends ? h.ops[i].sent : h.ops[i].polled, key);
    const bool moved = !sends && h.ops[i].moved.contains(key);
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
    if (!sends && op.moved.contains(key)) return false;
    if (is_any(op.f, {"assign", "subscribe"})) {
      const bool drops = !op.keys.contains(key) || (!sends && op.seeks);
      if (op.end != "fail" && drops) return false;
      continue;
    }
    const auto& messages = sends ? op.sent : op.polled;
    const bool counts = sends ? op.end != "fail" : op.end == "ok";
    if (counts && any(messages, [&](const Message& m) { return m.key == key; })) return false;
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
      const bool moved = !sends && (h.ops[a].moved.contains(key) || h.ops[b].moved.contains(key));
      if (!moved && is_wrong_step(h, a, last.back(), b, next.front(), sends, skips)) return true;
    }
  }
  return false;
}

bool is_lost(const Logs& h, std::size_t i, const Message& m) {
  if (h.sender(m) != i || !h.took_place(i) || h.was_polled(m)) return false;
  const auto mine = h.places.find({m.key, m.value});
  if (mine == h.places.end()) return false;
  return any(h.places, [&](const auto& entry) {
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
                      start.from > h.ops[i].to && start.keys.contains(m.key);
    bool ended = false;
    for (std::size_t b = a + 1; fits && b < h.ops.size(); ++b) {
      const LogOperation& op = h.ops[b];
      if (op.process != start.process) continue;
      if (is_any(op.f, {"assign", "subscribe"}) && op.end != "fail") break;
      if (op.end != "ok" || !op.asks) continue;
      ended = !any(op.polled, [&](const Message& p) { return p.key == m.key; });
    }
    if (ended) return true;
  }
  return false;
}

// Is operation i what the anomaly says?
bool shows(const Logs& h, const std::string& type, std::size_t i) {
  const LogOperation& op = h.ops.at(i);
  const auto from = [&](const auto& f) {
    return any(op.polled, [&](const Message& m) {
      const std::size_t by = h.sender(m);
      return by != kNobody && f(by);
    });
  };
  const auto everywhere = [&](const Message& m) {
    const auto found = h.places.find({m.key, m.value});
    return found != h.places.end() && found->second.size() > 1;
  };
  const auto crowded = [&](const Message& m) {
    return !m.offset.is_null() && h.at.contains(m.key) && h.at.at(m.key).contains(m.offset) &&
           h.at.at(m.key).at(m.offset).size() > 1;
  };
  if (type == "inconsistent-offsets") {
    return any(op.polled, crowded) || (h.took_place(i) && any(op.sent, crowded));
  }
  if (type == "duplicate") {
    return any(op.sent, [&](const Message& m) { return everywhere(m) && h.sender(m) == i; }) ||
           any(op.polled, [&](const Message& m) {
             return everywhere(m) && !h.senders.contains({m.key, m.value});
           });
  }
  if (type == "lost-write") return any(op.sent, [&](const Message& m) { return is_lost(h, i, m); });
  if (type == "unseen") return any(op.sent, [&](const Message& m) { return is_unseen(h, i, m); });
  if (type == "garbage") {
    return any(op.polled, [&](const Message& m) { return !h.senders.contains({m.key, m.value}); });
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

// As History::joined, of messages at places that are known.
bool is_joined(const Logs& h, char how, std::size_t a, std::size_t b) {
  const LogOperation& from = h.ops.at(a);
  const LogOperation& to = h.ops.at(b);
  if (a == b || from.end == "fail" || to.end == "fail") return false;
  if (how == 'p') return from.process == to.process && from.to < to.from;
  if (how == 't') return from.to < to.from;
  if (how == 'r') return any(to.polled, [&](const Message& m) { return h.sender(m) == a; });
  const bool polls = how == 'a';
  if (polls && !h.took_place(a)) return false;
  return any(to.sent, [&](const Message& m) {
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

// Where nobody joins others' work, keys move at no other time.
Forbidden forbidden_here(const Logs& h, const std::string& model) {
  Forbidden forbidden = forbidden_by(model);
  const bool rejoins = any(h.ops, [](const LogOperation& op) { return op.f == "subscribe"; });
  if (!rejoins && model != "kafka-log")
    forbidden.anomalies.insert({"nonmonotonic-poll", "poll-skip"});
  return forbidden;
}

void verify_clean(const Logs& h, const Forbidden& forbidden) {
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    for (const std::string& type : forbidden.anomalies) {
      require(!shows(h, type, i), "operation " + std::to_string(i) + " is " + type);
    }
  }
  Paths paths(h.ops.size(), [&](char how, std::size_t a, std::size_t b) {
    return is_joined(h, how, a, b) || (how == 'p' && is_joined(h, 't', a, b));
  });
  for (const std::string& cycles : forbidden.cycles) {
    require(!paths.any_cycle(cycles), "there is a cycle " + cycles);
  }
}

// Whether the anomaly is forbidden.
bool verify_anomaly(const Logs& h, const Json& anomaly, const Forbidden& forbidden) {
  const std::string type = anomaly.at("type");
  if (!anomaly.contains("cycle")) {
    if (!forbidden.anomalies.contains(type)) return false;
    require(!anomaly.at("ops").empty() && shows(h, type, anomaly["ops"][0]),
            "nothing proves " + type);
    return true;
  }
  const std::string steps = verify_cycle(anomaly["cycle"], [&](char how, const Json& step) {
    return is_joined(h, how, step.at("from"), step.at("to"));
  });
  require(fits(forbidden_by(type), steps), "a cycle is not " + type);
  return fits(forbidden, steps);
}

}  // namespace

bool verify_logs(const std::string& history_text, const Json& certificate) {
  const Logs h(history_text);
  const std::string model = spelled(certificate.at("property"), "kafka");
  require(is_model(model), model + " is no model of logs");
  const Forbidden forbidden = forbidden_here(h, model);
  if (certificate.at("verdict") == "holds") {
    verify_clean(h, forbidden);
    return true;
  }
  bool proven = false;
  for (const Json& anomaly : certificate.value("anomalies", Json::array())) {
    proven = verify_anomaly(h, anomaly, forbidden) || proven;
  }
  return proven && certificate.at("verdict") == "violated";
}

}  // namespace quorumlab::verifier
