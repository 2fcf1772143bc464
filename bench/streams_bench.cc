// Histories judged as they are made and read: what it costs, and what is kept meanwhile. Of a
// million operations and of ten, to see what grows.
#include <fmt/format.h>

#include <istream>
#include <string>

#include "bench/harness.h"
#include "bench/judging.h"
#include "bench/object_text.h"
#include "bench/txn_generator.h"
#include "models/exchange/judge_stream.h"

namespace quorumlab::bench {
namespace {

using models::ObjectKind;
using models::Verdict;

// Memory in all, and at most so much kept at once. `Text` is made of a shape of so many calls or
// transactions.
template <class Text, class Shape>
void measure_stream(Bench& bench, const std::string& of, std::uint64_t units, Shape shape,
                    std::uint64_t Shape::*count, const models::StreamOptions& options) {
  double peak = 0;
  std::size_t kept = 0;
  const auto judging = [&](std::uint64_t so_many) {
    const auto judge = [so_many, &kept, &shape, count, options] {
      Shape sized = shape;
      sized.*count = so_many;
      Text text(sized);
      std::istream in(&text);
      const auto found = models::judge_stream(in, options);
      expect(!found.error && found.finding.verdict == Verdict::kHolds,
             "stream: " + found.finding.reason);
      kept = found.most_kept;
    };
    return with_peak(judge, &peak);
  };
  const std::string work =
      fmt::format("{} as {} read, {}", of, options.object ? "it is" : "they are",
                  units >= 10'000'000 ? "10 million" : "1 million");
  const Figures figures = bench.measure({.work = work, .units = units, .ours = judging});
  if (figures.least == 0) return;
  bench.value({.work = work + ", peak", .value = peak, .unit = "MiB"});
  bench.value({.work = work + ", kept at once",
               .value = static_cast<double>(kept),
               .unit = "values and calls"});
}

void measure_streams(Bench& bench) {
  const std::pair<const char*, ObjectShape> objects[] = {
      {"register", {.kind = ObjectKind::kRegister}},
      {"counter", {.kind = ObjectKind::kCounter}},
      {"set, read as a whole,", {.kind = ObjectKind::kSet}},
      {"set, looked at,", {.kind = ObjectKind::kSet, .lookups = true}},
      {"queue", {.kind = ObjectKind::kQueue, .never_empty = true}},
      {"stack", {.kind = ObjectKind::kStack}},
      {"ids", {.kind = ObjectKind::kIds}}};
  for (const std::uint64_t units : {1'000'000U, 10'000'000U}) {
    for (const auto& [name, shape] : objects) {
      measure_stream<ObjectText>(bench, name, units, shape, &ObjectShape::calls,
                                 {.object = shape.kind});
    }
    for (const char* const model :
         {"read_your_writes", "monotonic_reads", "monotonic_writes", "writes_follow_reads",
          "regular", "safe", "bounded_staleness", "consistent_prefix"}) {
      measure_stream<ObjectText>(
          bench, fmt::format("register, {},", model), units,
          ObjectShape{.kind = ObjectKind::kRegister}, &ObjectShape::calls,
          {.model = model, .object = ObjectKind::kRegister, .staleness_versions = 3});
    }
    measure_stream<TxnText>(bench, "lists", units, TxnShape{}, &TxnShape::txns, {});
    measure_stream<TxnText>(
        bench, "ten registers, read before they are written,", units,
        TxnShape{.lists = false, .writes_per_key = UINT32_MAX, .reads_first = true},
        &TxnShape::txns, {});
  }
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "histories judged as they are read, for each operation");
  measure_streams(bench);
  return bench.finish();
}
