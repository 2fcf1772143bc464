// Histories of one object that is never wrong, used by some processes: each call takes effect at
// one instant between its invocation and its completion. At most one wrong result is planted.
//
//   const Calls calls = object_calls({.kind = ObjectKind::kQueue, .calls = 1'000'000});
//   const History history = register_history(object_calls({.kind = ObjectKind::kRegister}));
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "models/consistency/objects.h"
#include "models/history.h"
#include "sim/rng.h"

namespace quorumlab::bench {

using Calls = std::vector<models::TimedCall<models::ObjectCall>>;

struct ObjectShape {
  models::ObjectKind kind = models::ObjectKind::kQueue;
  std::uint64_t calls = 1'000;
  std::uint32_t processes = 8;
  // Writes and pushes choose among so many, and amounts of a counter; 0: each writes another, and
  // adds one.
  std::int64_t values = 0;
  bool cas = false;          // of a register: a third each of reads, writes, compare-and-sets
  bool lookups = false;      // of a set: it is looked at, and removed from, value by value
  bool never_empty = false;  // of a container: who would find nothing puts something in instead
  bool planted = false;      // when nine tenths are done, one call gives an impossible result
  bool timed = false;        // as text: each event comes a nanosecond after the one before
  std::uint64_t seed = 1;
};

class ObjectGenerator {
 public:
  explicit ObjectGenerator(const ObjectShape& shape)
      : shape_(shape), random_(sim::Seed{shape.seed}, "bench.objects"), running_(shape.processes) {}

  Calls run() {
    Calls calls;
    calls.reserve(shape_.calls);
    std::vector<std::size_t> open(shape_.processes);
    std::uint64_t now = 0;
    const auto note = [&](const models::ObjectCall& call, bool ends) {
      std::size_t& mine = open[static_cast<std::size_t>(call.process)];
      if (ends) {
        calls[mine].call = call;
        calls[mine].completed = now++;
      } else {
        mine = calls.size();
        calls.push_back({.call = call, .invoked = now++});
      }
    };
    while (next(note)) {
    }
    return calls;
  }

  [[nodiscard]] bool is_planted() const { return is_planted_; }

  // Calls f(call, ends) with the next event; false: there is none.
  template <class F>
  bool next(F f) {
    while (ended_ < shape_.calls) {
      const std::size_t who = random_.below(running_.size());
      Running& mine = running_[who];
      switch (mine.phase) {
        case Phase::kIdle:
          if (begun_ == shape_.calls) continue;
          ++begun_;
          mine = {Phase::kBegun, ask()};
          mine.call.process = static_cast<std::int64_t>(who);
          f(mine.call, false);
          return true;
        case Phase::kBegun:
          take_effect(mine.call);
          mine.phase = Phase::kDone;
          continue;
        case Phase::kDone:
          mine.phase = Phase::kIdle;
          ++ended_;
          f(mine.call, true);
          return true;
      }
    }
    return false;
  }

 private:
  enum class Phase : std::uint8_t { kIdle, kBegun, kDone };
  struct Running {
    Phase phase = Phase::kIdle;
    models::ObjectCall call;
  };

  models::ObjectCall ask() {
    using models::Method;
    using models::ObjectKind;
    switch (shape_.kind) {
      case ObjectKind::kSet:
      case ObjectKind::kCounter:
        return ask_growing();
      case ObjectKind::kIds:
        return {.method = Method::kGenerate};
      case ObjectKind::kRegister:
        return ask_register();
      default:
        break;
    }
    return ask_container();
  }

  // Of a set a read shows all, so that there are few of them.
  models::ObjectCall ask_growing() {
    using models::Method;
    const bool is_set = shape_.kind == models::ObjectKind::kSet;
    if (is_set && shape_.lookups) return ask_member();
    if (random_.below(is_set ? 2 + shape_.calls / 32 : 2) == 0) return {.method = Method::kRead};
    return {.method = Method::kAdd, .a = is_set ? models::integer_cell(++fresh_) : amount()};
  }

  models::Cell amount() {
    const bool same = shape_.values < 2;
    return models::integer_cell(same ? 1
                                     : 1 + static_cast<std::int64_t>(random_.below(
                                               static_cast<std::uint64_t>(shape_.values))));
  }

  // The oldest value is removed; looked up are the latest.
  models::ObjectCall ask_member() {
    using models::Method;
    const std::uint64_t dice = random_.below(4);
    const bool wrong = shape_.planted && !is_planted_ && begun_ > shape_.calls * 9 / 10;
    if (wrong) return {.method = Method::kContains, .a = kNobodys};
    if (dice == 0) return {.method = Method::kAdd, .a = models::integer_cell(++fresh_)};
    const bool removes = !members_.empty() && (dice == 1 || members_.size() > 64);
    if (removes) return {.method = Method::kRemove, .a = members_.front()};
    const auto back = static_cast<std::int64_t>(random_.below(16));
    return {.method = Method::kContains,
            .a = models::integer_cell(std::max<std::int64_t>(fresh_ - back, 1))};
  }

  models::ObjectCall ask_container() {
    using models::Method;
    const bool pops = random_.below(2) != 0 && (!shape_.never_empty || unclaimed_ > 0);
    if (shape_.never_empty && pops) --unclaimed_;
    if (!pops) {
      return {.method = Method::kPush,
              .a = shape_.values == 0 ? models::integer_cell(++fresh_) : amount()};
    }
    return {.method = Method::kPop};
  }

  models::ObjectCall ask_register() {
    using models::Method;
    const std::uint64_t dice = random_.below(shape_.cas ? 3 : 2);
    if (dice == 0) return {.method = Method::kRead};
    const auto value = [&] {
      return models::integer_cell(shape_.values == 0
                                      ? ++fresh_
                                      : static_cast<std::int64_t>(random_.below(
                                            static_cast<std::uint64_t>(shape_.values))));
    };
    if (dice == 1) return {.method = Method::kWrite, .a = value()};
    const models::Cell expected = value();
    return {.method = Method::kCas, .a = expected, .b = value()};
  }

  void take_effect(models::ObjectCall& call) {
    using models::Method;
    const bool wrong = shape_.planted && !is_planted_ && begun_ > shape_.calls * 9 / 10;
    switch (call.method) {
      case Method::kGenerate:
        call.result = models::integer_cell(wrong ? fresh_ / 2 + 1 : ++fresh_);
        is_planted_ = is_planted_ || wrong;
        break;
      case Method::kAdd:
        grow(call);
        break;
      case Method::kRemove:
      case Method::kContains:
        look_up(call, wrong);
        break;
      case Method::kRead:
        if (shape_.kind != models::ObjectKind::kRegister) return show(call, wrong);
        call.result = held_;
        if (!wrong) break;
        is_planted_ = true;
        // Of a value that nobody ever wrote, or that was overwritten long ago.
        call.result = shape_.values == 0 ? models::integer_cell(1) : models::integer_cell(-1);
        break;
      case Method::kWrite:
        held_ = call.a;
        break;
      case Method::kCas: {
        const bool swaps = call.a == held_;
        call.result = models::make_cell(models::Tag::kBoolean, swaps ? 1 : 0);
        if (swaps) held_ = call.b;
        break;
      }
      case Method::kPush:
        items_.push_back(call.a);
        ++unclaimed_;
        break;
      default:
        call.result = take(wrong);
    }
  }

  void grow(const models::ObjectCall& call) {
    added_ += shape_.kind == models::ObjectKind::kCounter ? models::integer_of(call.a) : 1;
    if (shape_.kind == models::ObjectKind::kSet) {
      members_.insert(std::upper_bound(members_.begin(), members_.end(), call.a), call.a);
    }
  }

  void look_up(models::ObjectCall& call, bool wrong) {
    const auto at = std::lower_bound(members_.begin(), members_.end(), call.a);
    const bool found = at != members_.end() && *at == call.a;
    if (found && call.method == models::Method::kRemove) members_.erase(at);
    wrong = wrong && call.a == kNobodys;
    is_planted_ = is_planted_ || wrong;
    call.result = models::make_cell(models::Tag::kBoolean, found || wrong ? 1 : 0);
  }

  // Wrong is one that has been there for long, or one addition of long ago, if it is not there.
  void show(models::ObjectCall& call, bool wrong) {
    wrong = wrong && added_ > 2 * std::int64_t{shape_.processes};
    is_planted_ = is_planted_ || wrong;
    if (shape_.kind == models::ObjectKind::kCounter) {
      const std::int64_t behind = 2 * std::int64_t{shape_.processes};
      call.result = models::integer_cell(wrong ? added_ - behind : added_);
      return;
    }
    call.result = models::make_cell(models::Tag::kList, members_.size());
    call.many = members_;
    if (wrong) call.many.erase(call.many.begin());
  }

  // Wrong is whatever lies at the other end, or in the middle, if enough is held for it to show.
  models::Cell take(bool wrong) {
    if (items_.empty()) return models::kNilCell;
    std::size_t at = shape_.kind == models::ObjectKind::kQueue ? 0 : items_.size() - 1;
    const std::size_t middle = items_.size() / 2;
    if (wrong && items_.size() > 3 * shape_.processes && items_[middle] != items_[at]) {
      is_planted_ = true;
      at = middle;
    }
    const models::Cell item = items_[at];
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(at));
    return item;
  }

  static constexpr models::Cell kNobodys = models::integer_cell(0);  // never added

  ObjectShape shape_;
  sim::Stream random_;
  std::vector<Running> running_;
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
  models::Cell held_ = models::kNilCell;
  std::deque<models::Cell> items_;
  std::vector<models::Cell> members_;  // of a set, sorted
  std::int64_t added_ = 0;
  std::int64_t unclaimed_ = 0;  // items that are there for pops to come
  std::int64_t fresh_ = 0;
  bool is_planted_ = false;
};

inline Calls object_calls(const ObjectShape& shape) {
  return ObjectGenerator(shape).run();
}

// The calls on a register as the history of a run.
inline models::History register_history(const Calls& calls) {
  struct Moment {
    std::size_t call = SIZE_MAX;
    bool ends = false;
  };
  std::vector<Moment> moments(2 * calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    moments[calls[i].invoked] = {i, false};
    moments[calls[i].completed] = {i, true};
  }
  models::History history;
  std::vector<sim::OpId> ids(calls.size());
  const auto value = [](models::Cell cell) {
    return cell == models::kNilCell ? models::Value() : models::Value(models::integer_of(cell));
  };
  for (const Moment& moment : moments) {
    const models::ObjectCall& call = calls[moment.call].call;
    const bool cas = call.method == models::Method::kCas;
    const bool read = call.method == models::Method::kRead;
    if (!moment.ends) {
      ids[moment.call] = history.invoke({.process = static_cast<models::ProcessId>(call.process),
                                         .f = read  ? models::Function::kRead
                                              : cas ? models::Function::kCas
                                                    : models::Function::kWrite,
                                         .value = read  ? models::Value()
                                                  : cas ? value(call.b)
                                                        : value(call.a),
                                         .expected = cas ? value(call.a) : models::Value()});
      continue;
    }
    const bool refused = cas && models::payload_of(call.result) == 0;
    history.complete(ids[moment.call],
                     {.outcome = refused ? models::Outcome::kFail : models::Outcome::kOk,
                      .value = read ? value(call.result) : models::Value(),
                      .saw_other = refused});
  }
  return history;
}

}  // namespace quorumlab::bench
