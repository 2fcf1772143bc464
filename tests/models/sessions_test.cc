// The session guarantees and staleness against their definitions, written down pair by pair.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "models/consistency/register_models.h"
#include "tests/models/history_support.h"
#include "tests/models/session_oracle.h"

namespace quorumlab::models {
namespace {

using testing::random_small;
using testing::Rng;
using testing::Small;
using testing::SmallOp;

// Who wrote each value, and what is known of their order.
class Facts {
 public:
  explicit Facts(const Small& small) : ops_(small.ops) {
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (ops_[i].writes) writer_[ops_[i].value] = i;
    }
  }

  [[nodiscard]] const SmallOp& op(std::size_t i) const { return ops_[i]; }
  [[nodiscard]] std::size_t size() const { return ops_.size(); }
  [[nodiscard]] bool is_read(std::size_t i) const { return !ops_[i].writes; }
  [[nodiscard]] bool saw(std::size_t read) const { return is_read(read) && ops_[read].value != 0; }
  [[nodiscard]] std::size_t source(std::size_t read) const { return writer_.at(ops_[read].value); }
  // Did somebody read what was only written later?
  [[nodiscard]] bool any_future() const {
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (saw(i) && source(i) > i) return true;
    }
    return false;
  }
  // Is what `read` saw surely older than the write `w`?
  [[nodiscard]] bool is_older(std::size_t read, std::size_t w) const {
    if (ops_[read].value == 0) return true;
    return ops_[source(read)].session == ops_[w].session && source(read) < w;
  }
  [[nodiscard]] bool same_session(std::size_t a, std::size_t b) const {
    return ops_[a].session == ops_[b].session;
  }
  [[nodiscard]] bool same_key(std::size_t a, std::size_t b) const {
    return ops_[a].key == ops_[b].key;
  }
  [[nodiscard]] bool surely_writes(std::size_t i) const {
    return ops_[i].writes && !ops_[i].unknown;
  }

 private:
  const std::vector<SmallOp>& ops_;
  std::map<std::int64_t, std::size_t> writer_;
};

bool reads_its_writes(const Facts& f, std::size_t r) {
  for (std::size_t w = 0; w < r; ++w) {
    const bool own = f.surely_writes(w) && f.same_session(w, r) && f.same_key(w, r);
    if (own && f.is_older(r, w)) return false;
  }
  return true;
}

bool reads_monotonically(const Facts& f, std::size_t r) {
  for (std::size_t a = 0; a < r; ++a) {
    if (!f.saw(a) || !f.same_session(a, r) || !f.same_key(a, r)) continue;
    if (f.is_older(r, f.source(a))) return false;
    for (std::size_t b = a + 1; b < r; ++b) {
      const bool between = f.saw(b) && f.same_session(b, r) && f.same_key(b, r);
      if (between && f.op(a).value == f.op(r).value && f.op(b).value != f.op(r).value) return false;
    }
  }
  return true;
}

bool sees_writes_in_order(const Facts& f, std::size_t r) {
  for (std::size_t a = 0; a <= r; ++a) {
    if (!f.saw(a) || !f.same_session(a, r)) continue;
    const std::size_t seen = f.source(a);
    for (std::size_t w = 0; w <= seen; ++w) {
      // What was seen has happened, whatever its client knows.
      const bool sure = f.surely_writes(w) || w == seen;
      const bool before = sure && f.same_session(w, seen) && f.same_key(w, r);
      if (before && f.is_older(r, w)) return false;
    }
  }
  return true;
}

bool sees_what_writers_saw(const Facts& f, std::size_t r) {
  for (std::size_t a = 0; a < r; ++a) {
    if (!f.saw(a) || !f.same_session(a, r)) continue;
    const std::size_t seen = f.source(a);
    for (std::size_t x = 0; x < seen; ++x) {
      if (!f.saw(x) || !f.same_session(x, seen) || !f.same_key(x, r)) continue;
      if (f.is_older(r, f.source(x))) return false;
      // The writer had read this very value, and then replaced it by what was seen.
      if (f.op(x).value != f.op(r).value || !f.same_key(seen, r)) continue;
      for (std::size_t w = x + 1; w <= seen; ++w) {
        const bool sure = f.surely_writes(w) || w == seen;
        const bool replaced = sure && f.same_session(w, seen) && f.same_key(w, r);
        if (replaced && f.op(w).value != f.op(r).value) return false;
      }
    }
  }
  return true;
}

std::string told(const Small& small) {
  std::string text;
  for (const SmallOp& op : small.ops) {
    text += fmt::format("\nsession {} {} {} = {}{}", op.session, op.writes ? "wrote" : "read",
                        op.key, op.value, op.unknown ? " ?" : "");
  }
  return text;
}

// Over histories of at least `least` operations: some violations take many, and are rare.
void agree(const std::string& model, bool (*keeps)(const Facts&, std::size_t), std::uint64_t seed,
           std::uint64_t least = 4, int histories = 20'000) {
  Rng rng(seed);
  int violated = 0;
  for (int i = 0; i < histories; ++i) {
    const Small small = random_small(rng, least + rng.below(6));
    const Facts facts(small);
    if (facts.any_future()) continue;
    bool expected = true;
    for (std::size_t r = 0; r < facts.size(); ++r) {
      expected = expected && (!facts.is_read(r) || keeps(facts, r));
    }
    const CheckResult result = check_register(small.history, model);
    ASSERT_EQ(result.verdict == Verdict::kHolds, expected)
        << model << ", history " << i << told(small);
    violated += expected ? 0 : 1;
  }
  EXPECT_GT(violated, 50);
  EXPECT_LT(violated, histories - histories / 50);
}

TEST(Sessions, ReadYourWritesAgreesWithItsDefinition) {
  agree("read_your_writes", reads_its_writes, 1);
}
TEST(Sessions, MonotonicReadsAgreesWithItsDefinition) {
  agree("monotonic_reads", reads_monotonically, 2);
}
TEST(Sessions, MonotonicWritesAgreesWithItsDefinition) {
  agree("monotonic_writes", sees_writes_in_order, 3);
}
TEST(Sessions, WritesFollowReadsAgreesWithItsDefinition) {
  agree("writes_follow_reads", sees_what_writers_saw, 4, 9, 100'000);
}

// How many acknowledged writes a read missed, counted one by one.
TEST(Sessions, StalenessAgreesWithItsDefinition) {
  Rng rng(5);
  std::map<std::uint64_t, int> violated;
  for (int i = 0; i < 5'000; ++i) {
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
