#include "models/consistency/queue_order.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

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

std::optional<ContainerResult> check_open_queue(std::span<const TimedCall<ObjectCall>> calls) {
  constexpr std::size_t kMostSupposed = 32;
  std::vector<std::uint32_t> open;    // dequeues, by invocation
  std::vector<std::uint32_t> closed;  // all the others
  std::set<Cell> taken;
  std::uint64_t end = 0;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const TimedCall<ObjectCall>& timed = calls[i];
    const bool is_open = timed.call.method == Method::kPop &&
                         (timed.completed == kNever || timed.call.result == kNoCell);
    (is_open ? open : closed).push_back(i);
    if (timed.call.method == Method::kPop && !is_open) taken.insert(timed.call.result);
    end = std::max({end, timed.invoked, timed.completed == kNever ? 0 : timed.completed});
  }
  std::vector<Instant> left;  // acknowledged, and nobody says that he took it
  for (const std::uint32_t i : closed) {
    const bool is_in = calls[i].call.method == Method::kPush && calls[i].completed != kNever;
    if (is_in && !taken.contains(calls[i].call.a)) left.push_back({calls[i].invoked, i});
  }
  std::sort(left.begin(), left.end(), [](auto a, auto b) { return a.at < b.at; });
  const std::size_t all = std::min(open.size(), left.size());
  const std::size_t most = std::min(all, kMostSupposed);
  // All at first, as a drain takes them.
  for (std::size_t count = all; count <= all; count = std::min(count, most + 1) - 1) {
    std::vector<std::uint32_t> index = closed;
    index.insert(index.end(), open.begin(), open.begin() + static_cast<std::ptrdiff_t>(count));
    std::sort(index.begin(), index.end());
    std::vector<TimedCall<ObjectCall>> supposed;
    std::size_t next = 0;
    for (const std::uint32_t i : index) {
      supposed.push_back(calls[i]);
      if (!std::binary_search(open.begin(), open.end(), i)) continue;
      supposed.back().call.result = calls[left[next].value].call.a;
      supposed.back().completed = end + ++next;
    }
    const std::optional<Passages> passages = passages_of(supposed);
    if (!passages) return std::nullopt;
    ContainerResult result = check_plain_queue(*passages, supposed);
    if (result.verdict == Verdict::kHolds) return result;
    // What is wrong with one value by itself, no supposition mends; and with nothing left, who got
    // no answer took nothing.
    if (!passages->broken && !left.empty()) continue;
    for (std::uint32_t& call : result.calls) call = index[call];
    return result;
  }
  return std::nullopt;
}

}  // namespace quorumlab::models
