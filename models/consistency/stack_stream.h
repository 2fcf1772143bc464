// Judges a stack of unique values while its history is read (object_stream.h).
//
//   auto stack = make_stack_stream();
//
// Take two instants at which the same values are inside for sure, all of them from the one instant
// to the other. What came and went between them can be judged by itself and forgotten: if it has an
// order, and the rest has one, so has the whole. For whoever of the rest could take effect in
// between takes something out that was on its way before, or puts something in that is on its way
// after: those can as well do so right after the first instant, and right before the second, and
// nobody is in the way. The other way round, values that are left out disturb no order.
//
// So what is kept is what is inside, what came out before something that was put in after it, as
// long as that is inside, and what is under way. (stack_order.h judges the parts.)
#pragma once

#include <memory>

#include "models/consistency/object_stream.h"

namespace quorumlab::models {

// A look at the stack, a value that is pushed again while it is there, and a pop of unknown outcome
// are problems.
[[nodiscard]] std::unique_ptr<ObjectStream> make_stack_stream(const StreamSetting& setting = {});

}  // namespace quorumlab::models
