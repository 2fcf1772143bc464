#include "models/data/object.h"

#include <algorithm>

#include "models/client_protocol.h"
#include "sim/check.h"

namespace quorumlab::models {

Object::Kind Object::kind_of(Function f) {
  switch (f) {
    case Function::kRead:
      return Kind::kNone;
    case Function::kWrite:
    case Function::kCas:
      return Kind::kRegister;
    case Function::kAdd:
      return Kind::kCounter;
    case Function::kInsert:
    case Function::kRemove:
      return Kind::kSet;
    case Function::kAppend:
      return Kind::kList;
    case Function::kEnqueue:
    case Function::kDequeue:
      return Kind::kQueue;
    case Function::kAcquire:
    case Function::kRelease:
      return Kind::kLock;
  }
  QL_UNREACHABLE();
}

Object::Result Object::apply(const Command& command) {
  const Kind kind = kind_of(command.f);
  if (kind_ != Kind::kNone && kind != kind_) return {};
  kind_ = kind;
  switch (command.f) {
    case Function::kRead:
      return {true};
    case Function::kWrite:
      value_ = command.erase ? Value{} : Value{command.value};
      return {true};
    case Function::kCas:
      if (value_ != command.expected) return {};
      value_ = command.value;
      return {true};
    case Function::kAdd:
      value_ = value_.value_or(0) + command.value;
      return {true};
    case Function::kInsert: {
      const auto at = std::lower_bound(elements_.begin(), elements_.end(), command.value);
      if (at == elements_.end() || *at != command.value) elements_.insert(at, command.value);
      return {true};
    }
    case Function::kRemove:
      std::erase(elements_, command.value);
      return {true};
    case Function::kAppend:
    case Function::kEnqueue:
      if (command.expected) return {};  // an insertion in the middle, which logs do not know
      elements_.push_back(command.value);
      return {true};
    case Function::kDequeue: {
      if (elements_.empty()) return {true};
      const std::int64_t first = elements_.front();
      elements_.erase(elements_.begin());
      return {true, first};
    }
    case Function::kAcquire: {
      if (!elements_.empty()) return {};
      const std::int64_t token = value_.value_or(0) + 1;
      value_ = token;
      elements_ = {token};
      return {true, token};
    }
    case Function::kRelease:
      if (elements_.empty() || elements_.front() != command.value) return {};
      elements_.clear();
      return {true};
  }
  QL_UNREACHABLE();
}

Value Object::value() const {
  const bool counts = kind_ == Kind::kSet || kind_ == Kind::kList || kind_ == Kind::kQueue;
  return counts ? Value{static_cast<std::int64_t>(elements_.size())} : value_;
}

Value Object::audited(const Command& command, const Result& result) const {
  if (!result.done) return std::nullopt;
  switch (command.f) {
    case Function::kWrite:
      return command.erase ? kErased : command.value;
    case Function::kCas:
    case Function::kInsert:
    case Function::kAppend:
    case Function::kEnqueue:
      return command.value;
    case Function::kAdd:
      return value_;
    case Function::kAcquire:
      return result.value;
    case Function::kRemove:
    case Function::kRelease:
      return ~command.value;
    case Function::kDequeue:
      return result.value ? Value{~*result.value} : std::nullopt;
    case Function::kRead:
      return std::nullopt;
  }
  QL_UNREACHABLE();
}

void Object::encode(Encoder& out) const {
  out.put(kind_);
  out.put(static_cast<std::uint8_t>(value_.has_value()));
  out.put(value_.value_or(0));
  out.put(static_cast<std::uint32_t>(elements_.size()));
  for (const std::int64_t element : elements_) out.put(element);
}

Object Object::decode(Decoder& in) {
  Object object;
  object.kind_ = in.get<Kind>();
  const bool has_value = in.get<std::uint8_t>() != 0;
  const auto value = in.get<std::int64_t>();
  if (has_value) object.value_ = value;
  for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
    object.elements_.push_back(in.get<std::int64_t>());
  }
  return object;
}

}  // namespace quorumlab::models
