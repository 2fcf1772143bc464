// What a journal is about, by the functions that occur in it and the shapes of their values.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "models/exchange/kafka_journal.h"
#include "models/exchange/keyed_events.h"
#include "models/exchange/subject.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

using Words = std::set<std::string_view>;

constexpr std::size_t kMostFunctions = 16;  // no subject has more
constexpr std::size_t kMostNamed = 12;      // of functions that nobody knows

struct Functions {
  ObjectKind object;
  Words known;
  Words telling = {};  // at least one of these, if there are any
};

// The first whose functions these are.
const std::vector<Functions>& functions() {
  static const std::vector<Functions> kFunctions = {
      {ObjectKind::kIds, {"generate"}},
      {ObjectKind::kRegister, {"read", "read-init", "write", "cas"}},
      {ObjectKind::kLock, {"acquire", "release", "lock", "unlock"}},
      {ObjectKind::kStack, {"push", "pop", "peek"}, {"push", "pop"}},
      {ObjectKind::kQueue, {"enqueue", "dequeue", "enq", "deq", "peek", "drain"}},
      {ObjectKind::kLog, {"send", "poll"}},
      {ObjectKind::kMap, {"get", "put", "set", "append", "delete", "cas", "read", "write"}},
      {ObjectKind::kCounter,
       {"inc", "increment", "dec", "decrement", "add", "read"},
       {"inc", "increment", "dec", "decrement"}},
      {ObjectKind::kSet,
       {"add", "insert", "broadcast", "remove", "contains", "contains?", "read"}}};
  return kFunctions;
}

bool only(const Words& used, const Words& known) {
  return std::includes(known.begin(), known.end(), used.begin(), used.end());
}

std::optional<ObjectKind> object_of(const Words& used) {
  for (const Functions& object : functions()) {
    const bool tells =
        object.telling.empty() || std::any_of(object.telling.begin(), object.telling.end(),
                                              [&](auto word) { return used.contains(word); });
    if (tells && only(used, object.known)) return object.object;
  }
  return std::nullopt;
}

// The micro-operations that occur.
Words micros_of(const Journal& journal) {
  std::vector<Cell> seen;  // few, so that looking through them is quickest
  for (const JournalEvent& event : journal.events) {
    if (!event.client || event.value == kNoValue) continue;
    for (const std::span<const Cell> micro : Items(journal.value(event))) {
      if (!is_sequence(micro.front()) || payload_of(micro.front()) == 0) continue;
      const bool is_new = std::find(seen.begin(), seen.end(), micro[1]) == seen.end();
      if (is_new && seen.size() < kMostFunctions) seen.push_back(micro[1]);
    }
  }
  Words functions;
  for (const Cell cell : seen) functions.insert(journal.pool.word_of(cell));
  return functions;
}

Reading read_txns(const Journal& journal) {
  const Words used = micros_of(journal);
  if (only(used, {"r", "rp", "append"})) return {.subject = Subject::kListAppend};
  if (only(used, {"r", "rp", "w"})) return {.subject = Subject::kRwRegister};
  if (only(used, {"read", "write"})) {
    return {.subject = Subject::kObject, .object = ObjectKind::kMultiRegister};
  }
  std::string names;
  for (const std::string_view word : used) names += fmt::format(" {}", word);
  return {.subject = Subject::kOther,
          .problem = fmt::format("these micro-operations are not known:{}; known are r, rp and "
                                 "append, or w, or read and write",
                                 names)};
}

// Reads and writes whose values are all lists of [:r k v] or [:w k v], as those of Jepsen's long
// forks.
bool are_txns(const Journal& journal) {
  const bool fits =
      std::all_of(journal.events.begin(), journal.events.end(), [&](const JournalEvent& event) {
        const auto value = journal.value(event);
        if (!event.client || value.front() == kNilCell) return true;
        return is_sequence(value.front()) && payload_of(value.front()) > 0 && [&] {
          for (const std::span<const Cell> micro : Items(value)) {
            const auto three = items_of(micro);
            if (three.size() != 3) return false;
            const std::string_view word = journal.pool.word_of(three[0].front());
            if (word != "r" && word != "w" && word != "append") return false;
          }
          return true;
        }();
      });
  return fits && !micros_of(journal).empty();
}

// Whether every value, where there is one, is [key value]: so Jepsen's independent tests have it.
bool values_have_keys(const Journal& journal) {
  bool seen = false;
  for (const JournalEvent& event : journal.events) {
    if (!event.client) continue;
    const std::span<const Cell> value = journal.value(event);
    if (value.front() == kNilCell && event.type != EventType::kInvoke) continue;
    const auto items = items_of(value);
    if (!is_sequence(value.front()) || items.size() != 2) return false;
    const bool is_cas = journal.f(event) == "cas";
    if (is_cas && (!is_sequence(items[1].front()) || items_of(items[1]).size() != 2)) return false;
    seen = true;
  }
  return seen;
}

// Adya's test in Jepsen inserts [key [a b]], one of a and b nil, if it finds neither.
bool is_adya(const Journal& journal) {
  bool seen = false;
  for (const JournalEvent& event : journal.events) {
    if (!event.client || journal.value(event).front() == kNilCell) continue;
    const auto two = span_of(journal, event, true);
    const auto ids = two ? items_of(*two) : std::vector<std::span<const Cell>>{};
    if (ids.size() != 2) return false;
    if ((ids[0].front() == kNilCell) == (ids[1].front() == kNilCell)) return false;
    seen = true;
  }
  return seen;
}

// Values that are written one by one and read as lists are a set, as in Jepsen's causal-reverse.
bool writes_into_set(const Journal& journal, bool is_keyed) {
  if (!reads_lists(journal, is_keyed)) return false;
  return std::none_of(journal.events.begin(), journal.events.end(), [&](const JournalEvent& event) {
    if (!event.client || journal.f(event) != "write") return false;
    const auto value = span_of(journal, event, is_keyed);
    return !value || is_sequence(value->front());
  });
}

// What is known of functions that are no object's.
std::string remark_on(const Words& used) {
  static const std::map<std::string_view, std::string_view> kRemarks = {
      {"echo", "an echo is compared with its own request alone"},
      {"topology", "a topology is set up, and nothing is asked of it"},
      {"upsert", "an upsert is not known by itself; transactions are :txn"}};
  for (const std::string_view word : used) {
    const auto found = kRemarks.find(word);
    if (found != kRemarks.end()) return fmt::format(" ({})", found->second);
  }
  return "";
}

Reading unknown(const Words& used) {
  std::vector<std::string_view> names(used.begin(), used.end());
  const bool is_long = names.size() > kMostNamed;
  if (is_long) names.resize(kMostNamed);
  std::string known;
  for (const Functions& object : functions()) {
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", name_of(object.object),
                         fmt::join(object.known, " "));
  }
  return {.subject = Subject::kOther,
          .problem = fmt::format(
              "no object has these functions: {}{}{}; known are {}, transactions (txn), "
              "banks (transfer read) and logs such as Kafka's (send poll txn assign subscribe)",
              fmt::join(names, " "), is_long ? " ..." : "", remark_on(used), known)};
}

}  // namespace

Reading read_subject(const Journal& journal) {
  Words used;
  for (const JournalEvent& event : journal.events) {
    if (event.client) used.insert(journal.f(event));
  }
  if (used.empty()) return {};
  if (!journal.object.empty()) {
    const auto kind = object_kind(journal.object);
    if (kind) return {.subject = Subject::kObject, .object = *kind};
  }
  if (is_log_journal(journal)) return {.subject = Subject::kLogs};
  if (used == Words{"txn"} || used == Words{""}) return read_txns(journal);
  if (only(used, {"txn", "read", "write"}) && are_txns(journal)) return read_txns(journal);
  if (used.contains("transfer")) return {.subject = Subject::kBank};
  if (used == Words{"insert"} && is_adya(journal)) {
    return {
        .subject = Subject::kOther,
        .problem = "these inserts are of Adya's test for G2, whose reads are not in the history"};
  }
  const auto object = object_of(used);
  if (!object) return unknown(used);
  Reading reading{.subject = Subject::kObject, .object = *object};
  reading.is_keyed = values_have_keys(journal);
  if (used == Words{"add", "read"} && reads_totals(journal, reading.is_keyed)) {
    reading.object = ObjectKind::kCounter;
  }
  if (used == Words{"append", "read"} && reads_lists(journal, reading.is_keyed)) {
    reading.object = ObjectKind::kLog;
  }
  if (used == Words{"read", "write"} && writes_into_set(journal, reading.is_keyed)) {
    reading.object = ObjectKind::kSet;
  }
  return reading;
}

bool reads_totals(const Journal& journal, bool is_keyed) {
  return std::any_of(journal.events.begin(), journal.events.end(), [&](const JournalEvent& event) {
    if (!event.client || event.type != EventType::kOk || journal.f(event) != "read") return false;
    const auto value = value_of(journal, event, is_keyed);
    return value && tag_of(*value) == Tag::kInteger;
  });
}

bool reads_lists(const Journal& journal, bool is_keyed) {
  bool seen = false;
  for (const JournalEvent& event : journal.events) {
    if (!event.client || event.type != EventType::kOk || journal.f(event) != "read") continue;
    std::span<const Cell> value = journal.value(event);
    if (is_keyed) {
      const auto two = items_of(value);
      if (two.size() != 2) return false;
      value = two[1];
    }
    if (value.front() == kNilCell) continue;
    if (!is_sequence(value.front())) return false;
    seen = true;
  }
  return seen;
}

}  // namespace quorumlab::models
