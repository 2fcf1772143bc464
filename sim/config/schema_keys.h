// Which keys a schema has and where: behind the hint "`latency` belongs in [network]".
//
//   homes_of(scenario_schema(), "latency");  // {"in [network]", "in [[network.link]]"}
//   homes_of(scenario_schema(), "split");    // {"to kind `partition`"}
//   check_keys(schema);                      // aborts if a table would have one key twice
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/schema.h"

namespace quorumlab::config {

// "[network]", or "[[fault]]" for an element of a list of tables.
[[nodiscard]] std::string header(std::string_view path, bool is_element);

// At most three, as the end of a sentence that begins with "belongs".
[[nodiscard]] std::vector<std::string> homes_of(const Schema& root, std::string_view key);

// Our own mistakes in a declaration: a key twice in one table, counting what it includes and what
// can be chosen; two keys that choose; a choice within a choice.
void check_keys(const Schema& schema);

}  // namespace quorumlab::config
