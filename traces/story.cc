#include "traces/story.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "traces/story_copies.h"

namespace quorumlab::traces {
namespace {

using models::Function;
using models::History;
using models::Operation;
using models::Role;
using models::Witness;

bool is_message(EventKind kind) {
  return kind == EventKind::kSend || kind == EventKind::kReceive || kind == EventKind::kDrop ||
         kind == EventKind::kDuplicate;
}

// Its value is what a read of the register then finds.
bool sets_register(Function f) {
  return f == Function::kWrite || f == Function::kCas;
}

// The write whose value a read returned; the read itself if nobody wrote it.
OpId source_of(const History& history, OpId op) {
  if (op == sim::kNoOp) return op;
  const Operation& read = history.operation(op);
  if (read.f != Function::kRead || !read.value) return op;
  for (const Operation& w : history.operations())
    if (sets_register(w.f) && w.key == read.key && w.value == read.value) return w.id;
  return op;
}

// Where no role says what a read should have seen: the first other write that the witness names.
OpId other_write(const History& history, const Witness& witness, OpId observer) {
  if (observer == sim::kNoOp || history.operation(observer).f != Function::kRead) return sim::kNoOp;
  const Operation& read = history.operation(observer);
  for (const auto& [role, id] : witness.ops) {
    const Operation& op = history.operation(id);
    const bool is_other = sets_register(op.f) && op.key == read.key && op.value != read.value;
    if (role == Role::kOther && is_other) return id;
  }
  return sim::kNoOp;
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
  if (story.missed == sim::kNoOp) story.missed = other_write(history, witness, story.observer);
  story.write = source_of(history, story.missed);
  if (witness.ops.empty()) story.begin = sim::Time();
}

// A client put its answer together itself, and noted so: when the replica had told it.
EventId told_before(const Record& record, EventId noted, NodeId server) {
  const NodeId client = record.event(noted).lane;
  for (std::uint64_t i = noted.value - 1; i > 0; --i) {
    const TraceEvent& e = record.event(EventId(i));
    const bool is_answer = e.kind == EventKind::kSend && e.is_reply;
    const bool is_to_it = e.tags.op == record.event(noted).tags.op;
    if (is_answer && is_to_it && e.lane == server && e.peer == client) return EventId(i);
  }
  return noted;
}

void find_server(const Record& record, const History& history, Story& story) {
  if (story.observer == sim::kNoOp) return;
  const auto serve = record.find_name("serve");
  const NodeId served_by = history.operation(story.observer).served_by;
  NodeId replied = sim::kNoNode;
  EventId reply = sim::kNoEvent;
  for (std::uint64_t i = 0; i < record.events().size(); ++i) {
    const TraceEvent& e = record.events()[i];
    if (e.at > story.end) break;
    if (e.tags.op != story.observer) continue;
    const bool is_serve = e.kind == EventKind::kNote && serve && e.name == *serve;
    if (is_serve && (served_by == sim::kNoNode || served_by == e.lane))
      story.serve = EventId(i + 1);
    if (is_serve && served_by != sim::kNoNode && record.is_client(e.lane))
      story.serve = told_before(record, EventId(i + 1), served_by);
    if (!is_message(e.kind) || !e.is_reply) continue;
    if (e.kind == EventKind::kSend && record.is_client(e.peer)) {
      replied = e.lane;
      reply = EventId(i + 1);
    }
  }
  story.server = served_by;
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

// What was there already when the lost write came to nothing.
void find_what_outdated_it(const Record& record, Story& story) {
  const auto outdated = [](const Copy& c) { return c.end == CopyEnd::kOutdated; };
  const auto copy = std::ranges::find_if(story.copies, outdated);
  if (copy == story.copies.end() || story.returned != sim::kNoOp) return;
  for (std::uint64_t i = copy->taken.value - 1; i > 0 && story.returned == sim::kNoOp; --i) {
    const TraceEvent& e = record.event(EventId(i));
    const bool sets = e.kind == EventKind::kNote && record.name(e.name) == "append";
    if (sets && e.lane == copy->lane && e.tags.key == story.key) story.returned = e.tags.op;
  }
}

// Without an operation to begin with: the last elections, from where their winners stood.
void keep_last_leaders(const Record& record, Story& story) {
  constexpr std::ptrdiff_t kKept = 4;
  const auto surplus = static_cast<std::ptrdiff_t>(story.leaders.size()) - kKept;
  if (surplus > 0) story.leaders.erase(story.leaders.begin(), story.leaders.begin() + surplus);
  if (story.leaders.empty()) return;
  const TraceEvent& first = record.event(story.leaders.front());
  story.begin = first.at;
  for (std::uint64_t i = story.leaders.front().value - 1; i > 0; --i) {
    const TraceEvent& e = record.events()[i - 1];
    if (e.kind != EventKind::kState || e.lane != first.lane || e.name != first.name) continue;
    story.begin = e.at;
    break;
  }
}

// Nobody read the lost write: the replica to ask is the last one that came to lead without it.
void choose_server_of_lost_write(const Record& record, Story& story) {
  if (story.observer != sim::kNoOp || story.server != sim::kNoNode) return;
  for (const EventId id : story.leaders) {
    const TraceEvent& e = record.event(id);
    const auto has_it = [&](const Copy& c) {
      return c.lane == e.lane && c.taken < id && (c.ended == sim::kNoEvent || id < c.ended);
    };
    if (is_leader(record, e.tags.value) && std::ranges::none_of(story.copies, has_it)) {
      story.server = e.lane;
      story.serve = id;
    }
  }
}

// What had last set the key on the server when it answered.
void find_held(const Record& record, Story& story) {
  const auto append = record.find_name("append");
  const std::uint64_t until =
      story.serve == sim::kNoEvent ? record.events().size() : story.serve.value;
  for (std::uint64_t i = 0; i < until; ++i) {
    const TraceEvent& e = record.events()[i];
    if (e.lane != story.server || e.tags.key != story.key) continue;
    if (e.kind == EventKind::kNote && append && e.name == *append) story.held = EventId(i + 1);
  }
}

// Log entries before the state field "commit" are safe: the missed write is once it is above it.
void find_commit(const Record& record, Story& story) {
  const auto commit = record.find_name("commit");
  const auto on_server = [&](const Copy& c) { return c.lane == story.server; };
  const auto copy = std::ranges::find_if(story.copies, on_server);
  if (!commit || copy == story.copies.end() || copy->index == kNoIndex) return;
  for (std::uint64_t i = 0; i < record.events().size(); ++i) {
    const TraceEvent& e = record.events()[i];
    if (e.kind != EventKind::kState || e.lane != story.server || e.name != *commit) continue;
    if (e.tags.value < 0 || static_cast<std::uint64_t>(e.tags.value) <= copy->index) continue;
    story.commit = EventId(i + 1);
    return;
  }
}

// The replica that has not got what it should have.
void choose_server_without_observer(const Record& record, const Witness& witness, Story& story) {
  if (witness.anomaly == models::Anomaly::kDivergence) {
    for (std::size_t i = 0; i < std::min(witness.replicas.size(), witness.ops.size()); ++i)
      if (witness.ops[i].op != story.write) story.server = witness.replicas[i];
    return;
  }
  const bool is_instant = witness.anomaly == models::Anomaly::kNoOrder;
  if (!is_instant || story.write == sim::kNoOp || record.events().empty()) return;
  for (std::uint64_t i = record.events().size(); i > 0; --i) {
    const NodeId lane = record.events()[i - 1].lane;
    if (lane == sim::kNoNode || record.is_client(lane)) continue;
    story.server = lane;
    story.serve = EventId(i);
    return;
  }
}

bool names(std::string_view words, std::string_view name) {
  const auto is_letter = [&](std::size_t at) {
    return at < words.size() && (std::isalnum(static_cast<unsigned char>(words[at])) != 0);
  };
  for (std::size_t at = words.find(name); at != std::string_view::npos;
       at = words.find(name, at + 1)) {
    if (!is_letter(at + name.size()) && (at == 0 || !is_letter(at - 1))) return true;
  }
  return false;
}

// A run stops at the event that breaks an invariant. If that is a note, but not of log entries,
// those belong to it that the others made of the same.
void find_breach(const Record& record, const Witness& given, Story& story) {
  for (std::uint32_t i = 0; i < record.lanes.size(); ++i) {
    const NodeId lane(i);
    if (names(given.observation, record.lane_name(lane))) story.named.push_back(lane);
  }
  const TraceEvent& last = record.events().back();
  if (last.kind != EventKind::kNote || last.tags.count > 0) return;
  const auto is_alike = [&](const TraceEvent& e, NodeId lane) {
    return e.kind == EventKind::kNote && e.lane == lane && e.name == last.name &&
           e.tags.term == last.tags.term && e.tags.index == last.tags.index;
  };
  for (const NodeId lane : story.named) {
    std::uint64_t i = record.events().size();
    while (i > 0 && !is_alike(record.events()[i - 1], lane)) --i;
    if (i > 0) story.breach.push_back(EventId(i));
  }
  if (story.breach.size() < 2) story.breach.clear();
  for (const EventId id : story.breach) story.begin = std::min(story.begin, record.event(id).at);
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

Story story_of(const Record& record, const History& history, const Witness& given,
               const std::vector<Message>& messages) {
  const Witness witness = with_operations(record, history, given);
  Story story;
  story.key = witness.key;
  find_roots(history, witness, story);
  // A broken invariant, and whatever nobody read, is about all that led to it.
  const bool is_instant = given.ops.empty() && !record.events().empty();
  if (is_instant && witness.anomaly != models::Anomaly::kDivergence)
    story.end = record.events().back().at;
  find_server(record, history, story);
  if (story.observer == sim::kNoOp) choose_server_without_observer(record, witness, story);
  const bool is_open = story.observer == sim::kNoOp;
  if (story.write != sim::kNoOp)
    follow_copies(record, is_open ? sim::Time::max() : story.end, story);
  if (is_open) find_what_outdated_it(record, story);
  if (is_open)
    for (const EventId id : story.losses) story.end = std::max(story.end, record.event(id).at);
  find_leaders(record, story);
  if (witness.ops.empty()) keep_last_leaders(record, story);
  if (is_instant && witness.anomaly != models::Anomaly::kDivergence)
    find_breach(record, given, story);
  choose_server_of_lost_write(record, story);
  find_carriers(record, messages, story);
  find_held(record, story);
  find_commit(record, story);
  return story;
}

Story story_of(const Record& record, const History& history, const Witness& witness) {
  return story_of(record, history, witness, messages_of(record));
}

}  // namespace quorumlab::traces
