#include "bench/harness.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "sim/distribution.h"

namespace quorumlab::bench {
namespace {

constexpr int kBadUsage = 64;

double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double time_once(const Contender& contender, std::uint64_t units) {
  const Timed timed = contender(units);
  const double start = cpu_nanoseconds();
  timed();
  return (cpu_nanoseconds() - start) / static_cast<double>(units);
}

Figures figures_of(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return {times.front(), times[times.size() / 2]};
}

std::string cell(const Contender& contender, const Figures& figures) {
  return contender ? fmt::format("{:10.1f}", figures.least) : fmt::format("{:>10}", "");
}

}  // namespace

Bench::Bench(int argc, char** argv, std::string_view title) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--quick") {
      quick_ = true;
      repetitions_ = 1;
    } else if (std::string_view(argv[i]) == "--only" && i + 1 < argc) {
      only_ = argv[++i];
    } else {
      fmt::print(stderr, "usage: {} [--quick] [--only PART_OF_A_NAME]\n", argv[0]);
      std::exit(kBadUsage);
    }
  }
  fmt::print("{}{}\n{:<46}{:>10}{:>10}{:>10}{:>10}{:>8}  {}\n", title,
             quick_ ? " (--quick: these figures mean nothing)" : "", "ns for each", "bound",
             "naive", "ours", "median", "M/s", "budget");
}

std::uint64_t Bench::units_of(std::uint64_t units) const {
  return quick_ ? std::max<std::uint64_t>(units / 1'000, 1) : units;
}

Figures Bench::part(std::string_view of, std::uint64_t units, const Contender& ours) const {
  if (of.find(only_) == std::string_view::npos) return {};
  std::vector<double> times;
  for (int i = 0; i < repetitions_; ++i) times.push_back(time_once(ours, units_of(units)));
  return figures_of(times);
}

Figures Bench::measure(const Case& work) {
  if (work.work.find(only_) == std::string::npos) return {};
  const std::uint64_t units = units_of(work.units);
  std::vector<double> ours;
  std::vector<double> bound;
  std::vector<double> naive;
  for (int i = 0; i < repetitions_; ++i) {
    if (work.bound) bound.push_back(time_once(work.bound, units));
    if (work.naive) naive.push_back(time_once(work.naive, units));
    ours.push_back(time_once(work.ours, units));
  }
  const Figures mine = figures_of(ours);
  const Figures least = work.bound ? figures_of(bound) : Figures{};
  const Figures plain = work.naive ? figures_of(naive) : Figures{};
  const Budget& budget = work.budget;
  std::optional<bool> within;
  std::string text;
  const double ratio = work.bound ? mine.least / least.least : 0;
  switch (budget.kind) {
    case Budget::Kind::kNone:
      if (work.bound) text = fmt::format("{:.2f} x bound", ratio);
      break;
    case Budget::Kind::kTimesBound:
      within = ratio <= budget.limit;
      text = fmt::format("{:.2f} of <= {} x bound", ratio, budget.limit);
      break;
    case Budget::Kind::kAtMost:
      within = mine.least <= budget.limit;
      text = fmt::format("<= {} ns", budget.limit);
      break;
    case Budget::Kind::kPerSecond:
      within = mine.least <= 1e9 / budget.limit;
      text = fmt::format(">= {} M/s", budget.limit / 1e6);
      break;
  }
  line(work.work,
       fmt::format("{}{}{:10.1f}{:10.1f}{:8.2f}", cell(work.bound, least), cell(work.naive, plain),
                   mine.least, mine.median, 1e3 / mine.least),
       within, text);
  return mine;
}

void Bench::value(const Value& value) {
  std::optional<bool> within;
  if (value.budget.kind != Budget::Kind::kNone) within = value.value <= value.budget.limit;
  line(value.work, fmt::format("{:>20}{:10.2f} {:<17}", "", value.value, value.unit), within,
       within ? fmt::format("<= {}", value.budget.limit) : "");
}

void Bench::line(const std::string& work, const std::string& figures, std::optional<bool> within,
                 const std::string& budget) {
  const char* const verdict = !within ? "" : *within ? "  within" : "  MISSED";
  if (within && !*within) ++missed_;
  fmt::print("{:<46}{}  {}{}\n", work, figures, budget, verdict);
  std::fflush(stdout);
}

int Bench::finish() {
  if (!quick_ && missed_ > 0) fmt::print("{} missed\n", missed_);
  return 0;
}

Gaps::Gaps(double mean) {
  sim::Stream stream(sim::Seed{1}, "bench.gaps");
  const auto law = sim::Distribution::exponential(sim::Duration(static_cast<std::int64_t>(mean)));
  for (std::int64_t& gap : gaps_) gap = law.sample(stream).count();
}

}  // namespace quorumlab::bench
