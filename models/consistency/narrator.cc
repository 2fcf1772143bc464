#include "models/consistency/narrator.h"

#include <fmt/format.h>

#include <algorithm>

namespace quorumlab::models {

namespace {
// 100us in a run of some seconds: tells operations apart and is still short.
constexpr int kDigits = 4;
}  // namespace

Narrator::Narrator(const History& history, const Names& names) : history_(history), names_(names) {
  const auto operations = history.operations();
  timed_ = std::any_of(operations.begin(), operations.end(),
                       [](const Operation& op) { return op.invoked_at != sim::Time{}; });
}

std::string Narrator::key(Key key) const {
  return names_.key ? names_.key(key) : fmt::format("k{}", key.value);
}

bool Narrator::is_sole(Key k) const {
  return key(k).starts_with("the ");
}

std::string Narrator::about(Key k) const {
  return is_sole(k) ? key(k) : "key " + key(k);
}

std::string Narrator::client(const Operation& op) const {
  return names_.client ? names_.client(op) : fmt::format("process {}", op.process);
}

std::string Narrator::node(NodeId node) const {
  return names_.node ? names_.node(node) : fmt::format("node {}", node.value);
}

std::string Narrator::moment(sim::Time time, std::uint64_t position) const {
  return timed_ ? sim::to_text(time, kDigits) : fmt::format("position {}", position);
}

std::string Narrator::begun(const Operation& op) const {
  return "at " + moment(op.invoked_at, op.invoked);
}

std::string Narrator::done(const Operation& op) const {
  return "at " + moment(op.completed_at, op.completed);
}

std::string Narrator::value(Value value) const {
  if (!value) return "nothing";
  return names_.value ? names_.value(*value) : fmt::to_string(*value);
}

std::string Narrator::state(Key k, Value held) const {
  if (!held) return key(k) + " never written";
  return is_sole(k) ? value(held) : fmt::format("{} = {}", key(k), value(held));
}

std::string Narrator::deed(const Operation& op) const {
  switch (op.f) {
    case Function::kRead:
      if (!op.elements.empty()) {
        return fmt::format("{} read {} elements of {}", client(op), op.elements.size(),
                           key(op.key));
      }
      return fmt::format("{} {} {}", client(op), op.value ? "read" : "found",
                         state(op.key, op.value));
    case Function::kWrite:
      if (is_sole(op.key)) return fmt::format("{} wrote {}", client(op), value(op.value));
      return fmt::format("{} wrote {} = {}", client(op), key(op.key), value(op.value));
    case Function::kCas:
      if (op.saw_other) {
        return fmt::format("{} failed to change {} from {} to {}", client(op), key(op.key),
                           value(op.expected), value(op.value));
      }
      return fmt::format("{} changed {} from {} to {}", client(op), key(op.key), value(op.expected),
                         value(op.value));
    default:
      return change_of_object(op);
  }
}

std::string Narrator::change_of_object(const Operation& op) const {
  const std::string who = client(op);
  const std::string what = key(op.key);
  const bool is_done = op.outcome == Outcome::kOk;
  switch (op.f) {
    case Function::kAdd:
      return fmt::format("{} added {} to {}", who, value(op.value), what);
    case Function::kInsert:
      return fmt::format("{} put {} into {}", who, value(op.value), what);
    case Function::kRemove:
      return fmt::format("{} removed {} from {}", who, value(op.value), what);
    case Function::kAppend:
      return fmt::format("{} appended {} to {}", who, value(op.value), what);
    case Function::kEnqueue:
      return fmt::format("{} enqueued {} in {}", who, value(op.value), what);
    case Function::kDequeue:
      if (!is_done) return fmt::format("{} tried to dequeue from {}", who, what);
      if (!op.value) return fmt::format("{} found {} empty", who, what);
      return fmt::format("{} dequeued {} from {}", who, value(op.value), what);
    case Function::kAcquire:
      if (!is_done) return fmt::format("{} tried to acquire {}", who, what);
      return fmt::format("{} acquired {} with token {}", who, what, value(op.value));
    default:
      return fmt::format("{} released {} with token {}", who, what, value(op.value));
  }
}

std::uint64_t Narrator::number(const Operation& op) const {
  return names_.number ? names_.number(op.id) : op.id.value;
}

std::string Narrator::observation(const Operation& op) const {
  if (op.completed == kNever)
    return fmt::format("{} from {} on (op {})", deed(op), moment(op.invoked_at, op.invoked),
                       number(op));
  return fmt::format("{} between {} and {} (op {})", deed(op), moment(op.invoked_at, op.invoked),
                     moment(op.completed_at, op.completed), number(op));
}

std::string Narrator::noun(const Operation& op) const {
  switch (op.f) {
    case Function::kRead:
      if (!op.elements.empty()) {
        return fmt::format("the read of {} elements of {} (op {})", op.elements.size(), key(op.key),
                           number(op));
      }
      return fmt::format("the read of {} (op {})", state(op.key, op.value), number(op));
    case Function::kWrite:
      return fmt::format("the write {}{} {} (op {})", is_sole(op.key) ? "" : key(op.key) + " ",
                         is_sole(op.key) ? "of" : "=", value(op.value), number(op));
    case Function::kCas:
      return fmt::format("the change of {} from {} to {} (op {})", key(op.key), value(op.expected),
                         value(op.value), number(op));
    default:
      return fmt::format("the {} that {} (op {})", word_of(op.f), deed(op), number(op));
  }
}

}  // namespace quorumlab::models
