#include "tools/deadline.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace quorumlab::tools {
namespace {

using namespace sim::literals;

// Longer, and the clock's own numbers could run over.
constexpr sim::Duration kLongest = 1'000'000_min;

}  // namespace

Deadline::Deadline(std::optional<sim::Duration> limit, std::function<int()> give_up)
    : give_up_(std::move(give_up)) {
  if (limit) watcher_ = std::thread([this, limit] { watch(*limit); });
}

Deadline::~Deadline() {
  met();
  if (watcher_.joinable()) watcher_.join();
}

void Deadline::met() {
  const std::lock_guard lock(mutex_);
  is_met_ = true;
  changed_.notify_all();
}

void Deadline::watch(sim::Duration limit) {
  std::unique_lock lock(mutex_);
  const std::chrono::nanoseconds time(std::min(limit, kLongest).count());
  if (changed_.wait_for(lock, time, [this] { return is_met_; })) return;
  // Whoever is late waits for the mutex until the process is no more.
  const int code = give_up_();
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace quorumlab::tools
