// Mutants of the checkers of objects and of transactions (mutants.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

#include "models/consistency/isolation.h"
#include "models/consistency/specification_search.h"
#include "tests/models/levels_oracle.h"
#include "tests/models/mutants.h"
#include "tests/models/object_oracle.h"
#include "tests/models/txn_oracle.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::expect_killed;
using testing::Mutant;
using testing::Respect;
using testing::Rng;
using testing::Trial;

Verdict obeys(ObjectKind kind, const Calls& calls) {
  return check_specification<ObjectState, ObjectCall>(specification_of({.kind = kind}), calls)
      .verdict;
}

Calls with_calls(Calls calls, const std::function<void(TimedCall<ObjectCall>&)>& edit) {
  for (auto& timed : calls) edit(timed);
  return calls;
}

struct WrongObject {
  ObjectKind kind;
  const char* mistake;
  std::function<Verdict(const Calls&)> check;
};

// A call with a guessed result.
ObjectCall some_call(Rng& rng, ObjectKind kind) {
  const Cell value = integer_cell(1 + rng.below(3));
  const std::int64_t who = rng.below(2);
  const bool adds = rng.chance(50);
  if (kind == ObjectKind::kLock) {
    if (adds) return {.method = Method::kAcquire, .result = value, .process = who};
    return {.method = Method::kRelease, .result = kNilCell, .process = who};
  }
  if (kind == ObjectKind::kCounter) {
    if (adds) return {.method = Method::kAdd, .a = integer_cell(1)};
    return {.method = Method::kRead, .result = integer_cell(rng.below(4))};
  }
  if (kind == ObjectKind::kLog) {
    const Cell offset = integer_cell(rng.below(3));
    if (adds) return {.method = Method::kPush, .a = value, .result = offset};
    return {.method = Method::kPoll, .a = offset, .result = value};
  }
  if (adds) return {.method = Method::kPush, .a = value};
  return {.method = Method::kPop, .result = rng.chance(20) ? kNilCell : value};
}

std::vector<WrongObject> wrong_objects() {
  const auto late = [](ObjectKind kind) {
    return [kind](const Calls& calls) {
      return obeys(kind, with_calls(calls, [](auto& timed) { timed.invoked = 0; }));
    };
  };
  const auto without_unknown = [](ObjectKind kind) {
    return [kind](Calls calls) {
      std::erase_if(calls, [](const auto& timed) { return timed.completed == kNever; });
      return obeys(kind, calls);
    };
  };
  return {
      {ObjectKind::kQueue, "takes the last",
       [](const Calls& c) { return obeys(ObjectKind::kStack, c); }},
      {ObjectKind::kQueue, "ignores real time", late(ObjectKind::kQueue)},
      {ObjectKind::kQueue, "takes unknown for failed", without_unknown(ObjectKind::kQueue)},
      {ObjectKind::kQueue, "forgets who found it empty",
       [](Calls calls) {
         std::erase_if(calls, [](const auto& t) {
           return t.call.result == kNilCell && t.call.method == Method::kPop;
         });
         return obeys(ObjectKind::kQueue, calls);
       }},
      {ObjectKind::kStack, "takes the first",
       [](const Calls& c) { return obeys(ObjectKind::kQueue, c); }},
      {ObjectKind::kStack, "ignores real time", late(ObjectKind::kStack)},
      {ObjectKind::kCounter, "starts from one",
       [](const Calls& c) {
         return check_specification<ObjectState, ObjectCall>(
                    specification_of({.kind = ObjectKind::kCounter, .initial = integer_cell(1)}), c)
             .verdict;
       }},
      {ObjectKind::kCounter, "counts everything twice",
       [](const Calls& c) {
         return obeys(ObjectKind::kCounter,
                      with_calls(c, [](auto& t) { t.call.a = integer_cell(2); }));
       }},
      {ObjectKind::kLock, "knows no holder",
       [](const Calls& c) {
         return obeys(ObjectKind::kLock, with_calls(c, [](auto& t) { t.call.process = 0; }));
       }},
      {ObjectKind::kLock, "forgets tokens",
       [](const Calls& c) {
         return obeys(ObjectKind::kLock, with_calls(c, [](auto& t) { t.call.result = kNilCell; }));
       }},
      {ObjectKind::kLog, "forgets offsets", [](const Calls& c) {
         return obeys(ObjectKind::kLog, with_calls(c, [](auto& t) {
                        if (t.call.method == Method::kPush) t.call.result = kNoCell;
                      }));
       }}};
}

TEST(Mutants, OfObjectsAreKilled) {
  for (const WrongObject& wrong : wrong_objects()) {
    const ObjectKind kind = wrong.kind;
    const auto specification = specification_of({.kind = kind});
    const Trial<Calls> trial = {
        [kind](Rng& rng) {
          return testing::random_calls(rng, {.count = 2 + rng.below(5)},
                                       [&] { return some_call(rng, kind); });
        },
        [specification](const Calls& calls) { return testing::has_order(specification, calls); }};
    const std::vector<Mutant<Calls>> mutants = {{wrong.mistake, wrong.check}};
    expect_killed<Calls>(
        trial, [kind](const Calls& c) { return obeys(kind, c); }, mutants, 1'500);
  }
}

Verdict level_of(const TxnHistory& txns, std::string_view model) {
  return check_isolation(txns, model).verdict;
}

TxnHistory with_txns(TxnHistory txns, const std::function<void(TxnHistory&)>& edit) {
  edit(txns);
  return txns;
}

void forget_reads_of_nothing(TxnHistory& txns) {
  for (Micro& micro : txns.micros) {
    const bool nothing =
        txns.kind == TxnKind::kRegister ? micro.value == kInitialVersion : micro.count == 0;
    if (micro.kind == Micro::Kind::kRead && nothing) micro.value = kUnreadValue;
  }
}

// What no read saw counts for nothing.
void forget_unread(TxnHistory& txns) {
  std::vector<bool> seen(txns.versions.size());
  for (const std::uint32_t element : txns.elements) seen[element] = true;
  for (Micro& micro : txns.micros) {
    if (micro.kind != Micro::Kind::kWrite || seen[micro.value]) continue;
    txns.versions[micro.value].writer = kNoTxn;
    micro = {.kind = Micro::Kind::kRead, .key = micro.key};
  }
}

TEST(Mutants, OfSerializableTransactionsAreKilled) {
  const auto strict = [](const std::function<void(TxnHistory&)>& change) {
    return [change](const TxnHistory& txns) {
      return level_of(with_txns(txns, change), "strict-serializable");
    };
  };
  const std::vector<Mutant<TxnHistory>> mutants = {
      {"ignores real time",
       [](const TxnHistory& t) { return level_of(t, "strong-session-serializable"); }},
      {"ignores time and sessions",
       [](const TxnHistory& t) { return level_of(t, "serializable"); }},
      {"forgets anti-dependencies",
       [](const TxnHistory& t) { return level_of(t, "strong-read-committed"); }},
      {"forgets two anti-dependencies in a row",
       [](const TxnHistory& t) { return level_of(t, "strong-snapshot-isolation"); }},
      {"takes unknown for failed", strict([](TxnHistory& t) {
         for (Txn& txn : t.txns) {
           if (txn.outcome == TxnOutcome::kInfo) txn.outcome = TxnOutcome::kFail;
         }
       })},
      {"takes unknown for done", strict([](TxnHistory& t) {
         for (Txn& txn : t.txns) {
           if (txn.outcome != TxnOutcome::kInfo) continue;
           txn.outcome = TxnOutcome::kOk;
           txn.completed = txn.invoked;
         }
       })},
      {"forgets reads of nothing", strict(forget_reads_of_nothing)},
      {"forgets writes that nobody read", strict(forget_unread)},
      {"takes what ends and begins at once for concurrent", strict([](TxnHistory& t) {
         for (Txn& txn : t.txns) {
           if (txn.completed < UINT32_MAX - 2) txn.completed += 2;
         }
       })}};
  const Trial<TxnHistory> trial = {
      [](Rng& rng) { return testing::small_txns(rng, {.txns = 3 + rng.below(4), .odd = 5}); },
      [](const TxnHistory& t) { return testing::has_serial_order(t, Respect::kTime); }};
  expect_killed<TxnHistory>(
      trial, [](const TxnHistory& t) { return level_of(t, "strict-serializable"); }, mutants,
      6'000);
}

TEST(Mutants, OfLevelsOfIsolationAreKilled) {
  struct Wrong {
    const char* base;  // of the oracle
    Respect respect;
    const char* model;     // the same for the checker
    const char* mistaken;  // what it is taken for
    const char* mistake;
  };
  constexpr Respect kPlain = Respect::kNothing;
  constexpr Respect kSessions = Respect::kSessions;
  constexpr Wrong kWrong[] = {
      {"snapshot-isolation", kPlain, "snapshot-isolation", "parallel-snapshot-isolation",
       "allows long forks"},
      {"snapshot-isolation", kPlain, "snapshot-isolation", "prefix", "allows lost updates"},
      {"snapshot-isolation", kPlain, "snapshot-isolation", "serializable", "forbids write skew"},
      {"snapshot-isolation", kSessions, "strong-session-snapshot-isolation", "snapshot-isolation",
       "ignores sessions"},
      {"prefix", kPlain, "prefix", "causal-cerone", "lets two see different prefixes"},
      {"parallel-snapshot-isolation", kPlain, "parallel-snapshot-isolation", "causal-cerone",
       "allows lost updates"},
      {"causal", kPlain, "causal-cerone", "read-atomic", "forgets what was known at second hand"},
      {"causal", kSessions, "strong-session-causal", "causal-cerone", "ignores sessions"},
      {"read-atomic", kPlain, "read-atomic", "monotonic-atomic-view",
       "looks only at what was read before"},
      {"monotonic-atomic-view", kPlain, "monotonic-atomic-view", "read-committed",
       "looks at each read by itself"},
      {"read-committed", kPlain, "read-committed", "read-uncommitted", "forgets who read what"},
      {"consistent-view", kPlain, "consistent-view", "read-committed",
       "forgets anti-dependencies"}};
  for (const Wrong& wrong : kWrong) {
    const Trial<TxnHistory> trial = {
        [](Rng& rng) {
          return testing::small_txns(rng, {.txns = 4 + rng.below(3),
                                           .odd = rng.chance(50) ? 0U : 10U,
                                           .snapshots = rng.chance(50)});
        },
        [&](const TxnHistory& t) {
          return testing::LevelsOracle(t).allows(wrong.base, wrong.respect);
        }};
    const std::vector<Mutant<TxnHistory>> mutants = {
        {wrong.mistake, [&](const TxnHistory& t) { return level_of(t, wrong.mistaken); }}};
    expect_killed<TxnHistory>(
        trial, [&](const TxnHistory& t) { return level_of(t, wrong.model); }, mutants, 2'500);
  }
}

}  // namespace
}  // namespace quorumlab::models
