// A replica's view of the ring, how it comes by it, and how it joins and leaves.
//
//   Membership members(options, plan, node, store, {...});
//   members.start();                        // the detector, and what the scenario plans for us
//   members.ring().writers(key);            // our view
//   store.fence = members.fence(key);       // goes with whatever shall count towards a quorum ...
//   members.agrees(store.fence, key);       // ... and counts only at homes with the same view
//
// A join or a leave goes through phases (ring.h), one at a time in the cluster, each announced by
// the replica itself. (1) A majority permits it. (2) Joining or leaving: writes need W of the old
// homes and W of the new ones, which is what W + 1 of N + 1 are (Cassandra's pending ranges). A
// newcomer copies what N - W + 1 old homes have, so that it lacks no acknowledged write; whoever
// leaves gives what it has to those who follow it. (3) Taking or handing over: reads go to the new
// homes, and writes still to both, until N - R + 1 of the old homes of each range know it, so that
// no quorum of the old view can be read any more. (4) It is in, or gone.
//
// What makes this safe though views differ: a home counts for nobody who sees other homes for the
// key. Cassandra instead waits 30 s and hopes that everybody has heard (CASSANDRA-2434 gives the
// rule of one at a time); the phases are those of ScyllaDB's topology changes (write both and read
// old, write both and read new).
//
// A replica that crashes in the middle goes on when it is back. If it gives up before phase 3,
// nothing has happened. If it never comes back, nobody else can join or leave.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/data/cell_store.h"
#include "models/data/record_file.h"
#include "models/model.h"
#include "models/replication/leaderless/leaderless.h"
#include "models/replication/leaderless/ring.h"
#include "models/replication/leaderless/view.h"
#include "models/replication/membership/phi.h"
#include "models/replication/membership/swim.h"

namespace quorumlab::models::leaderless {

// "May I change the ring?"
struct Permit {
  struct Reply {
    bool granted = false;
    Text ring;
  };
  static constexpr std::string_view kName = "Permit";
  Text ring;
};

// "Know this, for ever."
struct Adopt {
  struct Reply {};
  static constexpr std::string_view kName = "Adopt";
  Text ring;
};

// "What do you keep that I shall keep too?" From `from` on, in the order of keys.
struct StreamRange {
  struct Reply {
    bool is_home = false;
    std::vector<std::pair<Key, Cell>> cells;
    bool more = false;
    [[nodiscard]] std::size_t wire_size() const { return 16 + cells.size() * sizeof(cells[0]); }
  };
  static constexpr std::string_view kName = "StreamRange";
  Text ring;
  Key from{0};
  [[nodiscard]] sim::Tags tags() const { return {.key = from}; }
};

class Membership final : public RingView {
 public:
  struct Host {
    // Stores it at that replica, and says whether it is kept there. Suspends.
    std::function<bool(NodeId to, Key key, const Cell& cell)> hand_over;
    // Delivers hints; true: none is left. Suspends.
    std::function<bool()> deliver_hints;
  };
  Membership(const LeaderlessOptions& options, const Plan& plan, sim::Node& node, CellStore& store,
             Host host);

  void start();

  [[nodiscard]] bool serves() const;  // requests of clients
  [[nodiscard]] bool has_left() const { return standing() == Standing::kLeft; }
  [[nodiscard]] bool is_going() const;
  [[nodiscard]] bool is_dead(NodeId node) const override;
  [[nodiscard]] NodeId somebody() const;  // who serves

  [[nodiscard]] bool agrees(const Fence& fence, Key key);
  using RingView::learn;
  void learn(std::string_view text) override;

  Permit::Reply permit(const Permit& request, NodeId from);
  Adopt::Reply adopt(const Adopt& news);
  StreamRange::Reply stream(const StreamRange& request, NodeId from);
  membership::Ping::Reply answer(const membership::Ping& ping, NodeId from);
  membership::PingRequest::Reply relay(const membership::PingRequest& request, NodeId from);
  membership::Heartbeat::Reply hear(const membership::Heartbeat& beat, NodeId from);
  membership::Bulletin exchange(const membership::Bulletin& theirs);

 private:
  struct Grant {
    NodeId to = sim::kNoNode;
    std::uint32_t version = 0;  // of its word when it asked
  };

  // membership.cc
  void replay(Decoder& in);
  void save();
  void publish();
  [[nodiscard]] Standing standing() const { return ring_.standing(node_.id()); }
  void start_detector();

  // change.cc
  void administer();
  void join(sim::Time until);
  void leave(sim::Time until);
  void become(Standing standing, std::string_view note);
  void pause();
  [[nodiscard]] bool permitted();
  [[nodiscard]] bool copied();
  [[nodiscard]] bool copy_from(NodeId source);
  [[nodiscard]] bool given_away();
  [[nodiscard]] bool everybody_knows();
  [[nodiscard]] bool covered(const std::set<NodeId>& who, std::int64_t each) const;
  void announce();

  const std::vector<Change>& changes_;
  CellStore& store_;
  Host host_;
  Grant grant_;
  std::uint32_t done_ = 0;  // of our scheduled changes
  sim::Stream chance_;
  RecordFile file_;
  std::unique_ptr<membership::Swim> swim_;
  std::unique_ptr<membership::PhiDetector> phi_;
  membership::Detector* detector_ = nullptr;  // one of the two
  bool detecting_ = false;
};

// At no time are two replicas about to join or leave.
[[nodiscard]] Invariant one_change_at_a_time();
// Nobody says of a replica that is up that it is dead.
[[nodiscard]] Invariant no_false_death();

namespace change_note {
inline constexpr std::string_view kBegins = "begins";         // to join or leave, with permission
inline constexpr std::string_view kCopied = "copied";         // a newcomer has `count` keys from
                                                              // the lane `value`
inline constexpr std::string_view kTakesOver = "takes_over";  // reads go to the new homes
inline constexpr std::string_view kJoined = "joined";
inline constexpr std::string_view kLeft = "left";
inline constexpr std::string_view kGivesUp = "gives_up";
}  // namespace change_note

}  // namespace quorumlab::models::leaderless
