// Does the model do what the workload asks, and do the checks apply to what its history then is?
//
//   check_workload(scenario, root, model, registry, problems);
//   // scenario.toml:13:8: error: model `leaderless` ... does not carry out `enqueue`
#pragma once

#include "models/registry.h"
#include "scenarios/scenario.h"

namespace quorumlab::scenarios {

void check_workload(const Scenario& scenario, const config::Value& root,
                    const models::ModelEntry& model, const models::Registry& registry,
                    config::Diagnostics& problems);

}  // namespace quorumlab::scenarios
