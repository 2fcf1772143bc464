// Histories of the field's objects as Jepsen JSON Lines, from a seed: linearizable by construction,
// or with one result in it that is wrong.
//
//   const std::string text = object_text({.object = "queue", .seed = 7, .is_wrong = true});
#pragma once

#include <cstdint>
#include <string>

namespace quorumlab::testing {

struct ObjectText {
  std::string object = "register";  // or counter, set, queue, stack, log, lock, ids, kv
  std::uint64_t seed = 1;
  std::uint32_t operations = 40;
  std::uint32_t processes = 4;
  std::uint32_t unknown = 3;  // percent
  bool is_wrong = false;
};
[[nodiscard]] std::string object_text(const ObjectText& options);

}  // namespace quorumlab::testing
