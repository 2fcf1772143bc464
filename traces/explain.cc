#include "traces/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "traces/explainer.h"

namespace quorumlab::traces {

using models::History;
using models::Witness;

Explainer::Explainer(const Record& record, const History& history, const Witness& witness)
    : record_(record),
      history_(history),
      witness_(witness),
      story_(story_of(record, history, witness)),
      scale_(story_.end, story_.end.count() >= 1'000'000'000 ? 4 : 1) {}

Explanation Explainer::run() {
  from_witness(Clause::kClaim, witness_.claim);
  from_witness(Clause::kObservation, witness_.observation);
  from_witness(Clause::kObligation, witness_.obligation);
  driver();
  served();
  elsewhere();
  twice();
  leaders();
  noted();
  faults();
  return std::move(explanation_);
}

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
    const bool is_over = fault.end != sim::Time::max();
    speech.say(" lasted from ").say(scale_.text(fault.begin)).say(is_over ? " to " : " on");
    if (is_over) speech.say(scale_.text(fault.end));
    add(speech);
  }
}

Explanation explain(const Record& record, const History& history, const Witness& witness) {
  return Explainer(record, history, witness).run();
}

}  // namespace quorumlab::traces
