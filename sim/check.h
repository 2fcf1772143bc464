// Assertions for our own mistakes, on in every build: a release build without them would run a
// different program. Never for user input (that is a config::Diagnostic) and never with side
// effects.
//
//   QL_CHECK(at >= now_, "event scheduled at {} before now {}", at.count(), now_.count());
#pragma once

#include <fmt/core.h>

#include <string_view>

namespace quorumlab::sim {

// Prints where, what and the context of the world that runs on this thread (seed, virtual time,
// node), then aborts. Suspends: never. Does not return.
[[noreturn]] void check_failed(const char* file, int line, const char* expression,
                               std::string_view message);

}  // namespace quorumlab::sim

#define QL_CHECK(expression, ...)                                     \
  do {                                                                \
    if (!(expression)) [[unlikely]]                                   \
      ::quorumlab::sim::check_failed(__FILE__, __LINE__, #expression, \
                                     ::fmt::format("" __VA_ARGS__));  \
  } while (false)

#define QL_UNREACHABLE(...) \
  ::quorumlab::sim::check_failed(__FILE__, __LINE__, "unreachable", ::fmt::format("" __VA_ARGS__))
