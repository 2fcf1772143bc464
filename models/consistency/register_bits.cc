#include "models/consistency/register_bits.h"

#include <array>
#include <bit>

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kMostValues = 64;
constexpr std::uint32_t kSlotsInWord = 6;  // a word has a bit for each set of so many slots
constexpr std::uint32_t kMostSlots = 8;
constexpr std::array<std::uint64_t, kSlotsInWord> kWithout = {
    0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f,
    0x00ff00ff00ff00ff, 0x0000ffff0000ffff, 0x00000000ffffffff};

bool can_see(const RegisterOp& op, ValueId value) {
  return op.act == Act::kRead ? op.value == value : op.expected != value;
}

// A set of sets of slots.
template <std::size_t Words>
struct SlotSets {
  std::array<std::uint64_t, Words> words{};

  [[nodiscard]] bool is_empty() const {
    std::uint64_t any = 0;
    for (const std::uint64_t word : words) any |= word;
    return any == 0;
  }
  SlotSets& operator|=(const SlotSets& other) {
    for (std::size_t w = 0; w < Words; ++w) words[w] |= other.words[w];
    return *this;
  }

  // Those without the slot, with the slot put in.
  [[nodiscard]] SlotSets adding(std::uint32_t slot) const {
    SlotSets result;
    if (Words == 1 || slot < kSlotsInWord) {
      for (std::size_t w = 0; w < Words; ++w) {
        result.words[w] = (words[w] & kWithout[slot]) << (1U << slot);
      }
      return result;
    }
    const std::size_t bit = std::size_t{1} << (slot - kSlotsInWord);
    for (std::size_t w = 0; w < Words; ++w) {
      if ((w & bit) == 0) result.words[w | bit] = words[w];
    }
    return result;
  }
  // Those with the slot, with the slot taken out.
  [[nodiscard]] SlotSets removing(std::uint32_t slot) const {
    SlotSets result;
    if (Words == 1 || slot < kSlotsInWord) {
      for (std::size_t w = 0; w < Words; ++w) {
        result.words[w] = words[w] >> (1U << slot) & kWithout[slot];
      }
      return result;
    }
    const std::size_t bit = std::size_t{1} << (slot - kSlotsInWord);
    for (std::size_t w = 0; w < Words; ++w) {
      if ((w & bit) != 0) result.words[w ^ bit] = words[w];
    }
    return result;
  }
  [[nodiscard]] SlotSets without(std::uint32_t slot) const {
    SlotSets result;
    for (std::size_t w = 0; w < Words; ++w) {
      if (Words == 1 || slot < kSlotsInWord) {
        result.words[w] = words[w] & kWithout[slot];
      } else if ((w >> (slot - kSlotsInWord) & 1U) == 0) {
        result.words[w] = words[w];
      }
    }
    return result;
  }
  [[nodiscard]] SlotSets except(const SlotSets& others) const {
    SlotSets result;
    for (std::size_t w = 0; w < Words; ++w) result.words[w] = words[w] & ~others.words[w];
    return result;
  }
};

// For each value, after which sets of operations the register may hold it.
template <std::size_t Words>
class Configurations {
 public:
  using Sets = SlotSets<Words>;

  void clear() { held_ = 0; }
  [[nodiscard]] bool is_empty() const { return held_ == 0; }
  [[nodiscard]] bool has(ValueId value) const { return (held_ >> value & 1U) != 0; }
  [[nodiscard]] const Sets& of(ValueId value) const { return sets_[value]; }

  void add(ValueId value, const Sets& more) {
    if (more.is_empty()) return;
    if (has(value)) {
      sets_[value] |= more;
    } else {
      sets_[value] = more;
      held_ |= std::uint64_t{1} << value;
    }
  }
  template <class F>
  void for_each(F f) const {
    for (std::uint64_t rest = held_; rest != 0; rest &= rest - 1) {
      const auto value = static_cast<ValueId>(std::countr_zero(rest));
      f(value, sets_[value]);
    }
  }
  // Replaces each by what f(value, sets) makes of it.
  template <class F>
  void transform(F f) {
    for (std::uint64_t rest = held_; rest != 0; rest &= rest - 1) {
      const auto value = static_cast<ValueId>(std::countr_zero(rest));
      sets_[value] = f(value, sets_[value]);
      if (sets_[value].is_empty()) held_ ^= std::uint64_t{1} << value;
    }
  }

 private:
  std::array<Sets, kMostValues> sets_;
  std::uint64_t held_ = 0;  // values of which there are any
};

template <std::size_t Words>
class BitSearch {
 public:
  using Sets = SlotSets<Words>;

  explicit BitSearch(const RegisterHistory& history) : history_(history) {
    Sets nothing_done;
    nothing_done.words[0] = 1;
    now_->add(kInitialValue, nothing_done);
  }

  SearchResult run(const Walk& walk, const Budget& budget) {
    SearchResult result;
    walk.for_each_step([&](const Step& step) {
      take(step);
      if (steps_ > budget.max_steps) {
        result = {
            .verdict = Verdict::kUnknown, .reached = step.at, .limit = SearchResult::Limit::kSteps};
      } else if (now_->is_empty()) {
        result = {.verdict = Verdict::kViolated, .contradiction = step.at};
      }
      return result.verdict == Verdict::kHolds;
    });
    result.steps = steps_;
    return result;
  }

 private:
  void take(const Step& step) {
    ++steps_;
    const std::uint32_t bit = 1U << step.slot;
    const RegisterOp& op = history_.ops[step.op];
    switch (step.kind) {
      case Step::Kind::kInvoke:
        in_slot_[step.slot] = op;
        (op.mutates() ? mutators_ : observers_) |= bit;
        if (op.mutates()) return;
        now_->transform([&](ValueId value, const Sets& sets) {
          return can_see(op, value) ? after(sets, step.slot) : sets;
        });
        return;
      case Step::Kind::kReturn:
        force(step.slot);
        mutators_ &= ~bit;
        observers_ &= ~bit;
        return;
      case Step::Kind::kForget:
        // One that returns has still to find its moment; an open one nobody asks for any more.
        if (!op.open()) return;
        mutators_ &= ~bit;
        now_->transform([&](ValueId, const Sets& sets) {
          Sets either = sets.without(step.slot);
          either |= sets.removing(step.slot);
          return either;
        });
        return;
    }
  }

  // What an observer does to configurations in which it can take effect.
  static Sets after(const Sets& sets, std::uint32_t observer) {
    Sets result = sets.except(sets.without(observer));
    result |= sets.adding(observer);
    return result;
  }

  // Leaves every way in which the operation in `slot` can have taken effect, without the slot.
  void force(std::uint32_t slot) {
    fresh_->clear();
    now_->for_each(
        [&](ValueId value, const Sets& sets) { fresh_->add(value, sets.without(slot)); });
    if (fresh_->is_empty()) {
      now_->transform([&](ValueId, const Sets& sets) { return sets.removing(slot); });
      return;
    }
    seen_.clear();
    done_->clear();
    now_->for_each(
        [&](ValueId value, const Sets& sets) { done_->add(value, sets.removing(slot)); });
    while (!fresh_->is_empty()) {
      next_->clear();
      fresh_->for_each([&](ValueId value, const Sets& sets) { seen_.add(value, sets); });
      for (std::uint32_t rest = mutators_; rest != 0; rest &= rest - 1) {
        apply(static_cast<std::uint32_t>(std::countr_zero(rest)), slot);
      }
      std::swap(fresh_, next_);
    }
    std::swap(now_, done_);
  }

  // Lets a write or compare-and-set take effect in all fresh configurations.
  void apply(std::uint32_t mutator, std::uint32_t forced) {
    ++steps_;
    const RegisterOp& op = in_slot_[mutator];
    Sets sets;
    if (op.act == Act::kWrite) {
      fresh_->for_each([&](ValueId, const Sets& before) { sets |= before; });
    } else if (fresh_->has(op.expected)) {
      sets = fresh_->of(op.expected);
    }
    sets = sets.adding(mutator);
    if (sets.is_empty()) return;
    for (std::uint32_t rest = observers_; rest != 0; rest &= rest - 1) {
      const auto observer = static_cast<std::uint32_t>(std::countr_zero(rest));
      if (can_see(in_slot_[observer], op.value)) sets = after(sets, observer);
    }
    done_->add(op.value, sets.removing(forced));
    sets = sets.without(forced);
    next_->add(op.value, seen_.has(op.value) ? sets.except(seen_.of(op.value)) : sets);
  }

  const RegisterHistory& history_;
  std::array<RegisterOp, kMostSlots> in_slot_{};
  std::uint32_t mutators_ = 0;  // slots
  std::uint32_t observers_ = 0;
  std::array<Configurations<Words>, 4> buffers_;
  Configurations<Words>* now_ = &buffers_[0];
  // While an operation is forced: the configurations in which it took effect; those in which it has
  // not and from which nothing was tried; those that come out of these; all that were tried.
  Configurations<Words>* done_ = &buffers_[1];
  Configurations<Words>* fresh_ = &buffers_[2];
  Configurations<Words>* next_ = &buffers_[3];
  Configurations<Words> seen_;
  std::uint64_t steps_ = 0;
};

// The same where a word is enough for the slots, and few values are worth no search for those that
// are held: all of them are looked at, without a branch.
class SmallBitSearch {
 public:
  static constexpr std::uint32_t kMostValues = 8;

  explicit SmallBitSearch(const RegisterHistory& history) : history_(history) {
    now_[kInitialValue] = 1;
  }

  SearchResult run(const Walk& walk, const Budget& budget) {
    SearchResult result;
    walk.for_each_step([&](const Step& step) {
      const bool holds = take(step);
      if (steps_ > budget.max_steps) {
        result = {
            .verdict = Verdict::kUnknown, .reached = step.at, .limit = SearchResult::Limit::kSteps};
      } else if (!holds) {
        result = {.verdict = Verdict::kViolated, .contradiction = step.at};
      }
      return result.verdict == Verdict::kHolds;
    });
    result.steps = steps_;
    return result;
  }

 private:
  // By value: a bit for each set of slots. No set has a slot that is free.
  using Sets = std::array<std::uint64_t, kMostValues>;

  bool take(const Step& step) {
    ++steps_;
    const std::uint32_t bit = 1U << step.slot;
    switch (step.kind) {
      case Step::Kind::kInvoke:
        invoke(history_.ops[step.op], step.slot);
        return true;
      case Step::Kind::kReturn:
        return complete(step.slot);
      case Step::Kind::kForget:
        if (!history_.ops[step.op].open()) return true;
        mutators_ &= ~bit;
        for (std::uint64_t& sets : now_) {
          sets = (sets | sets >> bit) & kWithout[step.slot];
        }
        return true;
    }
    return true;
  }

  void invoke(const RegisterOp& op, std::uint32_t slot) {
    const std::uint32_t bit = 1U << slot;
    in_slot_[slot] = op;
    if (op.mutates()) {
      mutators_ |= bit;
      return;
    }
    if (op.act == Act::kRead) {
      now_[op.value] <<= bit;
      seen_by_[op.value] |= bit;
      return;
    }
    const std::uint64_t expected = now_[op.expected];
    for (std::uint64_t& sets : now_) sets <<= bit;
    now_[op.expected] = expected;
    for (std::uint32_t& observers : seen_by_) observers |= bit;
    seen_by_[op.expected] ^= bit;
  }

  bool complete(std::uint32_t slot) {
    const std::uint32_t bit = 1U << slot;
    std::uint64_t missing = 0;
    for (const std::uint64_t sets : now_) missing |= sets;
    missing &= kWithout[slot];
    bool holds = true;
    if (missing == 0) {
      for (std::uint64_t& sets : now_) sets >>= bit;
    } else {
      holds = force(slot, missing);
    }
    if ((mutators_ & bit) != 0) {
      mutators_ ^= bit;
    } else {
      for (std::uint32_t& observers : seen_by_) observers &= ~bit;
    }
    return holds;
  }

  // Leaves every way in which the operation in `slot` can have taken effect, without the slot.
  // `any` are the sets without it, of whatever value. False: there is none.
  bool force(std::uint32_t slot, std::uint64_t any) {
    const std::uint32_t bit = 1U << slot;
    const std::uint64_t without = kWithout[slot];
    Sets tried;
    std::uint64_t good = 0;
    for (ValueId v = 0; v < kMostValues; ++v) {
      tried[v] = now_[v] & without;
      now_[v] = now_[v] >> bit & without;
      good |= now_[v];
    }
    for (std::uint64_t fresh = 1; fresh != 0;) {
      fresh = 0;
      for (std::uint32_t rest = mutators_; rest != 0; rest &= rest - 1) {
        ++steps_;
        const auto mutator = static_cast<std::uint32_t>(std::countr_zero(rest));
        const RegisterOp& op = in_slot_[mutator];
        const std::uint64_t before = op.act == Act::kWrite ? any : tried[op.expected];
        std::uint64_t sets = (before & kWithout[mutator]) << (1U << mutator);
        for (std::uint32_t seen = seen_by_[op.value]; seen != 0; seen &= seen - 1) {
          const auto observer = static_cast<std::uint32_t>(std::countr_zero(seen));
          const std::uint64_t unseen = sets & kWithout[observer];
          sets = (sets ^ unseen) | unseen << (1U << observer);
        }
        const std::uint64_t done = sets >> bit & without;
        now_[op.value] |= done;
        good |= done;
        sets &= without & ~tried[op.value];
        tried[op.value] |= sets;
        any |= sets;
        fresh |= sets;
      }
    }
    return good != 0;
  }

  const RegisterHistory& history_;
  std::array<RegisterOp, kSlotsInWord> in_slot_{};
  std::uint32_t mutators_ = 0;                        // slots
  std::array<std::uint32_t, kMostValues> seen_by_{};  // slots of observers of each value
  Sets now_{};
  std::uint64_t steps_ = 0;
};

}  // namespace

bool can_search_in_bits(const RegisterHistory& history, const Walk& walk) {
  return history.value_count <= kMostValues && walk.slot_count() <= kMostSlots;
}

SearchResult search_in_bits(const RegisterHistory& history, const Walk& walk,
                            const Budget& budget) {
  const bool fits_word = walk.slot_count() <= kSlotsInWord;
  if (fits_word && history.value_count <= SmallBitSearch::kMostValues) {
    return SmallBitSearch(history).run(walk, budget);
  }
  if (fits_word) return BitSearch<1>(history).run(walk, budget);
  return BitSearch<4>(history).run(walk, budget);
}

}  // namespace quorumlab::models
