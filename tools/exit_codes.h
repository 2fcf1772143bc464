// Exit codes, the same for every command.
#pragma once

namespace quorumlab::tools {

enum ExitCode : int {
  kAsExpected = 0,
  kDiffers = 1,         // a verdict is not the expected one
  kUnknown = 2,         // a budget ran out
  kNondeterminism = 3,  // two runs of the same seed differed
  kBadInput = 64,       // scenario, history or command line
  kInternal = 70,
  kRetry = 75,  // a file could not be written, and the like
  kInterrupted = 130,
};

}  // namespace quorumlab::tools
