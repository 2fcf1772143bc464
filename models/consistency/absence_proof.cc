#include "models/consistency/absence_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "models/consistency/isolation_models.h"
#include "models/consistency/prefix_cycles.h"
#include "models/consistency/weak_isolation.h"

namespace quorumlab::models {
namespace {

// What is defined by cycles and reads alone, so that nothing found is a proof.
constexpr std::array<std::string_view, 14> kDefinedByCycles = {"read-uncommitted",
                                                               "read-committed",
                                                               "consistent-view",
                                                               "repeatable-read",
                                                               "snapshot-isolation",
                                                               "serializable",
                                                               "strong-read-uncommitted",
                                                               "strong-read-committed",
                                                               "strong-snapshot-isolation",
                                                               "strong-serializable",
                                                               "strong-session-read-uncommitted",
                                                               "strong-session-read-committed",
                                                               "strong-session-snapshot-isolation",
                                                               "strong-session-serializable"};

// The cycles that a level is defined to be without.
GraphView forbidden_by(std::string_view model) {
  GraphView view{kinds(EdgeKind::kWw), model.ends_with("snapshot-isolation")};
  if (!model.ends_with("read-uncommitted")) view.kinds |= kinds(EdgeKind::kWr);
  if (!model.ends_with("committed")) view.kinds |= kinds(EdgeKind::kRw);
  if (model.starts_with("strong-")) view.kinds |= kinds(EdgeKind::kProcess);
  if (needs_time(model)) view.kinds |= kinds(EdgeKind::kRealtime);
  return view;
}

class Absence {
 public:
  explicit Absence(const AbsenceQuestion& question) : question_(question) {}

  AbsenceProof by_cycles(std::string_view model) {
    const bool total = question_.inferred.is_total;
    for (const std::string_view strong : kDefinedByCycles) {
      if (!implies(strong, model) || is_found(strong)) continue;
      const bool any_order = strong.ends_with("committed");
      const bool fits = any_order && !question_.types.contains("incompatible-order");
      if ((total || fits) && is_free(strong)) return hold("no anomaly", strong);
    }
    return std::move(proof_);
  }

  AbsenceProof of_snapshots(std::string_view model) {
    struct Flavour {
      EdgeKinds order;
      std::string_view parallel;
      std::string_view prefix;
      std::string_view fork;
    };
    constexpr EdgeKinds kSession = kinds(EdgeKind::kProcess);
    constexpr std::array<Flavour, 3> kFlavours = {
        {{0, "parallel-snapshot-isolation", "prefix", "long-fork"},
         {kSession, "strong-session-parallel-snapshot-isolation", "strong-session-prefix",
          "long-fork-process"},
         {kSession | kinds(EdgeKind::kRealtime), "strong-parallel-snapshot-isolation",
          "strong-prefix", "long-fork-realtime"}}};
    if (is_timed_view(model)) {
      proof_.verdict = Verdict::kHolds;
      proof_.reason = "an order of writes fits it";
      return std::move(proof_);
    }
    const DependencyGraph ordered = with_unread_ordered();
    for (const Flavour& flavour : kFlavours) {
      if (implies(flavour.parallel, model) && !is_found(flavour.parallel) &&
          has_none(ordered, flavour.parallel)) {
        return hold("no anomaly", flavour.parallel);
      }
      const bool proves = implies(flavour.prefix, model);
      const bool refutes = implies(model, flavour.prefix);
      if (!proves && !refutes) continue;
      PrefixCycles found = prefix_cycles(question_.graph, flavour.order);
      if (!found.cycles.empty() && refutes) {
        proof_.verdict = Verdict::kViolated;
        proof_.cycle = {std::string(flavour.fork), std::move(found.cycles.front())};
        return std::move(proof_);
      }
      if (!found.exist && proves && !is_found(flavour.prefix) &&
          !prefix_cycles(ordered, flavour.order).exist) {
        return hold("no cycle", flavour.prefix);
      }
    }
    return std::move(proof_);
  }

 private:
  // Was something found that rules it out?
  [[nodiscard]] bool is_found(std::string_view model) const {
    return is_ruled_out(model, question_.types);
  }

  AbsenceProof hold(std::string_view what, std::string_view model) {
    proof_.verdict = Verdict::kHolds;
    proof_.reason = fmt::format("{} that {} forbids", what, model);
    return std::move(proof_);
  }

  // Is there no cycle that the level is defined to be without?
  [[nodiscard]] bool is_free(std::string_view level) {
    // All of these cycles have names.
    if (level == "consistent-view") return has_none(with_unread_ordered(), level);
    const GraphView view = forbidden_by(level);
    if (!question_.graph.components(view).cyclic.empty()) return false;
    return !view.is_split || with_unread_ordered().components(view).cyclic.empty();
  }

  // What each transaction sees by itself, and an order of all that time agrees with.
  [[nodiscard]] bool is_timed_view(std::string_view model) const {
    const auto& [txns, inferred, edges, graph, types, budget] = question_;
    return model == "strong-monotonic-atomic-view" &&
           graph.components(forbidden_by("strong-read-committed")).cyclic.empty() &&
           check_weak(txns, WeakLevel::kMonotonicView, inferred, budget).verdict == Verdict::kHolds;
  }

  // Nothing that rules the model out when unread writes are ordered too.
  [[nodiscard]] bool has_none(const DependencyGraph& ordered, std::string_view model) {
    CycleHunt hunt(ordered, question_.budget.max_steps);
    hunt.run();
    proof_.steps += hunt.steps();
    proof_.is_complete = proof_.is_complete && hunt.is_complete();
    return hunt.is_complete() &&
           std::none_of(hunt.found().begin(), hunt.found().end(),
                        [&](const NamedCycle& c) { return is_ruled_out(model, {c.type}); });
  }

  PrefixCycles prefix_cycles(const DependencyGraph& graph, EdgeKinds order) {
    std::uint64_t steps = 0;
    PrefixCycles found =
        find_prefix_cycles(graph, {.order = order, .max_steps = question_.budget.max_steps}, steps);
    proof_.steps += steps;
    if (found.exist && found.cycles.empty()) proof_.is_complete = false;
    return found;
  }

  // With writes that nobody read taken to be in order of invocation.
  [[nodiscard]] DependencyGraph with_unread_ordered() const {
    const DependencyGraph& graph = question_.graph;
    std::vector<DependencyEdge> edges = question_.edges;
    for (const auto& versions : question_.inferred.unread) {
      std::vector<std::uint32_t> writers;
      for (const std::uint32_t v : versions) {
        writers.push_back(question_.txns.versions[v].writer);
      }
      std::sort(writers.begin(), writers.end());
      for (std::size_t i = 1; i < writers.size(); ++i) {
        if (writers[i - 1] == writers[i]) continue;
        edges.push_back({writers[i - 1], writers[i], EdgeKind::kWw});
      }
    }
    return {graph.txn_count(), graph.node_count(), edges};
  }

  const AbsenceQuestion& question_;
  AbsenceProof proof_;
};

}  // namespace

bool needs_time(std::string_view model) {
  return model.starts_with("strong-") && !model.starts_with("strong-session-");
}

AbsenceProof prove_by_absence(const AbsenceQuestion& question, std::string_view model) {
  return Absence(question).by_cycles(model);
}

AbsenceProof prove_snapshots(const AbsenceQuestion& question, std::string_view model) {
  return Absence(question).of_snapshots(model);
}

}  // namespace quorumlab::models
