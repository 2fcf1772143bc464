// What the writer and the reader of .qtrace must agree on; only qtrace*.cc include this.
//
//   file    = magic, version (4 bytes), section...
//   section = tag (4), raw size (4), stored size (4), checksum of tag and raw (8), stored bytes
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "traces/varint.h"

namespace quorumlab::traces {

// As PNG's: bit 7 set, and line ends that a transfer in text mode would change.
inline constexpr std::string_view kMagic = "\x89QTR\r\n\x1A\n";
inline constexpr std::size_t kFileHead = kMagic.size() + 4;
inline constexpr std::size_t kSectionHead = 4 + 4 + 4 + 8;
inline constexpr std::string_view kRunTag = "RUN ";
inline constexpr std::string_view kEventsTag = "EVTS";
inline constexpr std::string_view kEndTag = "END ";

inline std::uint64_t checksum(std::string_view tag, std::string_view raw) {
  return XXH3_64bits(raw.data(), raw.size()) ^ XXH3_64bits(tag.data(), tag.size());
}

// Over the checksums of the sections, in order.
class RunningDigest {
 public:
  void add(std::uint64_t section) { put_fixed(checksums_, section, 8); }
  // 16 bytes, the high half first.
  [[nodiscard]] std::string value() const {
    const XXH128_hash_t hash = XXH3_128bits(checksums_.data(), checksums_.size());
    std::string out;
    put_fixed(out, hash.high64, 8);
    put_fixed(out, hash.low64, 8);
    return out;
  }

 private:
  std::string checksums_;
};

}  // namespace quorumlab::traces
