// Histories of clients of a log store that is never wrong, as Jepsen EDN: transactions give
// messages their offsets when they are sent and show them when they commit, consumers get what is
// committed in order, and a failed transaction's polls are taken back. At most one anomaly is
// planted.
//
//   const std::string edn = KafkaGenerator({.ops = 1'000'000}).run();
//   KafkaGenerator({.ops = 1'000, .plant = "lost-write"}).run();   // and only that
//
// As in Jepsen's tests clients crash now and then and go on under another number, and in the end
// one reads all logs from their beginnings. Consumers are assigned keys, or subscribe and are
// rebalanced.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/kafka_planted.h"
#include "bench/text_of.h"
#include "sim/rng.h"

namespace quorumlab::bench {

struct KafkaShape {
  std::uint64_t ops = 1'000;
  std::uint32_t processes = 10;
  std::uint32_t keys = 8;
  std::uint32_t most_micros = 4;    // of a transaction; 1: single sends and polls
  std::uint32_t most_messages = 8;  // of each key in a poll
  std::uint32_t fails = 200;        // of 10,000
  std::uint32_t unknowns = 20;      // of 10,000
  bool subscribes = false;
  bool one_by_one = false;  // micro-operations of a transaction take effect at once: no G0
  bool ends_with_polls = true;
  std::string_view plant = {};  // when nine tenths are done, of processes and keys of its own
  std::uint64_t seed = 1;
};

class KafkaGenerator : public Writer<KafkaGenerator> {
 public:
  explicit KafkaGenerator(const KafkaShape& shape)
      : shape_(shape),
        random_(sim::Seed{shape.seed}, "bench.kafka"),
        script_(planted_log_script(shape.plant), kPlantedBase),
        clients_(shape.processes),
        logs_(shape.keys),
        owners_(shape.keys) {
    for (std::uint32_t p = 0; p < shape.processes; ++p) clients_[p] = fresh(p);
  }

 private:
  friend class Writer<KafkaGenerator>;
  static constexpr std::uint64_t kPlantedBase = 1'000'000;

  struct Message {
    std::int64_t offset = 0;
    std::uint64_t value = 0;
    std::uint64_t txn = 0;
  };
  enum class Fate : std::uint8_t { kOpen, kCommitted, kAborted };
  struct Log {
    std::vector<Message> messages;
    std::int64_t next = 0;     // offset
    std::size_t stable = 0;    // messages before it have a known fate
    std::size_t consumed = 0;  // what was polled by somebody who was told so
  };
  struct Micro {
    bool sends = false;
    std::uint32_t key = 0;
    std::uint64_t value = 0;
    std::int64_t offset = -1;
    std::string polled;
  };
  enum class Phase : std::uint8_t { kIdle, kWorking, kDone };
  struct Client {
    std::uint64_t process = 0;
    Phase phase = Phase::kIdle;
    bool assigned = false;
    std::uint64_t txn = 0;
    std::uint64_t version = 0;  // of the group
    std::size_t at = 0;         // the next micro-operation to take effect
    std::vector<Micro> micros;
    std::vector<std::uint32_t> keys;    // assigned
    std::vector<std::size_t> position;  // by key: the next message to poll
    std::vector<std::size_t> kept;      // the same when the operation began
    std::vector<std::uint32_t> moved;   // keys rebalanced meanwhile
    char fate = 'o';
  };

  Client fresh(std::uint64_t process) const {
    Client client{.process = process};
    client.position.resize(shape_.keys);
    return client;
  }

  bool next() {
    while (ended_ < shape_.ops) {
      const bool now = begun_ > shape_.ops * 9 / 10 && random_.below(4) == 0;
      if (now && script_.next(text_)) return true;
      Client& client = clients_[random_.below(clients_.size())];
      switch (client.phase) {
        case Phase::kIdle:
          if (begun_ == shape_.ops) continue;
          ++begun_;
          begin(client);
          return true;
        case Phase::kWorking:
          work(client);
          continue;
        case Phase::kDone:
          end(client);
          ++ended_;
          return true;
      }
    }
    if (script_.next(text_)) return true;
    return shape_.ends_with_polls && look_at_all();
  }

  void begin(Client& client) {
    if (!client.assigned || random_.below(64) == 0) return assign(client);
    client.phase = Phase::kWorking;
    client.txn = fates_.size();
    fates_.push_back(Fate::kOpen);
    client.at = 0;
    client.kept = client.position;
    client.moved.clear();
    client.micros.clear();
    const std::uint64_t dice = random_.below(10'000);
    client.fate = dice < shape_.fails ? 'f' : dice < shape_.fails + shape_.unknowns ? 'i' : 'o';
    for (std::uint64_t i = 1 + random_.below(shape_.most_micros); i > 0; --i) {
      Micro micro{.sends = random_.below(2) == 0};
      micro.key = static_cast<std::uint32_t>(random_.below(shape_.keys));
      if (micro.sends) micro.value = ++fresh_;
      client.micros.push_back(micro);
    }
    tell(client, ":invoke", false);
  }

  // Takes effect and ends at once, so that its completion follows with nothing in between.
  void assign(Client& client) {
    client.assigned = true;
    std::vector<std::uint32_t> keys;
    for (std::uint32_t key = 0; key < shape_.keys; ++key) {
      const bool had = std::find(client.keys.begin(), client.keys.end(), key) != client.keys.end();
      const bool wanted = shape_.subscribes || random_.below(2) == 0;
      if (!wanted) continue;
      keys.push_back(key);
      if (!had) client.position[key] = logs_[key].consumed;
    }
    client.keys = shape_.subscribes ? std::vector<std::uint32_t>() : keys;
    if (shape_.subscribes) ++group_;
    const char* const f = shape_.subscribes ? ":subscribe" : ":assign";
    for (const char* const type : {":invoke", ":ok"}) {
      open(client.process, type, f);
      text_ += '[';
      for (const std::uint32_t key : keys) put(key, ' ');
      text_ += "]}\n";
    }
    ++ended_;
  }

  void work(Client& client) {
    do {
      Micro& micro = client.micros[client.at];
      if (micro.sends) {
        Log& log = logs_[micro.key];
        micro.offset = log.next++;
        log.messages.push_back({micro.offset, micro.value, client.txn});
      } else {
        poll(client, micro);
      }
      ++client.at;
    } while (shape_.one_by_one && client.at < client.micros.size());
    if (client.at < client.micros.size()) return;
    settle(client);
    client.phase = Phase::kDone;
  }

  // The fate of a transaction: a marker takes an offset in each log that it sent to.
  void settle(Client& client) {
    const bool commits = client.fate == 'o' || (client.fate == 'i' && random_.below(2) == 0);
    fates_[client.txn] = commits ? Fate::kCommitted : Fate::kAborted;
    for (const Micro& micro : client.micros) {
      if (micro.sends) ++logs_[micro.key].next;
    }
    if (client.fate != 'o') {
      client.position = client.kept;
      return;
    }
    for (const std::uint32_t key : client.keys) {
      logs_[key].consumed = std::max(logs_[key].consumed, client.position[key]);
    }
  }

  void poll(Client& client, Micro& micro) {
    if (shape_.subscribes) rejoin(client);
    for (const std::uint32_t key : client.keys) {
      Log& log = logs_[key];
      while (log.stable < log.messages.size() &&
             fates_[log.messages[log.stable].txn] != Fate::kOpen) {
        ++log.stable;
      }
      std::string found;
      std::size_t& at = client.position[key];
      for (std::uint32_t count = 0; at < log.stable && count < shape_.most_messages; ++at) {
        const Message& message = log.messages[at];
        if (fates_[message.txn] == Fate::kAborted) continue;
        ++count;
        found += '[' + std::to_string(message.offset) + ' ' + std::to_string(message.value) + ']';
      }
      if (!found.empty()) micro.polled += std::to_string(key) + " [" + found + "] ";
    }
  }

  // Whoever polls finds out that the group has changed, and which keys are now its own.
  void rejoin(Client& client) {
    if (random_.below(200) == 0) ++group_;
    if (dealt_ != group_) {
      for (std::uint32_t& owner : owners_) {
        owner = static_cast<std::uint32_t>(random_.below(clients_.size()));
      }
      dealt_ = group_;
    }
    if (client.version == group_) return;
    client.version = group_;
    client.moved.insert(client.moved.end(), client.keys.begin(), client.keys.end());
    client.keys.clear();
    const auto mine = static_cast<std::uint32_t>(&client - clients_.data());
    for (std::uint32_t key = 0; key < shape_.keys; ++key) {
      if (owners_[key] != mine) continue;
      client.keys.push_back(key);
      client.moved.push_back(key);
      client.position[key] = logs_[key].consumed;
    }
  }

  void end(Client& client) {
    client.phase = Phase::kIdle;
    tell(client, client.fate == 'o' ? ":ok" : client.fate == 'f' ? ":fail" : ":info", true);
    if (client.fate == 'i') client = fresh(client.process + shape_.processes);
  }

  // Somebody new reads everything; then nothing more comes.
  bool look_at_all() {
    if (is_over_) return false;
    if (!is_looking_) {
      is_looking_ = true;
      clients_.assign(1, fresh(1'000'000));
      Client& client = clients_.front();
      for (const char* const type : {":invoke", ":ok"}) {
        open(client.process, type, ":assign");
        text_ += '[';
        for (std::uint32_t key = 0; key < shape_.keys; ++key) put(key, ' ');
        text_ += "], :seek-to-beginning? true}\n";
      }
      client.keys.clear();
      for (std::uint32_t key = 0; key < shape_.keys; ++key) client.keys.push_back(key);
      shape_.subscribes = false;
      return true;
    }
    Client& client = clients_.front();
    client.micros.assign(1, {});
    tell(client, ":invoke", false);
    poll(client, client.micros.front());
    tell(client, ":ok", true);
    is_over_ = client.micros.front().polled.empty();
    return true;
  }

  void open(std::uint64_t process, const char* type, const char* f) {
    text_ += "{:type ";
    text_ += type;
    text_ += ", :process ";
    put(process, ',');
    text_ += " :f ";
    text_ += f;
    text_ += ", :value ";
  }

  void put(std::uint64_t number, char after) {
    text_ += std::to_string(number);
    text_ += after;
  }

  void tell(const Client& client, const char* type, bool done) {
    const bool sends = std::any_of(client.micros.begin(), client.micros.end(),
                                   [](const Micro& micro) { return micro.sends; });
    const bool polls = !std::all_of(client.micros.begin(), client.micros.end(),
                                    [](const Micro& micro) { return micro.sends; });
    open(client.process, type, sends && polls ? ":txn" : sends ? ":send" : ":poll");
    text_ += '[';
    for (const Micro& micro : client.micros) {
      if (micro.sends && done) {
        text_ += "[:send " + std::to_string(micro.key) + " [" + std::to_string(micro.offset) + ' ' +
                 std::to_string(micro.value) + "]]";
      } else if (micro.sends) {
        text_ += "[:send " + std::to_string(micro.key) + ' ' + std::to_string(micro.value) + ']';
      } else {
        text_ += done ? "[:poll {" + micro.polled + "}]" : "[:poll]";
      }
    }
    text_ += ']';
    if (done && !client.moved.empty()) {
      text_ += ", :rebalance-log [{:keys [";
      for (const std::uint32_t key : client.moved) put(key, ' ');
      text_ += "]}]";
    }
    text_ += "}\n";
  }

  KafkaShape shape_;
  sim::Stream random_;
  LogScript script_;
  std::vector<Client> clients_;
  std::vector<Log> logs_;
  std::vector<std::uint32_t> owners_;  // by key: of a group of subscribers
  std::vector<Fate> fates_;            // by transaction
  std::uint64_t group_ = 0;            // how often it has changed
  std::uint64_t dealt_ = UINT64_MAX;   // for which change keys were dealt out
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t fresh_ = 0;
  bool is_looking_ = false;
  bool is_over_ = false;
};

using KafkaText = TextOf<KafkaGenerator, KafkaShape>;

}  // namespace quorumlab::bench
