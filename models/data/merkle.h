// A hash tree over keys: two replicas find where they differ by comparing few hashes (Merkle, "A
// Digital Signature Based on a Conventional Encryption Function", CRYPTO '87; DeCandia et al.,
// "Dynamo", SOSP 2007, section 4.7).
//
//   MerkleTree tree(6);                        // 2^6 leaves
//   tree.add(key, hash_of_its_versions);
//   tree.node(0, 0);                           // the root; equal roots: nothing differs
//
// Keys fall into leaves by their number; a leaf's hash is the sum of what is in it, so that the
// order of adding does not matter, and an inner node hashes its two children.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/ids.h"

namespace quorumlab::models {

class MerkleTree {
 public:
  explicit MerkleTree(std::uint32_t depth) : depth_(depth), leaves_(std::size_t{1} << depth, 0) {}

  void add(sim::Key key, std::uint64_t hash) {
    leaves_[leaf_of(key)] += mixed(hash ^ mixed(key.value + 1));
  }
  [[nodiscard]] std::uint32_t depth() const { return depth_; }
  [[nodiscard]] std::uint32_t leaf_of(sim::Key key) const {
    return static_cast<std::uint32_t>(key.value % leaves_.size());
  }
  // Level 0 is the root, level depth() the leaves; position counts from the left.
  [[nodiscard]] std::uint64_t node(std::uint32_t level, std::uint32_t position) const {
    if (level == depth_) return leaves_[position];
    const std::uint64_t left = node(level + 1, 2 * position);
    return mixed(left ^ mixed(node(level + 1, 2 * position + 1)));
  }

 private:
  // The finaliser of SplitMix64: a bijection that spreads every bit.
  static std::uint64_t mixed(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  std::uint32_t depth_;
  std::vector<std::uint64_t> leaves_;
};

}  // namespace quorumlab::models
