#include "traces/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "traces/story.h"
#include "traces/words.h"

namespace quorumlab::traces {
namespace {

using models::History;
using models::Operation;
using models::Witness;

// A sentence under construction: plain words, and nouns that refer to events.
class Speech {
 public:
  explicit Speech(Clause clause) { sentence_.clause = clause; }
  Speech& say(std::string_view words) {
    sentence_.text += words;
    return *this;
  }
  Speech& noun(std::string_view words, EventId event) {
    const std::size_t begin = sentence_.text.size();
    sentence_.text += words;
    sentence_.references.push_back({begin, sentence_.text.size(), event});
    return *this;
  }
  [[nodiscard]] bool is_begun() const { return !sentence_.text.empty(); }
  Sentence done() {
    if (!sentence_.text.empty() && sentence_.text.back() != '.') sentence_.text += '.';
    return std::move(sentence_);
  }

 private:
  Sentence sentence_;
};

class Explainer {
 public:
  Explainer(const Record& record, const History& history, const Witness& witness)
      : record_(record),
        history_(history),
        witness_(witness),
        story_(story_of(record, history, witness)),
        scale_(story_.end, digits_for(story_)) {}

  Explanation run() {
    from_witness(Clause::kClaim, witness_.claim);
    from_witness(Clause::kObservation, witness_.observation);
    from_witness(Clause::kObligation, witness_.obligation);
    served();
    leaders();
    faults();
    return std::move(explanation_);
  }

 private:
  static int digits_for(const Story& story) { return story.end.count() >= 1'000'000'000 ? 4 : 1; }

  void from_witness(Clause clause, const std::string& text);
  void served();
  void fate_of_missed(Speech& speech);
  void fate_of_attempts(Speech& speech);
  void never_sent(Speech& speech);
  [[nodiscard]] bool lost_after_having(Speech& speech);
  [[nodiscard]] std::string discarded(EventId note) const;
  void elsewhere();
  void leaders();
  void faults();
  void add(Speech& speech) { explanation_.sentences.push_back(speech.done()); }

  [[nodiscard]] std::string at(EventId id) const { return scale_.text(record_.event(id).at); }
  [[nodiscard]] std::string lane(NodeId lane) const { return printable(record_.lane_name(lane)); }
  [[nodiscard]] std::string link(const Message& m) const {
    const TraceEvent& e = record_.event(m.send);
    return fmt::format("{} → {}", lane(e.lane), lane(e.peer));
  }
  [[nodiscard]] EventId invocation(sim::OpId op) const;
  [[nodiscard]] std::string missed_name() const {
    return fmt::format("op {}", story_.missed.value);
  }
  [[nodiscard]] std::optional<std::int64_t> term_at(const TraceEvent& event) const;
  [[nodiscard]] std::vector<NodeId> leading_before(EventId id, sim::NameId role) const;
  // The outage of `lane` that was going on at that time, by the event that began it.
  [[nodiscard]] std::optional<EventId> outage(NodeId lane, EventKind begin, EventKind end,
                                              sim::Time at) const;

  const Record& record_;
  const History& history_;
  const Witness& witness_;
  Story story_;
  TimeScale scale_;
  Explanation explanation_;
};

EventId Explainer::invocation(sim::OpId op) const {
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.kind == EventKind::kInvoke && e.tags.op == op) return EventId(i + 1);
  }
  return sim::kNoEvent;
}

// The checker's own words; "op 17" in them refers to the operation's invocation.
void Explainer::from_witness(Clause clause, const std::string& text) {
  if (text.empty()) return;
  std::string words = printable(text);
  const auto is_first_word = [&](const Lane& l) { return words.starts_with(l.name + " "); };
  // Names keep their case: "k1 = 415" is not "K1 = 415".
  const std::size_t first_end = words.find(' ');
  const bool is_key = first_end != std::string::npos && words.substr(first_end, 3) == " = ";
  if (words[0] >= 'a' && words[0] <= 'z' && !is_key &&
      std::ranges::none_of(record_.lanes, is_first_word))
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
  Speech speech(clause);
  std::size_t said = 0;
  for (std::size_t i = words.find("op "); i != std::string::npos; i = words.find("op ", i + 1)) {
    const bool starts = i == 0 || std::isalnum(static_cast<unsigned char>(words[i - 1])) == 0;
    std::size_t end = i + 3;
    std::uint64_t number = 0;
    while (end < words.size() && words[end] >= '0' && words[end] <= '9' && number < UINT32_MAX)
      number = number * 10 + static_cast<std::uint64_t>(words[end++] - '0');
    if (!starts || end == i + 3 || number == 0 || number > history_.size()) continue;
    speech.say(words.substr(said, i - said));
    speech.noun(words.substr(i, end - i),
                invocation(sim::OpId(static_cast<std::uint32_t>(number))));
    said = end;
  }
  speech.say(words.substr(said));
  add(speech);
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
    if (story_.missed != sim::kNoOp) fate_of_missed(speech.say("; it "));
  } else if (story_.missed != sim::kNoOp && story_.server != sim::kNoNode) {
    fate_of_missed(speech.say(lane(story_.server)).say(" "));
  }
  if (speech.is_begun()) add(speech);
  elsewhere();
}

// Continues "n2 ...".
void Explainer::fate_of_missed(Speech& speech) {
  if (lost_after_having(speech)) return;
  const auto has = [&](const Holder& h) { return h.lane == story_.server; };
  const auto held = std::ranges::find_if(story_.holders, has);
  const bool in_time =
      held != story_.holders.end() && (story_.serve == sim::kNoEvent || held->event < story_.serve);
  if (in_time) {
    speech.noun("had " + missed_name(), held->event)
        .say(" since ")
        .say(at(held->event))
        .say(", but ");
    if (story_.commit != sim::kNoEvent && story_.serve < story_.commit)
      speech.noun("learned that it is committed", story_.commit)
          .say(" only at ")
          .say(at(story_.commit));
    else
      speech.say("answered from an older state");
  } else if (story_.attempts.empty()) {
    never_sent(speech);
  } else {
    fate_of_attempts(speech);
  }
}

bool Explainer::lost_after_having(Speech& speech) {
  const auto on_server = [&](EventId id) {
    const bool before = story_.serve == sim::kNoEvent || id < story_.serve;
    return before && record_.event(id).lane == story_.server;
  };
  if (const auto d = std::ranges::find_if(story_.discards, on_server); d != story_.discards.end()) {
    speech.say("once had ").say(missed_name()).say(", but ");
    speech.noun("discarded it", *d).say(" at ").say(at(*d)).say(discarded(*d));
    return true;
  }
  const auto crash = std::ranges::find_if(story_.lost_at_crash, on_server);
  if (crash == story_.lost_at_crash.end()) return false;
  speech.say("once had ").say(missed_name()).say(", but ");
  speech.noun("crashed", *crash).say(" at ").say(at(*crash)).say(" before it was on disk");
  return true;
}

std::string Explainer::discarded(EventId note) const {
  const sim::Tags& tags = record_.event(note).tags;
  if (tags.index == 0) return {};
  const std::uint64_t last = tags.index + (tags.count > 0 ? tags.count - 1 : 0);
  const std::string entries = last > tags.index
                                  ? fmt::format("log entries {} to {}", tags.index, last)
                                  : fmt::format("log entry {}", tags.index);
  return fmt::format(" ({}, which it did not share with the leader)", entries);
}

void Explainer::fate_of_attempts(Speech& speech) {
  const auto came_before = [&](const Message& m) {
    return m.end != sim::kNoEvent && !is_lost(record_, m) &&
           (story_.serve == sim::kNoEvent || m.end < story_.serve);
  };
  const auto lost = [&](const Message& m) { return is_lost(record_, m); };
  if (const auto m = std::ranges::find_if(story_.attempts, came_before);
      m != story_.attempts.end()) {
    speech.noun("received " + missed_name(), m->end).say(" at ").say(at(m->end));
    speech.say(", but did not take it into its state");
    return;
  }
  const auto late = std::ranges::find_if_not(story_.attempts, lost);
  const Message& told = late == story_.attempts.end() ? story_.attempts.front() : *late;
  speech.say(fmt::format("{} {}: its copy ",
                         late == story_.attempts.end() ? "never received" : "had not yet received",
                         missed_name()));
  speech.noun(link(told), told.send);
  if (late != story_.attempts.end()) {
    speech.say(", sent at ").say(at(told.send)).say(", ");
    if (told.end == sim::kNoEvent)
      speech.say("was still in flight when the record ends");
    else
      speech.noun("arrived", told.end).say(" only at ").say(at(told.end));
    return;
  }
  const TraceEvent& drop = record_.event(told.end);
  speech.say(" ").noun("was lost", told.end).say(" at ").say(at(told.end)).say(", ");
  const Fault* cut = partition_between(record_, drop.lane, drop.peer, drop.at);
  if (drop.reason == sim::DropReason::kPartition && cut != nullptr)
    speech.say("cut off by ").say(printable(fault_text(record_, *cut)));
  else
    speech.say("because of ")
        .say(drop.reason == sim::DropReason::kDown ? lane(drop.peer) + " being down"
                                                   : std::string(reason_text(drop.reason)));
  const std::size_t more = story_.attempts.size() - 1;
  if (more > 0) speech.say(fmt::format(", and so {} {} more", more == 1 ? "was" : "were", more));
}

void Explainer::never_sent(Speech& speech) {
  speech.say("never received ").say(missed_name());
  if (story_.holders.empty()) return;
  const Holder& home = story_.holders.front();
  const sim::Time until =
      story_.serve == sim::kNoEvent ? story_.end : record_.event(story_.serve).at;
  speech.say(": ").noun(lane(home.lane), home.event).say(" never sent it there");
  const NodeId to = story_.server;
  if (const auto down = outage(to, EventKind::kCrash, EventKind::kRestart, until))
    speech.say(", ").noun(lane(to) + " was down", *down).say(" since ").say(at(*down));
  else if (const auto off = outage(home.lane, EventKind::kCrash, EventKind::kRestart, until))
    speech.say(", ").noun(lane(home.lane) + " was down", *off).say(" since ").say(at(*off));
  else if (const auto still = outage(home.lane, EventKind::kPause, EventKind::kResume, until))
    speech.say(", ").noun(lane(home.lane) + " was paused", *still).say(" since ").say(at(*still));
  else if (const Fault* cut = partition_between(record_, home.lane, to, until))
    speech.say(", cut off by ").say(printable(fault_text(record_, *cut)));
}

// What other replicas did to the missed write.
void Explainer::elsewhere() {
  for (const EventId id : story_.discards) {
    if (record_.event(id).lane == story_.server && story_.observer != sim::kNoOp) continue;
    Speech speech(Clause::kMechanism);
    speech.noun(lane(record_.event(id).lane) + " discarded " + missed_name(), id);
    speech.say(" at ").say(at(id)).say(discarded(id));
    add(speech);
  }
  for (const EventId id : story_.lost_at_crash) {
    if (record_.event(id).lane == story_.server && story_.observer != sim::kNoOp) continue;
    Speech speech(Clause::kMechanism);
    speech.noun(lane(record_.event(id).lane) + " crashed", id).say(" at ").say(at(id));
    speech.say(" with ").say(missed_name()).say(" not yet on disk");
    add(speech);
  }
}

// "n3 became leader for term 2 at 31.2s while n1 still was leader": the last few changes of a long
// run.
void Explainer::leaders() {
  constexpr std::size_t kToldMax = 4;
  const auto role = record_.find_name("role");
  const std::size_t skip = story_.leaders.size() > kToldMax ? story_.leaders.size() - kToldMax : 0;
  for (std::size_t i = skip; i < story_.leaders.size(); ++i) {
    const EventId id = story_.leaders[i];
    const TraceEvent& e = record_.event(id);
    Speech speech(Clause::kMechanism);
    if (is_leader(record_, e.tags.value)) {
      speech.noun(lane(e.lane) + " became leader", id);
      if (const auto term = term_at(e)) speech.say(fmt::format(" for term {}", *term));
      speech.say(" at ").say(at(id));
      std::vector<std::string> others;
      for (const NodeId other : leading_before(id, *role))
        if (other != e.lane) others.push_back(lane(other));
      if (!others.empty())
        speech.say(fmt::format(" while {} still {} leader", listing(others),
                               others.size() == 1 ? "was" : "were"));
    } else {
      speech.noun(lane(e.lane) + " ceased to be leader", id).say(" at ").say(at(id));
    }
    add(speech);
  }
}

std::optional<std::int64_t> Explainer::term_at(const TraceEvent& event) const {
  const auto after = std::ranges::upper_bound(record_.events(), event.at, {}, &TraceEvent::at);
  const auto last = static_cast<std::uint64_t>(after - record_.events().begin());
  return state_before(record_, event.lane, "term", EventId(last));
}

std::vector<NodeId> Explainer::leading_before(EventId id, sim::NameId role) const {
  std::vector<bool> leads(record_.lanes.size(), false);
  for (std::uint64_t i = 0; i + 1 < id.value; ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.lane.value >= leads.size()) continue;
    if (e.kind == EventKind::kState && e.name == role)
      leads[e.lane.value] = is_leader(record_, e.tags.value);
    if (e.kind == EventKind::kCrash) leads[e.lane.value] = false;
  }
  std::vector<NodeId> found;
  for (std::uint32_t i = 0; i < leads.size(); ++i)
    if (leads[i]) found.emplace_back(i);
  return found;
}

void Explainer::faults() {
  for (const Fault& fault : record_.faults) {
    if (fault.begin > story_.end || fault.end < story_.begin) continue;
    Speech speech(Clause::kFault);
    EventId begin = sim::kNoEvent;
    for (std::uint64_t i = 0; i < record_.events().size() && begin == sim::kNoEvent; ++i) {
      const TraceEvent& e = record_.events()[i];
      const bool is_it = e.kind == EventKind::kFaultBegin && e.at == fault.begin;
      if (is_it && record_.name(e.name) == fault.name) begin = EventId(i + 1);
    }
    speech.noun(printable(fault_text(record_, fault)), begin);
    speech.say(fault.end == sim::Time::max() ? " was never lifted after " : " lasted from ");
    speech.say(scale_.text(fault.begin));
    if (fault.end != sim::Time::max()) speech.say(" to ").say(scale_.text(fault.end));
    add(speech);
  }
}

}  // namespace

Explanation explain(const Record& record, const History& history, const Witness& witness) {
  return Explainer(record, history, witness).run();
}

}  // namespace quorumlab::traces
