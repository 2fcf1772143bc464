#include "models/consistency/exclusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;

struct Hold {
  std::uint64_t from = 0;
  std::uint64_t until = kNever;
  std::uint32_t acquire = 0;
};

PromiseResult refuted(std::vector<std::uint32_t> calls, std::string why) {
  return {Verdict::kViolated, {}, std::move(calls), std::move(why)};
}

// By when they surely began.
std::vector<Hold> holds_of(Calls calls) {
  std::vector<std::uint32_t> by_invocation(calls.size());
  for (std::uint32_t i = 0; i < calls.size(); ++i) by_invocation[i] = i;
  std::sort(by_invocation.begin(), by_invocation.end(),
            [&](std::uint32_t a, std::uint32_t b) { return calls[a].invoked < calls[b].invoked; });
  std::vector<Hold> holds;
  std::map<std::int64_t, std::size_t> held;  // by process: index into holds + 1
  for (const std::uint32_t i : by_invocation) {
    const TimedCall<ObjectCall>& timed = calls[i];
    std::size_t& mine = held[timed.call.process];
    if (timed.call.method == Method::kRelease) {
      if (mine != 0) holds[mine - 1].until = timed.invoked;
      mine = 0;
    } else if (timed.call.method == Method::kAcquire && timed.completed != kNever) {
      holds.push_back({.from = timed.completed, .acquire = i});
      mine = holds.size();
    }
  }
  std::sort(holds.begin(), holds.end(),
            [](const Hold& a, const Hold& b) { return a.from < b.from; });
  return holds;
}

bool has_token(const ObjectCall& call) {
  return call.method == Method::kAcquire && call.result != kNoCell &&
         tag_of(call.result) == Tag::kInteger;
}

// Of two acquires, one of which began after the other had ended, the later has the greater token.
PromiseResult check_tokens(Calls calls) {
  std::vector<std::uint32_t> begun;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    if (has_token(calls[i].call) && calls[i].completed != kNever) begun.push_back(i);
  }
  std::vector<std::uint32_t> ended = begun;
  std::sort(begun.begin(), begun.end(),
            [&](auto a, auto b) { return calls[a].invoked < calls[b].invoked; });
  std::sort(ended.begin(), ended.end(),
            [&](auto a, auto b) { return calls[a].completed < calls[b].completed; });
  const auto token = [&](std::uint32_t i) { return integer_of(calls[i].call.result); };
  std::size_t next = 0;
  std::uint32_t greatest = UINT32_MAX;
  for (const std::uint32_t later : begun) {
    for (; next < ended.size() && calls[ended[next]].completed < calls[later].invoked; ++next) {
      if (greatest == UINT32_MAX || token(ended[next]) > token(greatest)) greatest = ended[next];
    }
    if (greatest == UINT32_MAX || token(later) > token(greatest)) continue;
    return refuted({later, greatest},
                   fmt::format("token {} was given after token {}", token(later), token(greatest)));
  }
  return {.reason = fmt::format("{} tokens, each greater than those before", begun.size())};
}

bool gives(const ObjectCall& call) {
  return (call.method == Method::kGenerate || call.method == Method::kPush) &&
         call.result != kNoCell && call.result != kNilCell;
}

}  // namespace

PromiseResult check_mutual_exclusion(std::span<const TimedCall<ObjectCall>> calls) {
  const Hold* longest = nullptr;
  const std::vector<Hold> holds = holds_of(calls);
  for (const Hold& hold : holds) {
    if (longest != nullptr && hold.from < longest->until) {
      const bool alone = calls[hold.acquire].call.process == calls[longest->acquire].call.process;
      return refuted({hold.acquire, longest->acquire},
                     alone ? "it was acquired twice without a release" : "both held it at once");
    }
    if (longest == nullptr || hold.until > longest->until) longest = &hold;
  }
  PromiseResult tokens = check_tokens(calls);
  if (tokens.verdict == Verdict::kHolds) {
    tokens.reason = fmt::format("held {} times, never by two at once", holds.size());
  }
  return tokens;
}

PromiseResult check_unique(std::span<const TimedCall<ObjectCall>> calls) {
  std::vector<std::uint32_t> given;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    if (calls[i].completed != kNever && gives(calls[i].call)) given.push_back(i);
  }
  std::stable_sort(given.begin(), given.end(), [&](std::uint32_t a, std::uint32_t b) {
    return calls[a].call.result < calls[b].call.result;
  });
  for (std::size_t i = 1; i < given.size(); ++i) {
    if (calls[given[i]].call.result == calls[given[i - 1]].call.result) {
      return refuted({given[i], given[i - 1]}, "the same was given twice");
    }
  }
  return {.reason = fmt::format("{} given, all different", given.size())};
}

}  // namespace quorumlab::models
