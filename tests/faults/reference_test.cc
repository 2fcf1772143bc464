// Every kind of fault comes with an example; the example has an effect; docs/faults.md says so.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/config/manual.h"
#include "tests/faults/kit.h"
#include "tests/faults/signs.h"
#include "tests/golden_file.h"

namespace quorumlab::faults {
namespace {

Broken example_of(const FaultKind& kind) {
  return Broken(keys_of(kind), kind.example_needs);
}

class Kind : public testing::TestWithParam<std::size_t> {
 protected:
  const FaultKind& kind_ = fault_kinds()[GetParam()];
};

TEST_P(Kind, HasAnExampleThatHasAnEffect) {
  const Broken run = example_of(kind_);
  EXPECT_GE(run.effect().activations, 1U);
  EXPECT_GE(run.effect().opportunities, 1U);
  EXPECT_GE(run.effect().effects, 1U) << run.effect().text;
  EXPECT_EQ(run.result.stopped_because, "");
}

TEST_P(Kind, ShowsInTheTraceAsTheReferenceSays) {
  const Broken without("kind = \"disk_slow\"\nat = \"4999ms\"\non = \"n3\"\nby = \"0s\"",
                       kind_.example_needs);
  const Sign& sign = sign_of(kind_.schema.name());
  EXPECT_TRUE(sign.seen(example_of(kind_), without)) << sign.words;
}

TEST_P(Kind, DoesTheSameTwice) {
  EXPECT_EQ(example_of(kind_).result.fingerprint, example_of(kind_).result.fingerprint);
}

// The fingerprint shows that a fault is there, not only its effect; so the messages are compared.
TEST_P(Kind, DoesNothingBeforeItBegins) {
  std::string late = keys_of(kind_);
  const std::string at = "at = \"1s\"";
  if (late.find(at) == std::string::npos) return;
  for (auto found = late.find(at); found != std::string::npos; found = late.find(at)) {
    late.replace(found, at.size(), "at = \"4999ms\"");
  }
  const Broken without("kind = \"clock_offset\"\nat = \"4999ms\"\non = \"c2\"\nby = \"0s\"",
                       kind_.example_needs);
  const Broken with(late, kind_.example_needs);
  const auto& a = without.result.history.operations();
  const auto& b = with.result.history.operations();
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i].completed_at.seconds() > 1.9) break;
    EXPECT_EQ(a[i].completed_at, b[i].completed_at);
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, Kind, testing::Range<std::size_t>(0, fault_kinds().size()),
                         [](const auto& instance) {
                           return fault_kinds()[instance.param].schema.name();
                         });

// What tests/faults/disk_faults_test.cc asserts.
constexpr const char* kDurability = R"table(
What each kind of outage takes from a disk:

| | `process_crash` | `crash` | `power_loss` | `amnesia` |
|---|---|---|---|---|
| written, not synced | kept | lost, or torn | lost, or torn | lost |
| synced | kept | kept | kept | lost |
| synced by a disk that lies (`sync_lies`) | kept | kept | lost, or torn | lost |
| its sync failed (`sync_fails`) | kept | lost | lost | lost |
| never written (`lost_writes`) | kept | lost | lost | lost |

"Lost, or torn" is up to `[disk] unsynced`.
)table";

constexpr const char* kConditions = R"text(
### Conditions

`when = { state = "..." }` and `until = "..."` take a condition on what replicas publish. It is checked
when the scenario is loaded.

| | |
|---|---|
| `role(n2) == leader` | a field of one node, by its name or `leader`; `quorumlab describe MODEL` lists the fields |
| `up(n1)`, `paused(n1)`, `incarnation(n1)`, `unsynced(n1)` | what every node has: `unsynced` are bytes on its disk |
| `commit(leader) - min(followers, commit) > 50` | `min`, `max`, `sum` over the nodes of a zone or role |
| `count(replicas, role == leader) >= 2` | `count`, `all`, `any`, with a condition on each node |
| `active(split)` | a fault with this `name` lasts |
| `and`, `or`, `not`, `( )`, `+`, `-` | as usual; of a node that is down nothing holds |
)text";

std::string page() {
  std::string text =
      "# Faults\n\n"
      "Generated from the declarations by `./dev bless`; every example is run by a test, which "
      "asserts that it has an effect and that the trace shows it. When and for how long a fault "
      "lasts is the same for all "
      "kinds and comes first.\n\n## When\n\n";
  const config::ManualOptions markdown{.format = config::ManualFormat::kMarkdown};
  text += manual(fault_schema(), markdown) + "\n" + manual(random_faults_schema(), markdown);
  text += kConditions;
  std::string theme;
  for (const FaultKind& kind : fault_kinds()) {
    if (kind.theme != theme) {
      theme = kind.theme;
      text += fmt::format("\n## Faults of {}\n{}", theme == "network" ? "the network" : theme,
                          theme == "disks" ? kDurability : "");
    }
    text += "\n" + manual(kind.schema, markdown);
    text += fmt::format("\nA nemesis {} it.\n", kind.random ? "may draw" : "never draws");
    text += fmt::format("\n```toml\n[[fault]]\n{}```\n\n", keys_of(kind));
    for (const std::string& need : kind.example_needs) {
      text += fmt::format("It needs `--set '{}'`.\n", need);
    }
    text += fmt::format("In the trace: {}.\n", sign_of(kind.schema.name()).words);
  }
  return text;
}

TEST(Reference, IsWhatTheDeclarationsSay) {
  EXPECT_EQ(tests::golden_file("docs/faults.md", page()), page()) << "./dev bless rewrites it";
}

}  // namespace
}  // namespace quorumlab::faults
