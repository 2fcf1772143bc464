// The README tells the truth: every command in its console blocks is run, and prints what the block
// shows. In a block, "..." stands for any number of lines and "[1]" for the exit code; without one
// it is 0. `./dev run` is run without the building.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Command {
  std::string text;
  std::vector<std::string> shown;
  int exit_code = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string content(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> blocks(const std::string& text, const std::string& language) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (const std::string& line : lines_of(text)) {
    if (line == "```" + language) {
      inside = true;
      blocks.emplace_back();
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

std::vector<Command> commands(const std::string& readme) {
  std::vector<Command> commands;
  for (const std::string& block : blocks(readme, "console")) {
    for (const std::string& line : lines_of(block)) {
      const bool is_code = line.size() > 2 && line.front() == '[' && line.back() == ']';
      if (line.starts_with("$ ")) {
        commands.push_back({line.substr(2), {}});
      } else if (is_code) {
        commands.back().exit_code = std::stoi(line.substr(1));
      } else {
        commands.back().shown.push_back(line);
      }
    }
  }
  return commands;
}

struct Ran {
  std::vector<std::string> lines;
  int exit_code = 0;
};

// Of its own for each test, since they run at the same time.
fs::path work_folder() {
  const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  return fs::path(QUORUMLAB_WORK_DIR) / test->name();
}

Ran run(const std::string& command) {
  for (const std::string start : {"quorumlab ", "./dev "}) {
    if (!command.starts_with(start)) continue;
    const std::string arguments = command.substr(start.size());
    const std::string whole = fmt::format("cd {} && {} {} 2>talk; code=$?; cat talk; exit $code",
                                          work_folder().string(), QUORUMLAB_PROGRAM, arguments);
    FILE* const pipe = popen(whole.c_str(), "r");
    std::string output;
    char buffer[4096];
    while (const std::size_t size = fread(buffer, 1, sizeof buffer, pipe)) {
      output.append(buffer, size);
    }
    return {lines_of(output), WEXITSTATUS(pclose(pipe))};
  }
  ADD_FAILURE() << "the README shows a command of another program: " << command;
  return {};
}

// The first line of the block that the output lacks, in order; empty: none.
std::string missing(const std::vector<std::string>& shown, const std::vector<std::string>& real) {
  std::size_t at = 0;
  bool anything = false;
  for (const std::string& line : shown) {
    if (line == "...") {
      anything = true;
      continue;
    }
    while (anything && at < real.size() && real[at] != line) ++at;
    if (at >= real.size() || real[at] != line) return line;
    ++at;
    anything = false;
  }
  return {};
}

class Readme : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path source = QUORUMLAB_SOURCE_DIR;
    const fs::path work = work_folder();
    fs::remove_all(work);
    fs::create_directories(work / "tests");
    fs::copy(source / "scenarios", work / "scenarios", fs::copy_options::recursive);
    fs::copy(source / "tests/data", work / "tests/data", fs::copy_options::recursive);
    readme_ = content(source / "README.md");
  }

  std::string readme_;
};

TEST_F(Readme, EveryCommandPrintsWhatItShows) {
  const std::vector<Command> all = commands(readme_);
  EXPECT_GT(all.size(), 5U);
  for (const Command& command : all) {
    const Ran ran = run(command.text);
    EXPECT_EQ(ran.exit_code, command.exit_code) << command.text;
    EXPECT_EQ(missing(command.shown, ran.lines), "") << command.text;
  }
}

TEST_F(Readme, ExplainsAScenarioThatRunsAsItIs) {
  const std::vector<std::string> scenarios = blocks(readme_, "toml");
  ASSERT_FALSE(scenarios.empty());
  for (const std::string& scenario : scenarios) {
    std::ofstream(work_folder() / "shown.toml") << scenario;
    const Ran shown = run("quorumlab run shown.toml --svg none");
    EXPECT_EQ(shown.exit_code, 0) << scenario;
  }
}

TEST_F(Readme, LinksLeadSomewhere) {
  std::size_t links = 0;
  for (std::size_t at = readme_.find("]("); at != std::string::npos;
       at = readme_.find("](", at + 1)) {
    const std::string target = readme_.substr(at + 2, readme_.find(')', at) - at - 2);
    if (target.starts_with("http")) continue;
    ++links;
    EXPECT_TRUE(fs::exists(fs::path(QUORUMLAB_SOURCE_DIR) / target)) << target;
  }
  EXPECT_GT(links, 3U);
}

}  // namespace
