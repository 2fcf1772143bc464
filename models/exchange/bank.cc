#include "models/exchange/bank.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "models/exchange/scanner.h"
#include "models/exchange/subject.h"

namespace quorumlab::models {
namespace {

class BankJudge {
 public:
  BankJudge(const Journal& journal, const JudgeOptions& options)
      : journal_(journal), pairs_(pair_events(journal)), total_(options.total) {
    finding_.model = options.model;
    finding_.subject = "bank";
    finding_.operations = pairs_.size();
  }

  Finding run() {
    finding_.verdict = Verdict::kHolds;
    for (std::size_t i = 0; i < pairs_.size() && finding_.verdict == Verdict::kHolds; ++i) {
      const Pair& pair = pairs_[i];
      if (journal_.f(journal_.events[pair.invoked]) != "read") continue;
      if (pair.completed == UINT32_MAX) continue;
      const JournalEvent& ended = journal_.events[pair.completed];
      if (ended.type == EventType::kOk) look(i, ended);
    }
    finding_.steps = pairs_.size();
    if (finding_.verdict == Verdict::kHolds && reads_ == 0) {
      finding_.verdict = Verdict::kUnknown;
      finding_.reason = "nobody read the balances";
    } else if (finding_.verdict == Verdict::kHolds) {
      finding_.reason = fmt::format("{} read{} with a total of {}", reads_,
                                    reads_ == 1 ? "" : "s, each", *total_);
    }
    return std::move(finding_);
  }

 private:
  using Balances = std::map<Cell, std::int64_t>;

  void look(std::size_t i, const JournalEvent& ended) {
    std::span<const Cell> value = journal_.value(ended);
    if (value.front() == kNilCell) return;  // it did not say what it read
    if (tag_of(value.front()) != Tag::kMap) {
      throw InputError(ended.offset, "a read of a bank gives a map from account to balance");
    }
    const std::size_t end = width_of(value.front());
    Balances balances;
    std::int64_t sum = 0;
    for (std::size_t at = 1; at < end;) {
      const std::span<const Cell> account = value.subspan(at);
      at += width_of(account.front());
      if (at >= end || width_of(account.front()) != 1) {
        throw InputError(ended.offset, "an account is no list or map, and has a balance");
      }
      const Cell balance = value[at];
      at += width_of(balance);
      if (balance == kNilCell) return refuse(i, "an account has no balance");
      if (tag_of(balance) != Tag::kInteger) {
        throw InputError(ended.offset, "a balance is an integer");
      }
      balances[account.front()] = integer_of(balance);
      if (std::abs(sum) > kMostInteger)
        throw InputError(ended.offset, "the balances are too large");
      sum += integer_of(balance);
      if (finding_.model == "bank-non-negative" && integer_of(balance) < 0) {
        return refuse(i, fmt::format("account {} holds {}", journal_.pool.to_text(account.front()),
                                     integer_of(balance)));
      }
    }
    ++reads_;
    compare(i, balances, sum);
  }

  void compare(std::size_t i, const Balances& balances, std::int64_t sum) {
    const bool is_first = accounts_.empty();
    if (!total_) total_ = sum;
    if (sum != *total_) {
      refuse(i, fmt::format("the balances add up to {}, not {}", sum, *total_));
    } else if (!is_first && !same_accounts(balances)) {
      refuse(i, "there are other accounts than before");
    }
    if (finding_.verdict == Verdict::kViolated && !is_first) {
      finding_.ops.push_back(first_);
      finding_.lines.push_back(describe(journal_, pairs_[first_]));
    }
    if (!is_first) return;
    accounts_ = balances;
    first_ = i;
  }

  [[nodiscard]] bool same_accounts(const Balances& balances) const {
    return std::equal(balances.begin(), balances.end(), accounts_.begin(), accounts_.end(),
                      [](const auto& a, const auto& b) { return a.first == b.first; });
  }

  void refuse(std::size_t i, const std::string& why) {
    finding_.verdict = Verdict::kViolated;
    finding_.claim = fmt::format("Not {}: {}", finding_.model, why);
    finding_.ops = {i};
    finding_.lines = {describe(journal_, pairs_[i])};
  }

  const Journal& journal_;
  const std::vector<Pair> pairs_;
  std::optional<std::int64_t> total_;
  Finding finding_;
  std::size_t reads_ = 0;
  std::size_t first_ = 0;  // the first read
  Balances accounts_;      // what it found
};

}  // namespace

Finding judge_bank(const Journal& journal, const JudgeOptions& options) {
  return BankJudge(journal, options).run();
}

}  // namespace quorumlab::models
