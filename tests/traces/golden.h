// Golden files of this folder: tests/golden/traces/NAME.
//
//   EXPECT_EQ(golden("stale_read.svg", svg), svg);   // the file's bytes
//   // QUORUMLAB_BLESS=1 ./traces_test               // rewrites it; review the difference
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace quorumlab::traces {

inline std::string golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(QUORUMLAB_SOURCE_DIR) + "/tests/golden/traces/" + name;
  if (std::getenv("QUORUMLAB_BLESS") != nullptr) std::ofstream(path, std::ios::binary) << actual;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace quorumlab::traces
