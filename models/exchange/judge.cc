#include "models/exchange/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "models/consistency/isolation_models.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/register_models.h"
#include "models/consistency/stack_order.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kOpsShown = 12;  // of a prefix that can be ordered

std::string subject_name(const Reading& reading) {
  switch (reading.subject) {
    case Subject::kNothing:
      return "nothing";
    case Subject::kObject:
      return std::string(name_of(reading.object));
    case Subject::kListAppend:
      return "list-append";
    case Subject::kRwRegister:
      return "rw-register";
    case Subject::kBank:
      return "bank";
    case Subject::kOther:
      return "other";
  }
  return {};
}

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
    finding_.operations = pairs_.size();
    finding_.model = options_.model.empty() ? usual_model(reading) : options_.model;
    if (reading.subject == Subject::kNothing) return empty();
    if (reading.subject == Subject::kOther) throw std::invalid_argument(reading.problem);
    std::vector<std::string> known = models_of(reading);
    const bool is_plain = !is_txns(reading) && !is_register(reading);
    if (is_plain) known = {"linearizable"};
    const bool applies = is_txns(reading)       ? is_isolation_model(finding_.model)
                         : is_register(reading) ? is_register_model(finding_.model)
                                                : finding_.model == known.front();
    if (!applies) {
      throw std::invalid_argument(fmt::format("{} is no model for {}; known: {}", finding_.model,
                                              finding_.subject, fmt::join(known, ", ")));
    }
    if (is_txns(reading)) {
      isolation();
    } else if (is_register(reading)) {
      registers(reading);
    } else {
      object(reading);
    }
    return std::move(finding_);
  }

 private:
  static bool is_txns(const Reading& reading) {
    return reading.subject == Subject::kListAppend || reading.subject == Subject::kRwRegister;
  }

  // A map without appends is a register for each key.
  [[nodiscard]] bool is_register(const Reading& reading) const {
    if (reading.object == ObjectKind::kRegister) return true;
    if (reading.object != ObjectKind::kMap) return false;
    return std::none_of(journal_.events.begin(), journal_.events.end(), [&](const JournalEvent& e) {
      return e.client && journal_.f(e) == "append";
    });
  }

  [[nodiscard]] std::string usual_model(const Reading& reading) const {
    if (!is_txns(reading)) return "linearizable";
    const bool timed = journal_.form != JournalForm::kPlume && journal_.form != JournalForm::kAwdit;
    return timed ? "strict-serializable" : "serializable";
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
    const TxnHistory txns = compile_txns(journal_);
    IsolationResult result = check_isolation(txns, finding_.model, options_.budget);
    finding_.verdict = result.verdict;
    finding_.reason = result.reason;
    finding_.steps = result.steps;
    for (const std::string_view model : result.weakest) finding_.weakest.emplace_back(model);
    if (finding_.verdict == Verdict::kViolated) {
      std::vector<std::string> types;
      for (const std::string& type : result.types) {
        if (is_ruled_out(finding_.model, {type})) types.push_back(type);
      }
      finding_.claim = fmt::format("Not {}: {}", finding_.model, fmt::join(types, ", "));
    }
    for (const TxnAnomaly& anomaly : result.anomalies) {
      finding_.lines.push_back(fmt::format("{}: {}", anomaly.type, anomaly.text));
      if (!finding_.ops.empty() || !is_ruled_out(finding_.model, {anomaly.type})) continue;
      finding_.ops.assign(anomaly.ops.begin(), anomaly.ops.end());
    }
    finding_.anomalies = std::move(result.anomalies);
  }

  void registers(const Reading& reading) {
    const RegisterImport import = compile_registers(journal_, reading, options_.initial);
    const CheckResult result =
        check_register(import.history, finding_.model,
                       {.initial = import.initial,
                        .names = {.key = import.key_name, .value = import.value_name},
                        .budget = options_.budget,
                        .executor = options_.executor});
    finding_.verdict = result.verdict;
    finding_.reason = result.reason;
    if (!result.witness) return;
    finding_.claim = result.witness->claim;
    finding_.lines = {result.witness->observation, result.witness->obligation};
    for (const WitnessOp& op : result.witness->ops) {
      finding_.ops.push_back(import.pairs.at(op.op.value - 1));
    }
  }

  void object(const Reading& reading) {
    const ObjectOptions options{
        .kind = reading.object, .initial = options_.initial, .pool = &journal_.pool};
    finding_.verdict = Verdict::kHolds;
    const std::vector<ObjectPart> parts = compile_objects(journal_, reading);
    struct Judged {
      std::optional<ContainerResult> order;
      SpecificationResult search;
    };
    std::vector<Judged> judged(parts.size());
    const auto specification = specification_of(options);
    // Texts that are appended to are kept in one pool for all keys.
    Executor* const executor = reading.object == ObjectKind::kMap ? nullptr : options_.executor;
    for_each_part(executor, parts.size(), [&](std::size_t i) {
      judged[i].order = judge_plain(reading.object, parts[i]);
      if (judged[i].order) return;
      judged[i].search = check_specification<ObjectState, ObjectCall>(specification, parts[i].calls,
                                                                      options_.budget);
    });
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (judged[i].order) {
        if (judged[i].order->verdict != Verdict::kViolated) continue;
        return refuse_order(parts[i], *judged[i].order);
      }
      const SpecificationResult& result = judged[i].search;
      finding_.steps += result.steps;
      if (result.verdict == Verdict::kViolated) return refuse(parts[i], result);
      if (result.verdict == Verdict::kUnknown && finding_.verdict == Verdict::kHolds) {
        finding_.verdict = Verdict::kUnknown;
        finding_.reason = journal_.pool.to_text(parts[i].key) + " " + result.reason;
      }
    }
  }

  // Queues and stacks whose values are all different need no search.
  static std::optional<ContainerResult> judge_plain(ObjectKind kind, const ObjectPart& part) {
    if (kind != ObjectKind::kQueue && kind != ObjectKind::kStack) return std::nullopt;
    const std::optional<Passages> passages = passages_of(part.calls);
    if (!passages) return std::nullopt;
    return kind == ObjectKind::kQueue ? check_plain_queue(*passages, part.calls)
                                      : check_plain_stack(*passages, part.calls);
  }

  void refuse_order(const ObjectPart& part, const ContainerResult& result) {
    finding_.verdict = Verdict::kViolated;
    finding_.reason.clear();
    finding_.claim = "Not linearizable: " + result.why;
    for (const std::uint32_t call : result.calls) {
      finding_.ops.push_back(part.pairs[call]);
      finding_.lines.push_back(describe(journal_, pairs_[part.pairs[call]]));
    }
  }

  void refuse(const ObjectPart& part, const SpecificationResult& result) {
    finding_.verdict = Verdict::kViolated;
    finding_.reason.clear();
    const std::string which = part.key == kNilCell ? "" : " " + journal_.pool.to_text(part.key);
    finding_.claim = fmt::format("Not linearizable: the {}{}", finding_.subject, which);
    const auto tell = [&](std::uint32_t call) {
      finding_.ops.push_back(part.pairs[call]);
      return describe(journal_, pairs_[part.pairs[call]]);
    };
    finding_.lines.push_back(tell(result.contradiction) + " has no place in any order");
    finding_.states = result.states;
    finding_.lines.push_back(
        fmt::format("when it ended, what was done before can have left the {} as: {}",
                    finding_.subject, fmt::join(result.states, " or ")));
    const std::size_t shown = std::min(kOpsShown, result.order.size());
    if (shown == 0) return;
    finding_.lines.push_back(fmt::format(
        "the longest prefix that can be ordered has {} operations and ends:", result.order.size()));
    for (std::size_t i = result.order.size() - shown; i < result.order.size(); ++i) {
      finding_.lines.push_back("  " + tell(result.order[i]));
    }
  }

  Journal& journal_;
  const JudgeOptions& options_;
  const std::vector<Pair> pairs_;
  Finding finding_;
};

}  // namespace

std::vector<std::string> models_of(const Reading& reading) {
  switch (reading.subject) {
    case Subject::kListAppend:
    case Subject::kRwRegister: {
      std::vector<std::string> models{"strict-serializable"};
      for (const std::string_view model : isolation_models()) models.emplace_back(model);
      return models;
    }
    default: {
      std::vector<std::string> models;
      for (const RegisterModel& model : register_models()) models.emplace_back(model.name);
      return models;
    }
  }
}

Finding judge_journal(Journal& journal, const JudgeOptions& options) {
  return Judge(journal, options).run();
}

}  // namespace quorumlab::models
