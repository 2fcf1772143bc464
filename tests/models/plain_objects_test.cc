// Rules for lists, queues, sets and counters whose values tell enough, against the search.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "models/consistency/growing.h"
#include "models/consistency/list_order.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/specification_search.h"
#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::Rng;

// What processes do that are each busy with one call at a time. `end` says what came of a call, and
// false where nobody heard of it.
struct Busy {
  std::uint32_t processes = 3;
  std::size_t calls = 9;
};
Calls overlapping(Rng& rng, const Busy& shape, const std::function<ObjectCall()>& begin,
                  const std::function<bool(ObjectCall&)>& end) {
  Calls calls;
  std::vector<std::optional<std::size_t>> open(shape.processes);
  std::uint64_t now = 1;
  while (calls.size() < shape.calls) {
    std::optional<std::size_t>& mine = open[rng.below(shape.processes)];
    if (!mine) {
      mine = calls.size();
      calls.push_back({.call = begin(), .invoked = now++});
      continue;
    }
    TimedCall<ObjectCall>& timed = calls[*mine];
    mine.reset();
    if (end(timed.call)) {
      timed.completed = now++;
    } else {
      timed.call.result = kNoCell;
      timed.call.many.clear();
    }
  }
  return calls;
}

// Appends and whole reads; the last element may be missing.
Calls random_list(Rng& rng) {
  std::vector<Cell> list;
  std::int64_t next = 1;
  return overlapping(
      rng, {},
      [&]() -> ObjectCall {
        if (!rng.chance(50)) return {.method = Method::kRead};
        return {.method = Method::kPush, .a = integer_cell(next++)};
      },
      [&](ObjectCall& call) {
        if (rng.chance(10)) return false;
        if (call.method == Method::kRead) {
          call.result = make_cell(Tag::kOther, 0);
          call.many = list;
          if (rng.chance(15) && !list.empty()) call.many.pop_back();
        } else if (rng.chance(80)) {
          list.push_back(call.a);
        }
        return true;
      });
}

// The same of a set: where the order shows nothing, and the first element may be missing too.
Calls random_set(Rng& rng) {
  Calls calls = random_list(rng);
  for (auto& [call, invoked, completed] : calls) {
    if (call.method == Method::kPush) call.method = Method::kAdd;
    std::sort(call.many.begin(), call.many.end());
    if (rng.chance(10) && !call.many.empty()) call.many.erase(call.many.begin());
  }
  return calls;
}

// Some without an answer, which took effect or not; the last may come out before the first.
Calls random_queue(Rng& rng) {
  std::vector<Cell> queue;
  std::int64_t next = 1;
  const auto act = [&](ObjectCall& call) {
    if (call.method == Method::kPush) return queue.push_back(call.a);
    call.result = kNilCell;
    if (queue.empty()) return;
    const auto out = rng.chance(15) ? queue.end() - 1 : queue.begin();
    call.result = *out;
    queue.erase(out);
  };
  return overlapping(
      rng, {.calls = 10},
      [&]() -> ObjectCall {
        if (!rng.chance(50)) return {.method = Method::kPop};
        return {.method = Method::kPush, .a = integer_cell(next++)};
      },
      [&](ObjectCall& call) {
        const bool is_lost = rng.chance(25);
        if (!is_lost || rng.chance(50)) act(call);
        return !is_lost;
      });
}

// The same is added each time; a read may be one off.
Calls random_counter(Rng& rng) {
  std::int64_t total = 0;
  return overlapping(
      rng, {.processes = 4, .calls = 12},
      [&]() -> ObjectCall {
        if (!rng.chance(60)) return {.method = Method::kRead};
        return {.method = Method::kAdd, .a = integer_cell(2)};
      },
      [&](ObjectCall& call) {
        const bool is_lost = rng.chance(15);
        if (call.method == Method::kAdd) {
          if (!is_lost || rng.chance(50)) total += 2;
        } else if (!is_lost) {
          const int off = rng.chance(25) ? 2 * (static_cast<int>(rng.below(3)) - 1) : 0;
          call.result = integer_cell(total + off);
        }
        return !is_lost;
      });
}

struct Tally {
  int holds = 0;
  int violated = 0;
  int left = 0;  // to the search
};

Tally compare_with_search(ObjectKind kind, int histories, const std::function<Calls(Rng&)>& make,
                          const std::function<std::optional<ContainerResult>(const Calls&)>& rule) {
  Rng rng(static_cast<std::uint64_t>(kind) + 7);
  const auto specification = specification_of({.kind = kind});
  Tally tally;
  for (int i = 0; i < histories; ++i) {
    const Calls calls = make(rng);
    const auto plain = rule(calls);
    if (!plain) {
      ++tally.left;
      continue;
    }
    const auto search =
        check_specification<ObjectState, ObjectCall>(specification, calls, Budget{});
    EXPECT_EQ(plain->verdict, search.verdict) << "history " << i << ": " << plain->why;
    const bool is_violated = plain->verdict == Verdict::kViolated;
    EXPECT_EQ(plain->calls.empty(), !is_violated) << "history " << i;
    ++(is_violated ? tally.violated : tally.holds);
  }
  return tally;
}

TEST(PlainList, IsJudgedAsTheSearchJudgesIt) {
  const Tally tally =
      compare_with_search(ObjectKind::kLog, rounds(4'000), random_list,
                          [](const Calls& calls) { return check_plain_list(calls); });
  EXPECT_EQ(tally.left, 0);
  EXPECT_GT(tally.holds, 400);
  EXPECT_GT(tally.violated, 400);
}

TEST(OpenQueue, IsJudgedAsTheSearchJudgesIt) {
  const Tally tally =
      compare_with_search(ObjectKind::kQueue, rounds(4'000), random_queue,
                          [](const Calls& calls) { return check_open_queue(calls); });
  EXPECT_GT(tally.holds, 1'000);
  EXPECT_GT(tally.violated, 10);
}

TEST(GrowingSet, IsJudgedAsTheSearchJudgesIt) {
  const Tally tally =
      compare_with_search(ObjectKind::kSet, rounds(4'000), random_set,
                          [](const Calls& calls) { return check_growing_set(calls); });
  EXPECT_EQ(tally.left, 0);
  EXPECT_GT(tally.holds, 400);
  EXPECT_GT(tally.violated, 400);
}

TEST(GrowingCounter, IsJudgedAsTheSearchJudgesIt) {
  const Tally tally =
      compare_with_search(ObjectKind::kCounter, rounds(6'000), random_counter,
                          [](const Calls& calls) { return check_growing_counter(calls, 0); });
  EXPECT_EQ(tally.left, 0);
  EXPECT_GT(tally.holds, 600);
  EXPECT_GT(tally.violated, 600);
}

TEST(GrowingCounter, LeavesDifferentAddsToTheSearch) {
  const auto add = [](std::int64_t value, std::uint64_t at) {
    return TimedCall<ObjectCall>{.call = {.method = Method::kAdd, .a = integer_cell(value)},
                                 .invoked = at,
                                 .completed = at + 1};
  };
  EXPECT_TRUE(check_growing_counter(std::vector{add(1, 1), add(1, 3)}, 0).has_value());
  EXPECT_FALSE(check_growing_counter(std::vector{add(1, 1), add(2, 3)}, 0).has_value());
  EXPECT_TRUE(check_growing_counter(std::vector{add(-1, 1)}, 0).has_value());
}

TEST(PlainList, LeavesOffsetsAndRepeatedElementsToTheSearch) {
  const auto push = [](std::int64_t value, Cell result) {
    return TimedCall<ObjectCall>{
        .call = {.method = Method::kPush, .a = integer_cell(value), .result = result},
        .invoked = 1,
        .completed = 2};
  };
  Calls calls = {push(1, kNoCell)};
  EXPECT_TRUE(check_plain_list(calls).has_value());
  calls = {push(1, integer_cell(0))};
  EXPECT_FALSE(check_plain_list(calls).has_value());
  calls = {push(1, kNoCell), push(1, kNoCell)};
  EXPECT_FALSE(check_plain_list(calls).has_value());
}

}  // namespace
}  // namespace quorumlab::models
