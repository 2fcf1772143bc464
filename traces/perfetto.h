// A run for Perfetto (ui.perfetto.dev): a protobuf Trace of TrackEvents, written by hand so that no
// protobuf library is needed.
//
//   write_file("run.perfetto", to_perfetto(record));   // one track a node, one flow a message
//
// Messages are instants on the tracks of sender and receiver, joined by a flow; operations and
// faults are slices, and so are the roles of replicas on a track below their own. Field numbers are
// those of protos/perfetto/trace in google/perfetto.
#pragma once

#include <string>

#include "traces/record.h"

namespace quorumlab::traces {

[[nodiscard]] std::string to_perfetto(const Record& record);

}  // namespace quorumlab::traces
