// docs/models.md is what the models declare: their claims, options and published state; and
// docs/workloads.md what the workloads do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/carried_out.h"
#include "models/exchange/from_history.h"
#include "models/exchange/judge_history.h"
#include "models/registry.h"
#include "models/workload/workload.h"
#include "sim/config/manual.h"
#include "tests/golden_file.h"

namespace quorumlab::tests {
namespace {

using models::builtin_workloads;
using models::carried_out;
using models::Claim;
using models::Function;
using models::ModelEntry;
using models::models_of_history;
using models::ObjectKind;
using models::WorkloadEntry;
using models::WorkloadUse;

std::string in_one_line(std::string lines) {
  while (lines.ends_with('\n')) lines.pop_back();
  std::string text;
  for (const char c : lines) text += c == '\n' ? std::string("`<br>`") : std::string(1, c);
  return lines.empty() ? "" : "`" + text + "`";
}

std::string row(const Claim& claim) {
  std::string lacks;
  for (const Claim::Counterexample& c : claim.lacks) {
    lacks += fmt::format("{}{}: [{}](../scenarios/{})", lacks.empty() ? "" : "<br>", c.property,
                         c.scenario, c.scenario);
  }
  return fmt::format("| {} | {} | {} | {} |\n", in_one_line(claim.options),
                     in_one_line(claim.workload), fmt::join(claim.holds, ", "), lacks);
}

std::string words_of(const std::vector<Function>& functions) {
  std::vector<std::string> words;
  for (const Function f : functions) words.push_back(fmt::format("`{}`", word_of(f)));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string workloads_page() {
  std::string text =
      "# Workloads\n\n"
      "Generated from the declarations by `./dev bless`. What clients do, which changes replicas "
      "have to carry out for it beside reads ([models.md](models.md) says which models do), and "
      "what the history is held against: the words of [consistency.md](consistency.md), beside "
      "`eventual` and `strong_eventual`, which ask the replicas.\n";
  for (const WorkloadEntry& workload : builtin_workloads()) {
    const config::Chosen usual(workload.schema.name(), workload.schema.make(),
                               workload.schema.type());
    const WorkloadUse use = workload.use ? workload.use(usual) : WorkloadUse{};
    const ObjectKind kind = object_of(use.records);
    const std::vector<std::string> words = models_of_history(kind);
    // Below a heading of its own.
    const std::string keys = manual(workload.schema, {.format = config::ManualFormat::kMarkdown});
    text +=
        fmt::format("\n## {}\n\n{}\n\nWith the default options it asks for {}. Judged: {}.\n\n{}",
                    workload.schema.name(), workload.schema.summary(), words_of(use.asks),
                    fmt::join(words, ", "), keys.substr(keys.find("| key |")));
  }
  return text;
}

std::string page() {
  std::string text =
      "# Replication models\n\n"
      "Generated from the declarations by `./dev bless`. A configuration promises what it says "
      "under any partitions, crashes, pauses and clock errors; a test sweeps each over random "
      "faults. What it does not promise, the scenario beside it shows.\n\n"
      "`durable`: no acknowledged write is lost. The other words are those of "
      "[consistency.md](consistency.md).\n";
  const models::Registry registry = models::builtin_models();
  for (const ModelEntry& model : registry.all()) {
    text += fmt::format("\n## {}\n\n{}\n\nSource: {}.\n\n", model.schema.name(),
                        model.schema.summary(), model.source);
    text += fmt::format("Carries out {}.\n\n", words_of(carried_out(model)));
    text += "| options | clients | promises | does not promise, shown by |\n|---|---|---|---|\n";
    for (const Claim& claim : model.claims) text += row(claim);
    text += "\n" + manual(model.schema, {.format = config::ManualFormat::kMarkdown});
    if (model.state.empty()) continue;
    text += "\n| published state | meaning |\n|---|---|\n";
    for (const models::StateField& field : model.state) {
      text += fmt::format("| `{}` | {} |\n", field.name, field.meaning);
    }
  }
  return text;
}

TEST(WorkloadsPage, IsWhatTheDeclarationsSay) {
  const std::string text = workloads_page();
  EXPECT_EQ(golden_file("docs/workloads.md", text), text) << "./dev bless rewrites it";
}

TEST(ModelsPage, IsWhatTheDeclarationsSay) {
  EXPECT_EQ(golden_file("docs/models.md", page()), page()) << "./dev bless rewrites it";
}

}  // namespace
}  // namespace quorumlab::tests
