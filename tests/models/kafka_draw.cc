#include "tests/models/kafka_oracle.h"

#include <algorithm>

namespace quorumlab::models::testing {
namespace {

using What = LogSmallOp::What;

constexpr int kKeys = 2;

class LogWorld {
 public:
  explicit LogWorld(Rng& rng)
      : rng_(rng), slips_(rng.below(3) * 8), subscribes_(rng.chance(25)), clients_(3) {
    for (int i = 0; i < 3; ++i) clients_[static_cast<std::size_t>(i)].process = i;
  }

  LogSmall run(std::uint32_t count) {
    std::size_t busy = 0;
    while (history_.size() < count || busy > 0) {
      Client& client = clients_[rng_.below(3)];
      if (client.phase == 0 && history_.size() < count) {
        begin(client);
        ++busy;
      } else if (client.phase == 1) {
        if (act(client, history_[client.op])) client.phase = 2;
      } else if (client.phase == 2) {
        end(client, history_[client.op]);
        --busy;
      }
    }
    return history_;
  }

 private:
  struct Client {
    int process = 0;
    int phase = 0;
    std::size_t op = 0;
    std::size_t at = 0;  // the next micro-operation
    bool happens = false;
    std::vector<int> keys;
    int position[kKeys] = {};
    int kept[kKeys] = {};  // when the operation began
  };
  struct Stored {
    int offset = 0;
    int value = 0;
    std::size_t op = 0;
  };

  bool slips() { return rng_.chance(slips_); }

  void begin(Client& client) {
    client.phase = 1;
    client.op = history_.size();
    LogSmallOp op{.process = client.process, .from = moment_++};
    op.outcome = rng_.chance(80) ? 'o' : rng_.chance(50) ? 'f' : 'i';
    if (client.keys.empty() || rng_.chance(15)) {
      op.what = subscribes_ && rng_.chance(50) ? What::kSubscribe : What::kAssign;
      op.seeks = rng_.chance(40);
      for (int key = 0; key < kKeys; ++key) {
        if (rng_.chance(70)) op.keys.push_back(key);
      }
    } else {
      for (std::uint32_t i = 1 + rng_.below(2); i > 0; --i) {
        LogMicro micro{.sends = rng_.chance(45)};
        micro.key = static_cast<int>(rng_.below(kKeys));
        if (micro.sends) micro.value = ++fresh_;
        op.micros.push_back(micro);
      }
    }
    history_.push_back(op);
  }

  // True: all of it has taken effect.
  bool act(Client& client, LogSmallOp& op) {
    if (op.what != What::kWork) {
      if (op.outcome != 'o') return true;
      client.keys = op.keys;
      for (const int key : op.keys) {
        if (op.seeks || rng_.chance(30)) client.position[key] = 0;
      }
      return true;
    }
    if (client.at == 0) {
      client.happens = op.outcome == 'o' || (op.outcome == 'i' && rng_.chance(50)) || slips();
      if (subscribes_ && rng_.chance(25)) op.moved.push_back(static_cast<int>(rng_.below(kKeys)));
      // Groups are rebalanced between polls too.
      if (subscribes_ && rng_.chance(20)) {
        client.position[rng_.below(kKeys)] = static_cast<int>(rng_.below(3));
      }
      std::copy(std::begin(client.position), std::end(client.position), client.kept);
    }
    LogMicro& micro = op.micros[client.at];
    micro.sends ? send(client, micro) : poll(client, op, micro);
    if (++client.at < op.micros.size()) return false;
    client.at = 0;
    if (op.outcome != 'o' && !slips()) {
      std::copy(std::begin(client.kept), std::end(client.kept), client.position);
    }
    return true;
  }

  void send(Client& client, LogMicro& micro) {
    auto& log = logs_[micro.key];
    int offset = log.empty() ? 0 : log.back().offset + 1 + static_cast<int>(rng_.below(2));
    if (slips()) offset = static_cast<int>(rng_.below(6));
    if (rng_.chance(85)) micro.offset = offset;
    if (client.happens && !slips()) log.push_back({offset, micro.value, client.op});
    if (slips()) log.push_back({offset + 1, micro.value, client.op});
  }

  void poll(Client& client, const LogSmallOp& op, LogMicro& micro) {
    for (const int key : client.keys) {
      int& at = client.position[key];
      const bool moves = std::find(op.moved.begin(), op.moved.end(), key) != op.moved.end();
      if (slips()) at = std::max(0, at + 1 - static_cast<int>(rng_.below(3)));
      const auto& log = logs_[key];
      for (std::uint32_t i = rng_.below(3); i > 0 && at < static_cast<int>(log.size()); --i) {
        if (moves && rng_.chance(40)) at = static_cast<int>(rng_.below(3));
        if (at >= static_cast<int>(log.size())) break;
        const Stored& stored = log[static_cast<std::size_t>(at)];
        if (stored.op == client.op && !slips()) break;
        ++at;
        PolledMessage message{key, stored.offset, stored.value};
        if (slips() && rng_.chance(40)) message.value = rng_.chance(30) ? 99 : 1 + fresh_ / 2;
        if (slips() && rng_.chance(30)) message.value = fresh_ + 1;
        if (slips() && rng_.chance(40)) message.offset = stored.offset + 1;
        if (rng_.chance(5)) message.offset.reset();
        micro.polled.push_back(message);
      }
    }
  }

  void end(Client& client, LogSmallOp& op) {
    client.phase = 0;
    op.to = moment_++;
    if (op.outcome != 'i') return;
    const bool goes_on = rng_.chance(15);
    if (!goes_on) {
      client = {};
      client.process = op.process + 10;
    }
    if (goes_on || rng_.chance(70)) return;
    op.to = -1;  // nothing is ever heard of it
    for (LogMicro& micro : op.micros) {
      micro.offset.reset();
      micro.polled.clear();
    }
    op.moved.clear();
  }

  Rng& rng_;
  const std::uint32_t slips_;
  const bool subscribes_;
  std::vector<Client> clients_;
  std::vector<Stored> logs_[kKeys];
  LogSmall history_;
  int fresh_ = 0;
  int moment_ = 0;
};

class LogTeller {
 public:
  explicit LogTeller(bool json) : json_(json) {}

  std::string tell(const LogSmall& history) {
    std::map<int, std::pair<const LogSmallOp*, bool>> moments;
    for (const LogSmallOp& op : history) {
      moments[op.from] = {&op, false};
      if (op.to >= 0) moments[op.to] = {&op, true};
    }
    std::string text;
    for (const auto& [moment, what] : moments) text += event(*what.first, what.second);
    return text;
  }

 private:
  [[nodiscard]] std::string word(const std::string& name) const {
    return json_ ? '"' + name + '"' : ':' + name;
  }
  [[nodiscard]] std::string field(const std::string& name, const std::string& value) const {
    return json_ ? '"' + name + "\":" + value + ',' : ':' + name + ' ' + value + ' ';
  }
  [[nodiscard]] std::string list(const std::vector<std::string>& items, char open) const {
    std::string text(1, open);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text += json_ ? ',' : ' ';
      text += items[i];
    }
    return text + (open == '[' ? ']' : '}');
  }
  [[nodiscard]] std::string pair(const std::optional<int>& offset, int value) const {
    const std::string nil = json_ ? "null" : "nil";
    return list({offset ? std::to_string(*offset) : nil, std::to_string(value)}, '[');
  }
  [[nodiscard]] std::string keys(const std::vector<int>& keys) const {
    std::vector<std::string> items;
    for (const int key : keys) items.push_back(std::to_string(key));
    return list(items, '[');
  }

  [[nodiscard]] std::string micro(const LogMicro& micro, bool done) const {
    if (micro.sends) {
      return list({word("send"), std::to_string(micro.key),
                   done ? pair(micro.offset, micro.value) : std::to_string(micro.value)},
                  '[');
    }
    if (!done) return list({word("poll")}, '[');
    std::vector<std::string> entries;
    for (int key = 0; key < kKeys; ++key) {
      std::vector<std::string> messages;
      for (const PolledMessage& message : micro.polled) {
        if (message.key == key) messages.push_back(pair(message.offset, message.value));
      }
      if (messages.empty()) continue;
      const std::string name = std::to_string(key);
      entries.push_back((json_ ? '"' + name + "\":" : name + ' ') + list(messages, '['));
    }
    return list({word("poll"), list(entries, '{')}, '[');
  }

  [[nodiscard]] std::string event(const LogSmallOp& op, bool done) const {
    std::string value = keys(op.keys);
    std::string f = op.what == What::kAssign ? "assign" : "subscribe";
    if (op.what == What::kWork) {
      f = "txn";
      std::vector<std::string> micros;
      for (const LogMicro& m : op.micros) micros.push_back(micro(m, done));
      value = list(micros, '[');
    }
    const char* const type = !done               ? "invoke"
                             : op.outcome == 'o' ? "ok"
                             : op.outcome == 'f' ? "fail"
                                                 : "info";
    std::string text = "{" + field("type", word(type)) +
                       field("process", std::to_string(op.process)) + field("f", word(f));
    if (op.seeks) text += field("seek-to-beginning?", "true");
    if (done && !op.moved.empty()) {
      const std::string moved =
          json_ ? "{\"keys\":" + keys(op.moved) + "}" : "{:keys " + keys(op.moved) + "}";
      text += field("rebalance-log", "[" + moved + "]");
    }
    std::string last = field("value", value);
    last.pop_back();
    return text + last + "}\n";
  }

  const bool json_;
};

}  // namespace

LogSmall draw_logs(Rng& rng) {
  const std::uint32_t count = 4 + rng.below(9);
  return LogWorld(rng).run(count);
}

std::string text_of(const LogSmall& history, bool json) {
  return LogTeller(json).tell(history);
}

}  // namespace quorumlab::models::testing
