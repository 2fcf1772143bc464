// What two threads gain where histories are read and judged (`check --jobs 2`). How much of the
// work can be done at the same time does not depend on who else uses the machine: pieces are done
// one after the other, each is timed, and it is computed when two that share them would be ready.
// Beside it stands the time that passed, for which both cores must be free.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness.h"
#include "bench/object_text.h"
#include "bench/txn_generator.h"
#include "models/exchange/judge.h"
#include "tools/threads.h"

namespace quorumlab::bench {
namespace {

using models::Executor;

double on_core() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double passed() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// One after the other; whoever of two is free first would have taken the next.
class TwoSupposed : public Executor {
 public:
  void run(std::size_t count, const std::function<void(std::size_t)>& work) override {
    double busy[2] = {0, 0};
    for (std::size_t i = 0; i < count; ++i) {
      const double begin = on_core();
      work(i);
      busy[busy[1] < busy[0] ? 1 : 0] += on_core() - begin;
    }
    saved_ += std::min(busy[0], busy[1]);
  }
  [[nodiscard]] double saved() const { return saved_; }

 private:
  double saved_ = 0;
};

void judge(std::string_view text, Executor* executor) {
  auto read = models::read_journal(text, executor);
  const auto found = models::judge_journal(*read.journal, {.executor = executor});
  if (found.verdict == models::Verdict::kHolds) return;
  fmt::print(stderr, "wrong verdict: {}\n", found.reason);
  std::exit(1);
}

void measure(Bench& bench, const std::string& work, std::uint64_t units, auto text) {
  std::string made;
  const Figures one = bench.part(work, units, [&](std::uint64_t so_many) -> Timed {
    if (made.empty()) made = text(so_many);
    return [&] { judge(made, nullptr); };
  });
  if (one.least == 0) return;
  double supposed = 0;
  double alone = 1e9;
  double both = 1e9;
  for (int i = 0; i < 3; ++i) {
    TwoSupposed two;
    const double begin = on_core();
    judge(made, &two);
    const double whole = on_core() - begin;
    supposed = std::max(supposed, whole / (whole - two.saved()));
    const double before = passed();
    judge(made, nullptr);
    alone = std::min(alone, passed() - before);
    tools::Threads threads(2);
    const double between = passed();
    judge(made, &threads);
    both = std::min(both, passed() - between);
  }
  bench.value({.work = work, .value = one.least, .unit = "ns, one thread"});
  bench.value({.work = work + ", two", .value = supposed, .unit = "x, supposed"});
  bench.value({.work = work + ", two", .value = alone / both, .unit = "x, time passed"});
}

std::string txns(std::uint64_t count, bool lists, std::uint32_t groups) {
  return TxnGenerator({.txns = count, .lists = lists, .groups = groups}).run();
}

// Registers of forty keys, as Jepsen's independent tests have them: every value is [key value].
std::string keyed(std::uint64_t count, bool cas) {
  constexpr std::uint64_t kKeys = 40;
  std::vector<std::string> texts;
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    ObjectShape shape{.kind = models::ObjectKind::kRegister, .seed = key + 1};
    shape.calls = std::max<std::uint64_t>(1, count / kKeys);
    shape.cas = cas;
    if (cas) shape.values = 5;
    ObjectText text(shape);
    texts.emplace_back(std::istreambuf_iterator<char>(&text), std::istreambuf_iterator<char>());
  }
  constexpr std::string_view kProcess = "{:process ";
  constexpr std::string_view kValue = ":value ";
  std::string all;
  std::vector<std::size_t> at(kKeys);
  for (bool any = true; any;) {
    any = false;
    for (std::uint64_t key = 0; key < kKeys; ++key) {
      const std::size_t end = texts[key].find('\n', at[key]);
      if (end == std::string::npos) continue;
      any = true;
      std::string_view line = std::string_view(texts[key]).substr(at[key], end - at[key]);
      at[key] = end + 1;
      line.remove_prefix(kProcess.size());
      const std::size_t value = line.find(kValue) + kValue.size();
      all += fmt::format("{}{}{}[{} {}]}}\n", kProcess, key + 1, line.substr(0, value), key,
                         line.substr(value, line.size() - value - 1));
    }
  }
  return all;
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "histories read and judged, for each operation");
  measure(bench, "lists", 500'000, [](auto n) { return txns(n, true, 1); });
  measure(bench, "registers", 200'000, [](auto n) { return txns(n, false, 1); });
  measure(bench, "registers, 20 parts", 200'000, [](auto n) { return txns(n, false, 20); });
  measure(bench, "cas registers, 40 keys", 500'000, [](auto n) { return keyed(n, true); });
  measure(bench, "registers, 40 keys", 500'000, [](auto n) { return keyed(n, false); });
  return bench.finish();
}
