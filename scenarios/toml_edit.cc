// `--set` applied to a tree: the half of scenarios/toml.h that needs no parser.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "scenarios/toml.h"
#include "sim/config/suggest.h"
#include "sim/config/utf8.h"

namespace quorumlab::scenarios {
namespace {

using config::Kind;
using config::Span;
using config::Step;
using config::Value;

class Editor {
 public:
  Editor(const Assignment& assignment, config::Diagnostics& diagnostics)
      : assignment_(assignment), diagnostics_(diagnostics) {}

  bool apply(Value* root) {
    Value* place = root;
    for (std::size_t i = 0; i < assignment_.path.size(); ++i) {
      const Step& step = assignment_.path[i];
      place = place->is(Kind::kArray) ? element(place, i)
              : place->is(Kind::kTable)
                  ? member(place, i)
                  : refuse(step, fmt::format("`{}` is {}", path_until(i), to_text(place->kind())),
                           "nothing is inside it");
      if (place == nullptr) return false;
    }
    *place = assignment_.value;
    return true;
  }

 private:
  Value* element(Value* array, std::size_t i) {
    const Step& step = assignment_.path[i];
    const std::string name = path_until(i);
    if (!step.index) {
      return refuse(step, fmt::format("`{}` is a list", name),
                    fmt::format("say which one, such as {}[0].{}", name, step.key));
    }
    Value::Array& elements = array->elements();
    if (*step.index > elements.size()) {
      return refuse(step, fmt::format("`{}` has {} elements", name, elements.size()),
                    fmt::format("the next one would be {}[{}]", name, elements.size()));
    }
    if (*step.index == elements.size()) elements.push_back(fresh(i));
    return &elements[*step.index];
  }

  Value* member(Value* table, std::size_t i) {
    const Step& step = assignment_.path[i];
    if (step.bracketed) {
      return refuse(step, fmt::format("`{}` is a table", path_until(i)), "it has keys, no indices");
    }
    const bool is_last = i + 1 == assignment_.path.size();
    if (table->get(step.key) == nullptr) {
      table->members().push_back({step.key, fresh(i), span_of(step)});
    } else if (is_last) {
      const auto found = std::find_if(table->members().begin(), table->members().end(),
                                      [&](const config::Member& m) { return m.key == step.key; });
      found->key_span = span_of(step);
    }
    return table->get(step.key);
  }

  // What a missing step becomes: a list if an index in brackets follows, else a table.
  [[nodiscard]] Value fresh(std::size_t i) const {
    const bool is_list = i + 1 < assignment_.path.size() && assignment_.path[i + 1].bracketed;
    Value value = is_list ? Value::array({}) : Value::table({});
    value.set_span(span_of(assignment_.path[i]));
    return value;
  }

  Value* refuse(const Step& step, std::string message, std::string hint) {
    diagnostics_.error(span_of(step), std::move(message), std::move(hint));
    return nullptr;
  }

  [[nodiscard]] Span span_of(const Step& step) const {
    const std::string_view text = diagnostics_.text(assignment_.span.source);
    Span span = assignment_.span;
    span.column =
        1 + static_cast<std::uint32_t>(config::code_points(text.substr(0, step.position)));
    span.length =
        static_cast<std::uint32_t>(config::code_points(text.substr(step.position, step.length)));
    return span;
  }

  // The steps in front of number i, as the user would write them.
  [[nodiscard]] std::string path_until(std::size_t i) const {
    std::string path;
    for (std::size_t k = 0; k < i; ++k) {
      const Step& step = assignment_.path[k];
      if (step.bracketed) {
        path += fmt::format("[{}]", step.key);
      } else {
        path += (path.empty() ? "" : ".") + config::to_key(step.key);
      }
    }
    return path;
  }

  const Assignment& assignment_;
  config::Diagnostics& diagnostics_;
};

}  // namespace

bool apply_set(const Assignment& assignment, Value* root, config::Diagnostics& diagnostics) {
  Value edited = *root;
  if (!Editor(assignment, diagnostics).apply(&edited)) return false;
  *root = std::move(edited);
  return true;
}

}  // namespace quorumlab::scenarios
