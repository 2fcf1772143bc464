#include "sim/fingerprint.h"

#include <fmt/core.h>

#define XXH_STATIC_LINKING_ONLY  // the state by value
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace quorumlab::sim {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are hashed as they lie in memory");

struct Fingerprint::State {
  XXH3_state_t xxh;
};

std::string Digest::text() const {
  return fmt::format("{:016x}{:016x}", high, low);
}

Fingerprint::Fingerprint() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->xxh);
}

Fingerprint::~Fingerprint() = default;

void Fingerprint::flush() {
  XXH3_128bits_update(&state_->xxh, entries_.data(), used_ * sizeof(Entry));
  if (watch_ != nullptr) {
    if (block_ == watch_->wanted_block) {
      watch_->entries.assign(entries_.begin(),
                             entries_.begin() + static_cast<std::ptrdiff_t>(used_));
    }
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
    watch_->blocks.push_back({hash.high64, hash.low64});
  }
  ++block_;
  used_ = 0;
}

Digest Fingerprint::value() const {
  State copy = *state_;
  XXH3_128bits_update(&copy.xxh, entries_.data(), used_ * sizeof(Entry));
  const XXH128_hash_t hash = XXH3_128bits_digest(&copy.xxh);
  return {hash.high64, hash.low64};
}

Digest Fingerprint::finish() {
  if (used_ != 0) flush();
  return value();
}

}  // namespace quorumlab::sim
