// list, describe, schema, new: finding, learning, completing and starting.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "faults/fault.h"
#include "models/carried_out.h"
#include "models/workload/workload.h"
#include "scenarios/json_schema.h"
#include "scenarios/scenario.h"
#include "sim/config/manual.h"
#include "sim/config/suggest.h"
#include "tools/commands.h"
#include "tools/exit_codes.h"
#include "tools/files.h"

namespace quorumlab::tools {
namespace {

struct Line {
  std::string name;
  std::string summary;
};

std::vector<Line> scenario_lines(const models::Registry& registry) {
  std::vector<Line> lines;
  for (const std::string& file : catalogue()) {
    config::Diagnostics problems;
    const auto loaded = scenarios::load_file(file, {}, registry, problems);
    lines.push_back(
        {file, loaded ? loaded->scenario.about.name : "has mistakes: run it to see them"});
  }
  return lines;
}

// Every topic of `describe`, by section of `list`.
std::vector<std::pair<std::string, std::vector<config::Schema>>> topics(
    const models::Registry& registry) {
  std::vector<config::Schema> models;
  for (const auto& entry : registry.all()) models.push_back(entry.schema);
  std::vector<config::Schema> faults;
  for (const auto& kind : faults::fault_kinds()) faults.push_back(kind.schema);
  std::vector<config::Schema> workloads;
  for (const auto& entry : models::builtin_workloads()) workloads.push_back(entry.schema);
  return {{"models", models}, {"faults", faults}, {"workloads", workloads}};
}

std::vector<std::pair<std::string, std::vector<Line>>> sections(const models::Registry& registry) {
  std::vector<std::pair<std::string, std::vector<Line>>> all;
  all.emplace_back("scenarios", scenario_lines(registry));
  for (const auto& [section, schemas] : topics(registry)) {
    std::vector<Line> lines;
    for (const config::Schema& schema : schemas) lines.push_back({schema.name(), schema.summary()});
    all.emplace_back(section, std::move(lines));
  }
  std::vector<Line> checks;
  for (const config::Word& word : scenarios::consistency_models()) {
    checks.push_back({word.word, word.meaning});
  }
  all.emplace_back("checks", std::move(checks));
  return all;
}

std::string words_of(const std::vector<models::Function>& functions) {
  std::vector<std::string_view> words;
  for (const models::Function f : functions) words.push_back(word_of(f));
  return fmt::format("{}", fmt::join(words, ", "));
}

// Lines of TOML as one: "reads = \"log\", type = \"queue\"".
std::string in_one_line(const std::string& toml) {
  std::string line = toml;
  for (std::size_t at = 0; (at = line.find('\n', at)) != std::string::npos;) {
    line.replace(at, 1, ", ");
  }
  return line;
}

// What configurations of the model promise; docs/models.md has the same as a table.
void print_claims(const models::ModelEntry& model) {
  for (const models::Claim& claim : model.claims) {
    const std::string promises =
        claim.holds.empty() ? "nothing" : fmt::format("{}", fmt::join(claim.holds, ", "));
    const std::string options = claim.options.empty() ? "its defaults" : in_one_line(claim.options);
    const std::string clients =
        claim.workload.empty() ? "" : ", for clients with " + in_one_line(claim.workload);
    fmt::print("promises {} with {}{}\n", promises, options, clients);
    for (const auto& lacks : claim.lacks) {
      fmt::print("  but not {}: scenarios/{}\n", lacks.property, lacks.scenario);
    }
  }
}

}  // namespace

int list_command(const std::string& wanted, bool json, const models::Registry& registry) {
  nlohmann::ordered_json all;
  for (const auto& [section, lines] : sections(registry)) {
    if (!wanted.empty() && section != wanted) continue;
    std::size_t width = 0;
    for (const Line& line : lines) width = std::max(width, line.name.size());
    if (!json) fmt::print("{}\n", section);
    for (const Line& line : lines) {
      if (!json) fmt::print("  {:<{}}  {}\n", line.name, width, line.summary);
      all[section].push_back({{"name", line.name}, {"summary", line.summary}});
    }
  }
  if (json) fmt::print("{}\n", all.dump(2));
  return kAsExpected;
}

int describe_command(const std::string& name, bool markdown, const models::Registry& registry) {
  const config::ManualOptions options{.format = markdown ? config::ManualFormat::kMarkdown
                                                         : config::ManualFormat::kPlain};
  std::vector<std::string> known = {"scenario"};
  if (name == "scenario") {
    fmt::print("{}", config::manual(scenarios::scenario_schema(registry), options));
    return kAsExpected;
  }
  for (const auto& [section, schemas] : topics(registry)) {
    for (const config::Schema& schema : schemas) {
      known.push_back(schema.name());
      if (schema.name() != name) continue;
      fmt::print("{}", config::manual(schema, options));
      if (const models::ModelEntry* const model = registry.find(name)) {
        fmt::print("\nsource: {}\n", model->source);
        fmt::print("carries out {}\n", words_of(models::carried_out(*model)));
        for (const models::StateField& field : model->state) {
          fmt::print("state {}: {}\n", field.name, field.meaning);
        }
        print_claims(*model);
      }
      return kAsExpected;
    }
  }
  fmt::print(stderr, "quorumlab: nothing is called `{}`: {}\n", name,
             config::suggestion(name, known));
  return kBadInput;
}

int schema_command(const models::Registry& registry) {
  fmt::print("{}", scenarios::json_schema(scenarios::scenario_schema(registry)));
  return kAsExpected;
}

int new_command(const NewArguments& arguments, const models::Registry& registry) {
  if (registry.find(arguments.model) == nullptr) {
    std::vector<std::string> known;
    for (const auto& entry : registry.all()) known.push_back(entry.schema.name());
    fmt::print(stderr, "quorumlab: no model is called `{}`: {}\n", arguments.model,
               config::suggestion(arguments.model, known));
    return kBadInput;
  }
  if (std::filesystem::exists(arguments.file)) {
    fmt::print(stderr, "quorumlab: {} exists and is left alone\n", arguments.file);
    return kBadInput;
  }
  const std::string text = fmt::format(
      "# `quorumlab describe {0}` explains every key; `quorumlab run` lists mistakes.\n\n"
      "[scenario]\nname     = \"A scenario of my own\"\nseed     = 1\nduration = \"20s\"\n\n"
      "[cluster]\nreplicas = 3\nclients  = 2\n\n"
      "[network]\nlatency = \"uniform(1ms, 5ms)\"\n\n"
      "[replication]\nmodel = \"{0}\"\n\n"
      "[workload]\ntype  = \"register\"\nrate  = \"50/s\"\n\n"
      "[[fault]]\nkind  = \"partition\"\nat    = \"5s\"\nfor   = \"5s\"\n"
      "split = [[\"n1\"], [\"n2\", \"n3\"]]\n\n"
      "[check]\nconsistency = [\"linearizable\", \"eventual\"]\n",
      arguments.model);
  if (!write_file(arguments.file, text)) return kRetry;
  fmt::print(stderr, "wrote {}; try: quorumlab run {}\n", arguments.file, arguments.file);
  return kAsExpected;
}

}  // namespace quorumlab::tools
