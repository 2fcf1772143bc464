#include "sim/law_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/check.h"

namespace quorumlab::sim {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kWordCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

bool begins_with_letter(std::string_view part) {
  const std::size_t place = part.empty() ? std::string_view::npos : kWordCharacters.find(part[0]);
  return place < 52;
}

std::string_view leading_word(std::string_view part) {
  return part.substr(0, part.find_first_not_of(kWordCharacters));
}

// What follows `part` in the text that it is a part of, up to the end of `whole`.
std::string_view rest_after(std::string_view whole, std::string_view part) {
  const auto end = static_cast<std::size_t>(part.data() + part.size() - whole.data());
  return whole.substr(end);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// The hint for a misspelt word: the nearest known one, or all of them if none is near.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const auto distance = [&](std::string_view name) { return edit_distance(word, name); };
  const auto nearest = std::min_element(
      known.begin(), known.end(),
      [&](std::string_view a, std::string_view b) { return distance(a) < distance(b); });
  if (distance(*nearest) <= std::max<std::size_t>(1, word.size() / 3)) {
    return fmt::format("did you mean `{}`?", *nearest);
  }
  std::string all;
  for (const std::string_view name : known)
    all.append(all.empty() ? "expected " : ", ").append(name);
  return all;
}

std::vector<std::string_view> parameters_of(const LawForm& form) {
  std::vector<std::string_view> names;
  for (const std::string_view name : form.parameters) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

// The parts between commas, without the blanks around them; no parts if there is nothing at all.
std::vector<std::string_view> split_at_commas(std::string_view inside) {
  std::vector<std::string_view> parts;
  if (trimmed(inside).empty()) return parts;
  for (bool more = true; more;) {
    const std::size_t comma = inside.find(',');
    more = comma != std::string_view::npos;
    parts.push_back(trimmed(inside.substr(0, comma)));
    if (more) inside.remove_prefix(comma + 1);
  }
  return parts;
}

std::string for_example(std::string_view example) {
  return fmt::format("for example {}", example);
}

}  // namespace

std::string_view trimmed(std::string_view part) {
  const std::size_t begin = std::min(part.find_first_not_of(kBlanks), part.size());
  part.remove_prefix(begin);
  return part.substr(0, part.find_last_not_of(kBlanks) + 1);
}

std::nullopt_t LawText::fail(std::string_view part, std::string message, std::string hint) {
  const auto position = static_cast<std::size_t>(part.data() - text_.data());
  QL_CHECK(position + part.size() <= text_.size(), "not a part of \"{}\"", text_);
  error_ = {.position = position,
            .length = std::max<std::size_t>(1, part.size()),
            .message = std::move(message),
            .hint = std::move(hint)};
  return std::nullopt;
}

std::optional<LawCall> LawText::read() {
  const std::string_view body = trimmed(text_);
  if (body.empty()) {
    return fail(body, fmt::format("expected a {}", quantity_.name), for_example(quantity_.example));
  }
  if (begins_with_letter(body)) return read_call(body);
  const std::size_t dots = body.find("..");
  if (dots == std::string_view::npos) return LawCall{0, {body}, body};
  return LawCall{1, {trimmed(body.substr(0, dots)), trimmed(body.substr(dots + 2))}, body};
}

std::optional<LawCall> LawText::read_call(std::string_view body) {
  const std::string_view name = leading_word(body);
  const std::optional<std::size_t> form = form_named(name);
  if (!form) return std::nullopt;
  const std::string_view parenthesis = trimmed(rest_after(body, name));
  if (!parenthesis.starts_with('(')) {
    return fail(parenthesis, fmt::format("expected `(` after `{}`", name),
                for_example(forms_[*form].example));
  }
  const std::size_t close = parenthesis.find(')');
  if (close == std::string_view::npos) {
    return fail(parenthesis.substr(parenthesis.size()), "expected `)`",
                for_example(forms_[*form].example));
  }
  const std::string_view surplus = trimmed(parenthesis.substr(close + 1));
  if (!surplus.empty()) {
    return fail(surplus, fmt::format("unexpected `{}` after `)`", surplus),
                for_example(forms_[*form].example));
  }
  return bind(*form, parenthesis.substr(0, close + 1));
}

std::optional<std::size_t> LawText::form_named(std::string_view name) {
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < forms_.size(); ++i) {
    if (forms_[i].name == name) return i;
    known.push_back(forms_[i].name);
  }
  return fail(name, fmt::format("unknown distribution `{}`", name), suggestion(name, known));
}

std::optional<LawCall> LawText::bind(std::size_t index, std::string_view parenthesis) {
  const LawForm& form = forms_[index];
  const std::vector<std::string_view> parts =
      split_at_commas(parenthesis.substr(1, parenthesis.size() - 2));
  LawCall call{.form = index, .arguments = {}, .parenthesis = parenthesis};
  if (form.is_list) {
    call.arguments = parts;
    return call;
  }
  const std::vector<std::string_view> names = parameters_of(form);
  call.arguments.resize(names.size());
  for (const std::string_view part : parts) {
    if (!bind_one(form, part, call)) return std::nullopt;
  }
  for (std::size_t i = 0; i < form.required; ++i) {
    if (call.arguments[i].data() == nullptr) {
      return fail(parenthesis.substr(parenthesis.size() - 1),
                  fmt::format("`{}` lacks its {}", form.name, names[i]), for_example(form.example));
    }
  }
  return call;
}

bool LawText::bind_one(const LawForm& form, std::string_view part, LawCall& call) {
  if (part.empty()) {
    fail(part, "expected a parameter", for_example(form.example));
    return false;
  }
  std::string_view value = part;
  const auto free_slot = std::find_if(call.arguments.begin(), call.arguments.end(),
                                      [](std::string_view a) { return a.data() == nullptr; });
  auto slot = static_cast<std::size_t>(free_slot - call.arguments.begin());
  if (begins_with_letter(part)) {
    const std::string_view label = leading_word(part);
    const std::optional<std::size_t> named = parameter_named(form, label);
    if (!named) return false;
    slot = *named;
    value = trimmed(rest_after(part, label));
    if (call.arguments[slot].data() != nullptr) {
      fail(part, fmt::format("`{}` has its {} twice", form.name, label), for_example(form.example));
      return false;
    }
  } else if (slot == call.arguments.size()) {
    fail(part, fmt::format("too many parameters for `{}`", form.name), for_example(form.example));
    return false;
  }
  call.arguments[slot] = value;
  return true;
}

std::optional<std::size_t> LawText::parameter_named(const LawForm& form, std::string_view label) {
  const std::vector<std::string_view> names = parameters_of(form);
  const auto found = std::find(names.begin(), names.end(), label);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  return fail(label, fmt::format("`{}` has no parameter `{}`", form.name, label),
              suggestion(label, names));
}

std::optional<std::int64_t> LawText::quantity(std::string_view part) {
  const Decimal decimal = parse_decimal(part, quantity_.units);
  switch (decimal.fault) {
    case DecimalFault::kNone:
      return decimal.value;
    case DecimalFault::kNoNumber:
      return fail(part,
                  part.empty() ? fmt::format("expected a {}", quantity_.name)
                               : fmt::format("`{}` is no {}", part, quantity_.name),
                  for_example(quantity_.example));
    case DecimalFault::kNoUnit:
      return fail(part, fmt::format("`{}` lacks its unit", part),
                  fmt::format("expected {}", quantity_.unit_list));
    case DecimalFault::kUnknownUnit:
      return fail(decimal.unit, fmt::format("unknown unit `{}`", decimal.unit),
                  fmt::format("expected {}", quantity_.unit_list));
    case DecimalFault::kTooFine:
      return fail(part, fmt::format("`{}` is no whole number of {}", part, quantity_.units[0].name),
                  "use fewer digits");
    case DecimalFault::kTooLarge:
      return fail(part, fmt::format("`{}` is out of range", part), "");
  }
  QL_UNREACHABLE("decimal fault {}", static_cast<int>(decimal.fault));
}

}  // namespace quorumlab::sim
