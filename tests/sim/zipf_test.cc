#include "sim/zipf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace quorumlab::sim {
namespace {

TEST(Zipf, SamplesAreTheSameForEver) {
  const Zipf law({.items = 20, .theta = 0.99});
  Stream stream(Seed{1}, "zipf");
  for (const unsigned index : {2U, 1U, 3U, 0U, 18U, 8U, 1U, 0U, 8U, 4U, 1U, 4U, 1U, 1U, 4U, 0U}) {
    EXPECT_EQ(law.sample(stream), index);
  }
  EXPECT_EQ(law.share(0), 0x1.19147c88c825dp-2);
  EXPECT_EQ(law.share(19), 0x1.cf678eb04644p-7);
}

TEST(Zipf, SharesFollowThePower) {
  for (const double theta : {0.0, 0.5, 0.99, 1.0, 2.0}) {
    const Zipf law({.items = 50, .theta = theta});
    double sum = 0;
    for (std::uint64_t i = 0; i < 50; ++i) {
      sum += law.share(i);
      const double ratio = std::pow(static_cast<double>(i + 1), -theta);
      EXPECT_NEAR(law.share(i) / law.share(0), ratio, 1e-12) << theta << " " << i;
    }
    EXPECT_NEAR(sum, 1, 1e-12) << theta;
  }
}

TEST(Zipf, FrequenciesAreTheShares) {
  constexpr int kSamples = 200'000;
  for (const double theta : {0.0, 0.99, 1.5}) {
    const Zipf law({.items = 30, .theta = theta});
    Stream stream(Seed{3}, "frequencies");
    std::vector<int> counts(30);
    for (int i = 0; i < kSamples; ++i) ++counts.at(law.sample(stream));
    for (std::uint64_t i = 0; i < counts.size(); ++i) {
      const double p = law.share(i);
      EXPECT_NEAR(counts[i], kSamples * p, 4 * std::sqrt(kSamples * p * (1 - p)))
          << theta << " " << i;
    }
  }
}

TEST(Zipf, DrawsOneNumberEvenForOneItem) {
  for (const double theta : {0.0, 0.99}) {
    for (const unsigned items : {1U, 7U}) {
      const Zipf law({.items = items, .theta = theta});
      Stream sampled(Seed{1}, "draws");
      Stream counted(Seed{1}, "draws");
      for (int i = 0; i < 100; ++i) {
        EXPECT_LT(law.sample(sampled), items);
        counted.next();
      }
      EXPECT_EQ(sampled.next(), counted.next());
    }
  }
}

TEST(Zipf, ASteepLawLeavesNothingForTheLast) {
  const Zipf law({.items = 1000, .theta = Zipf::kMostTheta});
  Stream stream(Seed{1}, "steep");
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(law.sample(stream), 0U);
  EXPECT_EQ(law.share(999), 0);
}

TEST(ZipfDeathTest, NoItemsAreAMistakeOfOurs) {
  EXPECT_DEATH(Zipf({.items = 0, .theta = 1}), "items_ >= 1");
}

}  // namespace
}  // namespace quorumlab::sim
