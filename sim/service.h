// A node with a finite speed: each message that arrives takes its turn, and a queue that is full
// turns messages away. Without it a node handles any number at once.
//
//   auto slow = std::make_shared<Service>(ServiceOptions{.takes = law, .queue = 100}, Stream(...));
//   world.set_service(node, slow); ... world.set_service(node, nullptr);
//   slow->counters().turned_away;
//
// What overload and metastable failure are made of: more work arrives than can be done, waiting
// makes clients give up and ask again, and so more work arrives (Bronson et al., "Metastable
// Failures in Distributed Systems", HotOS 2021).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "sim/distribution.h"
#include "sim/rng.h"
#include "sim/time.h"

namespace quorumlab::sim {

struct ServiceOptions {
  Distribution takes;  // how long one message keeps the node busy
  std::size_t queue = 1000;
};

class Service {
 public:
  Service(const ServiceOptions& options, Stream stream)
      : options_(options), stream_(std::move(stream)) {}

  // When a message that arrives now has been dealt with; nullopt: the queue is full. Draws either
  // way.
  std::optional<Time> admit(Time now) {
    const Duration takes = std::max(options_.takes.sample(stream_), Duration(0));
    while (!done_.empty() && done_.front() <= now) done_.pop_front();
    ++counters_.arrived;
    if (done_.size() > options_.queue) {
      ++counters_.turned_away;
      return std::nullopt;
    }
    if (!done_.empty()) ++counters_.queued;
    const Time start = done_.empty() ? now : done_.back();
    done_.push_back(start + takes);
    return done_.back();
  }
  void reseed(Stream stream) { stream_ = std::move(stream); }
  // The node crashed: nobody waits any more.
  void clear() { done_.clear(); }

  struct Counters {
    std::uint64_t arrived = 0;
    std::uint64_t queued = 0;  // behind another one
    std::uint64_t turned_away = 0;
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  ServiceOptions options_;
  Stream stream_;
  std::deque<Time> done_;  // when each message that is being dealt with or waits will be done
  Counters counters_;
};

}  // namespace quorumlab::sim
