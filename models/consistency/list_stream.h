// Judges a list that is appended to and read whole while its history is read (object_stream.h).
//
//   auto list = make_list_stream();
//   const auto read = list->begin({.method = Method::kRead, .begun = 1});
//   list->end(read, told, 2);   // false: list->why() says what is missing, or who found otherwise
//
// Each element is appended once, and every read is a beginning of one order (list_order.h), so that
// the longest read tells all that is known of it. A read must be as long as any that had ended
// before it began, and have whatever had been appended by then; and what is found behind something
// that was begun later than it had ended is in the wrong place. All of this is known when the read
// ends. What is kept is the list.
#pragma once

#include <memory>

#include "models/consistency/object_stream.h"

namespace quorumlab::models {

// Elements that are appended again, and appends that tell an offset, are problems.
[[nodiscard]] std::unique_ptr<ObjectStream> make_list_stream(const StreamSetting& setting = {});

}  // namespace quorumlab::models
