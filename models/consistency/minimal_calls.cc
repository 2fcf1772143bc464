#include "models/consistency/minimal_calls.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostTrials = 400;
constexpr std::size_t kMostCalls = 20'000;  // beyond that, only what came later is left out
constexpr Budget kTrial = {.max_configurations = 20'000, .max_steps = 300'000};
constexpr Budget kShortTrial = {.max_configurations = 20'000, .max_steps = 20'000};

using Group = std::vector<std::uint32_t>;

// Calls on one object, or on several.
struct Calls {
  std::vector<TimedCall<ObjectCall>> all;
  std::vector<std::uint32_t> part_of;  // by call: which object
};

class Minimiser {
 public:
  // Is there no order of the calls that stay?
  using Test = std::function<bool(const std::vector<bool>& stays)>;

  Minimiser(const ObjectOptions& options, const Calls& calls, std::uint32_t contradiction,
            Test is_refuted)
      : options_(options),
        specification_(specification_of(options)),
        calls_(calls.all),
        part_of_(calls.part_of),
        contradiction_(contradiction),
        test_(std::move(is_refuted)),
        stays_(calls.all.size()) {
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      stays_[i] = calls_[i].completed != kNever || !specification_.is_observer(calls_[i].call);
    }
  }

  void leave_out(std::uint32_t call) { stays_[call] = false; }

  std::vector<std::uint32_t> run() {
    if (calls_.size() <= kMostCalls) {
      drop_some_of(objects());
      drop_some_of(observers());
      while (drop_some_of(superfluous())) {
      }
    }
    std::vector<std::uint32_t> rest;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (stays_[i]) rest.push_back(i);
    }
    return rest;
  }

 private:
  bool is_refuted() { return ++trials_ <= kMostTrials && test_(stays_); }

  void set(std::span<const Group> groups, bool stay) {
    for (const Group& group : groups) {
      for (const std::uint32_t call : group) stays_[call] = stay;
    }
  }

  // Half of them, a quarter, ... one at a time. True: some could go.
  bool drop_some_of(std::vector<Group> groups) {
    bool any = false;
    for (std::size_t size = (groups.size() + 1) / 2; size > 0 && !groups.empty(); size /= 2) {
      for (std::size_t begin = 0; begin < groups.size();) {
        const std::size_t count = std::min(size, groups.size() - begin);
        const auto chunk = std::span(groups).subspan(begin, count);
        set(chunk, false);
        if (is_refuted()) {
          any = true;
          const auto first = groups.begin() + static_cast<std::ptrdiff_t>(begin);
          groups.erase(first, first + static_cast<std::ptrdiff_t>(count));
        } else {
          set(chunk, true);
          begin += count;
        }
      }
    }
    return any;
  }

  [[nodiscard]] std::vector<Group> objects() const {
    std::map<std::uint32_t, Group> groups;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) groups[part_of_[i]].push_back(i);
    std::vector<Group> result;
    for (auto& [part, group] : groups) result.push_back(std::move(group));
    if (result.size() == 1) result.clear();
    return result;
  }

  [[nodiscard]] std::vector<Group> observers() const {
    std::vector<Group> groups;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const bool observes = stays_[i] && specification_.is_observer(calls_[i].call);
      if (observes && i != contradiction_) groups.push_back({i});
    }
    return groups;
  }

  [[nodiscard]] std::vector<Group> superfluous() const {
    switch (options_.kind) {
      case ObjectKind::kRegister:
      case ObjectKind::kMap:
        return unobserved();
      case ObjectKind::kQueue:
      case ObjectKind::kStack:
      case ObjectKind::kSet:
        return values();
      case ObjectKind::kIds:
        return others();
      default:
        return {};
    }
  }

  // Writes of values that nothing that stays depends on.
  [[nodiscard]] std::vector<Group> unobserved() const {
    std::set<std::pair<std::uint32_t, Cell>> observed;
    std::set<std::uint32_t> closed;
    std::vector<Group> groups;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const ObjectCall& call = calls_[i].call;
      if (!stays_[i]) continue;
      // An append depends on whatever was there, and so does the failure of a compare-and-set.
      const bool refused =
          call.method == Method::kCas && call.result == make_cell(Tag::kBoolean, 0);
      if (call.method == Method::kAppend || refused) closed.insert(part_of_[i]);
      if (call.method == Method::kRead) observed.emplace(part_of_[i], call.result);
      if (call.method == Method::kCas) observed.emplace(part_of_[i], call.a);
    }
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const ObjectCall& call = calls_[i].call;
      if (!stays_[i] || i == contradiction_ || call.method == Method::kRead) continue;
      const Cell value = call.method == Method::kCas      ? call.b
                         : call.method == Method::kDelete ? kNilCell
                                                          : call.a;
      const bool matters = closed.contains(part_of_[i]) || observed.contains({part_of_[i], value});
      if (!matters && !is_blank(value)) groups.push_back({i});
    }
    return groups;
  }

  // Nothing and the empty text may be one another.
  [[nodiscard]] bool is_blank(Cell value) const {
    const bool is_text = tag_of(value) == Tag::kText && options_.pool != nullptr;
    return value == kNilCell || (is_text && options_.pool->word_of(value).empty());
  }

  // All calls on one value together.
  [[nodiscard]] std::vector<Group> values() const {
    std::map<std::pair<std::uint32_t, Cell>, Group> groups;
    std::set<std::uint32_t> closed;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const ObjectCall& call = calls_[i].call;
      if (!stays_[i]) continue;
      const bool pops = call.method == Method::kPop;
      // Who sees everything, or took nobody knows what, has to do with all values.
      const bool sees_all = call.method == Method::kRead || (pops && call.result == kNoCell);
      if (sees_all) closed.insert(part_of_[i]);
      if (sees_all || (pops && call.result == kNilCell)) continue;
      groups[{part_of_[i], pops ? call.result : call.a}].push_back(i);
    }
    std::vector<Group> result;
    for (auto& [value, group] : groups) {
      const bool has_it = std::find(group.begin(), group.end(), contradiction_) != group.end();
      if (!has_it && !closed.contains(value.first)) result.push_back(std::move(group));
    }
    return result;
  }

  [[nodiscard]] std::vector<Group> others() const {
    std::vector<Group> groups;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (stays_[i] && i != contradiction_) groups.push_back({i});
    }
    return groups;
  }

  const ObjectOptions options_;
  const Specification<ObjectState, ObjectCall> specification_;
  const std::vector<TimedCall<ObjectCall>>& calls_;
  const std::vector<std::uint32_t>& part_of_;
  const std::uint32_t contradiction_;
  const Test test_;
  std::vector<bool> stays_;
  std::size_t trials_ = 0;
};

}  // namespace

std::vector<TimedCall<ObjectCall>> cut_calls(std::span<const TimedCall<ObjectCall>> calls,
                                             std::uint64_t end) {
  std::vector<TimedCall<ObjectCall>> cut;
  for (const TimedCall<ObjectCall>& timed : calls) {
    if (timed.invoked > end) break;
    cut.push_back(timed);
    if (timed.completed <= end) continue;
    cut.back().completed = kNever;
    cut.back().call.result = kNoCell;
  }
  return cut;
}

std::optional<FirstContradiction> first_contradiction(const ObjectOptions& options,
                                                      std::span<const TimedCall<ObjectCall>> calls,
                                                      const Budget& budget) {
  auto specification = specification_of(options);
  std::vector<std::uint32_t> ends;  // calls that return, in that order
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    if (calls[i].completed != kNever) ends.push_back(i);
  }
  if (ends.empty()) return std::nullopt;
  std::sort(ends.begin(), ends.end(), [&](std::uint32_t a, std::uint32_t b) {
    return calls[a].completed < calls[b].completed;
  });
  const auto search = [&](std::size_t returns) {
    const auto cut = cut_calls(calls, calls[ends[returns - 1]].completed);
    return check_specification<ObjectState, ObjectCall>(specification, cut, budget);
  };
  std::size_t good = 0;  // so many returns have an order
  std::size_t bad = ends.size();
  std::optional<SpecificationResult> shown;  // of `bad` returns
  while (bad - good > 1) {
    const std::size_t middle = good + (bad - good) / 2;
    SpecificationResult result = search(middle);
    if (result.verdict == Verdict::kUnknown) return std::nullopt;
    (result.verdict == Verdict::kHolds ? good : bad) = middle;
    if (bad == middle) shown = std::move(result);
  }
  if (!shown || specification.can_lead_to) {
    specification.can_lead_to = nullptr;
    shown = search(bad);
  }
  return FirstContradiction{ends[bad - 1], std::move(*shown)};
}

std::vector<std::uint32_t> minimal_calls(const ObjectOptions& options,
                                         std::span<const TimedCall<ObjectCall>> calls,
                                         std::uint32_t contradiction) {
  const std::uint64_t end = calls[contradiction].completed;
  Calls seen{{calls.begin(), calls.end()}, std::vector<std::uint32_t>(calls.size())};
  for (TimedCall<ObjectCall>& timed : seen.all) {
    if (timed.completed <= end) continue;
    timed.completed = kNever;
    timed.call.result = kNoCell;
  }
  const auto specification = specification_of(options);
  Minimiser minimiser(options, seen, contradiction, [&](const std::vector<bool>& stays) {
    std::vector<TimedCall<ObjectCall>> rest;
    for (std::uint32_t i = 0; i < seen.all.size(); ++i) {
      if (stays[i]) rest.push_back(seen.all[i]);
    }
    return check_specification<ObjectState, ObjectCall>(specification, rest, kTrial).verdict ==
           Verdict::kViolated;
  });
  for (std::uint32_t i = 0; i < seen.all.size(); ++i) {
    if (seen.all[i].invoked > end) minimiser.leave_out(i);
  }
  return minimiser.run();
}

std::vector<SequentialCall> minimal_sequential(const ObjectOptions& options,
                                               const std::vector<SequentialPart>& parts) {
  Calls flat;
  std::vector<SequentialCall> names;
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    for (std::uint32_t call = 0; call < parts[part].calls.size(); ++call) {
      flat.all.push_back(parts[part].calls[call]);
      flat.part_of.push_back(part);
      names.push_back({part, call});
    }
  }
  const auto specification = specification_of(options);
  Minimiser minimiser(options, flat, UINT32_MAX, [&](const std::vector<bool>& stays) {
    std::vector<std::vector<TimedCall<ObjectCall>>> rest(parts.size());
    for (std::uint32_t i = 0; i < flat.all.size(); ++i) {
      if (stays[i]) rest[flat.part_of[i]].push_back(flat.all[i]);
    }
    std::vector<SequentialPart> search;
    for (const auto& calls : rest) search.push_back({calls});
    return search_sequential(specification, search, kShortTrial).verdict == Verdict::kViolated;
  });
  std::vector<SequentialCall> rest;
  for (const std::uint32_t call : minimiser.run()) rest.push_back(names[call]);
  return rest;
}

}  // namespace quorumlab::models
