// What can go wrong: one class for each kind of fault, declared in the registry with its options,
// and accountable for what it did.
//
//   class Crash : public Fault { void begin(sim::World&) override; void end(...) ...; Effect
//   effect() ...}; kinds().push_back({.schema = ..., .make = ..., .check = ...});
//
// A fault speaks of nodes, links, disks and clocks, never of a protocol. It counts its
// opportunities and its observed effects, so that one that did nothing is found out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "faults/targets.h"
#include "sim/config/schema.h"
#include "sim/world.h"

namespace quorumlab::faults {

struct Effect {
  std::uint64_t opportunities = 0;  // times that it could have done something
  std::uint64_t effects = 0;        // times that it did; 0: the fault was inert
  std::string text;                 // "1,204 of 1,204 messages dropped"
};

// Who was hit, for pictures and for availability on each side.
struct Hit {
  std::vector<std::vector<sim::NodeId>> groups;  // sides of a partition; else one group
  std::vector<std::string> group_labels = {};    // of sides: "east"
  bool one_way = false;
  std::string label = {};  // "{east | west}", "n1 by 10ms"
};

class Fault {
 public:
  virtual ~Fault() = default;
  // Inline, at the time of the schedule; begin and end alternate.
  virtual Hit begin(sim::World& world) = 0;
  virtual void end(sim::World& world) = 0;
  // So far, over all beginnings.
  [[nodiscard]] virtual Effect effect(sim::World& world) const = 0;
};

struct FaultKind {
  config::Schema schema;  // its name is the word in `kind = "..."`
  std::function<std::unique_ptr<Fault>(const config::Chosen& options)> make;
  std::function<void(const config::Chosen& options, const Places& places,
                     const config::Where& where, config::Diagnostics& problems)>
      check;
};

// partition, crash, pause, clock_offset, clock_drift, clock_step.
[[nodiscard]] const std::vector<FaultKind>& fault_kinds();
[[nodiscard]] const FaultKind& fault_kind(std::string_view name);

}  // namespace quorumlab::faults
