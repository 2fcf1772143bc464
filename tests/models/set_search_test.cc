// Sets that elements come into and leave again, against every order; and that the work stays in
// proportion to the history.
#include "models/consistency/set_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::Rng;

constexpr Cell kYes = make_cell(Tag::kBoolean, 1);
constexpr Cell kNo = make_cell(Tag::kBoolean, 0);

struct SetShape {
  std::uint32_t elements = 3;
  bool unique = false;  // each is added once and removed once
  bool reads_all = true;
  bool looks_up = true;
  bool tells = true;  // additions and removals say whether they did anything
};

// What would be right if nothing overlapped, and sometimes something else.
class SetMaker {
 public:
  SetMaker(Rng& rng, const SetShape& shape) : rng_(rng), shape_(shape), there_(64), removed_(64) {}

  ObjectCall operator()() {
    if (rng_.chance(50)) {
      if (shape_.reads_all && (!shape_.looks_up || rng_.chance(60))) return read();
      if (shape_.looks_up) return look_up();
    }
    const bool adds = rng_.chance(55);
    std::uint32_t element = rng_.below(shape_.elements);
    if (shape_.unique) {
      if (adds || fresh_ == 0) return change(Method::kAdd, fresh_++);
      element = rng_.below(fresh_);
      if (removed_[element]) return change(Method::kAdd, fresh_++);
      removed_[element] = true;
      return change(Method::kRemove, element);
    }
    return change(adds ? Method::kAdd : Method::kRemove, element);
  }

 private:
  [[nodiscard]] Cell cell(std::uint32_t element) const { return integer_cell(element); }
  [[nodiscard]] std::uint32_t count() const { return shape_.unique ? fresh_ : shape_.elements; }

  ObjectCall change(Method method, std::uint32_t element) {
    const bool adds = method == Method::kAdd;
    const bool did = there_[element] != adds;
    there_[element] = adds;
    ObjectCall call{.method = method, .a = cell(element)};
    if (shape_.tells && rng_.chance(50)) call.result = did != rng_.chance(6) ? kYes : kNo;
    return call;
  }
  ObjectCall look_up() {
    const std::uint32_t element = rng_.below(std::max(1U, count()));
    const bool found = there_[element] != rng_.chance(12);
    return {.method = Method::kContains, .a = cell(element), .result = found ? kYes : kNo};
  }
  ObjectCall read() {
    ObjectCall call{.method = Method::kRead, .result = kNilCell};
    for (std::uint32_t e = 0; e < count(); ++e) {
      if (there_[e] != rng_.chance(7)) call.many.push_back(cell(e));
    }
    return call;
  }

  Rng& rng_;
  const SetShape shape_;
  std::vector<bool> there_;
  std::vector<bool> removed_;
  std::uint32_t fresh_ = 0;
};

struct Tally {
  int histories = 0;
  int violated = 0;
};

void agree(const Calls& calls, Tally& tally) {
  const auto specification = specification_of({.kind = ObjectKind::kSet});
  const bool expected = testing::has_order(specification, calls);
  ++tally.histories;
  tally.violated += expected ? 0 : 1;
  const SpecificationResult plain =
      check_specification<ObjectState, ObjectCall>(specification, calls);
  const SpecificationResult result = check_set(calls, {});
  for (const SpecificationResult* const r : {&plain, &result}) {
    ASSERT_EQ(r->verdict, expected ? Verdict::kHolds : Verdict::kViolated) << tally.histories;
    if (expected) {
      ASSERT_TRUE(testing::is_linearization(specification, calls, r->order)) << tally.histories;
    }
  }
  if (expected) return;
  // Whoever is to blame has no place, and everybody who returned before has one.
  const std::uint64_t end = calls.at(result.contradiction).completed;
  ASSERT_NE(end, kNever);
  ASSERT_EQ(result.contradiction, plain.contradiction) << tally.histories;
}

TEST(SetSearch, AgreesWithEveryOrder) {
  for (const bool unique : {false, true}) {
    for (const bool reads_all : {false, true}) {
      for (const bool tells : {false, true}) {
        Rng rng(unique ? 7 : 3);
        Tally tally;
        const SetShape shape{.unique = unique,
                             .reads_all = reads_all,
                             .looks_up = tells || !reads_all,
                             .tells = tells};
        for (int i = 0; i < rounds(4'000) && !::testing::Test::HasFatalFailure(); ++i) {
          SetMaker make(rng, shape);
          agree(testing::random_calls(rng, {.count = 4 + rng.below(5), .unknown = 25}, make),
                tally);
        }
        EXPECT_GT(tally.violated, tally.histories / 20);
        EXPECT_LT(tally.violated, tally.histories - tally.histories / 20);
      }
    }
  }
}

TEST(SetSearch, AgreesWithEveryOrderOnAllSmallHistories) {
  const auto call = [](Method method, Cell result = kNoCell) {
    return ObjectCall{.method = method, .a = integer_cell(1), .result = result};
  };
  const auto read = [](const std::vector<Cell>& many) {
    return ObjectCall{.method = Method::kRead, .result = kNilCell, .many = many};
  };
  const ObjectCall add = call(Method::kAdd);
  const ObjectCall remove = call(Method::kRemove);
  const ObjectCall other{.method = Method::kAdd, .a = integer_cell(2)};
  const std::vector<Cell> one = {integer_cell(1)};
  const std::vector<Cell> two = {integer_cell(2)};
  Tally tally;
  for (const auto& what :
       {std::vector{add, remove, read(one), read({})}, std::vector{add, remove, read({}), read({})},
        std::vector{add, other, remove, read(two)}, std::vector{add, remove, add, read(one)},
        std::vector{add, remove, call(Method::kContains, kYes), call(Method::kContains, kNo)},
        std::vector{add, call(Method::kAdd, kNo), call(Method::kRemove, kYes), read({})}}) {
    testing::interleave(what, [&](const Calls& calls) {
      agree(calls, tally);
      for (std::size_t open = 0; open < 3; ++open) {
        Calls some = calls;
        some[open].completed = kNever;
        some[open].call.result = kNoCell;
        some[open].call.many.clear();
        agree(some, tally);
      }
    });
  }
  EXPECT_GT(tally.violated, 1'000);
}

// Processes that add elements, remove some of their own, and read the whole; each takes effect at
// a moment of its own. Of some the outcome is not known, whether they took effect or not.
Calls long_history(std::uint64_t seed, std::size_t count, std::uint32_t unknown) {
  struct Running {
    int phase = 0;
    std::size_t call = 0;
    bool lost = false;
    std::vector<Cell> mine;
  };
  Rng rng(seed);
  std::vector<Running> running(12);
  std::vector<Cell> there;
  Calls calls;
  std::uint64_t now = 0;
  std::int64_t fresh = 0;
  std::size_t ended = 0;
  while (ended < count) {
    Running& mine = running[rng.below(12)];
    if (mine.phase == 0) {
      if (calls.size() == count) {
        if (std::all_of(running.begin(), running.end(),
                        [](const Running& r) { return r.phase == 0; }))
          break;
        continue;
      }
      ObjectCall call{.method = Method::kRead};
      if (!rng.chance(30)) {
        // About as many leave as come, so that the set does not grow.
        if (mine.mine.size() > 4) {
          call = {.method = Method::kRemove, .a = mine.mine.back()};
          mine.mine.pop_back();
        } else {
          call = {.method = Method::kAdd, .a = integer_cell(++fresh)};
        }
      }
      mine.call = calls.size();
      mine.lost = call.method != Method::kRead && rng.chance(unknown);
      calls.push_back({.call = call, .invoked = now++});
      mine.phase = mine.lost && rng.chance(50) ? 2 : 1;
      continue;
    }
    ObjectCall& call = calls[mine.call].call;
    if (mine.phase == 1) {
      const auto at = std::lower_bound(there.begin(), there.end(), call.a);
      const bool found = at != there.end() && *at == call.a;
      if (call.method == Method::kAdd) there.insert(at, call.a);
      if (call.method == Method::kRemove && found) there.erase(at);
      if (call.method == Method::kRead) {
        call.result = kNilCell;
        call.many = there;
      }
      mine.phase = 2;
      continue;
    }
    mine.phase = 0;
    ++ended;
    if (mine.lost) continue;
    calls[mine.call].completed = now++;
    if (call.method == Method::kAdd) mine.mine.push_back(call.a);
  }
  return calls;
}

TEST(SetSearch, TakesStepsInProportionToTheHistory) {
  for (const std::uint32_t unknown : {0U, 3U}) {
    for (const std::size_t count : {1'000U, 8'000U}) {
      const Calls calls = long_history(11, count, unknown);
      const SpecificationResult result = check_set(calls, {});
      EXPECT_EQ(result.verdict, Verdict::kHolds);
      EXPECT_LT(result.steps, 40 * count) << unknown;
    }
  }
}

TEST(SetSearch, FindsOneElementThatCameBackInALongHistory) {
  Calls calls = long_history(12, 4'000, 3);
  std::size_t last = calls.size() - 1;
  while (calls[last].call.method != Method::kRead || calls[last].completed == kNever) --last;
  const auto gone = std::find_if(calls.begin(), calls.end(), [](const auto& timed) {
    return timed.call.method == Method::kRemove && timed.completed != kNever;
  });
  std::vector<Cell>& many = calls[last].call.many;
  many.insert(std::lower_bound(many.begin(), many.end(), gone->call.a), gone->call.a);
  const SpecificationResult result = check_set(calls, {});
  EXPECT_EQ(result.verdict, Verdict::kViolated);
  EXPECT_EQ(result.contradiction, last);
}

}  // namespace
}  // namespace quorumlab::models
