// Texts that are no law of chance, with what is said of them.
//
//   expect_errors<Distribution>({{"5", "^", "`5` lacks its unit", "expected ns, us, ms"}});
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <variant>

#include "sim/distribution.h"

namespace quorumlab::sim {

struct WrongLaw {
  const char* text;
  const char* caret;  // below the text: spaces, then one mark for each wrong character
  const char* message;
  const char* hint;
};

template <class Law>
void expect_errors(std::span<const WrongLaw> all) {
  for (const WrongLaw& wrong : all) {
    const auto result = Law::parse(wrong.text);
    const auto* const error = std::get_if<DistributionError>(&result);
    ASSERT_NE(error, nullptr) << wrong.text;
    const std::string caret = std::string(error->position, ' ') + std::string(error->length, '^');
    EXPECT_EQ(caret, wrong.caret) << wrong.text;
    EXPECT_EQ(error->message, wrong.message) << wrong.text;
    EXPECT_EQ(error->hint, wrong.hint) << wrong.text;
  }
}

}  // namespace quorumlab::sim
