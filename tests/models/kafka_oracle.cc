#include "tests/models/kafka_oracle.h"

#include <algorithm>

namespace quorumlab::models::testing {
namespace {

using What = LogSmallOp::What;

constexpr int kKeys = 2;

class LogLiteral {
 public:
  explicit LogLiteral(const LogSmall& history) : h_(history) {
    for (std::size_t i = 0; i < h_.size(); ++i) {
      for (const LogMicro& m : h_[i].micros) {
        if (m.sends) sender_[{m.key, m.value}] = i;
        for (const PolledMessage& p : m.polled) {
          if (h_[i].outcome == 'o') ok_read_.insert({p.key, p.value});
        }
      }
    }
    for (std::size_t i = 0; i < h_.size(); ++i) {
      for (const LogMicro& m : h_[i].micros) {
        if (m.sends && m.offset && committed(i)) see(m.key, *m.offset, m.value);
        for (const PolledMessage& p : m.polled) {
          if (p.offset) see(p.key, *p.offset, p.value);
        }
      }
    }
  }

  std::map<std::string, int> all() {
    logs();
    losses();
    for (std::size_t i = 0; i < h_.size(); ++i) by_itself(i);
    processes();
    cycles();
    return found_;
  }

 private:
  using Place = std::pair<int, int>;  // key and value
  struct Item {
    int value = 0;
    std::optional<int> offset;
  };

  void see(int key, int offset, int value) {
    log_[key][offset].insert(value);
    where_[{key, value}].insert(offset);
  }

  [[nodiscard]] bool committed(std::size_t i) const {
    if (h_[i].outcome != 'i') return h_[i].outcome == 'o';
    return std::any_of(h_[i].micros.begin(), h_[i].micros.end(), [&](const LogMicro& m) {
      return m.sends && ok_read_.contains({m.key, m.value});
    });
  }

  [[nodiscard]] std::optional<int> unique(const Place& place) const {
    const auto found = where_.find(place);
    if (found == where_.end() || found->second.size() != 1) return std::nullopt;
    return *found->second.begin();
  }

  // What operation i sent to or polled from the key, in order, with where it lies.
  [[nodiscard]] std::vector<Item> items(std::size_t i, int key, bool sent) const {
    std::vector<Item> result;
    const auto add = [&](int value, const std::optional<int>& offset, bool counts) {
      result.push_back({value, offset && counts ? offset : unique({key, value})});
    };
    for (const LogMicro& m : h_[i].micros) {
      if (sent && m.sends && m.key == key) add(m.value, m.offset, committed(i));
      for (const PolledMessage& p : m.polled) {
        if (!sent && p.key == key) add(p.value, p.offset, true);
      }
    }
    return result;
  }

  // Negative: back or again; positive: past so many.
  [[nodiscard]] int jump(int key, const Item& a, const Item& b) const {
    if (!a.offset || !b.offset) return 0;
    if (*b.offset <= *a.offset) return -1;
    int between = 0;
    for (const auto& [offset, values] : log_.at(key)) {
      between += offset > *a.offset && offset < *b.offset ? 1 : 0;
    }
    return between;
  }

  void logs() {
    for (const auto& [key, log] : log_) {
      for (const auto& [offset, values] : log) {
        if (values.size() > 1) ++found_["inconsistent-offsets"];
      }
    }
    for (const auto& [place, offsets] : where_) {
      if (offsets.size() > 1) ++found_["duplicate"];
    }
  }

  void losses() {
    for (const auto& [place, sender] : sender_) {
      const int key = place.first;
      if (ok_read_.contains(place) || !committed(sender)) continue;
      int bound = -1;
      for (const Place& read : ok_read_) {
        if (read.first == key && where_.contains(read)) {
          bound = std::max(bound, *where_.at(read).begin());
        }
      }
      if (where_.contains(place) && *where_.at(place).rbegin() <= bound) {
        ++found_["lost-write"];
      } else if (h_[sender].outcome == 'o' && seen_whole_after(key, h_[sender].to)) {
        ++found_["unseen"];
      }
    }
  }

  // Did somebody begin at the start of the log after that moment, and find nothing in the end?
  [[nodiscard]] bool seen_whole_after(int key, int moment) const {
    for (std::size_t a = 0; a < h_.size(); ++a) {
      const bool fits = h_[a].what == What::kAssign && h_[a].seeks && h_[a].outcome == 'o' &&
                        h_[a].from > moment && has(h_[a].keys, key);
      if (!fits) continue;
      bool empty = false;
      for (std::size_t i = a + 1; i < h_.size(); ++i) {
        if (h_[i].process != h_[a].process) continue;
        if (h_[i].what != What::kWork && h_[i].outcome != 'f') break;
        const bool polls = std::any_of(h_[i].micros.begin(), h_[i].micros.end(),
                                       [](const LogMicro& m) { return !m.sends; });
        if (h_[i].outcome == 'o' && polls) empty = items(i, key, false).empty();
      }
      if (empty) return true;
    }
    return false;
  }

  static bool has(const std::vector<int>& keys, int key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }

  void by_itself(std::size_t i) {
    for (const LogMicro& m : h_[i].micros) {
      for (const PolledMessage& p : m.polled) {
        const auto sender = sender_.find({p.key, p.value});
        if (sender == sender_.end()) {
          if (garbage_.insert({p.key, p.value}).second) ++found_["garbage"];
          continue;
        }
        const LogSmallOp& sent = h_[sender->second];
        if (sender->second == i) ++found_["precommitted-read"];
        if (h_[i].outcome == 'o' && h_[i].to < sent.from) ++found_["future-read"];
        if (h_[i].outcome == 'o' && sent.outcome == 'f') ++found_["G1a"];
      }
    }
    for (int key = 0; key < kKeys; ++key) {
      for (const bool sent : {true, false}) {
        if (!sent && has(h_[i].moved, key)) continue;
        const std::vector<Item> mine = items(i, key, sent);
        for (std::size_t n = 1; n < mine.size(); ++n) {
          const int by = jump(key, mine[n - 1], mine[n]);
          if (by < 0) ++found_[sent ? "int-nonmonotonic-send" : "int-nonmonotonic-poll"];
          if (by > 0) ++found_[sent ? "int-send-skip" : "int-poll-skip"];
        }
      }
    }
  }

  void processes() {
    std::map<std::pair<int, int>, Item> polled;  // process and key
    std::map<std::pair<int, int>, Item> sent;
    for (std::size_t i = 0; i < h_.size(); ++i) {
      const LogSmallOp& op = h_[i];
      if (op.what != What::kWork) {
        if (op.outcome == 'f') continue;
        for (int key = 0; key < kKeys; ++key) {
          if (!has(op.keys, key)) sent.erase({op.process, key});
          if (!has(op.keys, key) || op.seeks) polled.erase({op.process, key});
        }
        continue;
      }
      for (int key = 0; key < kKeys; ++key) {
        const std::pair<int, int> mine{op.process, key};
        const bool moved = has(op.moved, key);
        if (moved) polled.erase(mine);
        const auto sends = items(i, key, true);
        if (!sends.empty() && op.outcome != 'f') {
          if (sent.contains(mine) && jump(key, sent[mine], sends.front()) < 0) {
            ++found_["nonmonotonic-send"];
          }
          sent[mine] = sends.back();
        }
        const auto polls = items(i, key, false);
        if (polls.empty()) continue;
        if (polled.contains(mine)) {
          const int by = jump(key, polled[mine], polls.front());
          if (by < 0) ++found_["nonmonotonic-poll"];
          if (by > 0) ++found_["poll-skip"];
        }
        if (op.outcome == 'o' && !moved) polled[mine] = polls.back();
      }
    }
  }

  using Edges = std::vector<std::vector<bool>>;

  static bool is_cyclic(std::initializer_list<const Edges*> kinds) {
    Edges reach = **kinds.begin();
    const std::size_t n = reach.size();
    for (const Edges* edges : kinds) {
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) reach[i][j] = reach[i][j] || (*edges)[i][j];
      }
    }
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          reach[i][j] = reach[i][j] || (reach[i][k] && reach[k][j]);
        }
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (reach[i][i]) return true;
    }
    return false;
  }

  // Who sent the only message at this offset, if it is nowhere else and its sender did not fail.
  [[nodiscard]] std::size_t sole_sender(int key, int offset) const {
    const auto& values = log_.at(key).at(offset);
    const Place place{key, *values.begin()};
    if (values.size() != 1 || where_.at(place).size() != 1 || !sender_.contains(place)) {
      return SIZE_MAX;
    }
    return h_[sender_.at(place)].outcome == 'f' ? SIZE_MAX : sender_.at(place);
  }

  void cycles() {
    const Edges none(h_.size(), std::vector<bool>(h_.size()));
    Edges ww = none;
    Edges wr = none;
    Edges rw = none;
    Edges order = none;
    for (const auto& [key, log] : log_) {
      for (const auto& [low, a] : log) {
        for (const auto& [high, b] : log) {
          const std::size_t from = sole_sender(key, low);
          const std::size_t to = sole_sender(key, high);
          if (low < high && from != SIZE_MAX && to != SIZE_MAX && from != to) ww[from][to] = true;
        }
      }
    }
    for (std::size_t i = 0; i < h_.size(); ++i) {
      if (h_[i].outcome == 'f') continue;
      add_polls(i, wr, rw);
      for (std::size_t j = 0; j < h_.size(); ++j) {
        const bool ended = h_[i].outcome == 'o' && h_[i].to < h_[j].from;
        order[i][j] = ended && h_[j].outcome != 'f';
      }
    }
    if (is_cyclic({&ww})) found_["G0"] = 1;
    if (is_cyclic({&wr})) found_["G1c"] = 1;
    if (is_cyclic({&wr, &order})) found_["polls-cycle"] = 1;
    if (is_cyclic({&wr, &ww, &order})) found_["unordered"] = 1;
    if (is_cyclic({&wr, &ww, &rw})) found_["serial-cycle"] = 1;
  }

  void add_polls(std::size_t i, Edges& wr, Edges& rw) const {
    for (int key = 0; key < kKeys; ++key) {
      std::optional<int> highest;
      for (const Item& item : items(i, key, false)) {
        if (item.offset) highest = std::max(highest.value_or(*item.offset), *item.offset);
        const auto sender = sender_.find({key, item.value});
        const bool counts = sender != sender_.end() && sender->second != i;
        if (counts && h_[sender->second].outcome != 'f') wr[sender->second][i] = true;
      }
      if (!highest || (h_[i].outcome != 'o' && !committed(i))) continue;
      for (const auto& [offset, values] : log_.at(key)) {
        const std::size_t sender = offset > *highest ? sole_sender(key, offset) : SIZE_MAX;
        if (sender != SIZE_MAX && sender != i) rw[i][sender] = true;
      }
    }
  }

  const LogSmall& h_;
  std::map<Place, std::size_t> sender_;
  std::set<Place> ok_read_;
  std::set<Place> garbage_;
  std::map<int, std::map<int, std::set<int>>> log_;  // by key and offset
  std::map<Place, std::set<int>> where_;
  std::map<std::string, int> found_;
};

}  // namespace

std::map<std::string, int> anomalies_of(const LogSmall& history) {
  return LogLiteral(history).all();
}

bool oracle_holds(const LogSmall& history, const std::string& model) {
  std::set<std::string> forbidden = {
      "inconsistent-offsets", "duplicate",         "lost-write",           "unseen", "garbage",
      "future-read",          "nonmonotonic-send", "int-nonmonotonic-send"};
  if (model != "kafka-log") {
    forbidden.insert({"int-nonmonotonic-poll", "int-poll-skip"});
    const bool rejoins = std::any_of(history.begin(), history.end(), [](const LogSmallOp& op) {
      return op.what == What::kSubscribe;
    });
    if (!rejoins || model == "kafka-ordered" || model == "kafka-strict") {
      forbidden.insert({"nonmonotonic-poll", "poll-skip"});
    }
    if (model != "kafka-read-uncommitted") {
      forbidden.insert({"G1a", "precommitted-read", "polls-cycle"});
    }
    if (model == "kafka-isolated" || model == "kafka-strict") {
      forbidden.insert({"int-send-skip", "unordered"});
    }
    if (model == "kafka-serializable") forbidden.insert("serial-cycle");
  }
  const auto found = anomalies_of(history);
  return std::none_of(found.begin(), found.end(),
                      [&](const auto& entry) { return forbidden.contains(entry.first); });
}

}  // namespace quorumlab::models::testing
