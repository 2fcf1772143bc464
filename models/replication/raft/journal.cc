#include "models/replication/raft/journal.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/check.h"
#include "sim/node.h"

namespace quorumlab::models::raft {
namespace {

enum class Record : std::uint8_t { kBeginning, kVote, kEntry, kDiscard };

void encode(Encoder& out, const Entry& entry) {
  out.put(entry.term);
  out.put(entry.kind);
  out.put(entry.op.value);
  out.put(entry.client.value);
  out.put(entry.key.value);
  out.put(entry.value);
  if (entry.kind == Kind::kConfiguration) entry.configuration->encode(out);
  if (entry.kind != Kind::kCommand) return;
  out.put(entry.f);
  out.put(static_cast<std::uint8_t>(entry.erase));
  out.put(static_cast<std::uint8_t>(entry.expected.has_value()));
  out.put(entry.expected.value_or(0));
}

Entry decode_entry(Decoder& in) {
  Entry entry;
  entry.term = in.get<Epoch>();
  entry.kind = in.get<Kind>();
  entry.op = OpId(in.get<std::uint32_t>());
  entry.client = NodeId(in.get<std::uint32_t>());
  entry.key = Key(in.get<std::uint32_t>());
  entry.value = in.get<std::int64_t>();
  if (entry.kind == Kind::kConfiguration) {
    entry.configuration = std::make_shared<const Configuration>(Configuration::decode(in));
  }
  if (entry.kind == Kind::kCommand) {
    entry.f = in.get<Function>();
    entry.erase = in.get<std::uint8_t>() != 0;
    const bool expects = in.get<std::uint8_t>() != 0;
    const auto expected = in.get<std::int64_t>();
    if (expects) entry.expected = expected;
  }
  return entry;
}

struct Framed {
  std::string_view body;
  std::uint64_t checksum = 0;
};

// Length, checksum, body. nullopt: nothing here continues the chain.
std::optional<Framed> next_record(std::string_view bytes, std::uint64_t chain) {
  Decoder in(bytes);
  const auto checksum = in.get<std::uint64_t>();
  const std::string_view body = in.get_text();
  if (!in.good() || checksum != XXH3_64bits_withSeed(body.data(), body.size(), chain)) {
    return std::nullopt;
  }
  return Framed{body, checksum};
}

// Holds something while entries that were durable are missing.
constexpr const char* kRecovering = "recovering";

// How far behind a bad record the next one is looked for.
constexpr std::size_t kFarthest = 65'536;

constexpr std::size_t kFrame = sizeof(std::uint64_t) + sizeof(std::uint32_t);

}  // namespace

Journal::Journal(sim::Node& node, const Configuration& at_first, bool trusting)
    : node_(node), trusting_(trusting), commit_(node) {
  recovering_ = !trusting && !node_.disk().read(kRecovering).empty();
  // Of two files with a good beginning the younger one counts.
  std::uint64_t youngest = 0;
  for (const std::uint64_t parity : {0ULL, 1ULL}) {
    const auto first = next_record(node_.disk().read(file_of(parity)), 0);
    if (!first) continue;
    Decoder in(first->body);
    (void)in.get<Record>();
    youngest = std::max(youngest, in.get<std::uint64_t>());
  }
  if (youngest != 0) {
    recover(file_of(youngest));
  } else {
    for (const std::uint64_t parity : {0ULL, 1ULL}) {
      const std::string bytes = node_.disk().read(file_of(parity));
      if (bytes.empty()) continue;
      if (!trusting) survey_damage(bytes, 0);
      node_.disk().truncate(file_of(parity), 0);
    }
    replace_beginning(std::make_shared<const Snapshot>(
        Snapshot{.configuration = std::make_shared<const Configuration>(at_first), .state = {}}));
    write_beginning();
  }
}

const char* Journal::file_of(std::uint64_t generation) {
  return generation % 2 == 0 ? "journal.0" : "journal.1";
}

void Journal::recover(const std::string& file) {
  const std::string bytes = node_.disk().read(file);
  std::size_t at = 0;
  while (const auto record = next_record(std::string_view(bytes).substr(at), chain_)) {
    Decoder in(record->body);
    replay(in);
    chain_ = record->checksum;
    at += kFrame + record->body.size();
  }
  if (at < bytes.size()) {
    if (!trusting_) survey_damage(std::string_view(bytes).substr(at), chain_);
    node_.disk().truncate(file, at);
  }
  recovered_ = true;
  written_ = 1;  // a process that died left it in the page cache, maybe
  durable_ = begin();
}

// Does a good record follow the bad one that `bytes` begin with? Its checksum is seeded with that
// of the bad one, as it stands there or as it should be. Then what we voted after it counts still.
void Journal::survey_damage(std::string_view bytes, std::uint64_t chain) {
  Decoder in(bytes);
  const auto stored = in.get<std::uint64_t>();
  const std::string_view body = in.get_text();
  std::size_t at = 0;
  std::uint64_t seed = stored;
  // Its length may be damaged too, so the next record is looked for.
  for (std::size_t o = kFrame; o < std::min(bytes.size(), kFarthest) && at == 0; ++o) {
    if (next_record(bytes.substr(o), stored)) at = o;
  }
  if (at == 0 && in.good()) {
    seed = XXH3_64bits_withSeed(body.data(), body.size(), chain);
    at = kFrame + body.size();
  }
  if (at == 0 || !next_record(bytes.substr(at), seed)) return;
  recovering_ = true;
  node_.disk().append(kRecovering, "!");
  while (const auto record = next_record(bytes.substr(at), seed)) {
    Decoder found(record->body);
    if (found.get<Record>() == Record::kVote) {
      term_ = found.get<Epoch>();
      voted_for_ = NodeId(found.get<std::uint32_t>());
    }
    seed = record->checksum;
    at += kFrame + record->body.size();
  }
}

void Journal::recovered_all() {
  recovering_ = false;
  node_.disk().truncate(kRecovering, 0);
}

void Journal::replay(Decoder& in) {
  switch (in.get<Record>()) {
    case Record::kBeginning: {
      generation_ = in.get<std::uint64_t>();
      term_ = in.get<Epoch>();
      voted_for_ = NodeId(in.get<std::uint32_t>());
      Snapshot snapshot;
      snapshot.end = in.get<Index>();
      snapshot.last_term = in.get<Epoch>();
      snapshot.configuration = std::make_shared<const Configuration>(Configuration::decode(in));
      snapshot.state = in.get_text();
      entries_.clear();
      replace_beginning(std::make_shared<const Snapshot>(std::move(snapshot)));
      for (auto left = in.get<std::uint64_t>(); left > 0; --left) take(decode_entry(in));
      return;
    }
    case Record::kVote:
      term_ = in.get<Epoch>();
      voted_for_ = NodeId(in.get<std::uint32_t>());
      return;
    case Record::kEntry:
      take(decode_entry(in));
      return;
    case Record::kDiscard:
      drop_from(in.get<Index>());
      return;
  }
}

void Journal::write(const std::string& body) {
  chain_ = XXH3_64bits_withSeed(body.data(), body.size(), chain_);
  Encoder framed;
  framed.put(chain_);
  framed.put_text(body);
  node_.disk().append(file_of(generation_), framed.bytes());
  ++written_;
}

// Everything, as the first record of the other file.
void Journal::write_beginning() {
  ++generation_;
  chain_ = 0;
  Encoder out;
  out.put(Record::kBeginning);
  out.put(generation_);
  out.put(term_);
  out.put(voted_for_.value);
  out.put(snapshot_->end);
  out.put(snapshot_->last_term);
  snapshot_->configuration->encode(out);
  out.put_text(snapshot_->state);
  out.put(static_cast<std::uint64_t>(entries_.size()));
  for (const Entry& entry : entries_) encode(out, entry);
  write(out.bytes());
}

void Journal::vote_in_memory(Epoch term, NodeId candidate) {
  term_ = term;
  voted_for_ = candidate;
}

void Journal::vote(Epoch term, NodeId candidate) {
  if (term == term_ && candidate == voted_for_) return;
  vote_in_memory(term, candidate);
  Encoder out;
  out.put(Record::kVote);
  out.put(term);
  out.put(candidate.value);
  write(out.bytes());
}

Epoch Journal::term_before(Index index) const {
  QL_CHECK(index >= begin(), "entry {} is in the snapshot that ends at {}", index, begin());
  return index == begin() ? snapshot_->last_term : at(index - 1).term;
}

std::span<const Entry> Journal::between(Index from, Index to) const {
  QL_CHECK(begin() <= from && from <= to && to <= end(), "entries {} to {} of [{}, {})", from, to,
           begin(), end());
  return std::span(entries_).subspan(from - begin(), to - from);
}

const std::shared_ptr<const Configuration>& Journal::configuration_before(Index index) const {
  for (auto c = configurations_.rbegin(); c + 1 != configurations_.rend(); ++c) {
    if (c->end <= index) return c->what;
  }
  return configurations_.front().what;
}

void Journal::take(Entry entry) {
  if (entry.kind == Kind::kConfiguration) {
    configurations_.push_back({end() + 1, entry.configuration});
  }
  entries_.push_back(std::move(entry));
}

Index Journal::append(Entry entry) {
  Encoder out;
  out.put(Record::kEntry);
  encode(out, entry);
  write(out.bytes());
  take(std::move(entry));
  return end() - 1;
}

void Journal::drop_from(Index index) {
  while (configurations_.size() > 1 && configurations_.back().end > index) {
    configurations_.pop_back();
  }
  entries_.resize(index > begin() ? index - begin() : 0);
}

void Journal::discard(Index index) {
  drop_from(index);
  durable_ = std::min(durable_, index);
  covered_ = std::min(covered_, index);
  Encoder out;
  out.put(Record::kDiscard);
  out.put(index);
  write(out.bytes());
}

void Journal::sync() {
  const std::uint64_t wanted = written_;
  std::uint64_t covers = 0;
  const auto begin = [&] {
    covered_ = end();
    covers = written_;
  };
  const auto done = [&] {
    safe_ = covers;
    durable_ = std::max(durable_, covered_);
  };
  commit_.sync([&] { return safe_ >= wanted; }, begin, done);
}

void Journal::replace_beginning(std::shared_ptr<const Snapshot> snapshot) {
  const Configured first{snapshot->end, snapshot->configuration};
  std::vector<Configured> later;
  if (snapshot_ != nullptr) {
    const bool continues = snapshot->end <= end() && snapshot->end >= begin() &&
                           term_before(snapshot->end) == snapshot->last_term;
    const std::size_t gone = continues ? snapshot->end - begin() : entries_.size();
    if (!continues) configurations_.clear();
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(gone));
    for (const Configured& c : configurations_) {
      if (c.end > snapshot->end) later.push_back(c);
    }
  }
  snapshot_ = std::move(snapshot);
  configurations_ = {first};
  configurations_.insert(configurations_.end(), later.begin(), later.end());
}

void Journal::wait_until_idle() {
  commit_.ended().wait([&] { return !compacting_; });
}

void Journal::compact(std::shared_ptr<const Snapshot> snapshot) {
  wait_until_idle();
  compacting_ = true;
  const char* const old = file_of(generation_);
  replace_beginning(std::move(snapshot));
  // What the old file holds durably is so still, until it goes; what the snapshot brought is not.
  durable_ = std::min(durable_, end());
  covered_ = 0;
  write_beginning();
  sync();
  node_.disk().truncate(old, 0);
  compacting_ = false;
  commit_.ended().notify_all();
}

}  // namespace quorumlab::models::raft
