#include "sim/rng.h"

#include "sim/check.h"
#include "sim/fnv.h"

namespace quorumlab::sim {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

constexpr std::uint64_t absorb(std::uint64_t h, std::uint64_t word) {
  return mix((h + kGolden) ^ word);
}

// As published: SplitMix64 from 1234567.
static_assert(mix(1234567 + kGolden) == 6457827717110365317);
static_assert(mix(1234567 + 2 * kGolden) == 3203168211198807973);

// Never all zero: the four words are a bijection's values at four different points.
constexpr std::array<std::uint64_t, 4> stretched(std::uint64_t h) {
  return {mix(h + kGolden), mix(h + 2 * kGolden), mix(h + 3 * kGolden), mix(h + 4 * kGolden)};
}

}  // namespace

std::uint64_t stream_key(std::string_view name) {
  return fnv_1a(name);
}

std::uint64_t stream_key(std::uint64_t from, std::uint64_t to) {
  return absorb(mix(from), to);
}

Stream::Stream(Seed seed, std::string_view purpose, std::uint64_t a, std::uint64_t b)
    : bits_(stretched(absorb(absorb(absorb(absorb(0, seed.value), fnv_1a(purpose)), a), b))) {}

void detail::empty_choice(std::string_view what) {
  QL_UNREACHABLE("a random stream was asked for {}", what);
}

}  // namespace quorumlab::sim
