// Chance: streams of random numbers, one for each purpose and entity, never disturbing each other.
//
//   Stream loss(Seed{2018}, "network.loss", from, to);  // the same numbers in every run
//   if (loss.chance(Probability(0.05))) drop();         // one draw; none if it is never or always
//   NodeId victim = victims.pick(nodes);                // another stream: `loss` is unmoved
//
// A stream is keyed by (seed, purpose, a, b), where a and b number whatever it belongs to, such as
// a node or the two ends of a link. Streams share no state, so adding a fault, a client or a node
// shifts nobody else's draws. The numbers are part of the fingerprint: a change here changes every
// run.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string_view>
#include <utility>

namespace quorumlab::sim {

struct Seed {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const Seed&) const = default;
};

namespace detail {

__extension__ typedef unsigned __int128 Wide;

// The upper 64 bits of the product: maps a random `bits` onto [0, n).
[[nodiscard]] constexpr std::uint64_t high_product(std::uint64_t bits, std::uint64_t n) {
  return static_cast<std::uint64_t>((Wide{bits} * n) >> 64);
}

// An unbiased number in [0, n) from `next()`, which gives 64 random bits. Requires: n > 0.
// D. Lemire, "Fast Random Integer Generation in an Interval", 2019, algorithm 5.
template <class Next>
[[nodiscard]] constexpr std::uint64_t unbiased_below(std::uint64_t n, Next next) {
  Wide product = Wide{next()} * n;
  if (static_cast<std::uint64_t>(product) < n) [[unlikely]] {
    const std::uint64_t threshold = (0 - n) % n;
    while (static_cast<std::uint64_t>(product) < threshold) product = Wide{next()} * n;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

// Aborts: the caller asked for one thing out of none.
[[noreturn]] void empty_choice(std::string_view what);

}  // namespace detail

// How likely something is, as a whole number of 2^-63, so that comparing with it is exact.
class Probability {
 public:
  constexpr Probability() = default;  // never
  // Exact down to 2^-11, below that rounded up to the next 2^-63, so that only 0 means never.
  // Requires: 0 <= p <= 1; see `from` for numbers of unknown origin.
  explicit constexpr Probability(double p) : parts_(parts(p)) {}
  static constexpr Probability never() { return {}; }
  static constexpr Probability always() { return Probability(1.0); }
  // nullopt: not a number in [0, 1].
  static constexpr std::optional<Probability> from(double p) {
    if (!(p >= 0.0 && p <= 1.0)) return std::nullopt;
    return Probability(p);
  }

  [[nodiscard]] constexpr bool is_never() const { return parts_ == 0; }
  [[nodiscard]] constexpr bool is_always() const { return parts_ == kOne; }
  [[nodiscard]] constexpr double value() const { return static_cast<double>(parts_) * 0x1p-63; }
  // How many of the 2^63 equally likely cases it is.
  [[nodiscard]] constexpr std::uint64_t parts() const { return parts_; }
  constexpr auto operator<=>(const Probability&) const = default;

 private:
  static constexpr std::uint64_t kOne = 1ULL << 63;

  static constexpr std::uint64_t parts(double p) {
    if (!(p >= 0.0 && p <= 1.0)) detail::empty_choice("a probability outside [0, 1]");
    const double exact = p * 0x1p63;
    const auto whole = static_cast<std::uint64_t>(exact);
    return static_cast<double>(whole) < exact ? whole + 1 : whole;
  }

  std::uint64_t parts_ = 0;
};

// xoshiro256** 1.0 of D. Blackman and S. Vigna ("Scrambled Linear Pseudorandom Number Generators",
// 2021): period 2^256 - 1. Requires: not all words of the state are 0.
class Xoshiro256 {
 public:
  constexpr explicit Xoshiro256(const std::array<std::uint64_t, 4>& state) : s_(state) {}

  constexpr std::uint64_t next() {
    const std::uint64_t result = std::rotl(s_[1] * 5, 7) * 9;
    const std::uint64_t shifted = s_[1] << 17;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= shifted;
    s_[3] = std::rotl(s_[3], 45);
    return result;
  }

 private:
  std::array<std::uint64_t, 4> s_;
};

// Keys the streams of what has this name: an index would shift with every neighbour.
[[nodiscard]] std::uint64_t stream_key(std::string_view name);
// Of a directed pair of things with these keys.
[[nodiscard]] std::uint64_t stream_key(std::uint64_t from, std::uint64_t to);

// Suspends: nothing here does.
class Stream {
 public:
  // The key is stretched like this, where mix is the finaliser of SplitMix64 and g = 2^64 / golden
  // ratio: h = mix(g ^ seed); then h = mix((h + g) ^ word) for FNV-1a(purpose), a and b. Each step
  // is a bijection of its word, so two streams that differ in one word only never have the same h.
  // The state is the first four outputs of SplitMix64 from h.
  explicit Stream(Seed seed, std::string_view purpose, std::uint64_t a = 0, std::uint64_t b = 0);

  // Two copies would draw the same numbers for different things.
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  Stream(Stream&&) = default;
  Stream& operator=(Stream&&) = default;

  // 64 random bits.
  std::uint64_t next() { return bits_.next(); }

  // In [0, n), every number equally likely. One draw, very rarely more. Requires: n > 0.
  std::uint64_t below(std::uint64_t n) {
    if (n == 0) [[unlikely]]
      detail::empty_choice("a number below 0");
    return detail::unbiased_below(n, [this] { return next(); });
  }

  // In [lo, hi], both included. Requires: lo <= hi.
  std::int64_t between(std::int64_t lo, std::int64_t hi) {
    if (lo > hi) [[unlikely]]
      detail::empty_choice("a range that ends before it begins");
    const std::uint64_t count = static_cast<std::uint64_t>(hi) - static_cast<std::uint64_t>(lo) + 1;
    const std::uint64_t offset = count == 0 ? next() : below(count);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(lo) + offset);
  }

  // In [0, 1), a multiple of 2^-53. One draw.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  // In (0, 1), an odd multiple of 2^-53: never 0 or 1, symmetric about 1/2. One draw.
  double open_unit() { return (static_cast<double>(next() >> 12) + 0.5) * 0x1p-52; }

  // True with probability p. One draw; none if p is 0 or 1, so that what is off shifts nothing.
  bool chance(Probability p) {
    if (p.is_never()) return false;
    if (p.is_always()) return true;
    return (next() >> 1) < p.parts();
  }

  // Puts the items of a vector, array or span in random order (Fisher-Yates, from the back).
  template <std::ranges::contiguous_range Items>
  void shuffle(Items&& items) {
    auto* const first = std::ranges::data(items);
    for (std::size_t left = std::ranges::size(items); left > 1; --left) {
      using std::swap;
      const std::size_t chosen = below(left);
      swap(first[left - 1], first[chosen]);
    }
  }

  // One of the items of a vector, array or span, all equally likely. Requires: there is one.
  template <std::ranges::contiguous_range Items>
  requires std::ranges::borrowed_range<Items>
  [[nodiscard]] auto& pick(Items&& items) {
    auto* const first = std::ranges::data(items);
    return first[below(std::ranges::size(items))];
  }

 private:
  Xoshiro256 bits_;
};
static_assert(sizeof(Stream) == 32);

}  // namespace quorumlab::sim
