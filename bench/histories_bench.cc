// Histories from anywhere: reading them, and judging transactions and objects, in bulk.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "bench/harness.h"
#include "bench/txn_generator.h"
#include "models/consistency/isolation.h"
#include "models/consistency/linearizable.h"
#include "models/consistency/objects.h"
#include "models/consistency/queue_order.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "models/exchange/subject.h"

namespace quorumlab::bench {
namespace {

using models::Journal;
using models::Verdict;

void expect(bool good, const std::string& what) {
  if (good) return;
  fmt::print(stderr, "wrong verdict: {}\n", what);
  std::exit(1);
}

Contender reading(bool lists) {
  return [lists](std::uint64_t units) -> Timed {
    const auto text =
        std::make_shared<std::string>(TxnGenerator({.txns = units, .lists = lists}).run());
    return [text] { expect(models::read_journal(*text).journal.has_value(), "unreadable"); };
  };
}

// Decides alone: read and compiled before.
Contender deciding(bool lists, const std::string& model) {
  return [lists, model](std::uint64_t units) -> Timed {
    auto read = models::read_journal(TxnGenerator({.txns = units, .lists = lists}).run());
    const auto journal = std::make_shared<Journal>(std::move(*read.journal));
    const auto txns = std::make_shared<models::TxnHistory>(models::compile_txns(*journal));
    return [journal, txns, model] {
      const auto result = models::check_isolation(*txns, model);
      expect(result.verdict == Verdict::kHolds, model + ": " + result.reason);
    };
  };
}

using Calls = std::vector<models::TimedCall<models::ObjectCall>>;

// An object that is never wrong, used by some processes: each call takes effect when it begins.
Calls object_calls(std::uint64_t count, std::uint32_t processes,
                   const std::function<models::ObjectCall(sim::Stream&)>& next) {
  sim::Stream random(sim::Seed{1}, "bench.objects");
  Calls calls;
  std::vector<std::size_t> open(processes, SIZE_MAX);
  std::uint64_t now = 0;
  std::uint64_t ended = 0;
  while (ended < count) {
    std::size_t& mine = open[random.below(processes)];
    if (mine == SIZE_MAX && calls.size() < count) {
      mine = calls.size();
      calls.push_back({.call = next(random), .invoked = now++});
    } else if (mine != SIZE_MAX) {
      calls[mine].completed = now++;
      mine = SIZE_MAX;
      ++ended;
    }
  }
  return calls;
}

Contender cas_register(std::uint32_t processes) {
  return [processes](std::uint64_t units) -> Timed {
    std::int64_t held = 0;
    const auto calls = object_calls(units, processes, [&held](sim::Stream& random) {
      models::ObjectCall call;
      const auto value = static_cast<std::int64_t>(random.below(5));
      const std::uint64_t dice = random.below(3);
      if (dice == 0) {
        call.result = models::integer_cell(held);
      } else if (dice == 1) {
        call.method = models::Method::kWrite;
        call.a = models::integer_cell(held = value);
      } else {
        call.method = models::Method::kCas;
        call.a = models::integer_cell(static_cast<std::int64_t>(random.below(5)));
        call.b = models::integer_cell(value);
        const bool swaps = call.a == models::integer_cell(held);
        call.result = models::make_cell(models::Tag::kBoolean, swaps ? 1 : 0);
        if (swaps) held = value;
      }
      return call;
    });
    const auto history = std::make_shared<models::History>();
    struct Moment {
      std::uint64_t at;
      std::size_t call;
      bool ends;
    };
    std::vector<Moment> moments;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      moments.push_back({calls[i].invoked, i, false});
      moments.push_back({calls[i].completed, i, true});
    }
    std::sort(moments.begin(), moments.end(),
              [](const Moment& a, const Moment& b) { return a.at < b.at; });
    std::vector<sim::OpId> ids(calls.size());
    for (const Moment& moment : moments) {
      const models::ObjectCall& call = calls[moment.call].call;
      const bool cas = call.method == models::Method::kCas;
      const bool read = call.method == models::Method::kRead;
      const auto value = [](models::Cell cell) { return models::Value(models::integer_of(cell)); };
      if (!moment.ends) {
        ids[moment.call] =
            history->invoke({.process = static_cast<models::ProcessId>(moment.call),
                             .f = read  ? models::Function::kRead
                                  : cas ? models::Function::kCas
                                        : models::Function::kWrite,
                             .value = read ? models::Value() : value(cas ? call.b : call.a),
                             .expected = cas ? value(call.a) : models::Value()});
        continue;
      }
      const bool refused = cas && models::payload_of(call.result) == 0;
      history->complete(ids[moment.call],
                        {.outcome = refused ? models::Outcome::kFail : models::Outcome::kOk,
                         .value = read ? value(call.result) : models::Value(),
                         .saw_other = refused});
    }
    return [history] {
      expect(models::check_linearizable(*history, {}, {.initial = 0}).verdict == Verdict::kHolds,
             "cas register");
    };
  };
}

Contender container(models::ObjectKind kind, std::uint32_t processes) {
  return [kind, processes](std::uint64_t units) -> Timed {
    std::vector<std::int64_t> held;
    std::size_t first = 0;
    std::int64_t fresh = 0;
    const bool queue = kind == models::ObjectKind::kQueue;
    const auto calls = std::make_shared<Calls>(
        object_calls(units, processes, [&](sim::Stream& random) -> models::ObjectCall {
          if (held.size() == first || random.below(2) == 0) {
            held.push_back(++fresh);
            return {.method = models::Method::kPush, .a = models::integer_cell(fresh)};
          }
          const std::int64_t out = queue ? held[first++] : held.back();
          if (!queue) held.pop_back();
          return {.method = models::Method::kPop, .result = models::integer_cell(out)};
        }));
    return [calls, kind] {
      if (kind == models::ObjectKind::kQueue) {
        expect(models::is_plain_queue(*calls) &&
                   models::check_plain_queue(*calls).verdict == Verdict::kHolds,
               "queue");
        return;
      }
      const auto specification = models::specification_of({.kind = kind});
      const auto result = models::check_specification<models::ObjectState, models::ObjectCall>(
          specification, *calls);
      expect(result.verdict == Verdict::kHolds, "container: " + result.reason);
    };
  };
}

// The logs of another checker's tests, where they are.
void measure_logs(Bench& bench) {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::path(QUORUMLAB_SOURCE_DIR) / ".." / "shared" / "histories" / "porcupine";
  if (!fs::exists(folder)) return;
  const auto judging = [](std::vector<fs::path> files) -> Contender {
    return [files = std::move(files)](std::uint64_t) -> Timed {
      const auto journals = std::make_shared<std::vector<Journal>>();
      for (const fs::path& file : files) {
        std::ifstream stream(file, std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(stream)),
                               std::istreambuf_iterator<char>());
        journals->push_back(std::move(*models::read_journal(text).journal));
      }
      return [journals] {
        for (Journal& journal : *journals) (void)models::judge_journal(journal, {});
      };
    };
  };
  std::vector<fs::path> logs;
  for (const auto& entry : fs::directory_iterator(folder / "jepsen")) logs.push_back(entry.path());
  std::sort(logs.begin(), logs.end());
  bench.measure(
      {.work = "52 etcd logs, with witnesses, for all", .units = 1, .ours = judging(logs)});
  bench.measure(
      {.work = "kv/c50-ok, for all", .units = 1, .ours = judging({folder / "kv" / "c50-ok.txt"})});
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "histories, for each operation");
  measure_logs(bench);
  bench.measure({.work = "cas register, 5 clients", .units = 100'000, .ours = cas_register(5)});
  bench.measure({.work = "cas register, 20 clients", .units = 10'000, .ours = cas_register(20)});
  bench.measure({.work = "queue, 8 clients",
                 .units = 1'000'000,
                 .ours = container(quorumlab::models::ObjectKind::kQueue, 8)});
  bench.measure({.work = "reading lists, EDN", .units = 200'000, .ours = reading(true)});
  bench.measure({.work = "reading registers, EDN", .units = 200'000, .ours = reading(false)});
  for (const char* const model : {"read-committed", "strong-session-read-atomic", "causal"}) {
    bench.measure({.work = std::string("registers, ") + model,
                   .units = 200'000,
                   .ours = deciding(false, model)});
  }
  bench.measure({.work = "lists, strict-serializable",
                 .units = 200'000,
                 .ours = deciding(true, "strict-serializable")});
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  bench.value(
      {.work = "peak memory", .value = static_cast<double>(usage.ru_maxrss) / 1024, .unit = "MiB"});
  return bench.finish();
}
