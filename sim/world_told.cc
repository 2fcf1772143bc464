// What a world tells of itself: to whoever asks what it waits for or what an entry of the
// fingerprint was, to the trace, and to observers.
#include <fmt/core.h>

#include <algorithm>

#include "sim/world.h"

namespace quorumlab::sim {

std::vector<WaitingFiber> World::waiting() const {
  std::vector<WaitingFiber> all;
  for (const auto& node : nodes_) {
    const auto first = static_cast<std::ptrdiff_t>(all.size());
    for (const Fiber* f = node->youngest_; f != nullptr; f = f->next_of_node) {
      all.push_back({node->id(), f->name, f->waiting});
    }
    std::reverse(all.begin() + first, all.end());
  }
  return all;
}

std::string World::describe_note(const Fingerprint::Entry& entry) {
  for (const std::string_view tag : {"network.send", "disk.append", "node.state", "world.node"}) {
    if (entry[0] != (fnv_1a(tag) | kNote)) continue;
    return fmt::format("a decision: {} {:x} {:x}", tag, entry[1], entry[2]);
  }
  return fmt::format("a decision: {:x} {:x} {:x}", entry[0], entry[1], entry[2]);
}

std::string World::describe(const Fingerprint::Entry& entry) const {
  const auto number = static_cast<std::uint32_t>(entry[2]);
  if ((entry[0] & kNote) != 0) return describe_note(entry);
  std::string what = "something happens";
  switch (static_cast<TargetKind>(entry[2] >> 56)) {
    case TargetKind::kNode:
      if (number < nodes_.size()) what = "a message reaches " + nodes_[number]->name();
      break;
    case TargetKind::kFiber:
      what = number == 0 ? "a wake-up comes too late" : fmt::format("fiber {} wakes up", number);
      break;
    case TargetKind::kTimers:
      what = "a timer fires";
      break;
    case TargetKind::kAgenda:
      what = "a fault or the runner acts";
      break;
  }
  return fmt::format("{}: event {}: {}", to_text(Time(static_cast<std::int64_t>(entry[0])), 9),
                     entry[1], what);
}

EventId World::add_to_trace(EventKind kind, NodeId lane, std::string_view name, const Tags& tags) {
  return trace_->add({.at = now_,
                      .cause = cause_,
                      .tags = tags,
                      .lane = lane,
                      .peer = kNoNode,
                      .name = trace_->intern(name),
                      .kind = kind,
                      .reason = DropReason::kNone,
                      .is_reply = false});
}

EventId World::add_to_trace(EventKind kind, Message& message, DropReason reason) {
  const bool received = kind == EventKind::kReceive;
  return trace_->add({.at = now_,
                      .cause = kind == EventKind::kSend ? cause_ : message.sent,
                      .tags = message.type->tags(message.payload()),
                      .lane = received ? message.to : message.from,
                      .peer = received ? message.from : message.to,
                      .name = trace_->intern(message.type->name),
                      .kind = kind,
                      .reason = reason,
                      .is_reply = message.type->is_reply});
}

void World::notify_state(Node& node, std::string_view field, std::int64_t before,
                         std::int64_t now) {
  for (const Observer& observer : observers_) {
    if (observer.state) observer.state(node, field, before, now);
  }
}

void World::notify_note(Node& node, std::string_view what, const Tags& tags) {
  for (const Observer& observer : observers_) {
    if (observer.note) observer.note(node, what, tags);
  }
}

void World::notify_point(Node& node, std::string_view point) {
  if (closing_) return;
  for (const Observer& observer : observers_) {
    if (observer.point) observer.point(node, point);
  }
}

}  // namespace quorumlab::sim
