#include "models/consistency/convergence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "models/client_protocol.h"
#include "sim/check.h"

namespace quorumlab::models {
namespace {

using Values = std::vector<std::int64_t>;
struct Held {
  Values values;
  Values elements;
};
using Row = std::map<NodeId, Held>;
using Grid = std::map<Key, Row>;

struct Disagreement {
  NodeId a;
  NodeId b;
};

Value last(const Values& values) {
  return values.empty() ? Value{} : Value{values.back()};
}

bool agree(const Held& a, const Held& b, Agreement agreement) {
  if (a.elements != b.elements) return false;
  return agreement == Agreement::kOrder ? a.values == b.values : last(a.values) == last(b.values);
}

// Whoever differs from the first replica; different ends are preferred, as the worse.
std::optional<Disagreement> find(const Row& row, Agreement agreement) {
  if (row.empty()) return std::nullopt;
  const auto& [first, held] = *row.begin();
  std::optional<Disagreement> found;
  for (const auto& [replica, others] : row) {
    if (last(held.values) != last(others.values)) return Disagreement{first, replica};
    if (!found && !agree(held, others, agreement)) found = {first, replica};
  }
  return found;
}

std::string observe(Key key, const Row& row, Disagreement who, const Narrator& say) {
  const Values& a = row.at(who.a).values;
  const Values& b = row.at(who.b).values;
  const Values& in_a = row.at(who.a).elements;
  const Values& in_b = row.at(who.b).elements;
  if (in_a != in_b && last(a) == last(b)) {
    return fmt::format("{} ends with {} elements in {}, {} with {}", say.node(who.a), in_a.size(),
                       say.key(key), say.node(who.b),
                       in_a.size() == in_b.size() ? "others" : fmt::to_string(in_b.size()));
  }
  if (last(a) != last(b)) {
    const auto held = [&](const Values& values) {
      const bool is_erased = !values.empty() && values.back() == kErased;
      return is_erased ? say.key(key) + " erased" : say.state(key, last(values));
    };
    return fmt::format("{} ends with {}, {} with {}", say.node(who.a), held(a), say.node(who.b),
                       held(b));
  }
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto shown = [](Values::const_iterator at, const Values& values) {
    return at == values.end() ? std::string("nothing") : fmt::to_string(*at);
  };
  return fmt::format(
      "{} and {} applied different writes to {}: number {} was {} on {} and {} on {}",
      say.node(who.a), say.node(who.b), say.key(key), differ.first - a.begin() + 1,
      shown(differ.first, a), say.node(who.a), shown(differ.second, b), say.node(who.b));
}

}  // namespace

ConvergenceResult check_converged(std::span<const Audit> audits, Agreement agreement,
                                  const Names& names) {
  ConvergenceResult result;
  result.property = "converged";
  result.verdict = Verdict::kHolds;
  Grid grid;
  Row blank;
  for (const Audit& audit : audits) blank[audit.replica];
  for (const Audit& audit : audits) {
    auto& row = grid.try_emplace(audit.key, blank).first->second;
    if (!audit.is_home) {
      row.erase(audit.replica);
      continue;
    }
    QL_CHECK(row[audit.replica].values.empty(), "two audits of key {} by replica {}",
             audit.key.value, audit.replica.value);
    row[audit.replica] = {audit.values, audit.elements};
  }
  result.keys = grid.size();

  const History none;
  const Narrator say(none, names);
  for (const auto& [key, row] : grid) {
    const std::optional<Disagreement> who = find(row, agreement);
    if (!who) continue;
    result.diverged.push_back(key);
    if (result.witness) continue;
    Witness& witness = result.witness.emplace();
    witness.anomaly = Anomaly::kDivergence;
    witness.key = key;
    witness.replicas = {who->a, who->b};
    witness.claim = "Not converged: key " + say.key(key);
    witness.observation = observe(key, row, *who, say);
  }
  if (result.witness) {
    result.verdict = Verdict::kViolated;
    result.witness->obligation = fmt::format(
        "all {} replicas that keep it must agree when the run is over; {} of {} keys "
        "differ",
        grid.at(result.witness->key).size(), result.diverged.size(), result.keys);
  } else {
    result.reason = fmt::format("{} replicas agree on {} keys", blank.size(), result.keys);
  }
  return result;
}

void name_last_writes(const History& history, std::span<const Audit> audits, Witness& witness) {
  std::vector<OpId> last;
  for (const NodeId replica : witness.replicas) {
    OpId found = sim::kNoOp;
    for (const Audit& audit : audits) {
      if (audit.replica != replica || audit.key != witness.key || audit.values.empty()) continue;
      const std::int64_t held = audit.values.back();
      const Value value = held == kErased ? Value{} : Value{held};
      for (const Operation& op : history.operations()) {
        const bool puts = op.f != Function::kRead && op.f != Function::kAdd;
        if (puts && op.key == witness.key && op.value == value) found = op.id;
      }
    }
    last.push_back(found);
  }
  if (last.size() != 2 || last[0] == last[1]) return;
  if (last[0] == sim::kNoOp || last[1] == sim::kNoOp) {
    witness.ops = {{Role::kMissed, last[0] == sim::kNoOp ? last[1] : last[0]}};
    return;
  }
  const bool first_is_older = last[0] < last[1];
  witness.ops = {{first_is_older ? Role::kReturned : Role::kMissed, last[0]},
                 {first_is_older ? Role::kMissed : Role::kReturned, last[1]}};
}

ConvergenceResult check_same_writes(std::span<const Audit> audits, const Names& names) {
  ConvergenceResult result;
  result.property = "strong_eventual";
  result.verdict = Verdict::kHolds;
  struct Holder {
    NodeId replica;
    Value last;
    Values elements;
  };
  std::map<std::pair<Key, Values>, Holder> holders;  // by key and the writes applied, sorted
  const History none;
  const Narrator say(none, names);
  for (const Audit& audit : audits) {
    Values writes = audit.values;
    std::sort(writes.begin(), writes.end());
    writes.erase(std::unique(writes.begin(), writes.end()), writes.end());
    const Holder mine{audit.replica, last(audit.values), audit.elements};
    const auto [first, fresh] = holders.try_emplace({audit.key, std::move(writes)}, mine);
    result.keys = std::max<std::uint64_t>(result.keys, audit.key.value + 1);
    const Holder& other = first->second;
    if (fresh || (other.last == mine.last && other.elements == mine.elements)) continue;
    result.verdict = Verdict::kViolated;
    result.diverged.push_back(audit.key);
    if (result.witness) continue;
    Witness& witness = result.witness.emplace();
    witness.anomaly = Anomaly::kDivergence;
    witness.key = audit.key;
    witness.replicas = {other.replica, mine.replica};
    witness.claim = "Not strongly convergent: key " + say.key(audit.key);
    const auto held = [&](const Holder& holder) {
      return holder.elements.empty()
                 ? say.state(audit.key, holder.last)
                 : fmt::format("{} = [{}]", say.key(audit.key), fmt::join(holder.elements, ", "));
    };
    witness.observation = fmt::format("{} holds {}, {} holds {}", say.node(other.replica),
                                      held(other), say.node(mine.replica), held(mine));
    witness.obligation = fmt::format("both had applied the same {} writes to it, in some order",
                                     first->first.second.size());
  }
  return result;
}

}  // namespace quorumlab::models
