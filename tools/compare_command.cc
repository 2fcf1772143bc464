// compare: the variants of a scenario, each over the same seeds, as a table.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "scenarios/report.h"
#include "tools/campaign.h"
#include "tools/commands.h"
#include "tools/exit_codes.h"
#include "tools/tally.h"

namespace quorumlab::tools {
namespace {

using Json = nlohmann::ordered_json;

struct Row : Alternative {
  Tally tally = {};
};

AlternativesOf wanted_of(const CompareArguments& arguments) {
  return {arguments.file, arguments.sets, arguments.vary};
}

Json served_json(const Tally::Served& served) {
  return {{"reads", served.reads},
          {"reads_ok", served.reads_ok},
          {"writes", served.writes},
          {"writes_ok", served.writes_ok}};
}

Json latency_json(const scenarios::Latency& latency) {
  return {{"ok", latency.count},
          {"median_ns", latency.median.count()},
          {"p99_ns", latency.p99.count()}};
}

void print_json(const CompareArguments& arguments, const std::vector<Row>& rows) {
  Json variants = Json::array();
  for (const Row& row : rows) {
    const Tally& tally = row.tally;
    Json properties = Json::object();
    for (const Tally::Property& property : tally.properties()) {
      Json json = {{"holds", property.holds},
                   {"violated", property.violated},
                   {"unknown", property.unknown}};
      if (property.violated > 0)
        json["example"] = run_command(wanted_of(arguments), row, property.seed);
      properties[property.name] = std::move(json);
    }
    variants.push_back({{"name", row.name},
                        {"set", row.sets},
                        {"runs", tally.runs()},
                        {"properties", std::move(properties)},
                        {"acknowledged_writes", tally.acknowledged_writes()},
                        {"lost_writes", tally.lost_writes()},
                        {"served", served_json(tally.served())},
                        {"served_during_faults", served_json(tally.served_during_faults())},
                        {"reads", latency_json(tally.reads())},
                        {"writes", latency_json(tally.writes())}});
  }
  const Json all = {{"file", arguments.file}, {"variants", std::move(variants)}};
  fmt::print("{}\n", all.dump(2));
}

// In all runs, in none, or in so many.
std::string held(const Tally::Property& property) {
  if (property.violated + property.unknown == 0) return "yes";
  if (property.holds + property.unknown == 0) return "no";
  return fmt::format("{}/{}{}", property.holds, property.holds + property.violated,
                     property.unknown == 0 ? "" : fmt::format(" ?{}", property.unknown));
}

std::string percent(std::uint64_t ok, std::uint64_t tried) {
  if (tried == 0) return "-";
  const double share = 100.0 * static_cast<double>(ok) / static_cast<double>(tried);
  // Not all is never written as all, nor something as nothing.
  const bool rounds = (share > 99.95 && ok < tried) || (share < 0.05 && ok > 0);
  return rounds ? fmt::format("{:.3f}%", share) : fmt::format("{:.1f}%", share);
}

std::string quick(const scenarios::Latency& latency) {
  if (latency.count == 0) return "-";
  const auto ms = [](sim::Duration d) { return d.seconds() * 1e3; };
  return fmt::format("{:.1f} / {:.1f}", ms(latency.median), ms(latency.p99));
}

using Line = std::vector<std::string>;

// Columns are for what differs; where there are many properties, those that always hold are named
// below the table instead.
std::vector<bool> in_columns(const std::vector<Row>& rows) {
  constexpr std::size_t kRoom = 4;
  std::vector<bool> shown(rows.front().tally.properties().size(), false);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    shown[i] = shown.size() <= kRoom || std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
                 return row.tally.properties()[i].holds < row.tally.runs();
               });
  }
  return shown;
}

std::vector<Line> table_of(const std::vector<Row>& rows, const std::vector<bool>& shown) {
  Line names = {""};
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i]) names.push_back(rows.front().tally.properties()[i].name);
  }
  for (const char* const name : {"lost writes", "reads ok", "writes ok", "read ms", "write ms"}) {
    names.emplace_back(name);
  }
  std::vector<Line> table = {names};
  for (const Row& row : rows) {
    const Tally& tally = row.tally;
    Line line = {row.name};
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (shown[i]) line.push_back(held(tally.properties()[i]));
    }
    line.push_back(
        tally.lost_writes() == 0 ? "0" : percent(tally.lost_writes(), tally.acknowledged_writes()));
    const Tally::Served& faulty = tally.served_during_faults();
    const bool had_faults = faulty.reads + faulty.writes > 0;
    const Tally::Served& served = had_faults ? faulty : tally.served();
    line.push_back(percent(served.reads_ok, served.reads));
    line.push_back(percent(served.writes_ok, served.writes));
    line.push_back(quick(tally.reads()));
    line.push_back(quick(tally.writes()));
    table.push_back(std::move(line));
  }
  return table;
}

void print_text(const CompareArguments& arguments, const std::vector<Row>& rows) {
  const std::vector<bool> shown = in_columns(rows);
  const std::vector<Line> table = table_of(rows, shown);
  std::vector<std::size_t> widths(table.front().size(), 0);
  for (const Line& line : table) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  fmt::print("{}: {} runs of each\n\n", rows.front().scenario.about.name,
             scenarios::grouped(rows.front().tally.runs()));
  for (const Line& line : table) {
    std::string text = fmt::format("{:<{}}", line[0], widths[0]);
    for (std::size_t i = 1; i < line.size(); ++i) {
      text += fmt::format("  {:>{}}", line[i], widths[i]);
    }
    fmt::print("{}\n", text);
  }
  fmt::print(
      "\nyes, no, or in how many of the runs; `ok`: of what clients asked while a fault lasted, if "
      "any did;\nms: median / 99th percentile of what was answered.\n");
  std::vector<std::string> always;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (!shown[i]) always.push_back(rows.front().tally.properties()[i].name);
  }
  if (!always.empty()) fmt::print("in every run: {}\n", fmt::join(always, ", "));
  for (const Row& row : rows) {
    for (const Tally::Property& property : row.tally.properties()) {
      if (property.violated == 0) continue;
      fmt::print("not {}: {}\n", property.name,
                 run_command(wanted_of(arguments), row, property.seed));
      break;
    }
  }
}

}  // namespace

int compare_command(const CompareArguments& arguments, const models::Registry& registry) {
  const auto seeds = parse_seeds(arguments.seeds);
  if (!seeds) return kBadInput;
  const auto alternatives = alternatives_of(wanted_of(arguments), registry);
  if (!alternatives) return kBadInput;
  if (alternatives->front().name.empty()) {
    fmt::print(stderr,
               "quorumlab: there is nothing to compare: give --vary KEY=VALUE,VALUE, or write "
               "[[variant]] tables or a [matrix] into {}\n",
               arguments.file);
    return kBadInput;
  }
  std::vector<Row> rows;
  for (const Alternative& alternative : *alternatives) rows.push_back({alternative});
  Threads threads(static_cast<unsigned>(std::max(0, arguments.jobs)));
  const bool whole = Campaign(*alternatives, registry, *seeds)
                         .run(&threads, [&](std::size_t which, const scenarios::RunResult& result) {
                           rows[which].tally.add(result);
                         });
  // An interrupted one may not have come to some of its rows.
  std::erase_if(rows, [](const Row& row) { return row.tally.runs() == 0; });
  if (rows.empty()) return kInterrupted;
  if (arguments.json) {
    print_json(arguments, rows);
  } else {
    print_text(arguments, rows);
  }
  return whole ? kAsExpected : kInterrupted;
}

}  // namespace quorumlab::tools
