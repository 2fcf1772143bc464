// Holds a model of registers against an oracle that tries all orders, on random small histories.
//
//   agree({.model = "pram", .seed = 2, .histories = 9'000, .draw = draw, .fits = fits_pram});
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "tests/models/history_support.h"
#include "tests/models/session_oracle.h"

namespace quorumlab::models::testing {

struct RegisterAgreement {
  std::string_view model;
  std::uint64_t seed = 1;
  int histories = 1'000;
  int least = 20;  // of so many, more than one is violated, and more than one holds
  std::function<Small(Rng&)> draw;
  std::function<bool(const Small&)> fits;
};
void agree(const RegisterAgreement& asked);

}  // namespace quorumlab::models::testing
