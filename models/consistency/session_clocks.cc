#include "models/consistency/session_clocks.h"

#include "models/consistency/read_order.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kEntriesInStep = 16;  // of clocks, several of which go at once

}  // namespace

SessionClocks::SessionClocks(const TxnHistory& txns, const std::vector<bool>& takes_part,
                             const std::vector<std::vector<std::uint32_t>>& by_session)
    : txns_(txns),
      takes_part_(takes_part),
      by_session_(by_session),
      place_(txns.txns.size()),
      writers_(txns.keys.size()) {
  for (const auto& session : by_session) {
    for (std::uint32_t i = 0; i < session.size(); ++i) place_[session[i]] = i;
  }
  index_writes();
}

void SessionClocks::index_writes() {
  for (std::uint32_t s = 0; s < by_session_.size(); ++s) {
    for (const std::uint32_t t : by_session_[s]) {
      for (const Micro& micro : txns_.micros_of(t)) {
        if (micro.kind != Micro::Kind::kWrite) continue;
        auto& of_key = writers_[micro.key];
        if (of_key.empty() || of_key.back().session != s) of_key.push_back({s, {}});
        auto& places = of_key.back().places;
        if (places.empty() || places.back() != place_[t]) places.push_back(place_[t]);
      }
    }
  }
}

std::uint64_t SessionClocks::fill(const std::vector<std::uint32_t>& order,
                                  std::uint64_t max_steps) {
  const std::size_t width = txns_.sessions;
  std::uint64_t steps = 0;
  clocks_.assign(txns_.txns.size() * width, 0);
  for (const std::uint32_t t : order) {
    if (!takes_part_[t]) continue;
    if (steps > max_steps) return steps;
    std::uint32_t* const mine = clocks_.data() + t * width;
    const auto learn = [&](std::uint32_t other) {
      const std::uint32_t* const theirs = clock_of(other);
      steps += 1 + width / kEntriesInStep;
      for (std::size_t s = 0; s < width; ++s) mine[s] = std::max(mine[s], theirs[s]);
      std::uint32_t& own = mine[txns_.txns[other].session];
      own = std::max(own, place_[other] + 1);
    };
    if (place_[t] > 0) learn(by_session_[txns_.txns[t].session][place_[t] - 1]);
    for (const Micro& micro : txns_.micros_of(t)) {
      const std::uint32_t writer = writer_read(txns_, takes_part_, t, micro);
      if (writer != kNoTxn) learn(writer);
    }
  }
  return steps;
}

}  // namespace quorumlab::models
