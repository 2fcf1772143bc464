// The manual of a schema: every key with its type, limits, default and meaning, from the
// declaration that also reads it, so that the two cannot disagree.
//
//   manual(leader_follower_schema(), {.format = ManualFormat::kPlain, .width = 80});
//     // leader_follower
//     //   One leader, one log; `ok` once enough disks hold the entry.
//     //
//     //   timeout = "1s"   (duration, at least 1ms)
//     //       how long a follower waits for the leader
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/config/schema.h"

namespace quorumlab::config {

enum class ManualFormat : std::uint8_t { kPlain, kMarkdown };

struct ManualOptions {
  ManualFormat format = ManualFormat::kPlain;
  std::size_t width = 80;  // of plain text
};

// Nested tables follow their parent's keys. Of alternatives only the words are listed: each is a
// schema with a manual of its own.
[[nodiscard]] std::string manual(const Schema& schema, const ManualOptions& options);

}  // namespace quorumlab::config
