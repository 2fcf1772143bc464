// Operations for witnesses that name none: the last writes on replicas that disagree, and those
// that a broken invariant is about.
#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

#include "traces/story.h"
#include "traces/story_copies.h"
#include "traces/words.h"

namespace quorumlab::traces {

using models::History;
using models::Role;
using models::Witness;

// The last write to the key that took effect on a replica.
OpId last_write(const Record& record, NodeId lane, sim::Key key) {
  const auto append = record.find_name("append");
  OpId last = sim::kNoOp;
  for (const TraceEvent& e : record.events())
    if (e.kind == EventKind::kNote && append && e.name == *append && e.lane == lane &&
        e.tags.key == key && e.tags.op != sim::kNoOp)
      last = e.tags.op;
  return last;
}

std::vector<TakenTwice> taken_twice(const Record& record, NodeId lane, sim::Key key,
                                    sim::Time until) {
  struct Entry {
    std::uint64_t index;
    EventId note;
  };
  std::map<OpId, Entry> entries;  // what is in it now
  std::vector<TakenTwice> found;
  for (std::uint64_t i = 0; i < record.events().size(); ++i) {
    const TraceEvent& e = record.events()[i];
    if (e.at > until) break;
    if (e.kind != EventKind::kNote || e.lane != lane) continue;
    const std::string_view name = record.name(e.name);
    if (name == "discard") {
      std::erase_if(entries, [&](const auto& entry) { return entry.second.index >= e.tags.index; });
    }
    if (name != "append" || e.tags.count == 0 || e.tags.key != key) continue;
    const EventId note(i + 1);
    const auto [entry, is_new] = entries.try_emplace(e.tags.op, Entry{e.tags.index, note});
    if (!is_new && entry->second.index != e.tags.index) {
      found.push_back({e.tags.op, entry->second.note, note});
    }
  }
  return found;
}

namespace {

// What an object counted, kept or gave out twice may be in a log twice.
void add_taken_twice(const Record& record, const History& history, Witness& witness) {
  if (witness.ops.empty() || witness.ops.front().role != Role::kObserver) return;
  const models::Operation& observer = history.operation(witness.ops.front().op);
  const auto found = taken_twice(record, observer.served_by, observer.key, observer.completed_at);
  const auto is_named = [&](const TakenTwice& twice) {
    return std::ranges::find(witness.ops, twice.op, &models::WitnessOp::op) != witness.ops.end();
  };
  if (found.empty() || std::ranges::any_of(found, is_named)) return;
  const OpId op = found.back().op;
  if (op.value >= 1 && op.value <= history.size() && is_command(history.operation(op).f))
    witness.ops.push_back({Role::kOther, op});
}

void add_diverged(const Record& record, const History& history, Witness& witness) {
  if (witness.replicas.size() != 2) return;
  const OpId a = last_write(record, witness.replicas[0], witness.key);
  const OpId b = last_write(record, witness.replicas[1], witness.key);
  const auto known = [&](OpId op) { return op != sim::kNoOp && op.value <= history.size(); };
  if (a == b || !known(a) || !known(b)) {
    if (known(a)) witness.ops.push_back({Role::kOther, a});
    return;
  }
  witness.ops = {{a < b ? Role::kReturned : Role::kMissed, a},
                 {a < b ? Role::kMissed : Role::kReturned, b}};
}

// The numbers after "op " in the words of an invariant, with the word before.
void add_mentioned(const History& history, Witness& witness) {
  const std::string& words = witness.observation;
  for (std::size_t i = words.find("op "); i != std::string::npos; i = words.find("op ", i + 1)) {
    if (i > 0 && std::isalnum(static_cast<unsigned char>(words[i - 1])) != 0) continue;
    std::uint64_t number = 0;
    for (std::size_t at = i + 3; at < words.size() && number <= history.size(); ++at) {
      if (words[at] < '0' || words[at] > '9') break;
      number = number * 10 + static_cast<std::uint64_t>(words[at] - '0');
    }
    if (number == 0 || number > history.size()) continue;
    const bool lacks = i >= 8 && words.compare(i - 8, 8, "without ") == 0;
    witness.ops.push_back(
        {lacks ? Role::kMissed : Role::kOther, OpId(static_cast<std::uint32_t>(number))});
  }
}

// The last write that the writer's replica had taken before `effect`, and `lane` has not.
OpId missing_cause(const Record& record, OpId effect, NodeId lane) {
  const auto append = record.find_name("append");
  const auto is_append = [&](const TraceEvent& e) {
    return e.kind == EventKind::kNote && append && e.name == *append;
  };
  const auto events = record.events();
  const auto first = std::ranges::find_if(
      events, [&](const TraceEvent& e) { return is_append(e) && e.tags.op == effect; });
  const auto is_here = [&](OpId op) {
    return std::ranges::any_of(events, [&](const TraceEvent& e) {
      return is_append(e) && e.lane == lane && e.tags.op == op;
    });
  };
  OpId cause = sim::kNoOp;
  for (auto e = events.begin(); e != first; ++e)
    if (first != events.end() && is_append(*e) && e->lane == first->lane && !is_here(e->tags.op))
      cause = e->tags.op;
  return cause;
}

// A run stops at the event that breaks an invariant. If that is a note about an operation, those
// belong to it that others noted for the same place, or a cause that is not here yet.
void add_from_last_note(const Record& record, const History& history, Witness& witness) {
  const auto events = record.events();
  const auto last = std::ranges::find_if(events.rbegin(), events.rend(), [&](const TraceEvent& e) {
    const std::string_view name = record.name(e.name);
    return e.kind == EventKind::kNote && (name == "apply" || name == "effect_before_cause");
  });
  if (last == events.rend() || last->at != events.back().at) return;
  const auto add = [&](Role role, OpId op) {
    const auto is_it = [&](const models::WitnessOp& w) { return w.op == op; };
    if (op != sim::kNoOp && op.value <= history.size() && std::ranges::none_of(witness.ops, is_it))
      witness.ops.push_back({role, op});
  };
  add(Role::kOther, last->tags.op);
  if (record.name(last->name) == "effect_before_cause")
    return add(Role::kMissed, missing_cause(record, last->tags.op, last->lane));
  for (const TraceEvent& e : events)
    if (e.kind == EventKind::kNote && e.name == last->name && e.tags.index == last->tags.index)
      add(Role::kOther, e.tags.op);
}

}  // namespace

Witness with_operations(const Record& record, const History& history, Witness witness) {
  // Many writes may be gone: one story is enough. Where somebody observed that, all belong to it.
  if (witness.anomaly == models::Anomaly::kLostWrite && witness.ops.size() > 1 &&
      witness.ops.front().role != Role::kObserver)
    witness.ops.resize(1);
  add_taken_twice(record, history, witness);
  if (!witness.ops.empty() || record.events().empty()) return witness;
  if (witness.anomaly == models::Anomaly::kDivergence) {
    add_diverged(record, history, witness);
  } else {
    add_mentioned(history, witness);
    add_from_last_note(record, history, witness);
  }
  return witness;
}

}  // namespace quorumlab::traces
