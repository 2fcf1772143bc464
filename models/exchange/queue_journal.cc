#include "models/exchange/queue_journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/exchange/scanner.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

// Parts of all drains whose outcome is unknown: far more than any history is likely to need.
constexpr std::uint64_t kMostUnknown = 1'000'000;

bool is_push(std::string_view f) {
  return f == "enqueue" || f == "enq" || f == "push";
}

const JournalEvent* end_of(const Journal& journal, const Pair& pair) {
  return pair.completed == UINT32_MAX ? nullptr : &journal.events[pair.completed];
}

bool ended_as(const Journal& journal, const Pair& pair, EventType type) {
  const JournalEvent* const ended = end_of(journal, pair);
  return ended != nullptr && ended->type == type;
}

// The same name for the invocation and what became of it, mostly.
std::string_view name_of(const Journal& journal, const Pair& pair) {
  const JournalEvent* const ended = end_of(journal, pair);
  return journal.f(ended == nullptr ? journal.events[pair.invoked] : *ended);
}

// What an operation was told. Of independent keys the invocation is [key nil], the result [key v].
std::span<const Cell> result_of(const Journal& journal, const Pair& pair) {
  const auto value = journal.value(journal.events[pair.completed]);
  if (pair.invoked == pair.completed) return value;
  const auto asked = journal.value(journal.events[pair.invoked]);
  const auto two = items_of(value);
  const bool is_keyed = is_sequence(asked.front()) && items_of(asked).size() == 2;
  return is_keyed && two.size() == 2 ? two[1] : value;
}

// Of all that was enqueued, what nobody is known to have dequeued.
std::uint64_t left_over(const Journal& journal, const std::vector<Pair>& pairs) {
  std::uint64_t pushed = 0;
  std::uint64_t taken = 0;
  for (const Pair& pair : pairs) {
    const std::string_view f = name_of(journal, pair);
    const bool ok = ended_as(journal, pair, EventType::kOk);
    if (is_push(f) && !ended_as(journal, pair, EventType::kFail)) ++pushed;
    if (is_dequeue(f) && ok && result_of(journal, pair).front() != kNilCell) ++taken;
    if (is_drain(f) && ok) taken += items_of(result_of(journal, pair)).size();
  }
  return pushed - std::min(pushed, taken);
}

// How many parts an acknowledged drain has.
std::uint64_t parts_of(const Journal& journal, const Pair& pair) {
  const auto value = result_of(journal, pair);
  if (is_sequence(value.front())) return items_of(value).size() + 1;
  if (journal.pool.word_of(value.front()) == "exhausted") return 1;
  throw InputError(
      end_of(journal, pair)->offset,
      fmt::format("a drain needs the list of what it took, not {}", journal.pool.to_text(value)));
}

}  // namespace

bool is_drain(const Journal& journal, const Pair& pair) {
  return is_drain(name_of(journal, pair));
}

bool is_dequeue(std::string_view f) {
  return f == "dequeue" || f == "deq" || f == "pop";
}

std::vector<Pair> expand_drains(const Journal& journal, std::vector<Pair> pairs) {
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.invoked < b.invoked; });
  const std::uint64_t left = std::max<std::uint64_t>(1, left_over(journal, pairs));
  std::uint64_t unknown = 0;
  std::vector<Pair> all;
  for (const Pair& pair : pairs) {
    std::uint64_t parts = 1;
    if (is_drain(journal, pair) && ended_as(journal, pair, EventType::kOk)) {
      parts = parts_of(journal, pair);
    } else if (is_drain(journal, pair) && !ended_as(journal, pair, EventType::kFail)) {
      parts = left;
      unknown += parts;
      if (unknown > kMostUnknown) {
        throw InputError(journal.events[pair.invoked].offset,
                         "too many drains of unknown outcome, for so many values");
      }
    }
    for (std::uint32_t part = 0; part < parts; ++part) {
      all.push_back({pair.invoked, pair.completed, part});
    }
  }
  return all;
}

std::span<const Cell> taken_by(const Journal& journal, const Pair& pair) {
  const auto taken = items_of(result_of(journal, pair));
  return pair.part < taken.size() ? taken[pair.part] : std::span(&kNilCell, 1);
}

std::string taken_in_words(const Journal& journal, const Pair& pair) {
  const std::size_t count = items_of(result_of(journal, pair)).size();
  if (pair.part >= count) return count == 0 ? "nothing" : "nothing more";
  const std::string value = journal.pool.to_text(taken_by(journal, pair));
  return count == 1 ? value : fmt::format("{}, one of {}", value, count);
}

std::map<std::string, std::uint64_t> count_total_queue(const Journal& journal,
                                                       const std::vector<Pair>& pairs,
                                                       bool is_keyed) {
  struct Often {
    std::uint64_t attempted = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t taken = 0;
  };
  std::map<std::vector<Cell>, Often> values;  // with their keys
  for (const Pair& pair : pairs) {
    const JournalEvent& begun = journal.events[pair.invoked];
    const std::string_view f = name_of(journal, pair);
    const bool ok = ended_as(journal, pair, EventType::kOk);
    if (!is_push(f) && !(ok && (is_dequeue(f) || is_drain(f)))) continue;
    const auto asked = journal.value(begun);
    const auto two = is_keyed ? items_of(asked) : std::vector<std::span<const Cell>>{};
    const auto item = is_drain(f)       ? taken_by(journal, pair)
                      : is_dequeue(f)   ? result_of(journal, pair)
                      : two.size() == 2 ? two[1]
                                        : asked;
    if (!is_push(f) && item.front() == kNilCell) continue;
    std::vector<Cell> value(item.begin(), item.end());
    value.push_back(begun.key);
    if (two.size() == 2) value.insert(value.end(), two[0].begin(), two[0].end());
    Often& often = values[value];
    ++(is_push(f) ? often.attempted : often.taken);
    if (is_push(f) && ok) ++often.acknowledged;
  }
  std::map<std::string, std::uint64_t> counts;
  const auto above = [](std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); };
  for (const auto& [value, often] : values) {
    const std::uint64_t ok = std::min(often.taken, often.attempted);
    counts["attempted"] += often.attempted;
    counts["acknowledged"] += often.acknowledged;
    counts["ok"] += ok;
    counts["lost"] += above(often.acknowledged, often.taken);
    counts["unexpected"] += often.attempted == 0 ? often.taken : 0;
    counts["duplicated"] += often.attempted == 0 ? 0 : above(often.taken, often.attempted);
    counts["recovered"] += above(ok, often.acknowledged);
  }
  return counts;
}

}  // namespace quorumlab::models
