// A file as the house rules see it: every line twice, as written and as code alone.
//
//   const Source source = read_source("sim/a.cc", "int a;  // std::rand\n");
//   source.lines[0].text;  // "int a;  // std::rand"
//   source.lines[0].code;  // "int a;              ": comments and literals are blanks, columns
//   stay
//
// A word in a comment or a string is no use of it, so rules about words look at `code`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::tidy {

struct Line {
  std::string text;
  std::string code;            // empty for files that are not C++
  bool in_raw_string = false;  // no rule about layout applies to what a literal contains
};

struct Source {
  std::string path;  // from the root, with slashes: "sim/fiber.cc"
  std::vector<Line> lines;
  bool ends_with_newline = false;

  [[nodiscard]] bool has_extension(std::string_view extension) const;  // ".h"
  [[nodiscard]] bool is_cpp() const { return has_extension(".h") || has_extension(".cc"); }
};

[[nodiscard]] Source read_source(std::string path, std::string_view content);

}  // namespace quorumlab::tidy
