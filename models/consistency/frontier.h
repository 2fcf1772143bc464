// What a just-in-time search keeps: configurations, which are a state and what has become of each
// overlapping operation, and only those that no other can imitate.
//
//   Antichain<1> kept;
//   kept.insert({.state = 3}, steps);   // true
//   kept.insert({.state = 3}, steps);   // false: nothing new
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace quorumlab::models {

// Without the instruction, which not every processor has, std::popcount is a call into a library.
[[nodiscard]] constexpr std::size_t bits_in(std::uint64_t x) {
  x -= x >> 1U & 0x5555555555555555;
  x = (x & 0x3333333333333333) + (x >> 2U & 0x3333333333333333);
  x = (x + (x >> 4U)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<std::size_t>(x * 0x0101010101010101 >> 56U);
}

// Sets of slots. Words is how many 64-bit words the widest overlap of this history needs.
template <std::size_t Words>
struct SlotSet {
  std::array<std::uint64_t, Words> words{};

  [[nodiscard]] bool has(std::uint32_t slot) const {
    return (words[slot / 64] >> (slot % 64) & 1) != 0;
  }
  void add(std::uint32_t slot) { words[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  void remove(std::uint32_t slot) { words[slot / 64] &= ~(std::uint64_t{1} << (slot % 64)); }
  void remove(const SlotSet& others) {
    for (std::size_t w = 0; w < Words; ++w) words[w] &= ~others.words[w];
  }
  [[nodiscard]] bool within(const SlotSet& other) const {
    std::uint64_t outside = 0;
    for (std::size_t w = 0; w < Words; ++w) outside |= words[w] & ~other.words[w];
    return outside == 0;
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words) count += bits_in(word);
    return count;
  }
  // Spelled out: the default one calls memcmp for a word or two.
  bool operator==(const SlotSet& other) const {
    std::uint64_t differ = 0;
    for (std::size_t w = 0; w < Words; ++w) differ |= words[w] ^ other.words[w];
    return differ == 0;
  }

  // Calls f(slot) for each member, lowest first.
  template <class F>
  void for_each(F f) const {
    for (std::size_t w = 0; w < Words; ++w) {
      for (std::uint64_t bits = words[w]; bits != 0; bits &= bits - 1) {
        f(static_cast<std::uint32_t>(64 * w) + static_cast<std::uint32_t>(std::countr_zero(bits)));
      }
    }
  }

  friend SlotSet operator&(SlotSet a, const SlotSet& b) {
    for (std::size_t w = 0; w < Words; ++w) a.words[w] &= b.words[w];
    return a;
  }
  friend SlotSet operator-(SlotSet a, const SlotSet& b) {
    a.remove(b);
    return a;
  }
};

// What has become of each overlapping operation. Owed: it has not taken effect and must. Used: it
// has, and cannot again. Neither: it may still take effect or not, because its outcome is unknown,
// or because it may have done so unnoticed (rule 3).
template <std::size_t Words>
struct Configuration {
  SlotSet<Words> used;  // cannot take effect any more
  SlotSet<Words> owed;  // must take effect before it returns
  std::uint32_t state = 0;
  std::uint32_t trail = 0;  // how it came about, for whoever records that; compared by nobody
};

// Configurations, grouped by the number of slots used, to be visited in that order.
template <std::size_t Words>
class Levels {
 public:
  using Config = Configuration<Words>;

  void put(const Config& config) {
    const std::size_t used = config.used.size();
    if (levels_.size() <= used) levels_.resize(used + 1);
    levels_[used].push_back(config);
    lowest_ = std::min(lowest_, used);
    highest_ = std::max(highest_, used);
    ++size_;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  // Calls f(config) for each and leaves nothing; f may put more at the same level or above.
  template <class F>
  void drain(F f) {
    for (std::size_t used = lowest_; used <= highest_ && size_ > 0; ++used) {
      for (std::size_t i = 0; i < levels_[used].size(); ++i) {
        const Config config = levels_[used][i];
        f(config);
      }
      size_ -= levels_[used].size();
      levels_[used].clear();
    }
    lowest_ = SIZE_MAX;
    highest_ = 0;
  }

 private:
  std::vector<std::vector<Config>> levels_;
  std::size_t lowest_ = SIZE_MAX;  // of those in use
  std::size_t highest_ = 0;
  std::uint64_t size_ = 0;
};

// Configurations of which none can imitate another one that owes the same (rule 2). Requires:
// insertion by ascending number of used slots; then no newcomer makes an older one superfluous.
template <std::size_t Words>
class Antichain {
 public:
  using Config = Configuration<Words>;

  bool insert(const Config& config, std::uint64_t& steps) {
    if (2 * (members_.size() + 1) > table_.size()) grow();
    const std::size_t mask = table_.size() - 1;
    std::size_t i = hash(config) & mask;
    for (; table_[i] != 0; i = (i + 1) & mask) {
      ++steps;
      const Config& member = members_[table_[i] - 1];
      if (member.state == config.state && member.owed == config.owed &&
          member.used.within(config.used)) {
        return false;
      }
    }
    members_.push_back(config);
    table_[i] = static_cast<std::uint32_t>(members_.size());
    taken_.push_back(i);
    return true;
  }

  void clear() {
    for (const std::size_t i : taken_) table_[i] = 0;
    taken_.clear();
    members_.clear();
  }

  std::vector<Config>& members() { return members_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  static std::uint64_t hash(const Config& config) {
    std::uint64_t h = config.state + 0x9e3779b97f4a7c15;
    for (const std::uint64_t word : config.owed.words) {
      h = (h ^ word) * 0xff51afd7ed558ccd;
      h ^= h >> 32;
    }
    return h;
  }

  void grow() {
    table_.assign(table_.empty() ? 64 : 2 * table_.size(), 0);
    taken_.clear();
    const std::size_t mask = table_.size() - 1;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      std::size_t i = hash(members_[m]) & mask;
      while (table_[i] != 0) i = (i + 1) & mask;
      table_[i] = static_cast<std::uint32_t>(m + 1);
      taken_.push_back(i);
    }
  }

  std::vector<Config> members_;
  std::vector<std::uint32_t> table_;  // index into members_ + 1; 0: free
  std::vector<std::size_t> taken_;
};

}  // namespace quorumlab::models
