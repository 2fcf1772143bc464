// Judges a history from a file under a named model: what `quorumlab check` does.
//
//   Finding f = judge_journal(journal, {.model = "linearizable"});
//   f.verdict;   // kViolated
//   f.lines;     // the witness, for people
//
// Without a model the strongest usual one of the subject is taken: linearizable for objects,
// strict-serializable for transactions, serializable for those without time, bank-total for banks,
// kafka for logs that are sent to and polled.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/executor.h"
#include "models/consistency/isolation.h"
#include "models/consistency/kafka.h"
#include "models/consistency/refutation.h"
#include "models/consistency/verdict.h"
#include "models/exchange/journal.h"
#include "models/exchange/subject.h"

namespace quorumlab::models {

struct JudgeOptions {
  std::string model;                 // empty: the usual one
  std::optional<ObjectKind> object;  // empty: by the functions that occur
  Cell initial = kNilCell;           // of registers
  Budget budget;
  Executor* executor = nullptr;  // keys are judged there; verdict and witness stay the same
  bool certify = false;  // fill in `orders` and `core` also where the verdict does not need them
  std::optional<std::uint64_t> staleness_versions;  // bounded_staleness; nullopt: any number
  std::optional<sim::Duration> staleness_time;      // nullopt: any time
  std::optional<std::int64_t> total;                // of a bank; nullopt: what the first read found
};

// What proves a verdict beside the orders, cores and cycles of a Finding, by indexes into
// pair_events(): register_proof.h, commit_order.h and refutation.h say what the parts mean.
struct Certificate {
  struct View {
    std::size_t of = 0;
    std::vector<std::size_t> order;
  };
  std::string model;  // what is proven, if it is not the model that was asked for
  std::vector<View> views;
  std::vector<std::size_t> commit;
  // Of reads of values that were written twice: whose it was; nullopt: it was there at first.
  std::map<std::size_t, std::optional<std::size_t>> sources;
  std::optional<Refutation> violation;
  std::map<std::size_t, Refutation> of_anomalies;  // by index: of those that are not just a cycle
};

struct Finding {
  std::string model;
  std::string subject;  // "queue", "list-append", ...
  Verdict verdict = Verdict::kUnknown;
  std::string reason;
  std::string claim;                // with kViolated
  std::vector<std::string> lines;   // the witness
  std::vector<std::size_t> ops;     // indexes into pair_events()
  std::vector<std::string> states;  // in which an object could have been
  // What proves it, beside the anomalies, for somebody else to verify (docs/consistency.md,
  // "Certificates"). With kHolds: an order for each key, or one for all. With kViolated: operations
  // that have no order by themselves; of linearizable, if those that end after `until` count as
  // open.
  std::vector<std::vector<std::size_t>> orders;
  std::vector<std::size_t> core;
  std::size_t until = 0;
  Certificate certificate;
  std::vector<TxnAnomaly> anomalies;
  std::vector<LogAnomaly> logs;  // of logs: these with offsets, then what is allowed
  // Of logs: how many of each type there are; of what is durable in queues: queue_journal.h.
  std::map<std::string, std::uint64_t> counts;
  std::vector<std::string> weakest;  // the weakest models that are ruled out
  bool is_keyed = false;             // values are [key value]
  std::size_t operations = 0;
  std::uint64_t steps = 0;
};

// Throws InputError (scanner.h) if operations do not fit their subject; std::invalid_argument if
// the model is not known or does not apply to the subject.
[[nodiscard]] Finding judge_journal(Journal& journal, const JudgeOptions& options);

// The models that apply to a subject; mixtures of session guarantees apply to registers too.
[[nodiscard]] std::vector<std::string> models_of(const Reading& reading);

}  // namespace quorumlab::models
