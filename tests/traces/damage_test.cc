// Damaged records: what is intact is kept, and nothing that a file can say makes a reader or a
// picture stumble.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <vector>

#include "sim/rng.h"
#include "tests/traces/sample_run.h"
#include "traces/explain.h"
#include "traces/graphs.h"
#include "traces/perfetto.h"
#include "traces/qtrace.h"
#include "traces/qtrace_bytes.h"
#include "traces/shiviz.h"
#include "traces/slice.h"
#include "traces/space_time.h"
#include "traces/state_at.h"
#include "traces/svg.h"
#include "traces/timeline.h"

namespace quorumlab::traces {
namespace {

std::string written(const SampleRun& run) {
  return write_qtrace({.record = &run.record, .history = &run.history, .witnesses = {run.witness}},
                      {});
}

bool same(const TraceEvent& a, const TraceEvent& b) {
  return a.at == b.at && a.cause == b.cause && a.kind == b.kind && a.lane == b.lane &&
         a.peer == b.peer && a.name == b.name && a.tags.op == b.tags.op &&
         a.tags.value == b.tags.value;
}

// Each kind of damage that a disk or a transfer does.
std::string damaged(std::string bytes, sim::Stream& chance) {
  switch (chance.below(4)) {
    case 0:
      bytes.resize(chance.below(bytes.size()));
      return bytes;
    case 1:
      for (std::uint64_t n = 1 + chance.below(20); n > 0; --n)
        bytes[chance.below(bytes.size())] ^= static_cast<char>(1U << chance.below(8));
      return bytes;
    case 2: {
      const auto from = static_cast<std::ptrdiff_t>(chance.below(bytes.size()));
      const auto room = static_cast<std::uint64_t>(bytes.end() - bytes.begin() - from);
      bytes.erase(bytes.begin() + from,
                  bytes.begin() + from + static_cast<std::ptrdiff_t>(chance.below(room + 1)));
      return bytes;
    }
    default: {
      const std::uint64_t from = chance.below(bytes.size());
      const std::uint64_t size = chance.below(bytes.size() - from) + 1;
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), size, '\0');
      return bytes;
    }
  }
}

TEST(Damage, LeavesABeginningOfTheRunAndSaysWhereItEnds) {
  SampleRun run = storm(3);
  const TraceEvent last = run.record.events().back();
  while (run.record.events().size() < 150'000) run.record.add(last);
  const std::string bytes = written(run);
  sim::Stream chance(sim::Seed{11}, "damage");
  std::size_t with_events = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string file = damaged(bytes, chance);
    const QtraceResult result = read_qtrace(file);
    if (file == bytes) continue;
    ASSERT_TRUE(result.damage.has_value() || !result.digest.empty());
    if (result.damage) {
      EXPECT_FALSE(result.damage->message.empty());
      EXPECT_LE(result.damage->offset, file.size());
    }
    if (!result.run) continue;
    const auto events = result.run->record.events();
    ASSERT_LE(events.size(), run.record.events().size());
    EXPECT_TRUE(std::equal(events.begin(), events.end(), run.record.events().begin(), same));
    with_events += events.empty() ? 0U : 1U;
  }
  EXPECT_GT(with_events, 5U);
}

struct Section {
  std::string tag;
  std::string raw;
};

std::vector<Section> sections_of(const std::string& bytes) {
  std::vector<Section> sections;
  ByteReader in(std::string_view(bytes).substr(kFileHead));
  while (!in.at_end()) {
    Section section{std::string(in.take(4)), {}};
    section.raw.resize(in.fixed(4));
    const std::uint64_t stored_size = in.fixed(4);
    in.fixed(8);
    const std::string_view stored = in.take(stored_size);
    uLongf size = section.raw.size();
    EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(section.raw.data()), &size,
                         reinterpret_cast<const Bytef*>(stored.data()), stored.size()),
              Z_OK);
    sections.push_back(std::move(section));
  }
  return sections;
}

// With checksums that fit, as somebody who means harm would write them.
std::string sealed(const std::string& head, std::vector<Section> sections) {
  std::string out = head;
  RunningDigest digest;
  for (Section& section : sections) {
    if (section.tag == kEndTag) section.raw = section.raw.substr(0, 8) + digest.value();
    std::string stored(compressBound(section.raw.size()), '\0');
    uLongf size = stored.size();
    EXPECT_EQ(compress2(reinterpret_cast<Bytef*>(stored.data()), &size,
                        reinterpret_cast<const Bytef*>(section.raw.data()), section.raw.size(), 1),
              Z_OK);
    stored.resize(size);
    const std::uint64_t sum = checksum(section.tag, section.raw);
    digest.add(sum);
    out += section.tag;
    put_fixed(out, section.raw.size(), 4);
    put_fixed(out, stored.size(), 4);
    put_fixed(out, sum, 8);
    out += stored;
  }
  return out;
}

// Everything that reads a run.
std::size_t use(const SavedRun& run) {
  std::size_t bytes = role_graph(run.record).size() + topology_graph(run.record).size();
  bytes += to_shiviz(run.record).size() + to_perfetto(run.record).size();
  const Slice window = slice_of_window(run.record, run.history, sim::kNoEvent, {});
  bytes += timeline(run.record, run.history, window).size();
  bytes += to_svg(space_time(run.record, run.history, window, {})).size();
  for (const models::Witness& witness : run.witnesses) {
    const Slice slice = slice_of_witness(run.record, run.history, witness, {});
    const Explanation why = explain(run.record, run.history, witness);
    bytes += to_svg(space_time(run.record, run.history, slice, caption_of(why))).size();
    bytes += cycle_graph(run.record, run.history, witness).size();
  }
  const auto last = EventId(run.record.events().size());
  for (std::uint32_t lane = 0; last != sim::kNoEvent && lane < run.record.lanes.size(); ++lane)
    bytes += to_text(run.record, state_at(run.record, NodeId(lane), last)).size();
  return bytes;
}

TEST(Damage, OfContentWithRightChecksumsIsRefusedOrHarmless) {
  const std::string bytes = written(stale_read_after_failover());
  const std::string head = bytes.substr(0, kFileHead);
  const std::vector<Section> sections = sections_of(bytes);
  sim::Stream chance(sim::Seed{5}, "forgery");
  std::size_t refused = 0;
  std::size_t taken = 0;
  for (int i = 0; i < 3000; ++i) {
    std::vector<Section> forged = sections;
    Section& section = forged[chance.below(forged.size() - 1)];
    for (std::uint64_t n = 1 + chance.below(3); n > 0; --n)
      section.raw[chance.below(section.raw.size())] = static_cast<char>(chance.below(256));
    const QtraceResult result = read_qtrace(sealed(head, forged));
    ++(result.damage ? refused : taken);
    if (!result.run) continue;
    EXPECT_GT(use(*result.run), 0U);
  }
  EXPECT_GT(refused, 100U);
  EXPECT_GT(taken, 100U);
}

}  // namespace
}  // namespace quorumlab::traces
