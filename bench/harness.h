// Measures a piece of work beside the least that it could cost and beside the naive way.
//
//   Bench bench(argc, argv, "event queue");
//   bench.measure({.work = "hold", .units = 10'000'000, .ours = hold<EventQueue>});
//   return bench.finish();
//
// A contender prepares and returns what shall be timed. The contenders of a case take turns,
// several times over, and the least time of each counts: on a shared machine noise only adds. Time
// is what the process spent on a core, so waiting for one costs nothing. --quick does a thousandth
// of the work once, to see that everything runs; its figures mean nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace quorumlab::bench {

using Timed = std::function<void()>;
// Gets ready for so many units of work; the result does them.
using Contender = std::function<Timed(std::uint64_t units)>;

struct Budget {
  enum class Kind : std::uint8_t { kNone, kTimesBound, kAtMost, kPerSecond };
  Kind kind = Kind::kNone;
  double limit = 0;
};
inline Budget times_bound(double limit) {
  return {Budget::Kind::kTimesBound, limit};
}
// Nanoseconds for a unit of work; for Bench::value in its own unit.
inline Budget at_most(double limit) {
  return {Budget::Kind::kAtMost, limit};
}
inline Budget at_least_per_second(double limit) {
  return {Budget::Kind::kPerSecond, limit};
}

struct Case {
  std::string work;
  std::uint64_t units = 0;
  Contender ours;
  Contender bound = {};  // written by hand; empty: there is none
  Contender naive = {};
  Budget budget = {};
};

struct Figures {
  double least = 0;  // nanoseconds for a unit
  double median = 0;
};

class Bench {
 public:
  // Ends the process with code 64 when the arguments are wrong.
  Bench(int argc, char** argv, std::string_view title);

  // Prints a line of the table. Returns what our contender took.
  Figures measure(const Case& work);
  // The same of work that is part of a figure, so that no line of its own is printed.
  [[nodiscard]] Figures part(std::string_view of, std::uint64_t units, const Contender& ours) const;
  // A figure that is no time: bytes, a ratio, a share.
  struct Value {
    std::string work;
    double value = 0;
    std::string unit;
    Budget budget = {};
  };
  void value(const Value& value);
  [[nodiscard]] bool quick() const { return quick_; }
  // The exit code: 0, whatever was measured.
  int finish();

 private:
  [[nodiscard]] std::uint64_t units_of(std::uint64_t units) const;
  void line(const std::string& work, const std::string& figures, std::optional<bool> within,
            const std::string& budget);

  bool quick_ = false;
  std::string only_;  // measures the work whose name has this in it
  int repetitions_ = 5;
  int missed_ = 0;
};

// Gaps between events as they come in simulations: exponential, mean `mean`, drawn beforehand, so
// that drawing is not part of what is measured.
class Gaps {
 public:
  explicit Gaps(double mean);
  std::int64_t next() { return gaps_[next_++ % kCount]; }

 private:
  static constexpr std::size_t kCount = 65'536;
  std::int64_t gaps_[kCount];
  std::size_t next_ = 0;
};

}  // namespace quorumlab::bench
