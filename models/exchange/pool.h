// Values from files, whatever they are, as 64-bit cells: equal cells are equal values.
//
//   Pool pool;
//   Cell a = pool.keyword("x");   // :x
//   Cell b = integer_cell(7);     // 7
//   a == pool.keyword("x");       // true
//   pool.to_text(a);              // ":x"
//
// A list or map is its own cell, which says how many cells follow, and then those, in order.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::models {

using Cell = std::uint64_t;

// kOther: what is only compared and shown (fractions, characters, huge integers), as its text.
enum class Tag : std::uint8_t { kNil, kInteger, kKeyword, kText, kList, kBoolean, kOther, kMap };

inline constexpr Cell kNilCell = 0;
inline constexpr Cell kNoCell = UINT64_MAX;  // not even nil: nothing was said
inline constexpr std::int64_t kMostInteger = (std::int64_t{1} << 60) - 1;

[[nodiscard]] constexpr Cell make_cell(Tag tag, std::uint64_t payload) {
  return payload << 3U | static_cast<std::uint64_t>(tag);
}
[[nodiscard]] constexpr Tag tag_of(Cell cell) {
  return static_cast<Tag>(cell & 7U);
}
[[nodiscard]] constexpr std::uint64_t payload_of(Cell cell) {
  return cell >> 3U;
}
// Requires: |value| <= kMostInteger.
[[nodiscard]] constexpr Cell integer_cell(std::int64_t value) {
  return make_cell(Tag::kInteger, static_cast<std::uint64_t>(value));
}
[[nodiscard]] constexpr std::int64_t integer_of(Cell cell) {
  return static_cast<std::int64_t>(cell) >> 3U;
}
// How many cells a value takes, with its own.
[[nodiscard]] constexpr std::uint64_t width_of(Cell cell) {
  const bool has_inside = tag_of(cell) == Tag::kList || tag_of(cell) == Tag::kMap;
  return 1 + (has_inside ? payload_of(cell) : 0);
}
[[nodiscard]] constexpr bool is_sequence(Cell cell) {
  return tag_of(cell) == Tag::kList;
}

// Texts, each kept once. Only looked up by text or by number, so its layout cannot show.
class Pool {
 public:
  [[nodiscard]] std::uint32_t intern(std::string_view text);
  [[nodiscard]] std::string_view text(std::uint32_t number) const { return texts_.at(number); }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

  [[nodiscard]] Cell keyword(std::string_view name) {
    return make_cell(Tag::kKeyword, intern(name));
  }
  // The text of a keyword, string or other scalar; empty for anything else.
  [[nodiscard]] std::string_view word_of(Cell cell) const;
  // As EDN would write it. `value` starts with its own cell; what follows it is used as needed.
  [[nodiscard]] std::string to_text(std::span<const Cell> value) const;
  [[nodiscard]] std::string to_text(Cell scalar) const { return to_text({&scalar, 1}); }
  // As JSON would write it: keywords become strings, maps become objects.
  [[nodiscard]] std::string to_json(std::span<const Cell> value) const;

 private:
  [[nodiscard]] std::size_t slot_of(std::string_view text, std::uint64_t hash) const;
  void grow();

  std::deque<std::string> texts_;
  std::vector<std::uint64_t> hashes_;  // of the texts
  std::vector<std::uint32_t> table_;   // number + 1; 0: free
};

}  // namespace quorumlab::models
