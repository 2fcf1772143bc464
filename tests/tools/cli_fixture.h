// The commands as a user calls them, in a folder of the test's own.
//
//   TEST_F(Cli, Greets) {
//     EXPECT_EQ(run({"--help"}), 0);
//     EXPECT_TRUE(says("Usage")) << out << talk;
//   }
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "models/registry.h"
#include "tools/cli.h"

namespace quorumlab::tools {

inline constexpr const char* kSmall =
    "[scenario]\nname = \"small\"\nseed = 5\nduration = \"3s\"\n"
    "[cluster]\nreplicas = 3\nclients = 2\n"
    "[replication]\nmodel = \"leader_follower\"\nacknowledge = \"none\"\nfailover = \"heartbeat\"\n"
    "[workload]\ntype = \"register\"\nrate = \"40/s\"\n"
    "[[fault]]\nkind = \"crash\"\non = \"n1\"\nat = \"1s\"\nfor = \"1s\"\n"
    "[[fault]]\nkind = \"message_loss\"\nat = \"1s\"\nfor = \"1ms\"\nchance = 0.0\n"
    "[check]\nconsistency = [\"linearizable\"]\n";

inline std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Cli : public ::testing::Test {
 protected:
  Cli() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::ofstream(small()) << kSmall;
  }
  ~Cli() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::string small() const { return path("small.toml"); }

  // The path of a new file with this text.
  std::string written(const std::string& name, const std::string& text) {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  int run(std::vector<std::string> words) {
    words.insert(words.begin(), "quorumlab");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code =
        tools::main(static_cast<int>(argv.size()), argv.data(), models::builtin_models());
    out = ::testing::internal::GetCapturedStdout();
    talk = ::testing::internal::GetCapturedStderr();
    return code;
  }

  [[nodiscard]] bool says(const std::string& words) const {
    return out.find(words) != std::string::npos;
  }
  [[nodiscard]] bool complains_of(const std::string& words) const {
    return talk.find(words) != std::string::npos;
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                                  std::filesystem::directory_iterator()));
  }

  std::string out;
  std::string talk;

 private:
  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) /
                                  ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

}  // namespace quorumlab::tools
