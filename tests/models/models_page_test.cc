// docs/models.md is what the models declare: their claims, options and published state.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/registry.h"
#include "sim/config/manual.h"
#include "tests/golden_file.h"

namespace quorumlab::tests {
namespace {

using models::Claim;
using models::ModelEntry;

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

TEST(ModelsPage, IsWhatTheDeclarationsSay) {
  EXPECT_EQ(golden_file("docs/models.md", page()), page()) << "./dev bless rewrites it";
}

}  // namespace
}  // namespace quorumlab::tests
