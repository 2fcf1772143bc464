#include "models/consistency/register_witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "models/consistency/register_shrink.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

// What is known about one value at the contradiction.
struct Stretch {
  std::uint32_t sources = 0;      // writes that could have produced it; the initial value is one
  std::uint32_t source = kNone;   // the last of them to complete; kNone: the initial value
  RegisterTime sources_done = 0;  // when the last of them had completed
  // With one source the value lives in one stretch, and whoever wrote, saw or replaced it is
  // inside.
  RegisterTime first_done = kOpen;
  RegisterTime last_begun = 0;
  std::uint32_t first = kNone;  // the operation of first_done; kNone: the start
  std::uint32_t last = kNone;
  std::uint32_t replaced = kNone;  // the acknowledged compare-and-set that ended it
};

class Explainer {
 public:
  Explainer(const RegisterHistory& history, RegisterTime contradiction, const Narrator& say)
      : history_(history),
        say_(say),
        end_(contradiction),
        observer_(history.events[contradiction].op),
        stretches_(history.value_count) {
    stretches_[kInitialValue] = {.sources = 1, .first_done = 0};
    for (std::uint32_t i = 0; i < history_.ops.size(); ++i) {
      if (history_.ops[i].invoked < end_) note(i);
    }
    witness_.key = history.key;
    witness_.claim = "Not linearizable: " + say.about(history.key);
    witness_.observation = say.observation(full(observer_));
    add(Role::kObserver, observer_);
  }

  // nullopt: none of the simple explanations applies.
  std::optional<Witness> simplest() {
    if (observer().act == Act::kMismatch) return std::nullopt;
    if (seen().sources == 0) return phantom();
    if (observer().act == Act::kCas && replaced_twice()) return lost_update();
    if (const std::uint32_t newer = newest_after(true); newer != kNone) return direct(newer);
    if (replaced_before()) return replaced();
    if (const std::uint32_t newer = newest_after(false); newer != kNone) return direct(newer);
    return by_two_steps();
  }

  Witness no_order(const std::vector<std::uint32_t>& ops) {
    witness_.anomaly = Anomaly::kNoOrder;
    for (const std::uint32_t i : ops) add(Role::kOther, i);
    witness_.obligation =
        witness_.ops.size() == 1
            ? "nothing that could explain it had begun when it ended"
            : fmt::format(
                  "these {} operations fit into no single order that respects real time; "
                  "before op {} returned, they did",
                  witness_.ops.size(), say_.number(full(observer_)));
    return witness_;
  }

 private:
  [[nodiscard]] const RegisterOp& op(std::uint32_t i) const { return history_.ops[i]; }
  [[nodiscard]] const RegisterOp& observer() const { return op(observer_); }
  [[nodiscard]] ValueId value() const { return RegisterHistory::observed(observer()); }
  [[nodiscard]] const Stretch& seen() const { return stretches_[value()]; }
  [[nodiscard]] const Operation& full(std::uint32_t i) const {
    return say_.history().operation(op(i).id);
  }
  [[nodiscard]] bool returned(const RegisterOp& op) const { return op.completed <= end_; }
  [[nodiscard]] bool acknowledged_before_observer(std::uint32_t i) const {
    return op(i).mutates() && op(i).completed < observer().invoked;
  }
  [[nodiscard]] std::string that() const {
    return observer().act == Act::kRead ? "that read" : "that change";
  }

  void note(std::uint32_t i) {
    const RegisterOp& o = op(i);
    const bool done = returned(o);
    if (o.mutates()) {
      Stretch& stretch = stretches_[o.value];
      ++stretch.sources;
      if (const RegisterTime when = done ? o.completed : kOpen; when >= stretch.sources_done) {
        stretch.sources_done = when;
        stretch.source = i;
      }
      include(stretch, i);
    }
    if (!done || o.act == Act::kMismatch || o.act == Act::kWrite) return;
    Stretch& stretch = stretches_[RegisterHistory::observed(o)];
    include(stretch, i);
    if (o.act != Act::kCas || i == observer_) return;
    const bool sooner = stretch.replaced == kNone || o.completed < op(stretch.replaced).completed;
    if (sooner) stretch.replaced = i;
  }

  void include(Stretch& stretch, std::uint32_t i) const {
    if (i == observer_) return;
    if (returned(op(i)) && op(i).completed < stretch.first_done) {
      stretch.first_done = op(i).completed;
      stretch.first = i;
    }
    if (stretch.last == kNone || op(i).invoked > stretch.last_begun) {
      stretch.last_begun = op(i).invoked;
      stretch.last = i;
    }
  }

  // From here on every write of `value` had happened.
  [[nodiscard]] static RegisterTime written_by(const Stretch& stretch) {
    return stretch.sources == 1 ? std::min(stretch.first_done, stretch.sources_done)
                                : stretch.sources_done;
  }

  void add(Role role, std::uint32_t i) {
    if (i == kNone) return;
    const OpId id = op(i).id;
    const bool known = std::any_of(witness_.ops.begin(), witness_.ops.end(),
                                   [&](const WitnessOp& w) { return w.op == id; });
    if (!known) witness_.ops.push_back({role, id});
  }

  Witness phantom() {
    witness_.anomaly = Anomaly::kPhantomValue;
    const Operation& observed = full(observer_);
    const Value value = observed.f == Function::kRead ? observed.value : observed.expected;
    const Operation* source = nullptr;
    for (const Operation& o : say_.history().operations()) {
      if (o.key != history_.key || o.f == Function::kRead || o.value != value) continue;
      if (o.f == Function::kCas && o.expected == o.value) continue;
      if (source == nullptr) source = &o;
    }
    const std::string state = say_.state(history_.key, value);
    if (source == nullptr) {
      witness_.obligation = fmt::format("nobody ever wrote {}", state);
      return witness_;
    }
    witness_.ops.push_back({Role::kReturned, source->id});
    if (source->outcome == Outcome::kFail && source->invoked < observed.completed) {
      witness_.obligation = fmt::format("{} was reported as failed, and nobody else had written {}",
                                        say_.noun(*source), state);
    } else {
      witness_.obligation = fmt::format("{} began only {}, after {} had ended", say_.noun(*source),
                                        say_.begun(*source), that());
    }
    return witness_;
  }

  [[nodiscard]] bool replaced_twice() const {
    return seen().sources == 1 && seen().replaced != kNone;
  }

  Witness lost_update() {
    witness_.anomaly = Anomaly::kLostWrite;
    add(Role::kReturned, seen().source);
    add(Role::kMissed, seen().replaced);
    const Operation& other = full(seen().replaced);
    const std::string both =
        fmt::format("{} was acknowledged {}", say_.noun(other), say_.done(other));
    witness_.obligation =
        seen().source == kNone
            ? fmt::format("{}; both replaced the initial value, so one of the two is lost", both)
            : fmt::format("{}; both replaced {}, so one of the two is lost", both,
                          say_.noun(full(seen().source)));
    return witness_;
  }

  // The last operation to end before the observer began that left or found another value, and began
  // when every write of the observer's value had happened.
  [[nodiscard]] std::uint32_t newest_after(bool writes) const {
    std::uint32_t best = kNone;
    for (std::uint32_t i = 0; i < history_.ops.size(); ++i) {
      const RegisterOp& o = op(i);
      if (o.invoked >= observer().invoked) break;
      if (o.completed > observer().invoked || o.invoked < written_by(seen())) continue;
      if (o.act == Act::kMismatch || o.mutates() != writes || o.value == value()) continue;
      if (best == kNone || o.completed > op(best).completed) best = i;
    }
    return best;
  }

  Witness direct(std::uint32_t newer) { return newer_seen(newer, newer, op(newer).value); }

  [[nodiscard]] bool replaced_before() const {
    return seen().sources == 1 && seen().replaced != kNone &&
           op(seen().replaced).completed < observer().invoked;
  }

  Witness replaced() {
    witness_.anomaly = Anomaly::kStaleRead;
    add(Role::kReturned, seen().source);
    add(Role::kMissed, seen().replaced);
    const Operation& missed = full(seen().replaced);
    witness_.obligation =
        fmt::format("{} was acknowledged {}, before {} began; it put an end to {}",
                    say_.noun(missed), say_.done(missed), that(),
                    seen().source == kNone ? "the initial value" : say_.noun(full(seen().source)));
    return witness_;
  }

  // Another value that was there before the observer began, and was there after every write of the
  // observer's value had happened: not always seen by one operation.
  std::optional<Witness> by_two_steps() {
    std::uint32_t missed = kNone;
    std::uint32_t later = kNone;
    ValueId newer = 0;
    for (ValueId u = 0; u < stretches_.size(); ++u) {
      const Stretch& other = stretches_[u];
      if (u == value() || other.sources != 1 || other.last == kNone) continue;
      if (other.last_begun < written_by(seen()) || other.first_done > observer().invoked) continue;
      const bool by_write = other.source != kNone && acknowledged_before_observer(other.source);
      const std::uint32_t candidate = by_write ? other.source : other.first;
      if (candidate == kNone) continue;
      if (missed == kNone || better(candidate, missed)) {
        missed = candidate;
        later = other.last;
        newer = u;
      }
    }
    if (missed == kNone) return std::nullopt;
    return newer_seen(missed, later, newer);
  }

  // A missed write reads better than a missed read, and a late one better than an early one.
  [[nodiscard]] bool better(std::uint32_t a, std::uint32_t b) const {
    if (op(a).mutates() != op(b).mutates()) return op(a).mutates();
    return op(a).completed > op(b).completed;
  }

  // `missed` ended before the observer began; `later` saw or wrote the same value, `newer`, and
  // began when the observer's value was there already.
  Witness newer_seen(std::uint32_t missed, std::uint32_t later, ValueId newer) {
    const bool stale = op(missed).mutates();
    witness_.anomaly = stale ? Anomaly::kStaleRead : Anomaly::kNonMonotonic;
    add(Role::kReturned, seen().source);
    add(Role::kMissed, missed);
    witness_.obligation =
        stale ? fmt::format("{} was acknowledged {}, before {} began", say_.noun(full(missed)),
                            say_.done(full(missed)), that())
              : fmt::format("{} had ended {}, before {} began", say_.noun(full(missed)),
                            say_.done(full(missed)), that());
    if (!stale || later != missed) add(Role::kOther, stretches_[newer].source);
    add(Role::kOther, later);
    const std::string name =
        later == missed ? fmt::format("op {}", say_.number(full(later))) : say_.noun(full(later));
    witness_.obligation += older(later, name);
    return witness_;
  }

  // Why the observer's value is older than what `later` wrote or saw.
  std::string older(std::uint32_t later, const std::string& later_name) {
    const Stretch& stretch = seen();
    if (stretch.sources == 1 && stretch.source == kNone) {
      return "; the initial value is older than any write";
    }
    const std::string returned = say_.noun(full(stretch.source));
    if (stretch.sources_done < op(later).invoked) {
      return fmt::format("; {}{} had ended {}, before {} began",
                         stretch.sources == 1 ? "" : "the last of its kind, ", returned,
                         say_.done(full(stretch.source)), later_name);
    }
    add(Role::kOther, stretch.first);
    const Operation& before = full(stretch.first);
    return fmt::format("; {} is older: {} had ended {}, before {} began", returned,
                       say_.noun(before), say_.done(before), later_name);
  }

  const RegisterHistory& history_;
  const Narrator& say_;
  const RegisterTime end_;
  const std::uint32_t observer_;
  std::vector<Stretch> stretches_;
  Witness witness_;
};

}  // namespace

Witness explain(const RegisterHistory& history, RegisterTime contradiction, const Narrator& say,
                const Budget& budget) {
  Explainer explainer(history, contradiction, say);
  if (std::optional<Witness> witness = explainer.simplest()) return *std::move(witness);
  return explainer.no_order(shrink(history, contradiction, budget));
}

}  // namespace quorumlab::models
