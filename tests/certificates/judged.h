// Small histories of every kind as text, and their verdicts with certificates.
//
//   const Judged judged = judge_text(register_text(7, 20, 30), {.model = "causal"});
//   EXPECT_EQ(verified(judged), "");
#pragma once

#include <cstdint>
#include <string>

#include "models/exchange/judge.h"

namespace quorumlab::testing {

struct Judged {
  std::string model;
  models::Verdict verdict = models::Verdict::kUnknown;
  std::string history;  // as JSON Lines
  std::string certificate;
};

[[nodiscard]] Judged judge_text(const std::string& text, models::JudgeOptions options,
                                const std::string& initial = "");
// What the verifier says of it.
[[nodiscard]] std::string verified(const Judged& judged);

// `count` reads and writes of two keys by four clients, each value written once; of some percent of
// reads the result is an old one.
[[nodiscard]] std::string register_text(std::uint64_t seed, std::uint64_t count,
                                        std::uint64_t stale);
// Histories of an object that end with looks at what is left, where a few things go wrong.
[[nodiscard]] std::string promise_text(const std::string& object, std::uint64_t seed);
// A few transactions on three keys, executed on snapshots of random age.
[[nodiscard]] std::string txn_text(std::uint64_t seed, bool lists);

}  // namespace quorumlab::testing
