// Histories from anywhere: what it costs to read them, and to judge registers, containers and
// transactions in bulk. Budgets are the aims of the design, per operation or transaction.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "bench/bare_frontier.h"
#include "bench/harness.h"
#include "bench/judging.h"
#include "bench/object_generator.h"
#include "bench/txn_generator.h"
#include "models/consistency/equal_values.h"
#include "models/consistency/growing.h"
#include "models/consistency/isolation.h"
#include "models/consistency/linearizable.h"
#include "models/consistency/mixed_counter.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/stack_order.h"
#include "models/consistency/text_states.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "models/exchange/predicates.h"
#include "models/exchange/subject.h"

namespace quorumlab::bench {
namespace {

using models::Journal;
using models::ObjectKind;
using models::Verdict;

void measure_reading(Bench& bench, bool lists) {
  const std::string work = lists ? "reading lists, EDN" : "reading registers, EDN";
  std::size_t bytes = 0;
  std::uint64_t txns = 1;
  const auto text = once(
      [lists](std::uint64_t units) { return TxnGenerator({.txns = units, .lists = lists}).run(); });
  const Figures figures = bench.measure(
      {.work = work, .units = 200'000, .ours = [&](std::uint64_t units) -> Timed {
         const auto made = text(units);
         bytes = made->size();
         txns = units;
         return [made] { expect(models::read_journal(*made).journal.has_value(), "unreadable"); };
       }});
  if (bytes == 0) return;
  bench.value({.work = work + ", a byte",
               .value = figures.least * static_cast<double>(txns) / static_cast<double>(bytes),
               .unit = "ns",
               .budget = at_most(5)});
}

struct TxnCase {
  bool lists = false;
  std::string model;
  double aim = 0;            // nanoseconds for a transaction
  double memory = 0;         // MiB for a million
  std::string anomaly = {};  // a planted one (planted.h)
  std::uint64_t txns = 1'000'000;
};

// With one anomaly planted: that it is found, and by its name.
void expect_verdict(const TxnCase& txn_case, const models::IsolationResult& result) {
  const bool holds = txn_case.anomaly.empty();
  expect(result.verdict == (holds ? Verdict::kHolds : Verdict::kViolated),
         txn_case.model + ": " + result.reason);
  expect(holds || result.types.contains(txn_case.anomaly), txn_case.anomaly + " was not named");
}

// Decides alone: read and compiled before.
void measure_txns(Bench& bench, const TxnCase& txn_case) {
  double peak = 0;
  const auto made = once([&](std::uint64_t units) {
    struct Made {
      std::unique_ptr<models::Pool> pool;
      models::TxnHistory txns;
    };
    auto read = models::read_journal(
        TxnGenerator({.txns = units, .lists = txn_case.lists, .plant = txn_case.anomaly}).run());
    if (models::has_predicates(*read.journal)) models::expand_predicates(*read.journal);
    auto txns = models::compile_txns(*read.journal);
    auto pool = std::make_unique<models::Pool>(std::move(read.journal->pool));
    txns.pool = pool.get();
    return Made{std::move(pool), std::move(txns)};
  });
  std::string work = (txn_case.lists ? "lists, " : "registers, ") + txn_case.model;
  if (!txn_case.anomaly.empty()) work += ", " + txn_case.anomaly;
  bench.measure({.work = work,
                 .units = txn_case.txns,
                 .ours =
                     [&](std::uint64_t units) {
                       const auto history = made(units);
                       const auto judge = [history, &txn_case] {
                         expect_verdict(txn_case,
                                        models::check_isolation(history->txns, txn_case.model));
                       };
                       return with_peak(judge, &peak);
                     },
                 .budget = txn_case.aim > 0 ? at_most(txn_case.aim) : Budget{}});
  if (peak == 0 || !txn_case.anomaly.empty()) return;
  bench.value({.work = work + ", peak",
               .value = peak,
               .unit = "MiB",
               .budget = txn_case.memory > 0 ? at_most(txn_case.memory) : Budget{}});
}

Contender register_calls(const ObjectShape& shape) {
  const auto made = once([shape](std::uint64_t units) {
    ObjectShape sized = shape;
    sized.calls = units;
    return register_history(object_calls(sized));
  });
  return [made, planted = shape.planted](std::uint64_t units) -> Timed {
    const auto history = made(units);
    return [history, planted] {
      const auto result = models::check_linearizable(*history);
      expect(result.verdict == (planted ? Verdict::kViolated : Verdict::kHolds),
             "register: " + result.reason);
    };
  };
}

Contender bare_frontier(const ObjectShape& shape) {
  const auto made = once([shape](std::uint64_t units) {
    ObjectShape sized = shape;
    sized.calls = units;
    return BareFrontier::compile(object_calls(sized));
  });
  return [made](std::uint64_t units) -> Timed {
    const auto events = made(units);
    return [events] { expect(BareFrontier().holds(*events), "the bare frontier"); };
  };
}

Contender container(ObjectKind kind, bool planted) {
  const auto made = once([kind, planted](std::uint64_t units) {
    return object_calls({.kind = kind, .calls = units, .planted = planted});
  });
  return [made, kind, planted](std::uint64_t units) -> Timed {
    const auto calls = made(units);
    return [calls, kind, planted] {
      const auto passages = models::passages_of(*calls);
      const auto result = kind == ObjectKind::kQueue ? models::check_plain_queue(*passages, *calls)
                                                     : models::check_plain_stack(*passages, *calls);
      expect(result.verdict == (planted ? Verdict::kViolated : Verdict::kHolds),
             "container: " + result.why);
    };
  };
}

// Where values, or amounts, are equal or not the same.
Contender equal_values(const ObjectShape& shape) {
  const auto made = once([shape](std::uint64_t units) {
    ObjectShape sized = shape;
    sized.calls = units;
    return object_calls(sized);
  });
  return [made, shape](std::uint64_t units) -> Timed {
    const auto calls = made(units);
    return [calls, shape] {
      const auto result = shape.kind == ObjectKind::kCounter
                              ? models::check_mixed_counter(*calls, 0, {})
                              : models::check_equal_values(shape.kind, *calls, {});
      expect(result && result->verdict == (shape.planted ? Verdict::kViolated : Verdict::kHolds),
             std::string(models::name_of(shape.kind)) + " of equal values");
    };
  };
}

Contender growing(ObjectKind kind, bool planted) {
  const auto made = once([kind, planted](std::uint64_t units) {
    return object_calls({.kind = kind, .calls = units, .planted = planted});
  });
  return [made, kind, planted](std::uint64_t units) -> Timed {
    const auto calls = made(units);
    return [calls, kind, planted] {
      const auto result = kind == ObjectKind::kSet ? models::check_growing_set(*calls)
                                                   : models::check_growing_counter(*calls, 0);
      expect(result && result->verdict == (planted ? Verdict::kViolated : Verdict::kHolds),
             "growing: " + result->why);
    };
  };
}

// The logs of another checker's tests, where they are.
class Logs {
 public:
  explicit Logs(const std::vector<std::filesystem::path>& files) {
    for (const auto& file : files) {
      std::ifstream stream(file, std::ios::binary);
      const std::string text((std::istreambuf_iterator<char>(stream)),
                             std::istreambuf_iterator<char>());
      journals_.push_back(std::move(*models::read_journal(text).journal));
    }
  }

  // All that `check` does after reading, witnesses included.
  void judge() {
    for (Journal& journal : journals_) (void)models::judge_journal(journal, {});
  }

  void compile() {
    for (Journal& journal : journals_) {
      const auto reading = models::read_subject(journal);
      imports_.push_back(models::compile_registers(journal, reading, models::kNilCell));
    }
  }
  [[nodiscard]] std::size_t size() const { return imports_.size(); }
  void decide_register(std::size_t i) const {
    (void)models::check_linearizable(imports_[i].history, {},
                                     {.initial = imports_[i].initial, .explains = false});
  }
  void decide_registers() const {
    for (std::size_t i = 0; i < imports_.size(); ++i) decide_register(i);
  }

  void decide_maps() {
    for (Journal& journal : journals_) {
      const auto reading = models::read_subject(journal);
      const models::ObjectOptions options{.kind = reading.object, .pool = &journal.pool};
      for (const auto& part : models::compile_objects(journal, reading)) {
        const auto result = models::check_texts(part.calls, options, {});
        expect(result.verdict == Verdict::kHolds, "kv log");
      }
    }
  }

 private:
  std::vector<Journal> journals_;
  std::vector<models::RegisterImport> imports_;
};

void measure_logs(Bench& bench) {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::path(QUORUMLAB_SOURCE_DIR) / ".." / "shared" / "histories" / "porcupine";
  if (!fs::exists(folder)) return;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder / "jepsen")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  const auto etcd = std::make_shared<Logs>(files);
  etcd->compile();
  const auto kv = std::make_shared<Logs>(std::vector{folder / "kv" / "c50-ok.txt"});
  // As one that has many to judge: again and again.
  const auto again = [](auto work) -> Contender {
    return [work](std::uint64_t units) -> Timed {
      return [work, units] {
        for (std::uint64_t i = 0; i < units; ++i) work();
      };
    };
  };
  constexpr std::uint64_t kTimes = 20;
  bench.measure({.work = "52 etcd logs, decided one after the other, for all",
                 .units = kTimes,
                 .ours = again([etcd] { etcd->decide_registers(); })});
  // Each again and again, and the sum of the medians, as the best known was measured.
  const std::string each = "52 etcd logs, decided, each again and again";
  double sum = 0;
  for (std::size_t i = 0; i < etcd->size(); ++i) {
    sum += bench.part(each, 2'000, again([etcd, i] { etcd->decide_register(i); })).median;
  }
  if (sum > 0) {
    bench.value({.work = each, .value = sum, .unit = "ns", .budget = at_most(500'000)});
  }
  bench.measure({.work = "52 etcd logs, with witnesses, for all",
                 .units = kTimes,
                 .ours = again([etcd] { etcd->judge(); })});
  bench.measure({.work = "kv/c50-ok, decided, for all",
                 .units = kTimes,
                 .ours = again([kv] { kv->decide_maps(); }),
                 .budget = at_most(2'000'000)});
}

void measure_objects(Bench& bench) {
  const ObjectShape few{.kind = ObjectKind::kRegister, .processes = 5, .values = 5, .cas = true};
  ObjectShape many = few;
  many.processes = 20;
  bench.measure({.work = "cas register, 5 clients",
                 .units = 100'000,
                 .ours = register_calls(few),
                 .bound = bare_frontier(few),
                 .budget = at_most(100)});
  bench.measure({.work = "cas register, 20 clients",
                 .units = 10'000,
                 .ours = register_calls(many),
                 .bound = bare_frontier(many),
                 .budget = at_most(9'000)});
  bench.measure({.work = "register, unique writes",
                 .units = 1'000'000,
                 .ours = register_calls({.kind = ObjectKind::kRegister}),
                 .budget = at_most(200)});
  bench.measure({.work = "queue, unique values",
                 .units = 1'000'000,
                 .ours = container(ObjectKind::kQueue, false),
                 .budget = at_most(300)});
  bench.measure({.work = "stack, unique values",
                 .units = 1'000'000,
                 .ours = container(ObjectKind::kStack, false),
                 .budget = at_most(600)});
  for (const ObjectKind kind : {ObjectKind::kSet, ObjectKind::kCounter}) {
    bench.measure({.work = std::string(models::name_of(kind)) + " that only grows",
                   .units = 1'000'000,
                   .ours = growing(kind, false)});
  }
}

void measure_equal_values(Bench& bench) {
  struct Line {
    ObjectKind kind;
    std::uint32_t clients;
    std::int64_t values;
    std::uint64_t calls;
    bool planted = false;
  };
  constexpr Line kLines[] = {
      {ObjectKind::kQueue, 5, 10, 100'000},        {ObjectKind::kQueue, 20, 10, 100'000},
      {ObjectKind::kQueue, 20, 1'000, 100'000},    {ObjectKind::kQueue, 20, 10, 1'000'000},
      {ObjectKind::kQueue, 20, 10, 100'000, true}, {ObjectKind::kStack, 5, 10, 100'000},
      {ObjectKind::kStack, 10, 10, 100'000},       {ObjectKind::kStack, 20, 1'000, 10'000},
      {ObjectKind::kStack, 5, 10, 100'000, true},  {ObjectKind::kCounter, 5, 5, 100'000},
      {ObjectKind::kCounter, 20, 5, 100'000},      {ObjectKind::kCounter, 20, 5, 100'000, true}};
  for (const Line& line : kLines) {
    if (bench.quick() && line.planted) continue;
    const bool is_counter = line.kind == ObjectKind::kCounter;
    bench.measure(
        {.work = fmt::format("{} of {} {}, {} clients, {} calls{}", models::name_of(line.kind),
                             line.values, is_counter ? "amounts" : "values", line.clients,
                             line.calls, line.planted ? ", planted" : ""),
         .units = line.calls,
         .ours = equal_values({.kind = line.kind,
                               .processes = line.clients,
                               .values = line.values,
                               .planted = line.planted,
                               .seed = line.planted ? 4U : 1U})});
  }
}

// One mistake in each shape: what it costs to find it and to say why. Too few operations have none.
void measure_planted(Bench& bench) {
  if (bench.quick()) return;
  ObjectShape cas{.kind = ObjectKind::kRegister, .processes = 5, .values = 5, .cas = true};
  cas.planted = true;
  bench.measure(
      {.work = "cas register, 5 clients, planted", .units = 100'000, .ours = register_calls(cas)});
  cas.processes = 20;
  bench.measure(
      {.work = "cas register, 20 clients, planted", .units = 10'000, .ours = register_calls(cas)});
  bench.measure({.work = "register, unique writes, planted",
                 .units = 1'000'000,
                 .ours = register_calls({.kind = ObjectKind::kRegister, .planted = true})});
  bench.measure({.work = "queue, unique values, planted",
                 .units = 1'000'000,
                 .ours = container(ObjectKind::kQueue, true)});
  bench.measure({.work = "stack, unique values, planted",
                 .units = 1'000'000,
                 .ours = container(ObjectKind::kStack, true)});
  for (const ObjectKind kind : {ObjectKind::kSet, ObjectKind::kCounter}) {
    bench.measure({.work = std::string(models::name_of(kind)) + " that only grows, planted",
                   .units = 1'000'000,
                   .ours = growing(kind, true)});
  }
  for (const PlantedTxns& planted : planted_txns()) {
    for (const bool lists : {true, false}) {
      if ((lists ? planted.lists : planted.registers).empty()) continue;
      measure_txns(bench, {.lists = lists,
                           .model = std::string(planted.model),
                           .anomaly = std::string(planted.name),
                           .txns = 200'000});
    }
  }
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "histories, for each operation");
  measure_logs(bench);
  measure_objects(bench);
  measure_reading(bench, true);
  measure_reading(bench, false);
  measure_txns(bench, {.model = "read-committed", .aim = 400});
  measure_txns(bench, {.model = "strong-session-read-atomic", .aim = 500});
  measure_txns(bench, {.model = "causal", .aim = 1'000});
  measure_txns(bench, {.lists = true, .model = "strict-serializable", .aim = 1'500, .memory = 300});
  measure_txns(bench, {.model = "strict-serializable", .aim = 10'000});
  measure_equal_values(bench);
  measure_planted(bench);
  return bench.finish();
}
