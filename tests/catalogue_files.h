// The catalogue for tests over every file of it.
//
//   INSTANTIATE_TEST_SUITE_P(Catalogue, MyTest, testing::ValuesIn(catalogue_files()), test_name);
//   load_file(catalogue_folder() + GetParam(), ...);   // "failover/github_2018.toml"
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

namespace quorumlab::tests {

inline std::string catalogue_folder() {
  return std::string(QUORUMLAB_SOURCE_DIR) + "/scenarios/";
}

// By path below that folder.
inline std::vector<std::string> catalogue_files() {
  const std::filesystem::path root = catalogue_folder();
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.path().extension() == ".toml")
      files.push_back(entry.path().lexically_relative(root).string());
  std::ranges::sort(files);
  return files;
}

inline std::string test_name(const ::testing::TestParamInfo<std::string>& file) {
  std::string name = file.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

}  // namespace quorumlab::tests
