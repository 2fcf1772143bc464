// Where functions begin and end, by counting braces.
//
//   functions_of(read_source("a.cc", "int f() {\n  return 1;\n}\n"));  // {{1, 3}}
//
// Good enough to measure code that clang-format wrote; it does not parse C++. Lambdas belong to the
// function around them.
#pragma once

#include <vector>

#include "tools/tidy/source.h"

namespace quorumlab::tidy {

struct Function {
  std::size_t first_line;  // counted from 1: where its declaration begins
  std::size_t last_line;   // of the closing brace
};

[[nodiscard]] std::vector<Function> functions_of(const Source& source);

}  // namespace quorumlab::tidy
