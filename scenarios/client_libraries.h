// What a model puts into the clients of a run, each from a start to the next one.
//
//   ClientLibraries libraries(model);
//   libraries.begin(client);                // null: this model's clients ask replicas
//   workload.run(client);
//   libraries.stay(client);                 // what they do in the background goes on
#pragma once

#include <map>
#include <memory>

#include "models/client_library.h"
#include "models/model.h"
#include "sim/condition.h"
#include "sim/node.h"

namespace quorumlab::scenarios {

class ClientLibraries {
 public:
  explicit ClientLibraries(const models::ReplicationModel& model) : model_(model) {}

  models::ClientLibrary* begin(sim::Node& client) {
    auto& library = libraries_[client.id()];
    library = model_.library(client);
    return library.get();
  }
  // Suspends; does not return if the client has a library.
  void stay(sim::Node& client) const {
    const auto library = libraries_.find(client.id());
    if (library == libraries_.end() || !library->second) return;
    sim::Condition(client).wait([] { return false; });
  }

 private:
  const models::ReplicationModel& model_;
  std::map<sim::NodeId, std::unique_ptr<models::ClientLibrary>> libraries_;
};

}  // namespace quorumlab::scenarios
