#include "tests/verifier/objects.h"
#include "tests/verifier/rules.h"

namespace quorumlab::verifier {
namespace {

constexpr std::size_t kMostSituations = 1'000'000;

struct Situation {
  std::vector<bool> placed;
  std::map<std::string, Json> states;  // by key
  auto operator<=>(const Situation&) const = default;
};

// Tries all orders, no situation twice. What changes nothing may take its place as soon as it is
// legal.
bool has_order(const Object& object, const std::vector<Op>& ops, bool timed) {
  std::set<Situation> seen;
  std::vector<Situation> open{{std::vector<bool>(ops.size()), {}}};
  for (const Op& op : ops) open[0].states[op.key] = object.initial;
  while (!open.empty()) {
    const Situation now = std::move(open.back());
    open.pop_back();
    if (!seen.insert(now).second) continue;
    require(seen.size() <= kMostSituations, "too many situations to try them all");
    std::map<std::size_t, std::size_t>
        ends;  // of the first that has no place, by session or of all
    for (std::size_t i = 0; i < ops.size(); ++i) {
      std::size_t& end = ends.try_emplace(timed ? 0 : ops[i].session, kNever).first->second;
      if (!now.placed[i]) end = std::min(end, ops[i].to);
    }
    if (!any(ends, [](const auto& end) { return end.second != kNever; })) return true;
    const std::size_t others = open.size();
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (now.placed[i] || ops[i].from > ends[timed ? 0 : ops[i].session]) continue;
      Situation next = now;
      next.placed[i] = true;
      if (!object.step(next.states[ops[i].key], ops[i])) continue;
      const bool observes = object.observes(ops[i]);
      if (observes) open.resize(others);
      open.push_back(std::move(next));
      if (observes) break;
    }
  }
  return false;
}

}  // namespace

void verify_core(const History& h, const Json& core, bool timed) {
  const Object object(h);
  const std::set<std::size_t> members = core.at("ops");
  require(!members.empty(), "no operations");
  const std::string& key = h.ops.at(*members.begin()).key;
  const std::size_t end = timed ? h.ops.at(core.at("until")).to : kNever;
  std::vector<Op> kept;
  for (const std::size_t number : members) {
    Op& op = kept.emplace_back(h.ops.at(number));
    require(!timed || op.key == key, "operations on several keys");
    if (op.to <= end) continue;
    op.to = kNever;
    op.ok = op.failed = op.mismatched = false;
  }
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    const Op& op = h.ops[i];
    const bool matters =
        op.from <= end && (!timed || op.key == key) && (!op.failed || op.mismatched);
    require(!matters || members.contains(i) || object.is_superfluous(op, kept),
            "operation " + std::to_string(i) + " cannot be left out");
  }
  require(!has_order(object, kept, timed), "these operations do have an order");
}

}  // namespace quorumlab::verifier
