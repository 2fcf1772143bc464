#include "traces/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace quorumlab::traces {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;

struct Unit {
  std::int64_t ns;
  int digits;
  std::string_view suffix;
};
constexpr std::array<Unit, 4> kUnits{
    {{1'000'000'000, 9, "s"}, {1'000'000, 6, "ms"}, {1'000, 3, "us"}, {1, 0, "ns"}}};

const Unit& unit_for(std::int64_t ns) {
  for (const Unit& unit : kUnits)
    if (ns >= unit.ns) return unit;
  return kUnits.back();
}

std::string decimal(std::int64_t ns, std::int64_t unit, int digits) {
  std::int64_t step = unit;
  for (int i = 0; i < digits; ++i) step /= 10;
  const bool negative = ns < 0;
  const auto magnitude = negative ? -ns : ns;
  const std::int64_t steps = magnitude / step + (magnitude % step * 2 >= step ? 1 : 0);
  const std::int64_t per_unit = unit / step;
  const std::string whole = fmt::format("{}{}", negative && steps > 0 ? "-" : "", steps / per_unit);
  return digits == 0 ? whole : fmt::format("{}.{:0{}}", whole, steps % per_unit, digits);
}

std::string value_text(const models::Value& value) {
  return value ? fmt::format("{}", *value) : std::string("nothing");
}

const Operation* find_operation(const models::History& history, sim::OpId op) {
  return op.value >= 1 && op.value <= history.size() ? &history.operation(op) : nullptr;
}

std::string entries_text(const sim::Tags& tags) {
  if (tags.count <= 1) return fmt::format("#{}", tags.index);
  return fmt::format("#{}..{}", tags.index, tags.index + tags.count - 1);
}

// It carries no value that would be news.
bool only_asks(std::string_view name, const sim::Tags& tags) {
  return name == "Get" || name == "read" || (name == "Fetch" && tags.value == 0);
}

// What the message is about, without its name; empty for a bare heartbeat.
std::string subject(const Record& record, std::string_view name, const sim::Tags& tags) {
  if (tags.key != sim::kNoKey) {
    if (only_asks(name, tags)) return shorten(record.key_name(tags.key), kKeyWidth);
    return assignment(record, tags.key, tags.value);
  }
  return tags.count > 0 ? entries_text(tags) : std::string();
}

std::string answer_label(const Record& record, const models::History& history,
                         const Message& message) {
  const TraceEvent& sent = record.event(message.send);
  const std::string_view name = record.name(sent.name);
  // One of several answers to a client that coordinates: what this replica had.
  if (name == "Fetch" && sent.tags.key != sim::kNoKey && sent.tags.value != 0)
    return assignment(record, sent.tags.key, sent.tags.value);
  const Operation* op = find_operation(history, sent.tags.op);
  const bool completes = op != nullptr && record.is_client(sent.peer) &&
                         message.end != sim::kNoEvent && op->outcome == Outcome::kOk &&
                         record.event(message.end).at == op->completed_at;
  if (completes && op->f != Function::kRead) return "ok";
  if (completes && !op->elements.empty()) return fmt::format("{} elements", op->elements.size());
  if (completes)
    return fmt::format("{}={}", shorten(record.key_name(op->key), kKeyWidth),
                       value_text(op->value));
  return fmt::format("{} reply", name);
}

}  // namespace

TimeScale::TimeScale(sim::Time largest, int digits) {
  const Unit& unit = unit_for(largest.count());
  unit_ = unit.ns;
  digits_ = std::clamp(digits, 0, unit.digits);
  suffix_ = unit.suffix;
}

TimeScale TimeScale::for_times(std::span<const sim::Time> times) {
  const sim::Time largest = times.empty() ? sim::Time() : times.back();
  for (int digits = largest.count() >= 1'000'000 ? 1 : 0; digits < 4; ++digits) {
    const TimeScale scale(largest, digits);
    bool distinct = true;
    for (std::size_t i = 1; i < times.size() && distinct; ++i)
      distinct = times[i] == times[i - 1] || scale.text(times[i]) != scale.text(times[i - 1]);
    if (distinct) return scale;
  }
  return {largest, 4};
}

std::string TimeScale::text(sim::Time t) const {
  return decimal(t.count(), unit_, digits_) + std::string(suffix_);
}

std::string rough(sim::Duration d) {
  const std::int64_t ns = d.count() < 0 ? -d.count() : d.count();
  const Unit& unit = unit_for(ns);
  const int digits = ns >= 100 * unit.ns ? 0 : ns >= 10 * unit.ns ? 1 : 2;
  std::string text = decimal(d.count(), unit.ns, std::min(digits, unit.digits));
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text + std::string(unit.suffix);
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t size = c < 0x80                ? 1
                             : c >= 0xC2 && c < 0xE0 ? 2
                             : c >= 0xE0 && c < 0xF0 ? 3
                             : c >= 0xF0 && c < 0xF5 ? 4
                                                     : 0;
    bool valid = size > 0 && i + size <= text.size() && c >= 0x20 && c != 0x7F;
    for (std::size_t k = 1; valid && k < size; ++k)
      valid = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    // Surrogates, overlong forms, U+FFFE and U+FFFF are no characters in XML.
    if (valid && size == 3) {
      const auto d = static_cast<unsigned char>(text[i + 1]);
      const auto e = static_cast<unsigned char>(text[i + 2]);
      valid = !(c == 0xED && d >= 0xA0) && !(c == 0xE0 && d < 0xA0) &&
              !(c == 0xEF && d == 0xBF && e >= 0xBE);
    }
    if (valid && size == 4) {
      const auto d = static_cast<unsigned char>(text[i + 1]);
      valid = !(c == 0xF0 && d < 0x90) && !(c == 0xF4 && d >= 0x90);
    }
    if (valid)
      out.append(text, i, size);
    else
      out += c == '\n' || c == '\t' ? ' ' : '?';
    i += valid ? size : 1;
  }
  return out;
}

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string shorten(std::string_view text, std::size_t width) {
  std::string clean = printable(text);
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  if (static_cast<std::size_t>(std::ranges::count_if(clean, starts)) <= width) return clean;
  std::string out;
  std::size_t count = 0;
  for (const char c : clean) {
    if (starts(c) && ++count >= width) break;
    out += c;
  }
  return out + "…";
}

std::string assignment(const Record& record, sim::Key key, std::int64_t value) {
  return fmt::format("{}={}", shorten(record.key_name(key), kKeyWidth), value);
}

bool is_command(Function f) {
  return f != Function::kRead && f != Function::kWrite && f != Function::kCas;
}

std::string change_text(const Record& record, const models::History& history,
                        const sim::Tags& tags) {
  const Operation* const op = find_operation(history, tags.op);
  const std::string key = shorten(record.key_name(tags.key), kKeyWidth);
  if (op != nullptr && is_command(op->f)) {
    const std::string what = fmt::format("{} {}", models::word_of(op->f), key);
    return models::returns_value(op->f) || !op->value ? what
                                                      : fmt::format("{} {}", what, *op->value);
  }
  const bool erases = op != nullptr && op->f == Function::kWrite && !op->value;
  return erases ? key + " erased" : assignment(record, tags.key, tags.value);
}

std::string operation_text(const Record& record, const Operation& op, std::size_t width) {
  const auto text = [&](const std::string& key) {
    switch (op.f) {
      case Function::kRead:
        if (op.outcome != Outcome::kOk || !op.value_known) return fmt::format("read {}", key);
        if (!op.elements.empty()) {
          return fmt::format("read {} → {} elements", key, op.elements.size());
        }
        return fmt::format("read {} → {}", key, op.value ? value_text(op.value) : "none");
      case Function::kWrite:
        return op.value ? fmt::format("write {}={}", key, *op.value) : "erase " + key;
      case Function::kCas:
        return fmt::format("cas {} {}→{}", key, value_text(op.expected), value_text(op.value));
      case Function::kDequeue:
      case Function::kAcquire:
        if (op.outcome != Outcome::kOk) break;
        return fmt::format("{} {} → {}", models::word_of(op.f), key,
                           op.value ? value_text(op.value) : "none");
      default:
        return fmt::format("{} {} {}", models::word_of(op.f), key, value_text(op.value));
    }
    return fmt::format("{} {}", models::word_of(op.f), key);
  };
  constexpr std::size_t kArrowBytes = 2;  // of "→", beyond the one column that it takes
  const std::string bare = text("");
  const std::size_t others = bare.size() - (bare.find("→") == std::string::npos ? 0 : kArrowBytes);
  const std::size_t room = width > others + 3 ? width - others : 3;
  return shorten(text(shorten(record.key_name(op.key), room)), std::max<std::size_t>(width, 4));
}

std::string outcome_text(const Operation& op) {
  if (op.outcome == Outcome::kOk) return "ok";
  return op.outcome == Outcome::kFail ? "failed" : "no answer";
}

std::string message_label(const Record& record, const models::History& history,
                          const Message& message) {
  const TraceEvent& sent = record.event(message.send);
  if (sent.is_reply) return answer_label(record, history, message);
  const std::string name = shorten(record.name(sent.name), 18);
  if (sent.tags.key == sim::kNoKey || only_asks(name, sent.tags)) {
    const std::string about = subject(record, name, sent.tags);
    return about.empty() ? name : fmt::format("{} {}", name, about);
  }
  const std::string change = change_text(record, history, sent.tags);
  const Operation* const op = find_operation(history, sent.tags.op);
  const bool says_all = name == "Put" && op != nullptr && is_command(op->f);
  return says_all ? change : fmt::format("{} {}", name, change);
}

std::string_view reason_text(sim::DropReason reason) {
  switch (reason) {
    case sim::DropReason::kNone:
      return "unknown";
    case sim::DropReason::kPartition:
      return "partition";
    case sim::DropReason::kLoss:
      return "loss";
    case sim::DropReason::kDown:
      return "receiver down";
    case sim::DropReason::kOverflow:
      return "queue full";
    case sim::DropReason::kCorrupt:
      return "corruption";
    case sim::DropReason::kReset:
      return "connection reset";
  }
  return "unknown";
}

std::string outage_word(std::string_view name) {
  return name == "power loss" || name == "disk loss" ? std::string(name) : "crash";
}

namespace {

std::string outage_sentence(const std::string& lane, std::string_view name) {
  if (name == "power loss") return lane + " lost power";
  if (name == "disk loss") return lane + " crashed and lost its disk";
  if (name == "process crash") return lane + " crashed, its machine did not";
  return lane + " crashed";
}

}  // namespace

std::string event_text(const Record& record, EventId id) {
  const TraceEvent& e = record.event(id);
  const std::string lane = record.lane_name(e.lane);
  const std::string peer = record.lane_name(e.peer);
  std::string name(record.name(e.name));
  const std::string about = subject(record, name, e.tags);
  const std::string what =
      fmt::format("{}{}{}{}", name, e.is_reply ? " reply" : "", about.empty() ? "" : " ", about);
  switch (e.kind) {
    case EventKind::kSend:
      return fmt::format("{} sent {} to {}", lane, what, peer);
    case EventKind::kReceive:
      return fmt::format("{} received {} from {}", lane, what, peer);
    case EventKind::kDrop:
      return fmt::format("{} from {} to {} was lost: {}", what, lane, peer, reason_text(e.reason));
    case EventKind::kDuplicate:
      return fmt::format("{} from {} to {} was duplicated", what, lane, peer);
    case EventKind::kTimer:
      return fmt::format("{}: timer {}", lane, name);
    case EventKind::kInvoke:
      return fmt::format("{} invoked op {}", lane, e.tags.op.value);
    case EventKind::kOk:
      return fmt::format("{} completed op {}: ok", lane, e.tags.op.value);
    case EventKind::kFail:
      return fmt::format("{} completed op {}: failed", lane, e.tags.op.value);
    case EventKind::kUnknown:
      return fmt::format("{} gave up on op {}: no answer", lane, e.tags.op.value);
    case EventKind::kCrash:
      return outage_sentence(lane, name);
    case EventKind::kRestart:
      return fmt::format("{} restarted", lane);
    case EventKind::kPause:
      return fmt::format("{} paused", lane);
    case EventKind::kResume:
      return fmt::format("{} resumed", lane);
    case EventKind::kSync:
      return fmt::format("{}{} synced", lane,
                         name == "sync that lies" ? "'s disk only said that it" : "'s disk");
    case EventKind::kClockStep:
      return fmt::format("{}: wall clock stepped by {}{}", lane, e.tags.value > 0 ? "+" : "",
                         rough(sim::Duration(e.tags.value)));
    case EventKind::kClockRate:
      return fmt::format("{}: clock rate now {:+} ppb", lane, e.tags.value);
    case EventKind::kFaultBegin:
      return fmt::format("fault {} begins", name);
    case EventKind::kFaultEnd:
      return fmt::format("fault {} ends", name);
    case EventKind::kState:
      return fmt::format("{}: {} is now {}", lane, name, record.state_text(name, e.tags.value));
    case EventKind::kNote:
      return fmt::format("{}: {}", lane, what);
  }
  return name;
}

std::string fault_text(const Record& record, const Fault& fault) {
  if (!fault.text.empty()) return fault.text;
  std::string sides;
  for (const auto& group : fault.groups) {
    if (!sides.empty()) sides += " | ";
    for (std::size_t i = 0; i < group.size(); ++i)
      sides += (i == 0 ? "" : ", ") + record.lane_name(group[i]);
  }
  if (!sides.empty()) return fmt::format("{} {{{}}}", fault.name, sides);
  std::vector<std::string> hit;
  for (const NodeId lane : fault.lanes) hit.push_back(record.lane_name(lane));
  return hit.empty() ? fault.name : fmt::format("{} on {}", fault.name, listing(hit));
}

std::string listing(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return out;
}

}  // namespace quorumlab::traces
