#include "models/consistency/register_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <vector>

#include "models/consistency/register_plan.h"

namespace quorumlab::models {
namespace {

// Sets of slots. Words is how many 64-bit words the widest overlap of this history needs.
template <std::size_t Words>
struct SlotSet {
  std::array<std::uint64_t, Words> words{};

  [[nodiscard]] bool has(std::uint32_t slot) const {
    return (words[slot / 64] >> (slot % 64) & 1) != 0;
  }
  void add(std::uint32_t slot) { words[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  void remove(std::uint32_t slot) { words[slot / 64] &= ~(std::uint64_t{1} << (slot % 64)); }
};

// Calls f(slot) for each member of `a` that is not in `b`, lowest first.
template <std::size_t Words, class F>
void for_each_outside(const SlotSet<Words>& a, const SlotSet<Words>& b, F f) {
  for (std::size_t w = 0; w < Words; ++w) {
    for (std::uint64_t bits = a.words[w] & ~b.words[w]; bits != 0; bits &= bits - 1) {
      f(static_cast<std::uint32_t>(64 * w) + static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }
}

template <std::size_t Words>
struct Configuration {
  SlotSet<Words> done;  // overlapping operations that have taken effect
  ValueId state = kInitialValue;
};

// Configurations of which none can imitate another (rule 2), found by hashing what must be equal:
// the value and the completed part of `done`. Insertion order must be by ascending number of open
// operations used; then a newcomer never makes an older one superfluous.
template <std::size_t Words>
class Antichain {
 public:
  using Config = Configuration<Words>;

  bool insert(const Config& config, const SlotSet<Words>& open, std::uint64_t& steps) {
    if (2 * (members_.size() + 1) > table_.size()) grow(open);
    const std::size_t mask = table_.size() - 1;
    std::size_t i = hash(config, open) & mask;
    for (; table_[i] != 0; i = (i + 1) & mask) {
      ++steps;
      if (imitates(members_[table_[i] - 1], config, open)) return false;
    }
    members_.push_back(config);
    table_[i] = static_cast<std::uint32_t>(members_.size());
    used_.push_back(i);
    return true;
  }

  void clear() {
    for (const std::size_t i : used_) table_[i] = 0;
    used_.clear();
    members_.clear();
  }

  std::vector<Config>& members() { return members_; }

 private:
  static std::uint64_t hash(const Config& config, const SlotSet<Words>& open) {
    std::uint64_t h = config.state + 0x9e3779b97f4a7c15;
    for (std::size_t w = 0; w < Words; ++w) {
      h = (h ^ (config.done.words[w] & ~open.words[w])) * 0xff51afd7ed558ccd;
      h ^= h >> 32;
    }
    return h;
  }

  static bool imitates(const Config& a, const Config& b, const SlotSet<Words>& open) {
    if (a.state != b.state) return false;
    std::uint64_t wrong = 0;
    for (std::size_t w = 0; w < Words; ++w) {
      const std::uint64_t x = a.done.words[w];
      const std::uint64_t y = b.done.words[w];
      wrong |= ((x ^ y) & ~open.words[w]) | (x & ~y & open.words[w]);
    }
    return wrong == 0;
  }

  void grow(const SlotSet<Words>& open) {
    table_.assign(table_.empty() ? 64 : 2 * table_.size(), 0);
    used_.clear();
    const std::size_t mask = table_.size() - 1;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      std::size_t i = hash(members_[m], open) & mask;
      while (table_[i] != 0) i = (i + 1) & mask;
      table_[i] = static_cast<std::uint32_t>(m + 1);
      used_.push_back(i);
    }
  }

  std::vector<Config> members_;
  std::vector<std::uint32_t> table_;  // index into members_ + 1; 0: free
  std::vector<std::size_t> used_;
};

template <std::size_t Words>
class Search {
 public:
  using Config = Configuration<Words>;
  using Set = SlotSet<Words>;

  Search(const RegisterHistory& history, const Budget& budget)
      : history_(history), budget_(budget), by_open_used_(1), frontier_(1) {}

  SearchResult run(const Plan& plan) {
    in_slot_.resize(plan.slot_count);
    twin_.resize(plan.slot_count);
    for (const PlanStep& step : plan.steps) {
      switch (step.kind) {
        case PlanStep::Kind::kInvoke:
          invoke(step);
          break;
        case PlanStep::Kind::kReturn:
          complete(step);
          break;
        case PlanStep::Kind::kForget:
          forget(step);
          break;
      }
      if (frontier_.empty() && limit_ == SearchResult::Limit::kNone) {
        return {.verdict = Verdict::kViolated, .contradiction = step.at, .steps = steps_};
      }
      check_budget();
      if (limit_ != SearchResult::Limit::kNone) {
        return {.verdict = Verdict::kUnknown, .reached = step.at, .limit = limit_, .steps = steps_};
      }
    }
    return {.verdict = Verdict::kHolds, .steps = steps_};
  }

 private:
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  [[nodiscard]] const RegisterOp& op_in(std::uint32_t slot) const {
    return history_.ops[in_slot_[slot]];
  }

  void check_budget() {
    if (steps_ > budget_.max_steps) limit_ = SearchResult::Limit::kSteps;
    if (frontier_.size() > budget_.max_configurations) {
      limit_ = SearchResult::Limit::kConfigurations;
    }
  }

  static bool legal_observer(const RegisterOp& op, ValueId state) {
    return op.act == Act::kRead ? op.value == state : op.expected != state;
  }

  void invoke(const PlanStep& step) {
    const RegisterOp& op = history_.ops[step.op];
    in_slot_[step.slot] = step.op;
    steps_ += frontier_.size();
    if (!op.mutates()) {
      observers_.add(step.slot);
      for (Config& config : frontier_) {
        if (legal_observer(op, config.state)) config.done.add(step.slot);
      }
      return;
    }
    if (op.open()) {
      twin_[step.slot] = find_twin(op);
      open_.add(step.slot);
    }
    mutators_.add(step.slot);
  }

  // The open operation invoked last that does the same as `op`, which therefore goes first (rule
  // 3). All of them are forgotten at the same step, so the link never dangles.
  std::uint32_t find_twin(const RegisterOp& op) {
    std::uint32_t twin = kNoSlot;
    for_each_outside(open_, Set{}, [&](std::uint32_t slot) {
      ++steps_;
      const RegisterOp& other = op_in(slot);
      if (other.act != op.act || other.value != op.value || other.expected != op.expected) return;
      if (twin == kNoSlot || op_in(twin).invoked < other.invoked) twin = slot;
    });
    return twin;
  }

  void complete(const PlanStep& step) {
    steps_ += frontier_.size();
    const bool all_done = std::all_of(frontier_.begin(), frontier_.end(),
                                      [&](const Config& c) { return c.done.has(step.slot); });
    if (!all_done) force(step.slot);
    observers_.remove(step.slot);
    mutators_.remove(step.slot);
    for (Config& config : frontier_) config.done.remove(step.slot);
  }

  // Replaces the frontier by every way to make the operation in `slot` take effect, last.
  void force(std::uint32_t slot) {
    finished_.clear();
    for (const Config& config : frontier_) put(config);
    frontier_.clear();
    visited_.clear();
    for (std::size_t used = 0; used < by_open_used_.size(); ++used) {
      // Grows while it is walked: completed operations lead to the same number of open ones used.
      for (std::size_t i = 0; i < by_open_used_[used].size(); ++i) {
        const Config config = by_open_used_[used][i];
        if (config.done.has(slot)) {
          finished_.insert(config, open_, steps_);
        } else if (visited_.insert(config, open_, steps_)) {
          expand(config);
        }
        if (exhausted()) break;
      }
      queued_ -= by_open_used_[used].size();
      by_open_used_[used].clear();
    }
    frontier_.swap(finished_.members());
    finished_.clear();
  }

  bool exhausted() {
    if (steps_ > budget_.max_steps) limit_ = SearchResult::Limit::kSteps;
    if (queued_ + finished_.members().size() > budget_.max_configurations) {
      limit_ = SearchResult::Limit::kConfigurations;
    }
    return limit_ != SearchResult::Limit::kNone;
  }

  void put(const Config& config) {
    std::size_t used = 0;
    for (std::size_t w = 0; w < Words; ++w) {
      used += static_cast<std::size_t>(std::popcount(config.done.words[w] & open_.words[w]));
    }
    if (by_open_used_.size() <= used) by_open_used_.resize(used + 1);
    by_open_used_[used].push_back(config);
    ++queued_;
  }

  void expand(const Config& config) {
    for_each_outside(mutators_, config.done, [&](std::uint32_t slot) {
      ++steps_;
      const RegisterOp& op = op_in(slot);
      if (op.act == Act::kCas && op.expected != config.state) return;
      if (open_.has(slot)) {
        if (op.value == config.state) return;
        if (twin_[slot] != kNoSlot && !config.done.has(twin_[slot])) return;
      }
      Config next = config;
      next.state = op.value;
      next.done.add(slot);
      for_each_outside(observers_, next.done, [&](std::uint32_t seen) {
        if (legal_observer(op_in(seen), next.state)) next.done.add(seen);
      });
      put(next);
    });
  }

  void forget(const PlanStep& step) {
    steps_ += frontier_.size();
    for (Config& config : frontier_) config.done.remove(step.slot);
    open_.remove(step.slot);
    mutators_.remove(step.slot);
    if (frontier_.size() == 1) return;
    finished_.clear();
    for (const Config& config : frontier_) put(config);
    for (std::vector<Config>& configs : by_open_used_) {
      for (const Config& config : configs) finished_.insert(config, open_, steps_);
      configs.clear();
    }
    queued_ = 0;
    frontier_.swap(finished_.members());
    finished_.clear();
  }

  const RegisterHistory& history_;
  const Budget budget_;
  std::vector<std::uint32_t> in_slot_;  // index into the operations
  std::vector<std::uint32_t> twin_;     // of open operations
  Set mutators_;
  Set observers_;
  Set open_;
  std::vector<std::vector<Config>> by_open_used_;  // waiting, by number of open operations used
  std::uint64_t queued_ = 0;                       // how many wait
  std::vector<Config> frontier_;
  Antichain<Words> visited_;
  Antichain<Words> finished_;
  SearchResult::Limit limit_ = SearchResult::Limit::kNone;
  std::uint64_t steps_ = 0;
};

}  // namespace

SearchResult search_orders(const RegisterHistory& history, const Budget& budget) {
  const Plan plan = plan_search(history);
  if (plan.slot_count <= 64) return Search<1>(history, budget).run(plan);
  if (plan.slot_count <= 256) return Search<4>(history, budget).run(plan);
  if (plan.slot_count <= kMaxOverlap) return Search<kMaxOverlap / 64>(history, budget).run(plan);
  return {.verdict = Verdict::kUnknown, .limit = SearchResult::Limit::kOverlap};
}

}  // namespace quorumlab::models
