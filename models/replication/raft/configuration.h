// Who belongs to a Raft cluster, and who of them decides (Ongaro, "Consensus: Bridging Theory and
// Practice", 2014, chapter 4).
//
//   Configuration c{.voters = {n1, n2, n3}};
//   c.decided_by([&](NodeId n) { return granted.contains(n); });    // a majority of them?
//   c.agreed<Index>([&](NodeId n) { return match[n.value]; });      // what a majority has reached
//
// In joint consensus (section 4.3) `outgoing` holds the old voters, and every decision needs a
// majority of the old and a majority of the new.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/data/bytes.h"
#include "models/quorum.h"
#include "sim/ids.h"

namespace quorumlab::models::raft {

using sim::NodeId;

struct Configuration {
  std::vector<NodeId> voters;    // ascending
  std::vector<NodeId> outgoing;  // ascending; empty: not a joint configuration
  std::vector<NodeId> learners;  // ascending: they receive the log and decide nothing
  std::uint32_t change = 0;      // number of the last scheduled change that is in it

  bool operator==(const Configuration&) const = default;

  [[nodiscard]] static bool in(const std::vector<NodeId>& group, NodeId node) {
    return std::binary_search(group.begin(), group.end(), node);
  }
  [[nodiscard]] bool votes(NodeId node) const { return in(voters, node) || in(outgoing, node); }
  [[nodiscard]] bool has(NodeId node) const { return votes(node) || in(learners, node); }
  [[nodiscard]] bool is_joint() const { return !outgoing.empty(); }

  // Everybody, ascending.
  [[nodiscard]] std::vector<NodeId> members() const {
    std::vector<NodeId> all = voters;
    all.insert(all.end(), outgoing.begin(), outgoing.end());
    all.insert(all.end(), learners.begin(), learners.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  // What a majority of the voters (of both groups, in a joint configuration) has reached.
  template <class T, class Reached>
  [[nodiscard]] T agreed(Reached reached) const {
    const auto by = [&](const std::vector<NodeId>& group) {
      std::vector<T> all;
      all.reserve(group.size());
      for (const NodeId node : group) all.push_back(reached(node));
      const std::size_t enough = majority(group.size());
      return held_by(enough, std::move(all));
    };
    return is_joint() ? std::min(by(voters), by(outgoing)) : by(voters);
  }
  template <class Says>
  [[nodiscard]] bool decided_by(Says says_yes) const {
    return agreed<int>([&](NodeId node) { return says_yes(node) ? 1 : 0; }) == 1;
  }

  void encode(Encoder& out) const {
    out.put(change);
    for (const auto* group : {&voters, &outgoing, &learners}) {
      out.put(static_cast<std::uint32_t>(group->size()));
      for (const NodeId node : *group) out.put(node.value);
    }
  }
  [[nodiscard]] static Configuration decode(Decoder& in) {
    Configuration c;
    c.change = in.get<std::uint32_t>();
    for (auto* group : {&c.voters, &c.outgoing, &c.learners}) {
      const auto size = in.get<std::uint32_t>();
      for (std::uint32_t i = 0; i < size && in.good(); ++i) {
        group->push_back(NodeId(in.get<std::uint32_t>()));
      }
    }
    return c;
  }
};

}  // namespace quorumlab::models::raft
