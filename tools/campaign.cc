#include "tools/campaign.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <mutex>

namespace quorumlab::tools {
namespace {

std::atomic<bool> interrupted{false};

void interrupt(int) {
  interrupted = true;
}

}  // namespace

bool Campaign::run(Threads* threads, const Take& take) {
  interrupted = false;
  std::signal(SIGINT, interrupt);
  const bool watched = isatty(STDERR_FILENO) != 0;
  const std::uint64_t total = (seeds_.last - seeds_.first + 1) * alternatives_.size();
  std::mutex mutex;
  std::uint64_t done = 0;
  threads->run(total, [&](std::size_t task) {
    if (interrupted) return;
    const std::size_t which = task % alternatives_.size();
    const std::uint64_t seed = seeds_.first + task / alternatives_.size();
    const auto result = scenarios::run(alternatives_[which].scenario, registry_,
                                       {.seed = seed, .leadership = leadership_});
    const std::lock_guard lock(mutex);
    take(which, result);
    if (++done % 16 == 0 && watched) fmt::print(stderr, "\r{} of {} runs", done, total);
  });
  if (watched) fmt::print(stderr, "\r\x1b[K");
  return !interrupted;
}

}  // namespace quorumlab::tools
