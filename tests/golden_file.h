// Files that a test can rewrite: what is expected is what the file says.
//
//   EXPECT_EQ(golden_file("docs/models.md", page), page);   // the file's bytes
//   // QUORUMLAB_BLESS=1 rewrites it first; review the difference
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace quorumlab::tests {

// `path` is relative to the sources.
inline std::string golden_file(const std::string& path, const std::string& actual) {
  const std::string file = std::string(QUORUMLAB_SOURCE_DIR) + "/" + path;
  if (std::getenv("QUORUMLAB_BLESS") != nullptr) std::ofstream(file, std::ios::binary) << actual;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

}  // namespace quorumlab::tests
