// A text that is put, appended to and read, judged without making the texts in between: what
// matters of a state is which of the texts that somebody still reads it is the beginning of.
//
//   const ObjectOptions map{.kind = ObjectKind::kMap, .pool = &pool};
//   if (reads_only_texts(calls, kNilCell)) check_texts(calls, map, Budget{}).verdict;
//
// A state is a length and the texts that begin alike up to there, which lie side by side when they
// are sorted. All states that nobody can see any more are one, `lost`: only a put leads out of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/objects.h"
#include "models/consistency/specification.h"
#include "models/consistency/specification_search.h"
#include "models/exchange/flat_map.h"
#include "models/exchange/pool.h"

namespace quorumlab::models {

class TextStates : public StateSpace {
 public:
  // Requires: reads_only_texts(calls). Keeps references. `ends` is by call the event at which it
  // returns.
  TextStates(std::span<const TimedCall<ObjectCall>> calls, const Pool& pool, Cell initial,
             const std::vector<std::uint32_t>& ends);

  std::uint32_t initial() override { return beginning(pool_.word_of(initial_)); }
  std::optional<std::uint32_t> step(std::uint32_t state, std::uint32_t op) override;
  [[nodiscard]] std::size_t size() const override { return 0; }  // bounded by the texts read
  [[nodiscard]] std::size_t bytes() const override { return states_.size() * 2 * sizeof(State); }
  void keep(const std::vector<std::uint32_t>& /*live*/) override {}
  bool can_lead_to(std::uint32_t state, std::uint32_t op) override;
  bool step_can_lead_to(std::uint32_t state, std::uint32_t op, std::uint32_t later) override;
  [[nodiscard]] bool can_be_lost() const override { return true; }
  [[nodiscard]] std::uint32_t unless_lost(std::uint32_t state, std::uint32_t event) const override {
    return states_[state].last_end >= event ? state : kLost;
  }
  [[nodiscard]] std::string to_text(std::uint32_t state) const override;

 private:
  static constexpr std::uint32_t kLost = 0;

  struct State {
    std::uint32_t begin = 0;  // of texts_
    std::uint32_t end = 0;
    std::uint32_t length = 0;
    std::uint32_t last_end = 0;  // when the last read of such a text returns
  };

  // The state after `more` in the texts from `begin` to `end`, which begin alike for `length`.
  std::uint32_t narrowed(const State& state, std::string_view more);
  std::uint32_t beginning(std::string_view text) {
    return narrowed({0, static_cast<std::uint32_t>(texts_.size()), 0, 0}, text);
  }
  [[nodiscard]] bool tells(std::uint32_t op) const { return place_[op] != UINT32_MAX; }

  std::span<const TimedCall<ObjectCall>> calls_;
  const Pool& pool_;
  const Cell initial_;
  std::vector<std::string_view> texts_;  // that are read: sorted, each once
  std::vector<std::uint32_t> last_end_;  // of reads of each
  std::vector<std::uint32_t> place_;     // by call: of a read in texts_; or UINT32_MAX
  std::vector<State> states_;            // the first is lost
  FlatMap<std::uint32_t> numbers_;       // by begin and length
};

// Nothing but reads, puts, appends and deletes of texts?
[[nodiscard]] bool reads_only_texts(std::span<const TimedCall<ObjectCall>> calls, Cell initial);

// With kViolated the contradiction may be found later by who does not look ahead, and no states are
// told: check_specification does.
[[nodiscard]] SpecificationResult check_texts(std::span<const TimedCall<ObjectCall>> calls,
                                              const ObjectOptions& options, const Budget& budget);

}  // namespace quorumlab::models
