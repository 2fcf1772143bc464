// [expect] values: linearizable = false, lost_writes = "> 0", lost_writes = 12.
#pragma once

#include "scenarios/scenario.h"

namespace quorumlab::scenarios {

class ExpectationLeaf : public config::Leaf<Expectation> {
 public:
  bool parse(const config::Value& value, Expectation& out,
             const config::Reporter& report) const override;
  [[nodiscard]] config::Value print(const Expectation& object) const override;
  [[nodiscard]] config::TypeInfo type() const override;
};

}  // namespace quorumlab::scenarios
