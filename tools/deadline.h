// Ends the program when something takes longer than whoever asked can wait. Wherever the work then
// is, it is left there: nothing has to look at a clock, and no verdict depends on one.
//
//   Deadline deadline(10s, [] { fmt::print("unknown\n"); return kUnknown; });   // its exit code
//   judge(history);
//   deadline.met();   // what is printed and written from here on is not cut short
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "sim/time.h"

namespace quorumlab::tools {

class Deadline {
 public:
  // `give_up` is called on another thread, and the process ends with what it returns. Without a
  // limit it never is.
  Deadline(std::optional<sim::Duration> limit, std::function<int()> give_up);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

  // Returns only if the limit has not been reached.
  void met();

 private:
  void watch(sim::Duration limit);

  std::function<int()> give_up_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_met_ = false;
  std::thread watcher_;
};

}  // namespace quorumlab::tools
