#include "models/consistency/set_search.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "models/consistency/minimal_calls.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

using Call = TimedCall<ObjectCall>;
using Calls = std::span<const Call>;

constexpr std::uint32_t kNobody = UINT32_MAX;
constexpr std::uint64_t kStepsToTell = 1'000'000;

const Specification<ObjectState, ObjectCall>& the_set() {
  static const auto kSpecification = specification_of({.kind = ObjectKind::kSet});
  return kSpecification;
}

bool reads_all(const Call& timed) {
  return timed.call.method == Method::kRead;
}

// Whether its element was there, as a call on one element has found out; nullopt: it does not say.
std::optional<bool> shows(const Call& timed) {
  if (timed.completed == kNever || timed.call.result == kNoCell) return std::nullopt;
  const bool yes = payload_of(timed.call.result) != 0;
  switch (timed.call.method) {
    case Method::kContains:
    case Method::kRemove:
      return yes;
    case Method::kAdd:
      return !yes;
    default:
      return std::nullopt;
  }
}

// A history in which fewer calls are open, and that has an order if and only if the first one has.
class Settled {
 public:
  explicit Settled(Calls calls) : calls_(calls), ends_(calls.size()) {
    for (std::uint32_t i = 0; i < calls.size(); ++i) {
      const bool open = calls[i].completed == kNever;
      if (!open) ends_[i].at = 2 * calls[i].completed;
      if (!open && reads_all(calls[i]) && calls[i].call.result != kNoCell) reads_.push_back(i);
    }
    std::sort(reads_.begin(), reads_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return calls[a].completed < calls[b].completed;
    });
    group();
    for (const Element& element : elements_) settle(element);
    renumber();
  }

  [[nodiscard]] const std::vector<Call>& calls() const { return settled_; }
  // The call's number in the history that was given.
  [[nodiscard]] std::uint32_t original(std::uint32_t call) const { return kept_[call]; }
  // Who is to blame when this call cannot return: whoever noticed it, if it had no end of its own.
  [[nodiscard]] std::uint32_t blamed(std::uint32_t call) const {
    const std::uint32_t noticed_by = ends_[kept_[call]].noticed_by;
    return noticed_by == kNobody ? kept_[call] : noticed_by;
  }

 private:
  struct End {
    std::uint64_t at = kNever;  // twice the position, so that there is room before each
    std::uint32_t noticed_by = kNobody;
  };
  // One on which some call is open.
  struct Element {
    Cell cell = kNilCell;
    std::vector<std::uint32_t> calls;      // but for reads of all
    std::uint32_t first_reader = kNobody;  // of those that contain it, by their ends
    std::uint32_t last_reader = kNobody;
  };
  // What somebody must have seen of a call for it to have taken effect.
  struct Evidence {
    bool is_noticed = false;  // by somebody who ended after it had begun
    End before;               // the first of those who cannot have come before it
  };

  void group() {
    FlatMap<std::uint32_t> numbers;  // + 1
    for (const Call& timed : calls_) {
      if (timed.completed != kNever || reads_all(timed)) continue;
      std::uint32_t& number = numbers[timed.call.a];
      if (number != 0) continue;
      elements_.push_back({.cell = timed.call.a});
      number = static_cast<std::uint32_t>(elements_.size());
    }
    if (elements_.empty()) return;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (reads_all(calls_[i])) continue;
      const std::uint32_t* const number = numbers.find(calls_[i].call.a);
      if (number != nullptr) elements_[*number - 1].calls.push_back(i);
    }
    for (const std::uint32_t read : reads_) {
      for (const Cell cell : calls_[read].call.many) {
        const std::uint32_t* const number = numbers.find(cell);
        if (number == nullptr) continue;
        Element& element = elements_[*number - 1];
        if (element.first_reader == kNobody) element.first_reader = read;
        element.last_reader = read;
      }
    }
  }

  void settle(const Element& element) {
    std::vector<std::uint32_t> adds;
    std::vector<std::uint32_t> removes;
    for (const std::uint32_t i : element.calls) {
      if (calls_[i].call.method == Method::kAdd) adds.push_back(i);
      if (calls_[i].call.method == Method::kRemove) removes.push_back(i);
    }
    for (const std::uint32_t add : adds) {
      if (calls_[add].completed == kNever) {
        settle_call(add, presence(element, add), adds.size() == 1);
      }
    }
    // It is there from the end of the only addition until the only removal.
    const std::uint64_t there = adds.size() == 1 ? ends_[adds[0]].at : kNever;
    const bool once = removes.size() == 1 && there < kGone;
    for (const std::uint32_t remove : removes) {
      if (calls_[remove].completed == kNever) {
        settle_call(remove, absence(element, remove, once ? there : kNever), once);
      }
    }
  }

  void settle_call(std::uint32_t call, const Evidence& evidence, bool only) {
    if (!evidence.is_noticed) {
      ends_[call].at = kGone;
    } else if (only && evidence.before.noticed_by != kNobody &&
               evidence.before.at > 2 * calls_[call].invoked) {
      ends_[call] = evidence.before;
    }
  }

  void note(Evidence& evidence, std::uint32_t call, std::uint32_t witness, bool came_after) const {
    const std::uint64_t end = calls_[witness].completed;
    evidence.is_noticed = evidence.is_noticed || end > calls_[call].invoked;
    if (came_after && 2 * end - 1 < evidence.before.at) evidence.before = {2 * end - 1, witness};
  }

  [[nodiscard]] Evidence presence(const Element& element, std::uint32_t add) const {
    Evidence evidence;
    for (const std::uint32_t i : element.calls) {
      if (shows(calls_[i]) == true) note(evidence, add, i, true);
    }
    for (const std::uint32_t read : {element.first_reader, element.last_reader}) {
      if (read != kNobody) note(evidence, add, read, true);
    }
    return evidence;
  }

  // Those who began after `there` have come after the removal if they did not find the element.
  [[nodiscard]] Evidence absence(const Element& element, std::uint32_t remove,
                                 std::uint64_t there) const {
    Evidence evidence;
    for (const std::uint32_t i : element.calls) {
      if (shows(calls_[i]) == false) note(evidence, remove, i, 2 * calls_[i].invoked > there);
    }
    auto read = std::partition_point(reads_.begin(), reads_.end(), [&](std::uint32_t i) {
      return calls_[i].completed < calls_[remove].invoked;
    });
    for (; read != reads_.end(); ++read) {
      const std::vector<Cell>& many = calls_[*read].call.many;
      if (std::binary_search(many.begin(), many.end(), element.cell)) continue;
      const bool came_after = 2 * calls_[*read].invoked > there;
      note(evidence, remove, *read, came_after);
      if (came_after || there == kNever) break;
    }
    return evidence;
  }

  // Positions that differ again, in the same order.
  void renumber() {
    struct Moment {
      std::uint64_t at = 0;
      std::uint32_t call = 0;  // in settled_
      bool returns = false;
    };
    std::vector<Moment> moments;
    moments.reserve(2 * calls_.size());
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (ends_[i].at == kGone || (reads_all(calls_[i]) && ends_[i].at == kNever)) continue;
      const auto number = static_cast<std::uint32_t>(kept_.size());
      kept_.push_back(i);
      settled_.push_back(calls_[i]);
      moments.push_back({2 * calls_[i].invoked, number, false});
      if (ends_[i].at != kNever) moments.push_back({ends_[i].at, number, true});
    }
    std::sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
      return a.at != b.at ? a.at < b.at : a.call < b.call;
    });
    for (std::uint64_t position = 0; position < moments.size(); ++position) {
      Call& timed = settled_[moments[position].call];
      (moments[position].returns ? timed.completed : timed.invoked) = position;
    }
  }

  static constexpr std::uint64_t kGone = kNever - 1;

  Calls calls_;
  std::vector<End> ends_;
  std::vector<std::uint32_t> reads_;  // of all, that say what they saw, by their ends
  std::vector<Element> elements_;
  std::vector<std::uint32_t> kept_;
  std::vector<Call> settled_;
};

// Orders of the elements, one after the other, make one of all: each call takes effect when the
// last one before it in the order of its element begins, or when it begins itself.
class Merger {
 public:
  explicit Merger(const std::vector<Call>& calls) : calls_(calls) {}

  void add(const std::vector<std::uint32_t>& order) {
    std::uint64_t now = 0;
    for (const std::uint32_t call : order) {
      now = std::max(now, calls_[call].invoked);
      moments_.emplace_back(now, call);
    }
  }
  std::vector<std::uint32_t> merge() {
    std::stable_sort(moments_.begin(), moments_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::uint32_t> order;
    order.reserve(moments_.size());
    for (const auto& [at, call] : moments_) order.push_back(call);
    return order;
  }

 private:
  const std::vector<Call>& calls_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> moments_;
};

// The whole set up to a contradiction, so that the witness shows all of it; if that is too much,
// one element alone.
SpecificationResult show_all(const std::vector<Call>& calls, SpecificationResult found) {
  const auto cut = cut_calls(calls, calls[found.contradiction].completed);
  SpecificationResult all = check_specification<ObjectState, ObjectCall>(
      the_set(), cut, {.max_configurations = kStepsToTell, .max_steps = kStepsToTell});
  all.steps += found.steps;
  const bool same = all.verdict == Verdict::kViolated && all.contradiction == found.contradiction;
  return same ? std::move(all) : std::move(found);
}

SpecificationResult check_elements(const std::vector<Call>& calls, const Budget& budget) {
  FlatMap<std::uint32_t> numbers;  // + 1
  std::vector<std::vector<std::uint32_t>> by_element;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    std::uint32_t& number = numbers[calls[i].call.a];
    if (number == 0) {
      by_element.emplace_back();
      number = static_cast<std::uint32_t>(by_element.size());
    }
    by_element[number - 1].push_back(i);
  }
  SpecificationResult result;
  Merger merger(calls);
  std::vector<Call> alone;
  for (const std::vector<std::uint32_t>& element : by_element) {
    alone.clear();
    for (const std::uint32_t i : element) alone.push_back(calls[i]);
    Budget rest = budget;
    rest.max_steps -= std::min(rest.max_steps, result.steps);
    SpecificationResult one = check_specification<ObjectState, ObjectCall>(the_set(), alone, rest);
    for (std::uint32_t& call : one.order) call = element[call];
    one.contradiction = element[one.contradiction];
    one.steps += result.steps;
    const auto end = [&](const SpecificationResult& r) { return calls[r.contradiction].completed; };
    const bool is_first = one.verdict == Verdict::kViolated &&
                          (result.verdict != Verdict::kViolated || end(one) < end(result));
    const bool gave_up = one.verdict == Verdict::kUnknown && result.verdict == Verdict::kHolds;
    if (one.verdict == Verdict::kHolds) merger.add(one.order);
    if (is_first || gave_up) {
      result = std::move(one);
    } else {
      result.steps = one.steps;
    }
  }
  if (result.verdict == Verdict::kHolds) result.order = merger.merge();
  if (result.verdict == Verdict::kViolated) return show_all(calls, std::move(result));
  return result;
}

}  // namespace

SpecificationResult check_set(Calls calls, const Budget& budget) {
  const Settled settled(calls);
  const bool is_whole = std::any_of(settled.calls().begin(), settled.calls().end(), reads_all);
  SpecificationResult result =
      is_whole ? check_specification<ObjectState, ObjectCall>(the_set(), settled.calls(), budget)
               : check_elements(settled.calls(), budget);
  for (std::uint32_t& call : result.order) call = settled.original(call);
  if (result.verdict == Verdict::kViolated) {
    result.contradiction = settled.blamed(result.contradiction);
  }
  return result;
}

}  // namespace quorumlab::models
