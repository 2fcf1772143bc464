// Queues as Jepsen's tests write them: drains, and the terms of its total-queue.
//
//   {:type :ok, :f :drain, :value [4 7]}   // two dequeues and one that found nothing
//   expand_drains(journal, pairs);         // so these are three pairs, with parts 0, 1 and 2
//   taken_by(journal, pairs[1]);           // 7
//
// A drain dequeues until nothing is left. In which order it took the values is not said: its parts
// are concurrent, between its invocation and its completion. One of unknown outcome may have taken
// anything: it has as many parts, of unknown outcome, as values were enqueued that nobody is known
// to have dequeued, and at least one.
//
// Or a drain notes each dequeue in the history, within itself (Disque's tests) or in place of its
// own completion (RabbitMQ's), and in the end only :exhausted: then it just found nothing.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/exchange/journal.h"

namespace quorumlab::models {

[[nodiscard]] inline bool is_drain(std::string_view f) {
  return f == "drain";
}
// Whether it began as a drain, and did not end as a dequeue.
[[nodiscard]] bool is_drain(const Journal& journal, const Pair& pair);
[[nodiscard]] bool is_dequeue(std::string_view f);

// By invocation. Throws InputError (scanner.h) for an acknowledged drain whose value is no list.
[[nodiscard]] std::vector<Pair> expand_drains(const Journal& journal, std::vector<Pair> pairs);

// The value that a part of an acknowledged drain took; nil: it found nothing.
[[nodiscard]] std::span<const Cell> taken_by(const Journal& journal, const Pair& pair);
// The same for people: "7, one of 2" or "nothing more".
[[nodiscard]] std::string taken_in_words(const Journal& journal, const Pair& pair);

// Values that were attempted (enqueued, however that ended), acknowledged, ok (dequeued of those),
// lost (acknowledged and never dequeued), unexpected (dequeued and never attempted), duplicated
// (dequeued more often than attempted), recovered (dequeued more often than acknowledged), with
// their multiplicities, as jepsen.checker/total-queue counts them.
[[nodiscard]] std::map<std::string, std::uint64_t> count_total_queue(const Journal& journal,
                                                                     const std::vector<Pair>& pairs,
                                                                     bool is_keyed);

}  // namespace quorumlab::models
