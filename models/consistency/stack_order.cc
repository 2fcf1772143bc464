#include "models/consistency/stack_order.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "models/consistency/wide_trees.h"

namespace quorumlab::models {
namespace {

constexpr std::uint64_t kShrinkEffort = 20'000'000;  // values looked at to make a witness smaller

using Values = std::vector<const Passage*>;

// A stretch of the timeline at which something is inside all the time: from the end of a push to
// the beginning of a pop, both as ranks among all such moments.
struct Stretch {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
};

class Nesting {
 public:
  // Requires: each value stays for some time: in_done < out_begun.
  explicit Nesting(Values values) : values_(std::move(values)) {
    std::sort(values_.begin(), values_.end(),
              [](const Passage* a, const Passage* b) { return a->in_done < b->in_done; });
    rank_moments();
    plant_trees();
  }

  // Values that cannot be nested; empty: all can.
  Values run() {
    std::vector<Stretch> todo = stretches();
    while (!todo.empty()) {
      const Stretch stretch = todo.back();
      todo.pop_back();
      if (!decrease(stretch, todo)) return left_in(stretch);
    }
    return {};
  }

 private:
  static constexpr std::uint32_t kMost = WideMinimum::kGone - 1;
  static constexpr std::uint32_t kNear = 64;
  enum Fit : std::uint8_t { kLeft = 1, kRight = 2, kBoth = 3 };

  struct Moment {
    std::uint64_t at = 0;
    std::uint32_t value = 0;
    std::uint32_t pushes_before = 0;
    bool is_pop = false;  // a pop begins; else a push has ended
  };
  struct Stay {
    std::uint32_t from = 0;  // ranks of moments
    std::uint32_t to = 0;
    std::uint8_t fits = 0;  // at which ends of its stretch it could be at the bottom
    bool is_gone = false;
  };

  void rank_moments() {
    const auto count = static_cast<std::uint32_t>(values_.size());
    by_pop_.resize(count);
    for (std::uint32_t v = 0; v < count; ++v) by_pop_[v] = v;
    std::stable_sort(by_pop_.begin(), by_pop_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return values_[a]->out_begun < values_[b]->out_begun;
    });
    stays_.resize(count);
    moments_.reserve(2 * std::size_t{count});
    std::uint32_t pushed = 0;
    for (std::uint32_t popped = 0; popped < count;) {
      const std::uint32_t next = by_pop_[popped];
      const auto rank = static_cast<std::uint32_t>(moments_.size());
      if (pushed < count && values_[pushed]->in_done < values_[next]->out_begun) {
        stays_[pushed].from = rank;
        moments_.push_back({values_[pushed]->in_done, pushed, pushed, false});
        ++pushed;
      } else {
        stays_[next].to = rank;
        moments_.push_back({values_[next]->out_begun, next, pushed, true});
        ++popped;
      }
    }
  }

  void plant_trees() {
    const std::size_t count = values_.size();
    std::vector<std::uint32_t> begun(count);
    std::vector<std::uint32_t> undone(count);
    for (std::uint32_t v = 0; v < count; ++v) begun[v] = rank_of_begin(v);
    for (std::uint32_t i = 0; i < count; ++i) undone[i] = kMost - rank_of_end(by_pop_[i]);
    begun_.emplace(std::move(begun));
    undone_.emplace(std::move(undone));
    bottoms_.emplace(std::vector<std::uint32_t>(count, WideMinimum::kGone));
    std::vector<std::int32_t> covered(moments_.size());
    std::int32_t inside = 0;
    for (std::size_t i = 0; i < moments_.size(); ++i) {
      inside += moments_[i].is_pop ? -1 : 1;
      covered[i] = inside;
    }
    cover_.emplace(std::move(covered));
  }

  // How many moments come before the push begins, and before the pop ends. Most are near.
  [[nodiscard]] std::uint32_t rank_of_begin(std::uint32_t value) const {
    const std::uint64_t begin = values_[value]->in_begun;
    std::uint32_t rank = stays_[value].from;
    for (std::uint32_t tries = 0; rank > 0 && moments_[rank - 1].at > begin; --rank) {
      if (++tries > kNear) return rank_of(begin);
    }
    return rank;
  }
  [[nodiscard]] std::uint32_t rank_of_end(std::uint32_t value) const {
    const auto count = static_cast<std::uint32_t>(moments_.size());
    const std::uint64_t end = values_[value]->out_done;
    if (end == kNever) return count;
    std::uint32_t rank = stays_[value].to + 1;
    for (std::uint32_t tries = 0; rank < count && moments_[rank].at < end; ++rank) {
      if (++tries > kNear) return rank_of(end);
    }
    return rank;
  }
  [[nodiscard]] std::uint32_t rank_of(std::uint64_t time) const {
    const auto at = std::lower_bound(moments_.begin(), moments_.end(), time,
                                     [](const Moment& m, std::uint64_t t) { return m.at < t; });
    return static_cast<std::uint32_t>(at - moments_.begin());
  }

  [[nodiscard]] std::vector<Stretch> stretches() const {
    std::vector<Stretch> result;
    std::uint32_t begin = 0;
    std::uint32_t inside = 0;
    for (std::uint32_t i = 0; i < moments_.size(); ++i) {
      inside += moments_[i].is_pop ? UINT32_MAX : 1;
      if (inside > 0) continue;
      result.push_back({begin, i});
      begin = i + 1;
    }
    return result;
  }

  // Takes away a value that can lie at the bottom of the stretch, and puts back what is left, which
  // may have come apart. False: there is no such value.
  bool decrease(const Stretch& stretch, std::vector<Stretch>& todo) {
    const Moment& left = moments_[stretch.left];
    const Moment& right = moments_[stretch.right];
    const auto note = [&](WideMinimum& tree, std::size_t begin, std::size_t end, std::uint32_t most,
                          Fit fit) {
      for (;;) {
        const std::size_t found = tree.find(begin, end, most);
        if (found == kNoLeaf) return;
        tree.set(found, WideMinimum::kGone);
        const auto value = fit == kLeft ? static_cast<std::uint32_t>(found) : by_pop_[found];
        stays_[value].fits |= fit;
        if (stays_[value].fits == kBoth) bottoms_->set(value, 0);
      }
    };
    note(*begun_, left.pushes_before, right.pushes_before, stretch.left, kLeft);
    note(*undone_, stretch.left - left.pushes_before, stretch.right - right.pushes_before + 1,
         kMost - stretch.right - 1, kRight);
    const std::size_t bottom = bottoms_->find(left.pushes_before, right.pushes_before, 0);
    if (bottom == kNoLeaf) return false;
    bottoms_->set(bottom, WideMinimum::kGone);
    stays_[bottom].is_gone = true;
    std::uint32_t begin = stretch.left;
    cover_->uncover(stays_[bottom].from, stays_[bottom].to, [&](std::size_t bare) {
      const auto at = static_cast<std::uint32_t>(bare);
      if (at > begin) todo.push_back({begin, at});
      begin = at + 1;
    });
    if (stretch.right > begin) todo.push_back({begin, stretch.right});
    return true;
  }

  [[nodiscard]] Values left_in(const Stretch& stretch) const {
    Values result;
    for (std::uint32_t v = moments_[stretch.left].pushes_before;
         v < moments_[stretch.right].pushes_before; ++v) {
      if (!stays_[v].is_gone) result.push_back(values_[v]);
    }
    return result;
  }

  Values values_;                      // in the order in which their pushes ended
  std::vector<std::uint32_t> by_pop_;  // in the order in which their pops began
  std::vector<Moment> moments_;
  std::vector<Stay> stays_;
  std::optional<WideMinimum> begun_;    // by value: moments before its push began
  std::optional<WideMinimum> undone_;   // by pop: kMost without the moments before it ended
  std::optional<WideMinimum> bottoms_;  // by value: 0 if it can lie at the bottom
  std::optional<WideCover> cover_;      // of the gap behind each moment
};

// Leaves out whatever can be left out, in ever smaller pieces.
Values shrink(Values core) {
  std::uint64_t effort = 0;
  for (std::size_t piece = core.size() / 2; piece > 0;) {
    bool any = false;
    for (std::size_t at = 0; at < core.size() && effort < kShrinkEffort;) {
      Values rest = core;
      const auto begin = rest.begin() + static_cast<std::ptrdiff_t>(at);
      const auto end = begin + static_cast<std::ptrdiff_t>(std::min(piece, rest.size() - at));
      rest.erase(begin, end);
      effort += rest.size();
      Values found = Nesting(std::move(rest)).run();
      if (found.empty()) {
        at += piece;
        continue;
      }
      core = std::move(found);
      any = true;
      at = 0;
    }
    if (!any || piece > 1) piece /= 2;
    if (effort >= kShrinkEffort) break;
  }
  return core;
}

}  // namespace

ContainerResult check_plain_stack(const Passages& passages,
                                  std::span<const TimedCall<ObjectCall>> calls) {
  if (passages.broken) return *passages.broken;
  if (auto empty = find_false_empty(passages, calls)) return std::move(*empty);
  Values values;
  values.reserve(passages.values.size());
  for (const Passage& passage : passages.values) {
    if (passage.in_done < passage.out_begun) values.push_back(&passage);
  }
  if (values.empty()) return {};
  const Values core = shrink(Nesting(std::move(values)).run());
  if (core.empty()) return {};
  ContainerResult result{.verdict = Verdict::kViolated,
                         .why =
                             "whichever of these values lay below all the others, it came too "
                             "late or went too early"};
  for (const Passage* const value : core) {
    result.calls.push_back(value->in);
    if (value->out != kNoCall) result.calls.push_back(value->out);
  }
  return result;
}

}  // namespace quorumlab::models
