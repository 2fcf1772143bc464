// Reads the text of a law of chance, "name(argument, ...)", and says where and why it cannot.
//
//   LawText law("normal(mean 30ms, stddev 1ms)", kLaws, kDurations);
//   std::optional<LawCall> call = law.read();                           // law 3, "30ms" and "1ms"
//   std::optional<std::int64_t> ns = law.quantity(call->arguments[0]);  // 30'000'000
//
// Shared by Distribution and RateDistribution, inside sim/ only. Whatever returns nullopt has left
// the reason in `error`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/decimal.h"
#include "sim/distribution.h"

namespace quorumlab::sim {

struct LawForm {
  std::string_view name;
  std::array<std::string_view, 3> parameters;  // empty ones at the end: there are fewer
  std::size_t required = 0;                    // so many of them, from the front
  std::string_view example;
  bool is_list = false;  // any number of arguments, without names
};

// What the numbers of a law measure.
struct Quantity {
  std::string_view name;  // "duration"
  std::string_view example;
  std::string_view unit_list;
  std::span<const Unit> units;
};

struct LawCall {
  std::size_t form = 0;
  // In the order of the form's parameters, those that were left out empty; or all items of a list.
  std::vector<std::string_view> arguments;
  std::string_view parenthesis;  // the whole of "(...)", or of what stands for it
};

class LawText {
 public:
  // Requires: the first form has one parameter, for a quantity alone; the second has two, for
  // "a..b". What the views refer to outlives this object.
  LawText(std::string_view text, std::span<const LawForm> forms, const Quantity& quantity)
      : text_(text), forms_(forms), quantity_(quantity) {}

  [[nodiscard]] std::optional<LawCall> read();
  // Exact, in the smallest unit.
  [[nodiscard]] std::optional<std::int64_t> quantity(std::string_view part);

  // Notes what is wrong with `part`, which is a part of the text. Returns nullopt, to be passed on.
  std::nullopt_t fail(std::string_view part, std::string message, std::string hint);
  // Requires: something failed.
  [[nodiscard]] const DistributionError& error() const { return error_; }

 private:
  [[nodiscard]] std::optional<LawCall> read_call(std::string_view body);
  [[nodiscard]] std::optional<std::size_t> form_named(std::string_view name);
  [[nodiscard]] std::optional<LawCall> bind(std::size_t form, std::string_view parenthesis);
  [[nodiscard]] bool bind_one(const LawForm& form, std::string_view part, LawCall& call);
  [[nodiscard]] std::optional<std::size_t> parameter_named(const LawForm& form,
                                                           std::string_view label);

  std::string_view text_;
  std::span<const LawForm> forms_;
  Quantity quantity_;
  DistributionError error_;
};

// Without the blanks around it; still a part of the same text.
[[nodiscard]] std::string_view trimmed(std::string_view part);

}  // namespace quorumlab::sim
