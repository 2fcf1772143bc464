#include "traces/qtrace.h"

#include <zlib.h>

#include <algorithm>

#include "sim/check.h"
#include "traces/event_columns.h"
#include "traces/qtrace_bytes.h"

namespace quorumlab::traces {
namespace {

// Level 9 saves another few percent and takes four times as long.
constexpr int kLevel = 6;

std::string deflated(std::string_view raw) {
  std::string out(compressBound(raw.size()), '\0');
  uLongf size = out.size();
  const int result = compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                               reinterpret_cast<const Bytef*>(raw.data()), raw.size(), kLevel);
  QL_CHECK(result == Z_OK, "zlib: {}", result);
  out.resize(size);
  return out;
}

class Writer {
 public:
  Writer() : out_(kMagic) { put_fixed(out_, kQtraceVersion, 4); }

  void section(std::string_view tag, std::string_view raw) {
    QL_CHECK(tag.size() == 4, "the tag {}", tag);
    QL_CHECK(raw.size() <= UINT32_MAX, "a section of {} bytes", raw.size());
    const std::string stored = deflated(raw);
    const std::uint64_t sum = checksum(tag, raw);
    out_ += tag;
    put_fixed(out_, raw.size(), 4);
    put_fixed(out_, stored.size(), 4);
    put_fixed(out_, sum, 8);
    out_ += stored;
    digest_.add(sum);
  }

  std::string finish(std::uint64_t events) {
    std::string end;
    put_fixed(end, events, 8);
    end += digest_.value();
    section(kEndTag, end);
    return std::move(out_);
  }

 private:
  std::string out_;
  RunningDigest digest_;
};

}  // namespace

std::string write_qtrace(const JsonlInput& input, const std::vector<QtraceSection>& extra) {
  QL_CHECK(input.record != nullptr);
  Writer writer;
  std::string preamble;
  write_jsonl_preamble(input, preamble);
  writer.section(kRunTag, preamble);
  for (const QtraceSection& section : extra) {
    QL_CHECK(section.tag != kRunTag && section.tag != kEventsTag && section.tag != kEndTag);
    writer.section(section.tag, section.content);
  }
  const std::span<const TraceEvent> events = input.record->events();
  for (std::size_t from = 0; from < events.size(); from += kEventsPerBlock) {
    const auto block = events.subspan(from, std::min(kEventsPerBlock, events.size() - from));
    writer.section(kEventsTag, encode_events(block, EventId(from + 1)));
  }
  return writer.finish(events.size());
}

bool is_qtrace(std::string_view bytes) {
  return bytes.starts_with(kMagic);
}

}  // namespace quorumlab::traces
