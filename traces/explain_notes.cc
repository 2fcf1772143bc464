// What replicas noted, where no single write's way tells why: a replica that left, changes that two
// replicas took in different orders, and what a replica saw last before it broke an invariant.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "traces/explainer.h"
#include "traces/story_copies.h"

namespace quorumlab::traces {
namespace {

// Since when each replica has had each change to one key.
using Taken = std::map<std::pair<NodeId, sim::OpId>, EventId>;

struct Crossing {
  std::pair<NodeId, NodeId> lanes;
  std::pair<sim::OpId, sim::OpId> ops;  // the first lane took them so, the second one otherwise
};

}  // namespace

void Explainer::noted() {
  const auto is_mechanism = [](const Sentence& s) { return s.clause == Clause::kMechanism; };
  if (std::ranges::any_of(explanation_.sentences, is_mechanism)) return;
  if (witness_.ops.empty() && witness_.key == sim::kNoKey) return noted_last();
  if (!departed() && !crossed()) applied();
}

// "op 48 is in n5's log twice, since 1.2s and since 1.3s: c4 sent it 3 times".
void Explainer::twice() {
  const auto ops = with_operations(record_, history_, witness_).ops;
  const auto all = taken_twice(record_, story_.server, story_.key, story_.end);
  const auto twice = std::ranges::find_if(all, [&](const TakenTwice& taken) {
    return std::ranges::find(ops, taken.op, &models::WitnessOp::op) != ops.end();
  });
  if (twice == all.end()) return;
  const auto& [op, first, again] = *twice;
  const NodeId client = history_.operation(op).client;
  const auto asks = [&](const TraceEvent& e) {
    return e.kind == EventKind::kSend && e.lane == client && e.tags.op == twice->op && !e.is_reply;
  };
  const auto asked = std::ranges::count_if(record_.events(), asks);
  Speech speech(Clause::kMechanism);
  speech.say(fmt::format("op {} is in {}'s log twice, since ", op.value, lane(story_.server)));
  speech.noun(at(first), first).say(" and since ").noun(at(again), again);
  if (asked > 1) speech.say(fmt::format(": {} sent it {} times", lane(client), asked));
  add(speech);
}

// "n2 took op 186 at 3.5s, and left at 4.0s."
bool Explainer::departed() {
  if (witness_.ops.empty()) return false;
  const sim::OpId op = witness_.ops.front().op;
  std::map<NodeId, EventId> had;
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.kind != EventKind::kNote) continue;
    const std::string_view name = record_.name(e.name);
    if (name == "append" && e.tags.op == op) had.try_emplace(e.lane, EventId(i + 1));
    const auto copy = had.find(e.lane);
    if (name != "left" || copy == had.end()) continue;
    Speech speech(Clause::kMechanism);
    speech.say(lane(e.lane) + " ").noun(fmt::format("took op {}", op.value), copy->second);
    speech.say(" at ").say(at(copy->second)).say(", and ").noun("left the cluster", EventId(i + 1));
    speech.say(" at ").say(at(EventId(i + 1)));
    add(speech);
    return true;
  }
  return false;
}

// "east1 took op 7 at 1s and then op 9 at 2s; west1 took op 9 first, at 1s."
bool Explainer::crossed() {
  const sim::OpId accused = witness_.ops.empty() ? sim::kNoOp : witness_.ops.front().op;
  Taken taken;
  std::map<NodeId, std::vector<sim::OpId>> orders;
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.kind != EventKind::kNote || e.tags.key != witness_.key || e.tags.op == sim::kNoOp)
      continue;
    if (record_.name(e.name) != "append" && record_.name(e.name) != "outdated") continue;
    if (taken.try_emplace({e.lane, e.tags.op}, EventId(i + 1)).second) {
      orders[e.lane].push_back(e.tags.op);
    }
  }
  const auto moment = [&](NodeId lane, sim::OpId op) -> std::optional<EventId> {
    const auto found = taken.find({lane, op});
    return found == taken.end() ? std::nullopt : std::optional(found->second);
  };
  std::optional<Crossing> found;
  const auto look_at = [&](NodeId a, NodeId b, sim::OpId x, sim::OpId y) {
    const bool is_about = accused == sim::kNoOp || x == accused || y == accused;
    if (found && (!is_about || accused == sim::kNoOp)) return;
    const auto ax = moment(a, x);
    const auto ay = moment(a, y);
    const auto bx = moment(b, x);
    const auto by = moment(b, y);
    if (ax && ay && bx && by && *ax < *ay && *by < *bx) found = Crossing{{a, b}, {x, y}};
  };
  for (const auto& [a, order] : orders) {
    for (const auto& [b, other] : orders) {
      for (std::size_t i = 0; a != b && i + 1 < order.size(); ++i) {
        look_at(a, b, order[i], order[i + 1]);
      }
    }
  }
  if (!found) return false;
  const auto [a, b] = found->lanes;
  const auto [x, y] = found->ops;
  const auto op = [](sim::OpId id) { return fmt::format("op {}", id.value); };
  const EventId ay = *moment(a, y);
  const EventId by = *moment(b, y);
  const EventId ax = *moment(a, x);
  const EventId bx = *moment(b, x);
  Speech speech(Clause::kMechanism);
  speech.say(lane(a) + " ").noun("took " + op(x), ax).say(" at ").say(at(ax)).say(" and then ");
  speech.noun(op(y), ay).say(" at ").say(at(ay)).say("; " + lane(b) + " ");
  speech.noun("took " + op(y), by).say(" first, at ").say(at(by)).say(", and ");
  speech.noun(op(x), bx).say(" at ").say(at(bx));
  add(speech);
  return true;
}

// Nothing was lost on the way, so it is what replicas made of it: how many changes of the key each
// took, and how many changed nothing.
void Explainer::applied() {
  constexpr std::size_t kToldMax = 4;
  const auto append = record_.find_name("append");
  const auto outdated = record_.find_name("outdated");
  if (!append || witness_.key == sim::kNoKey) return;
  struct Taken {
    std::size_t count = 0;
    std::size_t in_vain = 0;
    EventId last = sim::kNoEvent;
  };
  std::map<NodeId, Taken> by_lane;
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.kind != EventKind::kNote || e.tags.key != witness_.key) continue;
    if (e.name == *append) {
      Taken& taken = by_lane[e.lane];
      ++taken.count;
      taken.last = EventId(i + 1);
    } else if (outdated && e.name == *outdated) {
      ++by_lane[e.lane].in_vain;
    }
  }
  const bool names_none = with_operations(record_, history_, witness_).ops.empty();
  std::size_t said = 0;
  for (const auto& [replica, taken] : by_lane) {
    if (taken.last == sim::kNoEvent || said++ == kToldMax) continue;
    Speech speech(Clause::kMechanism);
    speech.say(fmt::format("{} applied {} changes of {}, the last ", lane(replica), taken.count,
                           printable(record_.key_name(witness_.key))));
    speech.noun(names_none ? "one" : fmt::format("op {}", record_.event(taken.last).tags.op.value),
                taken.last);
    speech.say(" at ").say(at(taken.last));
    if (taken.in_vain > 0) {
      speech.say(
          fmt::format("; {} more came to it and changed nothing, as what it held counts as "
                      "newer",
                      taken.in_vain));
    }
    add(speech);
  }
}

// "n2 noted `confirm` at 2.2s; n3, which it is about, had last got through to it at 1.9s."
void Explainer::noted_last() {
  std::uint64_t last = record_.events().size();
  while (last > 0 && record_.events()[last - 1].kind != EventKind::kNote) --last;
  if (last == 0) return;
  const TraceEvent& note = record_.events()[last - 1];
  Speech speech(Clause::kMechanism);
  speech.say(lane(note.lane) + " ");
  speech.noun(fmt::format("noted `{}`", record_.name(note.name)), EventId(last));
  speech.say(" at ").say(at(EventId(last)));
  const NodeId other(static_cast<std::uint32_t>(note.tags.value));
  const bool names_other = other.value < record_.lanes.size() && other != note.lane &&
                           witness_.observation.find(record_.lane_name(other)) != std::string::npos;
  for (std::uint64_t i = last - 1; names_other && i-- > 0;) {
    const TraceEvent& e = record_.events()[i];
    if (e.kind != EventKind::kReceive || e.lane != note.lane || e.peer != other) continue;
    speech.say(fmt::format("; {}, which it is about, had ", lane(other)));
    speech.noun("last got through to it", EventId(i + 1)).say(" at ").say(at(EventId(i + 1)));
    break;
  }
  add(speech);
}

}  // namespace quorumlab::traces
