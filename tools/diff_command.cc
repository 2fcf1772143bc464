// diff: two runs side by side; where they part, and what only one of them has.
#include <fmt/format.h>

#include <utility>

#include "tools/commands.h"
#include "tools/counterfactual.h"
#include "tools/examine.h"
#include "tools/exit_codes.h"
#include "tools/files.h"
#include "tools/pages.h"
#include "tools/trace_files.h"
#include "traces/align.h"
#include "traces/words.h"

namespace quorumlab::tools {
namespace {

struct Side {
  std::string label;
  traces::SavedRun run;
  std::vector<std::string> properties;  // that are violated, beside the witnesses
};

Side ran(std::string label, const scenarios::Scenario& scenario, std::optional<std::uint64_t> seed,
         const models::Registry& registry) {
  Side side{.label = std::move(label)};
  auto result = scenarios::run(scenario, registry, {.seed = seed, .record = &side.run.record});
  side.run.witnesses = witnesses_of(result);
  for (const Violation& violation : violations_of(result))
    side.properties.push_back(violation.property);
  side.run.history = std::move(result.history);
  return side;
}

// nullopt: told on stderr.
std::optional<Side> side_of(const std::string& file, const std::vector<std::string>& sets,
                            std::optional<std::uint64_t> seed, const models::Registry& registry) {
  if (file.ends_with(".toml")) {
    const auto scenario = load(file, sets, registry);
    if (!scenario) return std::nullopt;
    std::string label = file;
    if (seed) label += fmt::format(" --seed {}", *seed);
    for (const std::string& set : sets) label += fmt::format(" --set {}", set);
    return ran(std::move(label), *scenario, seed, registry);
  }
  bool whole = true;
  auto saved = read_trace(file, &whole);
  if (!saved || !whole) return std::nullopt;
  return Side{.label = file, .run = std::move(*saved), .properties = {}};
}

// The other side, as the first one's scenario with something changed.
std::optional<Side> changed(const DiffArguments& arguments, const models::Registry& registry) {
  const bool is_scenario = arguments.a.ends_with(".toml");
  const bool differs = arguments.other_seed || arguments.without || !arguments.change.empty();
  if (!is_scenario || !differs) {
    fmt::print(stderr,
               "quorumlab: compare with what? Name a second run, or of a scenario say "
               "--other-seed, --without or --change\n");
    return std::nullopt;
  }
  std::vector<std::string> sets = arguments.sets;
  sets.insert(sets.end(), arguments.change.begin(), arguments.change.end());
  auto scenario = load(arguments.a, sets, registry);
  if (!scenario) return std::nullopt;
  std::string label = "the same";
  if (arguments.without) {
    if (*arguments.without < 1 || *arguments.without > scenario->faults.size()) {
      fmt::print(stderr, "quorumlab: --without {}: the scenario has {} faults\n",
                 *arguments.without, scenario->faults.size());
      return std::nullopt;
    }
    label += fmt::format(", without fault {} ({})", *arguments.without,
                         scenario->faults[*arguments.without - 1].kind.word());
    *scenario = without_fault(std::move(*scenario), *arguments.without - 1);
  }
  for (const std::string& set : arguments.change) label += ", with " + set;
  const auto seed = arguments.other_seed ? arguments.other_seed : arguments.seed;
  if (arguments.other_seed) label += fmt::format(", seed {}", *seed);
  return ran(std::move(label), *scenario, seed, registry);
}

std::string event_line(const traces::Record& record, sim::EventId id) {
  if (id == sim::kNoEvent) return "nothing more happens";
  return fmt::format("#{} {} {}", id.value, sim::to_text(record.event(id).at, 6),
                     event_text(record, id));
}

void tell_verdicts(const Side& side, char letter) {
  fmt::print("{}  {}\n", letter, side.label);
  if (side.run.witnesses.empty()) fmt::print("     nothing is violated\n");
  for (const models::Witness& witness : side.run.witnesses)
    fmt::print("     {}\n", traces::printable(witness.claim));
}

void tell(const Side& a, const Side& b, const traces::Alignment& aligned) {
  tell_verdicts(a, 'A');
  tell_verdicts(b, 'B');
  if (!aligned.first) {
    fmt::print("\nThe two runs are the same, event for event.\n");
    return;
  }
  fmt::print("\nThey part here:\n  A  {}\n  B  {}\n\n", event_line(a.run.record, aligned.first->a),
             event_line(b.run.record, aligned.first->b));
  fmt::print("{:<12} {:>9} {:>9} {:>9}   first of its own\n", "lane", "in both", "only A",
             "only B");
  for (const traces::LaneAlignment& lane : aligned.lanes) {
    const std::string name = lane.lane.empty() ? "the world" : traces::printable(lane.lane);
    fmt::print("{:<12} {:>9} {:>9} {:>9}\n", name, lane.shared, lane.only_a.size(),
               lane.only_b.size());
    if (!lane.only_a.empty())
      fmt::print("{:>12} A  {}\n", "", event_line(a.run.record, lane.only_a.front()));
    if (!lane.only_b.empty())
      fmt::print("{:>12} B  {}\n", "", event_line(b.run.record, lane.only_b.front()));
  }
}

Page page_of(const Side& side, const traces::Alignment& aligned, bool is_b) {
  return {
      .record = &side.run.record,
      .history = &side.run.history,
      .violations = told_of(side.run.record, side.run.history, side.run.witnesses, side.properties),
      .diff = traces::ViewDiff{&aligned, is_b, side.label}};
}

}  // namespace

int diff_command(const DiffArguments& arguments, const models::Registry& registry) {
  const auto a = side_of(arguments.a, arguments.sets, arguments.seed, registry);
  if (!a) return kBadInput;
  const auto b =
      arguments.b.empty()
          ? changed(arguments, registry)
          : side_of(arguments.b, arguments.sets,
                    arguments.other_seed ? arguments.other_seed : arguments.seed, registry);
  if (!b) return kBadInput;
  const traces::Alignment aligned = align(a->run.record, b->run.record);
  tell(*a, *b, aligned);
  if (!arguments.html.empty()) {
    const auto html = make_page({page_of(*a, aligned, false), page_of(*b, aligned, true)});
    if (!html || !write_file(arguments.html, *html)) return kRetry;
  }
  return aligned.first ? kDiffers : kAsExpected;
}

}  // namespace quorumlab::tools
