// Runs Graphviz' `dot`, if it is installed, as a child process with a time limit: it can neither
// hang nor crash this program.
//
//   if (const auto svg = render_dot(role_graph(record))) write_file("roles.svg", *svg);
#pragma once

#include <optional>
#include <string>

namespace quorumlab::tools {

// nullopt: not installed, too slow (5 s), or it failed; told on stderr.
[[nodiscard]] std::optional<std::string> render_dot(const std::string& dot);

}  // namespace quorumlab::tools
