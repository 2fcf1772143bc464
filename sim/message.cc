#include "sim/message.h"

#include <bit>

#include "sim/check.h"

namespace quorumlab::sim {
namespace {

constexpr std::size_t kSmallest = 128;
constexpr std::size_t kChunk = std::size_t{16} * 1024;
constexpr std::align_val_t kAlignment{64};

}  // namespace

MessagePool::~MessagePool() {
  QL_CHECK(alive_ == 0, "{} messages outlive their world", alive_);
  for (std::byte* const chunk : chunks_) ::operator delete(chunk, kAlignment);
}

Message& MessagePool::allocate(std::size_t bytes) {
  ++alive_;
  const std::size_t rounded = std::bit_ceil(bytes < kSmallest ? kSmallest : bytes);
  const auto size_class = static_cast<std::size_t>(std::countr_zero(rounded / kSmallest));
  std::byte* memory = nullptr;
  if (size_class >= kClasses) {
    memory = static_cast<std::byte*>(::operator new(rounded, kAlignment));
    bytes_ += rounded;
  } else {
    std::vector<std::byte*>& free = free_[size_class];
    if (free.empty()) {
      auto* const chunk = static_cast<std::byte*>(::operator new(kChunk, kAlignment));
      chunks_.push_back(chunk);
      bytes_ += kChunk;
      for (std::size_t at = kChunk; at >= rounded; at -= rounded)
        free.push_back(chunk + at - rounded);
    }
    memory = free.back();
    free.pop_back();
  }
  auto* const message = new (memory) Message;
  message->size_class = static_cast<std::uint32_t>(size_class);
  return *message;
}

void MessagePool::recycle(Message& message) {
  --alive_;
  message.type->destroy(message.payload());
  auto* const memory = reinterpret_cast<std::byte*>(&message);
  if (message.size_class >= kClasses) {
    bytes_ -= kSmallest << message.size_class;
    ::operator delete(memory, kAlignment);
  } else {
    free_[message.size_class].push_back(memory);
  }
}

}  // namespace quorumlab::sim
