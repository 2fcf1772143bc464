#include "models/replication/leaderless/ring.h"

#include <algorithm>

#include "models/data/bytes.h"

namespace quorumlab::models::leaderless {
namespace {

// The finaliser of SplitMix64.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

bool reads(Standing s) {
  return s == Standing::kIn || s == Standing::kTakingOver || s == Standing::kLeaving;
}
bool was_home(Standing s) {
  return s == Standing::kIn || s == Standing::kLeaving || s == Standing::kHandingOver;
}
bool will_be_home(Standing s) {
  return s == Standing::kIn || s == Standing::kJoining || s == Standing::kTakingOver;
}
bool is_member(Standing s) {
  return was_home(s) || s == Standing::kTakingOver;
}

}  // namespace

Ring::Ring(const std::vector<std::uint64_t>& names, std::size_t tokens, std::size_t copies)
    : entries_(names.size()), copies_(copies) {
  for (std::uint32_t node = 0; node < names.size(); ++node) {
    for (std::uint64_t i = 0; i < tokens; ++i) {
      tokens_.emplace_back(mixed(mixed(names[node]) + i), NodeId(node));
    }
  }
  std::sort(tokens_.begin(), tokens_.end());
}

void Ring::set(NodeId node, Standing standing) {
  entries_.at(node.value).standing = standing;
  say_again(node);
}

void Ring::say_again(NodeId node) {
  ++entries_.at(node.value).version;
}

std::uint64_t Ring::version() const {
  std::uint64_t sum = 0;
  for (const Entry& entry : entries_) sum += entry.version;
  return sum;
}

std::string Ring::text() const {
  Encoder out;
  for (const Entry& entry : entries_) {
    out.put(entry.version);
    out.put(entry.standing);
  }
  return out.bytes();
}

bool Ring::merge(std::string_view text) {
  Decoder in(text);
  bool news = false;
  for (Entry& mine : entries_) {
    Entry theirs;
    theirs.version = in.get<std::uint32_t>();
    theirs.standing = in.get<Standing>();
    if (!in.good() || theirs.version <= mine.version) continue;
    mine = theirs;
    news = true;
  }
  return news;
}

std::uint64_t Ring::digest() const {
  std::uint64_t hash = 0;
  for (const Entry& entry : entries_) hash = mixed(hash ^ entry.version);
  return hash;
}

std::size_t Ring::place_of(Key key) const {
  const std::pair at{mixed(key.value), NodeId(0)};
  const auto next = std::lower_bound(tokens_.begin(), tokens_.end(), at);
  return static_cast<std::size_t>(next - tokens_.begin()) % tokens_.size();
}

std::vector<NodeId> Ring::walk(std::size_t from, std::size_t most, Belongs belongs) const {
  std::vector<NodeId> found;
  for (std::size_t i = 0; i < tokens_.size() && found.size() < most; ++i) {
    const NodeId node = tokens_[(from + i) % tokens_.size()].second;
    const bool known = std::find(found.begin(), found.end(), node) != found.end();
    if (!known && belongs(standing(node))) found.push_back(node);
  }
  return found;
}

std::vector<NodeId> Ring::readers(Key key) const {
  return walk(place_of(key), copies_, reads);
}
std::vector<NodeId> Ring::before(Key key) const {
  return walk(place_of(key), copies_, was_home);
}
std::vector<NodeId> Ring::after(Key key) const {
  return walk(place_of(key), copies_, will_be_home);
}

std::vector<NodeId> Ring::writers(Key key) const {
  std::vector<NodeId> all = before(key);
  for (const NodeId node : after(key)) {
    if (std::find(all.begin(), all.end(), node) == all.end()) all.push_back(node);
  }
  return all;
}

std::vector<NodeId> Ring::members_from(Key key) const {
  return walk(place_of(key), entries_.size(), is_member);
}

namespace {

template <class Entries, class Wanted>
std::vector<NodeId> those(const Entries& entries, Wanted wanted) {
  std::vector<NodeId> all;
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (wanted(entries[i].standing)) all.push_back(NodeId(i));
  }
  return all;
}

}  // namespace

std::vector<NodeId> Ring::members() const {
  return those(entries_, is_member);
}

std::vector<NodeId> Ring::settled() const {
  return those(entries_, [](Standing s) { return s == Standing::kIn; });
}

std::optional<NodeId> Ring::changing(NodeId self) const {
  for (const NodeId node : those(entries_, is_changing)) {
    if (node != self) return node;
  }
  return std::nullopt;
}

void Ring::for_each_range(
    const std::function<void(const std::vector<NodeId>&, const std::vector<NodeId>&)>& look) const {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    look(walk(i, copies_, was_home), walk(i, copies_, will_be_home));
  }
}

}  // namespace quorumlab::models::leaderless
