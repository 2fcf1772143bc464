#include "models/consistency/growing_calls.h"

#include <algorithm>
#include <utility>

namespace quorumlab::models {

// Positions mostly leave few gaps, so that each end can be put in its place at once.
std::vector<CallEnd> ends_of(std::span<const TimedCall<ObjectCall>> calls) {
  std::vector<CallEnd> ends;
  std::uint64_t last = 0;
  for (const TimedCall<ObjectCall>& timed : calls) {
    last = std::max(last, timed.completed == kNever ? timed.invoked : timed.completed);
  }
  if (last < 4 * calls.size() && calls.size() < UINT32_MAX / 2) {
    std::vector<std::uint32_t> at(last + 1, kNoCall);  // twice the call, and one more
    for (std::uint32_t i = 0; i < calls.size(); ++i) {
      at[calls[i].invoked] = 2 * i;
      if (calls[i].completed != kNever) at[calls[i].completed] = 2 * i + 1;
    }
    ends.reserve(2 * calls.size());
    for (std::uint64_t position = 0; position <= last && !calls.empty(); ++position) {
      if (at[position] != kNoCall)
        ends.push_back({position, at[position] / 2, at[position] % 2 != 0});
    }
    return ends;
  }
  ends.reserve(2 * calls.size());
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    ends.push_back({calls[i].invoked, i, false});
    if (calls[i].completed != kNever) ends.push_back({calls[i].completed, i, true});
  }
  std::sort(ends.begin(), ends.end(),
            [](const CallEnd& a, const CallEnd& b) { return a.at < b.at; });
  return ends;
}

ContainerResult refused(std::vector<std::uint32_t> calls, std::string why) {
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  return {.verdict = Verdict::kViolated, .calls = std::move(calls), .why = std::move(why)};
}

}  // namespace quorumlab::models
