#include "models/consistency/register_search.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "models/consistency/frontier.h"
#include "models/consistency/register_bits.h"
#include "models/consistency/register_plan.h"

namespace quorumlab::models {
namespace {

constexpr std::uint64_t kStepsForEvent = 32;

template <std::size_t Words>
class Search {
 public:
  using Config = Configuration<Words>;
  using Set = SlotSet<Words>;

  Search(const RegisterHistory& history, const Budget& budget)
      : history_(history), budget_(budget), frontier_(1) {}

  SearchResult run(const Walk& walk) {
    in_slot_.resize(walk.slot_count());
    first_.resize(walk.slot_count());
    SearchResult result;
    walk.for_each_step([&](const Step& step) {
      switch (step.kind) {
        case Step::Kind::kInvoke:
          invoke(step);
          break;
        case Step::Kind::kReturn:
          complete(step);
          break;
        case Step::Kind::kForget:
          forget(step);
          break;
      }
      if (exhausted()) {
        result = {.verdict = Verdict::kUnknown, .reached = step.at, .limit = limit_};
      } else if (frontier_.empty()) {
        result = {.verdict = Verdict::kViolated, .contradiction = step.at};
      }
      return result.verdict == Verdict::kHolds;
    });
    result.steps = steps_;
    return result;
  }

 private:
  [[nodiscard]] const RegisterOp& op_in(std::uint32_t slot) const {
    return history_.ops[in_slot_[slot]];
  }

  bool exhausted() {
    if (steps_ > budget_.max_steps) limit_ = SearchResult::Limit::kSteps;
    if (waiting_.size() + results_.size() + frontier_.size() > budget_.max_configurations) {
      limit_ = SearchResult::Limit::kConfigurations;
    }
    const std::uint64_t kept =
        waiting_.size() + results_.size() + frontier_.size() + visited_.size() + finished_.size();
    if (kept * sizeof(Config) > budget_.max_memory) limit_ = SearchResult::Limit::kMemory;
    return limit_ != SearchResult::Limit::kNone;
  }

  static bool can_see(const RegisterOp& op, ValueId state) {
    return op.act == Act::kRead ? op.value == state : op.expected != state;
  }

  void invoke(const Step& step) {
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
    note_alike(step.slot);
    mutators_.add(step.slot);
    if (op.open()) {
      open_.add(step.slot);
      return;
    }
    if (op.act == Act::kWrite) writes_.add(step.slot);
    for (Config& config : frontier_) config.owed.add(step.slot);
  }

  // Of operations that do the same, those that last shorter go first: they are of less use later.
  void note_alike(std::uint32_t slot) {
    const RegisterOp& op = op_in(slot);
    first_[slot] = {};
    mutators_.for_each([&](std::uint32_t other_slot) {
      ++steps_;
      const RegisterOp& other = op_in(other_slot);
      first_[other_slot].remove(slot);
      if (other.act != op.act || other.value != op.value || other.expected != op.expected) return;
      if (other.completed <= op.completed) {
        first_[slot].add(other_slot);
      } else {
        first_[other_slot].add(slot);
      }
    });
  }

  void complete(const Step& step) {
    steps_ += frontier_.size();
    const bool settled = std::all_of(frontier_.begin(), frontier_.end(),
                                     [&](const Config& c) { return is_settled(c, step.slot); });
    const bool alike = settled && (frontier_.size() == 1 || observers_.has(step.slot));
    if (alike) {
      for (Config& config : frontier_) config.used.remove(step.slot);
    } else if (settled) {
      for (const Config& config : frontier_) result(config, step.slot);
    } else {
      force(step.slot);
    }
    for (Set* set : {&mutators_, &writes_, &observers_}) set->remove(step.slot);
    if (!alike) collect_results();
  }

  // From now on nobody can tell whether the operation takes effect: it is useless to let it, except
  // to let it return.
  void forget(const Step& step) {
    steps_ += frontier_.size();
    mutators_.remove(step.slot);
    open_.remove(step.slot);
    if (std::none_of(frontier_.begin(), frontier_.end(),
                     [&](const Config& c) { return c.used.has(step.slot); })) {
      return;
    }
    for (const Config& config : frontier_) result(config, step.slot);
    collect_results();
  }

  // Is there nothing left to choose about the operation in `slot`?
  [[nodiscard]] bool is_settled(const Config& config, std::uint32_t slot) const {
    return !config.owed.has(slot) && (config.used.has(slot) || !mutators_.has(slot));
  }

  void result(Config config, std::uint32_t slot) {
    config.used.remove(slot);
    results_.put(config);
  }

  void collect_results() {
    results_.drain([this](const Config& config) { finished_.insert(config, steps_); });
    frontier_.swap(finished_.members());
    finished_.clear();
  }

  // Finds every way to make the operation in `slot` take effect, at the very end or unnoticed.
  void force(std::uint32_t slot) {
    for (const Config& config : frontier_) {
      if (!config.owed.has(slot)) result(config, slot);
      if (!is_settled(config, slot)) waiting_.put(config);
    }
    waiting_.drain([&](const Config& config) {
      if (!exhausted() && visited_.insert(config, steps_)) expand(config, slot);
    });
    visited_.clear();
  }

  // Lets each operation that can take effect next do so.
  void expand(const Config& config, std::uint32_t forced) {
    Set candidates = mutators_ - config.used;
    if (!observers_.has(forced)) candidates.add(forced);
    candidates.for_each([&](std::uint32_t slot) {
      ++steps_;
      const RegisterOp& op = op_in(slot);
      if (op.act == Act::kCas && op.expected != config.state) return;
      if (slot != forced && (first_[slot] & candidates) != Set{}) return;
      if (op.value == config.state && (config.owed & writes_) == Set{}) return;
      Config next = config;
      next.state = op.value;
      next.used.add(slot);
      next.owed.remove(slot);
      if (op.act == Act::kWrite) next.owed.remove(writes_);
      (observers_ & next.owed).for_each([&](std::uint32_t seen) {
        if (can_see(op_in(seen), next.state)) next.owed.remove(seen);
      });
      const bool paid = config.owed.has(forced) && !next.owed.has(forced);
      if (paid || next.used.has(forced)) result(next, forced);
      if (!is_settled(next, forced)) waiting_.put(next);
    });
  }

  const RegisterHistory& history_;
  const Budget budget_;
  std::vector<std::uint32_t> in_slot_;  // index into the operations
  std::vector<Set> first_;              // by slot: operations that do the same and go first
  Set mutators_;                        // that may be useful
  Set writes_;                          // that will return
  Set observers_;
  Set open_;
  Levels<Words> waiting_;
  Levels<Words> results_;
  std::vector<Config> frontier_;
  Antichain<Words> visited_;
  Antichain<Words> finished_;
  SearchResult::Limit limit_ = SearchResult::Limit::kNone;
  std::uint64_t steps_ = 0;
};

}  // namespace

SearchResult search_orders(const RegisterHistory& history, const Budget& budget) {
  const Walk short_walk(history, false);
  if (can_search_in_bits(history, short_walk)) return search_in_bits(history, short_walk, budget);
  const bool has_open = std::any_of(history.ops.begin(), history.ops.end(),
                                    [](const RegisterOp& op) { return op.open(); });
  std::uint64_t steps = 0;
  if (has_open && short_walk.slot_count() <= 64) {
    // Mostly there is so little to try that looking ahead would take longer.
    Budget little = budget;
    little.max_steps = std::min(budget.max_steps, kStepsForEvent * history.events.size());
    const SearchResult result = search_frontier(history, short_walk, little);
    if (result.verdict != Verdict::kUnknown) return result;
    steps = result.steps;
  }
  const Walk walk(history, true);
  SearchResult result = can_search_in_bits(history, walk) ? search_in_bits(history, walk, budget)
                                                          : search_frontier(history, walk, budget);
  result.steps += steps;
  return result;
}

SearchResult search_frontier(const RegisterHistory& history, const Walk& walk,
                             const Budget& budget) {
  const std::uint32_t slots = walk.slot_count();
  if (slots <= 64) return Search<1>(history, budget).run(walk);
  if (slots <= 256) return Search<4>(history, budget).run(walk);
  if (slots <= kMaxOverlap) return Search<kMaxOverlap / 64>(history, budget).run(walk);
  return {.verdict = Verdict::kUnknown, .limit = SearchResult::Limit::kOverlap};
}

}  // namespace quorumlab::models
