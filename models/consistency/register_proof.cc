#include "models/consistency/register_proof.h"

#include <algorithm>
#include <array>
#include <map>

#include "models/consistency/isolation_proof.h"
#include "models/consistency/register_causal.h"
#include "models/consistency/register_sources.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::size_t kMostOps = 20'000;
constexpr std::size_t kOpsInStep = 16;          // that have only to be cleared
constexpr std::size_t kMostPlaces = 4'000'000;  // of all operations in the orders of all sessions

// Who sees what others did, and from which paths more may follow.
struct Shape {
  std::string_view model;
  bool by_session = false;  // an order for each session
  bool sees_reads = true;   // what others read counts too
  bool chains = true;       // what was missed leads to more
};
constexpr std::array<Shape, 3> kShapes = {{{"causal", true, true, true},
                                           {"pram", true, false, true},
                                           {"causal_convergence", false, true, false}}};

// Each of the operations comes before the next, and why: they are of one session (p), the second
// read what the first wrote (r), or a read missed the first and saw the second (m).
struct Path {
  std::vector<std::uint32_t> ops;
  std::string kinds;
};

class Prover {
 public:
  Prover(const History& history, Value initial, std::uint64_t max_steps)
      : ops_(history.operations()),
        sources_(history, initial),
        max_steps_(max_steps),
        happened_(ops_.size()) {
    for (std::uint32_t i = 0; i < ops_.size(); ++i) {
      if (ops_[i].outcome == Outcome::kOk) happened_[i] = true;
      if (reads(i) && sources_.is_real(sources_.of(i))) happened_[sources_.of(i)] = true;
    }
    for (std::uint32_t i = 0; i < ops_.size(); ++i) {
      if (writes(i)) writes_[ops_[i].key.value].push_back(i);
    }
  }

  [[nodiscard]] bool is_clear() const { return !sources_.duplicate() && !sources_.phantom(); }
  [[nodiscard]] bool reads(std::uint32_t i) const { return sources_.of(i) != kNoSource; }

  std::optional<RegisterProof> refute(const Shape& shape) {
    const std::size_t sessions = shape.by_session ? sources_.sessions().size() : 1;
    for (std::uint32_t s = 0; s < sessions; ++s) {
      if (saturate(shape, shape.by_session ? s : kNone)) continue;
      if (is_exhausted()) return std::nullopt;
      return RegisterProof{.model = shape.model, .violation = cycles()};
    }
    return std::nullopt;
  }

  std::optional<RegisterProof> explain(const Shape& shape) {
    RegisterProof proof{.model = shape.model};
    if (!shape.by_session) {
      if (!saturate(shape, kNone)) return std::nullopt;
      proof.commit = sorted();
      return proof;
    }
    if (sources_.sessions().size() * ops_.size() > kMostPlaces) return std::nullopt;
    for (std::uint32_t s = 0; s < sources_.sessions().size(); ++s) {
      if (!saturate(shape, s)) return std::nullopt;
      proof.views.push_back({sources_.sessions()[s].front(), ordered_for(s)});
    }
    return proof;
  }

 private:
  struct Step {
    std::uint32_t other = 0;
    char kind = 'p';
    std::uint32_t path = kNone;  // with kind m: which of missed_
  };
  using Reached = std::vector<Step>;  // by operation: the next step of a shortest path; or kNone

  [[nodiscard]] bool is_exhausted() const { return steps_ > max_steps_; }

  [[nodiscard]] bool writes(std::uint32_t i) const {
    return happened_[i] && RegisterSources::writes(ops_[i]);
  }

  void link(std::uint32_t from, std::uint32_t to, char kind, std::uint32_t path = kNone) {
    after_[from].push_back({to, kind, path});
    before_[to].push_back({from, kind, path});
  }

  void make_base(const Shape& shape, std::uint32_t session) {
    after_.assign(ops_.size(), {});
    before_.assign(ops_.size(), {});
    missed_.clear();
    for (std::uint32_t s = 0; s < sources_.sessions().size(); ++s) {
      std::uint32_t last = kNone;
      for (const std::uint32_t i : sources_.sessions()[s]) {
        if (!happened_[i]) continue;
        if (last != kNone) link(last, i, 'p');
        last = i;
        const std::uint32_t source = sources_.of(i);
        const bool counts = reads(i) && sources_.is_real(source) && source != i;
        if (counts && (shape.sees_reads || s == session)) link(source, i, 'r');
      }
    }
  }

  // A shortest path to (or from) everything that comes before (or after) `start`.
  [[nodiscard]] Reached reach(std::uint32_t start, const std::vector<std::vector<Step>>& steps,
                              bool with_missed) {
    Reached reached(ops_.size(), Step{kNone});
    std::vector<std::uint32_t> queue{start};
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (const Step& step : steps[queue[at]]) {
        if (reached[step.other].other != kNone || (step.kind == 'm' && !with_missed)) continue;
        reached[step.other] = {queue[at], step.kind, step.path};
        queue.push_back(step.other);
      }
    }
    steps_ += queue.size() + ops_.size() / kOpsInStep;
    return reached;
  }

  // Along what reach() found: from `at` to its start.
  static Path path_of(const Reached& reached, std::uint32_t at, std::uint32_t start,
                      std::vector<std::uint32_t>* needs) {
    Path path{{at}, ""};
    do {
      const Step& step = reached[at];
      path.kinds += step.kind;
      if (step.kind == 'm' && needs != nullptr) needs->push_back(step.path);
      path.ops.push_back(at = step.other);
    } while (at != start);
    return path;
  }

  // Adds all that follows. False: a circle, and missed_ and closing_ say which; or is_exhausted().
  bool saturate(const Shape& shape, std::uint32_t session) {
    make_base(shape, session);
    needs_.clear();
    for (std::uint32_t r = 0; r < ops_.size(); ++r) {
      if (!reads(r) || !happened_[r] || !sources_.is_real(sources_.of(r))) continue;
      if (is_exhausted()) return false;
      const Reached past = reach(r, before_, false);
      if (past[r].other == kNone) continue;
      closing_ = path_of(past, r, r, nullptr);
      return false;
    }
    for (bool more = true; more;) {
      more = false;
      for (std::uint32_t r = 0; r < ops_.size(); ++r) {
        const bool judged = session == kNone || sources_.session_of(r) == session;
        if (!reads(r) || !happened_[r] || !judged) continue;
        const std::size_t known = missed_.size();
        if (is_exhausted() || !look(shape, r)) return false;
        more = more || (shape.chains && missed_.size() > known);
      }
    }
    return true;
  }

  // What did the read miss?
  bool look(const Shape& shape, std::uint32_t r) {
    const std::uint32_t source = sources_.of(r);
    const bool is_real = sources_.is_real(source);
    const Reached past = reach(r, before_, shape.chains);
    const Reached older = is_real ? reach(source, before_, true) : Reached();
    const Reached newer = is_real ? reach(source, after_, true) : Reached();
    for (const std::uint32_t w : writes_[ops_[r].key.value]) {
      if (past[w].other == kNone || w == source || w == r) continue;
      const bool circle = !is_real || newer[w].other != kNone;
      if (!circle && older[w].other != kNone) continue;
      std::vector<std::uint32_t> needs;
      const auto number = static_cast<std::uint32_t>(missed_.size());
      missed_.push_back(path_of(past, w, r, &needs));
      needs_.push_back(needs);
      if (!circle) {
        link(w, source, 'm', number);
        continue;
      }
      closing_ = {};
      if (is_real) {
        closing_ = path_of(newer, w, source, &needs);
        std::reverse(closing_.ops.begin(), closing_.ops.end());
        std::reverse(closing_.kinds.begin(), closing_.kinds.end());
        needs_[number] = needs;
      }
      keep_needed();
      return false;
    }
    return true;
  }

  // Only what leads to the last.
  void keep_needed() {
    std::vector<bool> needed(needs_.size());
    needed.back() = true;
    std::vector<Path> kept;
    for (std::size_t i = needs_.size(); i-- > 0;) {
      if (!needed[i]) continue;
      for (const std::uint32_t other : needs_[i]) needed[other] = true;
      kept.push_back(std::move(missed_[i]));
    }
    std::reverse(kept.begin(), kept.end());
    missed_ = std::move(kept);
  }

  // Earliest first, each after all that comes before it.
  void place(std::uint32_t last, std::vector<std::uint32_t>& order, std::vector<bool>& placed) {
    std::vector<std::pair<std::uint32_t, std::size_t>> stack;
    const auto open = [&](std::uint32_t i) {
      if (placed[i]) return;
      placed[i] = true;
      stack.emplace_back(i, 0);
    };
    open(last);
    while (!stack.empty()) {
      auto& [i, next] = stack.back();
      if (next < before_[i].size()) {
        open(before_[i][next++].other);
        continue;
      }
      order.push_back(i);
      stack.pop_back();
    }
  }

  [[nodiscard]] std::vector<std::uint32_t> sorted() {
    std::vector<std::uint32_t> order;
    std::vector<bool> placed(ops_.size());
    for (std::uint32_t i = 0; i < ops_.size(); ++i) {
      if (happened_[i]) place(i, order, placed);
    }
    return order;
  }

  // Before each read of the session, only what must come before it: of these writes of its key, the
  // one that it saw is the last.
  [[nodiscard]] std::vector<std::uint32_t> ordered_for(std::uint32_t session) {
    std::vector<std::uint32_t> order;
    std::vector<bool> placed(ops_.size());
    for (const std::uint32_t i : sources_.sessions()[session]) {
      if (happened_[i]) place(i, order, placed);
    }
    for (std::uint32_t i = 0; i < ops_.size(); ++i) {
      if (happened_[i]) place(i, order, placed);
    }
    return order;
  }

  static void add_steps(const Path& path, std::vector<RefutationStep>& cycle) {
    for (std::size_t i = 0; i < path.kinds.size(); ++i) {
      RefutationStep& step = cycle.emplace_back();
      step = {path.ops[i], path.ops[i + 1], path.kinds[i] == 'p' ? "process" : "wr"};
      if (path.kinds[i] != 'm') continue;
      step.kind = "ww";
      step.supposed = {step.from, step.to};
    }
  }

  // A path to a read, and back to the write that it missed, if what it saw had come before that;
  // and the circle that the last of them closes.
  [[nodiscard]] Refutation cycles() const {
    Refutation result;
    for (const Path& path : missed_) {
      auto& cycle = result.cycles.emplace_back();
      add_steps(path, cycle);
      const std::uint32_t source = sources_.of(path.ops.back());
      RefutationStep back{path.ops.back(), path.ops.front(), "rw"};
      if (sources_.is_real(source)) back.supposed = {source, path.ops.front()};
      cycle.push_back(back);
    }
    if (closing_.kinds.empty()) return result;
    auto& cycle = result.cycles.emplace_back();
    add_steps(closing_, cycle);
    const std::uint32_t first = closing_.ops.front();
    const std::uint32_t last = closing_.ops.back();
    if (first != last) cycle.push_back({last, first, "ww", Supposition{last, first}});
    return result;
  }

  const std::span<const Operation> ops_;
  const RegisterSources sources_;
  const std::uint64_t max_steps_;
  std::uint64_t steps_ = 0;
  std::vector<bool> happened_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> writes_;  // by key
  std::vector<std::vector<Step>> after_;
  std::vector<std::vector<Step>> before_;
  std::vector<std::vector<std::uint32_t>> needs_;  // by path: others that it stands on
  std::vector<Path> missed_;  // each ends with a read that did not see the write it begins with
  Path closing_;  // from what the last of those reads saw, if anything, to what it missed; or, if
                  // none missed anything, from an operation to itself
};

// By guessing orders: each operation is a transaction of its own.
std::optional<RegisterProof> refute_sequential(const History& history, Value initial,
                                               const Budget& budget) {
  const TxnHistory txns = as_transactions(history, initial);
  auto found = refute_versions(txns, "no-order-process", budget);
  if (!found) return std::nullopt;
  for (auto& cycle : found->cycles) {
    for (RefutationStep& step : cycle) {
      --step.from;  // an id, which is one more than an index
      --step.to;
      if (step.supposed) step.supposed = {step.supposed->first - 1, step.supposed->second - 1};
    }
  }
  for (auto& clause : found->learned) {
    for (Supposition& s : clause) s = {s.first - 1, s.second - 1};
  }
  return RegisterProof{.model = "sequential", .violation = std::move(*found)};
}

}  // namespace

std::optional<RegisterProof> prove_register(const History& history, std::string_view model,
                                            Verdict verdict, Value initial, const Budget& budget) {
  Prover prover(history, initial, budget.max_steps);
  if (history.size() > kMostOps || !prover.is_clear()) return std::nullopt;
  const bool is_mixture = model.find('+') != std::string_view::npos;
  const bool follows = model.find("writes_follow_reads") != std::string_view::npos;
  for (const Shape& shape : kShapes) {
    const bool whole = is_mixture && shape.by_session;
    if (verdict == Verdict::kHolds && (shape.model == model || whole)) {
      if (auto proof = prover.explain(shape)) return proof;
    }
    // All that a mixture asks for is one of them.
    const bool asked = whole && follows == shape.sees_reads;
    const bool weaker = shape.model == model || model == "sequential" || asked;
    if (verdict == Verdict::kViolated && weaker) {
      if (auto proof = prover.refute(shape)) return proof;
    }
  }
  if (verdict != Verdict::kViolated || model != "sequential") return std::nullopt;
  return refute_sequential(history, initial, budget);
}

}  // namespace quorumlab::models
