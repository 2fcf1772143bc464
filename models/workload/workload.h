// What clients do: which operations, on which keys, how fast, and whom they ask.
//
//   struct Mine : Workload { void run(sim::Node& client) override; std::uint32_t keys() const ...;
//   };
//
// A workload writes every operation into the history that it was made with, before it asks and
// after it was answered, and stops asking at the time given.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/client_library.h"
#include "models/history.h"
#include "sim/config/schema.h"
#include "sim/node.h"

namespace quorumlab::models {

struct WorkloadContext {
  sim::World& world;
  History& history;
  sim::Time stop_at;     // true time: no operation begins later,
  sim::Time give_up_at;  // except that each client tries until then to be served again
  // What carries out the requests of a client that starts now; null, or returns null: replicas.
  std::function<ClientLibrary*(sim::Node& client)> library = nullptr;
};

class Workload {
 public:
  virtual ~Workload() = default;
  // The program of one client. Suspends.
  virtual void run(sim::Node& client) = 0;
  [[nodiscard]] virtual std::uint32_t keys() const = 0;
  // When the client was served again after stop_at: a change and a read both answered `ok`.
  // nullopt: not until give_up_at.
  [[nodiscard]] virtual std::optional<sim::Time> recovered(NodeId client) const = 0;
};

// Beside reads.
struct WorkloadUse {
  std::vector<Function> asks{Function::kWrite};     // what replicas have to carry out
  std::vector<Function> records{Function::kWrite};  // what its history consists of
  bool has_order =
      true;  // false: no model of histories knows such an object; only agreement counts
};

struct WorkloadEntry {
  config::Schema schema;  // its name is the word in `type = "..."`
  std::function<std::unique_ptr<Workload>(const config::Chosen& options, const WorkloadContext&)>
      make;
  // The same workload, leaning to one side by chance: what a swarm draws for each run. Null: it
  // stays as it is.
  std::function<config::Chosen(const config::Chosen& options, sim::Stream& stream)> swarm = nullptr;
  // Null: plain writes.
  std::function<WorkloadUse(const config::Chosen& options)> use = nullptr;
};

[[nodiscard]] const std::vector<WorkloadEntry>& builtin_workloads();
// Requires: there is one of this name.
[[nodiscard]] const WorkloadEntry& workload_entry(std::string_view name);

}  // namespace quorumlab::models
