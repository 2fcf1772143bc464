#include "models/consistency/isolation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "models/consistency/absence_proof.h"
#include "models/consistency/isolation_cycles.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/list_replay.h"
#include "models/consistency/predicate_reads.h"
#include "models/consistency/register_order.h"
#include "models/consistency/snapshot_levels.h"
#include "models/consistency/txn_inference.h"
#include "models/consistency/txn_parts.h"
#include "models/consistency/txn_replay.h"
#include "models/consistency/weak_levels.h"

namespace quorumlab::models {
namespace {

// From here on, what a weak model allows is not looked for if the model can be proven at once.
constexpr std::size_t kLong = 5'000;
constexpr std::string_view kTooLong = "the search for cycles took too many steps (max_steps)";

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
    if (result_.verdict == Verdict::kUnknown) tell_why_unknown();
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

  void tell_why_unknown() {
    if (!ran_out_.empty()) result_.reason = ran_out_;
    if (!result_.reason.empty()) return;
    result_.reason = inferred_.is_total ? "nothing found rules it out, and nothing proves it"
                                        : "not every order of versions is known";
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
    const AbsenceQuestion absence{txns_, inferred_, edges_, graph, result_.types, budget_};
    if (implies("strong-session-causal", model)) {
      if (!settle(prove_by_absence(absence, model))) (void)decide_weak(model);
      return;
    }
    if (prove_by_order(model, graph)) return;
    // What is weaker and can be decided may still rule it out.
    if (decide_weak(model)) return;
    if (settle(prove_by_absence(absence, model))) return;
    if (inferred_.is_total && settle(prove_snapshots(absence, model))) return;
    search_snapshots(model, graph);
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

  void hold(std::string reason) {
    result_.verdict = Verdict::kHolds;
    result_.reason = std::move(reason);
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

  // False: nothing is decided.
  bool settle(AbsenceProof found) {
    result_.steps += found.steps;
    if (!found.is_complete) ran_out_ = kTooLong;
    if (found.verdict == Verdict::kHolds) hold(std::move(found.reason));
    if (found.cycle) {
      result_.types.insert(found.cycle->type);
      result_.anomalies.push_back(tell(*found.cycle));
      result_.verdict = Verdict::kViolated;
    }
    return found.verdict != Verdict::kUnknown;
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
