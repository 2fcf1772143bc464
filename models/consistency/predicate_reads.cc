#include "models/consistency/predicate_reads.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "models/consistency/isolation_models.h"

namespace quorumlab::models {
namespace {

constexpr std::array<std::string_view, 5> kOfItemsAlone = {
    "repeatable-read", "strong-session-repeatable-read", "strong-repeatable-read", "cut-isolation",
    "cursor-stability"};

// "G2-item-process" without "-item".
std::string of_predicates(std::string type) {
  constexpr std::string_view kItem = "-item";
  const std::size_t at = type.find(kItem);
  return at == std::string::npos ? type : type.erase(at, kItem.size());
}

// Only the elements of lists that are still read: what nobody has seen comes last.
void drop_unread_elements(TxnHistory& txns) {
  if (txns.kind != TxnKind::kListAppend) return;
  std::vector<std::int32_t> readers(txns.elements.size() + 1);  // one more or less from here on
  const auto is_list = [](const Micro& micro) {
    return micro.kind == Micro::Kind::kRead && micro.value != kUnreadValue && micro.count > 0;
  };
  for (const Micro& micro : txns.micros) {
    if (!is_list(micro)) continue;
    ++readers[micro.value];
    --readers[micro.value + micro.count];
  }
  std::vector<std::uint32_t> place(txns.elements.size());
  std::vector<std::uint32_t> kept;
  std::int32_t open = 0;
  for (std::size_t i = 0; i < txns.elements.size(); ++i) {
    open += readers[i];
    place[i] = static_cast<std::uint32_t>(kept.size());
    if (open > 0) kept.push_back(txns.elements[i]);
  }
  for (Micro& micro : txns.micros) {
    if (is_list(micro)) micro.value = place[micro.value];
    if (micro.kind == Micro::Kind::kRead && micro.value != kUnreadValue && micro.count == 0) {
      micro.value = 0;
    }
  }
  txns.elements = std::move(kept);
}

}  // namespace

bool has_predicate_reads(const TxnHistory& txns) {
  return std::any_of(txns.micros.begin(), txns.micros.end(),
                     [](const Micro& micro) { return micro.is_predicate; });
}

TxnHistory without_predicates(const TxnHistory& txns) {
  TxnHistory result = txns;
  result.micros.clear();
  for (Txn& txn : result.txns) {
    const std::uint32_t first = txn.first;
    const std::uint32_t end = first + txn.count;
    txn.first = static_cast<std::uint32_t>(result.micros.size());
    for (std::uint32_t i = first; i < end; ++i) {
      const Micro& micro = txns.micros[i];
      if (micro.is_predicate) continue;
      if (micro.kind == Micro::Kind::kWrite) {
        result.versions[micro.value].micro = static_cast<std::uint32_t>(result.micros.size());
      }
      result.micros.push_back(micro);
    }
    txn.count = static_cast<std::uint32_t>(result.micros.size()) - txn.first;
  }
  drop_unread_elements(result);
  return result;
}

bool asks_items_alone(std::string_view model) {
  const std::string_view canonical = canonical_model(model);
  return std::find(kOfItemsAlone.begin(), kOfItemsAlone.end(), canonical) != kOfItemsAlone.end();
}

IsolationResult with_predicates(IsolationResult all, IsolationResult items,
                                std::string_view model) {
  const std::set<std::string> of_all = std::move(all.types);
  all.types.clear();
  const auto renamed = [&](const std::string& type) {
    return items.types.contains(type) ? type : of_predicates(type);
  };
  for (const std::string& type : of_all) all.types.insert(renamed(type));
  for (TxnAnomaly& anomaly : all.anomalies) anomaly.type = renamed(anomaly.type);
  all.steps += items.steps;
  all.weakest = weakest_violated(all.types);
  const std::string_view canonical = canonical_model(model);
  if (asks_items_alone(model)) {
    // What was found without them has no need of them.
    std::erase_if(all.anomalies, [&](const TxnAnomaly& a) { return items.types.contains(a.type); });
    all.anomalies.insert(all.anomalies.begin(), items.anomalies.begin(), items.anomalies.end());
    all.verdict = items.verdict;
    all.reason = std::move(items.reason);
    all.order = std::move(items.order);
  } else if (is_ruled_out(canonical, all.types)) {
    all.verdict = Verdict::kViolated;
  } else if (all.verdict == Verdict::kViolated) {
    all.verdict = Verdict::kUnknown;
    all.reason = "what was found is about reads of all keys at once";
  }
  return all;
}

}  // namespace quorumlab::models
