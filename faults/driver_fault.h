// What faults of clients have in common: they join the drivers of their clients while they last,
// and count the operations that they changed.
//
//   class Timeout final : public DriverFault {
//     void change(Node&, RequestPlan& plan) override { plan.timeout = std::min(...); }
//     bool changed(Node&, RequestEnd& end) override { return end.how != How::kDone; } ...
//   };
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "faults/fault.h"
#include "sim/driver.h"

namespace quorumlab::faults {

struct DriverOptions {
  Targets on{{"clients"}};
};

class DriverFault : public Fault, public sim::DriverTrouble {
 public:
  DriverFault(Targets on, const Making& making, std::string_view purpose)
      : on_(std::move(on)), making_(making), purpose_(purpose) {}

  Hit begin(sim::World& world) override;
  void end(sim::World& world) final;
  void plan(sim::Node& client, sim::RequestPlan& plan) final;
  void end(sim::Node& client, sim::RequestEnd& end) final;
  void reseed(sim::World&) override { streams_.clear(); }
  [[nodiscard]] Effect effect(sim::World& world) const final;

 protected:
  virtual void change(sim::Node& client, sim::RequestPlan& plan) = 0;
  // Did the change show?
  virtual bool changed(sim::Node& client, sim::RequestEnd& end) = 0;
  // "given up"
  [[nodiscard]] virtual std::string done() const = 0;
  // Drawn for each client on its own.
  bool draw(const sim::Node& client, sim::Probability chance);

 private:
  Targets on_;
  Making making_;
  std::string_view purpose_;
  sim::World* world_ = nullptr;
  std::vector<sim::NodeId> hit_;
  std::map<sim::NodeId, sim::Stream> streams_;
  Effect effect_;
};

// Reports words that match nothing, and those that mean replicas.
void check_clients(const Targets& on, const Places& places, const config::Where& where,
                   config::Diagnostics& problems);

// The check of kinds whose options have only `on`.
template <class O>
void check_driver(const config::Chosen& options, const Places& places, const config::Where& where,
                  config::Diagnostics& problems) {
  check_clients(options.as<O>().on, places, where, problems);
}

template <class O>
config::SchemaBuilder<O> of_clients(std::string_view name, std::string_view summary) {
  return config::schema<O>(name, summary)
      .field("on", &O::on, TargetsLeaf(), "which clients, or the clients of which zone");
}

// For a nemesis: all clients, or one.
[[nodiscard]] Targets draw_clients(Dice& dice);

}  // namespace quorumlab::faults
