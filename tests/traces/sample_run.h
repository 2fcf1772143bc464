// A stale read after a failover, built by hand: two clients, three replicas and one idle one, a
// partition that leaves the old leader alone with its client, and heartbeats as noise.
//
//   const SampleRun run = stale_read_after_failover();
//   story_of(run.record, run.history, run.witness).server;   // n2
#pragma once

#include <string_view>

#include "models/consistency/verdict.h"
#include "models/history.h"
#include "traces/record.h"

namespace quorumlab::traces {

struct SampleRun {
  Record record;
  models::History history;
  models::Witness witness;
};

// A Record that is told about a run in the order of happening, in the words of the models.
class Teller {
 public:
  struct Entry {
    sim::OpId op = sim::kNoOp;
    std::int64_t value = 0;
    std::uint64_t index = 0;
    std::uint32_t count = 0;
    std::uint32_t term = 0;
    bool has_key = false;
  };
  struct Link {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
  };

  Teller(Record& record, models::History& history) : record_(record), history_(history) {}

  void at(double ms) { now_ = sim::Time(static_cast<std::int64_t>(ms * 1000 + 0.5) * 1000); }
  [[nodiscard]] sim::Time now() const { return now_; }

  sim::OpId invoke(std::uint32_t client, models::Function f, models::Value value);
  void complete(sim::OpId op, models::Outcome outcome, models::Value value, std::uint32_t server);
  EventId send(Link link, std::string_view name, const Entry& entry, bool is_reply = false);
  EventId receive(EventId send);
  EventId drop(EventId send, sim::DropReason reason);
  EventId duplicate(EventId send);
  EventId state(std::uint32_t lane, std::string_view field, std::int64_t value,
                EventId cause = sim::kNoEvent);
  EventId note(std::uint32_t lane, std::string_view name, const Entry& entry,
               EventId cause = sim::kNoEvent);
  EventId mark(EventKind kind, std::uint32_t lane, std::string_view name = {},
               std::int64_t value = 0);

 private:
  TraceEvent event(EventKind kind, std::uint32_t lane, std::string_view name) const;
  static sim::Tags tags_of(const Entry& entry);
  TraceEvent fate(EventKind kind, EventId send) const;

  Record& record_;
  models::History& history_;
  sim::Time now_;
};

[[nodiscard]] SampleRun stale_read_after_failover();

// A run of everything at once (crashes, pauses, duplicates, lost and late messages, unanswered
// operations, long names), different for each seed.
[[nodiscard]] SampleRun storm(std::uint64_t seed);

}  // namespace quorumlab::traces
