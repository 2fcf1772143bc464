#include "models/data/log.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/check.h"
#include "sim/node.h"

namespace quorumlab::models {
namespace {

constexpr const char* kFile = "log";

// As it lies on the disk.
struct Record {
  std::uint64_t checksum = 0;
  std::int64_t value = 0;
  std::uint32_t epoch = 0;
  std::uint32_t op = 0;
  std::uint32_t key = 0;
  std::uint32_t position = 0;  // a record in the wrong place is a bad record
};
static_assert(sizeof(Record) == 32);

// In front of an entry that is no plain write: what else it says.
struct Preface {
  std::uint64_t checksum = 0;
  std::int64_t expected = 0;
  std::uint32_t f = 0;
  std::uint16_t erase = 0;
  std::uint16_t expects = 0;  // `expected` means something
  std::uint32_t unused = 0;
  std::uint32_t position = 0;  // with kPreface
};
static_assert(sizeof(Preface) == sizeof(Record));

constexpr std::uint32_t kPreface = 1U << 31;

template <class R>
std::uint64_t checksum(const R& record) {
  static_assert(sizeof(R) == sizeof(Record));
  return XXH3_64bits(reinterpret_cast<const char*>(&record) + sizeof(record.checksum),
                     sizeof(R) - sizeof(record.checksum));
}

template <class R>
std::string_view bytes_of(const R& record) {
  return {reinterpret_cast<const char*>(&record), sizeof(R)};
}

// nullopt: it is damaged, or belongs elsewhere.
template <class R>
std::optional<R> read_record(std::string_view bytes, std::size_t at, std::uint32_t position) {
  if (at + sizeof(R) > bytes.size()) return std::nullopt;
  R record;
  std::memcpy(&record, bytes.data() + at, sizeof(R));
  if (record.checksum != checksum(record) || record.position != position) return std::nullopt;
  return record;
}

}  // namespace

sim::Tags tags_of(Epoch epoch, Index from, std::span<const Entry> entries) {
  sim::Tags tags{.index = from, .count = static_cast<std::uint32_t>(entries.size()), .term = epoch};
  if (entries.size() == 1) {
    tags.op = entries[0].op;
    tags.key = entries[0].key;
    tags.value = entries[0].value;
  }
  return tags;
}

Log::Log(sim::Node& node) : node_(node), commit_(node) {
  recover();
}

void Log::recover() {
  const std::string& bytes = node_.disk().read(kFile);
  std::size_t at = 0;
  for (;;) {
    const auto position = static_cast<std::uint32_t>(entries_.size());
    const auto preface = read_record<Preface>(bytes, at, position | kPreface);
    if (preface) at += sizeof(Preface);
    const auto record = read_record<Record>(bytes, at, position);
    if (!record) break;
    Entry entry{record->epoch, OpId(record->op), Key(record->key), record->value};
    if (preface) {
      entry.f = static_cast<Function>(preface->f);
      entry.erase = preface->erase != 0;
      if (preface->expects != 0) entry.expected = preface->expected;
    }
    at += sizeof(Record);
    apply(entry);
    ends_.push_back(at);
  }
  const std::uint64_t good = ends_.empty() ? 0 : ends_.back();
  if (good < bytes.size()) node_.disk().truncate(kFile, good);
  durable_ = end();
}

Epoch Log::epoch_before(Index index) const {
  return index == 0 ? 0 : at(index - 1).epoch;
}

std::span<const Entry> Log::between(Index from, Index to) const {
  QL_CHECK(from <= to && to <= end(), "entries {} to {} of {}", from, to, end());
  return std::span(entries_).subspan(from, to - from);
}

Log::Track& Log::track_of(Key key) {
  if (key.value >= by_key_.size()) by_key_.resize(key.value + 1);
  return by_key_[key.value];
}

void Log::advance(Track* track, const Entry& entry, Index index) {
  const Command command = entry.command();
  const Object::Result result = track->now.apply(command);
  track->steps.push_back({index, result, track->now.value(), track->now.audited(command, result)});
}

void Log::apply(const Entry& entry) {
  if (entry.key != sim::kNoKey) advance(&track_of(entry.key), entry, end());
  entries_.push_back(entry);
}

Index Log::append(const Entry& entry) {
  const Index index = end();
  const auto position = static_cast<std::uint32_t>(index);
  std::string bytes;
  if (!entry.command().is_plain_write()) {
    Preface preface{.expected = entry.expected.value_or(0),
                    .f = static_cast<std::uint32_t>(entry.f),
                    .erase = entry.erase,
                    .expects = entry.expected.has_value(),
                    .position = position | kPreface};
    preface.checksum = checksum(preface);
    bytes = bytes_of(preface);
  }
  Record record{0, entry.value, entry.epoch, entry.op.value, entry.key.value, position};
  record.checksum = checksum(record);
  bytes += bytes_of(record);
  apply(entry);
  node_.disk().append(kFile, bytes);
  ends_.push_back((index == 0 ? 0 : ends_.back()) + bytes.size());
  return index;
}

void Log::truncate(Index index) {
  std::set<Key> shorter;
  while (end() > index) {
    const Key key = entries_.back().key;
    if (key != sim::kNoKey) {
      track_of(key).steps.pop_back();
      shorter.insert(key);
    }
    entries_.pop_back();
    ends_.pop_back();
  }
  // Objects cannot be taken back, but made again.
  for (const Key key : shorter) {
    Track again;
    for (const Step& step : track_of(key).steps) advance(&again, at(step.index), step.index);
    track_of(key) = std::move(again);
  }
  node_.disk().truncate(kFile, ends_.empty() ? 0 : ends_.back());
  durable_ = std::min(durable_, index);
  covered_ = std::min(covered_, index);
}

void Log::sync() {
  const Index wanted = end();
  commit_.sync([&] { return durable_ >= std::min(wanted, end()); }, [&] { covered_ = end(); },
               [&] { durable_ = std::max(durable_, covered_); });
}

std::span<const Log::Step> Log::steps(Key key, Index end) const {
  if (key.value >= by_key_.size()) return {};
  const std::vector<Step>& all = by_key_[key.value].steps;
  const auto after = std::lower_bound(all.begin(), all.end(), end,
                                      [](const Step& step, Index i) { return step.index < i; });
  return std::span(all).first(static_cast<std::size_t>(after - all.begin()));
}

const Object::Result& Log::result(Index index) const {
  const auto before = steps(at(index).key, index + 1);
  QL_CHECK(!before.empty() && before.back().index == index, "entry {} is about no key", index);
  return before.back().result;
}

Value Log::latest(Key key, Index end) const {
  const auto before = steps(key, end);
  return before.empty() ? Value{} : before.back().after;
}

std::vector<std::int64_t> Log::elements(Key key, Index end) const {
  const auto before = steps(key, end);
  if (before.empty()) return {};
  const Track& track = by_key_[key.value];
  if (before.size() == track.steps.size() || !track.now.has_elements()) {
    return track.now.elements();
  }
  Object then;
  for (const Step& step : before) (void)then.apply(at(step.index).command());
  return then.elements();
}

bool Log::is_untouched(Key key, Index from, Index to) const {
  return steps(key, from).size() == steps(key, to).size();
}

std::vector<std::int64_t> Log::values(Key key) const {
  std::vector<std::int64_t> all;
  for (const Step& step : steps(key, end())) {
    if (step.audited) all.push_back(*step.audited);
  }
  return all;
}

}  // namespace quorumlab::models
