// The command line, as a library: a program with a replication model of its own is three lines.
//
//   models::Registry registry = models::builtin_models();
//   registry.add(my_model());
//   return tools::main(argc, argv, registry);   // has every command, fault, checker and picture
#pragma once

#include "models/registry.h"

namespace quorumlab::tools {

// Runs the command that argv names; returns an exit code (exit_codes.h). stdout carries data,
// stderr talk and progress.
[[nodiscard]] int main(int argc, char** argv, const models::Registry& registry);

}  // namespace quorumlab::tools
