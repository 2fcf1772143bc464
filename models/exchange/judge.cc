#include "models/exchange/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "models/consistency/exclusion.h"
#include "models/consistency/growing.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/kafka_models.h"
#include "models/consistency/list_order.h"
#include "models/consistency/minimal_calls.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/register_models.h"
#include "models/consistency/remains.h"
#include "models/consistency/sequential_search.h"
#include "models/consistency/set_search.h"
#include "models/consistency/stack_order.h"
#include "models/consistency/text_states.h"
#include "models/exchange/bank.h"
#include "models/exchange/certify.h"
#include "models/exchange/judge_kafka.h"
#include "models/exchange/judge_words.h"
#include "models/exchange/predicates.h"
#include "sim/config/suggest.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostSearched = 2'000;  // calls on what only grows
constexpr std::size_t kOpsShown = 12;         // of a prefix that can be ordered

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
    if (reading.subject == Subject::kBank) {
      JudgeOptions options = options_;
      options.model = finding_.model;
      return judge_bank(journal_, options);
    }
    if (reading.subject == Subject::kLogs) {
      JudgeOptions options = options_;
      options.model = joined_by('-', finding_.model);
      return judge_logs(journal_, options);
    }
    if (is_txns(reading)) {
      isolation();
    } else if (registers_ && is_register_model(finding_.model)) {
      registers(reading);
    } else if (finding_.model == "linearizable") {
      object(reading);
    } else if (finding_.model == "sequential") {
      sequential(reading);
    } else {
      promise(reading);
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
      if (!finding_.ops.empty() || !is_ruled_out(finding_.model, {anomaly.type})) continue;
      finding_.ops.assign(anomaly.ops.begin(), anomaly.ops.end());
    }
    finding_.anomalies = std::move(result.anomalies);
    if (options_.certify) certify_transactions(txns, options_.budget, finding_);
    if (finding_.verdict == Verdict::kViolated) tell_search(txns);
  }

  // Where all orders were tried in vain, the cycles that rule them out are what a person can check.
  void tell_search(const TxnHistory& txns) {
    constexpr std::uint64_t kLittle = 20'000'000;
    if (!finding_.anomalies.front().type.starts_with("no-")) return;
    if (finding_.certificate.of_anomalies.empty()) {
      Budget little = options_.budget;
      little.max_steps = std::min(little.max_steps, kLittle);
      certify_transactions(txns, little, finding_);
    }
    for (const auto& [index, refutation] : finding_.certificate.of_anomalies) {
      for (std::string& line : lines_of(refutation)) finding_.lines.push_back(std::move(line));
    }
  }

  void registers(const Reading& reading) {
    const RegisterImport import = compile_registers(journal_, reading, options_.initial);
    const CheckResult result = check_register(
        import.history, finding_.model,
        {.initial = import.initial,
         .names = {.key = import.key_name,
                   .value = import.value_name,
                   .number =
                       [&](OpId op) { return journal_.first_op + import.pairs.at(op.value - 1); }},
         .budget = options_.budget,
         .executor = options_.executor,
         .staleness_versions = options_.staleness_versions,
         .staleness_time = options_.staleness_time});
    finding_.verdict = result.verdict;
    finding_.reason = result.reason;
    if (options_.certify) certify(reading, import, result);
    if (!result.witness) return;
    finding_.claim = result.witness->claim;
    finding_.lines = {result.witness->observation, result.witness->obligation};
    for (const WitnessOp& op : result.witness->ops) {
      finding_.ops.push_back(import.pairs.at(op.op.value - 1));
    }
  }

  // Where the verdict on registers came without a certificate, the general search gives one; of
  // what is violated, only where the witness says.
  void certify(const Reading& reading, const RegisterImport& import, const CheckResult& result) {
    certify_registers(import, options_.budget, finding_);
    const bool linearizable = finding_.model == "linearizable";
    const bool sequential = finding_.model == "sequential" && finding_.verdict == Verdict::kHolds;
    if (!finding_.orders.empty() || (!linearizable && !sequential)) return;
    Judge again(journal_, options_);
    again.finding_.model = finding_.model;
    again.finding_.subject = finding_.subject;
    if (result.witness && !result.witness->ops.empty()) {
      again.suspect_ = import.pairs.at(result.witness->ops.front().op.value - 1);
    }
    linearizable ? again.object(reading) : again.sequential(reading);
    if (again.finding_.verdict != finding_.verdict) return;
    finding_.orders = std::move(again.finding_.orders);
    finding_.core = std::move(again.finding_.core);
    finding_.until = again.finding_.until;
  }

  void object(const Reading& reading) {
    const ObjectOptions options{
        .kind = reading.object, .initial = options_.initial, .pool = &journal_.pool};
    finding_.verdict = Verdict::kHolds;
    std::vector<ObjectPart> parts = compile_objects(journal_, reading);
    if (suspect_) {
      std::erase_if(parts, [&](const ObjectPart& part) {
        return !std::binary_search(part.pairs.begin(), part.pairs.end(), *suspect_);
      });
    }
    struct Judged {
      std::optional<ContainerResult> order;
      SpecificationResult search;
    };
    std::vector<Judged> judged(parts.size());
    const auto specification = specification_of(options);
    const auto is_plain_text = [&](const ObjectPart& part) {
      return reading.object == ObjectKind::kMap && reads_only_texts(part.calls, options.initial);
    };
    // Texts of another kind are made in one pool for all keys.
    const bool shares_pool = reading.object == ObjectKind::kMap &&
                             !std::all_of(parts.begin(), parts.end(), is_plain_text);
    for_each_part(shares_pool ? nullptr : options_.executor, parts.size(), [&](std::size_t i) {
      judged[i].order = judge_plain(options, parts[i]);
      if (judged[i].order && !(options_.certify && judged[i].order->order.empty())) return;
      if (is_plain_text(parts[i])) {
        judged[i].search = check_texts(parts[i].calls, options, options_.budget);
      } else if (reading.object == ObjectKind::kSet) {
        judged[i].search = check_set(parts[i].calls, options_.budget);
      } else {
        judged[i].search = check_specification<ObjectState, ObjectCall>(
            specification, parts[i].calls, options_.budget);
      }
    });
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (judged[i].order) {
        if (judged[i].order->verdict == Verdict::kViolated) {
          const bool shown = options_.certify && judged[i].search.verdict == Verdict::kViolated;
          if (shown) return refute(options, parts[i], judged[i].search);
          return refuse_plain(options, parts[i], *judged[i].order);
        }
        if (!judged[i].order->order.empty()) {
          finding_.orders.push_back(pairs_of(parts[i], judged[i].order->order));
          continue;
        }
        if (!options_.certify) continue;
      }
      const SpecificationResult& result = judged[i].search;
      finding_.steps += result.steps;
      if (result.verdict == Verdict::kViolated) return refute(options, parts[i], result);
      if (result.verdict == Verdict::kHolds) {
        finding_.orders.push_back(pairs_of(parts[i], result.order));
      }
      if (result.verdict == Verdict::kUnknown && finding_.verdict == Verdict::kHolds) {
        finding_.verdict = Verdict::kUnknown;
        finding_.reason = journal_.pool.to_text(parts[i].key) + " " + result.reason;
      }
    }
  }

  // What is judged for each key by itself, and is no order of all operations.
  void promise(const Reading& reading) {
    finding_.verdict = Verdict::kHolds;
    for (const ObjectPart& part : compile_objects(journal_, reading)) {
      const PromiseResult result = keep(finding_.model, reading.object, part);
      finding_.steps += part.calls.size();
      if (result.verdict == Verdict::kViolated) {
        finding_.verdict = Verdict::kViolated;
        finding_.reason.clear();
        finding_.claim = fmt::format("Not {}: {}", finding_.model, result.why);
        if (part.key != kNilCell) {
          finding_.claim += fmt::format(" (key {})", journal_.pool.to_text(part.key));
        }
        return name(part, result.calls);
      }
      const bool worse = result.verdict == Verdict::kUnknown;
      if (finding_.reason.empty() || (worse && finding_.verdict == Verdict::kHolds)) {
        finding_.reason = result.reason;
      }
      if (worse) finding_.verdict = Verdict::kUnknown;
    }
  }

  [[nodiscard]] PromiseResult keep(std::string_view model, ObjectKind kind,
                                   const ObjectPart& part) const {
    if (model == "mutual_exclusion") return check_mutual_exclusion(part.calls);
    if (model == "unique") return check_unique(part.calls);
    if (model == "durable") return check_kept(kind, part.calls, options_.initial);
    if (model == "eventual") return check_agreed(part.calls);
    return check_prefixes(kind, part.calls);
  }

  void name(const ObjectPart& part, const std::vector<std::uint32_t>& calls) {
    for (const std::uint32_t call : calls) {
      finding_.ops.push_back(part.pairs[call]);
      finding_.lines.push_back(describe(journal_, pairs_[part.pairs[call]]));
    }
  }

  // Not local to a key (Attiya and Welch 1994): all objects together.
  void sequential(const Reading& reading) {
    const bool is_plain =
        reading.object == ObjectKind::kLog || reading.object == ObjectKind::kCounter;
    if (is_plain && settle_sequential(reading)) return;
    const ObjectOptions options{
        .kind = reading.object, .initial = options_.initial, .pool = &journal_.pool};
    const std::vector<ObjectPart> parts = compile_objects(journal_, reading);
    std::vector<SequentialPart> search;
    for (const ObjectPart& part : parts) search.push_back({part.calls});
    const SequentialResult result =
        search_sequential(specification_of(options), search, options_.budget);
    finding_.verdict = result.verdict;
    finding_.reason = result.reason;
    finding_.steps = result.steps;
    if (result.verdict == Verdict::kUnknown) (void)settle_sequential(reading);
    if (result.verdict == Verdict::kHolds) {
      auto& order = finding_.orders.emplace_back();
      for (const SequentialCall& call : result.order) {
        order.push_back(parts[call.part].pairs[call.call]);
      }
    }
    if (result.verdict != Verdict::kViolated) return;
    if (options_.certify) {
      for (const SequentialCall& call : minimal_sequential(options, search)) {
        finding_.core.push_back(parts[call.part].pairs[call.call]);
      }
    }
    finding_.claim = fmt::format(
        "Not sequential: at most {} of the {} operations have an order that every process's own "
        "agrees with; then each process is stuck:",
        result.most, result.total);
    for (const SequentialCall& stuck : result.stuck) name(parts[stuck.part], {stuck.call});
  }

  // A linearizable history is sequential, and there each object is judged by itself (Attiya and
  // Welch 1994): for what a search would give up. False: it is not, or nobody knows.
  bool settle_sequential(const Reading& reading) {
    Judge stronger(journal_, options_);
    stronger.finding_.subject = finding_.subject;
    stronger.object(reading);
    finding_.steps += stronger.finding_.steps;
    if (stronger.finding_.verdict != Verdict::kHolds) return false;
    finding_.verdict = Verdict::kHolds;
    finding_.reason = "it is linearizable";
    finding_.orders = std::move(stronger.finding_.orders);
    finding_.certificate.model = "linearizable";
    return true;
  }

  // What only grows needs no search, nor do queues, stacks and lists whose values all differ.
  static std::optional<ContainerResult> judge_plain(const ObjectOptions& options,
                                                    const ObjectPart& part) {
    const ObjectKind kind = options.kind;
    if (kind == ObjectKind::kLog) return check_plain_list(part.calls);
    if (kind == ObjectKind::kSet) return check_growing_set(part.calls);
    if (kind == ObjectKind::kCounter && options.initial == kNilCell) {
      return check_growing_counter(part.calls, 0);
    }
    if (kind != ObjectKind::kQueue && kind != ObjectKind::kStack) return std::nullopt;
    const std::optional<Passages> passages = passages_of(part.calls);
    if (!passages && kind == ObjectKind::kQueue) return check_open_queue(part.calls);
    if (!passages) return std::nullopt;
    return kind == ObjectKind::kQueue ? check_plain_queue(*passages, part.calls)
                                      : check_plain_stack(*passages, part.calls);
  }

  // Of short histories of what only grows, the search finds fewer calls that contradict one
  // another.
  void refuse_plain(const ObjectOptions& options, const ObjectPart& part,
                    const ContainerResult& result) {
    const bool grows = options.kind == ObjectKind::kSet || options.kind == ObjectKind::kCounter;
    if (!grows || part.calls.size() > kMostSearched) return refuse_order(part, result);
    Budget little = options_.budget;
    little.max_steps = std::min<std::uint64_t>(little.max_steps, 100 * kMostSearched);
    const SpecificationResult search =
        check_specification<ObjectState, ObjectCall>(specification_of(options), part.calls, little);
    if (search.verdict != Verdict::kViolated) return refuse_order(part, result);
    refute(options, part, search);
  }

  void refuse_order(const ObjectPart& part, const ContainerResult& result) {
    finding_.verdict = Verdict::kViolated;
    finding_.reason.clear();
    finding_.claim = "Not linearizable: " + result.why;
    name(part, result.calls);
    finding_.core = pairs_of(part, result.calls);
    if (result.calls.empty()) return;
    finding_.until = part.pairs[*std::max_element(
        result.calls.begin(), result.calls.end(), [&](std::uint32_t a, std::uint32_t b) {
          return ends_at(part.calls[a]) < ends_at(part.calls[b]);
        })];
  }

  static std::uint64_t ends_at(const TimedCall<ObjectCall>& timed) {
    return timed.completed == kNever ? 0 : timed.completed;
  }

  static std::vector<std::size_t> pairs_of(const ObjectPart& part,
                                           const std::vector<std::uint32_t>& calls) {
    std::vector<std::size_t> pairs;
    for (const std::uint32_t call : calls) pairs.push_back(part.pairs[call]);
    return pairs;
  }

  // A search that looks ahead, or knows what a call will return that is still under way, knows that
  // there is no order before the history has shown it.
  void refute(const ObjectOptions& options, const ObjectPart& part,
              const SpecificationResult& result) {
    auto specification = specification_of(options);
    if (!specification.can_lead_to) {
      const auto seen = cut_calls(part.calls, part.calls[result.contradiction].completed);
      const auto shown =
          check_specification<ObjectState, ObjectCall>(specification, seen, options_.budget);
      if (shown.verdict == Verdict::kViolated) {
        refuse(part, result);
        return shrink(options, part, result.contradiction);
      }
    }
    const std::uint32_t contradiction = first_contradiction(options, part.calls, options_.budget);
    if (contradiction == UINT32_MAX) return refuse(part, result);
    const auto cut = cut_calls(part.calls, part.calls[contradiction].completed);
    specification.can_lead_to = nullptr;
    const SpecificationResult shown =
        check_specification<ObjectState, ObjectCall>(specification, cut, options_.budget);
    const bool same = shown.verdict == Verdict::kViolated && shown.contradiction == contradiction;
    refuse(part, same ? shown : result);
    shrink(options, part, contradiction);
  }

  void shrink(const ObjectOptions& options, const ObjectPart& part, std::uint32_t contradiction) {
    finding_.core = pairs_of(part, minimal_calls(options, part.calls, contradiction));
    finding_.until = part.pairs[contradiction];
    if (finding_.core.size() > kOpsShown) return;
    finding_.lines.push_back(
        fmt::format("these {} have no order by themselves:", finding_.core.size()));
    for (const std::size_t op : finding_.core) {
      finding_.lines.push_back("  " + describe(journal_, pairs_[op]));
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
  bool registers_ = false;              // it is about registers, one for each key
  std::optional<std::size_t> suspect_;  // only the object of this pair is judged
  Finding finding_;
};

}  // namespace

Finding judge_journal(Journal& journal, const JudgeOptions& options) {
  return Judge(journal, options).run();
}

}  // namespace quorumlab::models
