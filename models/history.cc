#include "models/history.h"

#include <array>

#include "sim/check.h"

namespace quorumlab::models {

std::string_view word_of(Function f) {
  static constexpr std::array<std::string_view, 11> kWords = {
      "read",   "write",   "cas",     "add",     "insert", "remove",
      "append", "enqueue", "dequeue", "acquire", "release"};
  return kWords.at(static_cast<std::size_t>(f));
}

OpId History::invoke(const Invoke& invoke) {
  Operation op;
  op.id = OpId(static_cast<std::uint32_t>(operations_.size() + 1));
  op.process = invoke.process;
  op.f = invoke.f;
  op.key = invoke.key;
  op.value = invoke.value;
  op.expected = invoke.expected;
  op.invoked = next_position_++;
  op.invoked_at = invoke.at;
  op.client = invoke.client;
  operations_.push_back(op);
  if (listener_) listener_(op.id, false);
  return op.id;
}

void History::complete(OpId id, const Complete& complete) {
  Operation& op = operations_.at(id.value - 1);
  QL_CHECK(op.completed_at == sim::Time::max(), "operation {} completed twice", id.value);
  op.outcome = complete.outcome;
  op.completed_at = complete.at;
  op.served_by = complete.served_by;
  const std::uint64_t position = next_position_++;
  if (complete.outcome != Outcome::kUnknown) op.completed = position;
  if (returns_value(op.f) && complete.outcome != Outcome::kUnknown) {
    op.value = complete.value;
    op.elements = complete.elements;
    op.value_known = complete.value_known;
  }
  op.saw_other = !is_read(op.f) && op.outcome == Outcome::kFail && complete.saw_other;
  if (listener_) listener_(id, true);
}

}  // namespace quorumlab::models
