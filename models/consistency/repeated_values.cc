#include "models/consistency/repeated_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "models/consistency/linearizable.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kFewChoices = 1'024;
constexpr std::size_t kMostGuesses = 100;
constexpr std::size_t kMostWork = 3'000'000;  // guesses times operations

bool tells(const Operation& op) {
  return op.outcome == Outcome::kOk &&
         (op.f == Function::kCas || (op.f == Function::kRead && op.value_known));
}

Value seen_by(const Operation& op) {
  return op.f == Function::kCas ? op.expected : op.value;
}

// Who judges each read by itself.
bool is_of_reads(std::string_view model) {
  return model == "regular" || model == "safe" ||
         register_model_implies("bounded_staleness", model);
}

}  // namespace

RepeatedValues::RepeatedValues(const History& history, Value initial)
    : history_(history), initial_(initial) {
  const auto operations = history.operations();
  std::set<std::int64_t> used;
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const Operation& op = operations[i];
    if (op.value) used.insert(*op.value);
    if (op.expected) used.insert(*op.expected);
    if (!RegisterSources::writes(op)) continue;
    Writers& writers = writers_[{op.key.value, op.value}];
    const bool is_later =
        writers.latest.empty() || op.completed >= operations[writers.latest.back()].completed;
    writers.writes.push_back(i);
    writers.latest.push_back(is_later ? i : writers.latest.back());
  }
  std::int64_t fresh = std::int64_t{1} << 62U;
  for (auto& [held, writers] : writers_) {
    writers.repeat = writers.writes.size() + (held.second == initial ? 1 : 0) >= 2;
    if (!writers.repeat) continue;
    for (const std::uint32_t write : writers.writes) {
      while (used.contains(fresh)) ++fresh;
      original_[fresh] = held.second;
      fresh_[write] = fresh++;
    }
  }
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    if (tells(operations[i]) && writers(i).repeat) open_.push_back(i);
  }
}

const RepeatedValues::Writers& RepeatedValues::writers(std::uint32_t read) const {
  static const Writers kNone;
  const Operation& op = history_.operations()[read];
  const auto found = writers_.find({op.key.value, seen_by(op)});
  return found == writers_.end() ? kNone : found->second;
}

std::size_t RepeatedValues::begun_before(const Writers& writers, std::uint32_t read) const {
  const auto operations = history_.operations();
  const auto end = std::partition_point(
      writers.writes.begin(), writers.writes.end(),
      [&](std::uint32_t write) { return operations[write].invoked < operations[read].completed; });
  return static_cast<std::size_t>(end - writers.writes.begin());
}

std::uint32_t RepeatedValues::likeliest(std::uint32_t read) const {
  const Writers& all = writers(read);
  const std::size_t begun = begun_before(all, read);
  if (begun > 0 && all.latest[begun - 1] != read) return all.latest[begun - 1];
  return sources(read).front();
}

std::vector<std::uint32_t> RepeatedValues::sources(std::uint32_t read) const {
  const auto operations = history_.operations();
  const Writers& all = writers(read);
  const auto begun = static_cast<std::ptrdiff_t>(begun_before(all, read));
  std::vector<std::uint32_t> result(all.writes.begin(), all.writes.begin() + begun);
  std::stable_sort(result.begin(), result.end(), [&](std::uint32_t a, std::uint32_t b) {
    return operations[a].completed > operations[b].completed;
  });
  if (seen_by(operations[read]) == initial_) result.push_back(kInitialSource);
  result.insert(result.end(), all.writes.begin() + begun, all.writes.end());
  std::erase(result, read);  // a compare-and-set does not see itself
  return result;
}

History RepeatedValues::suppose(std::span<const std::uint32_t> choice) const {
  const auto operations = history_.operations();
  std::map<std::uint32_t, std::uint32_t> chosen;
  for (std::size_t i = 0; i < open_.size(); ++i) chosen[open_[i]] = choice[i];
  // Positions where nothing begins or ends are where somebody heard that nobody knows the outcome.
  std::vector<const Operation*> at(history_.last_position() + 1);
  std::vector<std::uint32_t> lost;
  for (const Operation& op : operations) {
    at[op.invoked] = &op;
    if (op.completed != kNever) at[op.completed] = &op;
  }
  History result;
  for (std::uint64_t position = 0; position < at.size(); ++position) {
    if (at[position] == nullptr) {
      result.complete(OpId(lost.back()), {});
      lost.pop_back();
      continue;
    }
    const Operation& op = *at[position];
    const auto index = op.id.value - 1;
    const auto source = chosen.find(index);
    const bool is_silent = source != chosen.end() && source->second == kNoSource;
    const auto written = source == chosen.end() ? fresh_.end() : fresh_.find(source->second);
    const Value seen = written == fresh_.end() ? seen_by(op) : Value(written->second);
    if (position != op.invoked) {
      result.complete(op.id, {.outcome = op.outcome,
                              .value = op.f == Function::kRead ? seen : op.value,
                              .value_known = op.value_known && !is_silent,
                              .saw_other = op.saw_other,
                              .at = op.completed_at,
                              .served_by = op.served_by});
      continue;
    }
    const auto fresh = fresh_.find(index);
    (void)result.invoke({.process = op.process,
                         .f = is_silent && op.f == Function::kCas ? Function::kWrite : op.f,
                         .key = op.key,
                         .value = fresh == fresh_.end() ? op.value : Value(fresh->second),
                         .expected = op.f == Function::kCas && tells(op) ? seen : op.expected,
                         .at = op.invoked_at,
                         .client = op.client});
    if (op.outcome == Outcome::kUnknown) lost.push_back(op.id.value);
  }
  return result;
}

Names RepeatedValues::names(const Names& names) const {
  Names result = names;
  result.value = [this, said = names.value](std::int64_t value) -> std::string {
    const auto original = original_.find(value);
    const Value was = original == original_.end() ? Value(value) : original->second;
    if (!was) return "nothing";
    return said ? said(*was) : std::to_string(*was);
  };
  return result;
}

namespace {

class RepeatedCheck {
 public:
  RepeatedCheck(const History& history, std::string_view model, const RegisterCheckOptions& options)
      : history_(history),
        model_(model),
        options_(options),
        renamed_(options),
        repeated_(history, options.initial),
        open_(repeated_.open()) {
    renamed_.names = repeated_.names(options.names);
  }

  RegisterVerdict run() {
    found_.repeats = true;
    if (is_of_reads(model_)) {
      (void)holds_by(likeliest());
      return std::move(found_);
    }
    if (is_linearizable()) return std::move(found_);
    const std::vector<std::uint32_t> nothing(open_.size(), kNoSource);
    const bool holds = holds_by(nothing);
    if (found_.result.verdict == Verdict::kViolated || (holds && open_.empty())) {
      return std::move(found_);
    }
    if (choices() <= std::min(kFewChoices, most_guesses())) {
      try_all();
    } else {
      try_some();
    }
    return std::move(found_);
  }

 private:
  bool is_linearizable() {
    const LinearizableResult result = check_linearizable(
        history_, options_.budget, {options_.initial, {}, options_.executor, /*explains=*/false});
    if (result.verdict == Verdict::kUnknown) ran_out_ = result.reason;
    if (result.verdict != Verdict::kHolds) return false;
    found_.is_linearizable = true;
    found_.result = {.property = std::string(model_), .verdict = Verdict::kHolds};
    found_.result.reason = "it is linearizable";
    return true;
  }

  // Keeps what it finds.
  bool holds_by(const std::vector<std::uint32_t>& choice) {
    found_.known = repeated_.suppose(choice);
    found_.result = check_register(*found_.known, model_, renamed_);
    found_.sources.clear();
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (choice[i] == kNoSource) continue;
      ReadSource& source = found_.sources.emplace_back();
      source.read = OpId(open_[i] + 1);
      if (choice[i] != kInitialSource) source.write = OpId(choice[i] + 1);
    }
    return found_.result.verdict == Verdict::kHolds;
  }

  void forget_choice() {
    found_.known.reset();
    found_.sources.clear();
  }

  [[nodiscard]] std::vector<std::uint32_t> likeliest() const {
    std::vector<std::uint32_t> choice;
    for (const std::uint32_t read : open_) choice.push_back(repeated_.likeliest(read));
    return choice;
  }

  [[nodiscard]] std::size_t most_guesses() const {
    return std::max<std::size_t>(1, kMostWork / history_.size());
  }

  // At most kFewChoices + 1.
  [[nodiscard]] std::size_t choices() const {
    std::size_t count = 1;
    for (const std::uint32_t read : open_) {
      count *= repeated_.sources(read).size();
      if (count > kFewChoices) return kFewChoices + 1;
    }
    return count;
  }

  // Every choice there is.
  void try_all() {
    std::vector<std::vector<std::uint32_t>> sources;
    for (const std::uint32_t read : open_) sources.push_back(repeated_.sources(read));
    const std::size_t count = choices();
    std::optional<CheckResult> first;
    for (std::size_t number = 0; number < count; ++number) {
      std::vector<std::uint32_t> choice;
      std::size_t rest = number;
      for (const auto& some : sources) {
        choice.push_back(some[rest % some.size()]);
        rest /= some.size();
      }
      if (holds_by(choice)) return;
      if (found_.result.verdict == Verdict::kUnknown) return forget_choice();
      if (!first) first = std::move(found_.result);
    }
    forget_choice();
    found_.result = *std::move(first);
    found_.result.witness->obligation += fmt::format(
        "; each of {} ways to tell equal values apart is ruled out, this one by that", count);
  }

  // From the likeliest choice on: of reads that the witness of a violation names, another source.
  void try_some() {
    std::vector<std::uint32_t> choice = likeliest();
    std::map<std::uint32_t, std::size_t> tried;  // by read: how many sources
    for (std::size_t guess = 0; guess < std::min(kMostGuesses, most_guesses()); ++guess) {
      if (holds_by(choice)) return;
      if (found_.result.verdict == Verdict::kUnknown) return forget_choice();
      if (!change(choice, tried)) break;
    }
    const RegisterSources sources(history_, options_.initial);
    const Narrator say(history_, options_.names);
    found_ = {.result = {.property = std::string(model_)}, .repeats = true};
    (void)sources.settles(history_, say, found_.result);
    if (!ran_out_.empty()) found_.result.reason = ran_out_;
  }

  bool change(std::vector<std::uint32_t>& choice, std::map<std::uint32_t, std::size_t>& tried) {
    for (const WitnessOp& op : found_.result.witness->ops) {
      const auto at = std::lower_bound(open_.begin(), open_.end(), op.op.value - 1);
      if (at == open_.end() || *at != op.op.value - 1) continue;
      const std::vector<std::uint32_t> sources = repeated_.sources(*at);
      std::size_t& next = tried[*at];
      if (++next >= sources.size()) continue;
      choice[static_cast<std::size_t>(at - open_.begin())] = sources[next];
      return true;
    }
    return false;
  }

  const History& history_;
  const std::string_view model_;
  const RegisterCheckOptions& options_;
  RegisterCheckOptions renamed_;
  const RepeatedValues repeated_;
  const std::span<const std::uint32_t> open_;
  std::string ran_out_;  // the budget that was missing to know whether it is linearizable
  RegisterVerdict found_;
};

}  // namespace

RegisterVerdict check_repeated(const History& history, std::string_view model,
                               const RegisterCheckOptions& options) {
  return RepeatedCheck(history, model, options).run();
}

}  // namespace quorumlab::models
