// Mutants of the checkers of registers (mutants.h).
#include "tests/models/mutants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "models/consistency/linearizable.h"
#include "models/consistency/register_models.h"
#include "tests/models/history_support.h"
#include "tests/models/session_oracle.h"

namespace quorumlab::models {
namespace {

using testing::edited;
using testing::expect_killed;
using testing::Mutant;
using testing::rebuild;
using testing::Rng;
using testing::Small;
using testing::Trial;

// The same operations, placed in time by `when`: twice for each, invoked and completed. With
// `hurried`, what nobody knows of was done at once.
History replayed(const History& history, const std::function<std::uint64_t(std::uint64_t)>& when,
                 bool hurried = false) {
  struct Moment {
    std::uint64_t at = 0;
    bool ends = false;
    const Operation* op = nullptr;
  };
  std::vector<Moment> moments;
  for (const Operation& op : history.operations()) {
    moments.push_back({when(op.invoked), false, &op});
    const bool hurries = hurried && op.outcome == Outcome::kUnknown;
    if (hurries) moments.push_back({when(op.invoked), true, &op});
    if (op.completed != kNever) moments.push_back({when(op.completed), true, &op});
  }
  // At one moment, everything begins before anything ends.
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
    return a.at != b.at ? a.at < b.at : a.ends < b.ends;
  });
  History result;
  std::vector<OpId> ids(history.size() + 1);
  ProcessId fresh = 1'000;
  for (const Moment& moment : moments) {
    const Operation& op = *moment.op;
    if (moment.ends) {
      result.complete(
          ids[op.id.value],
          {.outcome = hurried && op.outcome == Outcome::kUnknown ? Outcome::kOk : op.outcome,
           .value = op.value,
           .value_known = op.value_known,
           .saw_other = op.saw_other});
    } else {
      ids[op.id.value] = result.invoke({.process = fresh++,
                                        .f = op.f,
                                        .key = op.key,
                                        .value = op.value,
                                        .expected = op.expected});
    }
  }
  return result;
}

History hurried(const History& history) {
  return replayed(
      history, [](std::uint64_t at) { return at; }, true);
}

History with(const History& history, const std::function<void(Operation&)>& edit) {
  return edited(history, edit);
}

History without(const History& history, const std::function<bool(const Operation&)>& drop) {
  return rebuild(history, kNever, [&](const Operation& op) { return !drop(op); });
}

Verdict is_linearizable(const History& history) {
  return check_linearizable(history).verdict;
}

std::vector<testing::Kind> some_kinds() {
  using testing::Kind;
  const Kind lost{.f = Function::kWrite, .outcome = Outcome::kUnknown, .value = 1};
  const Kind refused{
      .f = Function::kCas, .outcome = Outcome::kFail, .value = 2, .expected = 1, .saw_other = true};
  return {{.f = Function::kRead},
          {.f = Function::kRead, .value = 1},
          {.f = Function::kRead, .value = 2},
          {.f = Function::kWrite, .value = 1},
          {.f = Function::kWrite, .value = 2},
          {.f = Function::kCas, .value = 2, .expected = 1},
          {.f = Function::kRead, .value = 3, .key = Key(1)},
          {.f = Function::kWrite, .value = 3, .key = Key(1)},
          {.f = Function::kWrite, .outcome = Outcome::kFail, .value = 1},
          lost,
          refused};
}

TEST(Mutants, OfLinearizableRegistersAreKilled) {
  const Trial<History> trial = {
      [](Rng& rng) { return testing::random_history(rng, 2 + rng.below(5), some_kinds()); },
      [](const History& h) { return testing::has_order(h, std::nullopt); }};
  const std::vector<Mutant<History>> mutants = {
      {"ignores real time",
       [](const History& h) {
         return is_linearizable(replayed(h, [](std::uint64_t) { return 0; }));
       }},
      {"takes neighbours in time for concurrent",
       [](const History& h) {
         return is_linearizable(replayed(h, [](std::uint64_t at) { return at / 2; }));
       }},
      {"takes unknown for failed",
       [](const History& h) {
         return is_linearizable(
             without(h, [](const Operation& op) { return op.outcome == Outcome::kUnknown; }));
       }},
      {"takes unknown for done", [](const History& h) { return is_linearizable(hurried(h)); }},
      {"takes failed for unknown",
       [](const History& h) {
         return is_linearizable(with(h, [](Operation& op) {
           if (op.outcome == Outcome::kFail) op.outcome = Outcome::kUnknown;
         }));
       }},
      {"forgets that a refused compare-and-set saw something",
       [](const History& h) {
         return is_linearizable(with(h, [](Operation& op) { op.saw_other = false; }));
       }},
      {"takes compare-and-set for a write",
       [](const History& h) {
         return is_linearizable(with(h, [](Operation& op) {
           if (op.f == Function::kCas && op.outcome == Outcome::kOk) op.f = Function::kWrite;
         }));
       }},
      {"forgets reads of nothing",
       [](const History& h) {
         return is_linearizable(
             without(h, [](const Operation& op) { return op.f == Function::kRead && !op.value; }));
       }},
      {"judges only the first key",
       [](const History& h) {
         return is_linearizable(without(h, [](const Operation& op) { return op.key != Key(0); }));
       }},
      {"takes all keys for one",
       [](const History& h) {
         return is_linearizable(with(h, [](Operation& op) { op.key = Key(0); }));
       }},
      {"forgets the last operation",
       [](const History& h) {
         return is_linearizable(
             without(h, [&](const Operation& op) { return op.id.value == h.size(); }));
       }},
      {"starts from 1",
       [](const History& h) { return check_linearizable(h, {}, {.initial = 1}).verdict; }},
  };
  expect_killed<History>(trial, is_linearizable, mutants, 4'000);
}

Verdict holds_of(const Small& small, std::string_view model) {
  return check_register(small.history, model).verdict;
}

// Of one model taken for another.
Mutant<Small> taken_for(const char* mistake, std::string_view model) {
  return {mistake, [model](const Small& small) { return holds_of(small, model); }};
}

Verdict alone(const Small& small, std::string_view model) {
  ProcessId fresh = 0;
  return check_register(with(small.history, [&](Operation& op) { op.process = fresh++; }), model)
      .verdict;
}

void expect_killed_of(const char* model, bool (*oracle)(const Small&),
                      std::vector<Mutant<Small>> mutants) {
  const Trial<Small> trial = {[](Rng& rng) { return testing::random_small(rng, 4 + rng.below(5)); },
                              [oracle](const Small& small) { return oracle(small); }};
  mutants.push_back(
      {"ignores sessions", [model](const Small& small) { return alone(small, model); }});
  mutants.push_back({"takes unknown for failed", [model](const Small& small) {
                       return check_register(without(small.history,
                                                     [](const Operation& op) {
                                                       return op.outcome == Outcome::kUnknown;
                                                     }),
                                             model)
                           .verdict;
                     }});
  mutants.push_back({"forgets reads of nothing", [model](const Small& small) {
                       return check_register(without(small.history,
                                                     [](const Operation& op) {
                                                       return op.f == Function::kRead && !op.value;
                                                     }),
                                             model)
                           .verdict;
                     }});
  expect_killed<Small>(
      trial, [model](const Small& small) { return holds_of(small, model); }, mutants, 6'000);
}

TEST(Mutants, OfSequentialAreKilled) {
  expect_killed_of("sequential", testing::fits_sequential,
                   {taken_for("asks for real time", "linearizable"),
                    taken_for("lets every session have its order", "causal"),
                    taken_for("lets reads see part of the past", "causal_convergence")});
}

TEST(Mutants, OfCausalMemoryAreKilled) {
  expect_killed_of("causal", testing::fits_causal_memory,
                   {taken_for("forgets what follows within a session", "weak_causal"),
                    taken_for("forgets what others read", "pram"),
                    taken_for("asks for one order for all", "sequential")});
}

TEST(Mutants, OfCausalConvergenceAreKilled) {
  expect_killed_of("causal_convergence", testing::fits_causal_convergence,
                   {taken_for("forgets cycles of conflicts", "weak_causal"),
                    taken_for("lets every session have its order", "causal")});
}

TEST(Mutants, OfWeakCausalAreKilled) {
  expect_killed_of(
      "weak_causal", testing::fits_weak_causal,
      {taken_for("asks for one order of writes", "causal_convergence"),
       taken_for("forgets what was read before it was written", "writes_follow_reads")});
}

TEST(Mutants, OfPramAreKilled) {
  expect_killed_of("pram", testing::fits_pram,
                   {taken_for("counts what others read", "causal"),
                    taken_for("judges each key by itself", "monotonic_reads")});
}

TEST(Mutants, OfSessionGuaranteesAreKilled) {
  struct Wrong {
    const char* guarantee;
    const char* mistake;
    std::function<Verdict(const Small&, const char*)> check;
  };
  const auto named = [](std::string_view other) {
    return [other](const Small& small, const char*) { return holds_of(small, other); };
  };
  const auto changed = [](const std::function<History(const History&)>& change) {
    return [change](const Small& small, const char* guarantee) {
      return check_register(change(small.history), guarantee).verdict;
    };
  };
  const auto of_one_key = changed([](const History& h) {
    return without(h, [](const Operation& op) { return op.key != Key(0); });
  });
  const std::vector<Wrong> wrongs = {
      {"read_your_writes", "looks at reads instead", named("monotonic_reads")},
      {"monotonic_reads", "looks at writes instead", named("read_your_writes")},
      {"monotonic_reads", "forgets the first operation", changed([](const History& h) {
         return without(h, [](const Operation& op) { return op.id == OpId(1); });
       })},
      {"monotonic_writes", "judges each key by itself", of_one_key},
      {"monotonic_writes", "looks at what was read twice", named("monotonic_reads")},
      {"writes_follow_reads", "forgets what writers had read", named("monotonic_writes")},
      {"writes_follow_reads", "judges each key by itself", of_one_key}};
  for (const char* const guarantee :
       {"read_your_writes", "monotonic_reads", "monotonic_writes", "writes_follow_reads"}) {
    const Trial<Small> trial = {
        [](Rng& rng) { return testing::random_small(rng, 7 + rng.below(6)); },
        [guarantee](const Small& small) { return testing::keeps_guarantee(small, guarantee); }};
    std::vector<Mutant<Small>> mutants;
    mutants.push_back(
        {"ignores sessions", [guarantee](const Small& small) { return alone(small, guarantee); }});
    for (const Wrong& wrong : wrongs) {
      if (std::string_view(wrong.guarantee) != guarantee) continue;
      mutants.push_back({wrong.mistake, [&wrong](const Small& small) {
                           return wrong.check(small, wrong.guarantee);
                         }});
    }
    expect_killed<Small>(
        trial, [guarantee](const Small& s) { return holds_of(s, guarantee); }, mutants, 30'000);
  }
}

// How many acknowledged writes a read missed, at worst, counted one by one.
std::uint64_t worst_staleness(const History& history) {
  std::uint64_t worst = 0;
  for (const Operation& read : history.operations()) {
    if (read.f != Function::kRead || read.outcome != Outcome::kOk) continue;
    std::uint64_t since = 0;
    for (const Operation& write : history.operations()) {
      const bool is_source = write.f == Function::kWrite && read.value && write.value == read.value;
      if (is_source && write.key == read.key) since = write.completed;
    }
    std::uint64_t missed = 0;
    for (const Operation& write : history.operations()) {
      const bool done = write.f == Function::kWrite && write.outcome == Outcome::kOk &&
                        write.key == read.key && write.completed < read.invoked;
      missed += done && (!read.value || write.invoked > since) ? 1 : 0;
    }
    worst = std::max(worst, missed);
  }
  return worst;
}

TEST(Mutants, OfBoundedStalenessAreKilled) {
  const Trial<History> trial = {
      [](Rng& rng) {
        const History clean = testing::clean_history(
            rng, {.operations = 14, .processes = 4, .keys = 2, .unknown = 8});
        return edited(clean, [&](Operation& op) {
          if (op.f != Function::kRead || !rng.chance(25)) return;
          op.value = std::nullopt;
          for (const Operation& other : clean.operations()) {
            const bool fits = other.f == Function::kWrite && other.key == op.key;
            if (fits && other.invoked < op.completed && rng.chance(40)) op.value = other.value;
          }
        });
      },
      [](const History& h) { return worst_staleness(h) <= 1; }};
  const auto bound = [](std::uint64_t versions) {
    return [versions](const History& h) {
      return check_register(h, "bounded_staleness", {.staleness_versions = versions}).verdict;
    };
  };
  const std::vector<Mutant<History>> mutants = {
      {"allows one more", bound(2)},
      {"allows one less", bound(0)},
      {"allows any number",
       [](const History& h) { return check_register(h, "bounded_staleness").verdict; }},
      {"counts what was not acknowledged", [&](const History& h) { return bound(1)(hurried(h)); }},
      {"looks only at reads that no write overlaps",
       [](const History& h) { return check_register(h, "safe").verdict; }}};
  expect_killed<History>(trial, bound(1), mutants, 3'000);
}

}  // namespace
}  // namespace quorumlab::models
