#include "models/data/merged_object.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "models/data/dots.h"
#include "sim/check.h"

namespace quorumlab::models {
namespace {

using Updated = std::optional<std::string>;
using Elements = std::vector<std::int64_t>;

Updated as_update(std::int64_t value) {
  Encoder out;
  out.put(value);
  return out.bytes();
}

// The greatest or the least of all values that were ever written, whoever knew of which.
class ExtremeObject final : public SharedObject {
 public:
  explicit ExtremeObject(MergeKind kind) : greatest_(kind == MergeKind::kGreatest) {}
  [[nodiscard]] Updated prepare(const Command& command, const Author& /*author*/) const override {
    if (command.f != Function::kWrite || command.erase) return std::nullopt;
    return as_update(command.value);
  }
  void take(Decoder& update, const Origin& /*origin*/) override {
    const auto came = update.get<std::int64_t>();
    const auto mine = value_.value_or(came);
    value_ = greatest_ ? std::max(mine, came) : std::min(mine, came);
  }
  [[nodiscard]] Value value() const override { return value_; }
  [[nodiscard]] Elements elements() const override { return {}; }
  void encode(Encoder& out) const override { out.put(value_.value_or(0)); }

 private:
  bool greatest_;
  Value value_;
};

class SumObject final : public SharedObject {
 public:
  [[nodiscard]] Updated prepare(const Command& command, const Author& /*author*/) const override {
    if (command.f != Function::kAdd) return std::nullopt;
    return as_update(command.value);
  }
  void take(Decoder& update, const Origin& /*origin*/) override {
    total_ += update.get<std::int64_t>();
  }
  [[nodiscard]] Value value() const override { return total_; }
  [[nodiscard]] Elements elements() const override { return {}; }
  void encode(Encoder& out) const override { out.put(total_); }

 private:
  std::int64_t total_ = 0;
};

// Dynamo's cart: versions are whole carts; of concurrent ones the reader sees the union, and its
// next change replaces them by that.
class UnionObject final : public SharedObject {
 public:
  [[nodiscard]] Updated prepare(const Command& command, const Author& author) const override {
    Cart cart = united();
    if (command.f == Function::kInsert) {
      cart.items.insert(command.value);
    } else if (command.f == Function::kRemove) {
      cart.items.erase(command.value);
    } else {
      return std::nullopt;
    }
    const auto all = carts_.dots_if([](const Cart&) { return true; });
    Encoder out;
    carts_.written(author.node, std::move(cart), all).encode(out);
    return out.bytes();
  }
  void take(Decoder& update, const Origin& /*origin*/) override {
    carts_.merge(DotMap<Cart>::decode(update));
  }
  [[nodiscard]] Value value() const override {
    return static_cast<std::int64_t>(elements().size());
  }
  [[nodiscard]] Elements elements() const override {
    const Cart cart = united();
    return {cart.items.begin(), cart.items.end()};
  }
  void encode(Encoder& out) const override { carts_.encode(out); }

 private:
  struct Cart {
    std::set<std::int64_t> items;
    void encode(Encoder& out) const {
      out.put(static_cast<std::uint32_t>(items.size()));
      for (const std::int64_t item : items) out.put(item);
    }
    [[nodiscard]] static Cart decode(Decoder& in) {
      Cart cart;
      for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
        cart.items.insert(in.get<std::int64_t>());
      }
      return cart;
    }
  };
  [[nodiscard]] Cart united() const {
    Cart all;
    for (const auto& [dot, cart] : carts_.all()) {
      all.items.insert(cart.items.begin(), cart.items.end());
    }
    return all;
  }

  DotMap<Cart> carts_;
};

// A write that knew of all that is here replaces it; of another one and what is here, the mean.
class AverageObject final : public SharedObject {
 public:
  [[nodiscard]] Updated prepare(const Command& command, const Author& /*author*/) const override {
    if (command.f != Function::kWrite || command.erase) return std::nullopt;
    return as_update(command.value);
  }
  void take(Decoder& update, const Origin& origin) override {
    const auto came = update.get<std::int64_t>();
    const bool replaces = !value_ || origin.after.covers(seen_);
    value_ = replaces ? came : *value_ / 2 + came / 2 + (*value_ % 2 + came % 2) / 2;
    seen_.add(origin.dot);
  }
  [[nodiscard]] Value value() const override { return value_; }
  [[nodiscard]] Elements elements() const override { return {}; }
  void encode(Encoder& out) const override {
    out.put(value_.value_or(0));
    seen_.encode(out);
  }

 private:
  Value value_;
  VersionVector seen_;  // the changes that are in it
};

// What arrives goes to the end.
class ConcatenationObject final : public SharedObject {
 public:
  [[nodiscard]] Updated prepare(const Command& command, const Author& /*author*/) const override {
    if (command.f != Function::kAppend || command.expected) return std::nullopt;
    return as_update(command.value);
  }
  void take(Decoder& update, const Origin& /*origin*/) override {
    all_.push_back(update.get<std::int64_t>());
  }
  [[nodiscard]] Value value() const override { return static_cast<std::int64_t>(all_.size()); }
  [[nodiscard]] Elements elements() const override { return all_; }
  void encode(Encoder& out) const override {
    for (const std::int64_t element : all_) out.put(element);
  }

 private:
  Elements all_;
};

}  // namespace

std::unique_ptr<SharedObject> make_merged_object(MergeKind type) {
  switch (type) {
    case MergeKind::kGreatest:
    case MergeKind::kLeast:
      return std::make_unique<ExtremeObject>(type);
    case MergeKind::kSumOfDeltas:
      return std::make_unique<SumObject>();
    case MergeKind::kUnion:
      return std::make_unique<UnionObject>();
    case MergeKind::kAverage:
      return std::make_unique<AverageObject>();
    case MergeKind::kConcatenate:
      return std::make_unique<ConcatenationObject>();
  }
  QL_UNREACHABLE();
}

}  // namespace quorumlab::models
