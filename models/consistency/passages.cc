#include "models/consistency/passages.h"

#include <algorithm>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

ContainerResult violated(std::vector<std::uint32_t> calls, const char* why) {
  return {Verdict::kViolated, std::move(calls), why};
}

// What is wrong with one value by itself.
std::optional<ContainerResult> misstep(const Passage& p) {
  if (p.out == kNoCall) return std::nullopt;
  if (p.in == kNoCall) return violated({p.out}, "the value taken out was never put in");
  if (p.out_done < p.in_begun) {
    return violated({p.out, p.in}, "a value was taken out before it was put in");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Passages> passages_of(std::span<const TimedCall<ObjectCall>> calls) {
  Passages result;
  FlatMap<std::uint32_t> numbers;  // + 1
  numbers.reserve(calls.size() / 2);
  result.values.reserve(calls.size() / 2 + 1);
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const auto& timed = calls[i];
    const bool push = timed.call.method == Method::kPush;
    if (!push && (timed.call.method != Method::kPop || timed.completed == kNever ||
                  timed.call.result == kNoCell)) {
      return std::nullopt;
    }
    if (!push && timed.call.result == kNilCell) {
      result.empties.push_back(i);
      continue;
    }
    std::uint32_t& number = numbers[push ? timed.call.a : timed.call.result];
    if (number == 0) {
      result.values.emplace_back();
      number = static_cast<std::uint32_t>(result.values.size());
    }
    Passage& passage = result.values[number - 1];
    if (push) {
      if (passage.in != kNoCall) return std::nullopt;
      passage.in = i;
      passage.in_begun = timed.invoked;
      passage.in_done = timed.completed;
      continue;
    }
    if (passage.out != kNoCall && !result.broken) {
      result.broken = violated({i, passage.out}, "the same value was taken out twice");
    }
    passage.out = i;
    passage.out_begun = timed.invoked;
    passage.out_done = timed.completed;
  }
  // A value of unknown outcome that never came out need not have come in.
  std::erase_if(result.values,
                [](const Passage& p) { return p.in_done == kNever && p.out == kNoCall; });
  for (const Passage& passage : result.values) {
    if (!result.broken) result.broken = misstep(passage);
  }
  return result;
}

std::optional<ContainerResult> find_false_empty(const Passages& passages,
                                                std::span<const TimedCall<ObjectCall>> calls) {
  if (passages.empties.empty()) return std::nullopt;
  struct Stay {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    const Passage* value = nullptr;
  };
  std::vector<Stay> stays;
  for (const Passage& p : passages.values) {
    if (p.in_done < p.out_begun) stays.push_back({p.in_done, p.out_begun, &p});
  }
  std::sort(stays.begin(), stays.end(),
            [](const Stay& a, const Stay& b) { return a.from < b.from; });
  std::vector<std::uint32_t> empties = passages.empties;
  std::sort(empties.begin(), empties.end(),
            [&](std::uint32_t a, std::uint32_t b) { return calls[a].invoked < calls[b].invoked; });
  // Of the stays that began by then, the one that lasts longest; and a chain of such from there on.
  const Stay* longest = nullptr;
  std::size_t next = 0;
  for (const std::uint32_t empty : empties) {
    const auto extend = [&](std::uint64_t until, std::size_t& from, const Stay*& best) {
      for (; from < stays.size() && stays[from].from <= until; ++from) {
        if (best == nullptr || stays[from].to > best->to) best = &stays[from];
      }
    };
    extend(calls[empty].invoked, next, longest);
    std::vector<std::uint32_t> witness{empty};
    const Stay* link = longest;
    std::size_t at = next;
    while (link != nullptr && link->to > calls[empty].invoked) {
      witness.push_back(link->value->in);
      if (link->value->out != kNoCall) witness.push_back(link->value->out);
      if (link->to >= calls[empty].completed) {
        return violated(std::move(witness),
                        "nothing was found, although all the time there was something");
      }
      const Stay* const before = link;
      extend(link->to, at, link);
      if (link == before) break;
    }
  }
  return std::nullopt;
}

}  // namespace quorumlab::models
