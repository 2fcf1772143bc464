// Logs such as Kafka's: what it costs to read their histories and to judge them, right ones and
// those with one anomaly of each kind. A history of a million operations ends with one consumer
// that reads everything again.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "bench/harness.h"
#include "bench/judging.h"
#include "bench/kafka_generator.h"
#include "models/consistency/kafka.h"
#include "models/exchange/kafka_journal.h"

namespace quorumlab::bench {
namespace {

using models::Verdict;

struct LogCase {
  std::string of;
  std::string model;
  KafkaShape shape;
  std::uint64_t ops = 1'000'000;
  double aim = 0;  // nanoseconds for an operation
};

struct CompiledLogs {
  models::Journal journal;
  models::LogHistory logs;
};

std::shared_ptr<const CompiledLogs> compiled(KafkaShape shape, std::uint64_t ops) {
  shape.ops = ops;
  auto made = std::make_shared<CompiledLogs>();
  made->journal = std::move(*models::read_journal(KafkaGenerator(shape).run()).journal);
  made->logs = models::compile_logs(made->journal);
  made->journal.events = {};
  made->journal.cells = {};
  return made;
}

// Decides alone: read and compiled before. With an anomaly planted, it must be found and named.
void measure_verdict(Bench& bench, const LogCase& log_case) {
  const std::string_view plant = log_case.shape.plant;
  std::shared_ptr<const CompiledLogs> history;
  double peak = 0;
  const auto judge = [&] {
    const auto result = models::check_logs(history->logs, log_case.model);
    expect(result.verdict == (plant.empty() ? Verdict::kHolds : Verdict::kViolated),
           log_case.of + ": " + result.reason);
    const bool named =
        plant.empty() || result.counts.contains(std::string(planted_log_name(plant)));
    expect(named, std::string(plant) + " was not named");
  };
  const std::string work = fmt::format("{}, {}", log_case.of, log_case.model);
  bench.measure({.work = work,
                 .units = log_case.ops,
                 .ours = [&](std::uint64_t units) -> Timed {
                   if (!history) history = compiled(log_case.shape, units);
                   return with_peak(judge, &peak);
                 },
                 .budget = log_case.aim > 0 ? at_most(log_case.aim) : Budget{}});
  if (peak == 0 || !plant.empty()) return;
  bench.value({.work = work + ", peak", .value = peak, .unit = "MiB"});
  bench.value({.work = work + ", messages sent and polled",
               .value = static_cast<double>(history->logs.actions.size()),
               .unit = ""});
}

void measure_reading(Bench& bench) {
  std::shared_ptr<const std::string> text;
  std::uint64_t ops = 1;
  const Figures read = bench.measure(
      {.work = "reading, EDN", .units = 200'000, .ours = [&](std::uint64_t units) -> Timed {
         ops = units;
         if (!text) text = std::make_shared<std::string>(KafkaGenerator({.ops = units}).run());
         return [&] { expect(models::read_journal(*text).journal.has_value(), "unreadable"); };
       }});
  if (!text) return;
  bench.value({.work = "reading, EDN, a byte",
               .value = read.least * static_cast<double>(ops) / static_cast<double>(text->size()),
               .unit = "ns",
               .budget = at_most(5)});
  std::shared_ptr<models::Journal> journal;
  bench.measure({.work = "compiling", .units = 200'000, .ours = [&](std::uint64_t) -> Timed {
                   if (!journal) {
                     journal = std::make_shared<models::Journal>(
                         std::move(*models::read_journal(*text).journal));
                   }
                   return [&] { (void)models::compile_logs(*journal); };
                 }});
}

void measure_planted(Bench& bench) {
  for (const PlantedLogs& planted : planted_logs()) {
    KafkaShape shape{.one_by_one = true};
    shape.subscribes = planted.name.find(' ') != std::string_view::npos;
    shape.plant = planted.name;
    measure_verdict(bench, {std::string(planted.name), std::string(planted.model), shape, 200'000});
  }
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "logs, for each operation");
  measure_reading(bench);
  measure_verdict(bench, {"one send or poll each", "kafka", {.most_micros = 1}, 1'000'000, 700});
  measure_verdict(bench, {"transactions", "kafka", {}, 1'000'000, 700});
  measure_verdict(bench,
                  {"a consumer group", "kafka-ordered", {.subscribes = true}, 1'000'000, 700});
  measure_verdict(bench, {"one after the other", "kafka-isolated", {.one_by_one = true}});
  if (!bench.quick()) measure_planted(bench);
  return bench.finish();
}
