// What each transaction may know of, all of it at once: for whoever must ask of any two at any
// time. Who can do with one look at each along an order needs far less (causal_walk.h).
//
//   SessionClocks clocks(txns, takes_part, by_session);
//   clocks.fill(order, max_steps);
//   clocks.knows(t, other);   // did `other` come before t, by sessions and reads?
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "models/consistency/txn_history.h"

namespace quorumlab::models {

class SessionClocks {
 public:
  // Keeps references. `by_session`: those that take part, in their order.
  SessionClocks(const TxnHistory& txns, const std::vector<bool>& takes_part,
                const std::vector<std::vector<std::uint32_t>>& by_session);

  [[nodiscard]] static std::uint64_t bytes_for(const TxnHistory& txns) {
    return std::uint64_t{txns.sessions} * txns.txns.size() * sizeof(std::uint32_t);
  }

  // Along an order that sessions and reads agree with. Returns the steps that it took: over
  // `max_steps` there is nothing to be asked.
  std::uint64_t fill(const std::vector<std::uint32_t>& order, std::uint64_t max_steps);

  [[nodiscard]] bool knows(std::uint32_t t, std::uint32_t other) const {
    return clock_of(t)[txns_.txns[other].session] > place_[other];
  }

  // Calls f(writer) for the last writer of the key in each session that `t` knows of. Returns the
  // steps that it took.
  template <class F>
  std::uint64_t for_each_known_writer(std::uint32_t t, std::uint32_t key, F f) const {
    for (const KeyWriters& writers : writers_[key]) {
      const std::uint32_t known = clock_of(t)[writers.session];
      const auto& places = writers.places;
      if (known == 0 || places.front() >= known) continue;
      const auto after = std::lower_bound(places.begin(), places.end(), known);
      f(by_session_[writers.session][*std::prev(after)]);
    }
    return writers_[key].size();
  }

 private:
  // One session's writers of one key, by their places in the session.
  struct KeyWriters {
    std::uint32_t session = 0;
    std::vector<std::uint32_t> places;
  };

  [[nodiscard]] const std::uint32_t* clock_of(std::uint32_t t) const {
    return clocks_.data() + std::size_t{t} * txns_.sessions;
  }
  void index_writes();

  const TxnHistory& txns_;
  const std::vector<bool>& takes_part_;
  const std::vector<std::vector<std::uint32_t>>& by_session_;
  std::vector<std::uint32_t> place_;              // of a transaction in its session
  std::vector<std::vector<KeyWriters>> writers_;  // by key
  std::vector<std::uint32_t> clocks_;  // by transaction and session: how many of it come before
};

}  // namespace quorumlab::models
