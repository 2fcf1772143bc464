// A file of records on a node's disk that knows where its good part ends, with group commit.
//
//   RecordFile file(node, "cells", [&](Decoder& in) { replay(in); });   // recovery, in order
//   file.append(encoder.bytes());                                       // counts at once,
//   file.sync();                                                        // then for ever; suspends
//
// Each record's checksum (XXH3) is seeded with that of the one before: a torn or lost tail is cut
// off at recovery, and old bytes beyond it are never taken for a continuation.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "models/data/bytes.h"
#include "models/data/group_commit.h"

namespace quorumlab::models {

class RecordFile {
 public:
  RecordFile(sim::Node& node, std::string name, const std::function<void(Decoder&)>& replay);

  void append(std::string_view body);
  // Suspends until everything appended so far is durable; one disk sync serves all who wait.
  void sync();

 private:
  sim::Node& node_;
  std::string name_;
  std::uint64_t chain_ = 0;    // checksum of the last record
  std::uint64_t written_ = 0;  // records, in this life
  std::uint64_t safe_ = 0;     // of them on disk
  GroupCommit commit_;
};

}  // namespace quorumlab::models
