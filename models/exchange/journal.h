// A history as files have it: events in real-time order, before anything is made of their values.
//
//   JournalResult r = read_journal(text);
//   r.journal->events[0].type;   // EventType::kInvoke
//   r.error->line;               // where the text is damaged, if it is
//
// Known by content: Jepsen's EDN and JSON (operation maps, one a line or in a vector or list),
// Porcupine's etcd and key-value logs, Plume's w(k,v,s,t) lines, AWDIT's lines, PolyLin's
// "push 2 0 1" lines. Operations of nemeses are kept and marked: they are nobody's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/executor.h"
#include "models/exchange/pool.h"

namespace quorumlab::models {

enum class EventType : std::uint8_t { kInvoke, kOk, kFail, kInfo };

inline constexpr std::uint32_t kNoValue = UINT32_MAX;

// In Jepsen's histories a completed read of nil does not say what it read (Knossos's register takes
// any value for it). Where it does, the event says `:unwritten true`, which Jepsen's tools ignore.
struct JournalEvent {
  EventType type = EventType::kInvoke;
  bool client = false;                  // its process is an integer
  bool unwritten = false;               // a read that found, for certain, nothing written
  bool seeks = false;                   // an assignment of logs from their beginning
  std::uint32_t f = 0;                  // text of the pool; 0 is the empty text
  std::uint32_t value = kNoValue;       // where it starts in Journal::cells
  std::uint32_t rebalances = kNoValue;  // the same of :rebalance-log
  std::int64_t process = -1;
  std::int64_t time = -1;    // nanoseconds; -1: not said
  Cell key = kNoCell;        // of :key; a tuple in :value is left as it is
  std::uint64_t offset = 0;  // byte in the text
};

enum class JournalForm : std::uint8_t {
  kJepsenEdn,
  kJepsenJson,
  kEtcdLog,  // failed compare-and-sets ran and saw another value
  kPlume,    // transactions in sessions, without time
  kAwdit,    // the same, written otherwise
  kPolyLin,  // one container, every operation complete
};
[[nodiscard]] std::string_view name_of(JournalForm form);
// By the beginning of the text.
[[nodiscard]] JournalForm form_of(std::string_view text);

struct Journal {
  JournalForm form = JournalForm::kJepsenEdn;
  std::vector<JournalEvent> events;
  std::vector<Cell> cells;
  Pool pool;
  std::string object;          // kPolyLin: "queue", "stack", ...
  std::uint64_t first_op = 0;  // how the first operation is called; runs of ours begin with 1

  [[nodiscard]] std::span<const Cell> value(const JournalEvent& event) const {
    return at(event.value);
  }
  // Maps with :keys, which came to a consumer of logs or left it.
  [[nodiscard]] std::span<const Cell> rebalances(const JournalEvent& event) const {
    return at(event.rebalances);
  }
  [[nodiscard]] std::string_view f(const JournalEvent& event) const { return pool.text(event.f); }
  // The value that starts there; nil for kNoValue.
  [[nodiscard]] std::span<const Cell> at(std::uint32_t cell) const {
    if (cell == kNoValue) return {&kNilCell, 1};
    return std::span(cells).subspan(cell, width_of(cells[cell]));
  }
};

struct InputProblem {
  std::size_t line = 1;
  std::size_t column = 1;
  std::string message;
};

struct JournalResult {
  std::optional<Journal> journal;
  std::optional<InputProblem> error;  // exactly one of the two
};

// Never throws for any text. What is long is read in pieces on the executor; the journal is the
// same.
[[nodiscard]] JournalResult read_journal(std::string_view text, Executor* executor = nullptr);
[[nodiscard]] InputProblem problem_at(std::string_view text, std::size_t offset,
                                      std::string message);

// An operation: an invocation and what became of it. Neither of nemeses.
struct Pair {
  std::uint32_t invoked = 0;             // index into events
  std::uint32_t completed = UINT32_MAX;  // UINT32_MAX: never
  std::uint32_t part = 0;                // of a drain: which of what it took (queue_journal.h)
};

// In the order of invocation. A completion without an invocation stands for both if no event of
// the journal is an invocation. Throws InputError (scanner.h) if a process does two things at once
// or completes what it did not begin, or if a drain does not list what it took: that is as many
// operations as it took values, and one that found nothing.
[[nodiscard]] std::vector<Pair> pair_events(const Journal& journal);

// The same history in another form; read_journal of it gives the same operations.
[[nodiscard]] std::string to_jepsen_edn(const Journal& journal);
[[nodiscard]] std::string to_jepsen_json(const Journal& journal);
// An etcd log, or with keys a key-value log. Throws std::invalid_argument for other functions.
[[nodiscard]] std::string to_porcupine(const Journal& journal);

}  // namespace quorumlab::models
