// What a transaction must not have read or replaced, whatever the order of the rest: the anomalies
// of isolation that are no cycles. One operation is the transaction itself; of two, the other comes
// first.
#pragma once

#include <functional>

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

// Of operation `t`: one of its reads and writes, and its place; one of its reads, if it took place.
[[nodiscard]] bool any_micro(const History& h, std::size_t t,
                             const std::function<bool(const Micro&, std::size_t)>& is_it);
[[nodiscard]] bool any_read(const History& h, std::size_t t,
                            const std::function<bool(const Micro&)>& is_it);

[[nodiscard]] bool reads_aborted(const History& h, const Json&, std::size_t w, std::size_t r);
[[nodiscard]] bool reads_intermediate(const History& h, const Json&, std::size_t w, std::size_t r);
[[nodiscard]] bool reads_garbage(const History& h, const Json&, std::size_t r);
[[nodiscard]] bool reads_twice(const History& h, const Json&, std::size_t r);
[[nodiscard]] bool reads_otherwise(const History& h, const Json&, std::size_t r);
[[nodiscard]] bool reads_future(const History& h, const Json&, std::size_t t);
[[nodiscard]] bool contradicts_itself(const History& h, const Json&, std::size_t t);
[[nodiscard]] bool reads_change(const History& h, const Json&, std::size_t t);
[[nodiscard]] bool both_update(const History& h, const Json&, std::size_t a, std::size_t b);
[[nodiscard]] bool builds_on_aborted(const History& h, const Json&, std::size_t a, std::size_t b);
[[nodiscard]] bool reads_a_part(const History& h, const Json&, std::size_t w, std::size_t r);
[[nodiscard]] bool circles(const History& h, const Json&, std::size_t t);

}  // namespace quorumlab::verifier
