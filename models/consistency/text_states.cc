#include "models/consistency/text_states.h"

#include <algorithm>

namespace quorumlab::models {

TextStates::TextStates(std::span<const TimedCall<ObjectCall>> calls, const Pool& pool, Cell initial,
                       const std::vector<std::uint32_t>& ends)
    : calls_(calls), pool_(pool), initial_(initial), place_(calls.size(), UINT32_MAX), states_(1) {
  std::vector<std::uint32_t> reads;
  for (std::uint32_t op = 0; op < calls.size(); ++op) {
    const ObjectCall& call = calls[op].call;
    const bool tells = call.method == Method::kRead && call.result != kNoCell;
    if (tells && ends[op] != UINT32_MAX) reads.push_back(op);
  }
  const auto text_of = [&](std::uint32_t op) { return pool.word_of(calls[op].call.result); };
  std::sort(reads.begin(), reads.end(),
            [&](std::uint32_t a, std::uint32_t b) { return text_of(a) < text_of(b); });
  for (const std::uint32_t op : reads) {
    if (texts_.empty() || texts_.back() != text_of(op)) {
      texts_.push_back(text_of(op));
      last_end_.push_back(0);
    }
    last_end_.back() = std::max(last_end_.back(), ends[op]);
    place_[op] = static_cast<std::uint32_t>(texts_.size() - 1);
  }
}

std::uint32_t TextStates::narrowed(const State& state, std::string_view more) {
  const auto after = [&](std::string_view text) { return text.substr(state.length, more.size()); };
  const auto first = texts_.begin() + state.begin;
  const auto last = texts_.begin() + state.end;
  const auto begin = std::lower_bound(
      first, last, more,
      [&](std::string_view text, std::string_view wanted) { return after(text) < wanted; });
  if (begin == last || after(*begin) != more) return kLost;
  const auto number = static_cast<std::uint32_t>(begin - texts_.begin());
  const auto length = static_cast<std::uint32_t>(state.length + more.size());
  std::uint32_t& known = numbers_[std::uint64_t{number} << 32U | length];
  if (known != 0) return known;
  const auto end = std::upper_bound(
      begin, last, more,
      [&](std::string_view wanted, std::string_view text) { return wanted < after(text); });
  const auto to = static_cast<std::uint32_t>(end - texts_.begin());
  known = static_cast<std::uint32_t>(states_.size());
  states_.push_back(
      {number, to, length, *std::max_element(last_end_.begin() + number, last_end_.begin() + to)});
  return known;
}

std::optional<std::uint32_t> TextStates::step(std::uint32_t state, std::uint32_t op) {
  const ObjectCall& call = calls_[op].call;
  switch (call.method) {
    case Method::kWrite:
      return beginning(pool_.word_of(call.a));
    case Method::kDelete:
      return beginning({});
    case Method::kAppend:
      if (state == kLost) return kLost;
      return narrowed(State(states_[state]), pool_.word_of(call.a));
    default:
      break;
  }
  if (!tells(op)) return state;
  const State& now = states_[state];
  const bool fits =
      state != kLost && now.begin == place_[op] && now.length == texts_[place_[op]].size();
  return fits ? std::optional(state) : std::nullopt;
}

bool TextStates::can_lead_to(std::uint32_t state, std::uint32_t op) {
  if (!tells(op)) return true;
  return states_[state].begin <= place_[op] && place_[op] < states_[state].end;
}

bool TextStates::step_can_lead_to(std::uint32_t state, std::uint32_t op, std::uint32_t later) {
  if (calls_[op].call.method != Method::kAppend || !tells(later)) return true;
  if (!can_lead_to(state, later)) return false;
  const std::string_view whole = texts_[place_[later]];
  return whole.substr(states_[state].length).starts_with(pool_.word_of(calls_[op].call.a));
}

std::string TextStates::to_text(std::uint32_t state) const {
  if (state == kLost) return "a text that nobody reads";
  const State& shown = states_[state];
  return std::string(texts_[shown.begin].substr(0, shown.length));
}

bool reads_only_texts(std::span<const TimedCall<ObjectCall>> calls, Cell initial) {
  const auto is_text = [](Cell cell) { return tag_of(cell) == Tag::kText || cell == kNilCell; };
  if (!is_text(initial)) return false;
  return std::all_of(calls.begin(), calls.end(), [&](const TimedCall<ObjectCall>& timed) {
    const ObjectCall& call = timed.call;
    switch (call.method) {
      case Method::kRead:
        return is_text(call.result) || call.result == kNoCell;
      case Method::kWrite:
        return is_text(call.a);
      case Method::kAppend:
        return tag_of(call.a) == Tag::kText;
      default:
        return call.method == Method::kDelete;
    }
  });
}

SpecificationResult check_texts(std::span<const TimedCall<ObjectCall>> calls,
                                const ObjectOptions& options, const Budget& budget) {
  const auto specification = specification_of(options);
  Timeline timeline = timeline_of(specification, calls);
  LookAhead<ObjectState, ObjectCall> ahead(specification, calls, timeline);
  ahead.run();
  TextStates states(calls, *options.pool, options.initial, ahead.ends());
  return search_specification(timeline, states, budget);
}

}  // namespace quorumlab::models
