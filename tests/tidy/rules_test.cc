// Every file of cases/ is a small tree and what tidy says about it:
//
//   A clock is banned in the world.
//   --- sim/a.cc
//   auto t = std::chrono::steady_clock::now();
//   --- expect
//   sim/a.cc:1: [steady_clock] a run knows virtual time only
//
// `--- sim/a.cc (cut)` is a file without its last newline; `--- sim/a.cc (x 401)` has its text that
// many times.
#include "tools/tidy/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace quorumlab::tidy {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string input;  // everything up to the expectation
  std::vector<Source> tree;
  std::string expected;
};

void add_file(Case& result, const std::string& header, std::string content) {
  const std::size_t option = header.find(" (");
  const std::string path = header.substr(0, option);
  if (header.ends_with(" (cut)")) content.pop_back();
  if (const std::size_t times = header.find(" (x "); times != std::string::npos) {
    const std::string once = content;
    for (int left = std::stoi(header.substr(times + 4)); left > 1; --left) content += once;
  }
  result.tree.push_back(read_source(path, content));
}

Case read_case(const fs::path& path) {
  Case result;
  std::ifstream in(path);
  std::string header;
  std::string content;
  for (std::string line; std::getline(in, line);) {
    const bool is_header = line.starts_with("--- ");
    if (header != "expect") result.input += line + "\n";
    if (!is_header) content += line + "\n";
    if (!is_header) continue;
    if (!header.empty()) add_file(result, header, content);
    header = line.substr(4);
    content.clear();
  }
  result.expected = content;
  return result;
}

std::vector<fs::path> cases() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(QUORUMLAB_SOURCE_DIR "/tests/tidy/cases")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class TidyRules : public testing::TestWithParam<fs::path> {};

TEST_P(TidyRules, SayWhatTheCaseExpects) {
  const Case wanted = read_case(GetParam());
  std::string found;
  for (const Finding& finding : check(wanted.tree)) found += to_text(finding) + "\n";
  if (std::getenv("QUORUMLAB_BLESS") != nullptr) {
    std::ofstream(GetParam()) << wanted.input << found;
    return;
  }
  EXPECT_EQ(found, wanted.expected) << "in " << GetParam() << "; ./dev bless rewrites it";
}

INSTANTIATE_TEST_SUITE_P(Cases, TidyRules, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.stem().string(); });

}  // namespace
}  // namespace quorumlab::tidy
