// Histories of transactions that are strict serializable by construction, as Jepsen EDN: each takes
// effect at one instant between its invocation and its completion. At most one anomaly is planted.
//
//   const std::string edn = TxnGenerator({.txns = 1'000'000}).run();
//   TxnGenerator({.txns = 1'000, .plant = "G2-item"}).run();   // and only that
//
// The shape is that of Elle's own generator: few active keys, the later ones more popular, a fresh
// key when one has had its writes; some transactions fail, and now and then one is never heard of
// again, after which its process goes on under another number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/planted.h"
#include "bench/text_of.h"
#include "sim/rng.h"

namespace quorumlab::bench {

struct TxnShape {
  std::uint64_t txns = 1'000;
  bool lists = true;
  std::uint32_t processes = 20;
  std::uint32_t active_keys = 10;  // of each group
  std::uint32_t groups = 1;        // of processes that share keys
  std::uint32_t writes_per_key = 32;
  std::uint32_t fails = 100;   // of 10,000
  std::uint32_t unknowns = 5;  // of 10,000
  bool reads_first = false;    // what is written is read before, by the same transaction
  // When nine tenths are done: transactions of processes and keys of their own (planted.h).
  std::string_view plant = {};
  std::uint64_t seed = 1;
};

class TxnGenerator : public Writer<TxnGenerator> {
 public:
  explicit TxnGenerator(const TxnShape& shape)
      : shape_(shape), random_(sim::Seed{shape.seed}, "bench.txns"), running_(shape.processes) {
    for (std::uint32_t k = 0; k < shape.active_keys * shape.groups; ++k)
      active_.push_back(fresh_key());
    for (std::uint32_t p = 0; p < shape.processes; ++p) running_[p].process = p;
  }

 private:
  friend class Writer<TxnGenerator>;
  enum class Phase : std::uint8_t { kIdle, kBegun, kDone };
  enum class Fate : std::uint8_t { kOk, kFail, kUnknown };
  struct Micro {
    bool writes = false;
    std::uint64_t key = 0;
    std::uint64_t value = 0;
    std::uint64_t seen = 0;  // how many writes of the key
  };
  struct Running {
    std::uint64_t process = 0;
    Phase phase = Phase::kIdle;
    Fate fate = Fate::kOk;
    std::vector<Micro> micros;
  };
  struct Key {
    std::uint64_t given = 0;  // values given to writers
    std::uint64_t users = 0;  // micro-operations that have not ended
    std::uint64_t held = 0;   // the last one written: registers
    std::vector<std::uint64_t> list;
  };

  // Goes on by a step; false: it is over.
  bool next() {
    if (ended_ >= shape_.txns) return false;
    Running& one = running_[random_.below(running_.size())];
    switch (one.phase) {
      case Phase::kIdle:
        if (begun_ == shape_.txns) break;
        if (++begun_ == shape_.txns - shape_.txns / 10) plant();
        begin(one);
        break;
      case Phase::kBegun:
        if (one.fate != Fate::kFail) take_effect(one);
        one.phase = Phase::kDone;
        break;
      case Phase::kDone:
        end(one);
        ++ended_;
        break;
    }
    return true;
  }

  std::uint64_t fresh_key() {
    keys_.emplace_back();
    return keys_.size() - 1;
  }

  void begin(Running& one) {
    one.phase = Phase::kBegun;
    one.micros.clear();
    const std::uint64_t dice = random_.below(10'000);
    one.fate = dice < shape_.fails                     ? Fate::kFail
               : dice < shape_.fails + shape_.unknowns ? Fate::kUnknown
                                                       : Fate::kOk;
    const std::uint64_t count = 1 + random_.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::size_t slot = shape_.active_keys - 1;
      while (slot > 0 && random_.below(2) == 0) --slot;
      slot += one.process % shape_.groups * shape_.active_keys;
      Micro micro{.writes = random_.below(2) == 0, .key = active_[slot]};
      if (micro.writes && shape_.reads_first) one.micros.push_back({.key = micro.key});
      if (micro.writes) micro.value = give(micro.key);
      one.micros.push_back(micro);
    }
    for (const Micro& micro : one.micros) ++keys_[micro.key].users;
    tell(one, ":invoke", false);
  }

  std::uint64_t give(std::uint64_t key) {
    const std::uint64_t value = ++keys_[key].given;
    if (value >= shape_.writes_per_key) {
      for (std::uint64_t& active : active_) {
        if (active == key) active = fresh_key();
      }
    }
    return value;
  }

  void take_effect(Running& one) {
    for (Micro& micro : one.micros) {
      Key& key = keys_[micro.key];
      if (micro.writes) {
        if (shape_.lists) key.list.push_back(micro.value);
        key.held = micro.value;
      }
      micro.seen = shape_.lists ? key.list.size() : key.held;
    }
  }

  void end(Running& one) {
    one.phase = Phase::kIdle;
    const bool ok = one.fate == Fate::kOk;
    tell(one, ok ? ":ok" : one.fate == Fate::kFail ? ":fail" : ":info", ok);
    if (one.fate == Fate::kUnknown) one.process += shape_.processes;
    for (const Micro& micro : one.micros) {
      Key& key = keys_[micro.key];
      const bool is_over = key.given >= shape_.writes_per_key;
      if (--key.users == 0 && is_over && shape_.plant.empty()) key.list = {};
    }
  }

  void tell(const Running& one, const char* type, bool done) {
    open_event(type, one.process);
    for (const Micro& micro : one.micros) {
      text_ += micro.writes ? (shape_.lists ? "[:append " : "[:w ") : "[:r ";
      text_ += std::to_string(micro.key);
      text_ += ' ';
      if (micro.writes) {
        text_ += std::to_string(micro.value);
      } else {
        tell_read(micro, done);
      }
      text_ += ']';
    }
    text_ += "]}\n";
  }

  void open_event(std::string_view type, std::uint64_t process) {
    text_ += "{:index ";
    text_ += std::to_string(index_);
    text_ += ", :time ";
    text_ += std::to_string(1'000 * index_++);
    text_ += ", :type ";
    text_ += type;
    text_ += ", :process ";
    text_ += std::to_string(process);
    text_ += ", :f :txn, :value [";
  }

  void tell_read(const Micro& micro, bool done) {
    if (!done || (!shape_.lists && micro.seen == 0)) {
      text_ += "nil";
    } else if (!shape_.lists) {
      text_ += std::to_string(micro.seen);
    } else {
      const std::vector<std::uint64_t>& list = keys_[micro.key].list;
      text_ += '[';
      for (std::uint64_t i = 0; i < micro.seen; ++i) {
        if (i > 0) text_ += ' ';
        text_ += std::to_string(list[i]);
      }
      text_ += ']';
    }
  }

  void plant() {
    if (shape_.plant.empty()) return;
    const std::array<std::uint64_t, 3> keys{fresh_key(), fresh_key(), fresh_key()};
    std::string_view rest = planted_script(shape_.plant, shape_.lists);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      std::string_view event = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const bool done = event[1] == '>';
      const auto process = kPlanter + static_cast<std::uint64_t>(event[0]);
      open_event(done ? ":ok" : event[1] == '<' ? ":invoke" : ":fail", process);
      for (event.remove_prefix(2); !event.empty();) {
        const std::size_t comma = std::min(event.find(','), event.size());
        const std::string_view micro = event.substr(0, comma);
        if (micro[0] == '*') {
          plant_predicate(micro.substr(1), keys, done);
        } else {
          plant_micro(micro, keys.at(static_cast<std::size_t>(micro[0] - 'a')), done);
        }
        event.remove_prefix(std::min(comma + 1, event.size()));
      }
      text_ += "]}\n";
    }
  }

  // `found` is a1b2: what is there of its own.
  void plant_predicate(std::string_view found, std::span<const std::uint64_t> own, bool done) {
    text_ += "[:rp :true ";
    if (!done) {
      text_ += "nil]";
      return;
    }
    text_ += '{';
    for (std::size_t key = 0; key < keys_.size(); ++key) {
      const Micro micro{.key = key,
                        .seen = shape_.lists ? keys_[key].list.size() : keys_[key].held};
      if (micro.seen == 0) continue;
      text_ += std::to_string(key);
      text_ += ' ';
      tell_read(micro, true);
      text_ += ", ";
    }
    for (; !found.empty(); found.remove_prefix(2)) {
      text_ += std::to_string(own[static_cast<std::size_t>(found[0] - 'a')]);
      text_ += shape_.lists ? " [" : " ";
      text_ += found[1];
      text_ += shape_.lists ? "] " : " ";
    }
    text_ += "}]";
  }

  void plant_micro(std::string_view micro, std::uint64_t key, bool done) {
    const bool reads = micro[1] == '?';
    const std::string_view value = micro.substr(reads ? 2 : 1);
    text_ += reads ? "[:r " : shape_.lists ? "[:append " : "[:w ";
    text_ += std::to_string(key);
    text_ += ' ';
    if (!reads) {
      text_ += value;
    } else if (done && shape_.lists) {
      text_ += '[';
      for (const char c : value) text_ += c == '.' ? ' ' : c;
      text_ += ']';
    } else {
      text_ += value.empty() ? "nil" : value;
    }
    text_ += ']';
  }

  static constexpr std::uint64_t kPlanter = 1'000'000;  // far from all other processes

  TxnShape shape_;
  sim::Stream random_;
  std::vector<std::uint64_t> active_;
  std::vector<Key> keys_;
  std::vector<Running> running_;
  std::uint64_t index_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
};

using TxnText = TextOf<TxnGenerator, TxnShape>;

}  // namespace quorumlab::bench
