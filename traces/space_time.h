// The space-time diagram of a slice: lanes are nodes, time runs down, one row for each instant.
//
//   const Slice slice = slice_of_witness(record, history, witness, {});
//   const Picture picture = space_time(record, history, slice, caption_of(explanation));
//   write(to_svg(picture));
//
// Clients stand on the left and their operations are bars; replicas stand on the right and show
// who leads and what they hold. A lost message stops at a cross; a partition tints each lane by its
// side; the violating operation is red, has a thick border and an exclamation mark, and a dotted
// edge leads to it from the write that it should have seen. Every glyph in use is in the legend.
#pragma once

#include <string>
#include <vector>

#include "models/history.h"
#include "traces/picture.h"
#include "traces/record.h"
#include "traces/slice.h"

namespace quorumlab::traces {

// The words above the picture.
struct Caption {
  std::string title;
  std::vector<std::string> sentences;
};

[[nodiscard]] Picture space_time(const Record& record, const models::History& history,
                                 const Slice& slice, const Caption& caption);

}  // namespace quorumlab::traces
