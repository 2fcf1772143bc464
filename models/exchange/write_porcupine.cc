// Porcupine's two kinds of logs: lines of etcd's register, and maps of a key-value store.
#include <fmt/format.h>

#include <set>
#include <stdexcept>

#include "models/exchange/journal.h"

namespace quorumlab::models {
namespace {

std::string word_of(EventType type) {
  switch (type) {
    case EventType::kInvoke:
      return "invoke";
    case EventType::kOk:
      return "ok";
    case EventType::kFail:
      return "fail";
    case EventType::kInfo:
      break;
  }
  return "info";
}

std::string etcd_line(const Journal& journal, const JournalEvent& event, std::string_view f) {
  const std::string value =
      event.type == EventType::kInfo ? ":timed-out" : journal.pool.to_text(journal.value(event));
  return fmt::format("INFO  jepsen.util - {}\t:{}\t:{}\t{}\n", event.process, word_of(event.type),
                     f, value);
}

std::string quoted(const Journal& journal, std::span<const Cell> value) {
  if (value.front() == kNilCell) return "nil";
  const std::string text = journal.pool.to_text(value);
  return text.starts_with('"') ? text : '"' + text + '"';
}

std::string kv_line(const Journal& journal, const JournalEvent& event, std::string_view f) {
  return fmt::format("{{:process {}, :type :{}, :f :{}, :key {}, :value {}}}\n", event.process,
                     word_of(event.type), f, quoted(journal, {&event.key, 1}),
                     quoted(journal, journal.value(event)));
}

}  // namespace

std::string to_porcupine(const Journal& journal) {
  const std::vector<Pair> pairs = pair_events(journal);
  std::set<std::uint32_t> gone;  // events of operations that did not happen
  bool has_keys = false;
  for (const Pair& pair : pairs) {
    const JournalEvent& begun = journal.events[pair.invoked];
    has_keys = has_keys || begun.key != kNoCell;
    const bool failed =
        pair.completed != UINT32_MAX && journal.events[pair.completed].type == EventType::kFail;
    // In an etcd log a failed compare-and-set ran; elsewhere it never was.
    if (failed && journal.form != JournalForm::kEtcdLog) {
      gone.insert({pair.invoked, pair.completed});
    }
  }
  std::string out;
  for (std::uint32_t i = 0; i < journal.events.size(); ++i) {
    const JournalEvent& event = journal.events[i];
    if (!event.client || gone.contains(i)) continue;
    const std::string_view f = journal.f(event);
    const std::set<std::string_view> known =
        has_keys ? std::set<std::string_view>{"get", "put", "append"}
                 : std::set<std::string_view>{"read", "write", "cas"};
    if (!known.contains(f)) {
      throw std::invalid_argument(fmt::format(
          "Porcupine's logs know read, write and cas, or with keys get, put and append; not {}",
          f));
    }
    if (!has_keys && f != "cas" && is_sequence(journal.value(event).front())) {
      throw std::invalid_argument("Porcupine's etcd logs are of one register");
    }
    // Its key-value logs leave out how nobody knows something ended.
    if (has_keys && event.type == EventType::kInfo) continue;
    out += has_keys ? kv_line(journal, event, f) : etcd_line(journal, event, f);
  }
  return out;
}

}  // namespace quorumlab::models
