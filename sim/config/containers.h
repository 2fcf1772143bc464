// Options that hold other options: lists, maps with keys of the user's choice, and what may be left
// out.
//
//   list(list(text())).length(2, 9)                  // split = [["east"], ["west"]]
//   map(integer<int>().at_least(1)).keys_are("zone") // zones = { east = 2, west = 3 }
//
// Every element that is wrong is reported. A map keeps the order of the file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/codec.h"

namespace quorumlab::config {

// What List<L> needs to know that does not depend on L.
struct ListRules {
  std::size_t size_min = 0;
  std::size_t size_max = SIZE_MAX;
  bool distinct = false;

  // Reports what is wrong with the list as a whole; elements are not looked into.
  bool check(const Value& value, const TypeInfo& type, const Reporter& report) const;
  // Reports elements that an earlier one equals.
  bool check_distinct(const Value& value, const Reporter& report) const;
  [[nodiscard]] TypeInfo type(TypeInfo element) const;
};

template <class L>
class List : public Leaf<std::vector<typename L::Target>> {
 public:
  using T = typename L::Target;
  explicit List(L element) : element_(std::move(element)) {}
  List& length(std::size_t least, std::size_t most) {
    rules_.size_min = least;
    rules_.size_max = most;
    return *this;
  }
  List& not_empty() { return length(1, rules_.size_max); }
  // No element twice.
  List& distinct() {
    rules_.distinct = true;
    return *this;
  }

  bool parse(const Value& value, std::vector<T>& out, const Reporter& report) const override {
    if (!rules_.check(value, type(), report)) return false;
    std::vector<T> all;
    bool good = true;
    for (std::size_t i = 0; i < value.elements().size(); ++i) {
      T element{};
      good = element_.parse(value.elements()[i], element, report.element(i)) && good;
      all.push_back(std::move(element));
    }
    if (!good || !rules_.check_distinct(value, report)) return false;
    out = std::move(all);
    return true;
  }
  [[nodiscard]] Value print(const std::vector<T>& object) const override {
    return print_changes(object, nullptr);
  }
  [[nodiscard]] TypeInfo type() const override { return rules_.type(element_.type()); }

 protected:
  [[nodiscard]] Value print_changes(const std::vector<T>& object,
                                    const std::vector<T>* baseline) const override {
    const T fresh{};
    Value::Array elements;
    for (const T& element : object) {
      elements.push_back(element_.write(&element, baseline == nullptr ? nullptr : &fresh));
    }
    return Value::array(std::move(elements));
  }

 private:
  L element_;
  ListRules rules_;
};

struct MapRules {
  std::string key_noun = "name";
  std::vector<Word> known;  // empty: any key

  bool check(const Value& value, const TypeInfo& type, const Reporter& report) const;
  bool check_key(const Member& member, const Reporter& report) const;
  [[nodiscard]] TypeInfo type(TypeInfo element) const;
};

template <class L>
class Map : public Leaf<std::vector<std::pair<std::string, typename L::Target>>> {
 public:
  using T = typename L::Target;
  using Entries = std::vector<std::pair<std::string, T>>;
  explicit Map(L element) : element_(std::move(element)) {}
  // What a key names, for messages and the manual: "zone".
  Map& keys_are(std::string noun) {
    rules_.key_noun = std::move(noun);
    return *this;
  }
  // Nothing but these keys.
  Map& keys(std::vector<Word> known) {
    rules_.known = std::move(known);
    return *this;
  }

  bool parse(const Value& value, Entries& out, const Reporter& report) const override {
    if (!rules_.check(value, type(), report)) return false;
    Entries all;
    bool good = true;
    for (const Member& member : value.members()) {
      if (!rules_.check_key(member, report)) {
        good = false;
        continue;
      }
      T element{};
      good = element_.parse(member.value, element, report.member(member.key)) && good;
      all.emplace_back(member.key, std::move(element));
    }
    if (good) out = std::move(all);
    return good;
  }
  [[nodiscard]] Value print(const Entries& object) const override {
    return print_changes(object, nullptr);
  }
  [[nodiscard]] TypeInfo type() const override { return rules_.type(element_.type()); }

 protected:
  [[nodiscard]] Value print_changes(const Entries& object, const Entries* baseline) const override {
    const T fresh{};
    Value::Table members;
    for (const auto& [key, element] : object) {
      Value value = element_.write(&element, baseline == nullptr ? nullptr : &fresh);
      members.push_back({key, std::move(value), {}});
    }
    Value table = Value::table(std::move(members));
    table.set_inline(type().element.front().shape != TypeInfo::Shape::kTable);
    return table;
  }

 private:
  L element_;
  MapRules rules_;
};

// An option without a default: absent from the file means nullopt, which is never written.
template <class L>
class Optional : public Leaf<std::optional<typename L::Target>> {
 public:
  using T = typename L::Target;
  explicit Optional(L inner) : inner_(std::move(inner)) {}

  bool parse(const Value& value, std::optional<T>& out, const Reporter& report) const override {
    T object{};
    if (!inner_.parse(value, object, report)) return false;
    out = std::move(object);
    return true;
  }
  [[nodiscard]] Value print(const std::optional<T>& object) const override {
    return print_changes(object, nullptr);
  }
  [[nodiscard]] TypeInfo type() const override { return inner_.type(); }

 protected:
  [[nodiscard]] Value print_changes(const std::optional<T>& object,
                                    const std::optional<T>* baseline) const override {
    const T fresh{};
    if (!object) return {};
    return inner_.write(&*object, baseline == nullptr ? nullptr : &fresh);
  }

 private:
  L inner_;
};

template <class L>
[[nodiscard]] List<L> list(L element) {
  return List<L>(std::move(element));
}
template <class L>
[[nodiscard]] Map<L> map(L element) {
  return Map<L>(std::move(element));
}

}  // namespace quorumlab::config
