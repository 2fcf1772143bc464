#include "sim/disk.h"

#include <algorithm>

#include "sim/node.h"
#include "sim/world.h"

namespace quorumlab::sim {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kAppended = detail::hash_of("disk.append");

}  // namespace

Disk::Disk(Node& node, const DiskOptions& options, Seed seed)
    : node_(node),
      options_(options),
      stream_(seed, "disk.sync", node.id().value),
      tearing_(seed, "disk.tear", node.id().value) {}

void Disk::reseed(Seed seed) {
  stream_ = Stream(seed, "disk.sync", node_.id().value);
  tearing_ = Stream(seed, "disk.tear", node_.id().value);
}

void Disk::append(std::string_view file, std::string_view bytes) {
  if (node_.world().dying()) return;
  auto found = files_.find(file);
  if (found == files_.end()) found = files_.emplace(std::string(file), File{}).first;
  if (bytes.empty()) return;  // in the list of writes this would be a truncation
  File& target = found->second;
  target.pending.push_back({target.current.size(), ++writes_, std::string(bytes)});
  target.current.append(bytes);
  node_.world().fingerprint_note(kAppended, node_.id().value, detail::hash_of(bytes));
}

void Disk::truncate(std::string_view file, std::uint64_t size) {
  if (node_.world().dying()) return;
  const auto found = files_.find(file);
  QL_CHECK(found != files_.end() && size <= found->second.current.size(),
           "file {} is shorter than {} bytes", file, size);
  found->second.pending.push_back({size, ++writes_, std::string()});
  found->second.current.resize(size);
}

const std::string& Disk::read(std::string_view file) const {
  static const std::string empty;
  const auto found = files_.find(file);
  return found == files_.end() ? empty : found->second.current;
}

void Disk::sync() {
  const std::uint64_t covered = writes_;
  World& world = node_.world();
  const Time done = std::max(world.now(), busy_until_) + options_.sync.sample(stream_);
  busy_until_ = done;
  Fiber& fiber = node_.current_fiber("a disk sync");
  world.schedule(done, fiber, fiber.ticket());
  fiber.park({"a disk sync", kNoNode, Time::max()});
  for (auto& [name, file] : files_) {
    const auto first_later = std::find_if(file.pending.begin(), file.pending.end(),
                                          [&](const Write& w) { return w.number > covered; });
    for (auto w = file.pending.begin(); w != first_later; ++w) apply(file.durable, *w);
    file.pending.erase(file.pending.begin(), first_later);
  }
  ++syncs_;
  world.record(EventKind::kSync, node_.id(), "sync", {});
}

void Disk::apply(std::string& content, const Write& write) {
  if (write.bytes.empty()) {
    content.resize(std::min<std::uint64_t>(content.size(), write.at));
    return;
  }
  if (content.size() < write.at) content.resize(write.at);
  content.replace(write.at, write.bytes.size(), write.bytes);
}

std::uint64_t Disk::crash() {
  std::uint64_t lost = unsynced();
  busy_until_ = Time();
  for (auto& [name, file] : files_) {
    if (options_.unsynced == Unsynced::kTorn) lost -= keep_torn_sectors(file);
    file.pending.clear();
    file.current = file.durable;
  }
  return lost;
}

// Returns how many bytes it kept.
std::uint64_t Disk::keep_torn_sectors(File& file) {
  const Probability half(0.5);
  std::uint64_t kept = 0;
  for (const Write& write : file.pending) {
    if (write.bytes.empty()) {
      if (tearing_.chance(half)) apply(file.durable, write);
      continue;
    }
    const std::uint64_t end = write.at + write.bytes.size();
    for (std::uint64_t from = write.at; from < end;) {
      const std::uint64_t to = std::min(end, (from / kSector + 1) * kSector);
      if (tearing_.chance(half)) {
        apply(file.durable, {from, write.number, write.bytes.substr(from - write.at, to - from)});
        kept += to - from;
      }
      from = to;
    }
  }
  return kept;
}

std::uint64_t Disk::unsynced() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, file] : files_) {
    for (const Write& write : file.pending) bytes += write.bytes.size();
  }
  return bytes;
}

}  // namespace quorumlab::sim
