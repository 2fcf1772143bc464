// Where the parts of a judgement that have nothing to do with one another are done: one after the
// other, unless who asks has threads to do them on. The judge itself has none.
//
//   for_each_part(executor, parts.size(), [&](std::size_t i) { results[i] = judge(parts[i]); });
//
// Parts write where no other does, and what they found is put together in their order afterwards:
// verdict and witness do not depend on who did what when.
#pragma once

#include <cstddef>
#include <functional>

namespace quorumlab::models {

class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  // Calls work(i) for each i below `count`, in any order, possibly at the same time; returns when
  // all have returned. An exception of any of them comes out, that of the least i.
  virtual void run(std::size_t count, const std::function<void(std::size_t)>& work) = 0;
};

// Null: one after the other.
inline void for_each_part(Executor* executor, std::size_t count,
                          const std::function<void(std::size_t)>& work) {
  if (executor != nullptr && count > 1) return executor->run(count, work);
  for (std::size_t i = 0; i < count; ++i) work(i);
}

}  // namespace quorumlab::models
