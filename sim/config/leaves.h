// The plain kinds of options: numbers, durations, words, laws of chance.
//
//   integer<int>().between(1, 99)     // keys = 20
//   duration().at_least(1_ms)         // timeout = "1s"
//   choices<Acknowledge>({{"none", Acknowledge::kNone, "after the leader's own disk"}, ...})
//   distribution()                    // latency = "normal(mean 30ms, stddev 1ms)"
//
// Bounds are part of the kind: they are checked, stated in messages, and shown in the manual.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/check.h"
#include "sim/config/codec.h"
#include "sim/config/rate.h"
#include "sim/distribution.h"
#include "sim/rate_distribution.h"
#include "sim/rng.h"
#include "sim/time.h"

namespace quorumlab::sim {
struct Unit;
}

namespace quorumlab::config {

struct IntegerRange {
  std::int64_t least = INT64_MIN;
  std::int64_t most = INT64_MAX;

  bool parse(const Value& value, std::int64_t* out, const Reporter& report) const;
  [[nodiscard]] TypeInfo type() const;
};

template <std::integral T>
class Integer : public Leaf<T> {
 public:
  Integer() {
    using Limits = std::numeric_limits<T>;
    if constexpr (sizeof(T) < sizeof(std::int64_t)) range_.most = std::int64_t{Limits::max()};
    if constexpr (std::is_unsigned_v<T>) {
      range_.least = 0;
    } else {
      range_.least = std::int64_t{Limits::min()};
    }
  }
  Integer& at_least(T least) { return between(least, static_cast<T>(range_.most)); }
  Integer& at_most(T most) { return between(static_cast<T>(range_.least), most); }
  Integer& between(T least, T most) {
    range_ = {static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)};
    return *this;
  }

  bool parse(const Value& value, T& out, const Reporter& report) const override {
    std::int64_t wide = 0;
    if (!range_.parse(value, &wide, report)) return false;
    out = static_cast<T>(wide);
    return true;
  }
  [[nodiscard]] Value print(const T& object) const override {
    return Value::integer(static_cast<std::int64_t>(object));
  }
  [[nodiscard]] TypeInfo type() const override { return range_.type(); }

 private:
  IntegerRange range_;
};

class Real : public Leaf<double> {
 public:
  Real& at_least(double least);
  Real& at_most(double most);
  Real& between(double least, double most);

  bool parse(const Value& value, double& out, const Reporter& report) const override;
  [[nodiscard]] Value print(const double& object) const override { return Value::real(object); }
  [[nodiscard]] TypeInfo type() const override;

 private:
  double least_ = -std::numeric_limits<double>::max();
  double most_ = std::numeric_limits<double>::max();
};

// The same as Real().between(0, 1), for members that are a sim::Probability.
class ProbabilityLeaf : public Leaf<sim::Probability> {
 public:
  bool parse(const Value& value, sim::Probability& out, const Reporter& report) const override;
  [[nodiscard]] Value print(const sim::Probability& object) const override;
  [[nodiscard]] TypeInfo type() const override;
};

class Boolean : public Leaf<bool> {
 public:
  bool parse(const Value& value, bool& out, const Reporter& report) const override;
  [[nodiscard]] Value print(const bool& object) const override { return Value::boolean(object); }
  [[nodiscard]] TypeInfo type() const override;
};

class Text : public Leaf<std::string> {
 public:
  Text& not_empty();
  // Nothing but these words, for names that a registry knows at run time.
  Text& one_of(std::vector<Word> words);

  bool parse(const Value& value, std::string& out, const Reporter& report) const override;
  [[nodiscard]] Value print(const std::string& object) const override;
  [[nodiscard]] TypeInfo type() const override;

 private:
  bool not_empty_ = false;
  std::vector<Word> words_;
};

class DurationLeaf : public Leaf<sim::Duration> {
 public:
  DurationLeaf& at_least(sim::Duration least);
  DurationLeaf& at_most(sim::Duration most);
  DurationLeaf& between(sim::Duration least, sim::Duration most);
  DurationLeaf& positive() { return at_least(sim::Duration(1)); }

  bool parse(const Value& value, sim::Duration& out, const Reporter& report) const override;
  [[nodiscard]] Value print(const sim::Duration& object) const override;
  [[nodiscard]] TypeInfo type() const override;

 private:
  [[nodiscard]] std::string range() const;

  sim::Duration least_{INT64_MIN};
  sim::Duration most_ = sim::Duration::max();
};

// A whole number of bytes, or of bytes a second, with a unit: "4KiB", "100Mbit/s".
class Amount : public Leaf<std::int64_t> {
 public:
  struct Family {
    std::string_view noun;
    std::string_view example;
    std::span<const sim::Unit> units;  // the smallest first
  };
  explicit Amount(const Family& family) : family_(family) {}
  Amount& at_least(std::int64_t least);

  bool parse(const Value& value, std::int64_t& out, const Reporter& report) const override;
  [[nodiscard]] Value print(const std::int64_t& object) const override;
  [[nodiscard]] TypeInfo type() const override;

 private:
  Family family_;
  std::int64_t least_ = 0;
};

// One enumerator and how it is called in a file.
template <class E>
struct Choice {
  std::string word;
  E value;
  std::string meaning;
};

// The position of the word that `value` holds among `words`; SIZE_MAX and a report if it is none.
[[nodiscard]] std::size_t find_word(const Value& value, const std::vector<Word>& words,
                                    const Reporter& report);
[[nodiscard]] TypeInfo word_type(std::vector<Word> words);

template <class E>
class Choices : public Leaf<E> {
 public:
  explicit Choices(std::vector<Choice<E>> choices) {
    for (Choice<E>& choice : choices) {
      words_.push_back({std::move(choice.word), std::move(choice.meaning)});
      values_.push_back(choice.value);
    }
  }

  bool parse(const Value& value, E& out, const Reporter& report) const override {
    const std::size_t index = find_word(value, words_, report);
    if (index >= values_.size()) return false;
    out = values_[index];
    return true;
  }
  [[nodiscard]] Value print(const E& object) const override {
    std::size_t index = 0;
    while (index < values_.size() && !(values_[index] == object)) ++index;
    QL_CHECK(index < values_.size(), "an enumerator without a word among {} choices",
             words_.size());
    return Value::text(words_[index].word);
  }
  [[nodiscard]] TypeInfo type() const override { return word_type(words_); }

 private:
  std::vector<Word> words_;
  std::vector<E> values_;
};

// What is wrong with a text that has a grammar of its own, in bytes of that text.
struct SyntaxError {
  std::size_t position = 0;
  std::size_t length = 0;
  std::string message;
  std::string hint;
};

// An option with a grammar of its own: two functions and a description make it a kind.
//
//   Syntax<Picker>({.noun = "key picker", .expected = "\"uniform\" or \"zipf(0.99)\""},
//                  parse_picker, [](const Picker& p) { return p.text(); })
template <class T>
class Syntax : public Leaf<T> {
 public:
  using Parse = std::function<std::variant<T, SyntaxError>(std::string_view)>;
  using Print = std::function<std::string(const T&)>;
  Syntax(TypeInfo info, Parse parse_text, Print print_text)
      : info_(std::move(info)), parse_(std::move(parse_text)), print_(std::move(print_text)) {}

  bool parse(const Value& value, T& out, const Reporter& report) const override {
    if (!value.is(Kind::kText)) return report.unexpected(value, info_);
    std::variant<T, SyntaxError> parsed = parse_(value.text());
    if (const SyntaxError* const error = std::get_if<SyntaxError>(&parsed)) {
      return report.inside(value, error->position, error->length, error->message, error->hint);
    }
    out = std::get<T>(std::move(parsed));
    return true;
  }
  [[nodiscard]] Value print(const T& object) const override { return Value::text(print_(object)); }
  [[nodiscard]] TypeInfo type() const override { return info_; }

 private:
  TypeInfo info_;
  Parse parse_;
  Print print_;
};

// Any value, as it stands in the file, for keys that are judged elsewhere.
class Raw : public Leaf<Value> {
 public:
  bool parse(const Value& value, Value& out, const Reporter& report) const override;
  [[nodiscard]] Value print(const Value& object) const override { return object; }
  [[nodiscard]] TypeInfo type() const override;
};

template <std::integral T = std::int64_t>
[[nodiscard]] Integer<T> integer() {
  return {};
}
template <class E>
[[nodiscard]] Choices<E> choices(std::vector<Choice<E>> all) {
  return Choices<E>(std::move(all));
}
[[nodiscard]] inline Real real() {
  return {};
}
[[nodiscard]] inline Real fraction() {
  return Real().between(0, 1);
}
[[nodiscard]] inline ProbabilityLeaf probability() {
  return {};
}
[[nodiscard]] inline Boolean boolean() {
  return {};
}
[[nodiscard]] inline Text text() {
  return {};
}
[[nodiscard]] inline Text word(std::vector<Word> known) {
  return Text().one_of(std::move(known));
}
[[nodiscard]] inline DurationLeaf duration() {
  return {};
}
[[nodiscard]] inline Raw raw() {
  return {};
}
[[nodiscard]] Amount bytes();
// Bytes a second.
[[nodiscard]] Amount bandwidth();
[[nodiscard]] Syntax<Rate> rate();
[[nodiscard]] Syntax<sim::Distribution> distribution();
// The same without negative durations: how long something takes.
[[nodiscard]] Syntax<sim::Distribution> delays();
[[nodiscard]] Syntax<sim::RateDistribution> rate_distribution();

}  // namespace quorumlab::config
