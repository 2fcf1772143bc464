// Whoever coordinates requests: a replica for the clients that ask it, or a client for itself
// (Dynamo, section 6.4). It asks the key's homes, waits for quorums, brings back what it read, and
// finds stand-ins. A replica has a copy of its own at hand; a client has none, no disk either.
//
//   Coordinator coordinator(options, node, homes, stamps, {.chance = node.rng(), .own = &copy});
//   coordinator.put(put); coordinator.get(get);            // suspend
#pragma once

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "models/client_library.h"
#include "models/replication/leaderless/homes.h"
#include "models/replication/leaderless/leaderless.h"
#include "models/replication/leaderless/messages.h"
#include "models/replication/leaderless/stamps.h"
#include "sim/node.h"

namespace quorumlab::models::leaderless {

// A replica's own copy: the same as calls to another one, without a message.
class OwnCopy {
 public:
  virtual Store::Reply keep(const Store& store) = 0;   // suspends
  virtual Fetch::Reply fetch(const Fetch& fetch) = 0;  // suspends
  [[nodiscard]] virtual const Cell& find(Key key) const = 0;

 protected:
  ~OwnCopy() = default;
};

class Coordinator {
 public:
  struct Place {
    sim::Stream& chance;     // for the drawing of homes
    OwnCopy* own = nullptr;  // null: a client
  };
  Coordinator(const LeaderlessOptions& options, sim::Node& node, Homes& homes, Stamps& stamps,
              const Place& place)
      : options_(options), node_(node), homes_(homes), stamps_(stamps), place_(place) {}

  // Plain writes. Suspends.
  PutReply put(const Put& put);
  // Suspends. From whoever had what it is told.
  Answered<GetReply> get(const Get& get);

 private:
  struct Gathered {
    std::vector<std::pair<NodeId, Cell>> answers;
    bool enough = false;
    Cell merged;
    std::uint64_t view = 0;
  };

  [[nodiscard]] std::vector<NodeId> contacts(std::vector<NodeId> homes, std::int64_t quorum);
  [[nodiscard]] bool enough(const std::vector<NodeId>& homes, const std::set<NodeId>& who,
                            std::int64_t count) const;
  [[nodiscard]] std::int64_t wanted(std::int64_t by_request, std::int64_t by_model) const;
  [[nodiscard]] bool stamp_after_reading(Key key);
  [[nodiscard]] Cell cell_for(const Put& put);
  [[nodiscard]] std::set<NodeId> spread(Key key, const Cell& cell, std::int64_t copies);
  [[nodiscard]] Gathered gather(Key key, std::int64_t answers, OpId for_read = sim::kNoOp);
  [[nodiscard]] Gathered gather_once(Key key, std::int64_t answers, OpId for_read);
  [[nodiscard]] bool write_back(Key key, const Gathered& gathered, std::int64_t answers);

  // stand_ins.cc: for homes that do not answer
  [[nodiscard]] std::set<NodeId> spread_hints(Key key, const Cell& cell, std::set<NodeId> kept,
                                              std::int64_t copies);
  void hint_late(Key key, const Cell& cell, sim::Replies<Store::Reply>& asked,
                 std::set<NodeId> kept);
  [[nodiscard]] NodeId last_resort(const std::set<NodeId>& kept) const;

  const LeaderlessOptions& options_;
  sim::Node& node_;
  Homes& homes_;
  Stamps& stamps_;
  Place place_;
};

}  // namespace quorumlab::models::leaderless
