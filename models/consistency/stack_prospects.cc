#include "models/consistency/stack_prospects.h"

#include <algorithm>

namespace quorumlab::models {
namespace {

using Kind = StackCallKind;

constexpr std::size_t kFarthest = 200;  // events that are looked ahead

template <class F>
void for_each_slot(std::uint64_t slots, F f) {
  for (; slots != 0; slots &= slots - 1) f(static_cast<std::uint32_t>(std::countr_zero(slots)));
}

}  // namespace

std::vector<StackEvent> stack_events(std::span<const StackCall> calls) {
  std::vector<StackEvent> result;
  result.reserve(2 * calls.size());
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const bool is_open = calls[i].end == kNever;
    if (is_open && calls[i].kind == Kind::kNothing) continue;
    result.push_back({calls[i].begin, i, false});
    if (!is_open) result.push_back({calls[i].end, i, true});
  }
  std::sort(result.begin(), result.end(),
            [](const StackEvent& a, const StackEvent& b) { return a.at < b.at; });
  return result;
}

StackProspects::StackProspects(std::span<const StackCall> calls, std::span<const StackEvent> events)
    : calls_(calls), events_(events) {
  std::uint32_t values = 0;
  for (const StackCall& call : calls) values = std::max(values, call.value + 1);
  pushes_begun_.resize(values);
  pops_begun_.resize(values);
  pop_begins_.resize(values);
  outlooks_.resize(values);
  balances_.resize(values);
  for (const StackEvent& event : events) {
    const StackCall& call = calls[event.call];
    if (event.returns) continue;
    if (call.kind == Kind::kPop) pop_begins_[call.value].push_back(event.at);
    if (call.kind == Kind::kSilent) silent_begins_.push_back(event.at);
  }
}

void StackProspects::advance(std::size_t event) {
  now_ = event;
  const StackCall& call = calls_[events_[event].call];
  if (events_[event].returns) return;
  if (call.kind == Kind::kPush) ++pushes_begun_[call.value];
  if (call.kind == Kind::kPop) ++pops_begun_[call.value];
  if (call.kind == Kind::kSilent) ++silent_begun_;
}

bool StackProspects::may_stay(std::uint32_t top, std::uint64_t done, const StackSlots& slots) {
  bool is_taken = false;
  for_each_slot(slots.pops & ~done, [&](std::uint32_t pop) {
    const StackCall& call = calls_[slots.call_in[pop]];
    is_taken = is_taken || call.kind == Kind::kSilent || call.value == top;
  });
  if (is_taken) return true;
  const Outlook& ahead = outlook(top, slots);
  if (ahead.is_hopeless || (ahead.nothings & ~done) != 0) return false;
  return std::all_of(ahead.shortages.begin(), ahead.shortages.end(), [&](const Shortage& shortage) {
    std::int32_t left = shortage.pushed - std::popcount(shortage.ended & ~done);
    for_each_slot(slots.pushes & ~done, [&](std::uint32_t push) {
      left += calls_[slots.call_in[push]].value == shortage.value ? 1 : 0;
    });
    return left >= 0;
  });
}

std::uint64_t StackProspects::first_taker(std::uint32_t top) const {
  const std::vector<std::uint64_t>& begins = pop_begins_[top];
  const std::uint32_t begun = pops_begun_[top];
  const std::uint64_t silent =
      silent_begun_ < silent_begins_.size() ? silent_begins_[silent_begun_] : kNever;
  return begun < begins.size() ? std::min(begins[begun], silent) : silent;
}

const StackProspects::Outlook& StackProspects::outlook(std::uint32_t top, const StackSlots& slots) {
  Outlook& result = outlooks_[top];
  if (result.event == now_) return result;
  result = {.event = now_};
  const std::uint64_t until = first_taker(top);
  ++looks_;
  const std::size_t last = std::min(events_.size(), now_ + kFarthest);
  for (std::size_t i = now_ + 1; i < last && events_[i].at < until; ++i) {
    const StackCall& call = calls_[events_[i].call];
    Balance& balance = balances_[call.value];
    if (balance.look != looks_) balance = {.look = looks_};
    if (!events_[i].returns) {
      if (call.kind == Kind::kPush) ++balance.pushed;
      continue;
    }
    const bool is_under_way = call.begin <= events_[now_].at;
    const std::uint64_t slot =
        is_under_way ? std::uint64_t{1} << slots.slot_of[events_[i].call] : 0;
    if (call.kind == Kind::kNothing) {
      result.nothings |= slot;
      result.is_hopeless = result.is_hopeless || !is_under_way;
    }
    if (call.kind != Kind::kPop) continue;
    balance.ended |= slot;
    balance.pushed -= is_under_way ? 0 : 1;
    if (balance.pushed >= std::popcount(balance.ended)) continue;
    result.shortages.push_back({call.value, balance.pushed, balance.ended});
  }
  return result;
}

}  // namespace quorumlab::models
