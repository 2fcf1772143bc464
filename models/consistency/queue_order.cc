#include "models/consistency/queue_order.h"

#include <algorithm>
#include <utility>

namespace quorumlab::models {
namespace {

struct Instant {
  std::uint64_t at = 0;
  std::uint32_t value = 0;
};

std::vector<Instant> sorted(const std::vector<Passage>& values, std::uint64_t Passage::*when) {
  std::vector<Instant> result;
  result.reserve(values.size());
  for (std::uint32_t i = 0; i < values.size(); ++i) result.push_back({values[i].*when, i});
  const auto earlier = [](const Instant& a, const Instant& b) { return a.at < b.at; };
  // Calls come by invocation, and so do the values that they put in.
  if (!std::is_sorted(result.begin(), result.end(), earlier)) {
    std::sort(result.begin(), result.end(), earlier);
  }
  return result;
}

}  // namespace

ContainerResult check_plain_queue(const Passages& passages,
                                  std::span<const TimedCall<ObjectCall>> calls) {
  if (passages.broken) return *passages.broken;
  if (auto empty = find_false_empty(passages, calls)) return std::move(*empty);
  const std::vector<Passage>& values = passages.values;
  const std::vector<Instant> by_begin = sorted(values, &Passage::in_begun);
  const std::vector<Instant> by_end = sorted(values, &Passage::in_done);
  // Of all that had been enqueued before b began to be, the one that comes out last.
  const Passage* latest = nullptr;
  std::size_t done = 0;
  for (const Instant& begin : by_begin) {
    const Passage& b = values[begin.value];
    for (; done < by_end.size() && by_end[done].at < begin.at; ++done) {
      const Passage& a = values[by_end[done].value];
      if (latest == nullptr || a.out_begun > latest->out_begun) latest = &a;
    }
    if (latest == nullptr || b.out == kNoCall || latest->out_begun <= b.out_done) continue;
    ContainerResult result{Verdict::kViolated, {b.out, b.in, latest->in}, ""};
    result.why = latest->out == kNoCall ? "a value that was enqueued earlier never came out"
                                        : "a value that was enqueued earlier came out later";
    if (latest->out != kNoCall) result.calls.push_back(latest->out);
    return result;
  }
  return {};
}

}  // namespace quorumlab::models
