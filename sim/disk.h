// A node's disk: named files of bytes. What was synced survives a crash, what was not is lost or
// torn.
//
//   disk.append("log", record);   // in the page cache: a power loss takes it back
//   disk.sync();                  // suspends; what was appended before the call is durable now
//   disk.read("log");             // all of it, the unsynced end included
//
// A write moves through three places, and each kind of outage takes away some of them:
//
//                     page cache   drive's cache   medium
//   process crash     stays        stays           stays
//   machine crash     lost, torn   stays           stays
//   power loss        lost, torn   lost, torn      stays
//   amnesia           lost         lost            lost
//
// sync moves what is in the page cache to the medium; a drive that lies leaves it in its cache.
// What a crash leaves of writes that are lost or torn is a legal image of the disk: none of them,
// each 512-byte sector or not, or a prefix of each file (Pillai et al., "All File Systems Are Not
// Created Equal", OSDI 2014), so recovery has to check what it reads. Faults join as a DiskTrouble.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/distribution.h"
#include "sim/rng.h"

namespace quorumlab::sim {

class Fiber;
class Node;

enum class Unsynced : std::uint8_t {
  kLost,    // none of it survives
  kTorn,    // each sector of 512 bytes survives or not
  kPrefix,  // of each file, the sectors up to some point survive
};

// What a node does when its disk reports an error.
enum class OnDiskError : std::uint8_t { kCrash, kReport };

struct DiskOptions {
  Distribution sync;                    // how long a sync takes; syncs of one disk queue up
  Unsynced unsynced = Unsynced::kLost;  // what a crash leaves of writes that were not synced
  OnDiskError on_error = OnDiskError::kCrash;
};

// What goes down, and so which writes are gone.
enum class Scope : std::uint8_t { kProcess, kMachine, kPower, kEverything };

struct Outage {
  Scope scope = Scope::kMachine;
  // Which of the legal images of the disk is left, counted from 0 and taken modulo their number;
  // nullopt: drawn.
  std::optional<std::uint64_t> image = {};
};

// What a fault makes of one write, one sync.
struct WriteFate {
  bool refused = false;                     // the disk says that it is full
  bool lost = false;                        // it says that it wrote, and did not
  std::optional<std::uint64_t> lands_at{};  // ... and wrote elsewhere in the file
};
struct SyncFate {
  Duration extra;      // it takes so much longer
  bool fails = false;  // it says so, and what it should have made durable never will be
  bool lies = false;   // it says that it is done, but the data is in the drive's cache
};

// A disk that is broken in some way. Asked inline; must not suspend.
class DiskTrouble {
 public:
  DiskTrouble() = default;
  DiskTrouble(const DiskTrouble&) = delete;
  DiskTrouble& operator=(const DiskTrouble&) = delete;
  virtual ~DiskTrouble() = default;
  // `bytes` are to be appended to a file at `at`.
  virtual void write(Node&, std::uint64_t /*at*/, std::uint64_t /*bytes*/, WriteFate&) {}
  // `bytes` that were written wait to be durable.
  virtual void sync(Node&, std::uint64_t /*bytes*/, SyncFate&) {}
  // While true, no sync comes to an end.
  [[nodiscard]] virtual bool stalls() const { return false; }
  // One has to wait.
  virtual void stalled(Node&) {}
  // What a read finds, to be damaged.
  virtual void read(Node&, std::string& /*bytes*/) {}
};

class Disk {
 public:
  Disk(Node& node, const DiskOptions& options, Seed seed);

  // False: the disk refused. Suspends only if the node is to die of that, see on_error.
  bool append(std::string_view file, std::string_view bytes);
  // Cuts the file at `size`. Requires: size is not beyond its end. Durable after the next sync.
  void truncate(std::string_view file, std::uint64_t size);
  // Valid until the next call.
  [[nodiscard]] const std::string& read(std::string_view file) const;
  // Suspends for a draw of DiskOptions::sync, behind other syncs of this disk. False: the disk says
  // that it failed, and then nobody knows what of the unsynced writes is durable: none is, and no
  // later sync will make it so, as on Linux (Rebello et al., "Can Applications Recover from fsync
  // Failures?", USENIX ATC 2020).
  bool sync();

  // The node crashed. Returns how many written bytes are gone.
  std::uint64_t crash(const Outage& outage);
  // How many legal images such an outage could leave now; at most 2^63.
  [[nodiscard]] std::uint64_t crash_images(Scope scope) const;

  // Until it leaves, `trouble` is asked about every write, sync and read.
  void join(DiskTrouble& trouble) { troubles_.push_back(&trouble); }
  void leave(DiskTrouble& trouble);
  // Flips `bits` bits of what lies on the medium, which nobody notices until it is read. Returns
  // how many; 0 if the disk is empty.
  std::uint64_t rot(Stream& stream, std::uint64_t bits);

  // Bytes written and not yet synced.
  [[nodiscard]] std::uint64_t unsynced() const;
  // ... of those, what a sync has promised to be durable.
  [[nodiscard]] std::uint64_t in_drive_cache() const;
  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }
  // Did the node's last crash come of an error of this disk?
  [[nodiscard]] bool gave_up() const { return gave_up_; }

  // For World::reseed.
  void reseed(Seed seed);

 private:
  enum class Stage : std::uint8_t {
    kCached,  // in the page cache
    kDrive,   // in the drive's volatile cache: a sync lied
    kNever,   // the node reads it back, but it never reaches the medium
  };
  struct Write {
    std::uint64_t at = 0;      // offset in the file
    std::uint64_t number = 0;  // of all writes to this disk
    std::string bytes;         // empty: a truncation to `at`
    std::uint64_t lands_at = 0;
    Stage stage = Stage::kCached;
  };
  struct File {
    std::string current;  // as the node sees it
    std::string durable;  // as a crash leaves it
    std::vector<Write> pending;
  };
  class Lots;

  WriteFate fate_of_write(std::uint64_t at, std::uint64_t bytes);
  SyncFate fate_of_sync();
  void wait_out_stalls();
  [[nodiscard]] bool stalled() const;
  void settle(std::uint64_t covered, const SyncFate& fate);
  bool report(std::string_view what);
  std::uint64_t keep_sectors(File& file, Lots& lots);
  std::uint64_t keep_prefix(File& file, Lots& lots);
  static std::uint64_t sectors(const Write& write);
  static bool survives(const Write& write, Scope scope);
  static void apply(std::string& content, const Write& write);

  Node& node_;
  DiskOptions options_;
  Stream stream_;
  Stream tearing_;
  std::map<std::string, File, std::less<>> files_;
  std::vector<DiskTrouble*> troubles_;
  std::vector<std::pair<Fiber*, std::uint64_t>> stalled_;  // with their tickets
  mutable std::string as_read_;                            // damaged
  bool gave_up_ = false;
  Time busy_until_;
  std::uint64_t writes_ = 0;
  std::uint64_t syncs_ = 0;
};

}  // namespace quorumlab::sim
