// Histories of transactions that are strict serializable by construction, as Jepsen EDN: each takes
// effect at one instant between its invocation and its completion.
//
//   const std::string edn = TxnGenerator({.txns = 1'000'000}).run();
//
// The shape is that of Elle's own generator: few active keys, the later ones more popular, a fresh
// key when one has had its writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/rng.h"

namespace quorumlab::bench {

struct TxnShape {
  std::uint64_t txns = 1'000;
  bool lists = true;
  std::uint32_t processes = 20;
  std::uint32_t active_keys = 10;
  std::uint32_t writes_per_key = 32;
};

class TxnGenerator {
 public:
  explicit TxnGenerator(const TxnShape& shape) : shape_(shape), running_(shape.processes) {
    for (std::uint32_t k = 0; k < shape.active_keys; ++k) active_.push_back(fresh_key());
    for (std::uint32_t p = 0; p < shape.processes; ++p) running_[p].process = p;
  }

  std::string run() {
    text_.reserve(shape_.txns * (shape_.lists ? 260 : 180));
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;
    while (ended < shape_.txns) {
      Running& one = running_[random_.below(running_.size())];
      if (!one.is_open && begun < shape_.txns) {
        begin(one);
        ++begun;
      } else if (one.is_open) {
        end(one);
        ++ended;
      }
    }
    return std::move(text_);
  }

 private:
  struct Micro {
    bool writes = false;
    std::uint64_t key = 0;
    std::uint64_t value = 0;
    std::uint64_t seen = 0;  // how many writes of the key
  };
  struct Running {
    std::uint64_t process = 0;
    bool is_open = false;
    std::vector<Micro> micros;
  };

  std::uint64_t fresh_key() {
    written_.push_back(0);
    return written_.size() - 1;
  }

  void begin(Running& one) {
    one.is_open = true;
    one.micros.clear();
    const std::uint64_t count = 1 + random_.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::size_t slot = active_.size() - 1;
      while (slot > 0 && random_.below(2) == 0) --slot;
      Micro micro{.writes = random_.below(2) == 0, .key = active_[slot]};
      one.micros.push_back(micro);
    }
    // It takes effect here, before anything else does.
    for (Micro& micro : one.micros) {
      std::uint64_t& written = written_[micro.key];
      if (micro.writes) micro.value = ++written;
      micro.seen = written;
      if (written >= shape_.writes_per_key) {
        for (std::uint64_t& key : active_) {
          if (key == micro.key) key = fresh_key();
        }
      }
    }
    tell(one, ":invoke", false);
  }

  void end(Running& one) {
    one.is_open = false;
    tell(one, ":ok", true);
  }

  void tell(const Running& one, const char* type, bool done) {
    text_ += "{:index ";
    text_ += std::to_string(index_);
    text_ += ", :time ";
    text_ += std::to_string(1'000 * index_++);
    text_ += ", :type ";
    text_ += type;
    text_ += ", :process ";
    text_ += std::to_string(one.process);
    text_ += ", :f :txn, :value [";
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

  void tell_read(const Micro& micro, bool done) {
    if (!done || (!shape_.lists && micro.seen == 0)) {
      text_ += "nil";
    } else if (!shape_.lists) {
      text_ += std::to_string(micro.seen);
    } else {
      text_ += '[';
      for (std::uint64_t v = 1; v <= micro.seen; ++v) {
        if (v > 1) text_ += ' ';
        text_ += std::to_string(v);
      }
      text_ += ']';
    }
  }

  TxnShape shape_;
  sim::Stream random_{sim::Seed{1}, "bench.txns"};
  std::vector<std::uint64_t> active_;
  std::vector<std::uint64_t> written_;  // by key
  std::vector<Running> running_;
  std::string text_;
  std::uint64_t index_ = 0;
};

}  // namespace quorumlab::bench
