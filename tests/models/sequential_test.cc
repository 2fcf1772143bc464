// Sequential consistency of several objects together, against every order.
#include "models/consistency/sequential_search.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::Rng;
using testing::session_calls;

// Tries every order of every choice of the unknown calls that processes' own orders allow.
bool is_sequential(const Specification<ObjectState, ObjectCall>& specification,
                   const std::vector<Calls>& parts) {
  std::vector<std::vector<bool>> placed;
  for (const Calls& part : parts) placed.emplace_back(part.size());
  const auto may_go = [&](std::size_t p, std::size_t i) {
    for (std::size_t q = 0; q < parts.size(); ++q) {
      for (std::size_t j = 0; j < parts[q].size(); ++j) {
        const auto& other = parts[q][j];
        const bool before =
            other.call.process == parts[p][i].call.process && other.invoked < parts[p][i].invoked;
        if (before && !placed[q][j]) return false;
      }
    }
    return true;
  };
  const std::function<bool(const std::vector<ObjectState>&)> go =
      [&](const std::vector<ObjectState>& states) {
        bool all = true;
        for (std::size_t p = 0; p < parts.size(); ++p) {
          for (std::size_t i = 0; i < parts[p].size(); ++i) {
            if (placed[p][i] || parts[p][i].completed == kNever) continue;
            all = false;
          }
        }
        if (all) return true;
        for (std::size_t p = 0; p < parts.size(); ++p) {
          for (std::size_t i = 0; i < parts[p].size(); ++i) {
            if (placed[p][i] || !may_go(p, i)) continue;
            std::vector<ObjectState> next = states;
            placed[p][i] = true;
            if (specification.step(next[p], parts[p][i].call) && go(next)) return true;
            placed[p][i] = false;
          }
        }
        return false;
      };
  return go(std::vector<ObjectState>(parts.size(), specification.initial()));
}

TEST(Sequential, OfTwoQueuesOrRegistersAgreesWithAllOrders) {
  Rng rng(4);
  for (const ObjectKind kind : {ObjectKind::kRegister, ObjectKind::kQueue, ObjectKind::kSet}) {
    const auto specification = specification_of({.kind = kind});
    int violated = 0;
    for (int i = 0; i < rounds(2'500); ++i) {
      const Calls all = session_calls(rng, 6, [&](std::int64_t) -> ObjectCall {
        const Cell small = integer_cell(1 + rng.below(2));
        switch (kind) {
          case ObjectKind::kQueue:
            if (rng.chance(50)) return {.method = Method::kPush, .a = small};
            return {.method = Method::kPop, .result = rng.chance(30) ? kNilCell : small};
          case ObjectKind::kSet:
            if (rng.chance(50)) return {.method = Method::kAdd, .a = small};
            return {.method = Method::kContains,
                    .a = small,
                    .result = make_cell(Tag::kBoolean, rng.below(2))};
          default:
            if (rng.chance(50)) return {.method = Method::kWrite, .a = small};
            return {.method = Method::kRead, .result = rng.chance(20) ? kNilCell : small};
        }
      });
      std::vector<Calls> parts(2);
      for (const auto& timed : all) parts[rng.below(2)].push_back(timed);
      const bool expected = is_sequential(specification, parts);
      const SequentialResult result =
          search_sequential(specification, {{parts[0]}, {parts[1]}}, {});
      ASSERT_EQ(result.verdict == Verdict::kHolds, expected) << "history " << i;
      violated += expected ? 0 : 1;
    }
    EXPECT_GT(violated, 200) << name_of(kind);
    EXPECT_LT(violated, rounds(2'300)) << name_of(kind);
  }
}

TEST(Sequential, ABudgetThatRunsOutIsUnknown) {
  Rng rng(5);
  const auto specification = specification_of({.kind = ObjectKind::kQueue});
  const Calls calls = session_calls(rng, 60, [&](std::int64_t) -> ObjectCall {
    if (rng.chance(60)) return {.method = Method::kPush, .a = integer_cell(rng.below(2))};
    return {.method = Method::kPop, .result = integer_cell(rng.below(2))};
  });
  const SequentialResult few = search_sequential(specification, {{calls}}, {.max_steps = 20});
  EXPECT_EQ(few.verdict, Verdict::kUnknown);
  EXPECT_NE(few.reason.find("max_steps"), std::string::npos);
  const SequentialResult small =
      search_sequential(specification, {{calls}}, {.max_configurations = 2});
  EXPECT_EQ(small.verdict, Verdict::kUnknown);
  EXPECT_NE(small.reason.find("max_configurations"), std::string::npos);
}

}  // namespace
}  // namespace quorumlab::models
