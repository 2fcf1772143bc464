// What a replication model is: the program of a replica, and what it lets others see of itself.
//
//   class Mine : public ReplicationModel { void run(sim::Node& node) const override { ... } };
//   ModelEntry mine() { return {.schema = ..., .source = ..., .make = ...}; }
//   registry.add(mine());                                        // see registry.h
//
// A model serves the requests of client_protocol.h. It publishes the state fields that its entry
// lists with Node::set_state, and tells the trace about its log with the notes below.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/client_library.h"
#include "models/history.h"
#include "sim/config/schema.h"
#include "sim/node.h"
#include "sim/roles.h"
#include "sim/world.h"

namespace quorumlab::models {

using sim::NodeId;

class ReplicationModel {
 public:
  virtual ~ReplicationModel() = default;
  // From a replica's start to its crash. Suspends; ends only by a crash.
  virtual void run(sim::Node& node) const = 0;
  // What carries out the requests of a client, from its start to its crash, on its own node. Null:
  // it asks replicas.
  [[nodiscard]] virtual std::unique_ptr<ClientLibrary> library(sim::Node& /*client*/) const {
    return nullptr;
  }
};

// State fields and notes with a meaning of their own for triggers, invariants, slices and pictures.
namespace state {
inline constexpr std::string_view kRole = sim::kRoleField;  // a sim::Role
inline constexpr std::string_view kTerm = sim::kTermField;  // epoch, view, ballot
inline constexpr std::string_view kCommit = "commit";       // log entries before this are safe
inline constexpr std::string_view kDurable = "durable";  // log entries before this survive a crash
}  // namespace state

namespace note {
inline constexpr std::string_view kElected = "elected";     // this node is leader of `term` now
inline constexpr std::string_view kDeposed = "deposed";     // it learned of a newer leader
inline constexpr std::string_view kHandOver = "hand_over";  // it asked another one to take over
inline constexpr std::string_view kDegraded = "degraded";   // its own disk is enough from now on
inline constexpr std::string_view kAppend = "append";       // entries [index, index + count)
inline constexpr std::string_view kDiscard = "discard";     // entries thrown away
inline constexpr std::string_view kDiscardEntry = "discard_entry";  // one of them, with op and key
inline constexpr std::string_view kDiverged = "diverged";           // it keeps a history of its own
inline constexpr std::string_view kApply = "apply";      // the state machine applied `index`
inline constexpr std::string_view kRecover = "recover";  // a restart: the log ends before `index`
inline constexpr std::string_view kInstall = "install";  // a snapshot up to `index`, `count` stay
inline constexpr std::string_view kEffectBeforeCause = "effect_before_cause";  // it was applied
inline constexpr std::string_view kOutdated = "outdated";   // a write came and changes nothing here
inline constexpr std::string_view kReplace = "replace";     // a version gave way to another one
inline constexpr std::string_view kHint = "hint";           // a write is kept for another replica
inline constexpr std::string_view kHintGone = "hint_gone";  // ... and not any more
inline constexpr std::string_view kServe = "serve";         // a read was answered
inline constexpr std::string_view kRefuse = "refuse";       // a request was turned away
// Of a client whose driver is wrong: nobody had said that it was done, ...
inline constexpr std::string_view kCalledSuccess = "called_success";
inline constexpr std::string_view kOtherAnswer = "other_answer";  // ... or it was another's answer
}  // namespace note

// Published state, for `describe` and for pictures.
struct StateField {
  std::string name;
  std::string meaning;
  std::vector<std::string> values;  // names of 0, 1, 2, ...; empty: a plain number
};

// Must hold whenever some replica's published state changes, and whenever one leaves a note.
struct Invariant {
  std::string name;
  std::string meaning;
  // What is wrong in `world` after `changed` published something; nullopt: nothing. May be empty.
  std::function<std::optional<std::string>(sim::World& world, sim::Node& changed)> violated;
  // The same after `node` noted `what`. May be empty.
  std::function<std::optional<std::string>(sim::World& world, const sim::Node& node,
                                           std::string_view what, const sim::Tags& tags)>
      noted = nullptr;
};

// What options may depend on, and be checked against.
struct ClusterShape {
  std::vector<std::string> replicas;  // their names, in order
};

// What one configuration of a model promises, whatever goes wrong on the network, with clocks and
// with machines that keep their disks; and what it does not, with a scenario of the catalogue that
// shows it. Tests hold a sweep against the one and run the other; docs/models.md lists both.
struct Claim {
  std::string options;             // of [replication], lines of TOML
  std::string workload;            // what it takes of clients: lines of [workload]
  std::vector<std::string> holds;  // words of [check] consistency, and "durable"
  struct Counterexample {
    std::string property;  // as in `holds`
    std::string scenario;  // "replication/stale_follower.toml"
  };
  std::vector<Counterexample> lacks;
  std::int64_t replicas = 3;  // that the sweep has
};

// A model as the registry knows it; see registry.h.
struct ModelEntry {
  config::Schema schema;  // its name is the word in `model = "..."`, its summary one line
  std::string source;     // the paper or system that it models
  std::vector<StateField> state;
  // What its replicas send each other and note, for triggers. Empty: any name may be one.
  std::vector<std::string_view> messages = {};
  std::vector<std::string_view> notes = {};

  using Options = config::Chosen;
  std::function<std::unique_ptr<ReplicationModel>(const Options&, const ClusterShape&)> make;
  // What is wrong with the options in this cluster. Empty: nothing ever.
  std::function<void(const Options&, const ClusterShape&, const config::Where&,
                     config::Diagnostics&)>
      check;
  // Empty: the model promises nothing of the kind.
  std::function<std::vector<Invariant>(const Options&, const ClusterShape&)> invariants;
  // Can these replicas, all up and with everything that they promised on their disks, serve alone,
  // as the world stands? Null: the model does not say.
  std::function<bool(const Options&, const ClusterShape&, const std::vector<NodeId>& core,
                     sim::World& world)>
      sufficient = nullptr;
  std::vector<Claim> claims{};
  // Which changes its replicas carry out, with these options. Null: plain writes alone.
  std::function<bool(const Options&, Function)> serves = nullptr;
};

[[nodiscard]] inline bool serves(const ModelEntry& model, const ModelEntry::Options& options,
                                 Function f) {
  if (f == Function::kRead) return true;
  return model.serves ? model.serves(options, f) : f == Function::kWrite;
}

[[nodiscard]] inline std::vector<Invariant> invariants_of(const ModelEntry& model,
                                                          const ModelEntry::Options& options,
                                                          const ClusterShape& shape) {
  return model.invariants ? model.invariants(options, shape) : std::vector<Invariant>{};
}

}  // namespace quorumlab::models
