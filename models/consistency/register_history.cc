#include "models/consistency/register_history.h"

#include <array>
#include <optional>
#include <utility>

namespace quorumlab::models {
namespace {

// Numbers 64-bit integers densely, in the order of first appearance. Only ever looked up, so the
// layout of the table cannot show.
class Interner {
 public:
  std::uint32_t intern(std::int64_t value) {
    // Most histories are of small numbers.
    const bool is_small = static_cast<std::uint64_t>(value) < small_.size();
    if (is_small && small_[static_cast<std::size_t>(value)] != 0) {
      return small_[static_cast<std::size_t>(value)] - 1;
    }
    const std::uint32_t number = look_up(value);
    if (is_small) small_[static_cast<std::size_t>(value)] = number + 1;
    return number;
  }
  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  std::uint32_t look_up(std::int64_t value) {
    if (2 * (values_.size() + 1) > table_.size()) grow();
    std::uint32_t& entry = find(value);
    if (entry == 0) {
      values_.push_back(value);
      entry = static_cast<std::uint32_t>(values_.size());
    }
    return entry - 1;
  }

  std::uint32_t& find(std::int64_t value) {
    std::uint64_t hash = static_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
    const std::size_t mask = table_.size() - 1;
    std::size_t i = hash & mask;
    while (table_[i] != 0 && values_[table_[i] - 1] != value) i = (i + 1) & mask;
    return table_[i];
  }

  void grow() {
    table_.assign(table_.empty() ? 16 : 2 * table_.size(), 0);
    for (std::uint32_t i = 0; i < values_.size(); ++i) find(values_[i]) = i + 1;
  }

  std::array<std::uint32_t, 16> small_{};  // number + 1; 0: not seen
  std::vector<std::int64_t> values_;
  std::vector<std::uint32_t> table_;  // index + 1; 0: free
};

constexpr std::uint32_t kDropped = UINT32_MAX;

class Builder {
 public:
  Builder(Key key, Value initial, std::uint32_t operations) : initial_(initial) {
    history_.key = key;
    history_.ops.reserve(operations);
    history_.events.reserve(2 * std::size_t{operations} + 1);
    history_.events.emplace_back();
    if (initial) values_.intern(*initial);
  }

  // Returns the new operation's index, or kDropped.
  std::uint32_t invoke(const Operation& from) {
    std::optional<RegisterOp> op = compile(from);
    if (!op) return kDropped;
    const auto index = static_cast<std::uint32_t>(history_.ops.size());
    op->invoked = now();
    note_write(*op);
    history_.ops.push_back(*op);
    history_.events.push_back({index, false});
    return index;
  }

  void complete(std::uint32_t index) {
    history_.ops[index].completed = now();
    history_.events.push_back({index, true});
  }

  RegisterHistory finish() && {
    history_.value_count = static_cast<std::uint32_t>(written_.size());
    return std::move(history_);
  }

 private:
  [[nodiscard]] RegisterTime now() const {
    return static_cast<RegisterTime>(history_.events.size());
  }

  std::optional<RegisterOp> compile(const Operation& from) {
    const bool fixed = from.outcome == Outcome::kOk;
    RegisterOp op{.id = from.id};
    switch (from.f) {
      case Function::kRead:
        if (!fixed || !from.value_known) return std::nullopt;
        op.act = Act::kRead;
        op.value = number(from.value);
        return op;
      case Function::kWrite:
        if (from.outcome == Outcome::kFail) return std::nullopt;
        op.act = Act::kWrite;
        op.value = number(from.value);
        return op;
      case Function::kCas:
        if (from.outcome == Outcome::kFail && !from.saw_other) return std::nullopt;
        if (from.outcome == Outcome::kUnknown && from.expected == from.value) return std::nullopt;
        op.expected = number(from.expected);
        op.value = number(from.value);
        op.act = from.outcome == Outcome::kFail ? Act::kMismatch
                 : op.expected == op.value      ? Act::kRead
                                                : Act::kCas;
        return op;
      default:
        return std::nullopt;  // of an object that is no register
    }
  }

  // 0 is the initial value. If that is an integer it is the interner's first, so that the others
  // start at 2 and leave 1 to nullopt.
  ValueId number(Value value) {
    ValueId id = kInitialValue;
    if (value != initial_) id = value ? values_.intern(*value) + 1 : 1;
    if (written_.size() <= id) written_.resize(id + 1, false);
    return id;
  }

  void note_write(const RegisterOp& op) {
    if (op.act == Act::kRead) return;
    if (op.act != Act::kWrite || op.value == kInitialValue || written_[op.value]) {
      history_.unique_writes = false;
    }
    written_[op.value] = true;
  }

  RegisterHistory history_;
  Value initial_;
  Interner values_;
  std::vector<bool> written_ = std::vector<bool>(1, false);
};

}  // namespace

std::vector<RegisterHistory> split_by_key(const History& history, Value initial) {
  const std::span<const Operation> operations = history.operations();
  Interner keys;
  struct Place {
    std::uint32_t key = 0;
    std::uint32_t op = kDropped;
  };
  std::vector<Place> places(operations.size());
  // In real-time order: operation << 1 | returns. Positions are dense but for the gaps that
  // completions with unknown outcome leave.
  std::vector<std::uint32_t> timeline(2 * operations.size(), kDropped);
  std::vector<std::uint32_t> counts;
  std::vector<Key> names;
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    timeline.at(operations[i].invoked) = i << 1U;
    if (operations[i].completed != kNever) timeline.at(operations[i].completed) = i << 1U | 1U;
    places[i].key = keys.intern(operations[i].key.value);
    if (places[i].key == counts.size()) {
      counts.push_back(0);
      names.push_back(operations[i].key);
    }
    ++counts[places[i].key];
  }
  std::vector<Builder> builders;
  builders.reserve(counts.size());
  for (std::size_t k = 0; k < counts.size(); ++k)
    builders.emplace_back(names[k], initial, counts[k]);
  for (const std::uint32_t moment : timeline) {
    if (moment == kDropped) continue;
    Place& place = places[moment >> 1U];
    if ((moment & 1U) == 0) {
      place.op = builders[place.key].invoke(operations[moment >> 1U]);
    } else if (place.op != kDropped) {
      builders[place.key].complete(place.op);
    }
  }
  std::vector<RegisterHistory> parts;
  parts.reserve(builders.size());
  for (Builder& builder : builders) parts.push_back(std::move(builder).finish());
  return parts;
}

RegisterHistory restrict_to(const RegisterHistory& whole, RegisterTime until,
                            const std::vector<bool>& keep) {
  RegisterHistory part;
  part.key = whole.key;
  part.value_count = whole.value_count;
  part.unique_writes = whole.unique_writes;
  part.events.emplace_back();
  std::vector<std::uint32_t> index(whole.ops.size(), kDropped);
  for (RegisterTime t = 1; t <= until; ++t) {
    const RegisterEvent event = whole.events[t];
    const RegisterOp& op = whole.ops[event.op];
    const auto now = static_cast<RegisterTime>(part.events.size());
    if (event.returns) {
      if (index[event.op] == kDropped) continue;
      part.ops[index[event.op]].completed = now;
    } else {
      const bool returned = op.completed <= until;
      if (!keep[event.op] || (!returned && !op.mutates())) continue;
      index[event.op] = static_cast<std::uint32_t>(part.ops.size());
      part.ops.push_back(op);
      part.ops.back().invoked = now;
      part.ops.back().completed = kOpen;
    }
    part.events.push_back({index[event.op], event.returns});
  }
  return part;
}

}  // namespace quorumlab::models
