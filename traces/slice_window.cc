// Without a violation: what happened around some event.
#include <algorithm>
#include <iterator>

#include "traces/slice_chooser.h"

namespace quorumlab::traces {

void Chooser::choose_window_marks() {
  const auto role = record_.find_name("role");
  const auto discard = record_.find_name("discard");
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.at < slice_.begin || !is_shown(e.lane)) continue;
    if (e.at > slice_.end) break;
    const EventId id(i + 1);
    if (e.kind == EventKind::kState && role && e.name == *role) add_mark(id, 1);
    if (e.kind == EventKind::kNote && discard && e.name == *discard) add_mark(id, 0);
    if (e.kind == EventKind::kCrash || e.kind == EventKind::kRestart) add_mark(id, 0);
    if (e.kind == EventKind::kPause || e.kind == EventKind::kResume) add_mark(id, 0);
    if (e.kind == EventKind::kClockStep) add_mark(id, 2);
  }
}

// Half of the picture before `around`, then forward until it is full; what the end of the record
// leaves free goes to the time before.
void Chooser::choose_window(EventId around) {
  std::set<Likeness> kinds;
  std::size_t arrows = 0;
  const auto take = [&](const Message& m, std::size_t limit) {
    if (!is_between_two(m)) return true;
    const bool by_client = record_.is_client(sent(m).lane) || record_.is_client(sent(m).peer);
    if (by_client && options_.replicas_only) return true;
    Candidate candidate{m, Relevance::kClient};
    if (is_chatter(m)) {
      candidate.relevance = Relevance::kChatter;
      const bool is_alike = kinds.contains(likeness(candidate));
      if (!is_alike && arrows >= limit) return false;
      arrows += is_alike ? 0U : 1U;
      kinds.insert(likeness(candidate));
    } else if (arrows++ >= limit) {
      return false;
    }
    candidates_.push_back(candidate);
    return true;
  };
  const auto middle = std::ranges::lower_bound(messages_, around, {}, &Message::send);
  auto before = middle;
  while (before != messages_.begin() && take(*std::prev(before), options_.arrows_max / 2)) --before;
  arrows = std::min(arrows, options_.arrows_max / 2);
  auto after = middle;
  while (after != messages_.end() && take(*after, options_.arrows_max)) ++after;
  while (before != messages_.begin() && take(*std::prev(before), options_.arrows_max)) --before;
}

Slice Chooser::for_window(EventId around) {
  choose_window(around);
  slice_.begin = candidates_.empty() ? sim::Time() : sim::Time::max();
  std::set<sim::OpId> ops;
  std::set<sim::Key> keys;
  for (const Candidate& c : candidates_) {
    const sim::OpId op = sent(c.message).tags.op;
    if (options_.replicas_only) break;
    if (op.value < 1 || op.value > history_.size() || !ops.insert(op).second) continue;
    slice_.ops.push_back({op, std::nullopt});
    keys.insert(history_.operation(op).key);
  }
  std::ranges::sort(slice_.ops);
  if (keys.size() == 1) slice_.key = *keys.begin();
  collapse_and_cut();
  find_lanes({});
  find_extent();
  choose_window_marks();
  cut_marks();
  find_faults();
  list_events();
  return std::move(slice_);
}

}  // namespace quorumlab::traces
