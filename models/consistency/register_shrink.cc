#include "models/consistency/register_shrink.h"

#include <algorithm>

#include "models/consistency/register_search.h"

namespace quorumlab::models {
namespace {

// A witness is a courtesy: it may cost this much and not the whole budget of the verdict.
constexpr std::uint64_t kMaxSteps = 20'000'000;

// Does something in `keep` depend on which value the register holds, for each value?
std::vector<bool> needed_values(const RegisterHistory& history, const std::vector<bool>& keep) {
  std::vector<bool> needed(history.value_count, false);
  for (std::uint32_t i = 0; i < history.ops.size(); ++i) {
    if (!keep[i]) continue;
    const RegisterOp& op = history.ops[i];
    if (op.act == Act::kRead) needed[op.value] = true;
    if (op.act == Act::kCas) needed[op.expected] = true;
    if (op.act != Act::kMismatch) continue;
    for (ValueId v = 0; v < needed.size(); ++v) {
      if (v != op.expected) needed[v] = true;
    }
  }
  return needed;
}

// Puts back what must not be left out, until nothing changes.
void close(const RegisterHistory& history, const std::vector<bool>& before,
           std::vector<bool>& keep) {
  for (bool changed = true; changed;) {
    changed = false;
    const std::vector<bool> needed = needed_values(history, keep);
    for (std::uint32_t i = 0; i < history.ops.size(); ++i) {
      const RegisterOp& op = history.ops[i];
      if (keep[i] || !before[i] || !op.mutates() || !needed[op.value]) continue;
      keep[i] = true;
      changed = changed || op.act == Act::kCas;
    }
  }
}

std::vector<std::uint32_t> kept(const std::vector<bool>& keep) {
  std::vector<std::uint32_t> ops;
  for (std::uint32_t i = 0; i < keep.size(); ++i) {
    if (keep[i]) ops.push_back(i);
  }
  return ops;
}

}  // namespace

std::vector<std::uint32_t> shrink(const RegisterHistory& history, RegisterTime contradiction,
                                  const Budget& budget) {
  const std::uint32_t observer = history.events[contradiction].op;
  std::vector<bool> keep(history.ops.size());
  for (std::uint32_t i = 0; i < history.ops.size(); ++i) {
    const RegisterOp& op = history.ops[i];
    keep[i] = op.invoked < contradiction && (op.mutates() || op.completed <= contradiction);
  }
  Budget left = budget;
  left.max_steps = std::min(budget.max_steps, kMaxSteps);
  // Delta debugging (Zeller and Hildebrandt 2002) with complements only: ever smaller pieces.
  for (std::size_t piece = kept(keep).size() / 2; piece > 0; piece /= 2) {
    const std::vector<std::uint32_t> ops = kept(keep);
    for (std::size_t from = 0; from < ops.size(); from += piece) {
      std::vector<bool> smaller = keep;
      for (std::size_t i = from; i < std::min(from + piece, ops.size()); ++i) {
        if (ops[i] != observer) smaller[ops[i]] = false;
      }
      close(history, keep, smaller);
      if (smaller == keep) continue;
      const SearchResult result = search_orders(restrict_to(history, contradiction, smaller), left);
      const std::uint64_t cost = result.steps + ops.size();
      if (cost >= left.max_steps) return kept(keep);
      left.max_steps -= cost;
      if (result.verdict == Verdict::kViolated) keep = std::move(smaller);
    }
  }
  return kept(keep);
}

}  // namespace quorumlab::models
