#include "models/data/cell_store.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "models/model.h"
#include "sim/node.h"

namespace quorumlab::models {
namespace {

enum class Record : std::uint8_t { kMerge, kPurge, kHint, kHintGone, kHintArrived };

void put_version(Encoder& out, const Version& version) {
  version.stamp.encode(out);
  out.put(static_cast<std::uint8_t>(version.value.has_value() ? 1 : 0));
  out.put(version.value.value_or(0));
}

Version get_version(Decoder& in) {
  Version version;
  version.stamp = Stamp::decode(in);
  const bool there = in.get<std::uint8_t>() != 0;
  const auto value = in.get<std::int64_t>();
  if (there) version.value = value;
  return version;
}

std::int64_t shown(const Version& version) {
  return version.value.value_or(kErased);
}

bool holds(const std::vector<std::int64_t>& values, std::int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

void Cell::merge(const Cell& other) {
  if (other.last && (!last || other.last->stamp > last->stamp)) last = other.last;
  siblings.merge(other.siblings);
}

const Version* Cell::latest() const {
  const Version* newest = last ? &*last : nullptr;
  for (const auto& [dot, version] : siblings.all()) {
    if (newest == nullptr || version.stamp > newest->stamp) newest = &version;
  }
  return newest;
}

void Cell::encode(Encoder& out) const {
  out.put(static_cast<std::uint8_t>(last.has_value() ? 1 : 0));
  if (last) put_version(out, *last);
  siblings.encode(out, put_version);
}

Cell Cell::decode(Decoder& in) {
  Cell cell;
  if (in.get<std::uint8_t>() != 0) cell.last = get_version(in);
  cell.siblings = Versioned<Version>::decode(in, get_version);
  return cell;
}

std::uint64_t Cell::hash() const {
  Encoder out;
  encode(out);
  return XXH3_64bits(out.bytes().data(), out.bytes().size());
}

CellStore::CellStore(sim::Node& node, bool late_counts, bool arrival_order)
    : node_(node),
      late_counts_(late_counts),
      arrival_order_(arrival_order),
      file_(node, "cells", [this](Decoder& in) { replay(in); }) {}

void CellStore::replay(Decoder& in) {
  const auto kind = in.get<Record>();
  const Key key(in.get<std::uint32_t>());
  const NodeId home(in.get<std::uint32_t>());
  switch (kind) {
    case Record::kMerge:
      take(key, Cell::decode(in));
      return;
    case Record::kPurge:
      cells_.erase(key);
      return;
    case Record::kHint:
      take_hint(home, key, Cell::decode(in));
      return;
    case Record::kHintGone:
      hints_.erase({home, key});
      return;
    case Record::kHintArrived:
      take_leave(home, key);
      return;
  }
}

namespace {

Encoder record(Record kind, Key key, NodeId home) {
  Encoder out;
  out.put(kind);
  out.put(key.value);
  out.put(home.value);
  return out;
}

}  // namespace

void CellStore::take(Key key, const Cell& cell) {
  Cell& mine = cells_[key];
  const Cell before = mine;
  mine.merge(cell);
  if (arrival_order_ && cell.last) mine.last = cell.last;
  auto& history = history_[key];
  const Version* const latest = mine.latest();
  if (latest == nullptr) return;
  for (const auto& [dot, version] : cell.siblings.all()) {
    if (!before.siblings.all().contains(dot) && mine.siblings.all().contains(dot)) {
      history.push_back(shown(version));
    }
  }
  if (cell.last && late_counts_ && !(mine.last == cell.last) &&
      !holds(history, shown(*cell.last))) {
    history.push_back(shown(*cell.last));
  }
  if (history.empty() || history.back() != shown(*latest)) history.push_back(shown(*latest));
  if (mine.is_tombstone()) {
    deleted_since_.try_emplace(key, node_.now());
  } else {
    deleted_since_.erase(key);
  }
}

// Every version that came, in effect or not, and every sibling that gave way.
void CellStore::tell_of(Key key, const Cell& before, const Cell& came,
                        std::optional<std::uint64_t> position) const {
  const Cell& now = find(key);
  const auto say = [&](std::string_view what, const Version& version) {
    node_.note(what, {.op = version.stamp.op,
                      .key = key,
                      .value = version.value.value_or(0),
                      .index = position.value_or(0),
                      .count = position ? 1U : 0U});
  };
  const auto has = [](const Cell& cell, const auto& entry) {
    const auto found = cell.siblings.all().find(entry.first);
    return found != cell.siblings.all().end() && found->second == entry.second;
  };
  for (const auto& entry : before.siblings.all()) {
    if (!has(now, entry)) say(note::kReplace, entry.second);
  }
  for (const auto& entry : came.siblings.all()) {
    if (has(before, entry)) continue;
    say(has(now, entry) ? note::kAppend : note::kOutdated, entry.second);
  }
  if (came.last && came.last != before.last)
    say(now.last == came.last ? note::kAppend : note::kOutdated, *came.last);
}

void CellStore::tell_of_hint(std::string_view what, Key key, const Cell& cell) const {
  const Version* const version = cell.latest();
  if (!telling_ || version == nullptr) return;
  node_.note(what, {.op = version->stamp.op, .key = key, .value = version->value.value_or(0)});
}

void CellStore::merge(Key key, const Cell& cell, std::optional<std::uint64_t> position) {
  const Cell before = find(key);
  const std::size_t known = history_[key].size();
  take(key, cell);
  if (telling_) tell_of(key, before, cell, position);
  // What came late and counts nevertheless must be known after a crash too.
  if (find(key) == before && history_[key].size() == known) return;
  Encoder out = record(Record::kMerge, key, NodeId(0));
  cell.encode(out);
  file_.append(out.bytes());
}

const Cell& CellStore::find(Key key) const {
  static const Cell kNothing;
  const auto found = cells_.find(key);
  return found == cells_.end() ? kNothing : found->second;
}

void CellStore::purge(Key key) {
  const Version* const gone = find(key).latest();
  if (telling_ && gone != nullptr)
    node_.note(note::kDiscardEntry, {.op = gone->stamp.op, .key = key});
  cells_.erase(key);
  deleted_since_.erase(key);
  file_.append(record(Record::kPurge, key, NodeId(0)).bytes());
}

sim::Time CellStore::deleted_since(Key key) const {
  const auto found = deleted_since_.find(key);
  return found == deleted_since_.end() ? sim::Time::max() : found->second;
}

// What a newer version replaces here has had its time, though its home never saw it.
void CellStore::take_hint(NodeId home, Key key, const Cell& cell) {
  Cell& kept = hints_[{home, key}];
  const Cell before = kept;
  kept.merge(cell);
  for (const Cell* replaced : {&before, &cell}) {
    const Version* const version = replaced->latest();
    auto& history = history_[key];
    if (version != nullptr && !(*version == *kept.latest()) && !holds(history, shown(*version))) {
      history.push_back(shown(*version));
    }
  }
}

void CellStore::keep_hint(NodeId home, Key key, const Cell& cell) {
  take_hint(home, key, cell);
  tell_of_hint(note::kHint, key, cell);
  Encoder out = record(Record::kHint, key, home);
  cell.encode(out);
  file_.append(out.bytes());
}

void CellStore::drop_hint(NodeId home, Key key) {
  tell_of_hint(note::kHintGone, key, hints_[{home, key}]);
  hints_.erase({home, key});
  file_.append(record(Record::kHintGone, key, home).bytes());
}

void CellStore::hint_arrived(NodeId home, Key key) {
  tell_of_hint(note::kHintGone, key, hints_[{home, key}]);
  take_leave(home, key);
  file_.append(record(Record::kHintArrived, key, home).bytes());
}

// Whoever asked here was answered with it, so it has had its time even if its home had something
// newer when it came.
void CellStore::take_leave(NodeId home, Key key) {
  const auto hint = hints_.find({home, key});
  if (hint == hints_.end()) return;
  auto& history = history_[key];
  const Version* const version = hint->second.latest();
  if (version != nullptr && !holds(history, shown(*version))) {
    history.insert(history.begin(), shown(*version));
  }
  hints_.erase(hint);
}

std::vector<std::int64_t> CellStore::history(Key key) const {
  const auto found = history_.find(key);
  std::vector<std::int64_t> all =
      found == history_.end() ? std::vector<std::int64_t>{} : found->second;
  for (const auto& [home_and_key, hint] : hints_) {
    const Version* const version = hint.latest();
    const bool counts = home_and_key.second == key && version != nullptr;
    if (counts && !holds(all, shown(*version))) all.insert(all.begin(), shown(*version));
  }
  return all;
}

}  // namespace quorumlab::models
