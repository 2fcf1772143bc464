// Who is there, whatever finds it out: swim.h pings and gossips, phi.h counts heartbeats.
//
//   detector->belief(n3) == Belief::kDead     // then nobody needs to wait for it
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "models/replication/membership/member_list.h"

namespace quorumlab::models::membership {

// A text of the host's own that all members shall have. Digests tell where it differs, and there it
// is exchanged; what becomes of two is the host's affair.
struct Bulletin {
  using Reply = Bulletin;
  static constexpr std::string_view kName = "Bulletin";
  std::string text;
  [[nodiscard]] std::size_t wire_size() const { return 8 + text.size(); }
};

struct Host {
  // Something else is believed of a member from now on. Must not suspend. May be empty.
  std::function<void(NodeId, Belief)> changed = nullptr;
  // The bulletin. All three or none.
  std::function<std::uint64_t()> digest = nullptr;
  std::function<std::string()> text = nullptr;
  std::function<void(std::string_view)> hear = nullptr;
};

class Detector {
 public:
  virtual ~Detector() = default;
  // Takes part until the crash. Suspends.
  virtual void run() = 0;
  // Takes part from now on (as it does from the start), or says good-bye and falls silent.
  virtual void join() = 0;
  virtual void leave() = 0;
  [[nodiscard]] virtual Belief belief(NodeId node) const = 0;
  [[nodiscard]] virtual std::size_t suspects() const = 0;
};

namespace note {
inline constexpr std::string_view kSuspect = "suspect";  // of `value` (a lane) in its life `term`
inline constexpr std::string_view kConfirm = "confirm";  // ... it is dead
inline constexpr std::string_view kAlive = "alive";      // ... it is back, or new
inline constexpr std::string_view kGone = "gone";        // ... it has left
inline constexpr std::string_view kObject = "object";    // "I am alive", and now in my life `term`
}  // namespace note

}  // namespace quorumlab::models::membership
