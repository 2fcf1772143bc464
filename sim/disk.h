// A node's disk: named files of bytes. What was synced survives a crash, what was not is lost or
// torn.
//
//   disk.append("log", record);      // in the page cache: a crash takes it back
//   disk.sync();                     // suspends; everything appended before the call is now
//   durable disk.read("log");                // all of it, the unsynced end included
//
// A torn disk keeps each 512-byte sector of an unsynced write with probability one half, so
// recovery has to check what it reads (Pillai et al., "All File Systems Are Not Created Equal",
// OSDI 2014).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/distribution.h"
#include "sim/rng.h"

namespace quorumlab::sim {

class Node;

enum class Unsynced : std::uint8_t { kLost, kTorn };

struct DiskOptions {
  Distribution sync;                    // how long a sync takes; syncs of one disk queue up
  Unsynced unsynced = Unsynced::kLost;  // what a crash leaves of writes that were not synced
};

class Disk {
 public:
  Disk(Node& node, const DiskOptions& options, Seed seed);

  void append(std::string_view file, std::string_view bytes);
  // Cuts the file at `size`. Requires: size is not beyond its end. Durable after the next sync.
  void truncate(std::string_view file, std::uint64_t size);
  [[nodiscard]] const std::string& read(std::string_view file) const;
  // Suspends for a draw of DiskOptions::sync, behind other syncs of this disk.
  void sync();

  // The node crashed: unsynced writes are lost or torn. Returns how many written bytes are gone.
  std::uint64_t crash();

  // Bytes written and not yet synced.
  [[nodiscard]] std::uint64_t unsynced() const;
  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }

  // For World::reseed.
  void reseed(Seed seed);

 private:
  struct Write {
    std::uint64_t at = 0;      // offset in the file
    std::uint64_t number = 0;  // of all writes to this disk
    std::string bytes;         // empty: a truncation to `at`
  };
  struct File {
    std::string current;  // as the node sees it
    std::string durable;  // as a crash leaves it
    std::vector<Write> pending;
  };

  std::uint64_t keep_torn_sectors(File& file);
  static void apply(std::string& content, const Write& write);

  Node& node_;
  DiskOptions options_;
  Stream stream_;
  Stream tearing_;
  std::map<std::string, File, std::less<>> files_;
  Time busy_until_;
  std::uint64_t writes_ = 0;
  std::uint64_t syncs_ = 0;
};

}  // namespace quorumlab::sim
