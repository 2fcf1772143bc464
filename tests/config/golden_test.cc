// Every cases/NAME.toml is read with the sample schema; what is wrong with it is
// cases/NAME.expected.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "scenarios/json_schema.h"
#include "scenarios/toml.h"
#include "sim/config/manual.h"
#include "tests/config/sample.h"

namespace quorumlab {
namespace {

namespace fs = std::filesystem;

fs::path cases() {
  return fs::path(QUORUMLAB_SOURCE_DIR) / "tests/config/cases";
}

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void expect_golden(const std::string& name, const std::string& actual) {
  const fs::path path = cases() / name;
  if (std::getenv("QUORUMLAB_BLESS") != nullptr) std::ofstream(path, std::ios::binary) << actual;
  EXPECT_EQ(content(path), actual) << "in " << name << "; ./dev bless rewrites it";
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(cases())) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string problems_of(const std::string& name) {
  config::Diagnostics problems;
  const config::SourceId file =
      problems.add_source(name + ".toml", content(cases() / (name + ".toml")));
  sample::Scenario scenario;
  if (const auto root = scenarios::parse_toml(file, problems)) {
    const bool good = sample::scenario_schema().read(*root, &scenario, problems);
    EXPECT_EQ(good, problems.empty());
  }
  return problems.render(config::Colour::kOff);
}

class WrongInput : public testing::TestWithParam<std::string> {};

TEST_P(WrongInput, IsToldAsInTheGoldenFile) {
  const std::string actual = problems_of(GetParam());
  EXPECT_NE(actual, "") << "a case without a problem shows nothing";
  expect_golden(GetParam() + ".expected", actual);
}

INSTANTIATE_TEST_SUITE_P(Cases, WrongInput, testing::ValuesIn(case_names()),
                         [](const auto& instance) { return instance.param; });

TEST(Manual, OfAScenarioReadsLikeAManualPage) {
  using config::ManualFormat;
  const config::Schema schema = sample::scenario_schema();
  expect_golden("scenario.manual", manual(schema, {.format = ManualFormat::kPlain, .width = 80}));
  expect_golden("scenario.manual_md", manual(schema, {.format = ManualFormat::kMarkdown}));
  expect_golden("model.manual", manual(sample::leader_follower_schema(),
                                       {.format = ManualFormat::kPlain, .width = 60}));
}

TEST(JsonSchema, OfAScenario) {
  expect_golden("scenario.json", scenarios::json_schema(sample::scenario_schema()));
}

TEST(EffectiveScenario, HasEveryDefaultFilledIn) {
  sample::Scenario scenario;
  scenario.name = "defaults";
  scenario.zones = {{"east", 2}, {"west", 3}};
  scenario.fault.push_back(
      {.schedule = {.at = {}, .lasts = {}, .when = sample::Trigger{"elected", 2}},
       .kind = config::Chosen("partition", sample::Partition{{{"a"}, {"b"}}})});
  expect_golden("effective.written", scenarios::to_toml(sample::scenario_schema().write(scenario)));
}

}  // namespace
}  // namespace quorumlab
