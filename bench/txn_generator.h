// Histories of transactions that are strict serializable by construction, as Jepsen EDN: each takes
// effect at one instant between its invocation and its completion. At most one anomaly is planted.
//
//   const std::string edn = TxnGenerator({.txns = 1'000'000}).run();
//   TxnGenerator({.txns = 1'000, .plant = Plant::kWriteSkew}).run();   // G2-item, and only that
//
// The shape is that of Elle's own generator: few active keys, the later ones more popular, a fresh
// key when one has had its writes; some transactions fail, and now and then one is never heard of
// again, after which its process goes on under another number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/rng.h"

namespace quorumlab::bench {

// What is planted when nine tenths are done: transactions of processes and keys of their own.
enum class Plant : std::uint8_t {
  kNothing,
  kStaleRead,        // G-single-item-realtime
  kWriteSkew,        // G2-item
  kReadSkew,         // G-single-item, and a fractured read
  kCircularReads,    // G1c
  kAbortedRead,      // G1a
  kLostUpdate,       // lost-update
  kCausalViolation,  // causality-violation, and G-single-item
};

struct TxnShape {
  std::uint64_t txns = 1'000;
  bool lists = true;
  std::uint32_t processes = 20;
  std::uint32_t active_keys = 10;
  std::uint32_t writes_per_key = 32;
  std::uint32_t fails = 100;   // of 10,000
  std::uint32_t unknowns = 5;  // of 10,000
  Plant plant = Plant::kNothing;
};

class TxnGenerator {
 public:
  explicit TxnGenerator(const TxnShape& shape) : shape_(shape), running_(shape.processes) {
    for (std::uint32_t k = 0; k < shape.active_keys; ++k) active_.push_back(fresh_key());
    for (std::uint32_t p = 0; p < shape.processes; ++p) running_[p].process = p;
  }

  std::string run() {
    text_.reserve(shape_.txns * (shape_.lists ? 340 : 220));
    const std::uint64_t planted_at = shape_.txns - shape_.txns / 10;
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;
    while (ended < shape_.txns) {
      Running& one = running_[random_.below(running_.size())];
      switch (one.phase) {
        case Phase::kIdle:
          if (begun == shape_.txns) continue;
          if (++begun == planted_at) plant();
          begin(one);
          break;
        case Phase::kBegun:
          if (one.fate != Fate::kFail) take_effect(one);
          one.phase = Phase::kDone;
          break;
        case Phase::kDone:
          end(one);
          ++ended;
          break;
      }
    }
    return std::move(text_);
  }

 private:
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
    std::uint64_t held = 0;   // the last one written: registers
    std::vector<std::uint64_t> list;
  };

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
      std::size_t slot = active_.size() - 1;
      while (slot > 0 && random_.below(2) == 0) --slot;
      Micro micro{.writes = random_.below(2) == 0, .key = active_[slot]};
      if (micro.writes) micro.value = give(micro.key);
      one.micros.push_back(micro);
    }
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

  // A process's letter, `<` begins, `>` ends, `!` fails; then micro-operations of the keys a and b:
  // `a1` writes 1 to a, `a?1` read 1 of it, `a?` read nothing.
  [[nodiscard]] static std::string_view script(Plant plant) {
    switch (plant) {
      case Plant::kNothing:
        return "";
      case Plant::kStaleRead:
        return "p<a1;p>a1;q<a?;q>a?;r<a?;r>a?1";
      case Plant::kWriteSkew:
        return "p<a?,b1;q<b?,a1;p>a?,b1;q>b?,a1;r<a?,b?;r>a?1,b?1";
      case Plant::kReadSkew:
        return "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1";
      case Plant::kCircularReads:
        return "p<a1,b?;q<b1,a?;p>a1,b?1;q>b1,a?1";
      case Plant::kAbortedRead:
        return "p<a1;p!a1;q<a?;q>a?1";
      case Plant::kLostUpdate:
        return "p<a?,a1;q<a?,a2;p>a?,a1;q>a?,a2";
      case Plant::kCausalViolation:
        return "p<a1;q<a?,b1;r<a?,b?;p>a1;q>a?1,b1;r>a?,b?1";
    }
    return "";
  }

  void plant() {
    const std::uint64_t a = fresh_key();
    const std::uint64_t b = fresh_key();
    std::string_view rest = script(shape_.plant);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      std::string_view event = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const bool done = event[1] == '>';
      const auto process = kPlanter + static_cast<std::uint64_t>(event[0]);
      open_event(done ? ":ok" : event[1] == '<' ? ":invoke" : ":fail", process);
      for (event.remove_prefix(2); !event.empty();) {
        const std::size_t comma = std::min(event.find(','), event.size());
        plant_micro(event.substr(0, comma), event[0] == 'a' ? a : b, done);
        event.remove_prefix(std::min(comma + 1, event.size()));
      }
      text_ += "]}\n";
    }
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
      text_.append("[").append(value).append("]");
    } else {
      text_ += value.empty() ? "nil" : value;
    }
    text_ += ']';
  }

  static constexpr std::uint64_t kPlanter = 1'000'000;  // far from all other processes

  TxnShape shape_;
  sim::Stream random_{sim::Seed{1}, "bench.txns"};
  std::vector<std::uint64_t> active_;
  std::vector<Key> keys_;
  std::vector<Running> running_;
  std::string text_;
  std::uint64_t index_ = 0;
};

}  // namespace quorumlab::bench
