// Stacks for fibers: guarded, pooled, never shared between threads.
//
//   StackPool pool;
//   Stack s = pool.take();   // 256 KiB of address space; memory only where it is touched
//   pool.give_back(s);
//
// Below each stack lies a page that faults when touched, so an overflow is a crash at the right
// place and not a corrupted neighbour. Before Linux 6.13 a guard splits a mapping, and about 65,530
// of them are allowed.
#pragma once

#include <cstddef>
#include <vector>

namespace quorumlab::sim {

struct Stack {
  std::byte* bottom = nullptr;  // lowest usable address
  std::size_t size = 0;         // bytes; the stack grows down from bottom + size
};

class StackPool {
 public:
  StackPool() = default;
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  // Aborts with a message that names the limit when no stack can be had.
  Stack take();
  void give_back(Stack stack);

  // Stacks that were ever mapped; taken or not.
  [[nodiscard]] std::size_t mapped() const { return mapped_; }

 private:
  void map_slab();

  struct Slab {
    void* address;
    std::size_t bytes;
  };
  std::vector<Slab> slabs_;
  std::vector<Stack> free_;
  std::size_t mapped_ = 0;
  bool light_guards_ = true;  // until the system refuses
};

}  // namespace quorumlab::sim
