#include "traces/event_columns.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <vector>

#include "sim/check.h"
#include "traces/jsonl_words.h"
#include "traces/varint.h"

namespace quorumlab::traces {
namespace {

// Their order in the file.
enum Column : std::uint8_t {
  kKindColumn,   // a byte
  kFlagsColumn,  // a byte: the reason in bits 0 to 2, is_reply in bit 3
  kAtColumn,     // since the event before, the first since 0
  kCauseColumn,  // how many ids back; 0: none
  kLaneColumn,   // + 1; 0: none
  kPeerColumn,   // + 1; 0: none
  kNameColumn,
  kOpColumn,     // see put_leap
  kKeyColumn,    // + 1; 0: none
  kValueColumn,  // zigzag
  kIndexColumn,
  kCountColumn,
  kTermColumn,
  kColumns
};

constexpr std::uint8_t kReplyFlag = 8;
constexpr std::uint8_t kReasonMask = 7;

// Numbers that are often absent and else close to the one before: 0, or 1 + the signed distance.
void put_leap(std::string& out, std::uint32_t n, std::uint64_t& last) {
  if (n == 0) {
    put_varint(out, 0);
    return;
  }
  put_varint(out, zigzag(static_cast<std::int64_t>(n - last)) + 1);
  last = n;
}

std::uint64_t leap(ByteReader& in, std::uint64_t& last) {
  const std::uint64_t n = in.varint();
  if (n == 0) return 0;
  last += static_cast<std::uint64_t>(unzigzag(n - 1));
  return last;
}

std::uint64_t plus_one(std::uint32_t id) {
  return id == UINT32_MAX ? 0 : std::uint64_t{id} + 1;
}

using Columns = std::array<std::string, kColumns>;

class Encoder {
 public:
  void add(const TraceEvent& e, std::uint64_t id) {
    QL_CHECK(e.at.count() >= last_at_, "event {} goes back in time", id);
    QL_CHECK(e.cause.value < id, "the cause of event {} comes after it", id);
    columns_[kKindColumn] += static_cast<char>(e.kind);
    const auto reason = static_cast<std::uint8_t>(e.reason);
    const auto flags = static_cast<std::uint8_t>(reason | (e.is_reply ? kReplyFlag : 0));
    columns_[kFlagsColumn] += static_cast<char>(flags);
    put(kAtColumn, static_cast<std::uint64_t>(e.at.count() - last_at_));
    last_at_ = e.at.count();
    put(kCauseColumn, e.cause == sim::kNoEvent ? 0 : id - e.cause.value);
    put(kLaneColumn, plus_one(e.lane.value));
    put(kPeerColumn, plus_one(e.peer.value));
    put(kNameColumn, e.name);
    put_leap(columns_[kOpColumn], e.tags.op.value, last_op_);
    put(kKeyColumn, plus_one(e.tags.key.value));
    put(kValueColumn, zigzag(e.tags.value));
    put(kIndexColumn, e.tags.index);
    put(kCountColumn, e.tags.count);
    put(kTermColumn, e.tags.term);
  }

  [[nodiscard]] std::string done(std::uint64_t first, std::uint64_t count) const {
    std::string out;
    put_varint(out, first);
    put_varint(out, count);
    for (const std::string& column : columns_) put_varint(out, column.size());
    for (const std::string& column : columns_) out += column;
    return out;
  }

 private:
  void put(Column column, std::uint64_t n) { put_varint(columns_[column], n); }

  Columns columns_;
  std::int64_t last_at_ = 0;
  std::uint64_t last_op_ = 0;
};

class Decoder {
 public:
  explicit Decoder(std::vector<ByteReader>& columns) : columns_(columns) {}

  // nullopt: this is not an event.
  std::optional<TraceEvent> next(std::uint64_t id) {
    TraceEvent e;
    const std::uint64_t kind = columns_[kKindColumn].fixed(1);
    const std::uint64_t flags = columns_[kFlagsColumn].fixed(1);
    const std::uint64_t reason = flags & kReasonMask;
    const std::uint64_t since = get(kAtColumn);
    const std::uint64_t back = get(kCauseColumn);
    const auto room = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() - at_);
    good_ = good_ && kind < kEventKinds.size() && reason < kReasons.size() && since <= room &&
            back < id;
    if (!good_) return std::nullopt;
    at_ += static_cast<std::int64_t>(since);
    e.at = sim::Time(at_);
    e.cause = EventId(back == 0 ? 0 : id - back);
    e.kind = static_cast<EventKind>(kind);
    e.reason = static_cast<sim::DropReason>(reason);
    e.is_reply = (flags & kReplyFlag) != 0;
    e.lane = NodeId(minus_one(get(kLaneColumn)));
    e.peer = NodeId(minus_one(get(kPeerColumn)));
    e.name = narrow<sim::NameId>(get(kNameColumn));
    e.tags.op = sim::OpId(narrow<std::uint32_t>(leap(columns_[kOpColumn], last_op_)));
    e.tags.key = sim::Key(minus_one(get(kKeyColumn)));
    e.tags.value = unzigzag(get(kValueColumn));
    e.tags.index = get(kIndexColumn);
    e.tags.count = narrow<std::uint32_t>(get(kCountColumn));
    e.tags.term = narrow<std::uint32_t>(get(kTermColumn));
    if (!good_) return std::nullopt;
    return e;
  }

 private:
  std::uint64_t get(Column column) { return columns_[column].varint(); }
  template <class Int>
  Int narrow(std::uint64_t n) {
    good_ = good_ && n <= std::numeric_limits<Int>::max();
    return static_cast<Int>(n);
  }
  std::uint32_t minus_one(std::uint64_t n) {
    good_ = good_ && n <= UINT32_MAX;
    return n == 0 ? UINT32_MAX : static_cast<std::uint32_t>(n - 1);
  }

  std::vector<ByteReader>& columns_;
  std::int64_t at_ = 0;
  std::uint64_t last_op_ = 0;
  bool good_ = true;
};

}  // namespace

std::string encode_events(std::span<const TraceEvent> events, EventId first) {
  Encoder encoder;
  std::uint64_t id = first.value;
  for (const TraceEvent& e : events) encoder.add(e, id++);
  return encoder.done(first.value, events.size());
}

std::optional<std::string> decode_events(std::string_view raw, Record& record) {
  ByteReader in(raw);
  const std::uint64_t first = in.varint();
  const std::uint64_t count = in.varint();
  if (!in.ok() || count > kEventsPerBlock) return "a block of events has no beginning";
  if (first != record.events().size() + 1)
    return fmt::format("expected the block of event {}, not of {}", record.events().size() + 1,
                       first);
  std::array<std::uint64_t, kColumns> sizes{};
  for (std::uint64_t& size : sizes) size = in.varint();
  std::vector<ByteReader> columns;
  columns.reserve(kColumns);
  for (const std::uint64_t size : sizes) columns.emplace_back(in.take(size));
  if (!in.ok() || !in.at_end()) return "the columns of a block of events do not fill it";

  std::vector<TraceEvent> events;
  events.reserve(count);
  Decoder decoder(columns);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto event = decoder.next(first + i);
    if (!event) return fmt::format("event {} makes no sense", first + i);
    events.push_back(*event);
  }
  for (const ByteReader& column : columns)
    if (!column.ok() || !column.at_end()) return "a column of events has the wrong length";
  if (!events.empty() && !record.events().empty() && events.front().at < record.events().back().at)
    return fmt::format("event {} goes back in time", first);
  for (const TraceEvent& e : events) record.add(e);
  return std::nullopt;
}

}  // namespace quorumlab::traces
