// When faults begin and end: at a time, or after an event, for a while, and over for all when the
// world heals.
//
//   FaultSchedule schedule(world, entries);
//   schedule.install();                        // before the run
//   world.run_until(end); schedule.heal_all(); // every fault is over, crashed nodes are back
//   schedule.happened();                       // what began when, whom it hit, and what it did
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faults/fault.h"

namespace quorumlab::faults {

// After the nth note or change of state called `event`, on any node or on those named.
struct Trigger {
  std::string event;
  std::int64_t nth = 1;
  Targets on;
  sim::Duration after;
};

struct FaultEntry {
  std::optional<sim::Duration> at;  // since the start of the run
  std::optional<Trigger> when;
  std::optional<sim::Duration> lasts;  // nullopt: until the faults heal
  config::Chosen kind;
};

// [[fault]]
[[nodiscard]] config::Schema fault_schema();
// Names that match nothing, schedules that cannot happen. `where` is the entry's table.
void check_fault(const FaultEntry& entry, const Places& places, sim::Duration run,
                 const config::Where& where, config::Diagnostics& problems);

struct Happening {
  std::size_t fault = 0;  // position among the entries
  sim::Time begin;
  std::optional<sim::Time> end;
  Hit hit;
};

class FaultSchedule {
 public:
  FaultSchedule(sim::World& world, std::vector<FaultEntry> entries);

  void install();
  void heal_all();

  [[nodiscard]] const std::vector<FaultEntry>& entries() const { return entries_; }
  [[nodiscard]] const std::vector<Happening>& happened() const { return happened_; }
  [[nodiscard]] Effect effect(std::size_t fault) const;

 private:
  void begin(std::size_t fault);
  void end(std::size_t fault);
  void seen(const sim::Node& node, std::string_view event);

  struct Active {
    std::unique_ptr<Fault> fault;
    std::optional<std::size_t> happening;  // position in happened_ while it lasts
    std::int64_t seen = 0;
  };

  sim::World& world_;
  std::vector<FaultEntry> entries_;
  std::vector<Active> active_;
  std::vector<Happening> happened_;
  bool healed_ = false;
};

}  // namespace quorumlab::faults
