#include "models/exchange/from_history.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace quorumlab::models {
namespace {

class Writer {
 public:
  Writer(const History& history, const std::function<std::string(Key)>& key_name)
      : history_(history), key_name_(key_name) {}

  Journal write() {
    static_cast<void>(journal_.pool.intern(""));
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
    const bool is_read = op.f == Function::kRead;
    add(EventType::kInvoke, op, process, op.invoked_at, is_read ? Value{} : op.value);
  }
  void complete(const Operation& op) {
    Process& process = processes_[op.process];
    process.open.reset();
    if (op.f == Function::kRead && op.outcome == Outcome::kOk && !op.value_known)
      return give_up(op.id, process);
    const bool failed = op.outcome == Outcome::kFail;
    add(failed ? EventType::kFail : EventType::kOk, op, process, op.completed_at, op.value);
  }
  // Nobody knows what became of it.
  void give_up(OpId id, Process& process) {
    const Operation& op = history_.operation(id);
    const bool was_told = op.completed_at != sim::Time::max();
    const bool is_read = op.f == Function::kRead;
    add(EventType::kInfo, op, process, was_told ? op.completed_at : op.invoked_at,
        is_read ? Value{} : op.value);
    process.open.reset();
    ++process.lives;
  }

  static Cell cell(const Value& value) { return value ? integer_cell(*value) : kNilCell; }

  // [key value], or [key [expected value]]
  void add(EventType type, const Operation& op, const Process& process, sim::Time at,
           const Value& value) {
    JournalEvent event{.type = type, .client = true};
    event.f = journal_.pool.intern(word_of(op.f));
    event.process = std::int64_t{op.process} + process.lives * stride_;
    event.time = at.count();
    event.value = static_cast<std::uint32_t>(journal_.cells.size());
    const bool is_cas = op.f == Function::kCas;
    journal_.cells.push_back(make_cell(Tag::kList, is_cas ? 4 : 2));
    journal_.cells.push_back(make_cell(Tag::kText, journal_.pool.intern(key_name_(op.key))));
    if (is_cas) {
      journal_.cells.push_back(make_cell(Tag::kList, 2));
      journal_.cells.push_back(cell(op.expected));
    }
    journal_.cells.push_back(cell(value));
    event.unwritten = type == EventType::kOk && op.f == Function::kRead && !value;
    journal_.events.push_back(event);
  }

  const History& history_;
  const std::function<std::string(Key)>& key_name_;
  std::vector<Moment> moments_;
  std::map<ProcessId, Process> processes_;
  std::int64_t stride_ = 1;
  Journal journal_;
};

}  // namespace

Journal journal_of(const History& history, const std::function<std::string(Key)>& key_name) {
  return Writer(history, key_name).write();
}

}  // namespace quorumlab::models
