// Lightweight transactions: conditional writes of single keys by Paxos among the key's homes, as
// Cassandra has them (CASSANDRA-5062; with the read in the first round, CEP-14), each decision one
// instance of single-decree Paxos (Lamport, "Paxos Made Simple", 2001).
//
//   coordinator --Prepare(b)--> homes      promise nothing below b; say what was accepted, and hold
//               --Propose(b, v)--> homes   accept, unless a greater ballot was promised
//               --Commit(b, v)--> homes    once a majority has accepted; W of them, then `ok`
//
// A promise shows what this home accepted and has not seen committed. Whoever meets such a proposal
// finishes it under its own ballot before it does its own: it may have been decided. A key's state
// is on disk before anybody is answered. A serial read does the same without a value of its own,
// and lets a majority accept that there is none: then whatever a minority had accepted before can
// never come back (CASSANDRA-12126). Ballots order the versions too, as their stamps.
//
//   Paxos paxos(options, node, store, [&](Key key) { return homes(key); });
//   paxos.change(put); paxos.read(get);                    // as coordinator; suspend
//   paxos.promise(prepare); paxos.accept(propose);         // as a home
//
// What it does not do: it knows a repetition only while the key still has what it wrote; homes that
// change while it runs; more than one key.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "models/client_protocol.h"
#include "models/data/cell_store.h"
#include "models/data/record_file.h"
#include "models/replication/leaderless/leaderless.h"
#include "sim/node.h"

namespace quorumlab::models::leaderless {

struct Ballot {
  std::int64_t time = 0;  // 0: none
  NodeId node{0};
  auto operator<=>(const Ballot&) const = default;
};

// What a ballot is about: a version of the key, or that there is none to come.
struct Proposal {
  bool empty = true;
  OpId op;
  Value value;  // nullopt: a tombstone
};

struct Prepare {
  struct Reply {
    bool promised = false;
    Ballot greatest;  // that was promised here
    Ballot accepted;
    Ballot committed;
    Proposal proposal;  // that was accepted
    Cell cell;
  };
  static constexpr std::string_view kName = "Prepare";
  Key key;
  Ballot ballot;
  [[nodiscard]] sim::Tags tags() const {
    return {.key = key, .index = static_cast<std::uint64_t>(ballot.time)};
  }
};

struct Propose {
  struct Reply {
    bool accepted = false;
    Ballot greatest;
  };
  static constexpr std::string_view kName = "Propose";
  Key key;
  Ballot ballot;
  Proposal proposal;
  [[nodiscard]] sim::Tags tags() const {
    return {.op = proposal.op,
            .key = key,
            .value = proposal.value.value_or(0),
            .index = static_cast<std::uint64_t>(ballot.time)};
  }
};

// The cell has what was decided under this ballot, or replaced it.
struct Commit {
  struct Reply {};
  static constexpr std::string_view kName = "Commit";
  Key key;
  Ballot ballot;
  Cell cell;
  [[nodiscard]] sim::Tags tags() const {
    const Version* const v = cell.latest();
    return {.op = v == nullptr ? OpId{} : v->stamp.op,
            .key = key,
            .value = v == nullptr ? 0 : v->value.value_or(0),
            .index = static_cast<std::uint64_t>(ballot.time)};
  }
};

// Is this write decided by Paxos?
[[nodiscard]] inline bool is_transaction(const LeaderlessOptions& options, const Put& put) {
  return (options.transactions != Transactions::kOff && put.f == Function::kCas) ||
         (options.transactions == Transactions::kAll && put.f == Function::kWrite);
}

// A note: a home accepts a proposal; `index` and `term` are the ballot's time and node.
inline constexpr std::string_view kProposalAccepted = "accepted";

class Paxos {
 public:
  using Homes = std::function<std::vector<NodeId>(Key)>;
  Paxos(const LeaderlessOptions& options, sim::Node& node, CellStore& store, Homes homes);

  // Suspends until what a process that died left in the page cache is safe.
  void sync() { file_.sync(); }

  // As coordinator. Suspend.
  PutReply change(const Put& put);
  GetReply read(const Get& get);

  // As one of the key's homes. Suspend.
  Prepare::Reply promise(const Prepare& prepare);
  Propose::Reply accept(const Propose& propose);
  Commit::Reply commit(const Commit& commit);

 private:
  // A home's, of one key.
  struct State {
    Ballot promised;
    Ballot accepted;
    Ballot committed;
    Proposal proposal;
  };
  // What a majority promised, and what it told.
  struct Ground {
    bool promised = false;
    std::optional<Proposal> unfinished;
    Ballot committed;
    std::size_t informed = 0;  // of them know that it is
    Cell cell;
  };
  // What a majority said of a proposal.
  enum class Vote : std::uint8_t { kAccepted, kRefused, kUnclear };
  // What became of a proposal on its way.
  enum class Fate : std::uint8_t { kCommitted, kDecided, kRefused, kUnclear };
  struct Turn;
  enum class Step : std::uint8_t { kAgain, kDone };

  [[nodiscard]] Ballot next_ballot();
  [[nodiscard]] std::size_t copies() const {
    return static_cast<std::size_t>(options_.write_quorum);
  }
  void witness(const Ballot& ballot);
  void back_off(int attempt);
  [[nodiscard]] Ground prepare(Key key, const Ballot& ballot);
  [[nodiscard]] Vote propose(Key key, const Ballot& ballot, const Proposal& proposal);
  [[nodiscard]] bool spread(Key key, const Ballot& ballot, const Cell& cell, std::size_t copies);
  [[nodiscard]] Fate decide(Key key, const Ballot& ballot, const Proposal& proposal);
  [[nodiscard]] Step take_turn(const Put& put, Turn& turn);
  [[nodiscard]] bool is_own(const Put& put, const Turn& turn, OpId op) const;
  [[nodiscard]] Step finish_own(const Put& put, const Ground& ground, Turn& turn);
  // Nothing that a minority may have accepted can come back after this. False: somebody came first.
  [[nodiscard]] bool settle(Key key, const Ballot& ballot, const Ground& ground);

  // The same as a call to another node, without one.
  Prepare::Reply answer(const Prepare& request) { return promise(request); }
  Propose::Reply answer(const Propose& request) { return accept(request); }
  Commit::Reply answer(const Commit& request) { return commit(request); }
  // Suspends. The answers of the key's homes, until `enough` of them have come or it takes too
  // long.
  template <class M, class Enough>
  [[nodiscard]] std::map<NodeId, typename M::Reply> ask(const M& request, Enough enough);

  void write(Key key, const State& state);
  void replay(Decoder& in);
  void persist();

  const LeaderlessOptions& options_;
  sim::Node& node_;
  CellStore& store_;
  Homes homes_;
  std::map<Key, State> states_;
  Ballot greatest_;  // that was ever met
  RecordFile file_;
};

// No two homes of a key accept different proposals of one ballot.
[[nodiscard]] Invariant one_proposal_per_ballot();

}  // namespace quorumlab::models::leaderless
