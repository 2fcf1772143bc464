#include "models/consistency/counter_order.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;

struct Moment {
  std::uint64_t at = 0;
  std::uint32_t call = 0;
  bool ends = false;
};

bool is_add(const TimedCall<ObjectCall>& timed) {
  return timed.call.method == Method::kAdd;
}

// What each add adds; nullopt: it differs, or there is more than adds and reads.
std::optional<std::int64_t> step_of(Calls calls) {
  std::optional<std::int64_t> step;
  for (const TimedCall<ObjectCall>& timed : calls) {
    const ObjectCall& call = timed.call;
    if (call.method == Method::kRead) continue;
    const bool plain = is_add(timed) && call.result == kNoCell && tag_of(call.a) == Tag::kInteger;
    if (!plain || integer_of(call.a) <= 0) return std::nullopt;
    if (step && *step != integer_of(call.a)) return std::nullopt;
    step = integer_of(call.a);
  }
  return step.value_or(1);
}

std::vector<Moment> moments_of(Calls calls) {
  std::vector<Moment> moments;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const bool says_nothing = !is_add(calls[i]) && calls[i].call.result == kNoCell;
    if (says_nothing || (!is_add(calls[i]) && calls[i].completed == kNever)) continue;
    moments.push_back({calls[i].invoked, i, false});
    if (calls[i].completed != kNever) moments.push_back({calls[i].completed, i, true});
  }
  std::sort(moments.begin(), moments.end(),
            [](const Moment& a, const Moment& b) { return a.at < b.at; });
  return moments;
}

}  // namespace

std::optional<ContainerResult> check_plain_counter(Calls calls) {
  const std::optional<std::int64_t> step = step_of(calls);
  if (!step) return std::nullopt;
  const auto refuted = [](std::uint32_t read, const char* why) {
    return ContainerResult{Verdict::kViolated, {read}, why};
  };
  std::int64_t total = 0;
  std::set<std::pair<std::uint64_t, std::uint32_t>> waiting;  // adds, by their end
  std::vector<std::int64_t> at_first(calls.size());           // the total when a read began
  for (const Moment& moment : moments_of(calls)) {
    const TimedCall<ObjectCall>& timed = calls[moment.call];
    const std::pair mine{timed.completed, moment.call};
    if (!moment.ends) {
      if (is_add(timed)) waiting.insert(mine);
      at_first[moment.call] = total;
    } else if (is_add(timed)) {
      total += waiting.erase(mine) > 0 ? *step : 0;
    } else {
      if (tag_of(timed.call.result) != Tag::kInteger) return std::nullopt;
      const std::int64_t found = integer_of(timed.call.result);
      if (found < at_first[moment.call]) {
        return refuted(moment.call, "more had been added for sure before it began");
      }
      if (found % *step != 0) return refuted(moment.call, "no number of adds makes it");
      for (; total < found && !waiting.empty(); total += *step) waiting.erase(waiting.begin());
      if (total < found) return refuted(moment.call, "so much had not been added when it ended");
    }
  }
  return ContainerResult{};
}

}  // namespace quorumlab::models
