// Fingerprints: every word matters, and two that differ can be traced to their first difference.
#include "sim/fingerprint.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace quorumlab::sim {
namespace {

using Entry = Fingerprint::Entry;

std::vector<Entry> entries(std::size_t count) {
  std::vector<Entry> all;
  for (std::uint64_t i = 0; i < count; ++i) all.push_back({i, i * i, 7});
  return all;
}

Digest digest(const std::vector<Entry>& all) {
  Fingerprint fingerprint;
  for (const Entry& entry : all) fingerprint.add(entry[0], entry[1], entry[2]);
  return fingerprint.value();
}

TEST(Fingerprint, IsTheSameForTheSame) {
  EXPECT_EQ(digest(entries(1'000)), digest(entries(1'000)));
  // XXH3-128 of nothing, from the reference implementation's test vectors.
  EXPECT_EQ(Fingerprint().value().text(), "99aa06d3014798d86001c324468d497f");
}

TEST(Fingerprint, ChangesWithEveryBitOfEveryEntry) {
  const std::vector<Entry> all = entries(300);
  std::set<std::string> seen{digest(all).text()};
  for (const std::size_t place : {0U, 1U, 127U, 128U, 255U, 256U, 299U}) {
    for (std::size_t word = 0; word < 3; ++word) {
      for (int bit = 0; bit < 64; ++bit) {
        std::vector<Entry> changed = all;
        changed[place][word] ^= std::uint64_t{1} << bit;
        EXPECT_TRUE(seen.insert(digest(changed).text()).second) << place << " " << word;
      }
    }
  }
}

TEST(Fingerprint, ChangesWithOrderAndLength) {
  std::vector<Entry> all = entries(200);
  std::set<std::string> seen;
  for (std::size_t size = 0; size <= all.size(); ++size) {
    seen.insert(digest({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)}).text());
  }
  EXPECT_EQ(seen.size(), 201U);
  std::swap(all[10], all[11]);
  EXPECT_TRUE(seen.insert(digest(all).text()).second);
}

TEST(Fingerprint, CanBeAskedAtAnyTime) {
  const std::vector<Entry> all = entries(300);
  Fingerprint fingerprint;
  for (std::size_t i = 0; i < all.size(); ++i) {
    fingerprint.add(all[i][0], all[i][1], all[i][2]);
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(i + 1);
    ASSERT_EQ(fingerprint.value(), digest({all.begin(), end})) << i;
  }
  const Digest before = fingerprint.value();
  EXPECT_EQ(fingerprint.finish(), before);
  EXPECT_EQ(fingerprint.value(), before);
}

// The digests of the blocks, and the entries of one of them.
Fingerprint::Watch watched(const std::vector<Entry>& all, std::uint64_t wanted) {
  Fingerprint::Watch watch;
  watch.wanted_block = wanted;
  Fingerprint fingerprint;
  fingerprint.set_watch(&watch);
  for (const Entry& entry : all) fingerprint.add(entry[0], entry[1], entry[2]);
  EXPECT_EQ(fingerprint.finish(), digest(all)) << "watching changes the digest";
  return watch;
}

std::size_t first_difference(const std::vector<Entry>& x, const std::vector<Entry>& y) {
  const Fingerprint::Watch a = watched(x, UINT64_MAX);
  const Fingerprint::Watch b = watched(y, UINT64_MAX);
  std::size_t block = 0;
  while (block < a.blocks.size() && block < b.blocks.size() && a.blocks[block] == b.blocks[block]) {
    ++block;
  }
  const std::vector<Entry> of_a = watched(x, block).entries;
  const std::vector<Entry> of_b = watched(y, block).entries;
  std::size_t i = 0;
  while (i < of_a.size() && i < of_b.size() && of_a[i] == of_b[i]) ++i;
  return block * Fingerprint::kEntriesPerBlock + i;
}

TEST(FingerprintWatch, LeadsToTheFirstDifference) {
  const std::vector<Entry> all = entries(1'000);
  for (const std::size_t place : {0U, 1U, 127U, 128U, 500U, 895U, 896U, 999U}) {
    std::vector<Entry> other = all;
    for (std::size_t i = place; i < other.size(); i += 3) other[i][2] = 8;
    EXPECT_EQ(first_difference(all, other), place);
  }
}

TEST(FingerprintWatch, LeadsToTheEndOfTheShorter) {
  const std::vector<Entry> all = entries(1'000);
  for (const std::size_t size : {0U, 1U, 128U, 500U, 896U, 999U}) {
    const std::vector<Entry> cut(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(first_difference(all, cut), size);
  }
}

TEST(FingerprintWatch, SeesTheUnfinishedBlockAtTheEnd) {
  const Fingerprint::Watch watch = watched(entries(300), 2);
  EXPECT_EQ(watch.blocks.size(), 3U);
  EXPECT_EQ(watch.entries.size(), 300U - 2 * Fingerprint::kEntriesPerBlock);
  EXPECT_EQ(watch.entries.back(), (Entry{299, 299 * 299, 7}));
}

TEST(Digest, IsWrittenAsThirtyTwoDigits) {
  EXPECT_EQ((Digest{0x6f0c, 0x1}).text(), "0000000000006f0c0000000000000001");
}

}  // namespace
}  // namespace quorumlab::sim
