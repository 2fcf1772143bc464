// When faults begin and end: at a time, every so often, after an event, for a while or until
// something holds, and over for all when the world heals.
//
//   FaultSchedule schedule(world, entries, places);
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
#include "faults/predicate.h"
#include "faults/triggers.h"

namespace quorumlab::faults {

struct FaultEntry {
  std::string name;                        // for conditions and other faults to refer to
  std::optional<sim::Duration> at;         // since the start of the run
  std::optional<Trigger> when;             // instead
  std::optional<sim::Distribution> every;  // and then again and again
  std::optional<std::int64_t> times;       // but no more often; of `every`
  std::optional<sim::Distribution> lasts;  // nullopt: until the faults heal
  std::optional<Predicate> until;
  // Which streams it draws from; nullopt: those of its position among the entries.
  std::optional<std::int64_t> stream;
  bool may_be_inert = false;  // nobody insists that it has an effect
  config::Chosen kind;
};

// When faults may begin, and when all of them are over: from the end of the warm-up, if there is
// one, until they heal.
struct Season {
  sim::Duration from;
  sim::Duration to = sim::Duration::max();
  bool is_phase = false;  // of a run that goes on afterwards
};

// [[fault]]
[[nodiscard]] config::Schema fault_schema();
// Names that match nothing, conditions that make no sense, schedules that cannot happen. `where` is
// the entry's table.
void check_fault(const FaultEntry& entry, const Places& places, const Season& season,
                 const config::Where& where, config::Diagnostics& problems);

// Reports that `what` would begin out of season.
void check_season(sim::Duration at, const Season& season, const config::Span& span,
                  std::string_view what, config::Diagnostics& problems);

struct Happening {
  std::size_t fault = 0;  // position among the entries
  sim::Time begin;
  std::optional<sim::Time> end;
  Hit hit;
};

class FaultSchedule {
 public:
  // Requires: the entries were checked against these places. `software` is for upgrades; `from`: no
  // fault begins in the warm-up before.
  FaultSchedule(sim::World& world, std::vector<FaultEntry> entries, const Places& places,
                Software software = nullptr, sim::Duration from = {});

  void install();
  void heal_all();
  // After World::reseed: times that are still to come, and the chance of each fault. Random faults
  // keep the schedule that was drawn for them.
  void reseed();

  [[nodiscard]] const std::vector<FaultEntry>& entries() const { return entries_; }
  [[nodiscard]] const std::vector<Happening>& happened() const { return happened_; }
  [[nodiscard]] Effect effect(std::size_t fault) const;
  // Is some fault of this name going on?
  [[nodiscard]] bool is_active(const std::string& name) const;

 private:
  void beat(std::size_t fault);
  void begin(std::size_t fault);
  void end(std::size_t fault);
  // What a trigger waits for happened once more.
  void triggered(std::size_t fault);
  void seen(const sim::Node& node, std::string_view event);
  void follow(const std::string& name, bool begins);
  // Asks the conditions again.
  void look();
  void observe();

  struct Active {
    std::unique_ptr<Fault> fault;
    std::unique_ptr<sim::Stream> stream;  // of times
    std::unique_ptr<MessageWatch> watch;
    std::optional<std::size_t> happening;  // position in happened_ while it lasts
    std::uint64_t beginnings = 0;
    std::int64_t seen = 0;
    std::int64_t beats = 0;
    bool held = false;  // what when.state said last
  };

  sim::World& world_;
  Software software_;
  sim::Duration from_;
  std::vector<FaultEntry> entries_;
  std::vector<Active> active_;
  std::vector<Happening> happened_;
  bool has_conditions_ = false;
  bool running_ = false;  // with conditions to look at
  bool healed_ = false;
};

}  // namespace quorumlab::faults
