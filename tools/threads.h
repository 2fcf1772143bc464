// Threads for work whose pieces have nothing to do with one another
// (models/consistency/executor.h).
//
//   Threads threads(2);
//   judge_journal(journal, {.executor = &threads});
#pragma once

#include "models/consistency/executor.h"

namespace quorumlab::tools {

class Threads : public models::Executor {
 public:
  // 0: as many as there are cores.
  explicit Threads(unsigned count);
  void run(std::size_t count, const std::function<void(std::size_t)>& work) override;

 private:
  unsigned count_;
};

}  // namespace quorumlab::tools
