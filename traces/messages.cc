#include "traces/messages.h"

#include <algorithm>
#include <optional>

namespace quorumlab::traces {
namespace {

std::optional<std::size_t> side_of(const Fault& fault, NodeId lane) {
  for (std::size_t i = 0; i < fault.groups.size(); ++i)
    if (std::ranges::count(fault.groups[i], lane) > 0) return i;
  return std::nullopt;
}

}  // namespace

std::vector<Message> messages_of(const Record& record) {
  const auto events = record.events();
  std::vector<Message> messages;
  std::vector<std::uint32_t> message_of(events.size(), UINT32_MAX);  // by send
  for (std::size_t i = 0; i < events.size(); ++i) {
    const TraceEvent& e = events[i];
    if (e.kind == EventKind::kSend) {
      message_of[i] = static_cast<std::uint32_t>(messages.size());
      messages.push_back({.send = EventId(i + 1)});
    }
    if (e.kind != EventKind::kReceive && e.kind != EventKind::kDrop) continue;
    EventId cause = e.cause;
    if (cause == sim::kNoEvent || cause.value > i) continue;
    const bool is_copy = record.event(cause).kind == EventKind::kDuplicate;
    if (is_copy) cause = record.event(cause).cause;
    if (cause == sim::kNoEvent || cause.value > i) continue;
    const std::uint32_t at = message_of[cause.value - 1];
    if (at == UINT32_MAX) continue;
    if (messages[at].end == sim::kNoEvent && !is_copy)
      messages[at].end = EventId(i + 1);
    else
      messages.push_back({.send = cause, .end = EventId(i + 1), .is_copy = true});
  }
  std::ranges::sort(messages);
  return messages;
}

bool is_lost(const Record& record, const Message& message) {
  return message.end != sim::kNoEvent && record.event(message.end).kind == EventKind::kDrop;
}

bool covers(const sim::Tags& tags, std::uint64_t index) {
  return index >= tags.index && index - tags.index < tags.count;
}

bool touches(const Fault& fault, NodeId lane) {
  return side_of(fault, lane).has_value() || std::ranges::count(fault.lanes, lane) > 0;
}

bool separates(const Fault& fault, NodeId from, NodeId to) {
  const auto a = side_of(fault, from);
  const auto b = side_of(fault, to);
  if (!a || !b) return false;
  return fault.one_way ? *a == 0 && *b == 1 : *a != *b;
}

const Fault* partition_between(const Record& record, NodeId from, NodeId to, sim::Time at) {
  const Fault* found = nullptr;
  for (const Fault& fault : record.faults)
    if (fault.begin <= at && at <= fault.end && separates(fault, from, to))
      if (found == nullptr || found->begin < fault.begin) found = &fault;
  return found;
}

}  // namespace quorumlab::traces
