// What things of a run are called, the same in every picture, sentence and tooltip.
//
//   TimeScale scale(Time(30'012'000'000), 3);
//   scale.text(event.at);                       // "30.012s"
//   message_label(record, history, message);    // "Append x=5"
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/history.h"
#include "traces/messages.h"
#include "traces/record.h"

namespace quorumlab::traces {

// Times of one picture share a unit and a number of digits, so that they can be compared by eye.
class TimeScale {
 public:
  // The unit suits `largest` (seconds, ms, us or ns), with `digits` after the point, at most as
  // many as the unit has.
  TimeScale(sim::Time largest, int digits);
  // The fewest digits (up to four) that tell all of `times` apart. Requires: sorted.
  static TimeScale for_times(std::span<const sim::Time> times);

  [[nodiscard]] std::string text(sim::Time t) const;

 private:
  std::int64_t unit_ = 1;
  int digits_ = 0;
  std::string_view suffix_;
};

// "29.2s", "431ms": three digits are enough for "how long".
[[nodiscard]] std::string rough(sim::Duration d);

// At most `width` characters, the rest becomes an ellipsis.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width);

// Valid UTF-8 without control characters, whatever came out of a file.
[[nodiscard]] std::string printable(std::string_view text);
// The same, for text and attributes of XML and HTML.
[[nodiscard]] std::string escape_xml(std::string_view text);

// "x=5"
[[nodiscard]] std::string assignment(const Record& record, sim::Key key, std::int64_t value);
// Does it more than set a register, so that a word of its own must say what?
[[nodiscard]] bool is_command(models::Function f);
// What the operation that `tags` belong to does to its key: "x=5", "x erased", "dequeue x".
[[nodiscard]] std::string change_text(const Record& record, const models::History& history,
                                      const sim::Tags& tags);
// The name of a key in labels: at most `kKeyWidth` characters.
inline constexpr std::size_t kKeyWidth = 12;
// "write x=5", "read x -> 3", "read x" (no result), "cas x 3->5"; the arrow is U+2192.
// The key gives way if the whole would have more than `width` characters.
[[nodiscard]] std::string operation_text(const Record& record, const models::Operation& op,
                                         std::size_t width);
// "ok", "failed", "no answer"
[[nodiscard]] std::string outcome_text(const models::Operation& op);
// "Put x=5", "dequeue x", "Append #4..6", "ok", "x=3", "Append reply"
[[nodiscard]] std::string message_label(const Record& record, const models::History& history,
                                        const Message& message);
// "partition", "loss", "receiver down", "queue full"
[[nodiscard]] std::string_view reason_text(sim::DropReason reason);
// One event as a line: "n1 sent Append x=5 to n2".
[[nodiscard]] std::string event_text(const Record& record, EventId id);

// What a pill of a kCrash with that name says: "crash", "power loss", "disk loss".
[[nodiscard]] std::string outage_word(std::string_view name);

// A fault's own text, else its name and sides: "partition {n1 | n2, n3}".
[[nodiscard]] std::string fault_text(const Record& record, const Fault& fault);
// "n1, n2 and n3"
[[nodiscard]] std::string listing(const std::vector<std::string>& words);

}  // namespace quorumlab::traces
