// Judges regular and safe registers, bounded staleness and consistent prefix while their history is
// read (object_stream.h): one register, each read by itself against the writes that had ended
// before it began, as check_staleness() does.
//
//   auto stream = make_staleness_stream({.versions = 0, .called = "regular"});
//   const auto read = stream->begin({.method = Method::kRead, .begun = 5});
//   stream->end(read, {&old, 1}, 6);   // false: "one or more newer writes ... before it began"
//
// What is too old for any read that is still to end is forgotten, so that what is kept is what is
// under way, and what the bound allows. A safe register says nothing of a read beside a write; if
// that write fails in the end, it does. Where a model bounds nothing, the latest writes are kept.
#pragma once

#include <memory>

#include "models/consistency/object_stream.h"
#include "models/consistency/register_sessions.h"

namespace quorumlab::models {

// Of the bound, `initial` and `names` mean nothing here. Values that are written twice while they
// could still be read, the initial one when it is written, and reads of writes that are not
// remembered any more are problems.
[[nodiscard]] std::unique_ptr<ObjectStream> make_staleness_stream(
    const StalenessOptions& bound, const StreamSetting& setting = {});

}  // namespace quorumlab::models
