#include "models/consistency/queue_order.h"

#include <algorithm>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

// A value's way through the queue. What never happens, happens at kNever.
struct Passage {
  std::uint32_t in = kNone;
  std::uint32_t out = kNone;
  std::uint64_t in_begun = kNever;
  std::uint64_t in_done = kNever;
  std::uint64_t out_begun = kNever;
  std::uint64_t out_done = kNever;
};

}  // namespace

bool is_plain_queue(std::span<const TimedCall<ObjectCall>> calls) {
  FlatMap<bool> seen;
  for (const auto& timed : calls) {
    const ObjectCall& call = timed.call;
    if (call.method == Method::kPush) {
      bool& known = seen[call.a];
      if (known) return false;
      known = true;
    } else if (call.method != Method::kPop || timed.completed == kNever ||
               call.result == kNilCell || call.result == kNoCell) {
      return false;
    }
  }
  return true;
}

QueueResult check_plain_queue(std::span<const TimedCall<ObjectCall>> calls) {
  FlatMap<std::uint32_t> numbers;  // + 1
  std::vector<Passage> passages;
  const auto passage_of = [&](Cell value) -> Passage& {
    std::uint32_t& number = numbers[value];
    if (number == 0) {
      passages.emplace_back();
      number = static_cast<std::uint32_t>(passages.size());
    }
    return passages[number - 1];
  };
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const auto& timed = calls[i];
    const bool push = timed.call.method == Method::kPush;
    Passage& passage = passage_of(push ? timed.call.a : timed.call.result);
    if (push) {
      passage.in = i;
      passage.in_begun = timed.invoked;
      passage.in_done = timed.completed;
      continue;
    }
    if (passage.out != kNone) {
      return {Verdict::kViolated, {i, passage.out}, "the same value was dequeued twice"};
    }
    passage.out = i;
    passage.out_begun = timed.invoked;
    passage.out_done = timed.completed;
  }
  for (const Passage& passage : passages) {
    if (passage.out == kNone) continue;
    if (passage.in == kNone) {
      return {Verdict::kViolated, {passage.out}, "the value dequeued was never enqueued"};
    }
    if (passage.out_done < passage.in_begun) {
      return {Verdict::kViolated, {passage.out, passage.in}, "dequeued before it was enqueued"};
    }
  }
  // An enqueue of unknown outcome whose value never came out need not have happened.
  std::erase_if(passages, [](const Passage& p) { return p.in_done == kNever && p.out == kNone; });
  std::vector<std::uint32_t> by_begin(passages.size());
  std::vector<std::uint32_t> by_end(passages.size());
  for (std::uint32_t i = 0; i < passages.size(); ++i) by_begin[i] = by_end[i] = i;
  std::sort(by_begin.begin(), by_begin.end(), [&](std::uint32_t a, std::uint32_t b) {
    return passages[a].in_begun < passages[b].in_begun;
  });
  std::sort(by_end.begin(), by_end.end(), [&](std::uint32_t a, std::uint32_t b) {
    return passages[a].in_done < passages[b].in_done;
  });
  // Of all that had been enqueued before b began to be, the one that comes out last.
  const Passage* latest = nullptr;
  std::size_t done = 0;
  for (const std::uint32_t i : by_begin) {
    const Passage& b = passages[i];
    for (; done < by_end.size() && passages[by_end[done]].in_done < b.in_begun; ++done) {
      const Passage& a = passages[by_end[done]];
      if (latest == nullptr || a.out_begun > latest->out_begun) latest = &a;
    }
    if (latest == nullptr || b.out == kNone || latest->out_begun <= b.out_done) continue;
    QueueResult result{Verdict::kViolated, {b.out, b.in, latest->in}, ""};
    result.why = latest->out == kNone ? "a value that was enqueued earlier never came out"
                                      : "a value that was enqueued earlier came out later";
    if (latest->out != kNone) result.calls.push_back(latest->out);
    return result;
  }
  return {};
}

}  // namespace quorumlab::models
