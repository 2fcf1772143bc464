// What a model puts into the process of each client, where clients take part in the protocol: the
// library then carries requests out itself, and no replica is asked to do it.
//
//   const auto answer = library.handle(Put{.op = id, .key = k, .value = 7});   // suspends
//   answer.reply.outcome; answer.from;
//
// It runs on the client's node: its clock, its links to each replica, its crashes.
#pragma once

#include "models/client_protocol.h"
#include "sim/ids.h"

namespace quorumlab::models {

template <class Reply>
struct Answered {
  Reply reply;
  NodeId from = sim::kNoNode;  // the replica whose answer it is; kNoNode: no single one's
};

class ClientLibrary {
 public:
  ClientLibrary() = default;
  ClientLibrary(const ClientLibrary&) = delete;
  ClientLibrary& operator=(const ClientLibrary&) = delete;
  virtual ~ClientLibrary() = default;

  // Suspend. Several requests may be under way at once: one that a program no longer waits for goes
  // on.
  [[nodiscard]] virtual Answered<PutReply> handle(const Put& put) = 0;
  [[nodiscard]] virtual Answered<GetReply> handle(const Get& get) = 0;
};

}  // namespace quorumlab::models
