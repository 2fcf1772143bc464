#include "models/exchange/judge_history.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/exchange/from_history.h"
#include "models/exchange/judge.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kOpsNamed = 6;

// What is wrong with one operation that has no place in any order, said as simply as its object
// allows.
class Reproach {
 public:
  Reproach(const History& history, ObjectKind kind, const Narrator& say, Witness* witness)
      : history_(history), kind_(kind), say_(say), witness_(*witness) {}

  // False: nothing simpler is known than that there is no order.
  bool tell(const Operation& op) {
    if (op.outcome != Outcome::kOk) return false;
    switch (kind_) {
      case ObjectKind::kCounter:
        return op.f == Function::kRead && tell_total(op);
      case ObjectKind::kSet:
      case ObjectKind::kLog:
        return op.f == Function::kRead && tell_elements(op);
      case ObjectKind::kQueue:
        return op.f == Function::kDequeue && tell_twice(op);
      case ObjectKind::kLock:
        return op.f == Function::kAcquire && tell_holder(op);
      default:
        return false;
    }
  }

 private:
  [[nodiscard]] static bool is_before(const Operation& op, const Operation& read) {
    return op.outcome == Outcome::kOk && op.completed < read.invoked;
  }

  static std::string in_words(std::int64_t count) {
    return fmt::format("{} {}", count, count == 1 ? "is" : "are");
  }

  // A total is at least what was acknowledged before, and at most what had been begun.
  bool tell_total(const Operation& read) {
    std::int64_t least = 0;
    std::int64_t most = 0;
    const Operation* last = nullptr;
    for (const Operation& op : history_.operations()) {
      if (op.f != Function::kAdd || op.key != read.key || !op.value) continue;
      if (is_before(op, read)) {
        least += *op.value;
        if (last == nullptr || op.completed > last->completed) last = &op;
      }
      if (op.outcome != Outcome::kFail && op.invoked < read.completed) most += *op.value;
    }
    const std::int64_t total = read.value.value_or(0);
    if (total < least) {
      witness_.anomaly = Anomaly::kStaleRead;
      if (last != nullptr) witness_.ops.push_back({Role::kOther, last->id});
      witness_.obligation =
          fmt::format("{} were added and acknowledged before it began, so {} missing", least,
                      in_words(least - total));
      return true;
    }
    if (total <= most) return false;
    witness_.anomaly = Anomaly::kPhantomValue;
    witness_.obligation =
        fmt::format("no more than {} had been added when it ended, so {} too many", most,
                    in_words(total - most));
    return true;
  }

  bool tell_elements(const Operation& read) {
    for (const Operation& op : history_.operations()) {
      const bool puts = op.f == Function::kInsert || op.f == Function::kAppend;
      if (!puts || op.key != read.key || !is_before(op, read)) continue;
      if (has(read, *op.value) || is_removed(op, read)) continue;
      witness_.anomaly = Anomaly::kStaleRead;
      witness_.ops.push_back({Role::kMissed, op.id});
      witness_.obligation =
          fmt::format("{} (op {}), acknowledged {}, before it began, and it is not among them",
                      say_.deed(op), op.id.value, say_.done(op));
      return true;
    }
    std::vector<std::int64_t> sorted = read.elements;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice == sorted.end()) return false;
    witness_.anomaly = Anomaly::kPhantomValue;
    witness_.obligation = fmt::format("{} is in it twice, and was put there once", *twice);
    for (const Operation& op : history_.operations()) {
      const bool puts = op.f == Function::kInsert || op.f == Function::kAppend;
      if (puts && op.key == read.key && op.value == *twice) {
        witness_.ops.push_back({Role::kReturned, op.id});
      }
    }
    return true;
  }

  // One element came out of a queue twice.
  bool tell_twice(const Operation& dequeue) {
    const Operation* other = nullptr;
    const Operation* source = nullptr;
    for (const Operation& op : history_.operations()) {
      if (op.key != dequeue.key || op.value != dequeue.value || op.id == dequeue.id) continue;
      if (op.f == Function::kDequeue && op.outcome == Outcome::kOk) other = &op;
      if (op.f == Function::kEnqueue) source = &op;
    }
    if (other == nullptr || source == nullptr) return false;
    witness_.anomaly = Anomaly::kPhantomValue;
    witness_.ops.push_back({Role::kReturned, source->id});
    witness_.ops.push_back({Role::kOther, other->id});
    witness_.obligation =
        fmt::format("{}; and {}, once", say_.observation(*other), say_.observation(*source));
    return true;
  }

  // Somebody else had the lock for sure.
  bool tell_holder(const Operation& acquire) {
    const Operation* holder = nullptr;
    for (const Operation& op : history_.operations()) {
      if (op.key != acquire.key || op.invoked >= acquire.completed) continue;
      if (op.f == Function::kAcquire && is_before(op, acquire)) holder = &op;
      const bool gives_back = holder != nullptr && op.f == Function::kRelease &&
                              op.process == holder->process && op.invoked > holder->invoked &&
                              op.outcome != Outcome::kFail;
      if (gives_back) holder = nullptr;
    }
    if (holder == nullptr) return false;
    witness_.ops.push_back({Role::kOther, holder->id});
    witness_.obligation = fmt::format("{}, and had not released it", say_.observation(*holder));
    return true;
  }

  static bool has(const Operation& read, std::int64_t element) {
    return std::find(read.elements.begin(), read.elements.end(), element) != read.elements.end();
  }
  [[nodiscard]] bool is_removed(const Operation& put, const Operation& read) const {
    const auto all = history_.operations();
    return std::any_of(all.begin(), all.end(), [&](const Operation& op) {
      return op.f == Function::kRemove && op.key == put.key && op.value == put.value &&
             op.outcome != Outcome::kFail && op.invoked < read.completed;
    });
  }

  const History& history_;
  const ObjectKind kind_;
  const Narrator& say_;
  Witness& witness_;
};

// In journal_of(), each operation is one pair, and both are in the order of invocation.
OpId op_of(std::size_t pair) {
  return OpId(static_cast<std::uint32_t>(pair + 1));
}

Witness witness_of(const Finding& finding, const History& history, ObjectKind kind,
                   const Names& names) {
  const Narrator say(history, names);
  Witness witness;
  witness.claim = finding.claim;
  if (finding.ops.empty()) {
    witness.observation = fmt::format("{}", fmt::join(finding.lines, "; "));
    return witness;
  }
  const Operation& observer = history.operation(op_of(finding.ops.front()));
  witness.key = observer.key;
  witness.observation = say.observation(observer);
  witness.ops.push_back({Role::kObserver, observer.id});
  if (finding.model == "linearizable" && Reproach(history, kind, say, &witness).tell(observer)) {
    return witness;
  }
  // The smallest set that contradicts itself, if there is one; else who else is named.
  std::vector<std::size_t> others = finding.core.empty() ? finding.ops : finding.core;
  std::erase(others, finding.ops.front());
  std::vector<std::string> named;
  for (const std::size_t pair : others) {
    if (named.size() == kOpsNamed) break;
    const Operation& op = history.operation(op_of(pair));
    witness.ops.push_back({Role::kOther, op.id});
    named.push_back(say.observation(op));
  }
  witness.obligation =
      named.empty() ? "it has no place in any order"
      : finding.core.empty()
          ? fmt::format("{}", fmt::join(named, "; "))
          : fmt::format("it has no order together with: {}{}", fmt::join(named, "; "),
                        named.size() < others.size() ? "; and more" : "");
  return witness;
}

}  // namespace

std::vector<std::string> models_of_history(ObjectKind kind) {
  std::vector<std::string> models = models_of({.subject = Subject::kObject, .object = kind});
  // What remains is asked of the replicas, and no operation of a run gives out numbers.
  std::erase_if(models, [](const std::string& model) {
    return model == "durable" || model == "eventual" || model == "unique";
  });
  return models;
}

CheckResult check_objects(const History& history, const std::string& model, const Names& names,
                          std::optional<ObjectKind> kind) {
  const ObjectKind object = kind ? *kind : object_of(history);
  const auto key_name = [](Key key) { return fmt::format("k{}", key.value); };
  Journal journal = journal_of(history, key_name, object);
  const Finding finding = judge_journal(journal, {.model = model, .object = object, .budget = {}});
  CheckResult result{.property = model, .verdict = finding.verdict, .reason = finding.reason};
  if (finding.verdict == Verdict::kViolated) {
    result.witness = witness_of(finding, history, object, names);
  }
  return result;
}

}  // namespace quorumlab::models
