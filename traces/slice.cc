#include "traces/slice.h"

#include <algorithm>

#include "traces/slice_chooser.h"

namespace quorumlab::traces {

using models::History;
using models::Operation;
using models::Witness;

Chooser::Chooser(const Record& record, const History& history, const SliceOptions& options)
    : record_(record), history_(history), options_(options), messages_(messages_of(record)) {
  slice_.total = record.events().size();
}

Likeness Chooser::likeness(const Candidate& candidate) const {
  const TraceEvent& s = sent(candidate.message);
  int fate = -1;
  bool completes = false;
  if (candidate.message.end != sim::kNoEvent) {
    const TraceEvent& end = record_.event(candidate.message.end);
    fate = end.kind == EventKind::kDrop ? static_cast<int>(end.reason) + 1 : 0;
    const bool has_op = s.tags.op.value >= 1 && s.tags.op.value <= history_.size();
    completes = s.is_reply && has_op && history_.operation(s.tags.op).completed_at == end.at;
  }
  // Retries of an attempt may carry the write alone or among others: they are alike all the same.
  const bool by_op = candidate.relevance != Relevance::kAttempt;
  return {candidate.relevance,
          s.lane.value,
          s.peer.value,
          s.name,
          s.is_reply,
          candidate.message.is_copy,
          fate,
          by_op ? s.tags.op.value : 0,
          completes};
}

std::optional<Relevance> Chooser::relevance(const Message& message, const Story& story,
                                            const std::set<sim::OpId>& roots) const {
  const TraceEvent& s = sent(message);
  if (std::ranges::binary_search(story.attempts, message)) return Relevance::kAttempt;
  if (s.at > story.end) return std::nullopt;
  if (std::ranges::binary_search(story.carriers, message)) return Relevance::kSpread;
  if (!roots.contains(s.tags.op)) return std::nullopt;
  if (record_.is_client(s.lane) || record_.is_client(s.peer)) return Relevance::kClient;
  if (s.is_reply) return Relevance::kReply;
  return s.tags.op == story.returned && s.peer == story.server ? Relevance::kReturned
                                                               : Relevance::kSpread;
}

void Chooser::choose_messages(const Story& story, const std::set<sim::OpId>& roots) {
  for (const Message& m : messages_) {
    if (!is_between_two(m)) continue;
    if (const auto why = relevance(m, story, roots)) candidates_.push_back({m, *why});
  }
}

// What the lane became before event `id`, as far as the picture reaches back.
EventId Chooser::last_role_change(EventId id) const {
  const TraceEvent& e = record_.event(id);
  for (std::uint64_t i = id.value - 1; i > 0; --i) {
    const TraceEvent& earlier = record_.event(EventId(i));
    if (earlier.at < slice_.begin) break;
    const bool is_role = earlier.kind == EventKind::kState && earlier.name == e.name;
    if (is_role && earlier.lane == e.lane) return EventId(i);
  }
  return sim::kNoEvent;
}

// All that was said under that name while the lane stood for election.
void Chooser::add_votes(EventId leads, sim::NameId name) {
  const EventId stood = last_role_change(leads);
  if (stood == sim::kNoEvent) return;
  const NodeId lane = record_.event(leads).lane;
  for (const Message& m : messages_) {
    const TraceEvent& s = sent(m);
    const bool is_its = s.name == name && (s.lane == lane || s.peer == lane);
    if (is_its && stood <= m.send && m.send <= leads && is_between_two(m))
      candidates_.push_back({m, Relevance::kLeadership});
  }
}

void Chooser::add_causes_of_leadership(const Story& story, const std::set<sim::OpId>& roots) {
  for (const EventId id : story.leaders) {
    if (!is_leader(record_, record_.event(id).tags.value)) continue;
    if (const EventId step = last_role_change(id); step != sim::kNoEvent) add_mark(step, 3);
    const EventId cause = record_.event(id).cause;
    if (cause == sim::kNoEvent) continue;
    if (record_.event(cause).kind == EventKind::kTimer) add_mark(cause, 3);
    const EventId send = record_.event(cause).cause;
    if (roots.empty() && send != sim::kNoEvent) add_votes(id, record_.event(send).name);
    auto m = std::ranges::lower_bound(messages_, send, {}, &Message::send);
    for (; m != messages_.end() && m->send == send; ++m)
      if (m->end == cause && is_between_two(*m))
        candidates_.push_back({*m, Relevance::kLeadership});
  }
}

void Chooser::collapse_and_cut() {
  std::ranges::stable_sort(candidates_, {}, [](const Candidate& c) { return c.message; });
  const auto same = [](const Candidate& a, const Candidate& b) { return a.message == b.message; };
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end(), same), candidates_.end());

  std::map<Likeness, std::size_t> first;
  std::vector<std::pair<Relevance, SliceMessage>> groups;
  for (const Candidate& c : candidates_) {
    const auto [at, is_new] = first.emplace(likeness(c), groups.size());
    if (is_new)
      groups.emplace_back(c.relevance, SliceMessage{c.message, {}});
    else
      groups[at->second].second.alike.push_back(c.message);
  }
  // Least relevant last, and within a class the oldest last: the tail is what goes.
  std::ranges::sort(groups, [](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return b.second.message < a.second.message;
  });
  if (groups.size() > options_.arrows_max) groups.resize(options_.arrows_max);
  for (auto& group : groups) slice_.messages.push_back(std::move(group.second));
  std::ranges::sort(slice_.messages, {}, &SliceMessage::message);
}

void Chooser::choose_marks(const Story& story, const std::set<sim::OpId>& roots) {
  for (const EventId id : story.losses) add_mark(id, 0);
  for (const EventId id : story.breach) add_mark(id, 0);
  for (const EventId id : story.leaders) add_mark(id, 1);
  const auto append = record_.find_name("append");
  const auto hint = record_.find_name("hint");
  const auto takes = [&](const TraceEvent& e) {
    return e.kind == EventKind::kNote &&
           ((append && e.name == *append) || (hint && e.name == *hint));
  };
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.at < slice_.begin || !is_shown(e.lane)) continue;
    if (e.at > slice_.end) break;
    const bool is_about = e.tags.key == slice_.key && roots.contains(e.tags.op);
    if (takes(e) && is_about) add_mark(EventId(i + 1), 4);
    if (e.kind == EventKind::kCrash || e.kind == EventKind::kRestart) add_mark(EventId(i + 1), 2);
    if (e.kind == EventKind::kPause || e.kind == EventKind::kResume) add_mark(EventId(i + 1), 2);
    if (e.kind == EventKind::kClockStep) add_mark(EventId(i + 1), 5);
  }
}

void Chooser::cut_marks() {
  std::ranges::sort(ranked_marks_, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : b.second < a.second;
  });
  for (const auto& [rank, id] : ranked_marks_) {
    if (slice_.marks.size() >= options_.marks_max) break;
    if (std::ranges::count(slice_.marks, id) == 0) slice_.marks.push_back(id);
  }
  std::ranges::sort(slice_.marks);
}

void Chooser::find_lanes(const std::vector<NodeId>& also) {
  std::set<NodeId> shown(also.begin(), also.end());
  for (const SliceMessage& m : slice_.messages) {
    shown.insert(sent(m.message).lane);
    shown.insert(sent(m.message).peer);
  }
  for (const SliceOp& op : slice_.ops) shown.insert(history_.operation(op.op).client);
  shown.erase(sim::kNoNode);
  for (const bool clients : {true, false})
    for (const NodeId lane : shown)
      if (record_.is_client(lane) == clients) slice_.lanes.push_back(lane);
  for (std::uint32_t i = 0; i < record_.lanes.size(); ++i)
    if (!shown.contains(NodeId(i))) slice_.left_out.push_back(NodeId(i));
}

void Chooser::find_faults() {
  constexpr std::size_t kFaultsMax = 6;
  for (std::size_t i = 0; i < record_.faults.size(); ++i) {
    const Fault& fault = record_.faults[i];
    const bool overlaps = fault.begin <= slice_.end && fault.end >= slice_.begin;
    const auto hit = [&](NodeId lane) { return touches(fault, lane); };
    const bool is_global = fault.groups.empty() && fault.lanes.empty();
    if (overlaps && (is_global || std::ranges::any_of(slice_.lanes, hit)))
      slice_.faults.push_back(i);
  }
  if (slice_.faults.size() <= kFaultsMax) return;
  std::ranges::stable_sort(slice_.faults, std::greater<>(), [&](std::size_t i) {
    return std::pair(!record_.faults[i].groups.empty(), record_.faults[i].begin);
  });
  slice_.faults.resize(kFaultsMax);
  std::ranges::sort(slice_.faults);
}

void Chooser::find_extent() {
  const auto include = [&](EventId id) {
    if (id == sim::kNoEvent) return;
    slice_.begin = std::min(slice_.begin, record_.event(id).at);
    slice_.end = std::max(slice_.end, record_.event(id).at);
  };
  for (const SliceMessage& m : slice_.messages) {
    include(m.message.send);
    include(m.message.end);
  }
}

void Chooser::list_events() {
  std::set<EventId> shown(slice_.marks.begin(), slice_.marks.end());
  const auto add = [&](const Message& m) {
    shown.insert(m.send);
    if (m.end != sim::kNoEvent) shown.insert(m.end);
  };
  for (const SliceMessage& m : slice_.messages) {
    add(m.message);
    for (const Message& other : m.alike) add(other);
  }
  std::set<sim::OpId> ops;
  for (const SliceOp& op : slice_.ops) ops.insert(op.op);
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    const bool is_edge = e.kind == EventKind::kInvoke || e.kind == EventKind::kOk ||
                         e.kind == EventKind::kFail || e.kind == EventKind::kUnknown;
    if (is_edge && ops.contains(e.tags.op)) shown.insert(EventId(i + 1));
  }
  slice_.events.assign(shown.begin(), shown.end());
  slice_.drawn = slice_.events.size();
}

Slice Chooser::for_witness(const Witness& given) {
  const Story story = story_of(record_, history_, given, messages_);
  const Witness witness = with_operations(record_, history_, given);
  std::set<sim::OpId> roots;
  for (const auto& [role, op] : witness.ops)
    if (roots.insert(op).second) slice_.ops.push_back({op, role});
  for (const sim::OpId op : {story.write, story.returned})
    if (op != sim::kNoOp && op.value <= history_.size() && roots.insert(op).second)
      slice_.ops.push_back({op, models::Role::kOther});
  std::ranges::sort(slice_.ops);
  slice_.key = witness.key;
  if (slice_.key == sim::kNoKey && !roots.empty())
    slice_.key = history_.operation(*roots.begin()).key;
  slice_.anomaly = witness.anomaly;
  slice_.missed = story.missed;
  slice_.observer = story.observer;
  slice_.has_witness = true;
  slice_.begin = story.begin;
  slice_.end = story.end;
  choose_messages(story, roots);
  add_causes_of_leadership(story, roots);
  collapse_and_cut();
  std::vector<NodeId> also;
  for (const EventId id : story.leaders)
    if (is_leader(record_, record_.event(id).tags.value)) also.push_back(record_.event(id).lane);
  for (const EventId id : story.losses) also.push_back(record_.event(id).lane);
  if (story.server != sim::kNoNode) also.push_back(story.server);
  also.insert(also.end(), story.named.begin(), story.named.end());
  find_lanes(also);
  find_extent();
  choose_marks(story, roots);
  cut_marks();
  find_faults();
  list_events();
  return std::move(slice_);
}

Slice slice_of_witness(const Record& record, const History& history, const Witness& witness,
                       const SliceOptions& options) {
  return Chooser(record, history, options).for_witness(witness);
}

Slice slice_of_window(const Record& record, const History& history, EventId around,
                      const SliceOptions& options) {
  return Chooser(record, history, options).for_window(around);
}

}  // namespace quorumlab::traces
