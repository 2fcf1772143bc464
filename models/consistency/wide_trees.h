// Flat trees with sixteen children for the hot loops of checkers: a node is one cache line, and a
// million leaves are five levels.
//
//   WideMinimum least({7, 3, 9});
//   least.find(0, 3, 5);    // 1: a leaf of at most 5; kNoLeaf: there is none
//   WideCover cover({1, 2, 1});
//   cover.uncover(0, 2, [](std::size_t leaf) { ... });   // 0: no longer covered by anything
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace quorumlab::models {

inline constexpr std::size_t kNoLeaf = SIZE_MAX;
inline constexpr std::size_t kWide = 16;

// Values by leaf, of which some small one in a range can be found.
class WideMinimum {
 public:
  static constexpr std::uint32_t kGone = UINT32_MAX;

  explicit WideMinimum(std::vector<std::uint32_t> values) {
    levels_.push_back(std::move(values));
    for (;;) {
      std::vector<std::uint32_t>& below = levels_.back();
      if (below.size() <= kWide) break;
      below.resize((below.size() + kWide - 1) / kWide * kWide, kGone);
      std::vector<std::uint32_t> level(below.size() / kWide);
      for (std::size_t i = 0; i < level.size(); ++i) {
        level[i] = *std::min_element(begin_of(below, i), begin_of(below, i + 1));
      }
      levels_.push_back(std::move(level));
    }
  }

  // A leaf from `begin` to before `end` with a value of at most `most`.
  [[nodiscard]] std::size_t find(std::size_t begin, std::size_t end, std::uint32_t most) const {
    for (std::size_t k = 0; begin < end; ++k) {
      const std::vector<std::uint32_t>& level = levels_[k];
      const bool top = k + 1 == levels_.size();
      for (; begin < end && (top || begin % kWide != 0); ++begin) {
        if (level[begin] <= most) return descend(k, begin, most);
      }
      for (; begin < end && end % kWide != 0; --end) {
        if (level[end - 1] <= most) return descend(k, end - 1, most);
      }
      begin /= kWide;
      end /= kWide;
    }
    return kNoLeaf;
  }

  // kGone: no longer to be found.
  void set(std::size_t leaf, std::uint32_t value) {
    levels_[0][leaf] = value;
    for (std::size_t k = 1; k < levels_.size(); ++k) {
      leaf /= kWide;
      const auto& below = levels_[k - 1];
      const std::uint32_t least =
          *std::min_element(begin_of(below, leaf), begin_of(below, leaf + 1));
      if (levels_[k][leaf] == least) return;
      levels_[k][leaf] = least;
    }
  }

 private:
  static std::vector<std::uint32_t>::const_iterator begin_of(
      const std::vector<std::uint32_t>& level, std::size_t node) {
    return level.begin() + static_cast<std::ptrdiff_t>(node * kWide);
  }

  [[nodiscard]] std::size_t descend(std::size_t k, std::size_t node, std::uint32_t most) const {
    for (; k > 0; --k) {
      node *= kWide;
      while (levels_[k - 1][node] > most) ++node;
    }
    return node;
  }

  std::vector<std::vector<std::uint32_t>> levels_;
};

// By how many things each leaf is covered. Things are taken away, and each leaf that nothing covers
// any more is told once.
class WideCover {
 public:
  explicit WideCover(std::vector<std::int32_t> covered) {
    for (std::int32_t& count : covered) {
      if (count == 0) count = kBare;
    }
    least_.push_back(std::move(covered));
    while (least_.back().size() > 1) {
      std::vector<std::int32_t>& below = least_.back();
      below.resize((below.size() + kWide - 1) / kWide * kWide, kBare);
      std::vector<std::int32_t> level(below.size() / kWide);
      for (std::size_t i = 0; i < level.size(); ++i) level[i] = least_of(below, i);
      least_.push_back(std::move(level));
    }
    for (const auto& level : least_) added_.emplace_back(level.size());
  }

  // Takes one thing away from `begin` to before `end`; calls f(leaf), in ascending order, for each
  // leaf that was covered by it alone. Requires: that thing was there.
  template <class F>
  void uncover(std::size_t begin, std::size_t end, F f) {
    std::size_t left = begin;
    std::size_t right = end;
    std::size_t first = begin;  // nodes whose children have changed: first and last of the level
    std::size_t last = end - 1;
    for (std::size_t k = 0; k < least_.size(); ++k) {
      if (k > 0) {
        refresh(k, first);
        if (last != first) refresh(k, last);
      }
      const bool top = k + 1 == least_.size();
      for (; left < right && (top || left % kWide != 0); ++left) lower(k, left);
      for (; left < right && right % kWide != 0; --right) lower(k, right - 1);
      left /= kWide;
      right /= kWide;
      first /= kWide;
      last /= kWide;
    }
    while (least_.back()[0] == 0) f(strip());
  }

 private:
  static constexpr std::int32_t kBare = 1 << 30;  // covered by nothing, and told

  static std::int32_t least_of(const std::vector<std::int32_t>& level, std::size_t node) {
    const auto begin = level.begin() + static_cast<std::ptrdiff_t>(node * kWide);
    return *std::min_element(begin, begin + static_cast<std::ptrdiff_t>(kWide));
  }

  void lower(std::size_t k, std::size_t node) {
    --least_[k][node];
    --added_[k][node];
  }

  void refresh(std::size_t k, std::size_t node) {
    least_[k][node] = least_of(least_[k - 1], node) + added_[k][node];
  }

  // The first leaf with nothing on it.
  std::size_t strip() {
    std::size_t node = 0;
    std::int32_t above = 0;
    for (std::size_t k = least_.size() - 1; k > 0; --k) {
      above += added_[k][node];
      node *= kWide;
      while (least_[k - 1][node] + above != 0) ++node;
    }
    const std::size_t leaf = node;
    least_[0][leaf] = kBare;
    for (std::size_t k = 1; k < least_.size(); ++k) refresh(k, node /= kWide);
    return leaf;
  }

  std::vector<std::vector<std::int32_t>> least_;  // of the node's leaves, without what is above it
  std::vector<std::vector<std::int32_t>> added_;
};

}  // namespace quorumlab::models
