// What travels between nodes: any copyable struct that names itself and the type of its answer.
//
//   struct Put {
//     using Reply = Outcome;
//     static constexpr std::string_view kName = "Put";
//     Key key; std::int64_t value; OpId op;
//     Tags tags() const { return {.op = op, .key = key, .value = value}; }    // optional: for
//     traces std::size_t wire_size() const { return 64; }                           // optional:
//     for bandwidth
//     void corrupt(std::uint64_t bits) { value ^= 1 << bits % 31; }  // optional: damage that no
//     checksum finds
//   };
//
// Messages are immutable once sent, counted and pooled: a duplicate is a second reference.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/fnv.h"
#include "sim/ids.h"
#include "sim/trace.h"

namespace quorumlab::sim {

template <class M>
concept Request = std::copyable<M> && requires {
  typename M::Reply;
  { M::kName } -> std::convertible_to<std::string_view>;
};

// Everything the engine asks of a payload whose type it does not know.
struct MessageType {
  std::string_view name;
  std::uint64_t hash;  // of the name: what the fingerprint sees
  bool is_reply;
  void (*destroy)(void* payload);
  std::size_t (*wire_size)(const void* payload);
  Tags (*tags)(const void* payload);
  // Damages a field as `bits` says; null: the type cannot, a receiver could not even parse it.
  void (*corrupt)(void* payload, std::uint64_t bits);
};

namespace detail {

template <class P>
constexpr void (*corrupt_of())(void*, std::uint64_t) {
  if constexpr (requires(P & p) { p.corrupt(std::uint64_t{0}); }) {
    return [](void* payload, std::uint64_t bits) { static_cast<P*>(payload)->corrupt(bits); };
  } else {
    return nullptr;
  }
}

template <class P>
constexpr MessageType make_type(std::string_view name, bool is_reply) {
  return {name,
          fnv_1a(name) + (is_reply ? 1 : 0),
          is_reply,
          [](void* payload) { static_cast<P*>(payload)->~P(); },
          [](const void* payload) -> std::size_t {
            if constexpr (requires(const P& p) { p.wire_size(); }) {
              return static_cast<const P*>(payload)->wire_size();
            } else {
              return sizeof(P);
            }
          },
          [](const void* payload) -> Tags {
            if constexpr (requires(const P& p) { p.tags(); }) {
              return static_cast<const P*>(payload)->tags();
            } else {
              return {};
            }
          },
          corrupt_of<P>()};
}

template <class M>
inline constexpr MessageType kRequestType = make_type<M>(M::kName, false);
template <class M>
inline constexpr MessageType kReplyType = make_type<typename M::Reply>(M::kName, true);

}  // namespace detail

// The slot of the call that a request belongs to and its answer goes back to.
struct CallId {
  std::uint32_t slot = UINT32_MAX;  // none: nobody waits for an answer
  std::uint32_t generation = 0;
};

struct Handler;

struct Message {
  const MessageType* type = nullptr;
  NodeId from;
  NodeId to;
  CallId call;
  std::uint32_t references = 1;
  std::uint32_t size_class = 0;
  std::uint64_t wire_size = 0;
  EventId sent = kNoEvent;
  const Handler* handler = nullptr;  // chosen at delivery

  static constexpr std::size_t kHeader = 64;
  [[nodiscard]] void* payload() { return reinterpret_cast<std::byte*>(this) + kHeader; }
  template <class P>
  [[nodiscard]] P& as() {
    return *std::launder(reinterpret_cast<P*>(payload()));
  }
};
static_assert(sizeof(Message) <= Message::kHeader);

// Recycles messages by size. Belongs to one world.
class MessagePool {
 public:
  MessagePool() = default;
  ~MessagePool();
  MessagePool(const MessagePool&) = delete;
  MessagePool& operator=(const MessagePool&) = delete;

  template <class P>
  Message& make(const MessageType& type, P payload) {
    static_assert(alignof(P) <= 16, "over-aligned payloads are not supported");
    Message& message = allocate(Message::kHeader + sizeof(P));
    message.type = &type;
    new (message.payload()) P(std::move(payload));
    return message;
  }
  void release(Message& message) {
    if (--message.references == 0) recycle(message);
  }

  // Messages alive, and bytes held for them and for reuse.
  [[nodiscard]] std::size_t alive() const { return alive_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kClasses = 6;  // 128 bytes to 4 KiB, doubling; larger: not kept

  Message& allocate(std::size_t bytes);
  void recycle(Message& message);

  std::array<std::vector<std::byte*>, kClasses> free_;
  std::vector<std::byte*> chunks_;
  std::size_t alive_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace quorumlab::sim
