#include "models/exchange/from_history.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace quorumlab::models {
namespace {

class Writer {
 public:
  Writer(const History& history, const std::function<std::string(Key)>& key_name, ObjectKind kind)
      : history_(history), key_name_(key_name), kind_(kind) {}

  Journal write() {
    static_cast<void>(journal_.pool.intern(""));
    journal_.first_op = 1;
    for (const Operation& op : history_.operations()) {
      moments_.push_back({op.invoked, op.id, true});
      if (op.completed != kNever) moments_.push_back({op.completed, op.id, false});
      stride_ = std::max<std::int64_t>(stride_, std::int64_t{op.process} + 1);
    }
    std::sort(moments_.begin(), moments_.end(),
              [](const Moment& a, const Moment& b) { return a.position < b.position; });
    for (const Moment& moment : moments_) {
      const Operation& op = history_.operation(moment.op);
      if (moment.is_invocation)
        invoke(op);
      else
        complete(op);
    }
    for (auto& [process, state] : processes_)
      if (state.open) give_up(*state.open, state);
    return std::move(journal_);
  }

 private:
  struct Moment {
    std::uint64_t position = 0;
    OpId op;
    bool is_invocation = false;
  };
  struct Process {
    std::optional<OpId> open;
    std::int64_t lives = 0;
  };

  void invoke(const Operation& op) {
    Process& process = processes_[op.process];
    if (process.open) give_up(*process.open, process);
    process.open = op.id;
    add(EventType::kInvoke, op, process, op.invoked_at, false);
  }
  void complete(const Operation& op) {
    Process& process = processes_[op.process];
    process.open.reset();
    if (op.f == Function::kRead && op.outcome == Outcome::kOk && !op.value_known)
      return give_up(op.id, process);
    const bool failed = op.outcome == Outcome::kFail;
    add(failed ? EventType::kFail : EventType::kOk, op, process, op.completed_at, !failed);
  }
  // Nobody knows what became of it.
  void give_up(OpId id, Process& process) {
    const Operation& op = history_.operation(id);
    const bool was_told = op.completed_at != sim::Time::max();
    add(EventType::kInfo, op, process, was_told ? op.completed_at : op.invoked_at, false);
    process.open.reset();
    ++process.lives;
  }

  static Cell cell(const Value& value) { return value ? integer_cell(*value) : kNilCell; }

  // [key value], or [key [expected value]], or [key [element element ...]]; what came back, only
  // with `shows_result`.
  void add(EventType type, const Operation& op, const Process& process, sim::Time at,
           bool shows_result) {
    JournalEvent event{.type = type, .client = true};
    event.f = journal_.pool.intern(word(op.f));
    event.process = std::int64_t{op.process} + process.lives * stride_;
    event.time = at.count();
    event.value = static_cast<std::uint32_t>(journal_.cells.size());
    std::vector<Cell> inside;
    const bool says = shows_result || !returns_value(op.f);
    if (op.f == Function::kCas) {
      inside = {make_cell(Tag::kList, 2), cell(op.expected), cell(op.value)};
    } else if (says && op.f == Function::kRead && reads_elements()) {
      inside = {make_cell(Tag::kList, op.elements.size())};
      for (const std::int64_t element : op.elements) inside.push_back(integer_cell(element));
    } else {
      inside = {says ? cell(op.value) : kNilCell};
    }
    journal_.cells.push_back(make_cell(Tag::kList, 1 + inside.size()));
    journal_.cells.push_back(make_cell(Tag::kText, journal_.pool.intern(key_name_(op.key))));
    journal_.cells.insert(journal_.cells.end(), inside.begin(), inside.end());
    event.unwritten = shows_result && op.f == Function::kRead && inside == std::vector{kNilCell};
    journal_.events.push_back(event);
  }

  [[nodiscard]] bool reads_elements() const {
    return kind_ == ObjectKind::kSet || kind_ == ObjectKind::kLog;
  }
  // "add" is for sets, in the histories of others.
  static std::string_view word(Function f) {
    return f == Function::kAdd ? "increment" : word_of(f);
  }

  const History& history_;
  const std::function<std::string(Key)>& key_name_;
  const ObjectKind kind_;
  std::vector<Moment> moments_;
  std::map<ProcessId, Process> processes_;
  std::int64_t stride_ = 1;
  Journal journal_;
};

}  // namespace

ObjectKind object_of(std::span<const Function> functions) {
  for (const Function f : functions) {
    switch (f) {
      case Function::kRead:
      case Function::kWrite:
      case Function::kCas:
        continue;
      case Function::kAdd:
        return ObjectKind::kCounter;
      case Function::kInsert:
      case Function::kRemove:
        return ObjectKind::kSet;
      case Function::kAppend:
        return ObjectKind::kLog;
      case Function::kEnqueue:
      case Function::kDequeue:
        return ObjectKind::kQueue;
      case Function::kAcquire:
      case Function::kRelease:
        return ObjectKind::kLock;
    }
  }
  return ObjectKind::kRegister;
}

ObjectKind object_of(const History& history) {
  const auto all = history.operations();
  const auto found = std::find_if(all.begin(), all.end(), [](const Operation& op) {
    return object_of(std::array{op.f}) != ObjectKind::kRegister;
  });
  return found == all.end() ? ObjectKind::kRegister : object_of(std::array{found->f});
}

Journal journal_of(const History& history, const std::function<std::string(Key)>& key_name,
                   std::optional<ObjectKind> kind) {
  return Writer(history, key_name, kind ? *kind : object_of(history)).write();
}

}  // namespace quorumlab::models
