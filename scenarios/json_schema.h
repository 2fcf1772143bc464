// A JSON Schema (draft 2020-12) of a schema, with which editors complete and check scenario files.
//
//   std::string text = json_schema(scenario_schema());   // saved as scenario.schema.json
//   // a scenario whose first line is `#:schema ./scenario.schema.json` is then completed and
//   checked
//   // by taplo, and by the editors that use it
//
// It accepts everything that the schema reads; what only the reader can judge (a distribution's
// grammar, rules across keys) it lets pass.
#pragma once

#include <string>

#include "sim/config/schema.h"

namespace quorumlab::scenarios {

// Pretty-printed, keys in the order of the declaration, ends in a newline.
[[nodiscard]] std::string json_schema(const config::Schema& schema);

}  // namespace quorumlab::scenarios
