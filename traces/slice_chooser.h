// How slice.cc and slice_window.cc share the work; nothing else includes this.
//
//   return Chooser(record, history, options).for_witness(witness);
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "traces/slice.h"
#include "traces/story.h"

namespace quorumlab::traces {

// Why a message is in the slice, most relevant first: the ladder cuts from the end.
enum class Relevance : std::uint8_t {
  kClient,      // between a client and a replica, for a root operation
  kAttempt,     // carried the missed write to the replica that answered, or failed to
  kLeadership,  // made somebody leader
  kReturned,    // brought the returned value to the replica that answered
  kSpread,      // spread a root write elsewhere
  kReply,       // acknowledged that
  kChatter,     // heartbeats and their like, in an overview
};

struct Candidate {
  Message message;
  Relevance relevance = Relevance::kChatter;
};

// Messages that look alike in the picture collapse into one.
using Likeness = std::tuple<Relevance, std::uint32_t, std::uint32_t, sim::NameId, bool, bool, int,
                            std::uint32_t, bool>;

class Chooser {
 public:
  Chooser(const Record& record, const models::History& history, const SliceOptions& options);

  Slice for_witness(const models::Witness& witness);
  Slice for_window(EventId around);

 private:
  void choose_window(EventId around);
  void choose_messages(const Story& story, const std::set<sim::OpId>& roots);
  [[nodiscard]] std::optional<Relevance> relevance(const Message& message, const Story& story,
                                                   const std::set<sim::OpId>& roots) const;
  [[nodiscard]] EventId last_role_change(EventId id) const;
  void add_votes(EventId leads, sim::NameId name);
  void add_causes_of_leadership(const Story& story, const std::set<sim::OpId>& roots);
  void collapse_and_cut();
  void choose_marks(const Story& story, const std::set<sim::OpId>& roots);
  void choose_window_marks();
  void add_mark(EventId id, int rank) { ranked_marks_.emplace_back(rank, id); }
  void cut_marks();
  void find_lanes(const std::vector<NodeId>& also);
  void find_faults();
  void find_extent();
  void list_events();

  [[nodiscard]] const TraceEvent& sent(const Message& m) const { return record_.event(m.send); }
  [[nodiscard]] bool is_between_two(const Message& m) const {
    const TraceEvent& s = sent(m);
    return s.lane != s.peer && s.lane != sim::kNoNode && s.peer != sim::kNoNode;
  }
  [[nodiscard]] bool is_chatter(const Message& m) const {
    const sim::Tags& tags = sent(m).tags;
    return tags.op == sim::kNoOp && tags.key == sim::kNoKey && tags.count == 0;
  }
  [[nodiscard]] Likeness likeness(const Candidate& candidate) const;
  [[nodiscard]] bool is_shown(NodeId lane) const {
    return std::ranges::count(slice_.lanes, lane) > 0;
  }

  const Record& record_;
  const models::History& history_;
  const SliceOptions& options_;
  std::vector<Message> messages_;
  std::vector<Candidate> candidates_;
  std::vector<std::pair<int, EventId>> ranked_marks_;
  Slice slice_;
};

}  // namespace quorumlab::traces
