#include "tools/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace quorumlab::tools {

Threads::Threads(unsigned count)
    : count_(count > 0 ? count : std::max(1U, std::thread::hardware_concurrency())) {}

void Threads::run(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::map<std::size_t, std::exception_ptr> failures;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (const std::exception&) {
        const std::lock_guard lock(mutex);
        failures[i] = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < std::min<std::size_t>(count_, count); ++t) others.emplace_back(take);
  take();
  for (std::thread& other : others) other.join();
  // Pieces are taken in order, so the first that fails has been tried, whoever failed sooner.
  if (!failures.empty()) std::rethrow_exception(failures.begin()->second);
}

}  // namespace quorumlab::tools
