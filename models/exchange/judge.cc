#include "models/exchange/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "models/consistency/isolation_models.h"
#include "models/consistency/isolation_proof.h"
#include "models/consistency/kafka_models.h"
#include "models/consistency/register_models.h"
#include "models/exchange/bank.h"
#include "models/exchange/certify.h"
#include "models/exchange/judge_kafka.h"
#include "models/exchange/judge_objects.h"
#include "models/exchange/judge_words.h"
#include "models/exchange/predicates.h"
#include "sim/config/suggest.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kOpsInWords = 4;  // of more of them a sentence says only how many they are

class Judge {
 public:
  Judge(Journal& journal, const JudgeOptions& options)
      : journal_(journal), options_(options), pairs_(pair_events(journal)) {}

  Finding run() {
    Reading reading = read_subject(journal_);
    if (options_.object) {
      reading.subject = Subject::kObject;
      reading.object = *options_.object;
    }
    finding_.subject = subject_name(reading);
    finding_.is_keyed = reading.is_keyed;
    finding_.operations = pairs_.size();
    finding_.model = options_.model.empty() ? usual_model(reading) : options_.model;
    if (reading.subject == Subject::kNothing) return empty();
    if (reading.subject == Subject::kOther) throw std::invalid_argument(reading.problem);
    registers_ = is_register(reading);
    finding_.model = known_model(reading);
    if (reading.subject == Subject::kBank || reading.subject == Subject::kLogs) {
      JudgeOptions options = options_;
      options.model = finding_.model;
      return reading.subject == Subject::kBank ? judge_bank(journal_, options)
                                               : judge_logs(journal_, options);
    }
    if (is_txns(reading)) {
      isolation();
    } else if (registers_ && is_register_model(finding_.model)) {
      registers(reading);
    } else {
      judge_objects(about(reading), finding_);
    }
    return std::move(finding_);
  }

 private:
  static bool is_txns(const Reading& reading) {
    return reading.subject == Subject::kListAppend || reading.subject == Subject::kRwRegister;
  }

  // The model by the name that it has here: dashes and underscores mean the same.
  [[nodiscard]] std::string known_model(const Reading& reading) const {
    const bool txns = is_txns(reading);
    std::string name = joined_by(txns ? '-' : '_', finding_.model);
    if (txns ? is_isolation_model(name) : registers_ && is_register_model(name)) return name;
    Reading simpler = reading;
    if (registers_) simpler.object = ObjectKind::kRegister;
    const std::vector<std::string> known = models_of(simpler);
    const auto same = std::find_if(known.begin(), known.end(), [&](const std::string& model) {
      return joined_by('_', model) == joined_by('_', name);
    });
    if (same != known.end()) return *same;
    throw std::invalid_argument(fmt::format("{} is no model for {}; {}", finding_.model,
                                            finding_.subject,
                                            config::suggestion(finding_.model, known)));
  }

  // A map without appends is a register for each key.
  [[nodiscard]] bool is_register(const Reading& reading) const {
    if (reading.subject != Subject::kObject) return false;
    if (reading.object == ObjectKind::kRegister) return true;
    if (reading.object != ObjectKind::kMap) return false;
    return std::none_of(journal_.events.begin(), journal_.events.end(), [&](const JournalEvent& e) {
      return e.client && journal_.f(e) == "append";
    });
  }

  [[nodiscard]] std::string usual_model(const Reading& reading) const {
    if (reading.subject == Subject::kBank) return "bank-total";
    if (reading.subject == Subject::kLogs) return std::string(kafka_models().front());
    if (!is_txns(reading)) return "linearizable";
    const bool timed = journal_.form != JournalForm::kPlume && journal_.form != JournalForm::kAwdit;
    return timed ? "strict-serializable" : "serializable";
  }

  [[nodiscard]] ObjectQuestion about(const Reading& reading) const {
    return {.journal = journal_, .pairs = pairs_, .options = options_, .reading = reading};
  }

  // Nothing was done, so nothing is wrong; but events without a process are nobody's operations.
  Finding empty() {
    finding_.verdict =
        journal_.events.empty() || only_nemeses() ? Verdict::kHolds : Verdict::kUnknown;
    finding_.reason = finding_.verdict == Verdict::kHolds
                          ? "there is no operation of a client"
                          : "no operation has a :process that is an integer";
    return std::move(finding_);
  }

  [[nodiscard]] bool only_nemeses() const {
    return std::all_of(journal_.events.begin(), journal_.events.end(),
                       [](const JournalEvent& e) { return e.type == EventType::kInfo; });
  }

  void isolation() {
    std::optional<Journal> expanded;
    if (has_predicates(journal_)) expand_predicates(expanded.emplace(journal_));
    const TxnHistory txns = compile_txns(expanded ? *expanded : journal_);
    IsolationResult result =
        check_isolation(txns, finding_.model, options_.budget, options_.executor);
    finding_.verdict = result.verdict;
    finding_.reason = result.reason;
    finding_.steps = result.steps;
    for (const std::string_view model : result.weakest) finding_.weakest.emplace_back(model);
    if (!result.order.empty())
      finding_.orders.emplace_back(result.order.begin(), result.order.end());
    if (finding_.verdict == Verdict::kViolated) {
      std::vector<std::string> types;
      for (const std::string& type : result.types) {
        if (is_ruled_out(finding_.model, {type})) types.push_back(type);
      }
      finding_.claim = fmt::format("Not {}: {}", finding_.model, fmt::join(types, ", "));
    }
    for (const TxnAnomaly& anomaly : result.anomalies) {
      finding_.lines.push_back(fmt::format("{}: {}", anomaly.type, anomaly.text));
    }
    finding_.anomalies = std::move(result.anomalies);
    if (options_.certify) certify_transactions(txns, options_.budget, finding_);
    if (const auto accused = accused_anomaly(finding_)) tell_anomaly(txns, *accused);
  }

  void tell_anomaly(const TxnHistory& txns, std::size_t index) {
    const TxnAnomaly& anomaly = finding_.anomalies[index];
    finding_.ops.assign(anomaly.ops.begin(), anomaly.ops.end());
    if (is_of_search(anomaly)) tell_search(txns);
  }

  // Where all orders were tried in vain, the cycles that rule them out are what a person can check.
  void tell_search(const TxnHistory& txns) {
    constexpr std::uint64_t kLittle = 20'000'000;
    if (!options_.certify) {
      Budget little = options_.budget;
      little.max_steps = std::min(little.max_steps, kLittle);
      certify_transactions(txns, little, finding_);
    }
    for (const auto& [index, refutation] : finding_.certificate.of_anomalies) {
      for (std::string& line : lines_of(refutation)) finding_.lines.push_back(std::move(line));
    }
  }

  // Is a bound on time asked for, and the history does not tell when things happened?
  [[nodiscard]] bool lacks_time() const {
    return finding_.model == "bounded_staleness" && options_.staleness_time &&
           std::any_of(journal_.events.begin(), journal_.events.end(),
                       [](const JournalEvent& e) { return e.client && e.time < 0; });
  }

  void registers(const Reading& reading) {
    RegisterImport import = compile_registers(journal_, reading, options_.initial);
    const bool is_timeless = lacks_time();
    RegisterVerdict found = judge_register(
        import.history, finding_.model,
        {.initial = import.initial,
         .names = {.key = import.key_name,
                   .value = import.value_name,
                   .number =
                       [&](OpId op) { return journal_.first_op + import.pairs.at(op.value - 1); }},
         .budget = options_.budget,
         .executor = options_.executor,
         .staleness_versions = options_.staleness_versions,
         .staleness_time = is_timeless ? std::nullopt : options_.staleness_time});
    finding_.verdict = found.result.verdict;
    finding_.reason = found.result.reason;
    if (is_timeless && found.result.verdict == Verdict::kHolds) {
      finding_.verdict = Verdict::kUnknown;
      finding_.reason = "the history says nothing of time";
      return;
    }
    if (found.repeats && finding_.verdict == Verdict::kUnknown) return search_order(reading);
    if (options_.certify) certify(reading, import, found);
    if (!found.result.witness) return;
    finding_.claim = found.result.witness->claim;
    finding_.lines = {found.result.witness->observation, found.result.witness->obligation};
    for (const WitnessOp& op : found.result.witness->ops) {
      finding_.ops.push_back(import.pairs.at(op.op.value - 1));
    }
    if (finding_.ops.size() > kOpsInWords) list_operations();
  }

  // For whoever wants to try the orders by hand.
  void list_operations() {
    std::vector<std::size_t> ops = finding_.ops;
    std::sort(ops.begin(), ops.end());
    for (const std::size_t op : ops) {
      finding_.lines.push_back(
          fmt::format("  op {}: {}", journal_.first_op + op, describe(journal_, pairs_[op])));
    }
  }

  // One order of all that sessions agree with has whatever the weaker models ask for.
  void search_order(const Reading& reading) {
    Finding search{.model = "sequential", .subject = finding_.subject};
    judge_objects(about(reading), search);
    const bool is_asked = finding_.model == "sequential";
    if (!is_asked && search.verdict != Verdict::kHolds) return;
    finding_.verdict = search.verdict;
    finding_.reason = is_asked ? search.reason : "it is sequential";
    finding_.steps = search.steps;
    finding_.claim = std::move(search.claim);
    finding_.lines = std::move(search.lines);
    finding_.ops = std::move(search.ops);
    finding_.orders = std::move(search.orders);
    finding_.core = std::move(search.core);
    finding_.certificate.model = search.model;
  }

  // Where the verdict on registers came without a certificate, the general search gives one; of
  // what is violated, only where the witness says.
  void certify(const Reading& reading, RegisterImport& import, RegisterVerdict& found) {
    for (const ReadSource& source : found.sources) {
      auto& of = finding_.certificate.sources[import.pairs.at(source.read.value - 1)];
      if (source.write) of = import.pairs.at(source.write->value - 1);
    }
    if (found.known) import.history = std::move(*found.known);
    if (found.known || !found.repeats) certify_registers(import, options_.budget, finding_);
    const bool linearizable = finding_.model == "linearizable" || found.is_linearizable;
    const bool sequential = finding_.model == "sequential" && finding_.verdict == Verdict::kHolds;
    if (!finding_.orders.empty() || (!linearizable && !sequential)) return;
    Finding again{.model = linearizable ? "linearizable" : finding_.model,
                  .subject = finding_.subject};
    ObjectQuestion question = about(reading);
    if (found.result.witness && !found.result.witness->ops.empty()) {
      question.suspect = import.pairs.at(found.result.witness->ops.front().op.value - 1);
    }
    judge_objects(question, again);
    if (again.verdict != finding_.verdict) return;
    finding_.orders = std::move(again.orders);
    finding_.core = std::move(again.core);
    finding_.until = again.until;
    finding_.certificate.model = again.model;
  }

  Journal& journal_;
  const JudgeOptions& options_;
  const std::vector<Pair> pairs_;
  bool registers_ = false;  // it is about registers, one for each key
  Finding finding_;
};

}  // namespace

Finding judge_journal(Journal& journal, const JudgeOptions& options) {
  return Judge(journal, options).run();
}

std::vector<std::string> models_of(const Reading& reading) {
  switch (reading.subject) {
    case Subject::kBank:
      return {"bank-total", "bank-non-negative"};
    case Subject::kListAppend:
    case Subject::kRwRegister: {
      std::vector<std::string> models{"strict-serializable"};
      for (const std::string_view model : isolation_models()) models.emplace_back(model);
      return models;
    }
    case Subject::kLogs: {
      const auto& models = kafka_models();
      return {models.begin(), models.end()};
    }
    default:
      return models_of(reading.object);
  }
}

}  // namespace quorumlab::models
