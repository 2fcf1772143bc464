#include "models/replication/raft/invariants.h"

#include <fmt/core.h>

#include <map>
#include <utility>

#include "models/data/log.h"
#include "models/invariants.h"

namespace quorumlab::models::raft {
namespace {

using sim::Node;
using sim::Tags;
using sim::World;
using Wrong = std::optional<std::string>;

// An entry as its notes show it.
struct Seen {
  Epoch term = 0;
  OpId op;
  Key key;
  std::int64_t value = 0;
  bool operator==(const Seen&) const = default;
};

Seen seen(const Tags& tags) {
  return {tags.term, tags.op, tags.key, tags.value};
}

// All logs, as their replicas hold them in memory, and the sequence that was applied.
class Logs {
 public:
  void note(const Node& node, std::string_view what, const Tags& tags) {
    auto& log = logs_[node.id()];
    if (what == note::kAppend) {
      log.resize(tags.index);
      log.push_back(seen(tags));
    } else if (what == note::kDiscard || what == note::kRecover) {
      log.resize(tags.index);
    } else if (what == note::kInstall) {
      std::vector<Seen> kept;
      if (tags.count > 0) {
        kept.assign(log.begin() + static_cast<std::ptrdiff_t>(tags.index),
                    log.begin() + static_cast<std::ptrdiff_t>(tags.index + tags.count));
      }
      log.assign(applied_.begin(), applied_.begin() + static_cast<std::ptrdiff_t>(std::min<Index>(
                                                          tags.index, applied_.size())));
      log.insert(log.end(), kept.begin(), kept.end());
    } else if (what == note::kApply && tags.index == applied_.size()) {
      applied_.push_back(seen(tags));
    }
  }

  [[nodiscard]] const std::vector<Seen>& of(const Node& node) { return logs_[node.id()]; }
  [[nodiscard]] const std::vector<Seen>& applied() const { return applied_; }

 private:
  std::map<NodeId, std::vector<Seen>> logs_;
  std::vector<Seen> applied_;
};

std::string say(const Seen& entry) {
  if (entry.op == sim::kNoOp) return fmt::format("an entry of term {}", entry.term);
  return fmt::format("op {} of term {}", entry.op.value, entry.term);
}

Invariant leader_append_only() {
  return {"leader_append_only", "a leader never overwrites or deletes entries in its log", nullptr,
          [](World&, const Node& node, std::string_view what, const Tags& tags) -> Wrong {
            if (what != note::kDiscard || node.state(state::kRole) != sim::kLeader) {
              return std::nullopt;
            }
            return fmt::format("{} leads and discards {} entries from index {} on", node.name(),
                               tags.count, tags.index);
          }};
}

// By induction over appends: it is enough that an index and a term determine the entry and the term
// of the one before it.
Invariant log_matching() {
  struct State {
    Logs logs;
    std::map<std::pair<Index, Epoch>, std::pair<Seen, Epoch>> known;
  };
  const auto state = std::make_shared<State>();
  return {"log_matching",
          "if two logs hold an entry with the same index and term, they are alike up to it",
          nullptr,
          [state](World&, const Node& node, std::string_view what, const Tags& tags) -> Wrong {
            state->logs.note(node, what, tags);
            if (what != note::kAppend) return std::nullopt;
            const auto& log = state->logs.of(node);
            const Epoch before = tags.index == 0 ? 0 : log.at(tags.index - 1).term;
            const std::pair entry{seen(tags), before};
            const auto [known, first] = state->known.try_emplace({tags.index, tags.term}, entry);
            if (first || known->second == entry) return std::nullopt;
            return fmt::format(
                "{} holds {} at index {} after an entry of term {}; elsewhere there is {} after "
                "one of term {}",
                node.name(), say(entry.first), tags.index, before, say(known->second.first),
                known->second.second);
          }};
}

Invariant leader_completeness() {
  const auto logs = std::make_shared<Logs>();
  return {"leader_completeness",
          "an entry that was ever committed is in the log of every later leader", nullptr,
          [logs](World&, const Node& node, std::string_view what, const Tags& tags) -> Wrong {
            logs->note(node, what, tags);
            if (what != note::kElected) return std::nullopt;
            const auto& log = logs->of(node);
            for (Index i = 0; i < logs->applied().size(); ++i) {
              const Seen& committed = logs->applied()[i];
              if (i < log.size() && log[i] == committed) continue;
              // Committed in a later term than this leader's: not its business (section 5.4.3).
              if (committed.term > tags.term) return std::nullopt;
              return fmt::format("{} leads term {} without {} at index {}, which was committed",
                                 node.name(), tags.term, say(committed), i);
            }
            return std::nullopt;
          }};
}

Invariant state_machine_safety() {
  const auto logs = std::make_shared<Logs>();
  return {"state_machine_safety", "no two servers apply different entries at the same index",
          nullptr,
          [logs](World&, const Node& node, std::string_view what, const Tags& tags) -> Wrong {
            if (what != note::kApply) return std::nullopt;
            logs->note(node, what, tags);
            if (tags.index >= logs->applied().size()) return std::nullopt;
            const Seen& first = logs->applied()[tags.index];
            if (first == seen(tags)) return std::nullopt;
            return fmt::format("{} applies {} at index {}, where another server applied {}",
                               node.name(), say(seen(tags)), tags.index, say(first));
          }};
}

}  // namespace

std::vector<Invariant> raft_invariants() {
  return {one_leader_per_term(), leader_append_only(), log_matching(), leader_completeness(),
          state_machine_safety()};
}

}  // namespace quorumlab::models::raft
