#include "models/consistency/register_sources.h"

#include <fmt/format.h>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

// Keys and values together, numbered without collisions.
class Numbers {
 public:
  std::uint64_t of(Key key, Value value) {
    if (!value) return std::uint64_t{key.value} << 32U;
    std::uint32_t& number = values_[static_cast<std::uint64_t>(*value)];
    if (number == 0) number = static_cast<std::uint32_t>(values_.size());
    return std::uint64_t{key.value} << 32U | number;
  }

 private:
  FlatMap<std::uint32_t> values_;
};

}  // namespace

RegisterSources::RegisterSources(const History& history, Value initial)
    : sources_(history.size(), kNoSource), session_of_(history.size()), place_of_(history.size()) {
  const auto operations = history.operations();
  Numbers numbers;
  FlatMap<std::uint32_t> writers;  // index + 1
  FlatMap<std::uint32_t> session_ids;
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const Operation& op = operations[i];
    std::uint32_t& session = session_ids[op.process];
    if (session == 0) {
      sessions_.emplace_back();
      session = static_cast<std::uint32_t>(sessions_.size());
    }
    session_of_[i] = session - 1;
    place_of_[i] = static_cast<std::uint32_t>(sessions_[session - 1].size());
    sessions_[session - 1].push_back(i);
    // Whoever does not know how something ended is another session from there on.
    if (op.outcome == Outcome::kUnknown) session = 0;
    if (!writes(op)) continue;
    const bool is_initial = op.value == initial;
    if (is_initial && !duplicate_) duplicate_ = op.id;
    std::uint32_t& writer = writers[numbers.of(op.key, op.value)];
    if (writer != 0 && !duplicate_) duplicate_ = op.id;
    writer = i + 1;
  }
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const Operation& op = operations[i];
    const bool reads = op.outcome == Outcome::kOk &&
                       (op.f == Function::kCas || (op.f == Function::kRead && op.value_known));
    if (!reads) continue;
    const Value seen = op.f == Function::kCas ? op.expected : op.value;
    if (seen == initial) {
      sources_[i] = kInitialSource;
      continue;
    }
    const std::uint32_t* const writer = writers.find(numbers.of(op.key, seen));
    // A compare-and-set does not see itself; who else wrote that is not known if several did.
    const bool is_own = writer != nullptr && *writer == i + 1 && !duplicate_;
    sources_[i] = writer == nullptr || *writer == 0 || is_own ? kPhantomSource : *writer - 1;
    if (sources_[i] == kPhantomSource && !phantom_) phantom_ = op.id;
  }
}

bool RegisterSources::settles(const History& history, const Narrator& say,
                              CheckResult& result) const {
  if (phantom_) {
    const Operation& op = history.operation(*phantom_);
    result.verdict = Verdict::kViolated;
    result.witness = Witness{.anomaly = Anomaly::kPhantomValue,
                             .key = op.key,
                             .ops = {{Role::kObserver, op.id}},
                             .claim = fmt::format("Not {}: {}", result.property, say.about(op.key)),
                             .observation = say.observation(op),
                             .obligation = "nobody wrote that value"};
    return true;
  }
  if (!duplicate_) return false;
  result.reason = fmt::format(
      "{} is not the only one of that value, so reads do not tell which "
      "write they saw",
      say.noun(history.operation(*duplicate_)));
  return true;
}

}  // namespace quorumlab::models
