#include <fmt/format.h>
#include <zlib.h>

#include <utility>

#include "traces/event_columns.h"
#include "traces/qtrace.h"
#include "traces/qtrace_bytes.h"

namespace quorumlab::traces {
namespace {

// zlib never does better; a greater claim is a lie that would cost memory.
constexpr std::uint64_t kRatioMax = 1032;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes), in_(bytes) {}

  QtraceResult read() {
    if (!head()) return std::move(result_);
    while (!ended_ && !result_.damage) {
      start_ = in_.position();
      section();
    }
    if (result_.damage && result_.run) {
      // A witness of operations that are there may still speak of events that are not.
      result_.damage->message +=
          fmt::format("; {} operations and {} events before it are intact",
                      result_.run->history.size(), result_.run->record.events().size());
    }
    return std::move(result_);
  }

 private:
  void damaged(std::string message) {
    result_.damage = QtraceDamage{start_, std::move(message)};
    result_.digest.clear();
  }

  bool head() {
    if (!is_qtrace(bytes_)) {
      damaged("this is not a .qtrace file");
      return false;
    }
    in_.take(kMagic.size());
    const std::uint64_t version = in_.fixed(4);
    if (!in_.ok())
      damaged("the file ends in its first line");
    else if (version != kQtraceVersion)
      damaged(fmt::format("the file is of version {}, this program knows version {}", version,
                          kQtraceVersion));
    return !result_.damage;
  }

  void section() {
    if (in_.at_end()) return damaged("the file ends too early, it was cut off");
    const std::string_view tag = in_.take(4);
    const std::uint64_t raw_size = in_.fixed(4);
    const std::uint64_t stored_size = in_.fixed(4);
    const std::uint64_t sum = in_.fixed(8);
    const std::string_view stored = in_.take(stored_size);
    if (!in_.ok()) return damaged("the file ends within a section, it was cut off");
    if (raw_size > stored.size() * kRatioMax) return damaged("a section's size makes no sense");
    std::string raw(raw_size, '\0');
    uLongf size = raw.size();
    const int unpacked = uncompress(reinterpret_cast<Bytef*>(raw.data()), &size,
                                    reinterpret_cast<const Bytef*>(stored.data()), stored.size());
    if (unpacked != Z_OK || size != raw_size || checksum(tag, raw) != sum)
      return damaged("a section is damaged");
    if (tag == kEndTag) return end(raw);
    digest_.add(sum);
    content(tag, std::move(raw));
  }

  void content(std::string_view tag, std::string raw) {
    if (tag == kRunTag) return run(raw);
    if (!result_.run) return damaged("the first section is not that of the run");
    if (tag != kEventsTag) {
      result_.extra.push_back({std::string(tag), std::move(raw)});
      return;
    }
    if (auto wrong = decode_events(raw, result_.run->record)) damaged(std::move(*wrong));
  }

  void run(const std::string& raw) {
    if (result_.run) return damaged("there are two runs in the file");
    JsonlResult read = read_jsonl(raw);
    if (read.run)
      result_.run = std::move(read.run);
    else
      damaged(fmt::format("line {} of the run: {}", read.error->line, read.error->message));
  }

  void end(const std::string& raw) {
    ended_ = true;
    ByteReader in(raw);
    const std::uint64_t events = in.fixed(8);
    const std::string_view digest = in.take(16);
    if (!in.ok() || !result_.run || digest != digest_.value() ||
        events != result_.run->record.events().size())
      return damaged("sections are missing or were exchanged");
    if (!in_.at_end()) return damaged("there is more after the end");
    const std::uint64_t high = ByteReader(digest).fixed(8);
    const std::uint64_t low = ByteReader(digest.substr(8)).fixed(8);
    result_.digest = fmt::format("{:016x}{:016x}", high, low);
  }

  std::string_view bytes_;
  ByteReader in_;
  std::size_t start_ = 0;
  bool ended_ = false;
  RunningDigest digest_;
  QtraceResult result_;
};

}  // namespace

QtraceResult read_qtrace(std::string_view bytes) {
  return Reader(bytes).read();
}

}  // namespace quorumlab::traces
