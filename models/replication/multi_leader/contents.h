// What a replica holds: how a request becomes a change, and what changes add up to. One way for
// each kind of conflict handling.
//
//   Change change{.key = put.key, .stamp = stamp, ...};
//   if (contents->prepare(put, &change)) contents->apply(change, position);
//   contents->read(key).value;
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/client_protocol.h"
#include "models/replication/multi_leader/messages.h"
#include "models/replication/multi_leader/multi_leader.h"
#include "sim/node.h"

namespace quorumlab::models::multi_leader {

// The published state of a replica that shares objects: what they take, encoded.
inline constexpr std::string_view kStateBytes = "state_bytes";

class Contents {
 public:
  struct Answer {
    Value value{};
    std::vector<std::int64_t> elements{};
    std::string context{};  // for the client's next request
  };

  virtual ~Contents() = default;
  // What is read back from disk is not news; from now on the trace hears of everything.
  virtual void tell() = 0;
  // Puts what is asked for into `change`; false: it cannot be done.
  [[nodiscard]] virtual bool prepare(const Put& put, Change* change) = 0;
  // `position` of the change among those that this replica knows.
  virtual void apply(const Change& change, std::uint64_t position) = 0;
  [[nodiscard]] virtual Answer read(Key key) const = 0;
  [[nodiscard]] virtual AuditAll::Applied disclose(Key key) const = 0;
  // Forgets erased keys that have been known as such for so long.
  virtual void forget_erased(sim::Duration grace) = 0;
};

[[nodiscard]] std::unique_ptr<Contents> make_contents(const MultiLeaderOptions& options,
                                                      sim::Node& node);

}  // namespace quorumlab::models::multi_leader
