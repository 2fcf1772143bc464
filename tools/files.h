// Files in and out: whole or not at all.
//
//   if (!write_file("out/why.svg", svg)) return kRetry;   // told on stderr; nothing is left of it
#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/diagnostics.h"

namespace quorumlab::tools {

// Written to a temporary name beside it and renamed; folders are made. "-" is stdout.
[[nodiscard]] bool write_file(const std::string& path, const std::string& content);
// For whoever reads piece by piece. nullopt: told on stderr; so it is of a folder.
[[nodiscard]] std::optional<std::ifstream> open_file(const std::string& path);
// nullopt: told on stderr. "-" is stdin.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path);
// False, told on stderr: what std::cin took for its end was an error.
[[nodiscard]] bool is_stdin_fine();

// Colour if the stream is a terminal and NO_COLOR is not set.
[[nodiscard]] config::Colour colour_of_stdout();
[[nodiscard]] config::Colour colour_of_stderr();

// The catalogue: every .toml below the folders `scenarios` that are found in the working directory,
// beside the program, or where it was installed. Sorted.
[[nodiscard]] std::vector<std::string> catalogue();

}  // namespace quorumlab::tools
