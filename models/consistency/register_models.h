// Every consistency model of registers by its name, strongest first: what `check` and the [check]
// section of a scenario may ask for.
//
//   CheckResult r = check_register(history, "monotonic_reads", {});
//   for (const RegisterModel& m : register_models()) print(m.name, m.meaning);
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/executor.h"
#include "models/consistency/narrator.h"
#include "models/consistency/register_sessions.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

struct RegisterModel {
  std::string_view name;
  std::string_view meaning;
};

[[nodiscard]] std::span<const RegisterModel> register_models();
// Does a history that satisfies `stronger` satisfy `weaker`?
[[nodiscard]] bool register_model_implies(std::string_view stronger, std::string_view weaker);

// The guarantees of "read_your_writes+monotonic_reads", in that order; empty: it is no mixture.
[[nodiscard]] std::vector<SessionGuarantee> parts_of_mixture(std::string_view name);

struct RegisterCheckOptions {
  Value initial = {};
  Names names = {};
  Budget budget = {};
  Executor* executor = nullptr;  // for what can be judged key by key
  // bounded_staleness: at most so many newer acknowledged writes may be missed, and the first of
  // them for so long; nullopt: any number, any time.
  std::optional<std::uint64_t> staleness_versions = {};
  std::optional<sim::Duration> staleness_time = {};
};

// What an operation saw, of which reads themselves do not tell, for the value was written twice.
struct ReadSource {
  OpId read;
  std::optional<OpId> write;  // nullopt: what was there at first
};

// A verdict and, where values repeat, what it rests on.
struct RegisterVerdict {
  CheckResult result;
  bool repeats = false;  // values do, and that matters
  bool is_linearizable = false;
  // The history as one choice of sources tells it, each value written once. With kViolated there is
  // no need of `sources`; such reads say nothing here.
  std::optional<History> known = {};
  std::vector<ReadSource> sources = {};
};

// Requires: is_register_model(model): one of register_models(), with - or _ between words, or a
// mixture of session guarantees, "read_your_writes+monotonic_reads": all of them by one order of
// writes for each session.
[[nodiscard]] CheckResult check_register(const History& history, std::string_view model,
                                         const RegisterCheckOptions& options = {});
[[nodiscard]] RegisterVerdict judge_register(const History& history, std::string_view model,
                                             const RegisterCheckOptions& options = {});
[[nodiscard]] bool is_register_model(std::string_view model);

}  // namespace quorumlab::models
