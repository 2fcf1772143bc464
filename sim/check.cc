#include "sim/check.h"

#include <cstdio>
#include <cstdlib>

namespace quorumlab::sim {

void check_failed(const char* file, int line, const char* expression, std::string_view message) {
  fmt::print(stderr, "{}:{}: internal error: {} does not hold{}{}\n", file, line, expression,
             message.empty() ? "" : ": ", message);
  std::abort();
}

}  // namespace quorumlab::sim
