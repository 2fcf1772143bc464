#include "models/consistency/register_proof.h"

#include <algorithm>
#include <array>
#include <map>

#include "models/consistency/register_sources.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::size_t kMostOps = 20'000;
constexpr std::size_t kMostPlaces = 4'000'000;  // of all operations in the orders of all sessions

// Who sees what others did, and from which paths more may follow.
struct Shape {
  std::string_view model;
  bool by_session = false;  // an order for each session
  bool sees_reads = true;   // what others read counts too
  bool chains = true;       // what was missed leads to more
};
constexpr std::array<Shape, 4> kShapes = {{{"causal", true, true, true},
                                           {"pram", true, false, true},
                                           {"causal_convergence", false, true, false},
                                           {"weak_causal", false, true, false}}};

// How a session guarantee is broken: a path to a read, and one back from what it read.
struct Pattern {
  std::string_view model;
  std::array<std::string_view, 2> premises;
  std::array<std::string_view, 2> closings;
};
constexpr std::array<Pattern, 5> kPatterns = {{{"read_your_writes", {"p"}, {"p"}},
                                               {"monotonic_reads", {"rp"}, {"p", "rpR"}},
                                               {"monotonic_writes", {"prp", "rp"}, {"p"}},
                                               {"writes_follow_reads", {"rprp"}, {"p"}},
                                               {"writes_follow_reads", {"prp", "rp"}, {"rp"}}}};

class Prover {
 public:
  Prover(const History& history, Value initial)
      : ops_(history.operations()), sources_(history, initial), happened_(ops_.size()) {
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
    proof_.model = shape.model;
    if (!shape.by_session) return saturate(shape, kNone) ? std::nullopt : std::optional(proof_);
    for (std::uint32_t s = 0; s < sources_.sessions().size(); ++s) {
      if (!saturate(shape, s)) return proof_;
    }
    return std::nullopt;
  }

  std::optional<RegisterProof> explain(const Shape& shape) {
    proof_.model = shape.model;
    if (!shape.by_session) {
      if (!saturate(shape, kNone)) return std::nullopt;
      proof_.commit = sorted();
      proof_.missed.clear();
      return proof_;
    }
    if (sources_.sessions().size() * ops_.size() > kMostPlaces) return std::nullopt;
    for (std::uint32_t s = 0; s < sources_.sessions().size(); ++s) {
      if (!saturate(shape, s)) return std::nullopt;
      proof_.views.push_back({sources_.sessions()[s].front(), ordered_for(s)});
    }
    proof_.missed.clear();
    return proof_;
  }

  std::optional<RegisterProof> refute(const Pattern& pattern, std::uint32_t reader) {
    proof_.model = pattern.model;
    for (const std::string_view premise : pattern.premises) {
      path_ = {{reader}, std::string(premise)};
      if (!premise.empty() && walk_back(pattern, premise)) return proof_;
    }
    return std::nullopt;
  }

 private:
  struct Step {
    std::uint32_t other = 0;
    char kind = 'p';
    std::uint32_t path = kNone;  // with kind m: which of proof_.missed
  };
  using Reached = std::vector<Step>;  // by operation: the next step of a shortest path; or kNone

  [[nodiscard]] bool writes(std::uint32_t i) const {
    return happened_[i] && RegisterSources::writes(ops_[i]);
  }
  [[nodiscard]] bool precedes(std::uint32_t a, std::uint32_t b) const {
    return sources_.session_of(a) == sources_.session_of(b) && a < b;
  }

  void link(std::uint32_t from, std::uint32_t to, char kind, std::uint32_t path = kNone) {
    after_[from].push_back({to, kind, path});
    before_[to].push_back({from, kind, path});
  }

  void make_base(const Shape& shape, std::uint32_t session) {
    after_.assign(ops_.size(), {});
    before_.assign(ops_.size(), {});
    proof_.missed.clear();
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
                              bool with_missed) const {
    Reached reached(ops_.size(), Step{kNone});
    std::vector<std::uint32_t> queue{start};
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (const Step& step : steps[queue[at]]) {
        if (reached[step.other].other != kNone || (step.kind == 'm' && !with_missed)) continue;
        reached[step.other] = {queue[at], step.kind, step.path};
        queue.push_back(step.other);
      }
    }
    return reached;
  }

  // Along what reach() found: from `at` to its start.
  static ProofPath path_of(const Reached& reached, std::uint32_t at, std::uint32_t start,
                           std::vector<std::uint32_t>* needs) {
    ProofPath path{{at}, ""};
    do {
      const Step& step = reached[at];
      path.kinds += step.kind;
      if (step.kind == 'm' && needs != nullptr) needs->push_back(step.path);
      path.ops.push_back(at = step.other);
    } while (at != start);
    return path;
  }

  // Adds all that follows. False: a circle, and proof_ says which.
  bool saturate(const Shape& shape, std::uint32_t session) {
    make_base(shape, session);
    needs_.clear();
    for (std::uint32_t r = 0; r < ops_.size(); ++r) {
      if (!reads(r) || !happened_[r] || !sources_.is_real(sources_.of(r))) continue;
      const Reached past = reach(r, before_, false);
      if (past[r].other == kNone) continue;
      proof_.closing = path_of(past, r, r, nullptr);
      return false;
    }
    for (bool more = true; more;) {
      more = false;
      for (std::uint32_t r = 0; r < ops_.size(); ++r) {
        const bool judged = session == kNone || sources_.session_of(r) == session;
        if (!reads(r) || !happened_[r] || !judged) continue;
        const std::size_t known = proof_.missed.size();
        if (!look(shape, r)) return false;
        more = more || (shape.chains && proof_.missed.size() > known);
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
      if (!circle && (older[w].other != kNone || shape.model == "weak_causal")) continue;
      std::vector<std::uint32_t> needs;
      const auto number = static_cast<std::uint32_t>(proof_.missed.size());
      proof_.missed.push_back(path_of(past, w, r, &needs));
      needs_.push_back(needs);
      if (!circle) {
        link(w, source, 'm', number);
        continue;
      }
      proof_.closing = {{w}, ""};
      if (is_real) {
        proof_.closing = path_of(newer, w, source, &needs);
        std::reverse(proof_.closing.ops.begin(), proof_.closing.ops.end());
        std::reverse(proof_.closing.kinds.begin(), proof_.closing.kinds.end());
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
    std::vector<ProofPath> kept;
    for (std::size_t i = needs_.size(); i-- > 0;) {
      if (!needed[i]) continue;
      for (const std::uint32_t other : needs_[i]) needed[other] = true;
      kept.push_back(std::move(proof_.missed[i]));
    }
    std::reverse(kept.begin(), kept.end());
    proof_.missed = std::move(kept);
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

  // Extends path_, whose operations stand in reverse, by what `premise` asks for before them.
  bool walk_back(const Pattern& pattern, std::string_view premise) {
    const std::uint32_t at = path_.ops.back();
    if (premise.empty()) return closes(pattern, at);
    const auto step = [&](std::uint32_t other) {
      path_.ops.push_back(other);
      if (walk_back(pattern, premise.substr(0, premise.size() - 1))) return true;
      path_.ops.pop_back();
      return false;
    };
    if (premise.back() == 'r') {
      return reads(at) && sources_.is_real(sources_.of(at)) && step(sources_.of(at));
    }
    const auto& session = sources_.sessions()[sources_.session_of(at)];
    return std::any_of(session.begin(), session.end(), [&](std::uint32_t other) {
      return other < at && ops_[other].outcome == Outcome::kOk && step(other);
    });
  }

  // Was the write `w` missed by the path's read, and is it newer than what that saw?
  bool closes(const Pattern& pattern, std::uint32_t w) {
    const std::uint32_t reader = path_.ops.front();
    const std::uint32_t source = sources_.of(reader);
    if (!writes(w) || !(ops_[w].key == ops_[reader].key) || w == source || w == reader)
      return false;
    ProofPath closing{{w}, ""};
    if (sources_.is_real(source)) {
      for (const std::string_view kinds : pattern.closings) {
        if (kinds == "p" && precedes(source, w)) closing = {{source, w}, "p"};
        if (kinds.starts_with("rp") && closing.kinds.empty())
          closing = replaced(reader, source, w, kinds);
      }
      if (closing.kinds.empty()) return false;
    } else if (pattern.closings[0] == "rp") {
      return false;
    }
    std::reverse(path_.ops.begin(), path_.ops.end());
    proof_.missed = {path_};
    proof_.closing = closing;
    return true;
  }

  // Somebody read `source`, and then wrote `w`; or the reader's own session saw `w` instead.
  [[nodiscard]] ProofPath replaced(std::uint32_t reader, std::uint32_t source, std::uint32_t w,
                                   std::string_view kinds) const {
    for (std::uint32_t a = 0; a < ops_.size(); ++a) {
      if (!reads(a) || sources_.of(a) != source) continue;
      if (kinds == "rp" && precedes(a, w)) return {{source, a, w}, "rp"};
      for (std::uint32_t b = a + 1; b < reader && kinds == "rpR" && precedes(a, reader); ++b) {
        if (precedes(a, b) && sources_.of(b) == w) return {{source, a, b, w}, "rpR"};
      }
    }
    return {{w}, ""};
  }

  const std::span<const Operation> ops_;
  const RegisterSources sources_;
  std::vector<bool> happened_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> writes_;  // by key
  std::vector<std::vector<Step>> after_;
  std::vector<std::vector<Step>> before_;
  std::vector<std::vector<std::uint32_t>> needs_;  // by path: others that it stands on
  ProofPath path_;
  RegisterProof proof_;
};

}  // namespace

std::optional<RegisterProof> prove_register(const History& history, std::string_view model,
                                            const CheckResult& result, Value initial) {
  Prover prover(history, initial);
  if (history.size() > kMostOps || !prover.is_clear()) return std::nullopt;
  const bool is_mixture = model.find('+') != std::string_view::npos;
  if (result.verdict == Verdict::kViolated) {
    for (const Pattern& pattern : kPatterns) {
      if (model.find(pattern.model) == std::string_view::npos) continue;
      for (const Operation& op : history.operations()) {
        const bool told = !is_mixture && result.witness && op.id != result.witness->ops.front().op;
        if (told || !prover.reads(op.id.value - 1)) continue;
        if (auto proof = prover.refute(pattern, op.id.value - 1)) return proof;
      }
    }
  }
  for (const Shape& shape : kShapes) {
    const bool whole = is_mixture && shape.by_session;
    if (result.verdict == Verdict::kHolds && (shape.model == model || whole)) {
      if (auto proof = prover.explain(shape)) return proof;
    }
    // All that a mixture asks for is one of them.
    const bool follows = model.find("writes_follow_reads") != std::string_view::npos;
    const bool asked = whole && follows == shape.sees_reads;
    const bool weaker = shape.model == model || model == "sequential" || asked;
    if (result.verdict == Verdict::kViolated && weaker) {
      if (auto proof = prover.refute(shape)) return proof;
    }
  }
  return std::nullopt;
}

}  // namespace quorumlab::models
