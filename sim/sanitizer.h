// AddressSanitizer must be told when the stack changes; without it these are empty.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define QL_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QL_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef QL_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace quorumlab::sim {

#ifdef QL_ADDRESS_SANITIZER
inline constexpr bool kSanitized = true;
// Before a switch: `fake` receives what this stack needs when it comes back; nullptr: it never
// will.
inline void leave_stack(void** fake, const void* to_bottom, std::size_t to_size) {
  __sanitizer_start_switch_fiber(fake, to_bottom, to_size);
}
inline void arrive_on_stack(void* fake, const void** from_bottom, std::size_t* from_size) {
  __sanitizer_finish_switch_fiber(fake, from_bottom, from_size);
}
inline void unpoison_stack(const void* bottom, std::size_t size) {
  ASAN_UNPOISON_MEMORY_REGION(bottom, size);
}
#else
inline constexpr bool kSanitized = false;
inline void leave_stack(void**, const void*, std::size_t) {}
inline void arrive_on_stack(void*, const void**, std::size_t*) {}
inline void unpoison_stack(const void*, std::size_t) {}
#endif

}  // namespace quorumlab::sim
