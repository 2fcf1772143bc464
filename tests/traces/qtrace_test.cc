#include "traces/qtrace.h"

#include <gtest/gtest.h>

#include "tests/traces/sample_run.h"
#include "traces/event_columns.h"
#include "traces/varint.h"

namespace quorumlab::traces {
namespace {

JsonlInput input_of(const SampleRun& run) {
  return {.record = &run.record, .history = &run.history, .witnesses = {run.witness}};
}

std::string jsonl(const SavedRun& run) {
  std::string out;
  write_jsonl({.record = &run.record, .history = &run.history, .witnesses = run.witnesses}, out);
  return out;
}

std::string jsonl(const SampleRun& run) {
  std::string out;
  write_jsonl(input_of(run), out);
  return out;
}

// More events than a block holds, all kinds of numbers in them.
Record long_record(std::size_t events) {
  Record record;
  record.lanes = {{.name = "n1"}, {.name = "n2"}};
  const auto name = record.intern("Append");
  for (std::size_t i = 0; i < events; ++i) {
    TraceEvent e;
    e.at = sim::Time(static_cast<std::int64_t>(i * i));
    e.cause = EventId(i % 3 == 0 ? 0 : i / 2);
    e.lane = NodeId(i % 5 == 4 ? UINT32_MAX : static_cast<std::uint32_t>(i % 2));
    e.peer = NodeId(i % 7 == 0 ? UINT32_MAX : 1);
    e.name = i % 2 == 0 ? name : sim::NameId(0);
    e.kind = static_cast<EventKind>(i % 20);
    e.reason = static_cast<sim::DropReason>(i % 5);
    e.is_reply = i % 3 == 1;
    e.tags.op = sim::OpId(i % 11 == 0 ? UINT32_MAX : static_cast<std::uint32_t>(i % 40));
    e.tags.key = i % 4 == 0 ? sim::kNoKey : sim::Key(static_cast<std::uint32_t>(i));
    e.tags.value = i % 13 == 0 ? INT64_MIN : i % 13 == 1 ? INT64_MAX : -static_cast<int>(i % 100);
    e.tags.index = i % 17 == 0 ? UINT64_MAX : i;
    e.tags.count = i % 19 == 0 ? UINT32_MAX : 1;
    e.tags.term = i % 23 == 0 ? UINT32_MAX : 7;
    record.add(e);
  }
  return record;
}

TEST(Varint, KeepsNumbersOfEverySizeAndSign) {
  for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, INT64_MIN,
                               INT64_MAX, std::int64_t{127}, std::int64_t{-128}}) {
    std::string bytes;
    put_varint(bytes, zigzag(n));
    ByteReader in(bytes);
    EXPECT_EQ(unzigzag(in.varint()), n);
    EXPECT_TRUE(in.ok() && in.at_end());
  }
  ByteReader cut("\xFF");
  EXPECT_EQ(cut.varint(), 0U);
  EXPECT_FALSE(cut.ok());
}

TEST(Qtrace, ReadsBackWhatWasWritten) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const SampleRun run = seed == 0 ? stale_read_after_failover() : storm(seed);
    const std::vector<QtraceSection> extra = {{"VIEW", "{}"}, {"MINE", ""}};
    const QtraceResult result = read_qtrace(write_qtrace(input_of(run), extra));
    ASSERT_FALSE(result.damage.has_value()) << result.damage->message;
    EXPECT_EQ(jsonl(*result.run), jsonl(run));
    EXPECT_EQ(result.extra, extra);
    EXPECT_EQ(result.digest.size(), 32U);
  }
}

TEST(Qtrace, KeepsEveryFieldOfALongRun) {
  const SampleRun run{long_record(kEventsPerBlock + 100), {}, {}};
  const QtraceResult result = read_qtrace(write_qtrace({.record = &run.record}, {}));
  ASSERT_FALSE(result.damage.has_value()) << result.damage->message;
  SavedRun was;
  was.record = run.record;
  EXPECT_EQ(jsonl(*result.run), jsonl(was));
}

TEST(Qtrace, HasADigestOfTheContent) {
  const auto digest = [](const SampleRun& run) {
    return read_qtrace(write_qtrace(input_of(run), {})).digest;
  };
  SampleRun run = stale_read_after_failover();
  const std::string before = digest(run);
  EXPECT_EQ(before, digest(stale_read_after_failover()));
  run.record.header.seed += 1;
  EXPECT_NE(before, digest(run));
}

TEST(Qtrace, TellsWhereItWasCutOffAndKeepsWhatIsIntact) {
  const SampleRun run{long_record(3 * kEventsPerBlock), {}, {}};
  const std::string bytes = write_qtrace({.record = &run.record}, {});
  const QtraceResult result = read_qtrace(bytes.substr(0, bytes.size() / 2));
  ASSERT_TRUE(result.damage.has_value());
  EXPECT_EQ(result.damage->message,
            "the file ends within a section, it was cut off; 0 operations and 65536 events before "
            "it are intact");
  EXPECT_GT(result.damage->offset, 0U);
  ASSERT_TRUE(result.run.has_value());
  EXPECT_EQ(result.run->record.events().size(), kEventsPerBlock);
  EXPECT_TRUE(result.digest.empty());
}

// Of a compressed stream a few bits have no meaning: then the content is the same.
TEST(Qtrace, NoticesEveryChangedByte) {
  const SampleRun run = stale_read_after_failover();
  const std::string bytes = write_qtrace(input_of(run), {});
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const QtraceResult result = read_qtrace(damaged);
    EXPECT_TRUE(result.damage.has_value() || jsonl(*result.run) == jsonl(run)) << "byte " << at;
    EXPECT_TRUE(read_qtrace(bytes.substr(0, at)).damage.has_value()) << "cut at " << at;
  }
  EXPECT_TRUE(read_qtrace(bytes + "x").damage.has_value());
}

TEST(Qtrace, RefusesAnotherVersionAndOtherFiles) {
  std::string bytes = write_qtrace(input_of(stale_read_after_failover()), {});
  bytes[8] = 2;
  EXPECT_EQ(read_qtrace(bytes).damage->message,
            "the file is of version 2, this program knows version 1");
  EXPECT_EQ(read_qtrace("{}").damage->message, "this is not a .qtrace file");
  EXPECT_FALSE(is_qtrace("{}"));
}

TEST(Qtrace, RefusesEventsThatMakeNoSense) {
  Record record;
  TraceEvent e;
  e.lane = NodeId(0);
  record.add(e);
  const std::string raw = encode_events(record.events(), EventId(1));
  std::size_t refused = 0;
  for (std::size_t at = 0; at < raw.size(); ++at) {
    std::string damaged = raw;
    damaged[at] = '\xFF';
    Record into;
    refused += decode_events(damaged, into).has_value() ? 1U : 0U;
  }
  EXPECT_GE(refused, raw.size() - 3);
  Record later = record;
  EXPECT_EQ(decode_events(raw, later), "expected the block of event 2, not of 1");
}

}  // namespace
}  // namespace quorumlab::traces
