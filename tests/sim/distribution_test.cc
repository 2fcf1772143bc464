#include "sim/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::sim {
namespace {

Distribution parsed(std::string_view text) {
  auto result = Distribution::parse(text);
  if (const auto* const error = std::get_if<DistributionError>(&result)) {
    ADD_FAILURE() << text << ": " << error->message << " at " << error->position;
    return {};
  }
  return std::get<Distribution>(result);
}

struct Moments {
  double mean = 0;
  double stddev = 0;
};

constexpr int kSamples = 100'000;

Moments moments_of(const Distribution& law) {
  Stream stream(Seed{7}, "moments");
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double value = law.sample(stream).seconds();
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kSamples;
  return {mean, std::sqrt(squares / kSamples - mean * mean)};
}

// The share of samples at or below a duration.
double share_up_to(const Distribution& law, Duration limit) {
  Stream stream(Seed{8}, "shares");
  int below = 0;
  for (int i = 0; i < kSamples; ++i) below += law.sample(stream) <= limit ? 1 : 0;
  return static_cast<double>(below) / kSamples;
}

double four_sigma(double stddev) {
  return 4 * stddev / std::sqrt(kSamples);
}
double four_sigma_of_share(double p) {
  return four_sigma(std::sqrt(p * (1 - p)));
}

// Every law, as scenarios write it and as it is printed.
struct Form {
  const char* written;
  const char* canonical;
};

constexpr Form kForms[] = {
    {"5ms", "5ms"},
    {"  5 ms ", "5ms"},
    {"-5ms", "-5ms"},
    {"0s", "0s"},
    {"constant(5ms)", "5ms"},
    {"constant(value 5ms)", "5ms"},
    {"1ms..5ms", "uniform(1ms, 5ms)"},
    {"0.5ms .. 1.5ms", "uniform(500us, 1.5ms)"},
    {"-10ms..10ms", "uniform(-10ms, 10ms)"},
    {"uniform(1ms, 5ms)", "uniform(1ms, 5ms)"},
    {"uniform( -10ms ,10ms )", "uniform(-10ms, 10ms)"},
    {"uniform(to 5ms, from 1ms)", "uniform(1ms, 5ms)"},
    {"uniform(5ms, 5ms)", "uniform(5ms, 5ms)"},
    {"exponential(10s)", "exponential(mean 10s)"},
    {"exponential(mean 10s)", "exponential(mean 10s)"},
    {"exponential (mean\t10s)", "exponential(mean 10s)"},
    {"normal(mean 30ms, stddev 1ms)", "normal(mean 30ms, stddev 1ms)"},
    {"normal(30ms, 1ms)", "normal(mean 30ms, stddev 1ms)"},
    {"normal(stddev 1ms, mean 30ms)", "normal(mean 30ms, stddev 1ms)"},
    {"normal(stddev 1ms, 30ms)", "normal(mean 30ms, stddev 1ms)"},
    {"normal(0s, 0s)", "normal(mean 0s, stddev 0s)"},
    {"lognormal(median 0.5ms, p99 3ms)", "lognormal(median 500us, p99 3ms)"},
    {"lognormal(1ms, 1ms)", "lognormal(median 1ms, p99 1ms)"},
    {"pareto(scale 1ms, shape 1.5)", "pareto(scale 1ms, shape 1.5)"},
    {"pareto(scale 1ms, shape 1.5, cap 1s)", "pareto(scale 1ms, shape 1.5, cap 1s)"},
    {"pareto(1ms, 1, 1min)", "pareto(scale 1ms, shape 1, cap 1min)"},
    {"pareto(1ms, 0.3333333333333333)", "pareto(scale 1ms, shape 0.3333333333333333)"},
    {"empirical(1ms:50, 5ms:40, 100ms:10)", "empirical(1ms:50, 5ms:40, 100ms:10)"},
    {"empirical( 5ms : 1 )", "empirical(5ms:1)"},
};

TEST(Distribution, EveryFormIsReadAndPrinted) {
  for (const Form& form : kForms) {
    const Distribution law = parsed(form.written);
    EXPECT_EQ(law.text(), form.canonical) << form.written;
    EXPECT_EQ(parsed(law.text()), law) << form.written;
  }
}

TEST(Distribution, LawsWithDifferentTextsDiffer) {
  for (const Form& x : kForms) {
    for (const Form& y : kForms) {
      EXPECT_EQ(parsed(x.written) == parsed(y.written), std::string(x.canonical) == y.canonical)
          << x.written << " and " << y.written;
    }
  }
}

TEST(Distribution, IsZeroUnlessToldOtherwise) {
  EXPECT_EQ(Distribution(), Distribution::constant(Duration(0)));
  EXPECT_TRUE(Distribution().is_constant());
  EXPECT_FALSE(parsed("1ms..1ms").is_constant());
}

struct KnownSamples {
  const char* text;
  std::vector<std::int64_t> nanoseconds;
};

TEST(Distribution, SamplesAreTheSameForEver) {
  const KnownSamples known[] = {
      {"5ms", {5000000, 5000000, 5000000, 5000000, 5000000}},
      {"uniform(1ms, 5ms)", {3157094, 4818795, 2149160, 2397267, 4619722}},
      {"uniform(-10ms, 10ms)", {785468, 9093972, -4254201, -3013662, 8098611}},
      {"exponential(10s)", {6175325685, 463596166, 12472633046, 10517757223, 998971193}},
      {"normal(30ms, 1ms)", {30098603, 31692226, 29438681, 29612835, 31310168}},
      {"normal(1ms, 2ms)", {1197207, 4384452, 0, 225669, 3620336}},
      {"lognormal(median 0.5ms, p99 3ms)", {539451, 1840818, 324498, 371078, 1371559}},
      {"pareto(1ms, 1.5)", {1509364, 1031389, 2296782, 2016138, 1068866}},
      {"pareto(1ms, 1.5, cap 2ms)", {1509364, 1031389, 2000000, 2000000, 1068866}},
      {"empirical(1ms:50, 5ms:40, 100ms:10)", {5000000, 100000000, 1000000, 1000000, 100000000}},
  };
  for (const KnownSamples& k : known) {
    const Distribution law = parsed(k.text);
    Stream stream(Seed{1}, "sample");
    for (const std::int64_t ns : k.nanoseconds) {
      EXPECT_EQ(law.sample(stream), Duration(ns)) << k.text;
    }
  }
}

TEST(Distribution, AConstantDrawsNothingAndEveryOtherLawOneNumber) {
  for (const Form& form : kForms) {
    const Distribution law = parsed(form.written);
    Stream sampled(Seed{1}, "draws");
    Stream counted(Seed{1}, "draws");
    for (int i = 0; i < 1000; ++i) {
      law.sample(sampled);
      if (!law.is_constant()) counted.next();
    }
    EXPECT_EQ(sampled.next(), counted.next()) << form.written;
  }
}

TEST(Distribution, NoSampleIsBelowTheMinimumOrBeyondTheLongest) {
  for (const Form& form : kForms) {
    const Distribution law = parsed(form.written);
    Stream stream(Seed{2}, "bounds");
    for (int i = 0; i < 10'000; ++i) {
      const Duration sample = law.sample(stream);
      ASSERT_GE(sample, law.min()) << form.written;
      ASSERT_LE(sample, Distribution::kLongest) << form.written;
    }
  }
}

TEST(Distribution, TheMinimumIsWhereTheLawBegins) {
  EXPECT_EQ(parsed("5ms").min(), 5_ms);
  EXPECT_EQ(parsed("-10ms..10ms").min(), -10_ms);
  EXPECT_EQ(parsed("exponential(10s)").min(), Duration(0));
  EXPECT_EQ(parsed("normal(30ms, 1ms)").min(), Duration(21'790'464));
  EXPECT_EQ(parsed("normal(1ms, 1ms)").min(), Duration(0));
  EXPECT_EQ(parsed("pareto(1ms, 1.5)").min(), 1_ms);
  EXPECT_EQ(parsed("empirical(5ms:1, 1ms:1, 9ms:1)").min(), 1_ms);
  EXPECT_LT(parsed("lognormal(1ms, 3ms)").min(), 100_us);
  EXPECT_GT(parsed("lognormal(1ms, 3ms)").min(), 10_us);
}

TEST(Distribution, MomentsAreThoseOfTheLaw) {
  const double root3 = std::sqrt(3.0);
  struct Expected {
    const char* text;
    double mean;
    double stddev;
  };
  const double sigma = std::log(6.0) / 2.3263478740408408;
  const double growth = std::exp(sigma * sigma);
  const Expected expected[] = {
      {"uniform(1s, 5s)", 3, 2 / root3},
      {"uniform(-10s, 10s)", 0, 10 / root3},
      {"exponential(10s)", 10, 10},
      {"normal(30s, 1s)", 30, 1},
      {"lognormal(median 0.5s, p99 3s)", 0.5 * std::sqrt(growth),
       0.5 * std::sqrt((growth - 1) * growth)},
      {"pareto(1s, 5)", 1.25, std::sqrt(5.0 / (16 * 3))},
      {"empirical(1s:50, 5s:40, 100s:10)", 12.5, std::sqrt(0.5 + 10 + 1000 - 12.5 * 12.5)},
  };
  for (const Expected& e : expected) {
    const Distribution law = parsed(e.text);
    const Moments got = moments_of(law);
    EXPECT_NEAR(got.mean, e.mean, four_sigma(e.stddev)) << e.text;
    EXPECT_NEAR(got.stddev, e.stddev, 0.05 * e.stddev) << e.text;
    EXPECT_NEAR(law.mean().seconds(), e.mean, 1e-6) << e.text;
  }
}

TEST(Distribution, TheMeanIsThatOfTheSamplesAsTheyAreCut) {
  for (const char* const text :
       {"normal(0s, 1s)", "normal(1s, 2s)", "normal(1s, 1s)", "normal(5s, 1s)", "normal(0s, 0s)",
        "pareto(1s, 1.5, cap 3s)", "pareto(1s, 1, cap 10s)", "pareto(1s, 0.5, cap 2s)"}) {
    const Distribution law = parsed(text);
    const Moments got = moments_of(law);
    EXPECT_NEAR(got.mean, law.mean().seconds(), four_sigma(got.stddev) + 1e-9) << text;
  }
  EXPECT_EQ(parsed("normal(0s, 1s)").mean(), Duration(398'942'280));
  EXPECT_EQ(parsed("pareto(1s, 1, cap 1s)").mean(), 1_s);
  EXPECT_GT(parsed("pareto(1h, 0.001)").mean(), Distribution::kLongest / 2);
}

TEST(Distribution, SharesAreThoseOfTheLaw) {
  const auto expect_share = [](const char* text, Duration limit, double share) {
    EXPECT_NEAR(share_up_to(parsed(text), limit), share, four_sigma_of_share(share))
        << text << " up to " << to_text(limit);
  };
  expect_share("lognormal(median 0.5ms, p99 3ms)", 500_us, 0.5);
  expect_share("lognormal(median 0.5ms, p99 3ms)", 3_ms, 0.99);
  expect_share("normal(30ms, 1ms)", 30_ms, 0.5);
  expect_share("normal(30ms, 1ms)", 31_ms, 0.8413447);
  expect_share("normal(1ms, 1ms)", Duration(0), 0.1586553);
  expect_share("exponential(10s)", 10_s, 1 - std::exp(-1.0));
  expect_share("exponential(10s)", 50_s, 1 - std::exp(-5.0));
  expect_share("pareto(1ms, 1.5)", 4_ms, 1 - 0.125);
  expect_share("pareto(1ms, 1.5, cap 9ms)", 9_ms - 1_ns, 1 - 1.0 / 27);
  expect_share("empirical(1ms:50, 5ms:40, 100ms:10)", 1_ms, 0.5);
  expect_share("empirical(1ms:50, 5ms:40, 100ms:10)", 99_ms, 0.9);
  expect_share("0ns..3ns", 0_ns, 0.25);
  expect_share("0ns..3ns", 2_ns, 0.75);
}

TEST(Distribution, HugeSamplesAreCutBeforeTimeOverflows) {
  const Distribution heavy = parsed("pareto(scale 1h, shape 0.001)");
  const Distribution wide = parsed("uniform(-53375d, 53375d)");
  Stream stream(Seed{1}, "huge");
  bool seen_longest = false;
  for (int i = 0; i < 1000; ++i) {
    seen_longest = seen_longest || heavy.sample(stream) == Distribution::kLongest;
    ASSERT_LE(wide.sample(stream), 53'375 * 1440_min);
  }
  EXPECT_TRUE(seen_longest);
}

// The text, and under it the caret: where the error must be.
// Whatever is cut off or changed in a good text: an answer, never a crash.
TEST(Distribution, NoTextIsTooBrokenForAnAnswer) {
  Stream stream(Seed{1}, "broken");
  constexpr std::string_view kCharacters = "(),.:-+ 5msnp\xb5";
  int errors = 0;
  for (const Form& form : kForms) {
    const std::string whole = form.written;
    for (std::size_t i = 0; i <= whole.size(); ++i) {
      std::string changed = whole;
      if (i < whole.size()) changed[i] = stream.pick(kCharacters);
      for (const std::string& text : {whole.substr(0, i), whole.substr(i), changed}) {
        const auto result = Distribution::parse(text);
        const auto* const error = std::get_if<DistributionError>(&result);
        if (error == nullptr) continue;
        ++errors;
        EXPECT_LE(error->position, text.size()) << text;
        EXPECT_GE(error->length, 1U) << text;
        EXPECT_FALSE(error->message.empty()) << text;
      }
    }
  }
  EXPECT_GT(errors, 500);
}

}  // namespace
}  // namespace quorumlab::sim
