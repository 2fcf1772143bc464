#include "tests/verifier/rules.h"

namespace quorumlab::verifier {
namespace {

// That of two writers of one key the first comes before the second.
using Supposition = std::pair<std::size_t, std::size_t>;
// One of them holds.
using Clause = std::set<Supposition>;

Clause opposites(const std::vector<Supposition>& all) {
  Clause result;
  for (const auto& [first, second] : all) result.insert({second, first});
  return result;
}

// Do the clauses leave no way out where all of these hold (by unit propagation)?
bool contradict(const std::vector<Clause>& clauses, Clause hold) {
  for (bool more = true; more;) {
    more = false;
    for (const Clause& clause : clauses) {
      std::vector<Supposition> open;
      for (const Supposition& s : clause) {
        if (!hold.contains({s.second, s.first})) open.push_back(s);
      }
      if (open.empty()) return true;
      if (open.size() == 1) more = hold.insert(open.front()).second || more;
    }
  }
  return false;
}

bool is_step(const History& h, char how, const Json& step) {
  if (!step.contains("if")) return h.joined(how, step.at("from"), step.at("to"));
  const auto [first, second] = step["if"].get<Supposition>();
  require(first != second && (first == kNothing || h.ops.at(first).happened) &&
              h.ops.at(second).happened,
          "nobody knows whether that was written");
  const auto supposed = [first = first, second = second](const Version& version,
                                                         std::size_t later) {
    return version.writer == first && later == second;
  };
  return h.joined(how, step.at("from"), step.at("to"), supposed);
}

}  // namespace

std::string verify_cycle(const Json& cycle, const std::function<bool(char, const Json&)>& joined) {
  static const std::map<std::string, char> kLetters = {
      {"ww", 'w'}, {"wr", 'r'}, {"rw", 'a'}, {"process", 'p'}, {"realtime", 't'}, {"view", 'v'}};
  constexpr std::size_t kLongest = 5'000;  // that std::regex matches without running out of stack
  require(cycle.size() <= kLongest, "a cycle is too long to be verified");
  std::string steps;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    steps += kLetters.at(cycle[i].at("kind"));
    require(cycle[i].at("to") == cycle[(i + 1) % cycle.size()].at("from"), "a cycle is broken");
    require(joined(steps.back(), cycle[i]), "nothing proves " + cycle[i].dump());
  }
  require(!steps.empty(), "a cycle has no steps");
  return steps;
}

// What is learned are clauses that follow, each from the cycles and the clauses before it, as in
// the refutations that solvers write (RUP).
std::vector<std::string> verify_cycles(const History& h, const Json& claim,
                                       const std::string& name) {
  std::vector<std::string> result;
  std::vector<Clause> clauses;
  std::set<std::size_t> readers;  // sessions
  for (const Json& cycle :
       claim.contains("cycle") ? Json::array({claim["cycle"]}) : claim.at("cycles")) {
    std::vector<Supposition> supposed;
    result.push_back(verify_cycle(cycle, [&](char how, const Json& step) {
      if (step.contains("if")) supposed.push_back(step["if"]);
      if (how == 'a') readers.insert(h.ops.at(step.at("from")).session);
      if (how == 'r' && name == "pram") readers.insert(h.ops.at(step.at("to")).session);
      return is_step(h, how, step);
    }));
    clauses.push_back(opposites(supposed));
  }
  require(readers.size() <= 1 || !is_any(name, {"causal", "pram"}), "reads of several sessions");
  for (const std::vector<Supposition> learned : claim.value("learned", Json::array())) {
    require(contradict(clauses, opposites(learned)), "a clause does not follow");
    clauses.emplace_back(learned.begin(), learned.end());
  }
  require(contradict(clauses, {}), "some suppositions close none of the cycles");
  return result;
}

}  // namespace quorumlab::verifier
