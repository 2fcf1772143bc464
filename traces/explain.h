// Why a checker said no, in sentences of a fixed grammar: claim, observation, obligation (all three
// from the witness), mechanism (found in the record), faults.
//
//   const Explanation why = explain(record, history, witness);
//   fmt::print("{}", to_text(why));
//   // n2 served the read; it never received op 2: its copy n1 → n2 was lost at 1.0130s ...
//
// What was necessary and what would have prevented it ("with acknowledge = majority ...") only
// other runs can tell; whoever made them adds those sentences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/verdict.h"
#include "traces/record.h"
#include "traces/space_time.h"

namespace quorumlab::traces {

enum class Clause : std::uint8_t {
  kClaim,
  kObservation,
  kObligation,
  kMechanism,
  kFault,
  kNecessary,    // which faults it needed: other runs said so
  kAlternative,  // what would have prevented it: other runs said so
};

// A noun of a sentence and what it stands for, so that a viewer can jump there.
struct Reference {
  std::size_t begin = 0;  // bytes of the sentence's text
  std::size_t end = 0;
  EventId event = sim::kNoEvent;
};

struct Sentence {
  Clause clause = Clause::kClaim;
  std::string text;
  std::vector<Reference> references;  // by begin
};

struct Explanation {
  std::vector<Sentence> sentences;  // by clause
};

// Requires: the witness names operations of `history`.
[[nodiscard]] Explanation explain(const Record& record, const models::History& history,
                                  const models::Witness& witness);

// For terminals: wrapped at 100 columns, one paragraph for each clause.
[[nodiscard]] std::string to_text(const Explanation& explanation);

// For the picture: the claim is the title, the rest stands below it.
[[nodiscard]] Caption caption_of(const Explanation& explanation);

[[nodiscard]] std::string_view clause_name(Clause clause);

}  // namespace quorumlab::traces
