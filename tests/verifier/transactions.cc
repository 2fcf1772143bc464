#include "tests/verifier/transactions.h"

#include <algorithm>
#include <functional>
#include <set>

namespace quorumlab::verifier {
namespace {

struct Micro {
  bool writes;
  std::string key;
  Json value;  // written; or read, null: not known, or nothing
};

// Keys of JSON objects are texts, whatever they were.
std::string name_of(const Json& key) {
  return key.is_string() ? key.get<std::string>() : key.dump();
}

// A read of all keys is one of each key of `all`.
std::vector<Micro> micros_of(const Op& op, const std::set<std::string>& all = {}) {
  std::vector<Micro> micros;
  for (const Json& micro : op.ok ? op.out : op.in) {
    if (micro.at(0) == "rp") {
      for (const std::string& key : all) {
        if (op.ok) micros.push_back({false, key, micro.at(2).value(key, Json())});
      }
      continue;
    }
    const bool writes = micro.at(0) == "append" || micro.at(0) == "w";
    micros.push_back({writes, name_of(micro.at(1)), micro.at(2)});
  }
  return micros;
}

// A history of transactions: who wrote what, and the longest list of each key.
class Txns {
 public:
  explicit Txns(const History& history) : history_(history) {
    for (std::size_t t = 0; t < history.ops.size(); ++t) {
      for (const Micro& micro : micros_of(history.ops[t])) {
        if (micro.writes) {
          writer_[{micro.key, micro.value.dump()}] = t;
          keys_.insert(micro.key);
        } else if (history.ops[t].ok && micro.value.is_array()) {
          Json& longest = longest_[micro.key];
          if (micro.value.size() >= longest.size()) longest = micro.value;
        }
      }
    }
    lists_ = std::any_of(history.ops.begin(), history.ops.end(),
                         [](const Op& op) {
                           const Json& value = op.in;
                           return std::any_of(value.begin(), value.end(),
                                              [](const Json& m) { return m[0] == "append"; });
                         }) ||
             !longest_.empty();
  }

  [[nodiscard]] const Op& op(std::size_t t) const { return history_.ops.at(t); }
  [[nodiscard]] bool lists() const { return lists_; }
  [[nodiscard]] const std::set<std::string>& keys() const { return keys_; }
  [[nodiscard]] std::size_t writer(const std::string& key, const Json& value) const {
    const auto found = writer_.find({key, value.dump()});
    return found == writer_.end() ? SIZE_MAX : found->second;
  }
  [[nodiscard]] std::vector<Micro> reads(std::size_t t) const {
    std::vector<Micro> reads;
    if (!op(t).ok) return reads;
    for (const Micro& m : micros_of(op(t), keys_)) {
      if (!m.writes)
        reads.push_back({false, m.key, lists_ && m.value.is_null() ? Json::array() : m.value});
    }
    return reads;
  }
  // Where in the key's order of versions; unread ones come last.
  [[nodiscard]] std::size_t place(const std::string& key, const Json& value) const {
    const auto longest = longest_.find(key);
    if (longest == longest_.end()) return SIZE_MAX;
    const auto at = std::find(longest->second.begin(), longest->second.end(), value);
    return at == longest->second.end() ? SIZE_MAX
                                       : static_cast<std::size_t>(at - longest->second.begin());
  }
  // In one transaction, was `before` read or written just before it wrote `after`?
  [[nodiscard]] bool replaced(std::size_t t, const std::string& key, const Json& before,
                              const Json& after) const {
    Json known = "?";
    for (const Micro& m : micros_of(op(t))) {
      if (m.key != key) continue;
      if (m.writes && m.value == after) return known == before;
      if (m.writes || op(t).ok) known = m.value;
    }
    return false;
  }

 private:
  const History& history_;
  std::map<std::pair<std::string, std::string>, std::size_t> writer_;
  std::map<std::string, Json> longest_;
  std::set<std::string> keys_;  // that somebody wrote
  bool lists_ = false;
};

// Does some pair of a micro-operation of `a` and a write of `b` to the same key satisfy `f`?
bool any_pair(const Txns& txns, std::size_t a, std::size_t b, bool of_reads,
              const std::function<bool(const Micro&, const Micro&)>& f) {
  const auto first = of_reads ? txns.reads(a) : micros_of(txns.op(a));
  for (const Micro& mine : first) {
    for (const Micro& write : micros_of(txns.op(b))) {
      const bool fits = mine.key == write.key && write.writes && (of_reads || mine.writes);
      if (fits && f(mine, write)) return true;
    }
  }
  return false;
}

bool is_edge(const Txns& txns, std::size_t from, std::size_t to, const std::string& kind) {
  const Op& a = txns.op(from);
  const Op& b = txns.op(to);
  if (kind == "realtime") return a.ok && a.to < b.from;
  if (kind == "process") return a.ok && a.process == b.process && a.to < b.from;
  if (kind == "wr") {
    for (const Micro& read : txns.reads(to)) {
      const Json found =
          txns.lists() ? (read.value.empty() ? Json() : read.value.back()) : read.value;
      if (!found.is_null() && txns.writer(read.key, found) == from) return true;
    }
    return false;
  }
  if (kind == "ww") {
    return any_pair(txns, from, to, false, [&](const Micro& x, const Micro& y) {
      if (!txns.lists()) return txns.replaced(to, x.key, x.value, y.value);
      return txns.place(x.key, x.value) < txns.place(y.key, y.value);
    });
  }
  return any_pair(txns, from, to, true, [&](const Micro& read, const Micro& write) {
    if (!txns.lists()) {
      return read.value.is_null() || txns.replaced(to, read.key, read.value, write.value);
    }
    return std::find(read.value.begin(), read.value.end(), write.value) == read.value.end();
  });
}

std::string shape_of(const Json& cycle) {
  std::size_t rw = 0;
  bool adjacent = false;
  bool wr = false;
  std::string suffix;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const std::string kind = cycle[i].at("kind");
    if (kind == "rw") ++rw;
    if (kind == "rw" && cycle[(i + 1) % cycle.size()].at("kind") == "rw") adjacent = true;
    if (kind == "wr") wr = true;
    if (kind == "process" && suffix.empty()) suffix = "-process";
    if (kind == "realtime") suffix = "-realtime";
  }
  const std::string shape = rw == 0    ? (wr ? "G1c" : "G0")
                            : rw == 1  ? "G-single-item"
                            : adjacent ? "G2-item"
                                       : "G-nonadjacent-item";
  return shape + suffix;
}

}  // namespace

void verify_serial_order(const History& history, const Json& order, bool sessions, bool time) {
  const Txns txns(history);
  std::map<std::string, Json> state;
  std::set<std::size_t> placed;
  std::map<std::int64_t, std::size_t> latest;
  for (const std::size_t t : order) {
    const Op& op = history.ops.at(t);
    require(placed.insert(t).second && !op.failed, "a transaction has two places, or failed");
    std::size_t& before = latest[time ? 0 : op.process];
    require((!time && !sessions) || op.to > before, "the order contradicts sessions or time");
    before = std::max(before, op.from);
    for (const Micro& m : micros_of(op, txns.keys())) {
      Json& now = state.try_emplace(m.key, txns.lists() ? Json::array() : Json()).first->second;
      const Json found = txns.lists() && m.value.is_null() ? Json::array() : m.value;
      if (!m.writes && op.ok) {
        require(now == found, "transaction " + std::to_string(t) + " read something else");
      } else if (m.writes && txns.lists()) {
        now.push_back(m.value);
      } else if (m.writes) {
        now = m.value;
      }
    }
  }
  for (std::size_t t = 0; t < history.ops.size(); ++t) {
    require(placed.contains(t) || !history.ops[t].ok, "a transaction has no place");
  }
}

void verify_cycle(const History& history, const Json& anomaly) {
  const Txns txns(history);
  const Json& cycle = anomaly.at("cycle");
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const Json& edge = cycle[i];
    require(edge.at("to") == cycle[(i + 1) % cycle.size()].at("from"), "the cycle is broken");
    require(is_edge(txns, edge.at("from"), edge.at("to"), edge.at("kind")),
            "nothing proves " + edge.dump());
  }
  const std::string type = anomaly.at("type");
  const std::string shape = shape_of(cycle);
  const bool is_fork = type.starts_with("long-fork") && shape.starts_with("G-nonadjacent");
  const bool has_predicate = shape.find("-item") != std::string::npos &&
                             std::string(shape).erase(shape.find("-item"), 5) == type;
  require(type == shape || is_fork || has_predicate, "the cycle is " + shape + ", not " + type);
}

bool verify_anomaly(const History& history, const Json& anomaly) {
  const Txns txns(history);
  const std::string type = anomaly.at("type");
  const auto any_read = [&](const std::function<bool(std::size_t, const Micro&)>& f) {
    for (std::size_t t = 0; t < history.ops.size(); ++t) {
      for (const Micro& read : txns.reads(t)) {
        if (f(t, read)) return;
      }
    }
    require(false, "nothing proves " + type);
  };
  const auto elements = [&](const Micro& read) {
    if (txns.lists()) return std::vector<Json>(read.value.begin(), read.value.end());
    return read.value.is_null() ? std::vector<Json>() : std::vector<Json>{read.value};
  };
  const auto saw = [&](const std::function<bool(std::size_t t, std::size_t writer)>& f) {
    any_read([&](std::size_t t, const Micro& read) {
      for (const Json& e : elements(read)) {
        if (f(t, txns.writer(read.key, e))) return true;
      }
      return false;
    });
  };
  const Json ops = anomaly.value("ops", Json::array());
  if (type == "G1a") {
    saw([&](std::size_t t, std::size_t w) {
      return t == ops.at(1) && w == ops.at(0) && history.ops.at(w).failed;
    });
  } else if (type == "garbage") {
    saw([&](std::size_t t, std::size_t w) { return t == ops.at(0) && w == SIZE_MAX; });
  } else if (type == "duplicate-elements") {
    any_read([&](std::size_t, const Micro& read) {
      const std::vector<Json> all = elements(read);
      return std::set<Json>(all.begin(), all.end()).size() < all.size();
    });
  } else if (type == "incompatible-order") {
    any_read([&](std::size_t t, const Micro& read) {
      const std::vector<Json> mine = elements(read);
      bool differs = false;
      for (std::size_t i = 0; t == ops.at(0) && i < mine.size(); ++i) {
        differs = differs || txns.place(read.key, mine[i]) != i;
      }
      return differs;
    });
  } else if (type == "lost-update") {
    const std::size_t a = ops.at(0);
    const std::size_t b = ops.at(1);
    const auto wrote = [&](std::size_t t, const std::string& key) {
      const auto micros = micros_of(txns.op(t));
      return std::any_of(micros.begin(), micros.end(),
                         [&](const Micro& m) { return m.writes && m.key == key; });
    };
    any_read([&](std::size_t t, const Micro& x) {
      const auto others = txns.reads(b);
      return t == a && wrote(a, x.key) && wrote(b, x.key) &&
             std::any_of(others.begin(), others.end(),
                         [&](const Micro& y) { return x.key == y.key && x.value == y.value; });
    });
  } else {
    return false;
  }
  return true;
}

}  // namespace quorumlab::verifier
