// Situations of a search on stacks: which calls under way have taken effect, and all stacks that
// can have come about then.
//
//   Situations situations(sets);
//   situations.add({.done = 5, .stacks = a});
//   situations.add({.done = 5, .stacks = b});   // one situation, with the stacks of both
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/consistency/stack_sets.h"

namespace quorumlab::models {

struct StackSituation {
  std::uint64_t done = 0;  // slots
  StackSets::Id stacks = StackSets::empty_stack();
};

class StackSituations {
 public:
  explicit StackSituations(StackSets& sets) : sets_(&sets) {}

  void add(const StackSituation& situation) {
    if (2 * (members_.size() + 1) > table_.size()) grow();
    const std::size_t i = slot_of(situation.done);
    if (table_[i] == 0) {
      members_.push_back(situation);
      table_[i] = static_cast<std::uint32_t>(members_.size());
      taken_.push_back(i);
      return;
    }
    StackSituation& member = members_[table_[i] - 1];
    member.stacks = sets_->unite(member.stacks, situation.stacks);
  }
  // Leaves nothing.
  std::vector<StackSituation> take() {
    for (const std::size_t i : taken_) table_[i] = 0;
    taken_.clear();
    std::vector<StackSituation> result;
    result.swap(members_);
    return result;
  }
  [[nodiscard]] const StackSituation& operator[](std::size_t i) const { return members_[i]; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  [[nodiscard]] std::size_t slot_of(std::uint64_t done) const {
    const std::size_t mask = table_.size() - 1;
    std::size_t i = mix_bits(done + 1) & mask;
    while (table_[i] != 0 && members_[table_[i] - 1].done != done) i = (i + 1) & mask;
    return i;
  }
  void grow() {
    table_.assign(std::max<std::size_t>(64, 2 * table_.size()), 0);
    taken_.clear();
    for (std::uint32_t m = 0; m < members_.size(); ++m) {
      const std::size_t i = slot_of(members_[m].done);
      table_[i] = m + 1;
      taken_.push_back(i);
    }
  }

  StackSets* sets_;
  std::vector<StackSituation> members_;
  std::vector<std::uint32_t> table_;  // index of the member + 1; 0: free
  std::vector<std::size_t> taken_;
};

// The same, by how many calls are done: none is looked at before all that lead to it.
class WaitingStackSituations {
 public:
  explicit WaitingStackSituations(StackSets& sets) : sets_(&sets) {}

  void add(const StackSituation& situation) {
    const auto level = static_cast<std::size_t>(std::popcount(situation.done));
    while (levels_.size() <= level) levels_.emplace_back(*sets_);
    levels_[level].add(situation);
    ++size_;
  }
  // f may add more, with more calls done.
  template <class F>
  void drain(F f) {
    for (std::size_t level = 0; level < levels_.size() && size_ > 0; ++level) {
      for (const StackSituation& situation : levels_[level].take()) f(situation);
    }
    size_ = 0;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  StackSets* sets_;
  std::vector<StackSituations> levels_;
  std::size_t size_ = 0;
};

}  // namespace quorumlab::models
