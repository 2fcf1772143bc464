// Names of replicas in the options of a model.
//
//   const ReplicaNames names(cluster);
//   names.id("n2");                                        // NodeId(1); kNoNode: nobody
//   names.check(o.masters, "masters", where, problems);    // masters[1]: no replica is called `n9`
#pragma once

#include <string>
#include <vector>

#include "models/model.h"

namespace quorumlab::models {

class ReplicaNames {
 public:
  // Keeps a reference.
  explicit ReplicaNames(const ClusterShape& cluster) : names_(cluster.replicas) {}

  [[nodiscard]] NodeId id(const std::string& name) const;
  // Ascending, each once.
  [[nodiscard]] std::vector<NodeId> ids(const std::vector<std::string>& names) const;

  // `at` is where the name stands; of a list, its key.
  void check(const std::string& name, const std::string& at, const config::Where& where,
             config::Diagnostics& problems) const;
  void check(const std::vector<std::string>& names, const std::string& at,
             const config::Where& where, config::Diagnostics& problems) const;

 private:
  const std::vector<std::string>& names_;
};

}  // namespace quorumlab::models
