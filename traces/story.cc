#include "traces/story.h"

#include <algorithm>

namespace quorumlab::traces {
namespace {

using models::History;
using models::Operation;
using models::Role;
using models::Witness;

bool is_message(EventKind kind) {
  return kind == EventKind::kSend || kind == EventKind::kReceive || kind == EventKind::kDrop ||
         kind == EventKind::kDuplicate;
}

void find_roots(const History& history, const Witness& witness, Story& story) {
  story.begin = sim::Time::max();
  for (const auto& [role, id] : witness.ops) {
    const auto keep = [&, op = id](OpId& slot) { slot = slot == sim::kNoOp ? op : slot; };
    if (role == Role::kObserver) keep(story.observer);
    if (role == Role::kMissed) keep(story.missed);
    if (role == Role::kReturned) keep(story.returned);
    const Operation& op = history.operation(id);
    const bool is_open = op.completed_at == sim::Time::max();
    story.begin = std::min(story.begin, op.invoked_at);
    story.end = std::max(story.end, is_open ? op.invoked_at : op.completed_at);
  }
  if (witness.ops.empty()) story.begin = sim::Time();
}

// One pass in the order of happening: a replica holds the missed write from its append until it
// discards it or crashes before a sync.
class Spread {
 public:
  Spread(const Record& record, Story& story) : record_(record), story_(story) {
    append_ = record.find_name("append");
    discard_ = record.find_name("discard");
    discard_entry_ = record.find_name("discard_entry");
  }

  void follow() {
    for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
      const TraceEvent& e = record_.events()[i];
      // What nobody read was lost at some time later.
      if (e.at > story_.end && story_.observer != sim::kNoOp) break;
      if (e.lane == sim::kNoNode) continue;
      const EventId id(i + 1);
      if (e.kind == EventKind::kNote && append_ && e.name == *append_ && carries(e))
        take(id, e);
      else if (e.kind == EventKind::kNote)
        drop_if_discarded(id, e);
      else if (e.kind == EventKind::kSync)
        mark_synced(e.lane);
      else if (e.kind == EventKind::kCrash)
        lose_at_crash(id, e.lane);
    }
    if (story_.observer == sim::kNoOp)
      for (const auto& ends : {story_.discards, story_.lost_at_crash})
        for (const EventId id : ends) story_.end = std::max(story_.end, record_.event(id).at);
    if (story_.holders.empty()) guess_home();
  }

 private:
  struct Held {
    NodeId lane;
    bool is_synced = false;
  };

  [[nodiscard]] bool carries(const TraceEvent& e) const {
    if (e.tags.op == story_.missed) return true;
    if (e.tags.op != sim::kNoOp || story_.index == 0 || !covers(e.tags, story_.index)) return false;
    if (e.cause == sim::kNoEvent) return e.tags.term == story_.term;
    const TraceEvent& cause = record_.event(e.cause);
    if (cause.kind != EventKind::kReceive) return e.tags.term == story_.term;
    return std::ranges::any_of(held_, [&](const Held& h) { return h.lane == cause.peer; });
  }

  void take(EventId id, const TraceEvent& e) {
    if (story_.index == 0 && e.tags.count == 1) {
      story_.index = e.tags.index;
      story_.term = e.tags.term;
    }
    if (std::ranges::any_of(held_, [&](const Held& h) { return h.lane == e.lane; })) return;
    held_.push_back({.lane = e.lane});
    story_.holders.push_back({.lane = e.lane, .event = id});
  }

  void drop_if_discarded(EventId id, const TraceEvent& e) {
    const bool by_entry = discard_entry_ && e.name == *discard_entry_ && e.tags.op == story_.missed;
    const bool by_range =
        discard_ && e.name == *discard_ && story_.index != 0 && covers(e.tags, story_.index);
    if (!by_entry && !by_range) return;
    if (std::erase_if(held_, [&](const Held& h) { return h.lane == e.lane; }) > 0)
      story_.discards.push_back(id);
  }

  void mark_synced(NodeId lane) {
    for (Held& h : held_)
      if (h.lane == lane) h.is_synced = true;
  }

  void lose_at_crash(EventId id, NodeId lane) {
    const auto lost = [&](const Held& h) { return h.lane == lane && !h.is_synced; };
    if (std::erase_if(held_, lost) > 0) story_.lost_at_crash.push_back(id);
  }

  // A model that tells no appends: the write entered where a client's request arrived.
  void guess_home() {
    for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
      const TraceEvent& e = record_.events()[i];
      if (e.kind != EventKind::kReceive || e.is_reply || e.tags.op != story_.missed) continue;
      if (!record_.is_client(e.peer) || record_.is_client(e.lane)) continue;
      story_.holders.push_back({.lane = e.lane, .event = EventId(i + 1)});
      return;
    }
  }

  const Record& record_;
  Story& story_;
  std::vector<Held> held_;
  std::optional<sim::NameId> append_;
  std::optional<sim::NameId> discard_;
  std::optional<sim::NameId> discard_entry_;
};

void find_server(const Record& record, const History& history, Story& story) {
  if (story.observer == sim::kNoOp) return;
  const auto serve = record.find_name("serve");
  NodeId replied = sim::kNoNode;
  EventId reply = sim::kNoEvent;
  for (std::uint64_t i = 0; i < record.events().size(); ++i) {
    const TraceEvent& e = record.events()[i];
    if (e.at > story.end) break;
    if (e.tags.op != story.observer) continue;
    const bool is_serve = e.kind == EventKind::kNote && serve && e.name == *serve;
    if (is_serve) story.serve = EventId(i + 1);
    if (!is_message(e.kind) || !e.is_reply) continue;
    if (e.kind == EventKind::kSend && record.is_client(e.peer)) {
      replied = e.lane;
      reply = EventId(i + 1);
    }
  }
  story.server = history.operation(story.observer).served_by;
  if (story.server == sim::kNoNode && story.serve != sim::kNoEvent)
    story.server = record.event(story.serve).lane;
  if (story.server == sim::kNoNode) story.server = replied;
  if (story.serve == sim::kNoEvent) story.serve = reply;
}

void find_leaders(const Record& record, Story& story) {
  const auto role = record.find_name("role");
  if (!role) return;
  std::vector<bool> leads(record.lanes.size(), false);
  for (std::uint64_t i = 0; i < record.events().size(); ++i) {
    const TraceEvent& e = record.events()[i];
    if (e.at > story.end) break;
    if (e.kind != EventKind::kState || e.name != *role || e.lane.value >= leads.size()) continue;
    const bool is_now = is_leader(record, e.tags.value);
    if (is_now != leads[e.lane.value] && e.at >= story.begin)
      story.leaders.push_back(EventId(i + 1));
    leads[e.lane.value] = is_now;
  }
}

// Nobody read the lost write: the replica to ask is the last one that came to lead without it.
void choose_server_of_lost_write(const Record& record, Story& story) {
  if (story.observer != sim::kNoOp) return;
  for (const EventId id : story.leaders) {
    const TraceEvent& e = record.event(id);
    const auto has_it = [&](const Holder& h) { return h.lane == e.lane && h.event < id; };
    if (is_leader(record, e.tags.value) && std::ranges::none_of(story.holders, has_it)) {
      story.server = e.lane;
      story.serve = id;
    }
  }
}

void find_attempts(const Record& record, const std::vector<Message>& messages, Story& story) {
  if (story.server == sim::kNoNode) return;
  for (const Message& m : messages) {
    const TraceEvent& sent = record.event(m.send);
    if (sent.peer != story.server || sent.is_reply || sent.at > story.end) continue;
    const auto held = [&](const Holder& h) { return h.lane == sent.lane && h.event <= m.send; };
    if (std::ranges::none_of(story.holders, held)) continue;
    const bool by_range =
        sent.tags.op == sim::kNoOp && story.index != 0 && covers(sent.tags, story.index);
    if (sent.tags.op == story.missed || by_range) story.attempts.push_back(m);
  }
}

void find_held(const Record& record, Story& story) {
  const auto append = record.find_name("append");
  const std::uint64_t until = story.serve == sim::kNoEvent ? 0 : story.serve.value;
  for (std::uint64_t i = 0; i < until; ++i) {
    const TraceEvent& e = record.events()[i];
    if (e.lane != story.server || e.tags.key != story.key) continue;
    if (e.kind == EventKind::kNote && append && e.name == *append) story.held = EventId(i + 1);
  }
}

// Log entries before the state field "commit" are safe: the missed write is once it is above it.
void find_commit(const Record& record, Story& story) {
  const auto commit = record.find_name("commit");
  if (!commit || story.index == 0) return;
  for (std::uint64_t i = 0; i < record.events().size(); ++i) {
    const TraceEvent& e = record.events()[i];
    if (e.kind != EventKind::kState || e.lane != story.server || e.name != *commit) continue;
    if (e.tags.value < 0 || static_cast<std::uint64_t>(e.tags.value) <= story.index) continue;
    story.commit = EventId(i + 1);
    return;
  }
}

}  // namespace

bool is_leader(const Record& record, std::int64_t value) {
  const std::string text = record.state_text("role", value);
  return text == "leader" || text == "2";
}

std::optional<std::int64_t> state_before(const Record& record, NodeId lane, std::string_view field,
                                         EventId until) {
  const auto name = record.find_name(field);
  std::optional<std::int64_t> found;
  if (!name) return found;
  const std::uint64_t end = std::min<std::uint64_t>(until.value, record.events().size());
  for (std::uint64_t i = end; i > 0; --i) {
    const TraceEvent& e = record.events()[i - 1];
    if (e.kind == EventKind::kState && e.lane == lane && e.name == *name) return e.tags.value;
  }
  return found;
}

Story story_of(const Record& record, const History& history, const Witness& witness,
               const std::vector<Message>& messages) {
  Story story;
  story.key = witness.key;
  find_roots(history, witness, story);
  // An instant without operations: all that led to it.
  if (witness.ops.empty() && !record.events().empty()) story.end = record.events().back().at;
  find_server(record, history, story);
  if (story.missed != sim::kNoOp) Spread(record, story).follow();
  find_leaders(record, story);
  choose_server_of_lost_write(record, story);
  find_attempts(record, messages, story);
  find_held(record, story);
  find_commit(record, story);
  return story;
}

Story story_of(const Record& record, const History& history, const Witness& witness) {
  return story_of(record, history, witness, messages_of(record));
}

}  // namespace quorumlab::traces
