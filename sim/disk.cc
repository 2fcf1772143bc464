#include "sim/disk.h"

#include <algorithm>

#include "sim/node.h"
#include "sim/world.h"

namespace quorumlab::sim {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kMostImages = std::uint64_t{1} << 63;
constexpr std::uint64_t kAppended = fnv_1a("disk.append");

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return a > kMostImages / b ? kMostImages : a * b;
}

}  // namespace

// Decides what survives a crash: by chance, or as the number of an image says, digit by digit.
class Disk::Lots {
 public:
  Lots(Stream& stream, std::optional<std::uint64_t> image) : stream_(stream), image_(image) {}

  bool survives() { return image_ ? digit(2) != 0 : stream_.chance(Probability(0.5)); }
  std::uint64_t below(std::uint64_t n) { return image_ ? digit(n) : stream_.below(n); }

 private:
  std::uint64_t digit(std::uint64_t base) {
    const std::uint64_t lowest = *image_ % base;
    *image_ /= base;
    return lowest;
  }

  Stream& stream_;
  std::optional<std::uint64_t> image_;
};

Disk::Disk(Node& node, const DiskOptions& options, Seed seed)
    : node_(node),
      options_(options),
      stream_(seed, "disk.sync", node.stream_key()),
      tearing_(seed, "disk.tear", node.stream_key()) {}

void Disk::reseed(Seed seed) {
  stream_ = Stream(seed, "disk.sync", node_.stream_key());
  tearing_ = Stream(seed, "disk.tear", node_.stream_key());
}

void Disk::leave(DiskTrouble& trouble) {
  std::erase(troubles_, &trouble);
  if (stalled()) return;
  for (const auto& [fiber, ticket] : std::exchange(stalled_, {})) {
    node_.world().wake_soon(*fiber, ticket);
  }
}

WriteFate Disk::fate_of_write(std::uint64_t at, std::uint64_t bytes) {
  WriteFate fate;
  for (DiskTrouble* const trouble : troubles_) trouble->write(node_, at, bytes, fate);
  return fate;
}

bool Disk::append(std::string_view file, std::string_view bytes) {
  if (node_.world().dying()) return true;
  auto found = files_.find(file);
  if (found == files_.end()) found = files_.emplace(std::string(file), File{}).first;
  if (bytes.empty()) return true;  // in the list of writes this would be a truncation
  File& target = found->second;
  const std::uint64_t at = target.current.size();
  Write write{at, writes_ + 1, std::string(bytes), at, Stage::kCached};
  if (!troubles_.empty()) [[unlikely]] {
    const WriteFate fate = fate_of_write(at, bytes.size());
    if (fate.refused) return report("disk_full");
    if (fate.lost) write.stage = Stage::kNever;
    write.lands_at = fate.lands_at.value_or(at);
  }
  ++writes_;
  target.pending.push_back(std::move(write));
  target.current.append(bytes);
  node_.world().fingerprint_note(kAppended, node_.id().value, fnv_1a(bytes));
  return true;
}

void Disk::truncate(std::string_view file, std::uint64_t size) {
  if (node_.world().dying()) return;
  const auto found = files_.find(file);
  QL_CHECK(found != files_.end() && size <= found->second.current.size(),
           "file {} is shorter than {} bytes", file, size);
  found->second.pending.push_back({size, ++writes_, std::string(), size, Stage::kCached});
  found->second.current.resize(size);
}

const std::string& Disk::read(std::string_view file) const {
  static const std::string kEmpty;
  const auto found = files_.find(file);
  if (found == files_.end()) return kEmpty;
  if (troubles_.empty()) return found->second.current;
  as_read_ = found->second.current;
  for (DiskTrouble* const trouble : troubles_) trouble->read(node_, as_read_);
  return as_read_;
}

// The node reacts to an error as it was told to; returns if it lives on.
bool Disk::report(std::string_view what) {
  World& world = node_.world();
  node_.note(what, {});
  world.reached(node_, point::kDiskError);
  if (options_.on_error == OnDiskError::kReport) return false;
  Node& node = node_;
  world.at(world.now(), [&node, incarnation = node.incarnation()] {
    if (!node.is_up() || node.incarnation() != incarnation) return;
    node.world().crash(node.id(), {.scope = Scope::kProcess});
    node.disk().gave_up_ = true;
  });
  Fiber* const fiber = world.fibers().current();
  if (fiber == nullptr || fiber->node != &node_) return false;  // inline: it dies right after
  for (;;) fiber->park({"its end, the disk having failed", kNoNode, Time::max()});
}

SyncFate Disk::fate_of_sync() {
  SyncFate fate;
  const std::uint64_t waiting = unsynced();
  for (DiskTrouble* const trouble : troubles_) trouble->sync(node_, waiting, fate);
  return fate;
}

bool Disk::stalled() const {
  return std::any_of(troubles_.begin(), troubles_.end(),
                     [](const DiskTrouble* trouble) { return trouble->stalls(); });
}

void Disk::wait_out_stalls() {
  while (stalled()) {
    for (DiskTrouble* const trouble : troubles_) trouble->stalled(node_);
    Fiber& fiber = node_.current_fiber("a stalled disk");
    stalled_.emplace_back(&fiber, fiber.ticket());
    fiber.park({"a stalled disk", kNoNode, Time::max()});
  }
}

bool Disk::sync() {
  const std::uint64_t covered = writes_;
  World& world = node_.world();
  world.reached(node_, point::kBeforeSync);
  SyncFate fate;
  if (!troubles_.empty()) [[unlikely]]
    fate = fate_of_sync();
  const Time done = std::max(world.now(), busy_until_) + options_.sync.sample(stream_) + fate.extra;
  busy_until_ = done;
  const Time began = world.now();
  Fiber& fiber = node_.current_fiber("a disk sync");
  world.schedule(done, fiber, fiber.ticket());
  fiber.park({"a disk sync", kNoNode, Time::max()});
  if (!troubles_.empty()) [[unlikely]]
    wait_out_stalls();
  settle(covered, fate);
  if (fate.fails) return report("sync_failed");
  ++syncs_;
  world.record(EventKind::kSync, node_.id(), fate.lies ? "sync that lies" : "sync",
               {.value = (world.now() - began).count()});
  world.reached(node_, point::kAfterSync);
  return true;
}

void Disk::settle(std::uint64_t covered, const SyncFate& fate) {
  for (auto& [name, file] : files_) {
    auto kept = file.pending.begin();
    for (auto write = kept; write != file.pending.end(); ++write) {
      const bool concerned = write->number <= covered && write->stage != Stage::kNever;
      if (concerned && !fate.fails && !fate.lies) {
        apply(file.durable, *write);
        continue;
      }
      if (concerned && write->stage == Stage::kCached) {
        write->stage = fate.fails ? Stage::kNever : Stage::kDrive;
      }
      if (kept != write) *kept = std::move(*write);
      ++kept;
    }
    file.pending.erase(kept, file.pending.end());
  }
}

void Disk::apply(std::string& content, const Write& write) {
  if (write.bytes.empty()) {
    content.resize(std::min<std::uint64_t>(content.size(), write.lands_at));
    return;
  }
  const std::uint64_t end = write.lands_at + write.bytes.size();
  if (content.size() < end) content.resize(end);
  content.replace(write.lands_at, write.bytes.size(), write.bytes);
}

bool Disk::survives(const Write& write, Scope scope) {
  return write.stage == Stage::kDrive && scope == Scope::kMachine;
}

std::uint64_t Disk::sectors(const Write& write) {
  if (write.bytes.empty()) return 1;
  const std::uint64_t last = write.lands_at + write.bytes.size() - 1;
  return last / kSector - write.lands_at / kSector + 1;
}

std::uint64_t Disk::crash(const Outage& outage) {
  stalled_.clear();
  gave_up_ = false;
  busy_until_ = Time();
  if (outage.scope == Scope::kProcess) return 0;
  if (outage.scope == Scope::kEverything) {
    std::uint64_t gone = 0;
    for (const auto& [name, file] : files_) gone += file.current.size();
    files_.clear();
    return gone;
  }
  std::uint64_t lost = unsynced();
  Lots lots(tearing_, outage.image);
  for (auto& [name, file] : files_) {
    for (Write& write : file.pending) {
      if (!survives(write, outage.scope)) continue;
      apply(file.durable, write);
      lost -= write.bytes.size();
      write.stage = Stage::kNever;
    }
    if (options_.unsynced == Unsynced::kTorn) lost -= keep_sectors(file, lots);
    if (options_.unsynced == Unsynced::kPrefix) lost -= keep_prefix(file, lots);
    file.pending.clear();
    file.current = file.durable;
  }
  return lost;
}

// Each sector by itself: the drive writes them in any order. Returns how many bytes it kept.
std::uint64_t Disk::keep_sectors(File& file, Lots& lots) {
  std::uint64_t kept = 0;
  for (const Write& write : file.pending) {
    if (write.stage == Stage::kNever) continue;
    if (write.bytes.empty()) {
      if (lots.survives()) apply(file.durable, write);
      continue;
    }
    const std::uint64_t end = write.lands_at + write.bytes.size();
    for (std::uint64_t from = write.lands_at; from < end;) {
      const std::uint64_t to = std::min(end, (from / kSector + 1) * kSector);
      if (lots.survives()) {
        apply(file.durable,
              {from, write.number, write.bytes.substr(from - write.lands_at, to - from), from,
               write.stage});
        kept += to - from;
      }
      from = to;
    }
  }
  return kept;
}

// The file system keeps the order of each file's writes: everything up to some sector.
std::uint64_t Disk::keep_prefix(File& file, Lots& lots) {
  std::uint64_t all = 0;
  for (const Write& write : file.pending) {
    if (write.stage != Stage::kNever) all += sectors(write);
  }
  if (all == 0) return 0;
  std::uint64_t left = lots.below(all + 1);
  std::uint64_t kept = 0;
  for (const Write& write : file.pending) {
    if (write.stage == Stage::kNever) continue;
    if (left == 0) break;
    const std::uint64_t mine = std::min(left, sectors(write));
    left -= mine;
    if (write.bytes.empty()) {
      apply(file.durable, write);
      continue;
    }
    const std::uint64_t to = (write.lands_at / kSector + mine) * kSector - write.lands_at;
    const std::string bytes = write.bytes.substr(0, to);
    apply(file.durable, {write.at, write.number, bytes, write.lands_at, write.stage});
    kept += bytes.size();
  }
  return kept;
}

std::uint64_t Disk::crash_images(Scope scope) const {
  if (scope == Scope::kProcess || scope == Scope::kEverything) return 1;
  if (options_.unsynced == Unsynced::kLost) return 1;
  std::uint64_t images = 1;
  for (const auto& [name, file] : files_) {
    std::uint64_t undecided = 0;
    for (const Write& write : file.pending) {
      if (write.stage != Stage::kNever && !survives(write, scope)) undecided += sectors(write);
    }
    if (options_.unsynced == Unsynced::kPrefix) {
      images = times(images, undecided + 1);
    } else {
      images = times(images, undecided >= 63 ? kMostImages : std::uint64_t{1} << undecided);
    }
  }
  return images;
}

std::uint64_t Disk::rot(Stream& stream, std::uint64_t bits) {
  std::uint64_t bytes = 0;
  for (const auto& [name, file] : files_) bytes += file.durable.size();
  if (bytes == 0) return 0;
  for (std::uint64_t i = 0; i < bits; ++i) {
    std::uint64_t at = stream.below(bytes);
    const auto flip = static_cast<char>(1U << stream.below(8));
    for (auto& [name, file] : files_) {
      if (at >= file.durable.size()) {
        at -= file.durable.size();
        continue;
      }
      file.durable[at] = static_cast<char>(file.durable[at] ^ flip);
      // Old pages are long out of the cache: whoever reads, reads the medium.
      if (at < file.current.size()) file.current[at] = static_cast<char>(file.current[at] ^ flip);
      break;
    }
  }
  return bits;
}

std::uint64_t Disk::unsynced() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, file] : files_) {
    for (const Write& write : file.pending) bytes += write.bytes.size();
  }
  return bytes;
}

std::uint64_t Disk::in_drive_cache() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, file] : files_) {
    for (const Write& write : file.pending) {
      if (write.stage == Stage::kDrive) bytes += write.bytes.size();
    }
  }
  return bytes;
}

}  // namespace quorumlab::sim
