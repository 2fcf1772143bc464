#include "models/exchange/judge_objects.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/consistency/equal_values.h"
#include "models/consistency/exclusion.h"
#include "models/consistency/growing.h"
#include "models/consistency/list_order.h"
#include "models/consistency/minimal_calls.h"
#include "models/consistency/mixed_counter.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/remains.h"
#include "models/consistency/sequential_search.h"
#include "models/consistency/set_search.h"
#include "models/consistency/stack_order.h"
#include "models/consistency/text_states.h"
#include "models/exchange/queue_journal.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostSearched = 2'000;  // calls on what a rule is known for
constexpr std::size_t kMostNamed = 100;       // of those that contradict one another
constexpr std::size_t kOpsShown = 12;         // of a prefix that can be ordered

class ObjectJudge {
 public:
  ObjectJudge(const ObjectQuestion& question, Finding& finding)
      : question_(question),
        journal_(question.journal),
        pairs_(question.pairs),
        options_(question.options),
        reading_(question.reading),
        object_{.kind = question.reading.object,
                .initial = question.options.initial,
                .pool = &question.journal.pool},
        specification_(specification_of(object_)),
        finding_(finding) {}

  void linearizable() {
    finding_.verdict = Verdict::kHolds;
    const std::vector<ObjectPart> parts = parts_asked_for();
    std::vector<Judged> judged(parts.size());
    // Texts of another kind are made in one pool for all keys.
    const bool shares_pool =
        reading_.object == ObjectKind::kMap &&
        !std::all_of(parts.begin(), parts.end(),
                     [this](const ObjectPart& part) { return is_plain_text(part); });
    for_each_part(shares_pool ? nullptr : options_.executor, parts.size(),
                  [&](std::size_t i) { judged[i] = judge(parts[i]); });
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!conclude(parts[i], judged[i])) return;
    }
  }

  // Not local to a key (Attiya and Welch 1994): all objects together.
  void sequential() {
    const bool is_plain =
        reading_.object == ObjectKind::kLog || reading_.object == ObjectKind::kCounter;
    // Drains give the search more to choose from than it can try.
    const bool has_drains =
        std::any_of(pairs_.begin(), pairs_.end(), [](const Pair& pair) { return pair.part > 0; });
    if ((is_plain || has_drains) && settle_sequential()) return;
    const std::vector<ObjectPart> parts = compile_objects(journal_, reading_);
    std::vector<SequentialPart> search;
    for (const ObjectPart& part : parts) search.push_back({part.calls});
    const SequentialResult result = search_sequential(specification_, search, options_.budget);
    finding_.verdict = result.verdict;
    finding_.reason = result.reason;
    finding_.steps = result.steps;
    if (result.verdict == Verdict::kUnknown) (void)settle_sequential();
    if (result.verdict == Verdict::kHolds) {
      auto& order = finding_.orders.emplace_back();
      for (const SequentialCall& call : result.order) {
        order.push_back(parts[call.part].pairs[call.call]);
      }
    }
    if (result.verdict != Verdict::kViolated) return;
    if (options_.certify) {
      for (const SequentialCall& call : minimal_sequential(object_, search)) {
        finding_.core.push_back(parts[call.part].pairs[call.call]);
      }
    }
    finding_.claim = fmt::format(
        "Not sequential: at most {} of the {} operations have an order that every process's own "
        "agrees with; then each process is stuck:",
        result.most, result.total);
    for (const SequentialCall& stuck : result.stuck) name(parts[stuck.part], {stuck.call});
  }

  // What is judged for each key by itself, and is no order of all operations.
  void promise() {
    finding_.verdict = Verdict::kHolds;
    for (const ObjectPart& part : compile_objects(journal_, reading_)) {
      const PromiseResult result = keep(finding_.model, reading_.object, part);
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

  // As jepsen.checker/total-queue counts what went into a queue and came out.
  void count() {
    const bool is_queue =
        reading_.object == ObjectKind::kQueue || reading_.object == ObjectKind::kStack;
    if (!is_queue || finding_.model != "durable") return;
    finding_.counts = count_total_queue(journal_, pairs_, reading_.is_keyed);
    if (finding_.verdict != Verdict::kViolated) return;
    std::vector<std::string> words;
    for (const auto& [word, often] : finding_.counts) {
      words.push_back(fmt::format("{} {}", often, word));
    }
    finding_.lines.push_back(fmt::format("in all: {}", fmt::join(words, ", ")));
  }

 private:
  // What a rule says of a part, if there is one, and a search where that is not enough.
  struct Judged {
    std::optional<ContainerResult> rule;
    std::optional<SpecificationResult> search;
  };

  [[nodiscard]] std::vector<ObjectPart> parts_asked_for() const {
    std::vector<ObjectPart> parts = compile_objects(journal_, reading_);
    if (!question_.suspect) return parts;
    std::erase_if(parts, [&](const ObjectPart& part) {
      return !std::binary_search(part.pairs.begin(), part.pairs.end(), *question_.suspect);
    });
    return parts;
  }

  [[nodiscard]] bool is_plain_text(const ObjectPart& part) const {
    return reading_.object == ObjectKind::kMap && reads_only_texts(part.calls, object_.initial);
  }

  [[nodiscard]] Judged judge(const ObjectPart& part) const {
    Judged judged{.rule = judge_plain(object_, part), .search = {}};
    if (!judged.rule && has_values(reading_.object)) {
      // Of short histories the search shows more.
      if (part.calls.size() <= kMostSearched) judged.search = searched_a_little(part);
      if (judged.search && judged.search->verdict != Verdict::kUnknown) return judged;
      judged.rule = judge_values(part);
      if (judged.rule && judged.rule->verdict == Verdict::kViolated) return judged;
    }
    const bool is_enough = judged.rule && !(options_.certify && judged.rule->order.empty());
    if (!is_enough) judged.search = searched(part);
    return judged;
  }

  static bool has_values(ObjectKind kind) {
    return kind == ObjectKind::kQueue || kind == ObjectKind::kStack || kind == ObjectKind::kCounter;
  }

  // What is known of objects whose values, or amounts, need not differ, or be the same.
  [[nodiscard]] std::optional<ContainerResult> judge_values(const ObjectPart& part) const {
    if (reading_.object != ObjectKind::kCounter) {
      return check_equal_values(reading_.object, part.calls, options_.budget);
    }
    if (options_.initial != kNilCell) return std::nullopt;
    return check_mixed_counter(part.calls, 0, options_.budget);
  }

  [[nodiscard]] SpecificationResult searched_a_little(const ObjectPart& part) const {
    Budget little = options_.budget;
    little.max_steps = std::min<std::uint64_t>(little.max_steps, 100 * kMostSearched);
    return check_specification<ObjectState, ObjectCall>(specification_, part.calls, little);
  }

  [[nodiscard]] SpecificationResult searched(const ObjectPart& part) const {
    if (is_plain_text(part)) return check_texts(part.calls, object_, options_.budget);
    if (reading_.object == ObjectKind::kSet) return check_set(part.calls, options_.budget);
    return check_specification<ObjectState, ObjectCall>(specification_, part.calls,
                                                        options_.budget);
  }

  // False: it has no order, and the finding says so.
  bool conclude(const ObjectPart& part, const Judged& judged) {
    const auto& [rule, search] = judged;
    if (search) finding_.steps += search->steps;
    const bool is_shown = search && search->verdict == Verdict::kViolated;
    if (is_shown) {
      refute(part, *search);
    } else if (rule && rule->verdict == Verdict::kViolated) {
      refuse_plain(part, *rule);
    } else if (rule && !rule->order.empty()) {
      finding_.orders.push_back(pairs_of(part, rule->order));
    } else if (search && search->verdict == Verdict::kHolds) {
      finding_.orders.push_back(pairs_of(part, search->order));
    } else if (!rule && finding_.verdict == Verdict::kHolds) {
      finding_.verdict = Verdict::kUnknown;
      finding_.reason = search->reason;
      if (part.key != kNilCell) {
        finding_.reason = fmt::format("key {} {}", journal_.pool.to_text(part.key), search->reason);
      }
    }
    return finding_.verdict != Verdict::kViolated;
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

  // A linearizable history is sequential, and there each object is judged by itself (Attiya and
  // Welch 1994): for what a search would give up. False: it is not, or nobody knows.
  bool settle_sequential() {
    Finding stronger{.model = "linearizable", .subject = finding_.subject};
    judge_objects(question_, stronger);
    finding_.steps += stronger.steps;
    if (stronger.verdict != Verdict::kHolds) return false;
    finding_.verdict = Verdict::kHolds;
    finding_.reason = "it is linearizable";
    finding_.orders = std::move(stronger.orders);
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
  void refuse_plain(const ObjectPart& part, const ContainerResult& result) {
    const bool grows =
        reading_.object == ObjectKind::kSet || reading_.object == ObjectKind::kCounter;
    if (!grows || part.calls.size() > kMostSearched) return refuse_order(part, result);
    const SpecificationResult search = searched_a_little(part);
    if (search.verdict != Verdict::kViolated) return refuse_order(part, result);
    refute(part, search);
  }

  void refuse_order(const ObjectPart& part, const ContainerResult& result) {
    finding_.verdict = Verdict::kViolated;
    finding_.reason.clear();
    finding_.claim = "Not linearizable: " + result.why;
    finding_.core = pairs_of(part, result.calls);
    if (result.calls.empty()) return;
    if (result.calls.size() <= kMostNamed) {
      name(part, result.calls);
    } else {
      finding_.lines.push_back(
          fmt::format("of these {} operations, the last are:", result.calls.size()));
      name(part, {result.calls.end() - kOpsShown, result.calls.end()});
    }
    finding_.until =
        part.pairs[result.until != kNoCall
                       ? result.until
                       : *std::max_element(result.calls.begin(), result.calls.end(),
                                           [&](std::uint32_t a, std::uint32_t b) {
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
  void refute(const ObjectPart& part, const SpecificationResult& result) {
    if (!specification_.can_lead_to) {
      const auto seen = cut_calls(part.calls, part.calls[result.contradiction].completed);
      const auto shown =
          check_specification<ObjectState, ObjectCall>(specification_, seen, options_.budget);
      if (shown.verdict == Verdict::kViolated) {
        refuse(part, result);
        return shrink(part, result.contradiction);
      }
    }
    const auto first = first_contradiction(object_, part.calls, options_.budget);
    if (!first) return refuse(part, result);
    const auto& [call, shown] = *first;
    const bool same = shown.verdict == Verdict::kViolated && shown.contradiction == call;
    refuse(part, same ? shown : result);
    shrink(part, call);
  }

  void shrink(const ObjectPart& part, std::uint32_t contradiction) {
    finding_.core = pairs_of(part, minimal_calls(object_, part.calls, contradiction));
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

  const ObjectQuestion& question_;
  Journal& journal_;
  const std::vector<Pair>& pairs_;
  const JudgeOptions& options_;
  const Reading& reading_;
  const ObjectOptions object_;
  const Specification<ObjectState, ObjectCall> specification_;
  Finding& finding_;
};

}  // namespace

void judge_objects(const ObjectQuestion& question, Finding& finding) {
  ObjectJudge judge(question, finding);
  if (finding.model == "linearizable") {
    judge.linearizable();
  } else if (finding.model == "sequential") {
    judge.sequential();
  } else {
    judge.promise();
    judge.count();
  }
}

}  // namespace quorumlab::models
