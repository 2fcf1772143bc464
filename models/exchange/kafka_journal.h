// Histories of clients that send to logs and poll them, as Jepsen's kafka tests and Maelstrom's
// kafka workload write them.
//
//   is_log_journal(journal);       // :f :poll, :value [[:poll {3 [[0 7] [1 9]]}]]
//   compile_logs(journal).ops;
//
// Micro-operations are [:send k v], which becomes [:send k [offset v]] when it is done, and
// [:poll], which becomes [:poll {k [[offset v] ...]}]; :send, :poll and :txn are lists of them.
// Without such lists, a send is [k v] and a poll's result the map alone. Offsets may be missing or
// nil. :assign and :subscribe name keys; :crash, :debug-topic-partitions and commits of offsets say
// nothing that is judged. In JSON keys of maps are strings, so that there "3" and 3 are the same
// key.
#pragma once

#include "models/consistency/kafka_history.h"
#include "models/exchange/journal.h"

namespace quorumlab::models {

[[nodiscard]] bool is_log_journal(const Journal& journal);

// Throws InputError for a value that does not fit its function. The result keeps a pointer to the
// journal's pool, to which keys and messages that are lists are added by their text.
[[nodiscard]] LogHistory compile_logs(Journal& journal);

}  // namespace quorumlab::models
