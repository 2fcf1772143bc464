// FNV-1a, 64 bits: the hash of a name, the same on every machine, computed while compiling where
// the name is known there (Fowler, Noll and Vo; draft-eastlake-fnv).
//
//   constexpr std::uint64_t h = sim::fnv_1a("foobar");   // 0x85944171f73967e8
#pragma once

#include <cstdint>
#include <string_view>

namespace quorumlab::sim {

[[nodiscard]] constexpr std::uint64_t fnv_1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// As published.
static_assert(fnv_1a("") == 0xcbf29ce484222325);
static_assert(fnv_1a("foobar") == 0x85944171f73967e8);

}  // namespace quorumlab::sim
