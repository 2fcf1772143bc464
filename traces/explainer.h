// How explain.cc and explain_fate.cc share the work; nothing else includes this.
//
//   return Explainer(record, history, witness).run();
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "traces/explain.h"
#include "traces/story.h"
#include "traces/words.h"

namespace quorumlab::traces {

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
  Explainer(const Record& record, const models::History& history, const models::Witness& witness);
  Explanation run();

 private:
  // explain.cc: the checker's words, who led, what was wrong with the world.
  void from_witness(Clause clause, const std::string& text);
  void leaders();
  void faults();
  [[nodiscard]] EventId invocation(sim::OpId op) const;
  [[nodiscard]] std::optional<std::int64_t> term_at(const TraceEvent& event) const;
  [[nodiscard]] std::vector<NodeId> leading_before(EventId id, sim::NameId role) const;

  // explain_notes.cc: where that is not enough, what replicas noted.
  void twice();
  void noted();
  bool departed();
  bool crossed();
  void applied();
  void noted_last();

  // explain_fate.cc: what became of the write that was missed.
  void driver();
  void served();
  void fate_on_server(Speech& speech);
  void end_of(Speech& speech, const Copy& copy);
  [[nodiscard]] EventId held_before(const Copy& copy) const;
  void after_having(Speech& speech, const Copy& copy);
  void fate_of_attempts(Speech& speech);
  void attempt(Speech& speech, const Message& told, std::size_t more);
  void lost(Speech& speech, const Message& message, std::size_t more);
  void never_sent(Speech& speech);
  void kept_apart(Speech& speech, const Copy& home);
  [[nodiscard]] const Message* next_hop() const;
  void elsewhere();
  [[nodiscard]] const Copy* copy_on(NodeId lane) const;
  [[nodiscard]] bool before_serve(EventId id) const {
    return story_.serve == sim::kNoEvent || id < story_.serve;
  }
  [[nodiscard]] std::string entries(EventId note) const;
  [[nodiscard]] std::string cut(const TraceEvent& drop) const;
  // The outage of `lane` that was going on at that time, by the event that began it.
  [[nodiscard]] std::optional<EventId> outage(NodeId lane, EventKind begin, EventKind end,
                                              sim::Time at) const;

  void add(Speech& speech) { explanation_.sentences.push_back(speech.done()); }
  [[nodiscard]] std::string at(EventId id) const { return scale_.text(record_.event(id).at); }
  [[nodiscard]] std::string lane(NodeId lane) const { return printable(record_.lane_name(lane)); }
  [[nodiscard]] std::string link(const Message& m) const;
  [[nodiscard]] std::string write_name() const;

  const Record& record_;
  const models::History& history_;
  const models::Witness& witness_;
  Story story_;
  TimeScale scale_;
  Explanation explanation_;
};

}  // namespace quorumlab::traces
