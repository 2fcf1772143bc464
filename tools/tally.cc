#include "tools/tally.h"

#include <algorithm>

#include "sim/check.h"

namespace quorumlab::tools {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;

bool during_a_fault(const scenarios::RunResult& result, sim::Time at) {
  return std::any_of(result.faults.begin(), result.faults.end(), [&](const auto& fault) {
    return std::any_of(fault.lasted.begin(), fault.lasted.end(), [&](const auto& lasted) {
      return lasted.first <= at && at < lasted.second;
    });
  });
}

void count(const Operation& op, Tally::Served* served) {
  const bool ok = op.outcome == Outcome::kOk;
  const bool read = op.f == Function::kRead;
  ++(read ? served->reads : served->writes);
  if (ok) ++(read ? served->reads_ok : served->writes_ok);
}

}  // namespace

void Tally::add(const scenarios::RunResult& result) {
  ++runs_;
  if (properties_.empty()) {
    for (const models::CheckResult& check : result.checks) properties_.push_back({check.property});
  }
  QL_CHECK(properties_.size() == result.checks.size());
  for (std::size_t i = 0; i < properties_.size(); ++i) {
    Property& property = properties_[i];
    switch (result.checks[i].verdict) {
      case models::Verdict::kHolds:
        ++property.holds;
        break;
      case models::Verdict::kUnknown:
        ++property.unknown;
        break;
      case models::Verdict::kViolated:
        property.seed = property.violated == 0 ? result.seed : std::min(property.seed, result.seed);
        ++property.violated;
        break;
    }
  }
  acknowledged_ += result.durability.acknowledged;
  lost_ += result.durability.gone();
  for (const Operation& op : result.history.operations()) {
    count(op, &served_);
    if (during_a_fault(result, op.invoked_at)) count(op, &during_faults_);
    if (op.outcome != Outcome::kOk) continue;
    (op.f == Function::kRead ? read_times_ : write_times_)
        .push_back(op.completed_at - op.invoked_at);
  }
}

scenarios::Latency Tally::latency(std::vector<sim::Duration> times) {
  scenarios::Latency latency{.count = times.size()};
  if (times.empty()) return latency;
  std::sort(times.begin(), times.end());
  latency.median = times[times.size() / 2];
  latency.p99 = times[times.size() * 99 / 100];
  return latency;
}

}  // namespace quorumlab::tools
