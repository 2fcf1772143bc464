// What faults of disks have in common: they join the disks of the nodes they are aimed at, and
// count how often they were asked and how often they did something.
//
//   class DiskFull final : public DiskFault {
//     void write(sim::Node&, std::uint64_t, std::uint64_t, sim::WriteFate& fate) override { ... }
//   };
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "faults/fault.h"
#include "sim/disk.h"

namespace quorumlab::faults {

class DiskFault : public Fault, public sim::DiskTrouble {
 public:
  DiskFault(Targets on, const Making& making, std::string_view purpose)
      : on_(std::move(on)), making_(making), purpose_(purpose) {}

  Hit begin(sim::World& world) override;
  void end(sim::World& world) override;
  void reseed(sim::World&) override { streams_.clear(); }
  [[nodiscard]] Effect effect(sim::World& world) const override;

 protected:
  void asked() { ++effect_.opportunities; }
  void count() { ++effect_.effects; }
  // Of this node's disk, drawn on its own.
  sim::Stream& chance(sim::Node& node);
  // "{effects} of {opportunities} {what}"
  [[nodiscard]] virtual std::string done() const = 0;

 private:
  Targets on_;
  Making making_;
  std::string_view purpose_;
  std::vector<sim::NodeId> hit_;
  std::map<std::uint32_t, sim::Stream> streams_;  // by node
  Effect effect_;
};

struct DiskOptionsOn {
  Targets on;
};
struct DiskChanceOptions {
  Targets on;
  sim::Probability chance = sim::Probability::always();
};

// A schema that begins with `on`.
template <class O>
config::SchemaBuilder<O> on_disks(std::string_view name, std::string_view summary) {
  auto builder = config::schema<O>(name, summary);
  builder.field("on", &O::on, TargetsLeaf(), "whose disk").required();
  return builder;
}

}  // namespace quorumlab::faults
