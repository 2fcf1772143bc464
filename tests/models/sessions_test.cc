// The session guarantees and staleness against their definitions, written down pair by pair.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "models/consistency/register_models.h"
#include "tests/models/history_support.h"
#include "tests/models/rounds.h"
#include "tests/models/session_oracle.h"

namespace quorumlab::models {
namespace {

using testing::random_small;
using testing::Rng;
using testing::Small;
using testing::SmallOp;

std::string told(const Small& small) {
  std::string text;
  for (const SmallOp& op : small.ops) {
    text += fmt::format("\nsession {} {} {} = {}{}", op.session, op.writes ? "wrote" : "read",
                        op.key, op.value, op.unknown ? " ?" : "");
  }
  return text;
}

// Over histories of at least `least` operations: some violations take many, and are rare.
void agree(const std::string& model, std::uint64_t seed, std::uint64_t least = 4,
           int histories = 20'000) {
  Rng rng(seed);
  int violated = 0;
  for (int i = 0; i < histories; ++i) {
    const Small small = random_small(rng, least + rng.below(6));
    const std::optional<bool> expected = testing::keeps_guarantee(small, model);
    if (!expected) continue;
    const CheckResult result = check_register(small.history, model);
    ASSERT_EQ(result.verdict == Verdict::kHolds, *expected)
        << model << ", history " << i << told(small);
    violated += *expected ? 0 : 1;
  }
  EXPECT_GT(violated, 50);
  EXPECT_LT(violated, histories - histories / 50);
}

TEST(Sessions, ReadYourWritesAgreesWithItsDefinition) {
  agree("read_your_writes", 1);
}
TEST(Sessions, MonotonicReadsAgreesWithItsDefinition) {
  agree("monotonic_reads", 2);
}
TEST(Sessions, MonotonicWritesAgreesWithItsDefinition) {
  agree("monotonic_writes", 3);
}
TEST(Sessions, WritesFollowReadsAgreesWithItsDefinition) {
  agree("writes_follow_reads", 4, 9, 100'000);
}

// How many acknowledged writes a read missed, counted one by one.
TEST(Sessions, StalenessAgreesWithItsDefinition) {
  Rng rng(5);
  std::map<std::uint64_t, int> violated;
  for (int i = 0; i < rounds(5'000); ++i) {
    const History clean =
        testing::clean_history(rng, {.operations = 14, .processes = 4, .keys = 2, .unknown = 8});
    const History history = testing::edited(clean, [&](Operation& op) {
      if (op.f != Function::kRead || !rng.chance(25)) return;
      op.value = std::nullopt;
      for (const Operation& other : clean.operations()) {
        const bool fits = other.f == Function::kWrite && other.key == op.key;
        if (fits && other.invoked < op.completed && rng.chance(40)) op.value = other.value;
      }
    });
    std::uint64_t worst = 0;
    for (const Operation& read : history.operations()) {
      if (read.f != Function::kRead || read.outcome != Outcome::kOk) continue;
      std::uint64_t since = 0;
      for (const Operation& write : history.operations()) {
        const bool source = write.f == Function::kWrite && read.value && write.value == read.value;
        if (source && write.key == read.key) since = write.completed;
      }
      std::uint64_t missed = 0;
      for (const Operation& write : history.operations()) {
        const bool done =
            write.f == Function::kWrite && write.key == read.key && write.completed < read.invoked;
        missed += done && (!read.value || write.invoked > since) ? 1 : 0;
      }
      worst = std::max(worst, missed);
    }
    for (const std::uint64_t bound : {0U, 1U, 2U}) {
      const Verdict verdict =
          check_register(history, "bounded_staleness", {.staleness_versions = bound}).verdict;
      ASSERT_EQ(verdict == Verdict::kHolds, worst <= bound) << "history " << i;
      violated[bound] += worst > bound ? 1 : 0;
    }
    ASSERT_EQ(check_register(history, "regular").verdict == Verdict::kHolds, worst == 0);
    ASSERT_EQ(check_register(history, "consistent_prefix").verdict, Verdict::kHolds);
  }
  EXPECT_GT(violated[2], 80);
}

}  // namespace
}  // namespace quorumlab::models
