// A program outside the checkout that builds a history with the installed headers and libraries.

#include <models/history.h>
#include <sim/time.h>

#include <cstdio>

int main() {
  using namespace quorumlab::sim::literals;
  namespace models = quorumlab::models;

  models::History history;
  const quorumlab::sim::Time start;
  const models::OpId write = history.invoke({.process = 0,
                                             .f = models::Function::kWrite,
                                             .key = models::Key(1),
                                             .value = 7,
                                             .at = start});
  history.complete(write, {.outcome = models::Outcome::kOk, .at = start + 5_ms});

  const models::Operation& operation = history.operation(write);
  const auto took = operation.completed_at - operation.invoked_at;
  std::printf("%zu operation, %lld ns\n", history.size(), static_cast<long long>(took.count()));
  return history.size() == 1 && took == 5_ms ? 0 : 1;
}
