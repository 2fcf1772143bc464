// An executor that does everything backwards, as threads may.
//
//   Backwards backwards;
//   check_isolation(txns, model, {}, &backwards);   // must be what it is without one
//   backwards.pieces();                             // 12
#pragma once

#include <cstddef>
#include <functional>

#include "models/consistency/executor.h"

namespace quorumlab::models::testing {

class Backwards : public Executor {
 public:
  void run(std::size_t count, const std::function<void(std::size_t)>& work) override {
    for (std::size_t i = count; i-- > 0;) work(i);
    pieces_ += count;
    ++calls_;
  }
  // So many in so many calls.
  [[nodiscard]] std::size_t pieces() const { return pieces_; }
  [[nodiscard]] std::size_t calls() const { return calls_; }

 private:
  std::size_t pieces_ = 0;
  std::size_t calls_ = 0;
};

}  // namespace quorumlab::models::testing
