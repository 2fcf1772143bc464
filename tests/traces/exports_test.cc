// ShiViz, Perfetto, the viewer's page and the small graphs.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "tests/traces/golden.h"
#include "tests/traces/sample_run.h"
#include "traces/graphs.h"
#include "traces/html.h"
#include "traces/perfetto.h"
#include "traces/qtrace.h"
#include "traces/shiviz.h"
#include "traces/varint.h"
#include "traces/view.h"
#include "traces/viewer_page.h"

namespace quorumlab::traces {
namespace {

using Clock = std::map<std::string, int>;

struct Entry {
  std::string host;
  Clock clock;
};

std::vector<Entry> entries_of(const std::string& log) {
  std::vector<Entry> entries;
  std::istringstream lines(log);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, R"((?<host>\S*) (?<clock>{.*})\n(?<event>.*))");
  std::getline(lines, line);
  EXPECT_EQ(line, "");
  while (std::getline(lines, line)) {
    const std::size_t blank = line.find(' ');
    Entry entry{.host = line.substr(0, blank), .clock = {}};
    entry.clock = nlohmann::json::parse(line.substr(blank + 1)).get<Clock>();
    entries.push_back(std::move(entry));
    std::getline(lines, line);
    EXPECT_FALSE(line.empty());
  }
  return entries;
}

// What ShiViz demands: each host counts its own events from 1 without a gap, and knows no event of
// another host that is not in the log above it.
void expect_valid(const std::vector<Entry>& entries) {
  Clock last;
  for (const Entry& entry : entries) {
    EXPECT_EQ(entry.clock.at(entry.host), ++last[entry.host]);
    for (const auto& [host, count] : entry.clock) EXPECT_LE(count, last[host]);
  }
}

TEST(Shiviz, HasVectorClocksWithoutGaps) {
  for (std::uint64_t seed = 1; seed < 10; ++seed) {
    const SampleRun run = storm(seed);
    const auto entries = entries_of(to_shiviz(run.record));
    EXPECT_GT(entries.size(), 10U);
    expect_valid(entries);
  }
}

TEST(Shiviz, KeepsCausalityThroughWhatASliceLeavesOut) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  const auto entries = entries_of(to_shiviz(run.record, slice.events));
  EXPECT_EQ(entries.size(), slice.events.size());
  expect_valid(entries);
  EXPECT_GT(entries.back().clock.size(), 1U);
}

TEST(Shiviz, KeepsHostsOfOneNameApart) {
  SampleRun run = stale_read_after_failover();
  run.record.lanes[1].name = run.record.lanes[0].name = "a node";
  std::map<std::string, int> hosts;
  for (const Entry& entry : entries_of(to_shiviz(run.record))) ++hosts[entry.host];
  EXPECT_TRUE(hosts.contains("a_node"));
  EXPECT_TRUE(hosts.contains("a_node_lane1"));
}

// Walks a protobuf message without its schema; false: this is not one.
bool walk(std::string_view bytes, std::map<std::uint64_t, std::size_t>& fields) {
  ByteReader in(bytes);
  while (in.ok() && !in.at_end()) {
    const std::uint64_t key = in.varint();
    ++fields[key >> 3U];
    if ((key & 7U) == 0)
      in.varint();
    else if ((key & 7U) == 1)
      in.take(8);
    else if ((key & 7U) == 2)
      in.take(in.varint());
    else
      return false;
  }
  return in.ok();
}

TEST(Perfetto, IsATraceOfPackets) {
  const SampleRun run = storm(3);
  const std::string trace = to_perfetto(run.record);
  std::map<std::uint64_t, std::size_t> fields;
  ASSERT_TRUE(walk(trace, fields));
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_GE(fields.at(1), run.record.events().size());
  ByteReader packets(trace);
  std::map<std::uint64_t, std::size_t> inner;
  while (packets.ok() && !packets.at_end()) {
    packets.varint();
    ASSERT_TRUE(walk(packets.take(packets.varint()), inner));
  }
  EXPECT_GE(inner.at(60), run.record.lanes.size());  // a track for each lane
  EXPECT_GE(inner.at(11), run.record.events().size());
  EXPECT_EQ(inner.at(10), fields.at(1));
}

TEST(Html, HoldsTheRunAndNothingFromOutside) {
  const SampleRun run = stale_read_after_failover();
  const std::string qtrace = write_qtrace(
      {.record = &run.record, .history = &run.history, .witnesses = {run.witness}}, {});
  const std::string page = html_page({.title = "<b>&\"", .runs = {qtrace}});
  EXPECT_NE(page.find("<title>&lt;b&gt;&amp;&quot;</title>"), std::string::npos);
  EXPECT_NE(page.find(base64(qtrace)), std::string::npos);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_FALSE(std::regex_search(page, std::regex("(src|href)=\"?(https?:)?//")));
  EXPECT_EQ(page.find("QUORUMLAB_"), std::string::npos);
}

TEST(Html, EncodesBytesOfEveryLength) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("\xFF\xFE"), "//4=");
}

TEST(View, SaysWhatTheViewerShows) {
  const SampleRun run = stale_read_after_failover();
  const Explanation why = explain(run.record, run.history, run.witness);
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  const auto view = nlohmann::json::parse(
      view_json(run.record, {.violations = {{"linearizable", &why, &slice, &run.witness}}}));
  const auto& violation = view.at("violations").at(0);
  std::string words;
  for (const auto& piece : violation.at("sentences").at(0).at("pieces"))
    words += piece.at(0).get<std::string>();
  EXPECT_EQ(words, why.sentences.front().text);
  EXPECT_EQ(violation.at("slice").size(), slice.events.size());
  const TraceEvent& focus = run.record.event(EventId(violation.at("focus").get<std::uint64_t>()));
  EXPECT_EQ(focus.kind, EventKind::kOk);
  EXPECT_EQ(focus.tags.op, slice.observer);
}

TEST(Graphs, HaveTheGoldenBytes) {
  const SampleRun run = stale_read_after_failover();
  const std::string text = role_graph(run.record) + topology_graph(run.record) +
                           cycle_graph(run.record, run.history, run.witness);
  EXPECT_EQ(text, golden("stale_read_graphs.dot", text));
}

TEST(Graphs, QuoteHostileNames) {
  SampleRun run = stale_read_after_failover();
  run.record.lanes[0].name = "\"]; evil -> [\\\"";
  EXPECT_EQ(topology_graph(run.record).find("label=\"\"]"), std::string::npos);
}

}  // namespace
}  // namespace quorumlab::traces
