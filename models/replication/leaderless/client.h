// A client that knows who keeps what and coordinates its own requests (Dynamo, section 6.4): it
// asks the homes without a replica in between, which saves a hop.
//
//   Client client(options, plan, node);       // one per start of the client's process
//   client.handle(put); client.handle(get);   // suspend
//
// What needs a home it forwards to one: versions with dots, whose names only replicas that keep the
// key can give ("if the versions are based on physical timestamps", says Dynamo, any node may
// coordinate a write), and transactions, whose Paxos runs among the homes. Its clocks are its own:
// the time of day of its machine, or what it has met, which is only what it has read.
//
// Its view of the ring it downloads from a random member every so often, and at once from the home
// that turns a request away because it sees other homes. In between the view may be old: that costs
// a round, and no more, since a home counts for nobody who sees other homes (membership.h).
#pragma once

#include <memory>

#include "models/client_library.h"
#include "models/replication/leaderless/coordinator.h"
#include "models/replication/leaderless/homes.h"
#include "models/replication/leaderless/stamps.h"
#include "models/replication/leaderless/view.h"
#include "sim/node.h"

namespace quorumlab::models::leaderless {

class Client final : public ClientLibrary {
 public:
  Client(const LeaderlessOptions& options, const Plan& plan, sim::Node& node);
  [[nodiscard]] Answered<PutReply> handle(const Put& put) override;
  [[nodiscard]] Answered<GetReply> handle(const Get& get) override;

 private:
  template <class M>
  [[nodiscard]] Answered<typename M::Reply> forward(const M& request, sim::Duration patience);
  void keep_up();
  void download(NodeId from);

  const LeaderlessOptions& options_;
  sim::Node& node_;
  sim::Stream chance_;
  std::unique_ptr<RingView> view_;  // null: everybody belongs, for ever
  Homes homes_;
  Stamps stamps_;
  Coordinator coordinator_;
};

}  // namespace quorumlab::models::leaderless
