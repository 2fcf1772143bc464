// The types that a file defines for others to see, by their full names.
//
//   for (const NamedType& type : types_of(source)) type.name;   // "quorumlab::sim::World"
//
// Two of one name in one program are no error that a compiler or linker tells: the functions that
// both have, a constructor for instance, become those of one of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/tidy/source.h"

namespace quorumlab::tidy {

struct NamedType {
  std::string name;
  std::size_t line = 1;  // counted from 1
};

// Those that begin a line, outside of namespaces without a name.
[[nodiscard]] std::vector<NamedType> types_of(const Source& source);

}  // namespace quorumlab::tidy
