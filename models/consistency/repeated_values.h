// Registers whose values repeat, so that a read may have seen any of several writes.
//
//   const RepeatedValues repeated(history, initial);
//   repeated.open();                        // the reads that do not tell what they saw
//   repeated.sources(read);                 // the writes it may have seen, the likeliest first
//   History known = repeated.suppose(all);  // one choice for each: every value is written once
//
// A history satisfies a model if it does by one choice of what each read saw. So linearizable
// histories satisfy all models; a violation that needs no read which does not tell is one whatever
// these saw; and one choice by which a model holds is enough. Where a read is judged by itself, the
// latest write that it may have seen is the best choice there is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "models/consistency/register_models.h"
#include "models/consistency/register_sources.h"

namespace quorumlab::models {

class RepeatedValues {
 public:
  // Keeps a reference to `history`.
  RepeatedValues(const History& history, Value initial);

  // By index, ascending; compare-and-sets too.
  [[nodiscard]] std::span<const std::uint32_t> open() const { return open_; }
  // Indexes of writes, or kInitialSource: of open reads at least one.
  [[nodiscard]] std::vector<std::uint32_t> sources(std::uint32_t read) const;
  [[nodiscard]] std::uint32_t likeliest(std::uint32_t read) const;
  // For each open read what it saw; kNoSource: it says nothing. Ids, positions and times stay.
  [[nodiscard]] History suppose(std::span<const std::uint32_t> choice) const;
  // Says values of such a history as they were. Lives no longer than this.
  [[nodiscard]] Names names(const Names& names) const;

 private:
  struct Writers {
    std::vector<std::uint32_t> writes;  // by invocation
    std::vector<std::uint32_t> latest;  // of these up to here, the one that ended last
    bool repeat = false;                // the value, which was there at first or is written again
  };
  using Held = std::pair<std::uint32_t, Value>;  // a key, and what it holds

  [[nodiscard]] const Writers& writers(std::uint32_t read) const;
  [[nodiscard]] std::size_t begun_before(const Writers& writers, std::uint32_t read) const;

  const History& history_;
  const Value initial_;
  std::map<Held, Writers> writers_;
  std::vector<std::uint32_t> open_;
  std::map<std::uint32_t, std::int64_t> fresh_;  // by write: a value of its own
  std::map<std::int64_t, Value> original_;       // and what it was
};

// Requires: is_register_model(model), and a value that is written more than once.
[[nodiscard]] RegisterVerdict check_repeated(const History& history, std::string_view model,
                                             const RegisterCheckOptions& options);

}  // namespace quorumlab::models
