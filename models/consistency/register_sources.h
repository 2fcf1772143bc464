// Which write did each read see? The ground that all checkers of registers with unique written
// values stand on.
//
//   RegisterSources sources(history, initial);
//   sources.of(op);          // the index of the write, kNoSource, kInitialSource or kPhantomSource
//   sources.duplicate();     // a value that was written twice, if any: then nothing is known
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/consistency/narrator.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

inline constexpr std::uint32_t kNoSource = UINT32_MAX;           // not a read, or result unknown
inline constexpr std::uint32_t kInitialSource = UINT32_MAX - 1;  // never written
inline constexpr std::uint32_t kPhantomSource = UINT32_MAX - 2;  // nobody wrote that

class RegisterSources {
 public:
  RegisterSources(const History& history, Value initial);

  // Index (not id) of the write that an operation saw.
  [[nodiscard]] std::uint32_t of(std::size_t op) const { return sources_[op]; }
  [[nodiscard]] bool is_real(std::uint32_t source) const { return source < kPhantomSource; }
  [[nodiscard]] static bool writes(const Operation& op) {
    return op.f != Function::kRead && op.outcome != Outcome::kFail;
  }
  // Fills in a verdict where reads do not tell what they saw (kUnknown), or saw what nobody wrote
  // (kViolated), which no model allows. False: neither.
  [[nodiscard]] bool settles(const History& history, const Narrator& say,
                             CheckResult& result) const;
  [[nodiscard]] const std::optional<OpId>& duplicate() const { return duplicate_; }
  // A read of a value that nobody wrote, or only a write that failed.
  [[nodiscard]] const std::optional<OpId>& phantom() const { return phantom_; }

  // Sessions in order of first appearance, and their operations in order.
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& sessions() const {
    return sessions_;
  }
  [[nodiscard]] std::uint32_t session_of(std::size_t op) const { return session_of_[op]; }
  // How many operations of its session come before.
  [[nodiscard]] std::uint32_t place_of(std::size_t op) const { return place_of_[op]; }

 private:
  std::vector<std::uint32_t> sources_;
  std::vector<std::vector<std::uint32_t>> sessions_;
  std::vector<std::uint32_t> session_of_;
  std::vector<std::uint32_t> place_of_;
  std::optional<OpId> duplicate_;
  std::optional<OpId> phantom_;
};

}  // namespace quorumlab::models
