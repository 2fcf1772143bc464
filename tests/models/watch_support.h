// What the tests of online judging share: histories made again step by step, what a watch says of
// them, and the slow way to find the completion that violates a model.
//
//   const auto [says, at] = watched(history, "linearizable", {.kind = ObjectKind::kQueue});
//   first_violation(history, "linearizable", {.kind = ObjectKind::kQueue});   // the same operation
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "models/consistency/history_watch.h"

namespace quorumlab::models::testing {

[[nodiscard]] Verdict whole(const History& history, const std::string& model,
                            const WatchSetting& setting);

// Makes a history again, step by step, for as long as `step` says so. What never ends is given up
// at once, or left as it is.
void play(const History& all, History& history, const std::function<bool(OpId, bool)>& step);

// What a watch says by itself, and after which completion.
[[nodiscard]] std::pair<Watch::Says, OpId> watched(const History& all, const std::string& model,
                                                   const WatchSetting& setting);

// The operation with whose completion the history so far is first violated.
[[nodiscard]] std::optional<OpId> first_violation(const History& history, const std::string& model,
                                                  const WatchSetting& setting);

// A watch against the judge of whole histories: what it says is said at the very completion.
struct Agreement {
  int violated = 0;
  int holds = 0;
  int nothing = 0;  // where the watch says nothing

  // Fails the test if they differ.
  void add(const History& history, const std::string& model, const WatchSetting& setting);
};

}  // namespace quorumlab::models::testing
