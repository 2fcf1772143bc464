// Judges what no rule is known for while its history is read (object_stream.h): registers with
// compare-and-set, queues that are found empty, locks.
//
//   auto lock = make_search_stream(ObjectKind::kLock);
//   const auto mine = lock->begin({.method = Method::kAcquire, .begun = 1, .process = 7});
//   lock->end(mine, {&kNilCell, 1}, 2);   // false: somebody else has it in every order
//
// Just-in-time linearization (Lowe 2017), as specification_search.h, but without knowing what is
// still to come: what a call will return is not known before it ends. So of all situations that the
// calls can have led to each says what those have found that took effect and are still under way;
// and for a call that only looks, what it may have found since it began. Only an end makes anything
// take effect. Of calls of which nobody will hear, as few as possible have taken effect.
#pragma once

#include <memory>

#include "models/consistency/object_stream.h"

namespace quorumlab::models {

// Too many calls at once, or situations, are a problem. Null: not for such objects.
[[nodiscard]] std::unique_ptr<ObjectStream> make_search_stream(ObjectKind kind,
                                                               const StreamSetting& setting = {});

}  // namespace quorumlab::models
