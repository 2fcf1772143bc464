#include "tests/models/register_agreement.h"

#include <gtest/gtest.h>

#include "models/consistency/register_models.h"

namespace quorumlab::models::testing {

void agree(const RegisterAgreement& asked) {
  Rng rng(asked.seed);
  int violated = 0;
  for (int i = 0; i < asked.histories; ++i) {
    const Small small = asked.draw(rng);
    const CheckResult result = check_register(small.history, asked.model);
    const bool expected = asked.fits(small);
    ASSERT_NE(result.verdict, Verdict::kUnknown) << result.reason;
    ASSERT_EQ(result.verdict == Verdict::kHolds, expected) << asked.model << ", history " << i;
    ASSERT_EQ(result.witness.has_value(), !expected);
    violated += expected ? 0 : 1;
  }
  EXPECT_GT(violated, asked.histories / asked.least);
  EXPECT_LT(violated, asked.histories - asked.histories / asked.least);
}

}  // namespace quorumlab::models::testing
