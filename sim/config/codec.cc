#include "sim/config/codec.h"

#include <fmt/format.h>

#include <utility>

namespace quorumlab::config {

std::string Reporter::name() const {
  if (!index_) return std::string(key_);
  return fmt::format("{}[{}]", parent_->name(), *index_);
}

std::string Reporter::table_path() const {
  if (parent_ == nullptr) return "";
  std::string path = parent_->table_path();
  if (index_) return path;
  if (!path.empty()) path += '.';
  return path + to_key(key_);
}

bool Reporter::error(const Span& span, std::string message, std::string hint) const {
  diagnostics_->error(span, std::move(message), std::move(hint));
  return false;
}

bool Reporter::unexpected(const Value& value, const TypeInfo& type) const {
  return error(value.span(), fmt::format("`{}` is {}", name(), to_text(value.kind())),
               fmt::format("expected {}", type.expected));
}

bool Reporter::must(const Value& value, std::string_view what) const {
  return error(value.span(), fmt::format("`{}` must {}", name(), what), "");
}

bool Reporter::cannot_be(const Value& value, std::string hint) const {
  return error(value.span(), fmt::format("`{}` cannot be {}", name(), to_literal(value)),
               std::move(hint));
}

bool Reporter::inside(const Value& text, std::size_t position, std::size_t length,
                      std::string_view message, std::string hint) const {
  const Span span = diagnostics_->inside(text.span(), text.text(), position, length);
  return error(span, fmt::format("`{}`: {}", name(), message), std::move(hint));
}

}  // namespace quorumlab::config
