// Histories from anywhere: what it costs to read them, and to judge registers, containers and
// transactions in bulk. Budgets are the aims of the design, per operation or transaction.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "bench/bare_frontier.h"
#include "bench/harness.h"
#include "bench/object_generator.h"
#include "bench/peak_memory.h"
#include "bench/txn_generator.h"
#include "models/consistency/isolation.h"
#include "models/consistency/linearizable.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/stack_order.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "models/exchange/subject.h"

namespace quorumlab::bench {
namespace {

using models::Journal;
using models::ObjectKind;
using models::Verdict;

void expect(bool good, const std::string& what) {
  if (good) return;
  fmt::print(stderr, "wrong verdict: {}\n", what);
  std::exit(1);
}

// Makes something once for all turns of a case.
template <class Make>
auto once(Make make) {
  using Made = decltype(make(std::uint64_t{}));
  return [make, made = std::make_shared<std::shared_ptr<const Made>>()](std::uint64_t units) {
    if (!*made) *made = std::make_shared<const Made>(make(units));
    return *made;
  };
}

// With the peak of memory that the first turn took, in `mebibytes`.
template <class Work>
Timed with_peak(Work work, double* mebibytes) {
  return [work, mebibytes] {
    if (mebibytes == nullptr || *mebibytes != 0) return work();
    const PeakMemory peak;
    work();
    *mebibytes = peak.mebibytes();
  };
}

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
  double aim = 0;     // nanoseconds for a transaction
  double memory = 0;  // MiB for a million
  std::uint64_t txns = 1'000'000;
};

// Decides alone: read and compiled before.
void measure_txns(Bench& bench, const TxnCase& txn_case) {
  double peak = 0;
  const auto made = once([&](std::uint64_t units) {
    struct Made {
      models::Pool pool;
      models::TxnHistory txns;
    };
    auto read = models::read_journal(TxnGenerator({.txns = units, .lists = txn_case.lists}).run());
    auto txns = models::compile_txns(*read.journal);
    return Made{std::move(read.journal->pool), std::move(txns)};
  });
  const std::string work = (txn_case.lists ? "lists, " : "registers, ") + txn_case.model;
  bench.measure({.work = work,
                 .units = txn_case.txns,
                 .ours =
                     [&](std::uint64_t units) {
                       const auto history = made(units);
                       const auto judge = [history, model = txn_case.model] {
                         const auto result = models::check_isolation(history->txns, model);
                         expect(result.verdict == Verdict::kHolds, model + ": " + result.reason);
                       };
                       return with_peak(judge, &peak);
                     },
                 .budget = at_most(txn_case.aim)});
  if (peak == 0) return;
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
  return [made](std::uint64_t units) -> Timed {
    const auto history = made(units);
    return [history] {
      const auto result = models::check_linearizable(*history);
      expect(result.verdict == Verdict::kHolds, "register: " + result.reason);
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

Contender container(ObjectKind kind) {
  const auto made =
      once([kind](std::uint64_t units) { return object_calls({.kind = kind, .calls = units}); });
  return [made, kind](std::uint64_t units) -> Timed {
    const auto calls = made(units);
    return [calls, kind] {
      const auto passages = models::passages_of(*calls);
      const auto result = kind == ObjectKind::kQueue ? models::check_plain_queue(*passages, *calls)
                                                     : models::check_plain_stack(*passages, *calls);
      expect(result.verdict == Verdict::kHolds, "container: " + result.why);
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
  void decide_registers() const {
    for (const auto& import : imports_) {
      (void)models::check_linearizable(import.history, {},
                                       {.initial = import.initial, .explains = false});
    }
  }

  void decide_maps() {
    for (Journal& journal : journals_) {
      const auto reading = models::read_subject(journal);
      const auto specification = models::specification_of(
          {.kind = reading.object, .initial = models::kNilCell, .pool = &journal.pool});
      for (const auto& part : models::compile_objects(journal, reading)) {
        const auto result = models::check_specification<models::ObjectState, models::ObjectCall>(
            specification, part.calls);
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
  bench.measure({.work = "52 etcd logs, decided, for all",
                 .units = kTimes,
                 .ours = again([etcd] { etcd->decide_registers(); }),
                 .budget = at_most(500'000)});
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
                 .ours = container(ObjectKind::kQueue),
                 .budget = at_most(300)});
  bench.measure({.work = "stack, unique values",
                 .units = 1'000'000,
                 .ours = container(ObjectKind::kStack),
                 .budget = at_most(600)});
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
  return bench.finish();
}
