// Staleness: how often a read misses what was written, for given N, R, W and delays.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/rng.h"
#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Function;
using models::Operation;

double choose(int n, int k) {
  double ways = 1;
  for (int i = 0; i < k; ++i) ways = ways * (n - i) / (i + 1);
  return n < k ? 0 : ways;
}

// How many acknowledged writes are newer than what each read returned.
std::vector<int> versions_behind(const models::History& history) {
  std::vector<int> behind;
  std::vector<models::Value> written;
  for (const Operation& op : history.operations()) {
    if (op.f == Function::kWrite) {
      written.push_back(op.value);
      continue;
    }
    const auto newest_first = std::find(written.rbegin(), written.rend(), op.value);
    behind.push_back(static_cast<int>(newest_first - written.rbegin()));
  }
  return behind;
}

struct Staleness {
  int n, w, r;
};
class Row14 : public testing::TestWithParam<Staleness> {};

// [C(N-W,R) / C(N,R)]^k: each of the last k writes went to a random quorum that this read missed.
TEST_P(Row14, StalenessOfRandomQuorumsThatNothingSpreads) {
  const auto [n, w, r] = GetParam();
  const Experiment cluster(homes(n, w, r, "1ms", "40s"), {"replication.contact=\"quorum\""});
  const std::vector<int> behind = versions_behind(cluster.run(14).history);
  const double miss = choose(n - w, r) / choose(n, r);
  for (const int k : {1, 2, 3, 10}) {
    Share stale;
    for (const int versions : behind) stale.count(versions >= k);
    EXPECT_TRUE(agrees(stale, std::pow(miss, k))) << "k = " << k;
  }
}
INSTANTIATE_TEST_SUITE_P(Theory, Row14,
                         testing::Values(Staleness{3, 1, 1}, Staleness{3, 1, 2}, Staleness{3, 2, 1},
                                         Staleness{3, 2, 2}, Staleness{5, 1, 1}, Staleness{5, 2, 2},
                                         Staleness{5, 1, 3}, Staleness{2, 1, 1}),
                         [](const auto& p) {
                           return fmt::format("N{}W{}R{}", p.param.n, p.param.w, p.param.r);
                         });

// The four ways of Bailis et al., "Probabilistically Bounded Staleness", VLDB 2012: a write to a
// replica, its acknowledgement, a read's request and its answer; each in milliseconds, from a
// number in (0, 1).
struct Ways {
  Real w, a, r, s;
};

// The chance that a read that begins `t` after a write's W acknowledgements sees it, by drawing.
double consistent_at(const Ways& ways, int n, int r, int w, double t) {
  constexpr int kDraws = 200'000;
  sim::Stream chance(sim::Seed{2012}, "test.wars");
  int fresh = 0;
  for (int i = 0; i < kDraws; ++i) {
    std::vector<double> written;
    std::vector<double> acknowledged;
    std::vector<std::pair<double, int>> answers;
    std::vector<double> asked;
    for (int replica = 0; replica < n; ++replica) {
      written.push_back(ways.w(chance.open_unit()));
      acknowledged.push_back(written.back() + ways.a(chance.open_unit()));
      asked.push_back(ways.r(chance.open_unit()));
      answers.emplace_back(asked.back() + ways.s(chance.open_unit()), replica);
    }
    std::sort(acknowledged.begin(), acknowledged.end());
    std::sort(answers.begin(), answers.end());
    const double begin = acknowledged[static_cast<std::size_t>(w - 1)] + t;
    for (int j = 0; j < r; ++j) {
      const auto replica = static_cast<std::size_t>(answers[static_cast<std::size_t>(j)].second);
      if (written[replica] <= begin + asked[replica]) {
        ++fresh;
        break;
      }
    }
  }
  return static_cast<double>(fresh) / kDraws;
}

Real exponential(double mean) {
  return [mean](double u) { return -mean * std::log(u); };
}

// A Pareto law with a chance of `share`, else an exponential one: the published fits. The inverse
// of the mixture's distribution function, by halving.
Real pareto_or_exponential(double share, double scale, double shape, double rate) {
  return [=](double u) {
    const auto below = [&](double x) {
      const double pareto = x <= scale ? 0 : 1 - std::pow(scale / x, shape);
      return share * pareto + (1 - share) * (1 - std::exp(-rate * x));
    };
    double low = 0;
    double high = 1e6;
    for (int i = 0; i < 60; ++i) {
      const double middle = (low + high) / 2;
      (below(middle) < u ? low : high) = middle;
    }
    return high;
  };
}

// As a law that a scenario can name: so many equally likely values.
std::string empirical(const Real& law) {
  constexpr int kPoints = 2'000;
  std::string points;
  for (int i = 0; i < kPoints; ++i) {
    const double ms = law((i + 0.5) / kPoints);
    points += fmt::format("{}{}ns:1", i == 0 ? "" : ", ", std::llround(ms * 1e6));
  }
  return "empirical(" + points + ")";
}
// To draw from it in the same number of equally likely values.
Real tabulated(const Real& law) {
  constexpr int kPoints = 20'000;
  std::vector<double> table;
  for (int i = 0; i < kPoints; ++i) table.push_back(law((i + 0.5) / kPoints));
  return [table](double u) { return table.at(static_cast<std::size_t>(u * kPoints)); };
}

struct Delays {
  std::string store, acknowledge, fetch, answer;
};

double measured_at(const Delays& delays, int r, int w, const std::string& t,
                   const std::string& duration) {
  const Experiment cluster(homes(3, w, r, t, duration) + delay("Store", "requests", delays.store) +
                           delay("Store", "replies", delays.acknowledge) +
                           delay("Fetch", "requests", delays.fetch) +
                           delay("Fetch", "replies", delays.answer));
  const Share missed = misses_own_write(cluster.run(15).history);
  EXPECT_GT(missed.trials, 4'000U);
  return 1 - missed.value();
}

// With some 5,000 reads, three standard errors are 2 % at worst.
constexpr double kOfFiveThousand = 0.021;

TEST(Row15, StalenessAgainstTimeWithExponentialDelays) {
  const Ways ways{exponential(10), exponential(1), exponential(1), exponential(1)};
  const std::string slow = "exponential(10ms)";
  const std::string quick = "exponential(1ms)";
  const Delays delays{slow, quick, quick, quick};
  struct Case {
    int r, w;
    double t;
    std::string gap, duration;
    double expected;
  };
  for (const Case& c : {Case{1, 1, 0, "1us", "60s", .418}, Case{1, 1, 10, "10ms", "250s", .788},
                        Case{1, 1, 50, "50ms", "1100s", .996}, Case{1, 2, 0, "1us", "120s", .712},
                        Case{2, 1, 0, "1us", "60s", .757}, Case{2, 2, 0, "1us", "120s", 1}}) {
    const double seen = measured_at(delays, c.r, c.w, c.gap, c.duration);
    EXPECT_NEAR(seen, c.expected, kOfFiveThousand) << "R" << c.r << "W" << c.w << " " << c.gap;
    EXPECT_NEAR(seen, consistent_at(ways, 3, c.r, c.w, c.t), kOfFiveThousand);
  }
}

// Table 3 of the paper: LinkedIn's disks of 2011 and their successors.
TEST(Row15, StalenessAgainstTimeWithThePublishedFits) {
  const Real ssd = pareto_or_exponential(.9122, .235, 10, 1.66);
  const Real disk = pareto_or_exponential(.38, 1.05, 1.51, .183);
  const std::string quick = empirical(ssd);
  const std::string slow = empirical(disk);
  const Real fast = tabulated(ssd);
  const Ways with_ssd{fast, fast, fast, fast};
  const Ways with_disk{tabulated(disk), fast, fast, fast};
  struct Case {
    bool disk;
    double t;
    std::string gap, duration;
    double expected;
  };
  for (const Case& c :
       {Case{false, 0, "1us", "18s", .9736}, Case{false, 1, "1ms", "40s", .9954},
        Case{false, 5, "5ms", "100s", .99998}, Case{true, 0, "1us", "90s", .435},
        Case{true, 10, "10ms", "300s", .924}, Case{true, 50, "50ms", "900s", .999}}) {
    const double seen =
        measured_at({c.disk ? slow : quick, quick, quick, quick}, 1, 1, c.gap, c.duration);
    EXPECT_NEAR(seen, c.expected, kOfFiveThousand) << (c.disk ? "disk " : "ssd ") << c.gap;
    EXPECT_NEAR(seen, consistent_at(c.disk ? with_disk : with_ssd, 3, 1, 1, c.t), kOfFiveThousand);
  }
}

}  // namespace
}  // namespace quorumlab::theory
