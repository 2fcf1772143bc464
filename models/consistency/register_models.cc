#include "models/consistency/register_models.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "models/consistency/linearizable.h"
#include "models/consistency/register_causal.h"
#include "models/consistency/register_sessions.h"
#include "sim/check.h"

namespace quorumlab::models {
namespace {

constexpr std::array<RegisterModel, 12> kModels = {{
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
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kImplications = {{
    {"linearizable", "sequential"},
    {"linearizable", "regular"},
    {"regular", "safe"},
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

std::string with_underscores(std::string_view name) {
  std::string result(name);
  std::replace(result.begin(), result.end(), '-', '_');
  return result;
}

}  // namespace

std::span<const RegisterModel> register_models() {
  return kModels;
}

bool register_model_implies(std::string_view stronger, std::string_view weaker) {
  if (stronger == weaker) return true;
  return std::any_of(kImplications.begin(), kImplications.end(), [&](const auto& pair) {
    return pair.first == stronger && register_model_implies(pair.second, weaker);
  });
}

bool is_register_model(std::string_view model) {
  const std::string name = with_underscores(model);
  return std::any_of(kModels.begin(), kModels.end(),
                     [&](const RegisterModel& m) { return m.name == name; });
}

CheckResult check_register(const History& history, std::string_view model,
                           const RegisterCheckOptions& options) {
  const std::string name = with_underscores(model);
  const CausalOptions causal{options.initial, options.names};
  const SessionOptions session{options.initial, options.names};
  const auto guarantee = [&](SessionGuarantee which) {
    return check_session(history, which, session);
  };
  if (name == "linearizable") {
    return check_linearizable(history, options.budget,
                              {options.initial, options.names, options.executor});
  }
  if (name == "sequential") return check_sequential(history, causal, options.budget);
  if (name == "causal_convergence") {
    return check_causal(history, CausalModel::kConvergence, causal);
  }
  if (name == "causal") return check_causal(history, CausalModel::kMemory, causal);
  if (name == "weak_causal") {
    return check_causal(history, CausalModel::kWeak, causal);
  }
  if (name == "pram") return check_causal(history, CausalModel::kPram, causal);
  if (name == "writes_follow_reads") return guarantee(SessionGuarantee::kWritesFollowReads);
  if (name == "monotonic_writes") return guarantee(SessionGuarantee::kMonotonicWrites);
  if (name == "read_your_writes") return guarantee(SessionGuarantee::kReadYourWrites);
  if (name == "monotonic_reads") return guarantee(SessionGuarantee::kMonotonicReads);
  StalenessOptions staleness{.initial = options.initial, .names = options.names};
  staleness.only_undisturbed = name == "safe";
  QL_CHECK(is_register_model(name), "no register model is called {}", name);
  return check_staleness(history, staleness);
}

}  // namespace quorumlab::models
