// Feeds a history that is read piece by piece to the streams of object_stream.h, one for each key.
//
//   StreamFinding f = judge_object_stream(stream, true, ObjectKind::kQueue, options);
#pragma once

#include "models/consistency/objects.h"
#include "models/exchange/journal_stream.h"
#include "models/exchange/judge_stream.h"

namespace quorumlab::models {

// `any`: the first piece has been read.
[[nodiscard]] StreamFinding judge_object_stream(JournalStream& stream, bool any, ObjectKind kind,
                                                const StreamOptions& options);

}  // namespace quorumlab::models
