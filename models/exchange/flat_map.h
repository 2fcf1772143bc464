// A hash map from 64-bit keys for the hot paths of readers and checkers: open addressing, no
// erasure, values default to zero. It cannot be iterated, so its layout cannot show.
//
//   FlatMap<std::uint32_t> writer;
//   writer[key] = 7;
//   writer.find(8);   // nullptr
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quorumlab::models {

[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x ^= x >> 32U;
  x *= 0xd6e8feb86659fd93;
  x ^= x >> 32U;
  x *= 0xd6e8feb86659fd93;
  return x ^ x >> 32U;
}

template <class V>
class FlatMap {
 public:
  V& operator[](std::uint64_t key) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[slot_of(key)];
    if (!slot.used) {
      slot.used = true;
      slot.key = key;
      ++size_;
    }
    return slot.value;
  }
  [[nodiscard]] const V* find(std::uint64_t key) const {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[slot_of(key)];
    return slot.used ? &slot.value : nullptr;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  void reserve(std::size_t count) {
    while (slots_.size() < 2 * count) grow();
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    V value{};
    bool used = false;
  };

  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = mix_bits(key) & mask;
    while (slots_[i].used && slots_[i].key != key) i = (i + 1) & mask;
    return i;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : 2 * slots_.size());
    old.swap(slots_);
    for (Slot& slot : old) {
      if (slot.used) slots_[slot_of(slot.key)] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace quorumlab::models
