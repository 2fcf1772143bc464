// The driver of one client: whom it asks, how long it waits, when it asks again, what it remembers
// of its session. What faults do to drivers (sim/driver.h) takes effect here. Where the model has a
// library for clients, that is asked instead of replicas, and there is nobody to choose, to be sent
// to, or to keep a connection with.
//
//   ClientDriver driver(client, {.timeout = 500_ms, .attempt = 50_ms});
//   const auto told = driver.change(op, key, {.value = 7});  // asks until it is told or gives up
//   history.complete(op, {.outcome = told.outcome, .served_by = told.served_by});
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/client_library.h"
#include "models/client_protocol.h"
#include "models/data/object.h"
#include "models/workload/router.h"
#include "sim/driver.h"
#include "sim/node.h"

namespace quorumlab::models {

struct ClientDriverOptions {
  ReadFrom read_from = ReadFrom::kLeader;
  ReadFrom write_to = ReadFrom::kLeader;
  sim::Duration own_writes{1'000'000'000};  // for ReadFrom::kOwnWrites
  sim::Duration timeout{500'000'000};
  sim::Duration attempt{0};  // for one answer; 0: it does not ask again
  bool session = false;      // it tells servers what it has seen
  std::int64_t read_quorum = 0;
  std::int64_t write_quorum = 0;
};

class ClientDriver {
 public:
  // What the program is told.
  struct Told {
    Outcome outcome = Outcome::kUnknown;
    Value value{};  // that came back
    NodeId served_by = sim::kNoNode;
    bool saw_other = false;                // kFail: it ran, and the object did not allow it
    std::vector<std::int64_t> elements{};  // of a read
  };

  ClientDriver(sim::Node& client, const ClientDriverOptions& options,
               ClientLibrary* library = nullptr)
      : client_(client),
        options_(options),
        library_(library),
        router_(client, options.read_from, options.write_to, options.own_writes) {}

  // Suspends.
  Told change(OpId op, Key key, const Command& command);
  // Suspends. Without an answer it has had no effect, so it counts as failed.
  Told read(OpId op, Key key);

 private:
  // An answer that is due on a connection.
  template <class M>
  struct Due {
    OpId op;
    sim::Time asked;
    sim::Replies<typename M::Reply> replies;
  };
  // By server. Empty unless somebody goes away and his connection is used again.
  template <class M>
  using Connections = std::map<NodeId, std::deque<Due<M>>>;

  [[nodiscard]] sim::RequestPlan plan(bool is_write, Key key);
  template <class M>
  Told ask(const sim::RequestPlan& plan, M request, Connections<M>* connections);
  template <class M>
  [[nodiscard]] NodeId server_for(const sim::RequestPlan& plan);
  template <class M>
  std::optional<Answered<typename M::Reply>> call(NodeId server, const M& request,
                                                  sim::Duration patience,
                                                  Connections<M>* connections);
  template <class M>
  std::optional<Answered<typename M::Reply>> call_library(const M& request, sim::Duration patience);
  void lead_on(NodeId server, bool answered, NodeId hint);

  [[nodiscard]] Seen seen_by(Key key) const;
  void remember(Key key, const Seen& seen);

  // Between one attempt and the next, for whoever was turned away.
  static constexpr sim::Duration kPause{5'000'000};

  sim::Node& client_;
  ClientDriverOptions options_;
  ClientLibrary* library_;  // null: replicas are asked
  Router router_;
  std::uint64_t position_ = 0;  // of the log, as far as seen
  std::map<Key, std::string> contexts_;
  Connections<Put> writing_;
  Connections<Get> reading_;
  // Of the operation under way.
  bool learns_ = true;
  bool reuses_ = false;
  sim::RequestEnd end_;
};

}  // namespace quorumlab::models
