// One 128-bit number for everything that happened, in order: equal numbers, equal runs.
//
//   fingerprint.add(at, seq, target);        // about a nanosecond: words are hashed in blocks
//   fingerprint.value().text();              // "6f0c...": 32 hexadecimal digits
//
// The hash is XXH3-128 over the little-endian words. A Watch sees the digest after each block, so
// that two runs that differ can be bisected to their first differing entry.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace quorumlab::sim {

struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Digest&) const = default;
  [[nodiscard]] std::string text() const;
};

class Fingerprint {
 public:
  static constexpr std::size_t kEntriesPerBlock = 128;
  using Entry = std::array<std::uint64_t, 3>;

  // What to keep for bisection: digests after each full block, and the entries of one block.
  struct Watch {
    std::vector<Digest> blocks;
    std::uint64_t wanted_block = UINT64_MAX;
    std::vector<Entry> entries;
  };

  Fingerprint();
  ~Fingerprint();

  void add(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    entries_[used_] = {a, b, c};
    if (++used_ == kEntriesPerBlock) flush();
  }

  // Requires: nothing was added yet. `watch` outlives this object.
  void set_watch(Watch* watch) { watch_ = watch; }

  // Of everything added so far; adding may go on.
  [[nodiscard]] Digest value() const;
  // As value(), and gives the watch the last, unfinished block.
  Digest finish();

 private:
  void flush();
  struct State;

  std::array<Entry, kEntriesPerBlock> entries_;
  std::size_t used_ = 0;
  std::uint64_t block_ = 0;
  Watch* watch_ = nullptr;
  std::unique_ptr<State> state_;
};

}  // namespace quorumlab::sim
