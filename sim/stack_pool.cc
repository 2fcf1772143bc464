#include "sim/stack_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "sim/check.h"
#include "sim/sanitizer.h"

namespace quorumlab::sim {
namespace {

constexpr std::size_t kStackBytes = kSanitized ? 512 * 1024 : 256 * 1024;
constexpr std::size_t kStacksPerSlab = 32;
// Guards that split a mapping; light ones do not, and only address space limits their number.
constexpr std::size_t kMaxSplit = 30'000;
constexpr std::size_t kMaxLight = 400'000;
// MADV_GUARD_INSTALL, of Linux 6.13; other systems refuse it.
constexpr int kInstallGuard = 102;

// Tops that all lie at the same offset of a page compete for the same cache lines.
constexpr std::size_t colour(std::size_t number) {
  return (number % 8) * 128;
}

std::size_t page_bytes() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

StackPool::~StackPool() {
  for (const Slab& slab : slabs_) munmap(slab.address, slab.bytes);
}

Stack StackPool::take() {
  if (free_.empty()) map_slab();
  const Stack stack = free_.back();
  free_.pop_back();
  return stack;
}

void StackPool::give_back(Stack stack) {
  unpoison_stack(stack.bottom, stack.size);
  free_.push_back(stack);
}

void StackPool::map_slab() {
  const std::size_t most = light_guards_ ? kMaxLight : kMaxSplit;
  QL_CHECK(mapped_ + kStacksPerSlab <= most,
           "more than {} fibers wait at once in one thread; each needs a guarded stack and the "
           "system allows only so many (before Linux 6.13: vm.max_map_count)",
           most);
  const std::size_t page = page_bytes();
  const std::size_t stride = kStackBytes + page;
  const std::size_t bytes = stride * kStacksPerSlab;
  void* const slab = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  QL_CHECK(slab != MAP_FAILED, "no address space for {} more fiber stacks", kStacksPerSlab);
  slabs_.push_back({slab, bytes});
  // A huge page would hold the untouched rest of eight stacks.
  madvise(slab, bytes, MADV_NOHUGEPAGE);
  for (std::size_t i = kStacksPerSlab; i-- > 0;) {
    std::byte* const guard = static_cast<std::byte*>(slab) + i * stride;
    light_guards_ = light_guards_ && madvise(guard, page, kInstallGuard) == 0;
    QL_CHECK(light_guards_ || mprotect(guard, page, PROT_NONE) == 0,
             "cannot guard fiber stack {}: raise vm.max_map_count", mapped_ + i);
    free_.push_back({guard + page, kStackBytes - colour(mapped_ + i)});
  }
  mapped_ += kStacksPerSlab;
}

}  // namespace quorumlab::sim
