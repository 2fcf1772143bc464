// Which seeds a command runs.
//
//   parse_seeds("1..1000");      // 1 to 1000
//   parse_seeds("7");            // 7 alone
//   parse_seeds("a few");        // nullopt, and told on stderr
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quorumlab::tools {

struct Seeds {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // included
};

[[nodiscard]] std::optional<Seeds> parse_seeds(std::string_view text);

}  // namespace quorumlab::tools
