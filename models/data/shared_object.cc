#include "models/data/shared_object.h"

#include <algorithm>
#include <set>
#include <utility>

#include "models/data/crdt.h"
#include "models/data/merged_object.h"
#include "models/data/sequence.h"
#include "sim/check.h"

namespace quorumlab::models {
namespace {

using Updated = std::optional<std::string>;
using Elements = std::vector<std::int64_t>;

// A written value, or an erasure.
struct Written {
  Stamp stamp;
  Value value;
  auto operator<=>(const Written&) const = default;
  void encode(Encoder& out) const {
    stamp.encode(out);
    out.put(static_cast<std::uint8_t>(value.has_value()));
    out.put(value.value_or(0));
  }
  [[nodiscard]] static Written decode(Decoder& in) {
    const Stamp stamp = Stamp::decode(in);
    const bool there = in.get<std::uint8_t>() != 0;
    const auto value = in.get<std::int64_t>();
    return {stamp, there ? Value{value} : Value{}};
  }
};

Value written_value(const Command& command) {
  return command.erase ? Value{} : Value{command.value};
}

Value size_of(const Elements& elements) {
  return static_cast<std::int64_t>(elements.size());
}

template <class T>
std::string bytes_of(const T& update) {
  Encoder out;
  update.encode(out);
  return out.bytes();
}

// What all types of crdt.h share: a change is a T, to be merged or performed.
template <class T>
class Crdt : public SharedObject {
 public:
  explicit Crdt(const SharedKind& kind) : kind_(kind) {}
  void take(Decoder& update, const Origin& /*origin*/) override {
    const T change = T::decode(update);
    if (performs()) {
      state_.perform(change);
    } else {
      state_.merge(change);
    }
  }
  void encode(Encoder& out) const override { state_.encode(out); }

 protected:
  [[nodiscard]] bool performs() const { return kind_.form == UpdateForm::kOperations; }
  [[nodiscard]] const SharedKind& kind() const { return kind_; }
  [[nodiscard]] const T& state() const { return state_; }
  [[nodiscard]] T& state() { return state_; }

 private:
  SharedKind kind_;
  T state_;
};

template <class T>
class CounterObject final : public Crdt<T> {
 public:
  using Crdt<T>::Crdt;
  [[nodiscard]] Updated prepare(const Command& command,
                                const SharedObject::Author& author) const override {
    constexpr bool kGrows = std::is_same_v<T, GrowCounter>;
    if (command.f != Function::kAdd || (kGrows && command.value < 0)) return std::nullopt;
    const NodeId cell = this->kind().one_cell ? NodeId(0) : author.node;
    const auto amount =
        static_cast<std::conditional_t<kGrows, std::uint64_t, std::int64_t>>(command.value);
    return bytes_of(this->performs() ? T::increment(cell, amount)
                                     : this->state().added(cell, amount));
  }
  [[nodiscard]] Value value() const override {
    return static_cast<std::int64_t>(this->state().total());
  }
  [[nodiscard]] Elements elements() const override { return {}; }
};

class GrowSetObject final : public Crdt<GrowSet<std::int64_t>> {
 public:
  using Crdt::Crdt;
  [[nodiscard]] Updated prepare(const Command& command, const Author& /*author*/) const override {
    if (command.f != Function::kInsert) return std::nullopt;
    return bytes_of(GrowSet<std::int64_t>::only(command.value));
  }
  [[nodiscard]] Value value() const override { return size_of(elements()); }
  [[nodiscard]] Elements elements() const override {
    return {state().values().begin(), state().values().end()};
  }
};

class ObservedSetObject final : public Crdt<ObservedSet<std::int64_t>> {
 public:
  using Crdt::Crdt;
  [[nodiscard]] Updated prepare(const Command& command, const Author& author) const override {
    Encoder out;
    const bool removes = command.f == Function::kRemove;
    if (!removes && command.f != Function::kInsert) return std::nullopt;
    (removes ? state().removed(command.value) : state().added(author.node, command.value))
        .encode(out);
    if (kind().remove_unseen) {
      out.put(static_cast<std::uint8_t>(removes));
      out.put(command.value);
    }
    return out.bytes();
  }
  void take(Decoder& update, const Origin& origin) override {
    Crdt::take(update, origin);
    if (!kind().remove_unseen) return;
    const bool removes = update.get<std::uint8_t>() != 0;
    const auto value = update.get<std::int64_t>();
    if (removes) state().forget(value);
  }
  [[nodiscard]] Value value() const override { return size_of(elements()); }
  [[nodiscard]] Elements elements() const override {
    const auto values = state().values();
    return {values.begin(), values.end()};
  }
};

class LastWriteObject final : public Crdt<LastWriteRegister<Written>> {
 public:
  using Crdt::Crdt;
  [[nodiscard]] Updated prepare(const Command& command, const Author& author) const override {
    if (command.f != Function::kWrite) return std::nullopt;
    return bytes_of(
        LastWriteRegister<Written>::written(author.stamp, {author.stamp, written_value(command)}));
  }
  [[nodiscard]] Value value() const override {
    const auto current = state().value();
    return current ? current->value : std::nullopt;
  }
  [[nodiscard]] Elements elements() const override { return {}; }
};

class MultiObject final : public Crdt<MultiRegister<Written>> {
 public:
  using Crdt::Crdt;
  [[nodiscard]] Updated prepare(const Command& command, const Author& author) const override {
    if (command.f != Function::kWrite) return std::nullopt;
    return bytes_of(state().written(author.node, {author.stamp, written_value(command)}));
  }
  // Of the versions the one with the greatest stamp, for readers who cannot take several.
  [[nodiscard]] Value value() const override {
    const auto versions = state().values();
    return versions.empty() ? std::nullopt : versions.rbegin()->value;
  }
  [[nodiscard]] Elements elements() const override {
    std::set<std::int64_t> values;
    for (const Written& version : state().values()) {
      if (version.value) values.insert(*version.value);
    }
    return {values.begin(), values.end()};
  }
};

// An append goes after the last element that is here; with `expected` after that one.
class SequenceObject final : public Crdt<Sequence<std::int64_t>> {
 public:
  using Crdt::Crdt;
  [[nodiscard]] Updated prepare(const Command& command, const Author& author) const override {
    const auto here = state().elements();
    const auto find = [&](std::int64_t wanted) {
      return std::find_if(here.begin(), here.end(),
                          [&](const auto& element) { return element.second == wanted; });
    };
    if (command.f == Function::kRemove) {
      const auto at = find(command.value);
      return bytes_of(at == here.end() ? Sequence<std::int64_t>() : state().removed(at->first));
    }
    if (command.f != Function::kAppend) return std::nullopt;
    Sequence<std::int64_t>::Id left{};
    if (command.expected) {
      const auto at = find(*command.expected);
      if (at == here.end()) return std::nullopt;
      left = at->first;
    } else if (!here.empty()) {
      left = here.back().first;
    }
    return bytes_of(state().inserted(author.node, left, command.value));
  }
  void take(Decoder& update, const Origin& origin) override {
    Crdt::take(update, origin);
    if (kind().drop_tombstones) state().forget_removed();
  }
  [[nodiscard]] Value value() const override { return size_of(elements()); }
  [[nodiscard]] Elements elements() const override {
    Elements all;
    for (const auto& [id, element] : state().elements()) all.push_back(element);
    return all;
  }
};

std::unique_ptr<SharedObject> make_crdt(CrdtKind type, const SharedKind& kind) {
  switch (type) {
    case CrdtKind::kGrowCounter:
      return std::make_unique<CounterObject<GrowCounter>>(kind);
    case CrdtKind::kCounter:
      return std::make_unique<CounterObject<Counter>>(kind);
    case CrdtKind::kGrowSet:
      return std::make_unique<GrowSetObject>(kind);
    case CrdtKind::kObservedSet:
      return std::make_unique<ObservedSetObject>(kind);
    case CrdtKind::kLastWriteRegister:
      return std::make_unique<LastWriteObject>(kind);
    case CrdtKind::kMultiRegister:
      return std::make_unique<MultiObject>(kind);
    case CrdtKind::kSequence:
      return std::make_unique<SequenceObject>(kind);
  }
  QL_UNREACHABLE();
}

}  // namespace

std::unique_ptr<SharedObject> make_shared_object(const SharedKind& kind) {
  if (const auto* const crdt = std::get_if<CrdtKind>(&kind.type)) return make_crdt(*crdt, kind);
  return make_merged_object(std::get<MergeKind>(kind.type));
}

// What an empty one can be asked for.
bool serves(const SharedKind& kind, Function f) {
  return is_read(f) || make_shared_object(kind)->prepare({.f = f}, {}).has_value();
}

}  // namespace quorumlab::models
