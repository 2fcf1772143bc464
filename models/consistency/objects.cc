#include "models/consistency/objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "models/exchange/flat_map.h"
#include "sim/check.h"

namespace quorumlab::models {
namespace {

constexpr std::array<std::string_view, 10> kNames = {
    "register", "multi-register", "kv", "counter", "set", "queue", "stack", "log", "lock", "ids"};

constexpr Cell kFalse = make_cell(Tag::kBoolean, 0);
constexpr Cell kTrue = make_cell(Tag::kBoolean, 1);

bool fits(Cell result, Cell actual) {
  return result == kNoCell || result == actual;
}

// Who appends to nothing appends to the empty text, and who gets nothing may call it that.
class Texts {
 public:
  explicit Texts(Pool* pool) : pool_(pool) {}
  [[nodiscard]] Cell joined(Cell state, Cell more) const {
    QL_CHECK(pool_ != nullptr, "appending needs a pool of texts");
    std::string text(pool_->word_of(state));
    text += pool_->word_of(more);
    return make_cell(Tag::kText, pool_->intern(text));
  }
  [[nodiscard]] bool same(Cell a, Cell b) const { return a == b || (is_blank(a) && is_blank(b)); }

 private:
  [[nodiscard]] bool is_blank(Cell cell) const {
    return cell == kNilCell ||
           (tag_of(cell) == Tag::kText && pool_ != nullptr && pool_->word_of(cell).empty());
  }
  Pool* pool_;
};

bool step_register(ObjectState& state, const ObjectCall& call, const Texts& texts) {
  Cell& value = state[0];
  switch (call.method) {
    case Method::kRead:
      return call.result == kNoCell || texts.same(call.result, value);
    case Method::kWrite:
      value = call.a;
      return true;
    case Method::kDelete:
      value = kNilCell;
      return true;
    case Method::kAppend:
      value = texts.joined(value, call.a);
      return true;
    case Method::kCas: {
      const bool swaps = texts.same(value, call.a);
      if (!fits(call.result, swaps ? kTrue : kFalse)) return false;
      if (swaps) value = call.b;
      return true;
    }
    default:
      return false;
  }
}

// A state is register, value, register, value, ... of those that differ from the initial value.
bool step_registers(ObjectState& state, const ObjectCall& call, Cell initial) {
  if (call.method != Method::kTxn) return false;
  for (std::size_t i = 0; i + 2 < call.many.size(); i += 3) {
    const Cell reg = call.many[i + 1];
    std::size_t at = 0;
    while (at < state.size() && state[at] < reg) at += 2;
    const bool found = at < state.size() && state[at] == reg;
    if (call.many[i] == kReadCell) {
      const Cell value = found ? state[at + 1] : initial;
      if (call.many[i + 2] != kNilCell && call.many[i + 2] != value) return false;
      continue;
    }
    const auto place = state.begin() + static_cast<std::ptrdiff_t>(at);
    if (found) state.erase(place, place + 2);
    if (call.many[i + 2] == initial) continue;
    const auto fresh = state.begin() + static_cast<std::ptrdiff_t>(at);
    state.insert(fresh, {reg, call.many[i + 2]});
  }
  return true;
}

bool step_counter(ObjectState& state, const ObjectCall& call) {
  if (call.method == Method::kRead) return fits(call.result, state[0]);
  if (call.method != Method::kAdd || tag_of(call.a) != Tag::kInteger) return false;
  state[0] = integer_cell(integer_of(state[0]) + integer_of(call.a));
  return fits(call.result, state[0]);
}

bool step_set(ObjectState& state, const ObjectCall& call) {
  const auto at = std::lower_bound(state.begin(), state.end(), call.a);
  const bool found = at != state.end() && *at == call.a;
  switch (call.method) {
    case Method::kRead:
      return call.result == kNoCell || call.many == state;
    case Method::kContains:
      return fits(call.result, found ? kTrue : kFalse);
    case Method::kAdd:
      if (!fits(call.result, found ? kFalse : kTrue)) return false;
      if (!found) state.insert(at, call.a);
      return true;
    case Method::kRemove:
      if (!fits(call.result, found ? kTrue : kFalse)) return false;
      if (found) state.erase(at);
      return true;
    default:
      return false;
  }
}

bool step_container(ObjectState& state, const ObjectCall& call, bool first_out) {
  if (call.method == Method::kPush) {
    state.push_back(call.a);
    return true;
  }
  if (call.method == Method::kRead) {
    return fits(call.result, state.empty() ? kNilCell : first_out ? state.front() : state.back());
  }
  if (call.method != Method::kPop) return false;
  if (state.empty()) return fits(call.result, kNilCell);
  if (!fits(call.result, first_out ? state.front() : state.back())) return false;
  state.erase(first_out ? state.begin() : state.end() - 1);
  return true;
}

bool step_log(ObjectState& state, const ObjectCall& call) {
  if (call.method == Method::kPush) {
    state.push_back(call.a);
    return fits(call.result, integer_cell(static_cast<std::int64_t>(state.size()) - 1));
  }
  if (call.method == Method::kRead) return call.result == kNoCell || call.many == state;
  if (call.method != Method::kPoll || tag_of(call.a) != Tag::kInteger) return false;
  const std::int64_t offset = integer_of(call.a);
  const bool inside = offset >= 0 && offset < static_cast<std::int64_t>(state.size());
  return fits(call.result, inside ? state[static_cast<std::size_t>(offset)] : kNilCell);
}

// Holder or nil, then the last token that was given.
bool step_lock(ObjectState& state, const ObjectCall& call) {
  const Cell who = integer_cell(call.process);
  if (call.method == Method::kRelease) {
    if (state[0] != who) return call.result == kNoCell;
    state[0] = kNilCell;
    return true;
  }
  if (call.method != Method::kAcquire || state[0] != kNilCell) return false;
  state[0] = who;
  if (tag_of(call.result) != Tag::kInteger || call.result == kNoCell) return true;
  const bool grows = state[1] == kNilCell || integer_of(call.result) > integer_of(state[1]);
  state[1] = call.result;
  return grows;
}

bool step_ids(ObjectState& state, const ObjectCall& call) {
  if (call.method != Method::kGenerate) return false;
  if (call.result == kNoCell) return true;
  const auto at = std::lower_bound(state.begin(), state.end(), call.result);
  if (at != state.end() && *at == call.result) return false;
  state.insert(at, call.result);
  return true;
}

bool step(ObjectState& state, const ObjectCall& call, const ObjectOptions& options) {
  switch (options.kind) {
    case ObjectKind::kRegister:
    case ObjectKind::kMap:
      return step_register(state, call, Texts(options.pool));
    case ObjectKind::kMultiRegister:
      return step_registers(state, call, options.initial);
    case ObjectKind::kCounter:
      return step_counter(state, call);
    case ObjectKind::kSet:
      return step_set(state, call);
    case ObjectKind::kQueue:
      return step_container(state, call, true);
    case ObjectKind::kStack:
      return step_container(state, call, false);
    case ObjectKind::kLog:
      return step_log(state, call);
    case ObjectKind::kLock:
      return step_lock(state, call);
    case ObjectKind::kIds:
      return step_ids(state, call);
  }
  return false;
}

ObjectState start_of(const ObjectOptions& options) {
  switch (options.kind) {
    case ObjectKind::kRegister:
    case ObjectKind::kMap:
      return {options.initial};
    case ObjectKind::kCounter:
      return {options.initial == kNilCell ? integer_cell(0) : options.initial};
    case ObjectKind::kLock:
      return {kNilCell, kNilCell};
    default:
      return {};
  }
}

bool observes(const ObjectCall& call) {
  if (call.method == Method::kTxn) {
    for (std::size_t i = 0; i < call.many.size(); i += 3) {
      if (call.many[i] == kWriteCell) return false;
    }
    return true;
  }
  const bool refused = call.result == kFalse;
  return call.method == Method::kRead || call.method == Method::kContains ||
         call.method == Method::kPoll || (call.method == Method::kCas && refused) ||
         (call.method == Method::kPop && call.result == kNilCell) ||
         ((call.method == Method::kAdd || call.method == Method::kRemove) && refused);
}

// Both are sorted.
void find_differences(const ObjectState& state, const ObjectCall& read, std::size_t most,
                      std::vector<std::uint64_t>& elements) {
  auto here = state.begin();
  auto there = read.many.begin();
  while ((here != state.end() || there != read.many.end()) && elements.size() <= most) {
    if (there == read.many.end() || (here != state.end() && *here < *there)) {
      elements.push_back(*here++);
    } else if (here == state.end() || *there < *here) {
      elements.push_back(*there++);
    } else {
      ++here;
      ++there;
    }
  }
}

bool is_text(Cell cell) {
  return tag_of(cell) == Tag::kText || cell == kNilCell;
}

// A text that is only appended to starts with what it was before.
bool text_can_lead_to(const ObjectState& state, const ObjectCall& later, const Pool& pool) {
  if (later.method != Method::kRead || !is_text(later.result) || !is_text(state[0])) return true;
  return pool.word_of(later.result).starts_with(pool.word_of(state[0]));
}

bool append_can_lead_to(const ObjectState& state, const ObjectCall& call, const ObjectCall& later,
                        const Pool& pool) {
  if (call.method != Method::kAppend) return true;
  if (later.method != Method::kRead || !is_text(later.result) || !is_text(state[0])) return true;
  const std::string_view whole = pool.word_of(later.result);
  const std::string_view now = pool.word_of(state[0]);
  return whole.starts_with(now) && whole.substr(now.size()).starts_with(pool.word_of(call.a));
}

bool resets_text(const ObjectCall& call, const ObjectCall& later, const Pool& pool) {
  if (!is_text(later.result)) return call.method != Method::kAppend;
  switch (call.method) {
    case Method::kAppend:
      return false;
    case Method::kWrite:
      return pool.word_of(later.result).starts_with(pool.word_of(call.a));
    case Method::kCas:
      return pool.word_of(later.result).starts_with(pool.word_of(call.b));
    default:
      return true;
  }
}

bool overwrites(ObjectKind kind, const ObjectCall& call) {
  const bool single = kind == ObjectKind::kRegister || kind == ObjectKind::kMap;
  return single && (call.method == Method::kWrite || call.method == Method::kDelete);
}

bool is_total(ObjectKind kind, const ObjectCall& call) {
  return overwrites(kind, call) || (kind == ObjectKind::kMap && call.method == Method::kAppend);
}

std::uint64_t identity_of(const ObjectCall& call) {
  std::uint64_t hash = static_cast<std::uint64_t>(call.process) << 8U;
  hash ^= static_cast<std::uint64_t>(call.method);
  for (const Cell cell : {call.a, call.b, call.result}) {
    hash = mix_bits(hash ^ cell) + 0x9e3779b97f4a7c15;
  }
  for (const Cell cell : call.many) hash = mix_bits(hash ^ cell) + 0x9e3779b97f4a7c15;
  return hash;
}

std::uint64_t hash_of(const ObjectState& state) {
  std::uint64_t hash = state.size();
  for (const Cell cell : state) hash = mix_bits(hash ^ cell) + 0x9e3779b97f4a7c15;
  return hash;
}

// Texts that are made while judging are kept in the pool.
std::size_t bytes_of(const ObjectState& state, const ObjectOptions& options) {
  const bool has_text = options.kind == ObjectKind::kMap && options.pool != nullptr;
  return state.size() * sizeof(Cell) + (has_text ? options.pool->word_of(state[0]).size() : 0);
}

std::string show(const ObjectState& state, const ObjectOptions& options) {
  std::vector<std::string> texts;
  for (const Cell cell : state) {
    texts.push_back(options.pool != nullptr         ? options.pool->to_text(cell)
                    : cell == kNilCell              ? "nil"
                    : tag_of(cell) == Tag::kInteger ? fmt::to_string(integer_of(cell))
                                                    : "a value");
  }
  const bool single = options.kind == ObjectKind::kRegister || options.kind == ObjectKind::kMap ||
                      options.kind == ObjectKind::kCounter;
  return single ? texts[0] : fmt::format("[{}]", fmt::join(texts, " "));
}

}  // namespace

std::string_view name_of(ObjectKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<ObjectKind> object_kind(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<ObjectKind>(found - kNames.begin());
}

std::vector<std::string> object_names() {
  return {kNames.begin(), kNames.end()};
}

Specification<ObjectState, ObjectCall> specification_of(const ObjectOptions& options) {
  Specification<ObjectState, ObjectCall> result{
      .initial = [options] { return start_of(options); },
      .step = [options](ObjectState& state,
                        const ObjectCall& call) { return step(state, call, options); },
      .equal = [](const ObjectState& a, const ObjectState& b) { return a == b; },
      .hash = hash_of,
      .is_observer = observes,
      .alike = [](const ObjectCall& a, const ObjectCall& b) { return a == b; },
      .is_total = [options](const ObjectCall& call) { return is_total(options.kind, call); },
      .overwrites = [options](const ObjectCall& call) { return overwrites(options.kind, call); },
      .identity = identity_of,
      .bytes = [options](const ObjectState& state) { return bytes_of(state, options); }};
  result.show = [options](const ObjectState& state) { return show(state, options); };
  if (options.kind == ObjectKind::kSet) {
    result.part = [](const ObjectCall& call) {
      return call.method == Method::kRead ? kWhole : call.a;
    };
    result.differences = find_differences;
  }
  if (options.kind == ObjectKind::kMap && options.pool != nullptr) {
    const Pool* const pool = options.pool;
    result.can_lead_to = [pool](const ObjectState& state, const ObjectCall& later) {
      return text_can_lead_to(state, later, *pool);
    };
    result.step_can_lead_to = [pool](const ObjectState& state, const ObjectCall& call,
                                     const ObjectCall& later) {
      return append_can_lead_to(state, call, later, *pool);
    };
    result.resets = [pool](const ObjectCall& call, const ObjectCall& later) {
      return resets_text(call, later, *pool);
    };
  }
  return result;
}

}  // namespace quorumlab::models
