#include "models/consistency/register_models.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "models/consistency/linearizable.h"
#include "models/consistency/register_causal.h"
#include "models/consistency/register_sessions.h"
#include "models/consistency/register_sources.h"
#include "models/consistency/repeated_values.h"
#include "sim/check.h"

namespace quorumlab::models {
namespace {

constexpr std::array<RegisterModel, 14> kModels = {{
    {"linearizable", "every operation appears to happen at one instant while it is under way"},
    {"sequential", "all operations in one order that every client's own order agrees with"},
    {"causal_convergence", "everybody agrees on one order of writes, which respects causality"},
    {"causal", "each client sees writes in an order that respects causality (causal memory)"},
    {"weak_causal", "no read misses a write that it causally depends on"},
    {"pram", "each client sees every other client's writes in the order they were made"},
    {"writes_follow_reads", "who sees a write also sees what its writer had read before"},
    {"monotonic_writes", "who sees a client's write also sees its earlier ones"},
    {"read_your_writes", "a client sees its own writes"},
    {"monotonic_reads", "a client never sees an older value after a newer one"},
    {"regular", "a read returns the last acknowledged write, or one that is under way"},
    {"safe", "a read that no write overlaps returns the last acknowledged write"},
    {"bounded_staleness", "a read misses at most so many newer acknowledged writes, for so long"},
    {"consistent_prefix", "a read returns what was written, at some time before it ended"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kImplications = {{
    {"linearizable", "sequential"},
    {"linearizable", "regular"},
    {"regular", "safe"},
    {"regular", "bounded_staleness"},
    {"bounded_staleness", "consistent_prefix"},
    {"sequential", "causal"},
    {"sequential", "causal_convergence"},
    {"causal", "weak_causal"},
    {"causal", "pram"},
    {"causal_convergence", "weak_causal"},
    {"causal_convergence", "monotonic_reads"},
    {"weak_causal", "writes_follow_reads"},
    {"weak_causal", "monotonic_writes"},
    {"weak_causal", "read_your_writes"},
    {"pram", "monotonic_writes"},
    {"pram", "read_your_writes"},
    {"pram", "monotonic_reads"},
}};

CheckResult check_unique(const History& history, const std::string& name,
                         const RegisterCheckOptions& options);

// Each guarantee by itself, and then all by one order: with writes that follow reads or without,
// the whole of them is causal memory or PRAM (Brzezinski, Sobaniec, Wawrzyniak, "From session
// causality to causal consistency", PDP 2004).
CheckResult check_mixture(const History& history, const std::string& name,
                          const RegisterCheckOptions& options) {
  CheckResult result{.property = name, .verdict = Verdict::kHolds};
  const std::vector<SessionGuarantee> parts = parts_of_mixture(name);
  for (const SessionGuarantee part : parts) {
    CheckResult one = check_session(history, part, {options.initial, options.names});
    one.property = name;
    if (one.verdict == Verdict::kViolated) return one;
    if (one.verdict == Verdict::kUnknown) result = std::move(one);
  }
  if (result.verdict == Verdict::kUnknown) return result;
  const auto asks = [&](SessionGuarantee part) {
    return std::find(parts.begin(), parts.end(), part) != parts.end();
  };
  const bool follows = asks(SessionGuarantee::kWritesFollowReads);
  CheckResult whole = check_unique(history, follows ? "causal" : "pram", options);
  whole.property = name;
  const bool is_whole = asks(SessionGuarantee::kReadYourWrites) &&
                        asks(SessionGuarantee::kMonotonicReads) &&
                        asks(SessionGuarantee::kMonotonicWrites);
  if (whole.verdict == Verdict::kHolds || is_whole) return whole;
  result.verdict = Verdict::kUnknown;
  result.reason = "each of them holds by some order, and it is not known whether all do by one";
  return result;
}

std::string with_underscores(std::string_view name) {
  std::string result(name);
  std::replace(result.begin(), result.end(), '-', '_');
  return result;
}

// Where each value is written once.
CheckResult check_unique(const History& history, const std::string& name,
                         const RegisterCheckOptions& options) {
  if (!parts_of_mixture(name).empty()) return check_mixture(history, name, options);
  const CausalOptions causal{options.initial, options.names, options.budget};
  if (name == "linearizable") {
    return check_linearizable(history, options.budget,
                              {options.initial, options.names, options.executor});
  }
  if (name == "sequential") return check_sequential(history, causal);
  if (name == "causal_convergence") {
    return check_causal(history, CausalModel::kConvergence, causal);
  }
  if (name == "causal") return check_causal(history, CausalModel::kMemory, causal);
  if (name == "weak_causal") {
    return check_causal(history, CausalModel::kWeak, causal);
  }
  if (name == "pram") return check_causal(history, CausalModel::kPram, causal);
  if (const auto guarantee = session_guarantee(name)) {
    return check_session(history, *guarantee, {options.initial, options.names});
  }
  StalenessOptions staleness{.initial = options.initial, .names = options.names};
  staleness.only_undisturbed = name == "safe";
  if (name == "bounded_staleness") {
    staleness.versions = options.staleness_versions;
    staleness.time = options.staleness_time;
  } else if (name == "consistent_prefix") {
    staleness.versions = std::nullopt;
  }
  QL_CHECK(is_register_model(name), "no register model is called {}", name);
  staleness.called = name;
  return check_staleness(history, staleness);
}

}  // namespace

std::span<const RegisterModel> register_models() {
  return kModels;
}

std::vector<SessionGuarantee> parts_of_mixture(std::string_view name) {
  std::vector<SessionGuarantee> parts;
  if (name.find('+') == std::string_view::npos) return parts;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('+', begin), name.size());
    const auto part = session_guarantee(name.substr(begin, end - begin));
    if (!part) return {};
    parts.push_back(*part);
    begin = end + 1;
  }
  return parts;
}

bool register_model_implies(std::string_view stronger, std::string_view weaker) {
  if (stronger == weaker) return true;
  return std::any_of(kImplications.begin(), kImplications.end(), [&](const auto& pair) {
    return pair.first == stronger && register_model_implies(pair.second, weaker);
  });
}

bool is_register_model(std::string_view model) {
  const std::string name = with_underscores(model);
  return !parts_of_mixture(name).empty() ||
         std::any_of(kModels.begin(), kModels.end(),
                     [&](const RegisterModel& m) { return m.name == name; });
}

RegisterVerdict judge_register(const History& history, std::string_view model,
                               const RegisterCheckOptions& options) {
  const std::string name = with_underscores(model);
  RegisterVerdict found{.result = check_unique(history, name, options)};
  const bool is_open = found.result.verdict == Verdict::kUnknown && name != "linearizable" &&
                       RegisterSources(history, options.initial).duplicate();
  return is_open ? check_repeated(history, name, options) : found;
}

CheckResult check_register(const History& history, std::string_view model,
                           const RegisterCheckOptions& options) {
  return judge_register(history, model, options).result;
}

}  // namespace quorumlab::models
