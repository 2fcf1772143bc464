// Each planted mistake has a scenario that shows it in nearly every seed, and the same scenario
// without the mistake shows nothing. QUORUMLAB_SEEDS=1000 tries more than the usual few seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "models/registry.h"
#include "scenarios/run.h"
#include "tests/catalogue_files.h"
#include "tests/models/replication/storm.h"

namespace quorumlab::tests {
namespace {

using scenarios::Expectation;
using scenarios::RunResult;
using scenarios::Scenario;

const models::Registry& registry() {
  static const models::Registry kRegistry = models::builtin_models();
  return kRegistry;
}

Scenario load(const std::string& file, const std::vector<std::string>& sets) {
  config::Diagnostics problems;
  auto loaded = scenarios::load_file(catalogue_folder() + file, sets, registry(), problems);
  EXPECT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
  return loaded ? loaded->scenario : Scenario{};
}

const models::ModelEntry& model_of(const Scenario& scenario) {
  return *registry().find(scenario.replication.model.word());
}

std::vector<std::string> mistakes_in(const Scenario& scenario) {
  const auto& chosen = scenario.replication.model;
  std::vector<std::string> words;
  const config::Value written = model_of(scenario).schema.write_any(chosen.options(), nullptr);
  if (const config::Value* const list = config::find(written, "mistakes")) {
    for (const config::Value& word : list->elements()) words.push_back(word.text());
  }
  return words;
}

// Those with a line that begins so. Each test is a process that begins with this list, which is why
// it loads no scenario; that it is complete is a test below.
std::vector<std::string> files_with_mistakes() {
  std::vector<std::string> files = catalogue_files();
  std::erase_if(files, [](const std::string& name) {
    std::ifstream file(catalogue_folder() + name);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("mistakes")) return false;
    }
    return true;
  });
  return files;
}

// What the scenario claims to break: what [expect] says does not hold.
std::vector<std::string> broken_by(const Scenario& scenario) {
  std::vector<std::string> properties;
  for (const auto& [property, expectation] : scenario.expect) {
    const bool breaks = expectation.relation == Expectation::Relation::kIs
                            ? !expectation.holds
                            : property == "lost_writes" && !expectation.met_by(0);
    if (breaks) properties.push_back(property);
  }
  return properties;
}

bool is_broken(const RunResult& result, const std::string& property) {
  const auto found = result.property(property);
  if (!found) return false;
  return property == "lost_writes" ? *found > 0 : *found == 0;
}

// In how many of the seeds is one of the properties broken?
std::uint64_t broken(const Scenario& scenario, const std::vector<std::string>& properties,
                     std::uint64_t seeds) {
  std::uint64_t count = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const RunResult result = scenarios::run(scenario, registry(), {.seed = seed});
    if (std::any_of(properties.begin(), properties.end(),
                    [&](const std::string& property) { return is_broken(result, property); })) {
      ++count;
    }
  }
  return count;
}

class Planted : public testing::TestWithParam<std::string> {};

TEST_P(Planted, MistakeIsSeenInMostSeedsAndNothingIsWithoutIt) {
  const std::uint64_t seeds = seeds_or(8);
  const Scenario with = load(GetParam(), {});
  const auto properties = broken_by(with);
  if (properties.empty()) return;  // a mistake that is harmless here, says the file
  EXPECT_GE(2 * broken(with, properties, seeds), seeds) << "of " << seeds << " seeds";
  EXPECT_EQ(broken(load(GetParam(), {"replication.mistakes=[]"}), properties, seeds), 0U);
}

INSTANTIATE_TEST_SUITE_P(Mistakes, Planted, testing::ValuesIn(files_with_mistakes()),
                         [](const testing::TestParamInfo<std::string>& file) {
                           std::string name = file.param.substr(0, file.param.size() - 5);
                           std::replace(name.begin(), name.end(), '/', '_');
                           return name;
                         });

TEST(Mistakes, EachModelHasEightOfThemAndEachHasAScenario) {
  std::set<std::pair<std::string, std::string>> shown;
  std::vector<std::string> files;
  for (const std::string& file : catalogue_files()) {
    const Scenario scenario = load(file, {});
    const std::vector<std::string> mistakes = mistakes_in(scenario);
    if (!mistakes.empty()) files.push_back(file);
    for (const std::string& word : mistakes) shown.emplace(model_of(scenario).schema.name(), word);
  }
  EXPECT_EQ(files_with_mistakes(), files) << "`mistakes` has to begin a line";
  for (const models::ModelEntry& model : registry().all()) {
    const auto& fields = model.schema.fields();
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [](const auto& f) { return f.key == "mistakes"; });
    ASSERT_NE(field, fields.end());
    const auto words = field->codec->type().element.at(0).words;
    EXPECT_GE(words.size(), 8U) << model.schema.name();
    for (const config::Word& word : words) {
      EXPECT_TRUE(shown.contains({model.schema.name(), word.word}))
          << "no scenario shows " << model.schema.name() << "'s " << word.word;
    }
  }
}

}  // namespace
}  // namespace quorumlab::tests
