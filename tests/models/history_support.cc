#include "tests/models/history_support.h"

#include <algorithm>
#include <map>

#include "models/consistency/online.h"
#include "models/history_again.h"

namespace quorumlab::models::testing {
namespace {

class Oracle {
 public:
  Oracle(const History& history, Value initial) : initial_(initial) {
    for (const Operation& op : history.operations()) {
      if (op.outcome != Outcome::kFail || op.saw_other) ops_.push_back(op);
    }
    placed_.resize(ops_.size());
  }

  bool explain() {
    std::uint64_t deadline = kNever;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (!placed_[i]) deadline = std::min(deadline, ops_[i].completed);
    }
    if (deadline == kNever) return true;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (placed_[i] || ops_[i].invoked > deadline) continue;
      const std::map<Key, Value> before = state_;
      placed_[i] = true;
      if (take_effect(ops_[i]) && explain()) return true;
      placed_[i] = false;
      state_ = before;
    }
    return false;
  }

 private:
  bool take_effect(const Operation& op) {
    Value& state = state_.try_emplace(op.key, initial_).first->second;
    switch (op.f) {
      case Function::kRead:
        return op.outcome == Outcome::kUnknown || !op.value_known || state == op.value;
      case Function::kWrite:
        state = op.value;
        return true;
      case Function::kCas:
        if (op.outcome == Outcome::kFail) return state != op.expected;
        if (op.outcome == Outcome::kOk && state != op.expected) return false;
        if (state == op.expected) state = op.value;
        return true;
      default:
        return false;  // of an object that is no register
    }
  }

  std::vector<Operation> ops_;
  std::vector<bool> placed_;
  std::map<Key, Value> state_;
  Value initial_;
};

void invoke_as(History& history, std::vector<OpId>& ids, const Operation& op) {
  ids[op.id.value] = history.invoke(invocation_of(op));
}

void complete_as(History& history, OpId id, const Operation& op) {
  history.complete(id, completion_of(op));
}

Operation as_operation(const Kind& kind, std::uint32_t number) {
  Operation op;
  op.id = OpId(number);
  op.process = number;
  op.f = kind.f;
  op.outcome = kind.outcome;
  op.value = kind.value;
  op.expected = kind.expected;
  op.saw_other = kind.saw_other;
  op.key = kind.key;
  op.completed_at = sim::Time{};
  return op;
}

class Enumeration {
 public:
  Enumeration(std::size_t count, const std::vector<Kind>& kinds,
              const std::function<void(const History&)>& f)
      : count_(count), kinds_(kinds), f_(f) {}

  // `open` are the numbers of operations begun and not ended.
  void extend(const History& history, const std::vector<Operation>& begun,
              const std::vector<std::uint32_t>& open) {
    if (begun.size() == count_ && open.empty()) f_(history);
    for (const std::uint32_t number : open) {
      History next = history;
      complete_as(next, OpId(number), begun[number - 1]);
      std::vector<std::uint32_t> rest;
      std::copy_if(open.begin(), open.end(), std::back_inserter(rest),
                   [=](std::uint32_t n) { return n != number; });
      extend(next, begun, rest);
    }
    if (begun.size() == count_) return;
    const auto number = static_cast<std::uint32_t>(begun.size() + 1);
    for (const Kind& kind : kinds_) {
      History next = history;
      std::vector<Operation> more = begun;
      more.push_back(as_operation(kind, number));
      std::vector<OpId> ids(count_ + 1);
      invoke_as(next, ids, more.back());
      std::vector<std::uint32_t> opened = open;
      // Whether and when an unknown operation is seen to end makes no difference.
      if (kind.outcome != Outcome::kUnknown) opened.push_back(number);
      extend(next, more, opened);
    }
  }

 private:
  const std::size_t count_;
  const std::vector<Kind>& kinds_;
  const std::function<void(const History&)>& f_;
};

}  // namespace

bool has_order(const History& history, Value initial) {
  return Oracle(history, initial).explain();
}

History rebuild(const History& history, std::uint64_t until,
                const std::function<bool(const Operation&)>& keep) {
  return beginning_of(history, until, keep);
}

History edited(const History& history, const std::function<void(Operation&)>& edit) {
  return beginning_of(history, kNever, [&](Operation& op) {
    edit(op);
    return true;
  });
}

std::uint64_t Rng::next() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (z ^ (z >> 31)) >> 11;
}

void for_each_history(std::size_t count, const std::vector<Kind>& kinds,
                      const std::function<void(const History&)>& f) {
  Enumeration(count, kinds, f).extend({}, {}, {});
}

History random_history(Rng& rng, std::size_t count, const std::vector<Kind>& kinds) {
  History history;
  std::vector<OpId> ids(count + 1);
  std::vector<Operation> open;
  std::uint32_t begun = 0;
  while (begun < count || !open.empty()) {
    const bool begin = begun < count && (open.empty() || rng.chance(50));
    if (begin) {
      const std::uint32_t kind = rng.below(static_cast<std::uint32_t>(kinds.size()));
      open.push_back(as_operation(kinds[kind], ++begun));
      open.back().invoked_at = sim::Time(static_cast<std::int64_t>(begun) * 1'000'000);
      invoke_as(history, ids, open.back());
    } else {
      const std::uint32_t i = rng.below(static_cast<std::uint32_t>(open.size()));
      open[i].completed_at = sim::Time(static_cast<std::int64_t>(begun) * 1'000'000 + 500'000);
      complete_as(history, ids[open[i].id.value], open[i]);
      open.erase(open.begin() + i);
    }
  }
  return history;
}

namespace {

// Clients that take turns on a store whose every operation takes effect at one instant.
class CleanRun {
 public:
  CleanRun(Rng& rng, const CleanOptions& options)
      : rng_(rng), options_(options), clients_(options.processes), state_(options.keys) {
    for (std::uint32_t p = 0; p < options.processes; ++p) clients_[p].process = p;
  }

  History run() {
    while (begun_ < options_.operations || open_ > 0) {
      Client& client = clients_[rng_.below(options_.processes)];
      if (!client.open) {
        if (begun_ < options_.operations) begin(client);
      } else if (client.took_effect) {
        end(client);
      } else if (client.op.outcome == Outcome::kUnknown && rng_.chance(50)) {
        end(client);  // an unknown operation may stay without effect
      } else {
        take_effect(client);
      }
    }
    return std::move(history_);
  }

 private:
  struct Client {
    Operation op;
    OpId id;
    bool open = false;
    bool took_effect = false;
    ProcessId process = 0;
  };

  std::int64_t value() {
    if (options_.values == 0) return ++fresh_;
    return 1 + static_cast<std::int64_t>(rng_.below(options_.values));
  }

  void begin(Client& client) {
    Operation& op = client.op = {};
    op.key = Key(rng_.below(options_.keys));
    const std::uint32_t dice = rng_.below(100);
    op.f = dice < options_.reads                  ? Function::kRead
           : dice < options_.reads + options_.cas ? Function::kCas
                                                  : Function::kWrite;
    if (op.f != Function::kRead) op.value = value();
    // Half of the guesses are right unless somebody gets in between.
    if (op.f == Function::kCas) op.expected = rng_.chance(50) ? state_[op.key.value] : value();
    op.outcome = rng_.chance(options_.unknown) ? Outcome::kUnknown : Outcome::kOk;
    client.id = history_.invoke({.process = client.process,
                                 .f = op.f,
                                 .key = op.key,
                                 .value = op.value,
                                 .expected = op.expected,
                                 .at = sim::Time(static_cast<std::int64_t>(++begun_) * 1'000)});
    client.open = true;
    client.took_effect = false;
    ++open_;
  }

  void take_effect(Client& client) {
    Operation& op = client.op;
    Value& current = state_[op.key.value];
    client.took_effect = true;
    if (op.f == Function::kRead) {
      op.value = current;
    } else if (op.f == Function::kWrite || current == op.expected) {
      current = op.value;
    } else if (op.outcome == Outcome::kOk) {
      op.outcome = Outcome::kFail;
      op.saw_other = true;
    }
  }

  void end(Client& client) {
    const auto at = sim::Time(static_cast<std::int64_t>(begun_) * 1'000 + 500);
    history_.complete(client.id, {.outcome = client.op.outcome,
                                  .value = client.op.value,
                                  .saw_other = client.op.saw_other,
                                  .at = at});
    client.open = false;
    --open_;
    if (client.op.outcome == Outcome::kUnknown) client.process += options_.processes;
  }

  Rng& rng_;
  const CleanOptions& options_;
  History history_;
  std::vector<Client> clients_;
  std::vector<Value> state_;
  std::int64_t fresh_ = 0;
  std::size_t begun_ = 0;
  std::size_t open_ = 0;
};

}  // namespace

History clean_history(Rng& rng, const CleanOptions& options) {
  return CleanRun(rng, options).run();
}

}  // namespace quorumlab::models::testing
