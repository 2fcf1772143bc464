// What can go wrong: one class for each kind of fault, declared in the registry with its options,
// and accountable for what it did.
//
//   class Crash : public Fault { Hit begin(sim::World&) override; void end(...) ...; Effect
//   effect() ...}; fault_kinds(): {.schema = ..., .theme = ..., .make = ..., .check = ...}
//
// A fault speaks of nodes, links, disks and clocks, never of a protocol. It counts its
// opportunities and its observed effects, so that one that did nothing is found out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "faults/dice.h"
#include "faults/targets.h"
#include "sim/config/schema.h"
#include "sim/world.h"

namespace quorumlab::faults {

struct Effect {
  std::uint64_t opportunities = 0;  // times that it could have done something
  std::uint64_t effects = 0;        // times that it did; 0: the fault was inert
  std::string text{};               // "1,204 of 1,204 messages dropped"
  std::uint64_t activations = 0;    // times that it began; the schedule counts them
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
  Fault() = default;
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;
  virtual ~Fault() = default;
  // Inline, at the time of the schedule; begin and end alternate.
  virtual Hit begin(sim::World& world) = 0;
  virtual void end(sim::World& world) = 0;
  // The world's seed is another one from now on: chance that is still to come is drawn anew.
  virtual void reseed(sim::World&) {}
  // So far, over all beginnings.
  [[nodiscard]] virtual Effect effect(sim::World& world) const = 0;
};

// The program of a replica whose options were changed as this table says.
using Software = std::function<sim::Program(const config::Value& set)>;

// What a fault draws chance from: streams of its own, which it shares with no other fault of the
// scenario, so that leaving one out shifts nothing for the others.
struct Making {
  std::uint64_t stream = 0;
  const Software* software = nullptr;  // null: nodes go on with what they run

  // `entity` is a node, a link, whatever the chance is about.
  [[nodiscard]] sim::Stream draw(const sim::World& world, std::string_view purpose,
                                 std::uint64_t entity) const {
    return sim::Stream(world.seed(), purpose, stream, entity);
  }
};

struct FaultKind {
  config::Schema schema;  // its name is the word in `kind = "..."`
  std::string theme;      // network, disks, processes, clocks, clients
  std::string example;    // the keys of a [[fault]] that has an effect on three replicas
  std::function<std::unique_ptr<Fault>(const config::Chosen& options, const Making& making)> make;
  std::function<void(const config::Chosen& options, const Places& places,
                     const config::Where& where, config::Diagnostics& problems)>
      check;
  std::function<Drawn(Dice& dice)> random;  // null: never drawn
  // What the example wants changed in those three replicas, as for --set.
  std::vector<std::string> example_needs = {};
  bool damages_disks = false;  // afterwards they may hold less or other than was promised
};

// In the order of themes, then of declaration.
[[nodiscard]] const std::vector<FaultKind>& fault_kinds();
[[nodiscard]] const FaultKind& fault_kind(std::string_view name);
[[nodiscard]] config::Alternatives fault_alternatives();

// For kinds whose class F has F::Options and is made from (options, making).
template <class F>
std::unique_ptr<Fault> make_fault(const config::Chosen& options, const Making& making) {
  return std::make_unique<F>(options.as<typename F::Options>(), making);
}

// The check of kinds whose options have only targets under `on`.
template <class O>
void check_on(const config::Chosen& options, const Places& places, const config::Where& where,
              config::Diagnostics& problems) {
  options.as<O>().on.check(places, where, "on", problems);
}

}  // namespace quorumlab::faults
