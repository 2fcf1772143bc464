#include "models/consistency/isolation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "models/consistency/isolation_cycles.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/list_replay.h"
#include "models/consistency/predicate_reads.h"
#include "models/consistency/prefix_cycles.h"
#include "models/consistency/register_order.h"
#include "models/consistency/snapshot_levels.h"
#include "models/consistency/txn_inference.h"
#include "models/consistency/txn_parts.h"
#include "models/consistency/txn_replay.h"
#include "models/consistency/weak_isolation.h"
#include "models/consistency/weak_levels.h"

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

bool needs_time(std::string_view model) {
  return model.starts_with("strong-") && !model.starts_with("strong-session-");
}

// From here on, what a weak model allows is not looked for if the model can be proven at once.
constexpr std::size_t kLong = 5'000;
constexpr std::string_view kTooLong = "the search for cycles took too many steps (max_steps)";

// The cycles that a level is defined to be without.
GraphView forbidden_by(std::string_view model) {
  GraphView view{kinds(EdgeKind::kWw), model.ends_with("snapshot-isolation")};
  if (!model.ends_with("read-uncommitted")) view.kinds |= kinds(EdgeKind::kWr);
  if (!model.ends_with("committed")) view.kinds |= kinds(EdgeKind::kRw);
  if (model.starts_with("strong-")) view.kinds |= kinds(EdgeKind::kProcess);
  if (needs_time(model)) view.kinds |= kinds(EdgeKind::kRealtime);
  return view;
}

class Analysis {
 public:
  Analysis(const TxnHistory& txns, const Budget& budget, Executor* executor = nullptr)
      : txns_(txns), budget_(budget), executor_(executor), takes_part_(committed(txns)) {}

  IsolationResult run(std::string_view model) {
    if (std::none_of(takes_part_.begin(), takes_part_.end(), [](bool b) { return b; })) {
      result_.reason = "there is no transaction that certainly took place";
      return std::move(result_);
    }
    if (!txns_.duplicate.empty()) {
      result_.reason = txns_.duplicate + ": reads do not tell who wrote what they saw";
      return std::move(result_);
    }
    if (prove_by_replay(canonical_model(model))) return std::move(result_);
    const bool weak = implies("strong-session-causal", canonical_model(model));
    if (weak && txns_.txns.size() >= kLong) {
      if (const auto proven = prove_weak_level(txns_, canonical_model(model), budget_)) {
        result_.steps = txns_.micros.size();
        hold(fmt::format("an order of writes fits {}", *proven));
        return std::move(result_);
      }
    }
    const DependencyGraph graph = infer(canonical_model(model));
    judge(canonical_model(model), graph);
    if (result_.verdict == Verdict::kUnknown && !ran_out_.empty()) result_.reason = ran_out_;
    result_.weakest = weakest_violated(result_.types);
    return std::move(result_);
  }

  // The anomalies that show without a search for orders that are not known; no verdict.
  IsolationResult look(std::string_view model) {
    if (txns_.duplicate.empty() && !prove_by_replay(canonical_model(model))) {
      (void)infer(canonical_model(model));
    }
    return std::move(result_);
  }

 private:
  // The graph of what reads and writes say, and what is wrong with it.
  DependencyGraph infer(std::string_view model) {
    inferred_ = txns_.kind == TxnKind::kListAppend ? infer_lists(txns_) : infer_registers(txns_);
    const auto count = static_cast<std::uint32_t>(txns_.txns.size());
    std::uint32_t nodes = count + inferred_.hubs;
    edges_ = std::move(inferred_.edges);
    // What asks for less than snapshots does not ask for time, and is spared the cost.
    add_order(txns_, txns_.has_time && !implies("strong-session-causal", model), nodes, edges_);
    DependencyGraph graph(count, nodes, edges_);
    CycleHunt hunt(graph, budget_.max_steps);
    hunt.run();
    is_hunted_ = hunt.is_complete();
    is_acyclic_ = hunt.is_acyclic();
    result_.steps += edges_.size() + hunt.steps();
    result_.anomalies = std::move(inferred_.anomalies);
    for (const NamedCycle& cycle : hunt.found()) result_.anomalies.push_back(tell(cycle));
    for (const TxnAnomaly& anomaly : result_.anomalies) result_.types.insert(anomaly.type);
    return graph;
  }

  // The order of lists that obeys everything there is to obey proves all models at once.
  bool prove_by_replay(std::string_view model) {
    if (txns_.kind != TxnKind::kListAppend) return false;
    if (!implies(txns_.has_time ? "strong-serializable" : "strong-session-serializable", model)) {
      return false;
    }
    auto order = replay_lists(txns_, takes_part_);
    result_.steps = txns_.micros.size();
    return order && accept(std::move(*order));
  }

  TxnAnomaly tell(const NamedCycle& cycle) const {
    TxnAnomaly anomaly{.type = cycle.type};
    for (const DependencyEdge& edge : cycle.edges) {
      anomaly.ops.push_back(txns_.txns[edge.from].id);
      anomaly.cycle.push_back({.from = txns_.txns[edge.from].id,
                               .to = txns_.txns[edge.to].id,
                               .kind = edge.kind,
                               .why = justify(txns_, inferred_, edge)});
      if (!anomaly.text.empty()) anomaly.text += "; ";
      anomaly.text += anomaly.cycle.back().why;
    }
    return anomaly;
  }

  void judge(std::string_view model, const DependencyGraph& graph) {
    if (is_ruled_out(model, result_.types)) {
      result_.verdict = Verdict::kViolated;
      return;
    }
    if (!txns_.has_time && needs_time(model)) {
      result_.reason = "the history says nothing of time";
      return;
    }
    if (!is_hunted_) {
      ran_out_ = kTooLong;
      return;
    }
    if (model == "cut-isolation") return prove_cut();
    const bool weak = implies("strong-session-causal", model);
    if (weak) {
      prove_by_absence(model, graph);
      if (result_.verdict == Verdict::kUnknown) (void)decide_weak(model);
      return;
    }
    if (prove_by_order(model, graph)) return;
    // What is weaker and can be decided may still rule it out.
    if (decide_weak(model) && result_.verdict == Verdict::kViolated) return;
    prove_by_absence(model, graph);
    if (result_.verdict == Verdict::kUnknown && inferred_.is_total) {
      prove_snapshots(model, graph);
    }
    if (result_.verdict == Verdict::kUnknown) search_snapshots(model, graph);
  }

  // Every order of the versions whose order is not known, if it comes to that.
  void search_snapshots(std::string_view model, const DependencyGraph& graph) {
    if (implies(model, "serializable")) return;
    const SnapshotDecision decision = decide_snapshots(
        txns_, inferred_, {edges_, graph.node_count(), executor_}, model, result_.types, budget_);
    result_.steps += decision.steps;
    if (decision.verdict == Verdict::kHolds) {
      return hold(fmt::format("an order of versions fits {}", decision.level));
    }
    if (!decision.reason.empty()) ran_out_ = decision.reason;
    if (decision.verdict == Verdict::kViolated) refuse(std::string(decision.anomaly));
  }

  // It is a matter of each transaction by itself.
  void prove_cut() {
    if (result_.types.contains("internal")) {
      result_.reason = "a read disagrees with what its transaction wrote, so that one cannot tell";
      return;
    }
    result_.verdict = Verdict::kHolds;
    result_.reason = "no transaction read a key twice and saw somebody else's write in between";
  }

  // Parallel snapshots and prefixes, where the order of versions is known: no cycle with at most
  // one anti-dependency, or none that prefix_cycles.h describes.
  void prove_snapshots(std::string_view model, const DependencyGraph& graph) {
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
    // What each transaction sees by itself, and an order of all that time agrees with.
    if (model == "strong-monotonic-atomic-view" &&
        graph.components(forbidden_by("strong-read-committed")).cyclic.empty() &&
        check_weak(txns_, WeakLevel::kMonotonicView, inferred_, budget_).verdict ==
            Verdict::kHolds) {
      return hold("an order of writes fits it");
    }
    const DependencyGraph ordered = with_unread_ordered(graph);
    for (const Flavour& flavour : kFlavours) {
      if (implies(flavour.parallel, model) && !is_ruled_out(flavour.parallel, result_.types) &&
          has_no_single(ordered, flavour.parallel)) {
        return hold(fmt::format("no anomaly that {} forbids", flavour.parallel));
      }
      const bool proves = implies(flavour.prefix, model);
      if (!proves && !implies(model, flavour.prefix)) continue;
      const PrefixCycles found = prefix_cycles(graph, flavour.order);
      if (!found.cycles.empty() && implies(model, flavour.prefix)) {
        result_.anomalies.push_back(tell({std::string(flavour.fork), found.cycles.front()}));
        result_.types.insert(std::string(flavour.fork));
        result_.verdict = Verdict::kViolated;
        return;
      }
      if (!found.exist && proves && !is_ruled_out(flavour.prefix, result_.types) &&
          !prefix_cycles(ordered, flavour.order).exist) {
        return hold(fmt::format("no cycle that {} forbids", flavour.prefix));
      }
    }
  }

  PrefixCycles prefix_cycles(const DependencyGraph& graph, EdgeKinds order) {
    std::uint64_t steps = 0;
    PrefixCycles found =
        find_prefix_cycles(graph, {.order = order, .max_steps = budget_.max_steps}, steps);
    result_.steps += steps;
    if (found.exist && found.cycles.empty()) ran_out_ = kTooLong;
    return found;
  }

  void hold(std::string reason) {
    result_.verdict = Verdict::kHolds;
    result_.reason = std::move(reason);
  }

  // Nothing new that rules the model out when unread writes are ordered too.
  [[nodiscard]] bool has_no_single(const DependencyGraph& ordered, std::string_view model) {
    CycleHunt hunt(ordered, budget_.max_steps);
    hunt.run();
    result_.steps += hunt.steps();
    if (!hunt.is_complete()) ran_out_ = kTooLong;
    return hunt.is_complete() &&
           std::none_of(hunt.found().begin(), hunt.found().end(),
                        [&](const NamedCycle& c) { return is_ruled_out(model, {c.type}); });
  }

  // Decides read atomic and causal, and whatever they are as strong as. False: nothing decided.
  bool decide_weak(std::string_view model) {
    WeakDecision found = decide_weak_level(txns_, inferred_, model, result_.types, budget_);
    result_.steps += found.steps;
    if (found.anomaly) {
      result_.types.insert(found.anomaly->type);
      result_.anomalies.push_back(std::move(*found.anomaly));
      result_.verdict = Verdict::kViolated;
    }
    if (found.verdict == Verdict::kHolds)
      hold(fmt::format("an order of writes fits {}", found.level));
    if (!found.reason.empty()) ran_out_ = found.reason;
    return found.verdict != Verdict::kUnknown;
  }

  // An order of all transactions that explains every read proves everything up to the level whose
  // edges it respects.
  bool prove_by_order(std::string_view model, const DependencyGraph& graph) {
    if (!is_serial_possible(model)) return false;
    if (txns_.kind == TxnKind::kListAppend) return is_acyclic_ && accept(graph.order());
    struct Order {
      EdgeKinds respect;
      std::string_view proves;
      std::string_view anomaly;
    };
    constexpr EdgeKinds kTime = kinds(EdgeKind::kRealtime);
    const std::array<Order, 3> orders = {
        {{kAllKinds, "strong-serializable", "no-order-realtime"},
         {kAllKinds & ~kTime, "strong-session-serializable", "no-order-process"},
         {kAllKinds & ~kTime & ~kinds(EdgeKind::kProcess), "serializable", "no-order"}}};
    for (const Order& order : orders) {
      const bool relevant = implies(model, order.proves) || implies(order.proves, model);
      if (!relevant ||
          (order.respect == kAllKinds && !implies(model, order.proves) && !is_acyclic_)) {
        continue;
      }
      OrderSearch search =
          find_order(txns_, edges_, graph.node_count(), order.respect, budget_, executor_);
      result_.steps += search.steps;
      if (search.verdict == Verdict::kUnknown) ran_out_ = search.reason;
      if (search.verdict == Verdict::kViolated && implies(model, order.proves)) {
        refuse(std::string(order.anomaly));
        return true;
      }
      const bool proven = search.verdict == Verdict::kHolds && implies(order.proves, model);
      if (proven && accept(std::move(search.order))) return true;
    }
    return false;
  }

  bool accept(std::vector<std::uint32_t> order) {
    std::erase_if(order, [this](std::uint32_t t) { return !takes_part_[t]; });
    if (!explains(txns_, order)) return false;
    result_.verdict = Verdict::kHolds;
    result_.reason = fmt::format("an order of {} transactions explains every read", order.size());
    for (const std::uint32_t t : order) result_.order.push_back(txns_.txns[t].id);
    return true;
  }

  void refuse(const std::string& type) {
    result_.types.insert(type);
    result_.anomalies.push_back(
        {.type = type,
         .text = "every order of the writes that are not ordered yet closes a cycle"});
    result_.verdict = Verdict::kViolated;
  }

  [[nodiscard]] bool is_serial_possible(std::string_view model) const {
    return !is_ruled_out(implies(model, "serializable") ? model : "serializable", result_.types);
  }

  // Where every order of versions is known, what was not found is not there. For what only forbids
  // cycles of writes and of reads from, any order that fits those will do.
  void prove_by_absence(std::string_view model, const DependencyGraph& graph) {
    const bool total = inferred_.is_total;
    for (const std::string_view strong : kDefinedByCycles) {
      if (!implies(strong, model) || is_ruled_out(strong, result_.types)) continue;
      const bool any_order = strong.ends_with("committed");
      if (!total && (!any_order || result_.types.contains("incompatible-order"))) continue;
      const GraphView view = forbidden_by(strong);
      const bool found_all = strong == "consistent-view";
      if (!found_all && !graph.components(view).cyclic.empty()) continue;
      if (view.is_split && !orders_unread(view, graph)) continue;
      if (found_all && !has_no_single(with_unread_ordered(graph), strong)) continue;
      result_.verdict = Verdict::kHolds;
      result_.reason = fmt::format("no anomaly that {} forbids", strong);
      return;
    }
    if (!result_.reason.empty()) return;
    result_.reason = total ? "nothing found rules it out, and nothing proves it"
                           : "not every order of versions is known";
  }

  // With writes that nobody read taken to be in order of invocation.
  [[nodiscard]] DependencyGraph with_unread_ordered(const DependencyGraph& graph) const {
    std::vector<DependencyEdge> edges = edges_;
    for (const auto& versions : inferred_.unread) {
      std::vector<std::uint32_t> writers;
      for (const std::uint32_t v : versions) writers.push_back(txns_.versions[v].writer);
      std::sort(writers.begin(), writers.end());
      for (std::size_t i = 1; i < writers.size(); ++i) {
        if (writers[i - 1] == writers[i]) continue;
        edges.push_back({writers[i - 1], writers[i], EdgeKind::kWw});
      }
    }
    return {graph.txn_count(), graph.node_count(), edges};
  }

  // Is there still no cycle then?
  [[nodiscard]] bool orders_unread(const GraphView& view, const DependencyGraph& graph) const {
    return with_unread_ordered(graph).components(view).cyclic.empty();
  }

  const TxnHistory& txns_;
  const Budget budget_;
  Executor* const executor_;
  const std::vector<bool> takes_part_;
  Inference inferred_;
  std::vector<DependencyEdge> edges_;
  bool is_hunted_ = true;  // as far as the budget went
  bool is_acyclic_ = false;
  std::string ran_out_;  // of what, and where, if some search could not be finished
  IsolationResult result_;
};

// All parts that have nothing to do with one another, if there are some and all of them hold. What
// is wrong with one is looked for in the whole, where it gets the names that it has there.
std::optional<IsolationResult> check_parts(const TxnHistory& txns, std::string_view model,
                                           const Budget& budget, Executor* executor) {
  if (txns.txns.size() < kLong || !txns.duplicate.empty()) return std::nullopt;
  if (needs_time(model) && !txns.has_time) return std::nullopt;
  const std::vector<TxnHistory> parts = parts_of(txns, model.starts_with("strong-session-"));
  if (parts.empty()) return std::nullopt;
  std::vector<IsolationResult> results(parts.size());
  for_each_part(executor, parts.size(),
                [&](std::size_t i) { results[i] = Analysis(parts[i], budget).run(model); });
  return joined(txns, std::move(results));
}

}  // namespace

IsolationResult check_isolation(const TxnHistory& txns, std::string_view model,
                                const Budget& budget, Executor* executor) {
  if (!has_predicate_reads(txns)) {
    if (auto all = check_parts(txns, canonical_model(model), budget, executor)) {
      return std::move(*all);
    }
    return Analysis(txns, budget, executor).run(model);
  }
  IsolationResult all = Analysis(txns, budget, executor).run(model);
  const TxnHistory items = without_predicates(txns);
  Analysis of_items(items, budget, executor);
  IsolationResult found = asks_items_alone(model) ? of_items.run(model) : of_items.look(model);
  return with_predicates(std::move(all), std::move(found), model);
}

Verdict verdict_for(const IsolationResult& result, std::string_view model) {
  if (is_ruled_out(model, result.types)) return Verdict::kViolated;
  return Verdict::kUnknown;
}

}  // namespace quorumlab::models
