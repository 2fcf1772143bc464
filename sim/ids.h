// Strong integers that name things. Two of them never convert into each other.
#pragma once

#include <compare>
#include <cstdint>

namespace quorumlab::sim {

// `Tag` makes each instantiation a type of its own.
template <class Tag, class Int>
struct Id {
  Int value = 0;
  constexpr Id() = default;
  constexpr explicit Id(Int v) : value(v) {}
  constexpr auto operator<=>(const Id&) const = default;
};

// A lane of the run: replicas first, then clients, counted from 0 in the order of creation.
using NodeId = Id<struct NodeTag, std::uint32_t>;
inline constexpr NodeId kNoNode{UINT32_MAX};

// An operation of the client history, counted from 1; 0 is "no operation".
using OpId = Id<struct OpTag, std::uint32_t>;
inline constexpr OpId kNoOp{0};

// A key of the key space, counted from 0.
using Key = Id<struct KeyTag, std::uint32_t>;
inline constexpr Key kNoKey{UINT32_MAX};

// An event of the trace, counted from 1 in the order of happening; 0 is "none".
using EventId = Id<struct EventTag, std::uint64_t>;
inline constexpr EventId kNoEvent{0};

}  // namespace quorumlab::sim
