// What proves that something is violated.
#include "tests/verifier/models.h"
#include "tests/verifier/objects.h"
#include "tests/verifier/rules.h"

namespace quorumlab::verifier {
namespace {

// That of two writers of one key the first comes before the second.
using Supposition = std::pair<std::size_t, std::size_t>;
// One of them holds.
using Clause = std::set<Supposition>;

Supposition opposite(const Supposition& s) {
  return {s.second, s.first};
}

// Do the clauses leave no way out where all of these hold?
bool contradict(const std::vector<Clause>& clauses, std::set<Supposition> hold) {
  for (bool more = true; more;) {
    more = false;
    for (const Clause& clause : clauses) {
      std::vector<Supposition> open;
      for (const Supposition& s : clause) {
        if (!hold.contains(opposite(s))) open.push_back(s);
      }
      if (open.empty()) return true;
      if (open.size() == 1) more = hold.insert(open.front()).second || more;
    }
  }
  return false;
}

const std::map<std::string, char> kLetters = {{"ww", 'w'},      {"wr", 'r'},       {"rw", 'a'},
                                              {"process", 'p'}, {"realtime", 't'}, {"view", 'v'}};

// If the first writer comes before the second one, does the step follow? The second overwrites then
// what was read from the first (a), by a read that came after one from the second (v).
bool follows(const History& h, char how, std::size_t from, std::size_t to, const Supposition& s) {
  const auto& [first, second] = s;
  const bool initial = first == kNothing;
  require(first != second && (initial || h.ops.at(first).happened) && h.ops.at(second).happened,
          "nobody knows whether that was written");
  const auto& micros = h.ops.at(from).micros;
  bool viewed = how == 'a';
  for (const Micro& m : micros) {
    const bool shared = (initial || h.ops[first].writes(m.key)) && h.ops[second].writes(m.key);
    if (how == 'w' && shared && m.writes && from == first && to == second) return true;
    if (m.writes || !h.ops[from].ok) continue;
    const std::vector<Json> others = h.of_others(from, m);
    const std::size_t source = others.empty() ? kNothing : h.writer(m.key, others.back());
    if (viewed && shared && source == first && to == second && from != to) return true;
    viewed = viewed || (how == 'v' && source == second);
  }
  return false;
}

}  // namespace

void verify_cycles(const History& h, const Json& claim, const std::string& name) {
  const bool by_session = is_any(name, {"causal", "pram"});
  std::set<std::size_t> readers;  // sessions that must be one, where each has an order of its own
  std::vector<Clause> clauses;
  for (const Json& cycle :
       claim.contains("cycle") ? Json::array({claim["cycle"]}) : claim.at("cycles")) {
    Clause& clause = clauses.emplace_back();
    std::string steps;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const std::size_t from = cycle[i].at("from");
      const std::size_t to = cycle[i].at("to");
      require(to == cycle[(i + 1) % cycle.size()].at("from"), "the cycle is broken");
      const char how = kLetters.at(cycle[i].at("kind"));
      const bool supposes = cycle[i].contains("if");
      const Supposition s =
          supposes ? cycle[i]["if"].get<Supposition>() : Supposition(kNothing, to);
      const bool proven =
          supposes || how == 'v' ? follows(h, how, from, to, s) : h.joined(how, from, to);
      require(proven, "nothing proves " + cycle[i].dump());
      if (supposes) clause.insert(opposite(s));
      if (how == 'a') readers.insert(h.ops[from].session);
      if (how == 'r' && name == "pram") readers.insert(h.ops[to].session);
      steps += how;
    }
    require(fits(name, steps), "a cycle " + steps + " is not " + name);
  }
  require(!by_session || readers.size() <= 1, "reads of several sessions");
  for (const std::vector<Supposition> learned : claim.value("learned", Json::array())) {
    std::set<Supposition> none;
    for (const Supposition& s : learned) none.insert(opposite(s));
    require(contradict(clauses, none), "a clause does not follow");
    clauses.emplace_back(learned.begin(), learned.end());
  }
  require(contradict(clauses, {}), "some suppositions close none of the cycles");
}

namespace {

struct Situation {
  std::vector<bool> placed;
  std::map<std::string, Json> states;  // by key
  auto operator<=>(const Situation&) const = default;
};

// Is there an order of the operations? Tries everything, but nothing twice.
class Search {
 public:
  Search(const Object& object, const std::vector<Op>& ops, bool timed)
      : object_(object), ops_(ops), timed_(timed) {}

  [[nodiscard]] bool has_order() const {
    std::set<Situation> seen;
    std::vector<Situation> open{{std::vector<bool>(ops_.size()), {}}};
    for (const Op& op : ops_) open[0].states[op.key] = object_.initial;
    while (!open.empty()) {
      Situation now = std::move(open.back());
      open.pop_back();
      const Ops next = settle(now);
      if (is_done(now)) return true;
      if (!seen.insert(now).second) continue;
      require(seen.size() <= kMostSituations, "too many situations to try them all");
      for (const std::size_t i : next) {
        Situation then = now;
        then.placed[i] = true;
        if (object_.step(then.states[ops_[i].key], ops_[i])) open.push_back(std::move(then));
      }
    }
    return false;
  }

 private:
  static constexpr std::size_t kMostSituations = 1'000'000;

  [[nodiscard]] bool is_done(const Situation& now) const {
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (!now.placed[i] && ops_[i].to != kNever) return false;
    }
    return true;
  }

  // What changes nothing takes its place as soon as it is legal. What may come next then?
  Ops settle(Situation& now) const {
    for (;;) {
      bool moved = false;
      Ops next;
      for (const std::size_t i : ready(now)) {
        const bool observes = object_.observes(ops_[i]);
        if (!observes) next.push_back(i);
        if (!observes || !object_.step(now.states[ops_[i].key], ops_[i])) continue;
        moved = now.placed[i] = true;
      }
      if (!moved) return next;
    }
  }

  // Those before which nothing has to come any more.
  [[nodiscard]] Ops ready(const Situation& now) const {
    std::map<std::size_t, std::size_t> deadlines;  // by session, or for all
    Ops result;
    const auto deadline = [&](std::size_t i) -> std::size_t& {
      return deadlines.try_emplace(timed_ ? 0 : ops_[i].session, kNever).first->second;
    };
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (!now.placed[i]) deadline(i) = std::min(deadline(i), ops_[i].to);
    }
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (!now.placed[i] && ops_[i].from < deadline(i)) result.push_back(i);
    }
    return result;
  }

  const Object& object_;
  const std::vector<Op>& ops_;
  const bool timed_;
};

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
  require(!Search(object, kept, timed).has_order(), "these operations do have an order");
}

}  // namespace quorumlab::verifier
