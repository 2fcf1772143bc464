// Judges a set while its history is read (object_stream.h).
//
//   auto set = make_set_stream();
//
// Looked at one by one, values have nothing to do with one another: of each that somebody is busy
// with all situations that its calls can have led to are kept, and nothing of a value that is
// surely out. Values that are surely in are kept as ranges.
//
// Read as a whole, what is in it grows, and the rules of growing.h are checked at the end of each
// read: contents contain one another; a read, and whoever added something that it found, come after
// whatever had ended before. What every later read must find is kept as ranges, too.
#pragma once

#include <memory>

#include "models/consistency/object_stream.h"

namespace quorumlab::models {

// Additions of values that were added before, reads of the whole beside removals or looks at single
// values, and additions that tell what they found beside reads of the whole are problems.
[[nodiscard]] std::unique_ptr<ObjectStream> make_set_stream(const StreamSetting& setting = {});

}  // namespace quorumlab::models
