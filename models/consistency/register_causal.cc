#include "models/consistency/register_causal.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/consistency/dependency_graph.h"
#include "models/consistency/isolation.h"
#include "models/consistency/linearizable.h"
#include "models/consistency/register_sources.h"
#include "models/consistency/weak_isolation.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kStepsTold = 8;
constexpr std::size_t kEntriesInStep = 16;  // of clocks, several of which go at once

// An order of writes for one session.
class SessionOrder {
 public:
  SessionOrder(std::span<const Operation> ops, const RegisterSources& sources, bool causal,
               std::uint64_t max_steps)
      : ops_(ops), sources_(sources), causal_(causal), max_steps_(max_steps) {
    happened_.resize(ops.size());
    for (std::uint32_t i = 0; i < ops.size(); ++i) {
      if (ops[i].outcome == Outcome::kOk) happened_[i] = true;
      if (is_read(i) && sources.is_real(sources.of(i))) happened_[sources.of(i)] = true;
    }
    for (std::uint32_t s = 0; s < sources.sessions().size(); ++s) {
      for (const std::uint32_t i : sources.sessions()[s]) {
        if (!happened_[i] || !RegisterSources::writes(ops[i])) continue;
        writes_[ops[i].key.value][s].push_back(i);
      }
    }
  }

  // False: there is none, and cycle() says why; or it took too long.
  bool find(std::uint32_t session) {
    session_ = session;
    reasons_.clear();
    make_base();
    for (;;) {
      const auto count = static_cast<std::uint32_t>(ops_.size());
      const DependencyGraph graph(count, count, edges_);
      const std::vector<std::uint32_t> order = graph.order();
      if (order.size() < count) {
        take_cycle(graph);
        return false;
      }
      make_clocks(order, graph);
      if (gave_up()) return false;
      const std::size_t known = edges_.size();
      for (const std::uint32_t i : sources_.sessions()[session]) {
        if (is_read(i) && !saturate(i)) return false;
      }
      if (edges_.size() == known) return true;
    }
  }

  [[nodiscard]] bool gave_up() const { return steps_ > max_steps_; }

  struct Reason {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t reader = kNoSource;  // with kWw: of `to`, who knew of `from`, if it is known
    EdgeKind kind = EdgeKind::kWw;
  };
  // Each must come before the next, and the last before the first.
  [[nodiscard]] const std::vector<Reason>& cycle() const { return cycle_; }

 private:
  [[nodiscard]] bool is_read(std::uint32_t i) const { return sources_.of(i) != kNoSource; }

  void make_base() {
    edges_.clear();
    for (std::uint32_t s = 0; s < sources_.sessions().size(); ++s) {
      std::uint32_t before = kNoSource;
      for (const std::uint32_t i : sources_.sessions()[s]) {
        const bool counts = causal_ || s == session_ || RegisterSources::writes(ops_[i]);
        if (!happened_[i] || !counts) continue;
        if (before != kNoSource) edges_.push_back({before, i, EdgeKind::kProcess});
        before = i;
        if (!is_read(i) || !sources_.is_real(sources_.of(i))) continue;
        const bool matters = causal_ || s == session_;
        if (matters && sources_.of(i) != i) edges_.push_back({sources_.of(i), i, EdgeKind::kWr});
      }
    }
  }

  void make_clocks(const std::vector<std::uint32_t>& order, const DependencyGraph& graph) {
    const std::size_t width = sources_.sessions().size();
    clocks_.assign(ops_.size() * width, 0);
    for (const std::uint32_t i : order) {
      if (gave_up()) return;
      const std::uint32_t* const mine = clocks_.data() + i * width;
      graph.for_each_edge(i, [&](std::uint32_t to, EdgeKind) {
        std::uint32_t* const theirs = clocks_.data() + to * width;
        steps_ += 1 + width / kEntriesInStep;
        for (std::size_t s = 0; s < width; ++s) theirs[s] = std::max(theirs[s], mine[s]);
        std::uint32_t& own = theirs[sources_.session_of(i)];
        own = std::max(own, sources_.place_of(i) + 1);
      });
    }
  }

  [[nodiscard]] std::uint32_t clock(std::uint32_t i, std::uint32_t session) const {
    return clocks_[i * sources_.sessions().size() + session];
  }

  bool saturate(std::uint32_t read) {
    const std::uint32_t source = sources_.of(read);
    const auto of_key = writes_.find(ops_[read].key.value);
    if (of_key == writes_.end()) return true;
    steps_ += of_key->second.size();
    for (const auto& [session, writes] : of_key->second) {
      const std::uint32_t end = clock(read, session);
      const auto after = std::partition_point(writes.begin(), writes.end(), [&](std::uint32_t w) {
        return sources_.place_of(w) < end;
      });
      if (after == writes.begin()) continue;
      const std::uint32_t known = *std::prev(after);
      if (known == source || known == read) continue;
      if (!sources_.is_real(source)) {
        cycle_ = {{known, read}};
        return false;
      }
      if (clock(source, session) > sources_.place_of(known)) continue;
      edges_.push_back({known, source, EdgeKind::kWw});
      reasons_.push_back({known, source, read});
    }
    return true;
  }

  void take_cycle(const DependencyGraph& graph) {
    const Components components = graph.components({});
    std::vector<DependencyEdge> best;
    std::uint64_t steps = 0;
    for (const std::uint32_t node : components.cyclic.front()) {
      graph.for_each_edge(node, [&](std::uint32_t to, EdgeKind kind) {
        if (components.of[to] != components.of[node] || steps > 500'000) return;
        auto path = graph.path({.from = to, .to = node, .view = {}, .within = &components}, steps,
                               2'000'000);
        if (!path) return;
        path->insert(path->begin(), {node, to, kind});
        if (best.empty() || path->size() < best.size()) best = *path;
      });
    }
    cycle_.clear();
    for (const DependencyEdge& edge : best) {
      Reason reason{edge.from, edge.to, kNoSource, edge.kind};
      if (edge.kind == EdgeKind::kWw) {
        for (const Reason& known : reasons_) {
          if (known.from == edge.from && known.to == edge.to) reason = known;
        }
      }
      cycle_.push_back(reason);
    }
  }

  const std::span<const Operation> ops_;
  const RegisterSources& sources_;
  const bool causal_;
  const std::uint64_t max_steps_;
  std::uint64_t steps_ = 0;
  std::uint32_t session_ = 0;
  std::vector<bool> happened_;
  std::map<std::uint32_t, std::map<std::uint32_t, std::vector<std::uint32_t>>> writes_;  // by key
  std::vector<DependencyEdge> edges_;
  std::vector<Reason> reasons_;
  std::vector<std::uint32_t> clocks_;
  std::vector<Reason> cycle_;
};

Witness tell(const History& history, const RegisterSources& sources,
             const std::vector<SessionOrder::Reason>& cycle, const std::string& property,
             const Narrator& say) {
  const auto op = [&](std::uint32_t i) -> const Operation& { return history.operations()[i]; };
  Witness witness;
  std::uint32_t reader = cycle.front().to;
  std::string text;
  std::size_t told = 0;
  for (const auto& step : cycle) {
    const bool by_read = step.reader != kNoSource;
    if (by_read) reader = step.reader;
    witness.ops.push_back({Role::kOther, op(step.from).id});
    if (++told > kStepsTold) continue;
    if (!text.empty()) text += "; ";
    text += fmt::format("{} comes before {}", say.noun(op(step.from)), say.noun(op(step.to)));
    if (by_read) {
      text += fmt::format(", for {} comes after the first and yet returned the second",
                          say.noun(op(step.reader)));
    } else if (step.kind == EdgeKind::kProcess) {
      text += " in their session";
    } else if (step.kind == EdgeKind::kWr && cycle.size() > 1) {
      text += ", which saw it";
    }
  }
  if (told > kStepsTold) text += fmt::format("; and {} more steps", told - kStepsTold);
  witness.ops.insert(witness.ops.begin(), {Role::kObserver, op(reader).id});
  if (sources.is_real(sources.of(reader))) {
    witness.ops.push_back({Role::kReturned, op(sources.of(reader)).id});
  }
  witness.key = op(reader).key;
  witness.claim = fmt::format("Not {}: {}", property, say.about(witness.key));
  witness.observation = say.observation(op(reader));
  witness.obligation = cycle.size() == 1 ? text + ", which found nothing written" : text;
  return witness;
}

CheckResult check_sessions(const History& history, bool causal, const std::string& property,
                           const CausalOptions& options) {
  CheckResult result{.property = property};
  const RegisterSources sources(history, options.initial);
  const Narrator say(history, options.names);
  if (sources.settles(history, say, result)) return result;
  const std::uint64_t width = sources.sessions().size();
  if (width * history.size() * sizeof(std::uint32_t) > options.budget.max_memory) {
    result.reason = fmt::format(
        "the clocks of {} operations in {} sessions take over {} bytes "
        "(max_memory)",
        history.size(), width, options.budget.max_memory);
    return result;
  }
  SessionOrder order(history.operations(), sources, causal, options.budget.max_steps);
  for (std::uint32_t s = 0; s < width; ++s) {
    if (order.find(s)) continue;
    if (order.gave_up()) {
      result.reason = fmt::format("the orders of {} sessions take over {} steps (max_steps)", width,
                                  options.budget.max_steps);
      return result;
    }
    result.verdict = Verdict::kViolated;
    result.witness = tell(history, sources, order.cycle(), property, say);
    return result;
  }
  result.verdict = Verdict::kHolds;
  return result;
}

CheckResult check_as_transactions(const History& history, WeakLevel level,
                                  const std::string& property, const CausalOptions& options) {
  CheckResult result{.property = property};
  const RegisterSources sources(history, options.initial);
  const Narrator say(history, options.names);
  if (sources.settles(history, say, result)) return result;
  const TxnHistory txns = as_transactions(history, options.initial);
  Inference none;
  none.previous.assign(txns.versions.size(), kUnreadValue);
  const WeakResult weak = check_weak(txns, level, none, options.budget);
  result.verdict = weak.verdict;
  result.reason = weak.reason;
  if (weak.verdict != Verdict::kViolated) return result;
  std::vector<SessionOrder::Reason> steps;
  for (const auto& [edge, via, why] : weak.cycle) {
    steps.push_back({txns.txns[edge.from].id - 1, txns.txns[edge.to].id - 1,
                     via == kNoTxn ? kNoSource : txns.txns[via].id - 1, edge.kind});
  }
  if (steps.size() == 2 && weak.cycle[1].edge.kind == EdgeKind::kRw) steps.pop_back();
  result.witness = tell(history, sources, steps, property, say);
  return result;
}

}  // namespace

CheckResult check_causal(const History& history, CausalModel model, const CausalOptions& options) {
  switch (model) {
    case CausalModel::kPram:
      return check_sessions(history, false, "pram", options);
    case CausalModel::kMemory:
      return check_sessions(history, true, "causal", options);
    case CausalModel::kWeak:
      return check_as_transactions(history, WeakLevel::kCausalUnordered, "weak_causal", options);
    case CausalModel::kConvergence:
      return check_as_transactions(history, WeakLevel::kCausal, "causal_convergence", options);
  }
  return {};
}

CheckResult check_sequential(const History& history, const CausalOptions& options) {
  CheckResult result{.property = "sequential"};
  const LinearizableResult strict = check_linearizable(
      history, options.budget, {.initial = options.initial, .names = options.names});
  if (strict.verdict == Verdict::kHolds) {
    result.verdict = Verdict::kHolds;
    result.reason = "it is linearizable";
    return result;
  }
  for (const CausalModel model : {CausalModel::kMemory, CausalModel::kConvergence}) {
    const CheckResult weaker = check_causal(history, model, options);
    if (weaker.verdict == Verdict::kUnknown) {
      result.reason = strict.verdict == Verdict::kUnknown ? strict.reason : weaker.reason;
      return result;
    }
    if (weaker.verdict != Verdict::kViolated) continue;
    result = weaker;
    result.property = "sequential";
    result.witness->claim = fmt::format("Not sequential, for not even {}", weaker.property);
    return result;
  }
  const TxnHistory txns = as_transactions(history, options.initial);
  const IsolationResult search =
      check_isolation(txns, "strong-session-serializable", options.budget);
  result.verdict = search.verdict;
  const bool holds = search.verdict == Verdict::kHolds;
  result.reason = holds ? "an order of all operations explains every read" : search.reason;
  if (search.verdict != Verdict::kViolated) return result;
  const Narrator say(history, options.names);
  Witness& witness = result.witness.emplace();
  for (const TxnAnomaly& anomaly : search.anomalies) {
    if (!witness.ops.empty() && !anomaly.type.ends_with("process")) continue;
    witness.obligation = anomaly.text;
    witness.ops.clear();
    for (const std::uint32_t id : anomaly.ops) witness.ops.push_back({Role::kOther, OpId(id)});
  }
  witness.claim = "Not sequential";
  witness.observation = "no order of all operations fits every session and every read";
  return result;
}

TxnHistory as_transactions(const History& history, Value initial) {
  static const Pool kNoTexts;
  const RegisterSources sources(history, initial);
  TxnHistory txns;
  txns.kind = TxnKind::kRegister;
  txns.pool = &kNoTexts;
  txns.sessions = static_cast<std::uint32_t>(sources.sessions().size());
  const auto ops = history.operations();
  std::map<std::uint32_t, std::uint32_t> keys;
  std::vector<std::uint32_t> versions(ops.size(), kUnreadValue);
  std::vector<std::uint32_t> key_of(ops.size());
  for (std::uint32_t i = 0; i < ops.size(); ++i) {
    const auto [at, fresh] =
        keys.try_emplace(ops[i].key.value, static_cast<std::uint32_t>(txns.keys.size()));
    if (fresh) txns.keys.push_back(integer_cell(ops[i].key.value));
    key_of[i] = at->second;
    if (ops[i].f == Function::kRead) continue;
    versions[i] = static_cast<std::uint32_t>(txns.versions.size());
    txns.versions.push_back({.key = at->second, .is_last = true});
    const Value value = ops[i].value;
    txns.version_values.push_back(value ? integer_cell(*value) : kNilCell);
  }
  for (std::uint32_t i = 0; i < ops.size(); ++i) {
    const Operation& op = ops[i];
    if (op.outcome == Outcome::kFail) continue;
    Txn txn{.first = static_cast<std::uint32_t>(txns.micros.size()),
            .session = sources.session_of(i),
            .id = op.id.value,
            .invoked = static_cast<std::uint32_t>(op.invoked)};
    if (op.outcome == Outcome::kOk) txn.completed = static_cast<std::uint32_t>(op.completed);
    txn.outcome = op.outcome == Outcome::kOk ? TxnOutcome::kOk : TxnOutcome::kInfo;
    const std::uint32_t source = sources.of(i);
    if (source != kNoSource && source != kPhantomSource) {
      txns.micros.push_back(
          {.key = key_of[i],
           .value = source == kInitialSource ? kInitialVersion : versions[source]});
    }
    if (op.f != Function::kRead) {
      TxnVersion& version = txns.versions[versions[i]];
      version.writer = static_cast<std::uint32_t>(txns.txns.size());
      version.micro = static_cast<std::uint32_t>(txns.micros.size());
      txns.micros.push_back({.kind = Micro::Kind::kWrite, .key = key_of[i], .value = versions[i]});
    }
    txn.count = static_cast<std::uint32_t>(txns.micros.size()) - txn.first;
    if (txn.count > 0) txns.txns.push_back(txn);
  }
  return txns;
}

}  // namespace quorumlab::models
