#include "models/data/log.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <string>

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

std::uint64_t checksum(const Record& record) {
  return XXH3_64bits(&record.value, sizeof(Record) - sizeof(record.checksum));
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
  for (std::size_t at = 0; at + sizeof(Record) <= bytes.size(); at += sizeof(Record)) {
    Record record;
    std::memcpy(&record, bytes.data() + at, sizeof(Record));
    if (record.checksum != checksum(record) || record.position != entries_.size()) break;
    apply({record.epoch, OpId(record.op), Key(record.key), record.value});
  }
  const std::uint64_t good = entries_.size() * sizeof(Record);
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

std::vector<Index>& Log::writes_of(Key key) {
  if (key.value >= by_key_.size()) by_key_.resize(key.value + 1);
  return by_key_[key.value];
}

void Log::apply(const Entry& entry) {
  if (entry.key != sim::kNoKey) writes_of(entry.key).push_back(end());
  entries_.push_back(entry);
}

Index Log::append(const Entry& entry) {
  const Index index = end();
  Record record{0,
                entry.value,
                entry.epoch,
                entry.op.value,
                entry.key.value,
                static_cast<std::uint32_t>(index)};
  record.checksum = checksum(record);
  apply(entry);
  node_.disk().append(kFile, {reinterpret_cast<const char*>(&record), sizeof(Record)});
  return index;
}

void Log::truncate(Index index) {
  while (end() > index) {
    const Key key = entries_.back().key;
    if (key != sim::kNoKey) writes_of(key).pop_back();
    entries_.pop_back();
  }
  node_.disk().truncate(kFile, index * sizeof(Record));
  durable_ = std::min(durable_, index);
  covered_ = std::min(covered_, index);
}

void Log::sync() {
  const Index wanted = end();
  commit_.sync([&] { return durable_ >= std::min(wanted, end()); }, [&] { covered_ = end(); },
               [&] { durable_ = std::max(durable_, covered_); });
}

Value Log::latest(Key key, Index end) const {
  if (key.value >= by_key_.size()) return std::nullopt;
  const std::vector<Index>& writes = by_key_[key.value];
  const auto after = std::lower_bound(writes.begin(), writes.end(), end);
  if (after == writes.begin()) return std::nullopt;
  return at(*(after - 1)).value;
}

std::vector<std::int64_t> Log::values(Key key) const {
  std::vector<std::int64_t> all;
  if (key.value >= by_key_.size()) return all;
  for (const Index index : by_key_[key.value]) all.push_back(at(index).value);
  return all;
}

}  // namespace quorumlab::models
