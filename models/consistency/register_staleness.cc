// Regular and safe registers, and bounded staleness: each read by itself, against the writes that
// had ended before it began.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/consistency/register_sessions.h"
#include "models/consistency/register_sources.h"

namespace quorumlab::models {
namespace {

class StalenessCheck {
 public:
  StalenessCheck(const History& history, const StalenessOptions& options)
      : history_(history),
        options_(options),
        ops_(history.operations()),
        say_(history, options.names),
        sources_(history, options.initial) {
    const bool bounded = options.versions != std::uint64_t{0} || options.time;
    result_.property = options.only_undisturbed ? "safe"
                       : bounded                ? "bounded_staleness"
                                                : "regular";
    if (!options.called.empty()) result_.property = options.called;
  }

  CheckResult run() {
    if (sources_.settles(history_, say_, result_)) return std::move(result_);
    for (std::uint32_t i = 0; i < ops_.size(); ++i) {
      if (!RegisterSources::writes(ops_[i])) continue;
      Writes& writes = writes_[ops_[i].key.value];
      writes.begun.push_back(i);
      const std::uint64_t before = writes.last_end.empty() ? 0 : writes.last_end.back();
      writes.last_end.push_back(std::max(before, ops_[i].completed));
      if (ops_[i].outcome == Outcome::kOk) writes.done.push_back(i);
    }
    for (auto& [key, writes] : writes_) {
      std::sort(writes.done.begin(), writes.done.end(), [this](std::uint32_t a, std::uint32_t b) {
        return ops_[a].completed < ops_[b].completed;
      });
    }
    result_.verdict = Verdict::kHolds;
    for (std::uint32_t i = 0; i < ops_.size() && !result_.witness; ++i) {
      if (sources_.of(i) != kNoSource && ops_[i].f == Function::kRead) look(i);
    }
    if (result_.verdict == Verdict::kHolds) {
      result_.reason =
          fmt::format("at worst {} newer write{} missed, for {}", worst_versions_,
                      worst_versions_ == 1 ? " was" : "s were", sim::to_text(worst_time_));
    }
    return std::move(result_);
  }

 private:
  struct Writes {
    std::vector<std::uint32_t> begun;     // by invocation
    std::vector<std::uint64_t> last_end;  // of these, up to each
    std::vector<std::uint32_t> done;      // by completion
  };

  // Does a write overlap the read?
  [[nodiscard]] bool is_disturbed(const Operation& read, const Writes& writes) const {
    const auto later =
        std::partition_point(writes.begun.begin(), writes.begun.end(),
                             [&](std::uint32_t w) { return ops_[w].invoked < read.completed; });
    const auto earlier = static_cast<std::size_t>(later - writes.begun.begin());
    return earlier > 0 && writes.last_end[earlier - 1] > read.invoked;
  }

  void look(std::uint32_t i) {
    const Operation& read = ops_[i];
    const std::uint32_t source = sources_.of(i);
    if (sources_.is_real(source) && ops_[source].invoked > read.completed) {
      return refuse(i, source, "that value was only written later, by");
    }
    const auto found = writes_.find(read.key.value);
    if (found == writes_.end()) return;
    if (options_.only_undisturbed && is_disturbed(read, found->second)) return;
    // Everything counts as newer than the initial value, and nothing surely is newer than a write
    // whose end is not known.
    const std::uint64_t since = sources_.is_real(source) ? ops_[source].completed : 0;
    const bool is_initial = !sources_.is_real(source);
    std::uint64_t missed = 0;
    std::uint32_t first = kNoSource;
    const auto& done = found->second.done;
    auto at = std::partition_point(done.begin(), done.end(), [&](std::uint32_t w) {
      return ops_[w].completed < read.invoked;
    });
    if (is_initial && at != done.begin()) {
      missed = static_cast<std::uint64_t>(at - done.begin());
      first = done.front();
    }
    while (!is_initial && at != done.begin() && ops_[*--at].completed >= since) {
      if (ops_[*at].invoked < since) continue;
      ++missed;
      first = *at;
    }
    if (missed == 0) return;
    const sim::Duration age = read.invoked_at - ops_[first].completed_at;
    worst_versions_ = std::max(worst_versions_, missed);
    worst_time_ = std::max(worst_time_, age);
    const bool too_many = options_.versions && missed > *options_.versions;
    const bool too_old = options_.time && age > *options_.time;
    if (!too_many && !too_old) return;
    const std::string when =
        age > sim::Duration() ? fmt::format(", the first {} before", sim::to_text(age)) : "";
    refuse(i, first,
           fmt::format("{} newer write{} had been acknowledged before it began{}:", missed,
                       missed == 1 ? "" : "s", when));
  }

  void refuse(std::uint32_t i, std::uint32_t missed, const std::string& obligation) {
    const Operation& op = ops_[i];
    result_.verdict = Verdict::kViolated;
    result_.witness =
        Witness{.anomaly = Anomaly::kStaleRead,
                .key = op.key,
                .ops = {{Role::kObserver, op.id}, {Role::kMissed, ops_[missed].id}},
                .claim = fmt::format("Not {}: {}", result_.property, say_.about(op.key)),
                .observation = say_.observation(op),
                .obligation = fmt::format("{} {}", obligation, say_.noun(ops_[missed]))};
    const std::uint32_t source = sources_.of(i);
    if (!sources_.is_real(source) || source == missed) return;
    result_.witness->ops.push_back({Role::kReturned, ops_[source].id});
  }

  const History& history_;
  const StalenessOptions& options_;
  const std::span<const Operation> ops_;
  const Narrator say_;
  const RegisterSources sources_;
  std::map<std::uint32_t, Writes> writes_;  // by key
  std::uint64_t worst_versions_ = 0;
  sim::Duration worst_time_{};
  CheckResult result_;
};

}  // namespace

CheckResult check_staleness(const History& history, const StalenessOptions& options) {
  return StalenessCheck(history, options).run();
}

}  // namespace quorumlab::models
