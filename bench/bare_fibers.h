// The bounds that the fibers of a world are held against: Boost.Fiber with a bare queue as its
// scheduling algorithm, and the design that comes to mind first. Each runs on a thread of its own,
// because a thread keeps the algorithm that it was given first.
#pragma once

#include <cstdint>

#include "bench/harness.h"

namespace quorumlab::bench {

// `fibers` fibers sleep again and again, until `wakes` sleeps have ended.
Timed bare_wakes(std::uint64_t fibers, std::uint64_t wakes);
// The same with condition variables, Boost's round robin and a loop in main.
Timed naive_wakes(std::uint64_t fibers, std::uint64_t wakes);

// `in_flight` requests at a time, each on a parked worker fiber and sleeping once.
Timed bare_requests(std::uint64_t in_flight, std::uint64_t requests);
// The same with a new fiber for each request.
Timed naive_requests(std::uint64_t in_flight, std::uint64_t requests);

}  // namespace quorumlab::bench
