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
  void remove(const SlotSet& others) {
    for (std::size_t w = 0; w < Words; ++w) words[w] &= ~others.words[w];
  }
  [[nodiscard]] bool within(const SlotSet& other) const {
    std::uint64_t outside = 0;
    for (std::size_t w = 0; w < Words; ++w) outside |= words[w] & ~other.words[w];
    return outside == 0;
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  bool operator==(const SlotSet&) const = default;

  // Calls f(slot) for each member, lowest first.
  template <class F>
  void for_each(F f) const {
    for (std::size_t w = 0; w < Words; ++w) {
      for (std::uint64_t bits = words[w]; bits != 0; bits &= bits - 1) {
        f(static_cast<std::uint32_t>(64 * w) + static_cast<std::uint32_t>(std::countr_zero(bits)));
      }
    }
  }

  friend SlotSet operator&(SlotSet a, const SlotSet& b) {
    for (std::size_t w = 0; w < Words; ++w) a.words[w] &= b.words[w];
    return a;
  }
  friend SlotSet operator-(SlotSet a, const SlotSet& b) {
    a.remove(b);
    return a;
  }
};

// An overlapping operation that has not taken effect is neither used nor, if its outcome is unknown,
// owed; one that has is used; a write that may have, unnoticed, is neither (rule 2).
template <std::size_t Words>
struct Configuration {
  SlotSet<Words> used;  // cannot take effect any more
  SlotSet<Words> owed;  // must take effect before it returns
  ValueId state = kInitialValue;
};

// Configurations of which none can imitate another one that owes the same (rule 3). Requires:
// insertion by ascending number of used slots; then no newcomer makes an older one superfluous.
template <std::size_t Words>
class Antichain {
 public:
  using Config = Configuration<Words>;

  bool insert(const Config& config, std::uint64_t& steps) {
    if (2 * (members_.size() + 1) > table_.size()) grow();
    const std::size_t mask = table_.size() - 1;
    std::size_t i = hash(config) & mask;
    for (; table_[i] != 0; i = (i + 1) & mask) {
      ++steps;
      const Config& member = members_[table_[i] - 1];
      if (member.state == config.state && member.owed == config.owed &&
          member.used.within(config.used)) {
        return false;
      }
    }
    members_.push_back(config);
    table_[i] = static_cast<std::uint32_t>(members_.size());
    taken_.push_back(i);
    return true;
  }

  void clear() {
    for (const std::size_t i : taken_) table_[i] = 0;
    taken_.clear();
    members_.clear();
  }

  std::vector<Config>& members() { return members_; }

 private:
  static std::uint64_t hash(const Config& config) {
    std::uint64_t h = config.state + 0x9e3779b97f4a7c15;
    for (const std::uint64_t word : config.owed.words) {
      h = (h ^ word) * 0xff51afd7ed558ccd;
      h ^= h >> 32;
    }
    return h;
  }

  void grow() {
    table_.assign(table_.empty() ? 64 : 2 * table_.size(), 0);
    taken_.clear();
    const std::size_t mask = table_.size() - 1;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      std::size_t i = hash(members_[m]) & mask;
      while (table_[i] != 0) i = (i + 1) & mask;
      table_[i] = static_cast<std::uint32_t>(m + 1);
      taken_.push_back(i);
    }
  }

  std::vector<Config> members_;
  std::vector<std::uint32_t> table_;  // index into members_ + 1; 0: free
  std::vector<std::size_t> taken_;
};

template <std::size_t Words>
class Search {
 public:
  using Config = Configuration<Words>;
  using Set = SlotSet<Words>;

  Search(const RegisterHistory& history, const Budget& budget)
      : history_(history), budget_(budget), waiting_(1), frontier_(1) {}

  SearchResult run(const Plan& plan) {
    in_slot_.resize(plan.slot_count);
    twin_.resize(plan.slot_count);
    for (const PlanStep& step : plan.steps) {
      switch (step.kind) {
        case PlanStep::Kind::kInvoke: invoke(step); break;
        case PlanStep::Kind::kReturn: complete(step); break;
        case PlanStep::Kind::kForget: forget(step); break;
      }
      if (exhausted()) {
        return {
            .verdict = Verdict::kUnknown, .reached = step.at, .limit = limit_, .steps = steps_};
      }
      if (frontier_.empty()) {
        return {.verdict = Verdict::kViolated, .contradiction = step.at, .steps = steps_};
      }
    }
    return {.verdict = Verdict::kHolds, .steps = steps_};
  }

 private:
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  [[nodiscard]] const RegisterOp& op_in(std::uint32_t slot) const {
    return history_.ops[in_slot_[slot]];
  }

  bool exhausted() {
    if (steps_ > budget_.max_steps) limit_ = SearchResult::Limit::kSteps;
    if (waiting_count_ + finished_.members().size() + frontier_.size() >
        budget_.max_configurations) {
      limit_ = SearchResult::Limit::kConfigurations;
    }
    return limit_ != SearchResult::Limit::kNone;
  }

  static bool can_see(const RegisterOp& op, ValueId state) {
    return op.act == Act::kRead ? op.value == state : op.expected != state;
  }

  void invoke(const PlanStep& step) {
    const RegisterOp& op = history_.ops[step.op];
    in_slot_[step.slot] = step.op;
    steps_ += frontier_.size();
    if (!op.mutates()) {
      observers_.add(step.slot);
      for (Config& config : frontier_) {
        if (!can_see(op, config.state)) config.owed.add(step.slot);
      }
      return;
    }
    mutators_.add(step.slot);
    if (op.open()) {
      twin_[step.slot] = find_twin(op);
      open_.add(step.slot);
      return;
    }
    if (op.act == Act::kWrite) writes_.add(step.slot);
    for (Config& config : frontier_) config.owed.add(step.slot);
  }

  // The open operation invoked last that does the same as `op`, which therefore goes first (rule 4).
  // All of them are forgotten at the same time, so the link never dangles.
  std::uint32_t find_twin(const RegisterOp& op) {
    std::uint32_t twin = kNoSlot;
    open_.for_each([&](std::uint32_t slot) {
      ++steps_;
      const RegisterOp& other = op_in(slot);
      if (other.act != op.act || other.value != op.value || other.expected != op.expected) return;
      if (twin == kNoSlot || op_in(twin).invoked < other.invoked) twin = slot;
    });
    return twin;
  }

  void complete(const PlanStep& step) {
    steps_ += frontier_.size();
    const bool owed = std::any_of(frontier_.begin(), frontier_.end(),
                                  [&](const Config& c) { return c.owed.has(step.slot); });
    if (owed) force(step.slot);
    release(step.slot);
    if (!owed) drop_imitated();
  }

  void forget(const PlanStep& step) {
    steps_ += frontier_.size();
    release(step.slot);
    drop_imitated();
  }

  void release(std::uint32_t slot) {
    for (Set* set : {&mutators_, &writes_, &observers_, &open_}) set->remove(slot);
    for (Config& config : frontier_) config.used.remove(slot);
  }

  // Without the slot just released, some configurations may have become alike.
  void drop_imitated() {
    if (frontier_.size() == 1) return;
    for (const Config& config : frontier_) put(config);
    for (std::vector<Config>& configs : waiting_) {
      for (const Config& config : configs) finished_.insert(config, steps_);
      configs.clear();
    }
    waiting_count_ = 0;
    frontier_.swap(finished_.members());
    finished_.clear();
  }

  // Replaces the frontier by every way to make the operation in `slot` take effect, last.
  void force(std::uint32_t slot) {
    for (const Config& config : frontier_) put(config);
    frontier_.clear();
    for (std::size_t used = 0; used < waiting_.size(); ++used) {
      for (std::size_t i = 0; i < waiting_[used].size() && !exhausted(); ++i) {
        Config config = waiting_[used][i];
        if (!config.owed.has(slot)) {
          config.used.remove(slot);
          finished_.insert(config, steps_);
        } else if (visited_.insert(config, steps_)) {
          expand(config);
        }
      }
      waiting_count_ -= waiting_[used].size();
      waiting_[used].clear();
    }
    frontier_.swap(finished_.members());
    finished_.clear();
    visited_.clear();
  }

  void put(const Config& config) {
    const std::size_t used = config.used.size();
    if (waiting_.size() <= used) waiting_.resize(used + 1);
    waiting_[used].push_back(config);
    ++waiting_count_;
  }

  void expand(const Config& config) {
    (mutators_ - config.used).for_each([&](std::uint32_t slot) {
      ++steps_;
      const RegisterOp& op = op_in(slot);
      if (op.act == Act::kCas && op.expected != config.state) return;
      if (op.value == config.state && !config.owed.has(slot)) return;
      if (open_.has(slot) && twin_[slot] != kNoSlot && !config.used.has(twin_[slot])) return;
      Config next = config;
      next.state = op.value;
      next.used.add(slot);
      next.owed.remove(slot);
      if (op.act == Act::kWrite) next.owed.remove(writes_);
      (observers_ & next.owed).for_each([&](std::uint32_t seen) {
        if (can_see(op_in(seen), next.state)) next.owed.remove(seen);
      });
      put(next);
    });
  }

  const RegisterHistory& history_;
  const Budget budget_;
  std::vector<std::uint32_t> in_slot_;  // index into the operations
  std::vector<std::uint32_t> twin_;     // of open operations
  Set mutators_;
  Set writes_;  // that will return
  Set observers_;
  Set open_;
  std::vector<std::vector<Config>> waiting_;  // by number of used slots
  std::uint64_t waiting_count_ = 0;
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
