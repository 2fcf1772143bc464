#include "sim/rate_distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/sim/wrong_law.h"

namespace quorumlab::sim {
namespace {

RateDistribution parsed(std::string_view text) {
  const auto result = RateDistribution::parse(text);
  if (const auto* const error = std::get_if<DistributionError>(&result)) {
    ADD_FAILURE() << text << ": " << error->message << " at " << error->position;
    return {};
  }
  return std::get<RateDistribution>(result);
}

struct Form {
  const char* written;
  const char* canonical;
  std::int64_t min;
  std::int64_t max;
};

constexpr Form kForms[] = {
    {"50ppm", "50ppm", 50'000, 50'000},
    {"-20ppb", "-20ppb", -20, -20},
    {"1%", "1%", 10'000'000, 10'000'000},
    {"0.5 ppm", "500ppb", 500, 500},
    {"1.5ppm", "1.5ppm", 1'500, 1'500},
    {"10000ppm", "1%", 10'000'000, 10'000'000},
    {"-0ppb", "0ppm", 0, 0},
    {"-99%", "-99%", -990'000'000, -990'000'000},
    {"constant(50ppm)", "50ppm", 50'000, 50'000},
    {"uniform(-50ppm, 50ppm)", "uniform(-50ppm, 50ppm)", -50'000, 50'000},
    {"-50ppm..0.01%", "uniform(-50ppm, 100ppm)", -50'000, 100'000},
};

TEST(RateDistribution, EveryFormIsReadAndPrinted) {
  for (const Form& form : kForms) {
    const RateDistribution law = parsed(form.written);
    EXPECT_EQ(law.text(), form.canonical) << form.written;
    EXPECT_EQ(law.min(), form.min) << form.written;
    EXPECT_EQ(law.max(), form.max) << form.written;
    EXPECT_EQ(parsed(law.text()), law) << form.written;
  }
  EXPECT_EQ(RateDistribution(), parsed("0ppm"));
  EXPECT_FALSE(parsed("1ppb..1ppb") == parsed("1ppb"));
}

TEST(RateDistribution, AConstantDrawsNothingAndUniformOneNumber) {
  for (const Form& form : kForms) {
    const RateDistribution law = parsed(form.written);
    Stream sampled(Seed{1}, "rates");
    Stream counted(Seed{1}, "rates");
    for (int i = 0; i < 100; ++i) {
      const std::int64_t ppb = law.sample(sampled);
      EXPECT_GE(ppb, form.min);
      EXPECT_LE(ppb, form.max);
      if (form.min != form.max) counted.next();
    }
    EXPECT_EQ(sampled.next(), counted.next()) << form.written;
  }
}

TEST(RateDistribution, UniformIsSpreadOverTheWholeRange) {
  const RateDistribution law = parsed("uniform(-1ppb, 2ppb)");
  Stream stream(Seed{1}, "spread");
  int counts[4] = {};
  for (int i = 0; i < 40'000; ++i) ++counts[law.sample(stream) + 1];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 4 * std::sqrt(7'500));
}

TEST(RateDistribution, ErrorsPointAtTheSpotAndHelp) {
  constexpr WrongLaw kWrong[] = {
      {"",  //
       "^", "expected a rate", "for example 50ppm"},
      {"50",  //
       "^^", "`50` lacks its unit", "expected ppb, ppm or %"},
      {"50ms",  //
       "  ^^", "unknown unit `ms`", "expected ppb, ppm or %"},
      {"-100%",  //
       "^^^^^", "`-100%` is out of range", "expected a rate from -99% to 9900%"},
      {"uniform(-50ppm, 50000%)",  //
       "                ^^^^^^", "`50000%` is out of range", "expected a rate from -99% to 9900%"},
      {"uniform(50ppm, -50ppm)",  //
       "       ^^^^^^^^^^^^^^^", "the range ends before it begins",
       "did you mean uniform(-50ppm, 50ppm)?"},
      {"unifrom(-50ppm, 50ppm)",  //
       "^^^^^^^", "unknown distribution `unifrom`", "did you mean `uniform`?"},
      {"normal(0ppm, 5ppm)",  //
       "^^^^^^", "unknown distribution `normal`", "expected constant, uniform"},
      {"0.1ppb",  //
       "^^^^^^", "`0.1ppb` is no whole number of ppb", "use fewer digits"},
  };
  expect_errors<RateDistribution>(kWrong);
}

}  // namespace
}  // namespace quorumlab::sim
