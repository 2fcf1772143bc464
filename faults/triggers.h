// What makes a fault begin other than the clock: an event, a message, a condition on what replicas
// publish, another fault.
//
//   when = { event = "elected", nth = 2, on = "n2", after = "10ms" }
//   when = { event = "before_sync", on = "leader" }           # a point in the life of every node
//   when = { message = "Append", from = "n1", to = "n2", nth = 3 }
//   when = { state = "count(replicas, role == leader) >= 2" }  # each time that it becomes true
//   when = { during = "split" }                                # with the fault of that name
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "faults/meddler.h"
#include "faults/predicate.h"
#include "faults/targets.h"
#include "sim/interference.h"

namespace quorumlab::faults {

// One of event, message, state and during.
struct Trigger {
  std::string event;
  std::string message;
  std::optional<Predicate> state;
  std::string during;
  Targets from;  // of message
  Targets to;
  Part part = Part::kBoth;
  Targets on;  // of event
  std::int64_t nth = 1;
  sim::Duration after;
};

[[nodiscard]] config::Schema trigger_schema();
void check_trigger(const Trigger& trigger, const Places& places, const config::Where& where,
                   config::Diagnostics& problems);
// Reports what is wrong with the predicate that stands under `path`.
void check_predicate(const Predicate& predicate, const Places& places, const config::Where& where,
                     const std::string& path, config::Diagnostics& problems);

// Sees the messages that a trigger waits for.
class MessageWatch final : public sim::Interference {
 public:
  MessageWatch(sim::World& world, const Trigger& trigger, std::function<void()> seen)
      : world_(world), trigger_(trigger), seen_(std::move(seen)) {}
  void pass(sim::Passage& passage) override;

 private:
  sim::World& world_;
  const Trigger& trigger_;
  std::function<void()> seen_;
};

}  // namespace quorumlab::faults
