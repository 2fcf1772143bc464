// Judges the session guarantees of registers while their history is read (object_stream.h): all
// keys together, each session in one pass, as register_sessions.h does.
//
//   auto stream = make_session_stream(SessionGuarantee::kReadYourWrites);
//   auto write = stream->begin({.method = Method::kWrite, .value = seven, .key = k, .begun = 1});
//   stream->end(write, {&kNilCell, 1}, 2);
//
// All that a read can contradict was known when it ended: what its session did before, and what
// those had done before whose writes it saw. But any write may be read, however old, so the latest
// are kept, and nothing is said of a read of an older one.
#pragma once

#include <memory>

#include "models/consistency/object_stream.h"
#include "models/consistency/register_sessions.h"

namespace quorumlab::models {

// Values that are written twice, the initial one when it is written, and reads of writes that are
// not remembered any more are problems. Requires: a process does one thing at a time.
[[nodiscard]] std::unique_ptr<ObjectStream> make_session_stream(SessionGuarantee guarantee,
                                                                const StreamSetting& setting = {});

}  // namespace quorumlab::models
