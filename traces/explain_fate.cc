// What became of the write that was missed: on the replica that answered, and elsewhere.
#include <fmt/format.h>

#include <algorithm>

#include "traces/explainer.h"

namespace quorumlab::traces {

std::string Explainer::link(const Message& m) const {
  const TraceEvent& e = record_.event(m.send);
  return fmt::format("{} → {}", lane(e.lane), lane(e.peer));
}

std::string Explainer::write_name() const {
  return fmt::format("op {}", story_.write.value);
}

const Copy* Explainer::copy_on(NodeId lane) const {
  const Copy* found = nullptr;
  for (const Copy& copy : story_.copies)
    if (copy.lane == lane && before_serve(copy.taken)) found = &copy;
  return found;
}

std::optional<EventId> Explainer::outage(NodeId lane, EventKind begin, EventKind end,
                                         sim::Time at) const {
  std::optional<EventId> open;
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.at > at) break;
    if (e.lane != lane) continue;
    if (e.kind == begin) open = EventId(i + 1);
    if (e.kind == end) open.reset();
  }
  return open;
}

// Whether clients were told the truth about the write, and about the read.
void Explainer::driver() {
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    const bool is_about = e.tags.op == story_.write || e.tags.op == story_.observer;
    if (e.kind != EventKind::kNote || e.tags.op == sim::kNoOp || !is_about) continue;
    const bool lied = record_.name(e.name) == "called_success";
    if (!lied && record_.name(e.name) != "other_answer") continue;
    const std::string op = fmt::format("op {}", e.tags.op.value);
    Speech speech(Clause::kMechanism);
    speech.say(fmt::format("The driver of {} ", lane(e.lane)));
    speech.noun(lied ? "called " + op + " a success" : "took another request's answer",
                EventId(i + 1));
    speech.say(" at ").say(at(EventId(i + 1)));
    speech.say(lied ? ", though no server had said so" : " for that to " + op);
    add(speech);
  }
}

// Who answered, and why it did not know better.
void Explainer::served() {
  Speech speech(Clause::kMechanism);
  if (story_.observer != sim::kNoOp && story_.server != sim::kNoNode) {
    const bool is_read = history_.operation(story_.observer).f == models::Function::kRead;
    const std::string what = lane(story_.server) + (is_read ? " served the read" : " served it");
    if (story_.serve == sim::kNoEvent)
      speech.say(what);
    else
      speech.noun(what, story_.serve).say(" at ").say(at(story_.serve));
    if (story_.write != sim::kNoOp) fate_on_server(speech.say("; it "));
  } else if (story_.write != sim::kNoOp && story_.server != sim::kNoNode) {
    fate_on_server(speech.say(lane(story_.server)).say(" "));
  }
  if (speech.is_begun()) add(speech);
}

// Continues "n2 ...".
void Explainer::fate_on_server(Speech& speech) {
  const Copy* const copy = copy_on(story_.server);
  if (copy == nullptr)
    story_.attempts.empty() ? never_sent(speech) : fate_of_attempts(speech);
  else if (copy->end != CopyEnd::kKept && before_serve(copy->ended))
    end_of(speech, *copy);
  else
    after_having(speech, *copy);
}

std::string Explainer::entries(EventId note) const {
  const sim::Tags& tags = record_.event(note).tags;
  if (tags.count == 0) return {};
  const std::uint64_t last = tags.index + tags.count - 1;
  const std::string which = last > tags.index
                                ? fmt::format("log entries {} to {}", tags.index, last)
                                : fmt::format("log entry {}", tags.index);
  return fmt::format(" ({}, which it did not share with the leader)", which);
}

// Continues "n2 ..." with how it lost its copy.
void Explainer::end_of(Speech& speech, const Copy& copy) {
  const std::string name = write_name();
  const auto crashed = [&](std::string_view when) {
    const bool power = record_.name(record_.event(copy.ended).name) == "power loss";
    speech.noun(power ? "lost power" : "crashed", copy.ended).say(" at ").say(at(copy.ended));
    speech.say(when);
  };
  if (copy.end != CopyEnd::kOutdated) speech.say(copy.is_hint ? "kept " : "once had ").say(name);
  switch (copy.end) {
    case CopyEnd::kKept:
      return;
    case CopyEnd::kDiscarded:
      speech.say(", but ").noun("discarded it", copy.ended).say(" at ").say(at(copy.ended));
      speech.say(entries(copy.ended));
      return;
    case CopyEnd::kGivenUp:
      speech.say(" for another replica and ").noun("gave it up", copy.ended);
      speech.say(" at ").say(at(copy.ended));
      return;
    case CopyEnd::kReplaced:
      speech.say(", but ").noun("another version replaced it", copy.ended);
      speech.say(" at ").say(at(copy.ended));
      return;
    case CopyEnd::kOutdated:
      speech.noun("received " + name, copy.ended).say(" at ").say(at(copy.ended));
      speech.say(", but it changed nothing: ");
      if (const EventId held = held_before(copy); held != sim::kNoEvent)
        speech.noun(fmt::format("op {}", record_.event(held).tags.op.value), held)
            .say(", which it ");
      else
        speech.say("what it ");
      speech.say("held, counts as newer");
      return;
    case CopyEnd::kUnsynced:
      speech.say(", but ");
      return crashed(" before it was on disk");
    case CopyEnd::kLied:
      speech.say(", but ");
      crashed(" and its disk had ");
      speech.noun("only said that it was synced", copy.because).say(" at ").say(at(copy.because));
      return;
    case CopyEnd::kSyncFailed:
      speech.say(", but ");
      crashed(" and its ");
      speech.noun("sync had failed", copy.because).say(" at ").say(at(copy.because));
      return;
    case CopyEnd::kUnread:
      speech.say(", but when it ").noun("restarted", copy.ended).say(" at ").say(at(copy.ended));
      speech.say(" its log ended before that: a gap in it had never come to the disk");
      return;
    case CopyEnd::kWiped:
      speech.say(", but ").noun("lost its whole disk", copy.ended);
      speech.say(" at ").say(at(copy.ended));
      return;
  }
}

// The write to the key that was in effect when this one came.
EventId Explainer::held_before(const Copy& copy) const {
  for (std::uint64_t i = copy.taken.value - 1; i > 0; --i) {
    const TraceEvent& e = record_.event(EventId(i));
    const bool sets = e.kind == EventKind::kNote && record_.name(e.name) == "append";
    if (sets && e.lane == copy.lane && e.tags.key == story_.key && e.tags.op != sim::kNoOp)
      return EventId(i);
  }
  return sim::kNoEvent;
}

// It has its copy, and yet.
void Explainer::after_having(Speech& speech, const Copy& copy) {
  if (copy.is_hint) {
    speech.noun("kept " + write_name(), copy.taken).say(" since ").say(at(copy.taken));
    speech.say(", but for another replica");
    return;
  }
  speech.noun("had " + write_name(), copy.taken).say(" since ").say(at(copy.taken)).say(", but ");
  const bool is_replaced = story_.held != sim::kNoEvent && copy.taken < story_.held &&
                           record_.event(story_.held).tags.op != story_.write &&
                           record_.event(story_.held).tags.op == story_.returned;
  if (is_replaced) {
    const sim::Tags& tags = record_.event(story_.held).tags;
    speech.noun(fmt::format("op {} took its place", tags.op.value), story_.held);
    speech.say(" at ").say(at(story_.held));
    const EventId cause = record_.event(story_.held).cause;
    if (cause != sim::kNoEvent && record_.event(cause).kind == EventKind::kReceive &&
        !record_.is_client(record_.event(cause).peer))
      speech.say(", brought by ").noun(lane(record_.event(cause).peer), cause);
  } else if (story_.commit != sim::kNoEvent && story_.serve < story_.commit) {
    speech.noun("learned that it is committed", story_.commit).say(" only at ");
    speech.say(at(story_.commit));
  } else {
    speech.say("answered from an older state");
  }
}

void Explainer::fate_of_attempts(Speech& speech) {
  const Message* came = nullptr;
  const Message* under_way = nullptr;  // when it answered
  const Message* first_lost = nullptr;
  const Message* later = nullptr;
  std::size_t losses = 0;
  for (const Message& m : story_.attempts) {
    const auto keep = [&](const Message*& slot) { slot = slot == nullptr ? &m : slot; };
    if (!before_serve(m.send))
      keep(later);
    else if (is_lost(record_, m)) {
      keep(first_lost);
      ++losses;
    } else if (m.end != sim::kNoEvent && before_serve(m.end))
      keep(came);
    else
      keep(under_way);
  }
  if (came != nullptr) {
    speech.noun("received " + write_name(), came->end).say(" at ").say(at(came->end));
    speech.say(", but did not take it into its state");
  } else if (under_way != nullptr) {
    attempt(speech, *under_way, 0);
  } else if (first_lost != nullptr) {
    attempt(speech, *first_lost, losses - 1);
  } else {
    attempt(speech, *later, 0);
  }
}

void Explainer::attempt(Speech& speech, const Message& told, std::size_t more) {
  const bool is_gone = is_lost(record_, told);
  speech.say(is_gone ? "never received " : "had not yet received ").say(write_name());
  speech.say(": its copy ").noun(link(told), told.send);
  if (is_gone) return lost(speech, told, more);
  speech.say(before_serve(told.send) ? ", sent at " : ", sent only at ").say(at(told.send));
  speech.say(", ");
  if (told.end == sim::kNoEvent)
    speech.say("was still in flight when the record ends");
  else
    speech.noun("arrived", told.end).say(" only at ").say(at(told.end));
  const auto sender = [&](const Copy& c) { return c.lane == record_.event(told.send).lane; };
  const auto home = std::ranges::find_if(story_.copies, sender);
  if (!before_serve(told.send) && home != story_.copies.end()) kept_apart(speech, *home);
}

// What kept a message from arriving, in words.
std::string Explainer::cut(const TraceEvent& drop) const {
  if (drop.reason == sim::DropReason::kDown)
    return fmt::format("because of {} being down", lane(drop.peer));
  const Fault* cause = partition_between(record_, drop.lane, drop.peer, drop.at);
  for (const Fault& fault : record_.faults) {
    if (cause != nullptr || drop.reason != sim::DropReason::kPartition) break;
    const bool is_on = fault.begin <= drop.at && drop.at <= fault.end && fault.groups.empty();
    if (is_on && (touches(fault, drop.lane) || touches(fault, drop.peer))) cause = &fault;
  }
  if (drop.reason == sim::DropReason::kPartition && cause != nullptr)
    return "cut off by " + printable(fault_text(record_, *cause));
  return "because of " + std::string(reason_text(drop.reason));
}

// Continues "its copy n1 → n2 ...".
void Explainer::lost(Speech& speech, const Message& message, std::size_t more) {
  speech.say(" ").noun("was lost", message.end).say(" at ").say(at(message.end)).say(", ");
  speech.say(cut(record_.event(message.end)));
  if (more > 0) speech.say(fmt::format(", and so {} {} more", more == 1 ? "was" : "were", more));
}

// A write may reach the server by way of others: the first step that was not done when it answered.
const Message* Explainer::next_hop() const {
  for (const Message& m : story_.carriers) {
    const Copy* const there = copy_on(record_.event(m.send).peer);
    if (before_serve(m.send) && there == nullptr &&
        (is_lost(record_, m) || m.end == sim::kNoEvent || !before_serve(m.end)))
      return &m;
  }
  return nullptr;
}

void Explainer::never_sent(Speech& speech) {
  speech.say("never received ").say(write_name());
  if (story_.copies.empty()) return;
  if (const Message* const hop = next_hop()) {
    speech.say(": on the way there its copy ").noun(link(*hop), hop->send);
    if (is_lost(record_, *hop)) return lost(speech, *hop, 0);
    speech.say(", sent at ").say(at(hop->send)).say(", ");
    if (hop->end == sim::kNoEvent)
      speech.say("was still in flight when the record ends");
    else
      speech.noun("arrived", hop->end).say(" only at ").say(at(hop->end));
    return;
  }
  const auto holds = [&](const Copy& c) {
    return before_serve(c.taken) && (c.ended == sim::kNoEvent || !before_serve(c.ended));
  };
  std::vector<std::string> having;
  for (const Copy& c : story_.copies)
    if (holds(c)) having.push_back(lane(c.lane));
  if (having.size() > 1) {
    speech.say(": only ").say(listing(having)).say(" had it then");
    return;
  }
  const Copy& home = story_.copies.front();
  speech.say(": ").noun(lane(home.lane), home.taken).say(" never sent it there");
  kept_apart(speech, home);
}

// What stood between the holder and the server at that time, if anything did.
void Explainer::kept_apart(Speech& speech, const Copy& home) {
  const sim::Time until =
      story_.serve == sim::kNoEvent ? story_.end : record_.event(story_.serve).at;
  const NodeId to = story_.server;
  const Fault* cut = partition_between(record_, home.lane, to, until);
  if (cut == nullptr) cut = partition_between(record_, home.lane, to, record_.event(home.taken).at);
  if (const auto down = outage(to, EventKind::kCrash, EventKind::kRestart, until))
    speech.say(", ").noun(lane(to) + " was down", *down).say(" since ").say(at(*down));
  else if (const auto off = outage(home.lane, EventKind::kCrash, EventKind::kRestart, until))
    speech.say(", ").noun(lane(home.lane) + " was down", *off).say(" since ").say(at(*off));
  else if (const auto still = outage(home.lane, EventKind::kPause, EventKind::kResume, until))
    speech.say(", ").noun(lane(home.lane) + " was paused", *still).say(" since ").say(at(*still));
  else if (cut != nullptr)
    speech.say(", cut off by ").say(printable(fault_text(record_, *cut)));
}

// How other replicas lost the missed write.
void Explainer::elsewhere() {
  constexpr std::size_t kToldMax = 4;
  std::vector<NodeId> said;
  const bool is_read = story_.observer != sim::kNoOp;
  for (const Copy& copy : story_.copies) {
    const bool is_said = copy.lane == story_.server && before_serve(copy.ended);
    const bool is_again = std::ranges::find(said, copy.lane) != said.end();
    const bool is_normal = copy.end == CopyEnd::kGivenUp && is_read;
    // What a newer write did to it elsewhere explains no read here.
    const bool is_aside =
        is_read && (copy.end == CopyEnd::kOutdated || copy.end == CopyEnd::kReplaced);
    if (copy.end == CopyEnd::kKept || is_said || is_normal || is_aside || is_again ||
        said.size() == kToldMax)
      continue;
    Speech speech(Clause::kMechanism);
    end_of(speech.noun(lane(copy.lane), copy.taken).say(" "), copy);
    add(speech);
    said.push_back(copy.lane);
  }
}

}  // namespace quorumlab::traces
