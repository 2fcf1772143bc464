// Sets of stacks that share what they have in common, as parsers of ambiguous languages keep them
// (Tomita's graph-structured stack, 1985): a set is what can lie on top, and below each of these
// again a set.
//
//   StackSets sets;
//   const StackSets::Id one = sets.push(7, 1, sets.empty_stack());
//   sets.pop(7, one);   // sets.empty_stack()
//   sets.pop(8, one);   // StackSets::kNone
//
// Each value also says when it was pushed at the latest, for those who may have been pushed before
// it but are known only later. Equal lists of links get equal numbers; nothing is ever changed, so
// that all can share it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {

class StackSets {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = UINT32_MAX;  // no stack at all
  static constexpr std::uint32_t kDeepest = 4'096;

  StackSets() { nodes_.push_back({0, 0, true}); }

  // The set of the empty stack alone.
  [[nodiscard]] static constexpr Id empty_stack() { return 0; }
  [[nodiscard]] bool has_empty(Id set) const { return nodes_[set].has_empty; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::size_t bytes() const {
    return nodes_.size() * sizeof(Node) + links_.size() * sizeof(Link) + table_.size() * sizeof(Id);
  }

  Id push(std::uint32_t value, std::uint32_t at, Id set) {
    fresh_.assign(1, {value, at, set});
    return number(false);
  }

  // All stacks with the value put in at one place above which all was pushed after `begin`.
  Id insert(std::uint32_t value, std::uint32_t begin, std::uint32_t at, Id set) {
    if (inserting_ != std::pair(value, begin)) inserted_ = {};
    inserting_ = {value, begin};
    return insert_below(at, set, 0);
  }
  void forget_insertions() { inserted_ = {}; }
  // Links that were looked at to make others.
  [[nodiscard]] std::uint64_t work() const { return work_; }
  // Not all places were looked at: there are too many.
  [[nodiscard]] bool gave_up() const { return gave_up_; }

  // What is left where the value was on top.
  Id pop(std::uint32_t value, Id set) {
    Id result = kNone;
    const Node node = nodes_[set];
    for (std::uint32_t i = node.first; i < node.first + node.count; ++i) {
      if (links_[i].value == value) result = unite(result, links_[i].below);
    }
    return result;
  }
  // What is left where anything was on top.
  Id pop_any(Id set) {
    Id result = kNone;
    const Node node = nodes_[set];
    for (std::uint32_t i = node.first; i < node.first + node.count; ++i) {
      result = unite(result, links_[i].below);
    }
    return result;
  }
  // Those where the value is not on top; the empty stack too.
  Id without(std::uint32_t value, Id set) {
    const Node node = nodes_[set];
    fresh_.clear();
    for (std::uint32_t i = node.first; i < node.first + node.count; ++i) {
      if (links_[i].value != value) fresh_.push_back(links_[i]);
    }
    return number(node.has_empty);
  }
  Id without_empty(Id set) {
    const Node node = nodes_[set];
    fresh_.assign(links_.begin() + node.first, links_.begin() + node.first + node.count);
    return number(false);
  }

  Id unite(Id a, Id b) {
    if (a == b || b == kNone) return a;
    if (a == kNone) return b;
    const auto links = [&](Id set) {
      return std::span(links_).subspan(nodes_[set].first, nodes_[set].count);
    };
    fresh_.clear();
    const auto left = links(a);
    const auto right = links(b);
    std::set_union(left.begin(), left.end(), right.begin(), right.end(),
                   std::back_inserter(fresh_));
    work_ += left.size() + right.size();
    return number(nodes_[a].has_empty || nodes_[b].has_empty);
  }

  // Calls f(value) for each that can be on top, ascending, perhaps more than once.
  template <class F>
  void for_each_top(Id set, F f) const {
    const Node& node = nodes_[set];
    for (std::uint32_t i = node.first; i < node.first + node.count; ++i) f(links_[i].value);
  }

  // Forgets all but these, which get new numbers.
  void keep(std::span<Id* const> live) {
    std::vector<bool> reached(nodes_.size());
    reached[0] = true;
    for (const Id* const set : live) reached[*set] = true;
    // What lies below has a smaller number.
    for (std::size_t n = nodes_.size(); n-- > 0;) {
      if (!reached[n]) continue;
      for (std::uint32_t i = 0; i < nodes_[n].count; ++i) {
        reached[links_[nodes_[n].first + i].below] = true;
      }
    }
    std::vector<Node> nodes;
    std::vector<Link> links;
    std::vector<Id> renamed(nodes_.size(), kNone);
    for (Id n = 0; n < nodes_.size(); ++n) {
      if (!reached[n]) continue;
      renamed[n] = static_cast<Id>(nodes.size());
      Node node = nodes_[n];
      for (std::uint32_t i = node.first; i < node.first + node.count; ++i) {
        links.push_back({links_[i].value, links_[i].at, renamed[links_[i].below]});
      }
      node.first = static_cast<std::uint32_t>(links.size()) - node.count;
      nodes.push_back(node);
    }
    nodes_ = std::move(nodes);
    links_ = std::move(links);
    for (Id* const set : live) *set = renamed[*set];
    rebuild();
  }

 private:
  struct Link {
    std::uint32_t value = 0;
    std::uint32_t at = 0;
    Id below = 0;
    auto operator<=>(const Link&) const = default;
  };
  struct Node {
    std::uint32_t first = 0;  // in links_
    std::uint32_t count = 0;
    bool has_empty = false;
  };

  Id insert_below(std::uint32_t at, Id set, std::uint32_t depth) {
    const std::uint64_t key = std::uint64_t{at} << 32U | set;
    if (const Id* const known = inserted_.find(key)) return *known;
    Id result = push(inserting_.first, at, set);
    const Node node = nodes_[set];
    for (std::uint32_t i = node.first; i < node.first + node.count; ++i) {
      const Link link = links_[i];
      if (link.at <= inserting_.second) continue;
      if (depth == kDeepest) {
        gave_up_ = true;
        break;
      }
      const Id below = insert_below(link.at, link.below, depth + 1);
      result = unite(result, push(link.value, link.at, below));
    }
    inserted_[key] = result;
    return result;
  }

  // Of the set that `fresh_` has the links of.
  Id number(bool has_empty) {
    if (fresh_.empty()) return has_empty ? 0 : kNone;
    if (2 * (nodes_.size() + 1) > table_.size()) rebuild();
    Id& entry = table_[slot_of(fresh_, has_empty)];
    if (entry != 0) return entry;
    entry = static_cast<Id>(nodes_.size());
    nodes_.push_back({static_cast<std::uint32_t>(links_.size()),
                      static_cast<std::uint32_t>(fresh_.size()), has_empty});
    links_.insert(links_.end(), fresh_.begin(), fresh_.end());
    return entry;
  }

  [[nodiscard]] std::size_t slot_of(std::span<const Link> links, bool has_empty) const {
    std::uint64_t hash = has_empty ? 1 : 0;
    for (const auto& [value, at, below] : links) {
      hash = mix_bits(hash ^ (std::uint64_t{value} << 32U | below)) + 0x9e3779b97f4a7c15 + at;
    }
    const std::size_t mask = table_.size() - 1;
    std::size_t i = hash & mask;
    for (; table_[i] != 0; i = (i + 1) & mask) {
      const Node& node = nodes_[table_[i]];
      const auto other = std::span(links_).subspan(node.first, node.count);
      const bool same = node.has_empty == has_empty &&
                        std::equal(links.begin(), links.end(), other.begin(), other.end());
      if (same) break;
    }
    return i;
  }

  void rebuild() {
    std::size_t size = 1'024;
    while (size < 4 * nodes_.size()) size *= 2;
    table_.assign(size, 0);
    for (Id n = 1; n < nodes_.size(); ++n) {
      const auto links = std::span<const Link>(links_).subspan(nodes_[n].first, nodes_[n].count);
      table_[slot_of(links, nodes_[n].has_empty)] = n;
    }
  }

  std::vector<Node> nodes_;
  std::vector<Link> links_;
  std::vector<Link> fresh_;
  std::pair<std::uint32_t, std::uint32_t> inserting_{kNone, 0};  // the value, and when that began
  FlatMap<Id> inserted_;
  std::uint64_t work_ = 0;
  bool gave_up_ = false;
  std::vector<Id> table_;  // 0: free; the empty stack needs no entry
};

}  // namespace quorumlab::models
