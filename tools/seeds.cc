#include "tools/seeds.h"

#include <fmt/core.h>

#include <charconv>

namespace quorumlab::tools {
namespace {

std::optional<Seeds> parse(std::string_view text) {
  Seeds seeds;
  const char* const end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, seeds.first);
  if (error != std::errc()) return std::nullopt;
  seeds.last = seeds.first;
  if (rest == end) return seeds;
  if (!std::string_view(rest, end).starts_with("..")) return std::nullopt;
  const auto [after, again] = std::from_chars(rest + 2, end, seeds.last);
  if (again != std::errc() || after != end || seeds.last < seeds.first) return std::nullopt;
  return seeds;
}

}  // namespace

std::optional<Seeds> parse_seeds(std::string_view text) {
  const std::optional<Seeds> seeds = parse(text);
  if (!seeds) {
    fmt::print(stderr, "quorumlab: --seeds takes first and last, as 1..1000, not `{}`\n", text);
  }
  return seeds;
}

}  // namespace quorumlab::tools
