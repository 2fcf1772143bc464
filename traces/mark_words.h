// One or two words for what happens to a node, the same in the timeline and for Perfetto.
//
//   mark_word(EventKind::kCrash, "power loss");   // "power loss"
//   mark_word(EventKind::kPause, "");             // "pause"
//   mark_word(EventKind::kSend, "Put");           // nullopt: no such mark
#pragma once

#include <optional>
#include <string_view>

#include "sim/trace.h"

namespace quorumlab::traces {

// `name` is the event's own.
[[nodiscard]] constexpr std::optional<std::string_view> mark_word(sim::EventKind kind,
                                                                  std::string_view name) {
  switch (kind) {
    case sim::EventKind::kCrash:
      return name == "power loss" || name == "disk loss" ? name : "crash";
    case sim::EventKind::kRestart:
      return "restart";
    case sim::EventKind::kPause:
      return "pause";
    case sim::EventKind::kResume:
      return "resume";
    case sim::EventKind::kSync:
      return name == "sync that lies" ? name : "sync";
    case sim::EventKind::kClockStep:
      return "clock step";
    case sim::EventKind::kClockRate:
      return "clock rate";
    default:
      return std::nullopt;
  }
}

}  // namespace quorumlab::traces
