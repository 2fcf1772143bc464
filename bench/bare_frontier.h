// The bound for judging a register: just-in-time linearization with nothing around it. Events are
// compiled beforehand, at most 64 operations overlap, all complete, and the answer is yes or no.
//
//   BareFrontier().holds(BareFrontier::compile(calls));   // true
//
// A configuration is a value and the operations under way that have taken effect; reads take effect
// as soon as they can (Lowe, "Testing for linearizability", 2017).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "bench/object_generator.h"

namespace quorumlab::bench {

class BareFrontier {
 public:
  enum class Act : std::uint8_t { kRead, kWrite, kCas, kMismatch };
  struct Op {
    std::int32_t from = 0;  // kRead: saw it; kCas: saw it; kMismatch: did not see it
    std::int32_t to = 0;
    Act act = Act::kRead;
  };
  struct Event {
    Op op;
    std::uint8_t slot = 0;
    bool returns = false;
  };

  static std::vector<Event> compile(const Calls& calls) {
    std::vector<Event> events(2 * calls.size());
    std::vector<std::size_t> call_at(2 * calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const models::ObjectCall& call = calls[i].call;
      const auto value = [](models::Cell cell) {
        return cell == models::kNilCell ? -1 : static_cast<std::int32_t>(models::integer_of(cell));
      };
      Op op;
      if (call.method == models::Method::kRead) {
        op = {value(call.result), 0, Act::kRead};
      } else if (call.method == models::Method::kWrite) {
        op = {0, value(call.a), Act::kWrite};
      } else {
        op = {value(call.a), value(call.b),
              models::payload_of(call.result) != 0 ? Act::kCas : Act::kMismatch};
      }
      events[calls[i].invoked] = {op, 0, false};
      events[calls[i].completed] = {op, 0, true};
      call_at[calls[i].invoked] = call_at[calls[i].completed] = i;
    }
    std::uint64_t used = 0;
    std::vector<std::uint8_t> slots(calls.size());
    for (std::size_t e = 0; e < events.size(); ++e) {
      std::uint8_t& slot = slots[call_at[e]];
      if (!events[e].returns) slot = static_cast<std::uint8_t>(std::countr_one(used));
      used ^= std::uint64_t{1} << slot;
      events[e].slot = slot;
    }
    return events;
  }

  bool holds(const std::vector<Event>& events) {
    for (const Event& event : events) {
      const std::uint64_t bit = std::uint64_t{1} << event.slot;
      if (!event.returns) {
        ops_[event.slot] = event.op;
        open_ |= bit;
        if (changes(event.op)) continue;
        for (Config& config : frontier_) {
          if (legal(event.op, config.value)) config.done |= bit;
        }
        continue;
      }
      force(bit);
      open_ &= ~bit;
      if (frontier_.empty()) return false;
    }
    return true;
  }

 private:
  struct Config {
    std::uint64_t done = 0;
    std::int32_t value = -1;
    bool operator==(const Config&) const = default;
  };

  static bool changes(const Op& op) { return op.act == Act::kWrite || op.act == Act::kCas; }
  static bool legal(const Op& op, std::int32_t value) {
    return op.act == Act::kWrite || (op.act == Act::kMismatch) != (op.from == value);
  }

  void force(std::uint64_t bit) {
    next_.clear();
    seen_.clear();
    todo_ = frontier_;
    while (!todo_.empty()) {
      Config config = todo_.back();
      todo_.pop_back();
      if ((config.done & bit) != 0) {
        config.done &= ~bit;
        insert(next_, config);
        continue;
      }
      if (!insert(seen_, config)) continue;
      for (std::uint64_t rest = open_ & ~config.done; rest != 0; rest &= rest - 1) {
        const auto slot = static_cast<std::size_t>(std::countr_zero(rest));
        const Op& op = ops_[slot];
        if (!changes(op) || !legal(op, config.value)) continue;
        Config after{config.done | std::uint64_t{1} << slot, op.to};
        for (std::uint64_t others = open_ & ~after.done; others != 0; others &= others - 1) {
          const auto other = static_cast<std::size_t>(std::countr_zero(others));
          if (!changes(ops_[other]) && legal(ops_[other], after.value)) {
            after.done |= std::uint64_t{1} << other;
          }
        }
        todo_.push_back(after);
      }
    }
    frontier_.swap(next_);
  }

  static bool insert(std::vector<Config>& set, const Config& config) {
    if (set.size() < 16) {
      if (std::find(set.begin(), set.end(), config) != set.end()) return false;
      set.push_back(config);
      return true;
    }
    const auto less = [](const Config& a, const Config& b) {
      return a.value != b.value ? a.value < b.value : a.done < b.done;
    };
    if (set.size() == 16) std::sort(set.begin(), set.end(), less);
    const auto at = std::lower_bound(set.begin(), set.end(), config, less);
    if (at != set.end() && *at == config) return false;
    set.insert(at, config);
    return true;
  }

  Op ops_[64];
  std::uint64_t open_ = 0;
  std::vector<Config> frontier_ = {Config{}};
  std::vector<Config> next_;
  std::vector<Config> seen_;
  std::vector<Config> todo_;
};

}  // namespace quorumlab::bench
