// One Raft server from a start to a crash: the state of figure 2, and the rules as methods, in
// groups of one file each. Its fibers share these members; they change only where code suspends,
// so after each suspension the term is asked for again.
//
//   Replica(options, node, first_configuration, changes, {}).run();      // does not return
//
// A model that needs decisions of its own has one within, and clients that it does not know of:
//
//   raft.run_with([&](const Report& report) { return answer(report); });
//   raft.decide(key, value);          // on one fiber: applied, or nobody knows
//   raft.is_up_to_date();             // on another: we lead, and know all that was decided
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/client_protocol.h"
#include "models/replication/raft/journal.h"
#include "models/replication/raft/messages.h"
#include "models/replication/raft/raft.h"
#include "models/replication/raft/state_machine.h"
#include "sim/condition.h"
#include "sim/node.h"
#include "sim/roles.h"

namespace quorumlab::models::raft {

using sim::Duration;
using sim::Time;
using Mistake = RaftMistake;

// What a model that has Raft within sets; `role`, `term` and the like are its own then.
struct Within {
  std::string_view role = state::kRole;
  std::string_view term = state::kTerm;
  std::string_view commit = state::kCommit;
  std::string_view durable = state::kDurable;
  bool tells = true;                            // notes who leads, and what becomes of entries
  std::function<void(const Entry&)> applied{};  // must not suspend
};

class Replica {
 public:
  Replica(const RaftOptions& options, sim::Node& node, const Configuration& at_first,
          const std::vector<Change>& changes, Within within);
  // Suspends; does not return.
  void run();
  // The same with other handlers than those for clients.
  template <class... Handler>
  void run_with(Handler... more) {
    start();
    node_.serve([this](const RequestVote& request, NodeId from) { return vote(request, from); },
                [this](const AppendEntries& request, NodeId from) { return append(request, from); },
                [this](const InstallSnapshot& chunk, NodeId from) { return install(chunk, from); },
                [this](const TimeoutNow& request) {
                  if (request.term == term()) node_.spawn("campaign", [this] { campaign(true); });
                  return TimeoutNow::Reply{};
                },
                std::move(more)...);
  }

  [[nodiscard]] Epoch term() const { return journal_.term(); }
  [[nodiscard]] bool leads(Epoch term) const {
    return role_ == sim::kLeader && this->term() == term;
  }
  // kNoNode: it is us, or nobody knows.
  [[nodiscard]] NodeId redirect() const { return role_ == sim::kLeader ? sim::kNoNode : leader_; }
  // Suspends. True: an entry that says so is applied. False: it may be, some day, if we lead.
  [[nodiscard]] bool decide(Key key, std::int64_t value);
  // Suspends. True: we led after this was asked, and whatever our log held then is applied.
  [[nodiscard]] bool is_up_to_date();

 private:
  // What a leader knows of one other server.
  struct Progress {
    Index match = 0;              // its disk agrees with our log up to here
    Index next = 0;               // the next entry to send
    int in_flight = 0;            // appends without an answer
    bool silent = false;          // the last append got no answer: no hurry with the next
    bool probing = true;          // not known to match yet: one append at a time
    Time contact;                 // sending time of the last answered append
    Time leased;                  // the same on the clock of leases; or what it has promised
    std::uint64_t asked = 0;      // the last round of confirmation that was sent to it
    std::uint64_t confirmed = 0;  // the last one that it answered: we led when that began
  };

  // replica.cc: terms and roles, persistence, the state machine, client writes
  [[nodiscard]] const Configuration& configuration() const { return journal_.configuration(); }
  [[nodiscard]] bool is_me(NodeId node) const { return node == node_.id(); }
  void start();
  void note(std::string_view what, const sim::Tags& tags);
  void set_vote(Epoch term, NodeId candidate);
  void become_follower(Epoch term, NodeId leader);
  void publish();
  void persist();
  void note_entry(std::string_view what, Index index, const Entry& entry);
  void commit_to(Index index);
  void apply();
  PutReply take(const Put& put, NodeId client);
  PutReply committed(Index index, Epoch term);
  [[nodiscard]] AuditAll::Reply disclose(const AuditAll& audit) const;

  // election.cc
  void watch();
  Duration draw_patience();
  void campaign(bool transfer);
  bool ask_for_votes(const RequestVote& request, sim::Role asking_as);
  void become_leader();
  [[nodiscard]] bool is_loyal() const;
  RequestVote::Reply vote(const RequestVote& request, NodeId from);
  void check_quorum(Epoch term);

  // replication.cc
  void ship_to_all(Epoch term);
  void ship(NodeId peer, Epoch term);
  void send(NodeId peer, Epoch term);
  void heard_back(NodeId peer, const AppendEntries& sent, const AppendEntries::Reply& reply);
  void advance();
  AppendEntries::Reply append(const AppendEntries& request, NodeId from);
  void store(const AppendEntries& request);
  void discard(Index from);
  [[nodiscard]] Index retry_from(Index from) const;

  // snapshots.cc
  void compact();
  bool send_snapshot(NodeId peer, Epoch term);
  InstallSnapshot::Reply install(const InstallSnapshot& chunk, NodeId from);

  // reads.cc
  GetReply answer(const Get& get);
  [[nodiscard]] bool may_serve(const Get& get);
  [[nodiscard]] bool through_log(const Get& get);
  [[nodiscard]] std::optional<Index> confirmed_index();
  [[nodiscard]] bool as_leader_knows();
  [[nodiscard]] bool holds_lease();
  [[nodiscard]] ReadIndex::Reply tell_index();
  [[nodiscard]] Time lease_clock();
  [[nodiscard]] bool has_promised() const;

  // membership.cc
  void administer(Epoch term);
  [[nodiscard]] bool carry_out(const Change& change, std::uint32_t number, Time until);
  [[nodiscard]] bool teach(const std::vector<NodeId>& servers, Time until);
  [[nodiscard]] bool may_change() const;
  void propose(Configuration configuration);
  void finish_change();
  [[nodiscard]] bool hand_over(NodeId to, Time until);

  const RaftOptions& options_;
  sim::Node& node_;
  const std::vector<Change>& changes_;
  Within within_;
  Journal journal_;  // term, vote, log, snapshot: survives a crash
  StateMachine machine_;
  std::map<std::pair<Index, Epoch>, Object::Result> results_;  // of entries that clients wait for
  sim::Condition changed_;  // of anything below, or of the journal

  sim::Role role_ = sim::kFollower;
  NodeId leader_ = sim::kNoNode;  // of this term, as far as known
  Index commit_ = 0;
  Index applied_ = 0;
  Time heard_;  // from a leader; a restart counts, for what was promised before is forgotten
  Time patient_since_;            // heard from a leader, or voted
  std::optional<Time> promised_;  // by the time of day: not to elect anybody before

  // As leader.
  std::vector<Progress> progress_;  // by server
  std::vector<bool> shipping_;      // by server: a fiber ships to it
  Index term_begins_ = 0;           // the first entry of our term: a no-op
  std::uint64_t round_ = 0;         // of confirmation that we still lead
  bool handing_over_ = false;       // no writes meanwhile
  bool handed_over_ = false;        // in this term, tried at least: leases are off

  InstallSnapshot incoming_;  // as far as received
};

}  // namespace quorumlab::models::raft
