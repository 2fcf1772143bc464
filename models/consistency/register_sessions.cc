#include "models/consistency/register_sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "models/consistency/register_sources.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

constexpr std::array<std::string_view, 4> kNames = {"read_your_writes", "monotonic_reads",
                                                    "monotonic_writes", "writes_follow_reads"};

class SessionCheck {
 public:
  SessionCheck(const History& history, SessionGuarantee guarantee, const SessionOptions& options)
      : history_(history),
        ops_(history.operations()),
        guarantee_(guarantee),
        say_(history, options.names),
        sources_(history, options.initial) {
    result_.property = name_of(guarantee);
  }

  CheckResult run() {
    if (sources_.settles(history_, say_, result_)) return std::move(result_);
    result_.verdict = Verdict::kHolds;
    build_index();
    for (const auto& session : sources_.sessions()) {
      if (result_.witness) break;
      walk(session);
    }
    return std::move(result_);
  }

 private:
  void walk(const std::vector<std::uint32_t>& session) {
    own_.clear();
    last_.clear();
    replaced_.clear();
    seen_.assign(sources_.sessions().size(), 0);
    seen_of_key_.clear();
    newest_of_key_.clear();
    for (const std::uint32_t i : session) {
      const std::uint32_t source = sources_.of(i);
      if (source != kNoSource) {
        look(i, source);
        if (result_.witness) return;
        if (sources_.is_real(source)) note(i, source);
      }
      // What may not have happened need not be seen.
      if (RegisterSources::writes(ops_[i]) && ops_[i].outcome == Outcome::kOk) {
        own_[ops_[i].key.value] = i;
      }
    }
  }

  void look(std::uint32_t i, std::uint32_t source) {
    switch (guarantee_) {
      case SessionGuarantee::kReadYourWrites:
        return look_for_own(i, source);
      case SessionGuarantee::kMonotonicReads:
        return look_for_return(i, source);
      case SessionGuarantee::kMonotonicWrites:
        return look_for_skipped_writes(i, source);
      case SessionGuarantee::kWritesFollowReads:
        return look_for_skipped_reads(i, source);
    }
  }

  // What the session saw, for the reads that follow.
  void note(std::uint32_t i, std::uint32_t source) {
    const std::uint32_t key = ops_[i].key.value;
    std::uint32_t& last = last_.try_emplace(key, source).first->second;
    if (last != source) {
      replaced_.insert({key, last});
      last = source;
    }
    const std::uint32_t writer = sources_.session_of(source);
    const std::uint32_t end = sources_.place_of(source) + 1;
    seen_[writer] = std::max(seen_[writer], end);
    std::uint32_t& of_key = seen_of_key_[{key, writer}];
    of_key = std::max(of_key, end);
    std::uint32_t& newest = newest_of_key_.try_emplace({key, writer}, source).first->second;
    newest = std::max(newest, source);
  }

  [[nodiscard]] bool is_older_of_same_writer(std::uint32_t a, std::uint32_t b) const {
    return sources_.session_of(a) == sources_.session_of(b) && a < b;
  }

  void look_for_own(std::uint32_t i, std::uint32_t source) {
    const auto own = own_.find(ops_[i].key.value);
    if (own == own_.end()) return;
    if (source == kInitialSource || is_older_of_same_writer(source, own->second)) {
      refuse(i, own->second, "the same session had written before:");
    }
  }

  void look_for_return(std::uint32_t i, std::uint32_t source) {
    const auto last = last_.find(ops_[i].key.value);
    if (last == last_.end() || last->second == source) return;
    const bool known = source == kInitialSource || replaced_.contains({ops_[i].key.value, source});
    if (known) return refuse(i, last->second, kSawNewer);
    // Whatever it saw in between came after what it saw of the same writer.
    if (!sources_.is_real(source)) return;
    const auto seen = newest_of_key_.find({ops_[i].key.value, sources_.session_of(source)});
    if (seen != newest_of_key_.end() && is_older_of_same_writer(source, seen->second)) {
      refuse(i, seen->second, kSawNewer);
    }
  }

  // The last write that session `writer` made of the key before place `end`.
  [[nodiscard]] std::uint32_t last_write(std::uint32_t key, std::uint32_t writer,
                                         std::uint32_t end) const {
    const auto found = index_.writes.find({key, writer});
    if (found == index_.writes.end()) return kNone;
    const auto after =
        std::partition_point(found->second.begin(), found->second.end(),
                             [&](std::uint32_t w) { return sources_.place_of(w) < end; });
    return after == found->second.begin() ? kNone : *std::prev(after);
  }

  void look_for_skipped_writes(std::uint32_t i, std::uint32_t source) {
    const std::uint32_t key = ops_[i].key.value;
    if (source != kInitialSource) {
      const std::uint32_t writer = sources_.session_of(source);
      const std::uint32_t newer = last_write(key, writer, seen_[writer]);
      if (newer != kNone && newer > source) refuse(i, newer, kSawLater);
      return;
    }
    for (std::uint32_t writer = 0; writer < seen_.size(); ++writer) {
      const std::uint32_t newer =
          seen_[writer] == 0 ? kNone : last_write(key, writer, seen_[writer]);
      if (newer != kNone) return refuse(i, newer, kSawLater);
    }
  }

  void look_for_skipped_reads(std::uint32_t i, std::uint32_t source) {
    const std::uint32_t key = ops_[i].key.value;
    for (std::uint32_t writer = 0; writer < seen_.size(); ++writer) {
      if (seen_[writer] == 0) continue;
      const auto read = index_.reads.find({key, writer});
      if (read == index_.reads.end()) continue;
      for (const auto& [from, steps] : read->second) {
        if (source != kInitialSource && from != sources_.session_of(source)) continue;
        const auto after = std::partition_point(steps.begin(), steps.end(), [&](const Step& step) {
          return step.place + 1 < seen_[writer];
        });
        if (after == steps.begin()) continue;
        const std::uint32_t known = std::prev(after)->newest;
        if (source == kInitialSource || known > source) return refuse(i, known, kWriterSaw);
      }
      look_for_replaced(i, source, writer);
    }
  }

  // The writer had read this very value before it wrote the key, and the session has seen that.
  void look_for_replaced(std::uint32_t i, std::uint32_t source, std::uint32_t writer) {
    if (result_.witness || source == kInitialSource) return;
    const auto seen = seen_of_key_.find({ops_[i].key.value, writer});
    if (seen == seen_of_key_.end()) return;
    const auto read = index_.first_read.find({source, writer});
    const std::uint32_t newer = last_write(ops_[i].key.value, writer, seen->second);
    if (read == index_.first_read.end() || newer == kNone || newer == source) return;
    if (read->second < sources_.place_of(newer)) {
      refuse(i, newer, "the session had seen what was written after that value was read:");
    }
  }

  static constexpr std::string_view kSawNewer = "the session had already seen a newer value:";
  static constexpr std::string_view kSawLater =
      "the session had seen something that the same writer wrote no earlier than";
  static constexpr std::string_view kWriterSaw =
      "the session had seen something whose writer had first read";

  struct Step {
    std::uint32_t place = 0;   // of the read in its session
    std::uint32_t newest = 0;  // of all up to there
  };
  using KeySession = std::pair<std::uint32_t, std::uint32_t>;

  // Built once: each session's writes by key, and its reads by key and writer.
  struct Index {
    std::map<KeySession, std::vector<std::uint32_t>> writes;
    std::map<KeySession, std::map<std::uint32_t, std::vector<Step>>> reads;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> first_read;  // source, reader
  };

  void build_index() {
    std::vector<bool> happened(ops_.size());
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (ops_[i].outcome == Outcome::kOk) happened[i] = true;
      if (sources_.is_real(sources_.of(i))) happened[sources_.of(i)] = true;
    }
    for (std::uint32_t s = 0; s < sources_.sessions().size(); ++s) {
      for (const std::uint32_t i : sources_.sessions()[s]) {
        const std::uint32_t key = ops_[i].key.value;
        const std::uint32_t source = sources_.of(i);
        if (source != kNoSource && sources_.is_real(source)) {
          auto& steps = index_.reads[{key, s}][sources_.session_of(source)];
          const std::uint32_t before = steps.empty() ? 0 : steps.back().newest;
          steps.push_back({sources_.place_of(i), std::max(before, source)});
          index_.first_read.try_emplace({source, s}, sources_.place_of(i));
        }
        if (RegisterSources::writes(ops_[i]) && happened[i]) {
          index_.writes[{key, s}].push_back(i);
        }
      }
    }
  }

  void refuse(std::uint32_t i, std::uint32_t missed, std::string_view obligation) {
    Witness& witness = result_.witness.emplace();
    const Operation& op = ops_[i];
    result_.verdict = Verdict::kViolated;
    witness.anomaly = guarantee_ == SessionGuarantee::kMonotonicReads ? Anomaly::kNonMonotonic
                                                                      : Anomaly::kStaleRead;
    witness.key = op.key;
    witness.ops = {{Role::kObserver, op.id}, {Role::kMissed, ops_[missed].id}};
    const std::uint32_t source = sources_.of(i);
    if (sources_.is_real(source)) witness.ops.push_back({Role::kReturned, ops_[source].id});
    witness.claim = fmt::format("Not {}: {}", result_.property, say_.about(op.key));
    witness.observation = say_.observation(op);
    witness.obligation = fmt::format("{} {}", obligation, say_.noun(ops_[missed]));
  }

  const History& history_;
  const std::span<const Operation> ops_;
  const SessionGuarantee guarantee_;
  const Narrator say_;
  const RegisterSources sources_;
  Index index_;
  std::map<std::uint32_t, std::uint32_t> own_;                  // by key: the session's last write
  std::map<std::uint32_t, std::uint32_t> last_;                 // by key: what it last read
  std::set<std::pair<std::uint32_t, std::uint32_t>> replaced_;  // key, source
  std::vector<std::uint32_t> seen_;  // by writer's session: the end of what was seen of it
  std::map<KeySession, std::uint32_t> seen_of_key_;
  std::map<KeySession, std::uint32_t> newest_of_key_;  // the last write that was seen
  CheckResult result_;
};

}  // namespace

std::string_view name_of(SessionGuarantee guarantee) {
  return kNames[static_cast<std::size_t>(guarantee)];
}

std::optional<SessionGuarantee> session_guarantee(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<SessionGuarantee>(found - kNames.begin());
}

CheckResult check_session(const History& history, SessionGuarantee guarantee,
                          const SessionOptions& options) {
  return SessionCheck(history, guarantee, options).run();
}

}  // namespace quorumlab::models
