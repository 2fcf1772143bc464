// How one kind of option is read from a Value, written back and described. Everything that an
// option can be is a Leaf<T>: numbers, durations, lists, whole tables, and whatever a user adds.
//
//   class Percent : public Leaf<double> {                  // `loss = "5%"`
//     bool parse(const Value& value, double& out, const Reporter& report) const override {
//       if (!value.is(Kind::kText)) return report.unexpected(value, type());
//       ...
//       return report.must(value, "be at most 100%");      // `loss` must be at most 100%
//     }
//     Value print(const double& p) const override { return Value::text(fmt::format("{}%", p)); }
//     TypeInfo type() const override { return {.noun = "percentage", .expected = "\"5%\""}; }
//   };
//
// From `type()` come the manual, the hints of error messages and the JSON Schema.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/value.h"

namespace quorumlab::config {

class Schema;

// A word that an option may be set to.
struct Word {
  std::string word;
  std::string meaning;
};

// What an option accepts, said to people and to editors.
struct TypeInfo {
  enum class Shape : std::uint8_t { kText, kInteger, kReal, kBoolean, kList, kMap, kTable, kAny };

  Shape shape = Shape::kText;
  std::string noun{};             // "duration", for the manual
  std::string expected{};         // "a duration with a unit, such as \"50ms\"", for hints
  std::string range{};            // "at least 1ms"; empty: no limits
  std::vector<Word> words{};      // the only ones accepted; of a map: the only keys
  std::string pattern{};          // ECMAScript, for editors; empty: any
  std::optional<double> least{};  // of a number
  std::optional<double> most{};
  std::size_t size_min = 0;  // of a list
  std::size_t size_max = SIZE_MAX;
  bool is_inline = false;                  // of a table: { ... } inside a line
  bool distinct = false;                   // no element of the list twice
  std::vector<TypeInfo> element{};         // of a list or map: exactly one
  std::shared_ptr<const Schema> schema{};  // of a table
};

// Where a codec complains. It knows what the value is called; messages begin with that name. All of
// the complaints return false, so that a parser can end in `return report.must(...)`.
class Reporter {
 public:
  // `root` is the schema of the whole file: it knows where a misplaced key belongs. Both outlive
  // the reporter, as does the parent of one made for a member or an element.
  Reporter(Diagnostics& diagnostics, const Schema& root)
      : diagnostics_(&diagnostics), root_(&root) {}
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  [[nodiscard]] Reporter member(std::string_view key) const { return {*this, key, std::nullopt}; }
  [[nodiscard]] Reporter element(std::size_t index) const { return {*this, "", index}; }

  // "split[0][1]": the key and the indices behind it; empty at the root.
  [[nodiscard]] std::string name() const;
  // "network.link": all keys from the root, without indices.
  [[nodiscard]] std::string table_path() const;
  [[nodiscard]] bool is_element() const { return index_.has_value(); }
  [[nodiscard]] const Schema& root() const { return *root_; }
  [[nodiscard]] Diagnostics& diagnostics() const { return *diagnostics_; }

  // "`heartbeat` is an integer", hint "expected a duration with a unit, such as ..."
  bool unexpected(const Value& value, const TypeInfo& type) const;
  // "`acks` must be at least 1"
  bool must(const Value& value, std::string_view what) const;
  // "`reads` cannot be "leadr"", hint "did you mean `leader`?"
  bool cannot_be(const Value& value, std::string hint) const;
  // "`latency`: unknown law `nrmal`", with the caret under those bytes of the text.
  bool inside(const Value& text, std::size_t position, std::size_t length, std::string_view message,
              std::string hint) const;
  bool error(const Span& span, std::string message, std::string hint) const;

 private:
  Reporter(const Reporter& parent, std::string_view key, std::optional<std::size_t> index)
      : diagnostics_(parent.diagnostics_),
        root_(parent.root_),
        parent_(&parent),
        key_(key),
        index_(index) {}

  Diagnostics* diagnostics_;
  const Schema* root_;
  const Reporter* parent_ = nullptr;
  std::string_view key_;
  std::optional<std::size_t> index_;
};

// A Leaf whose type is forgotten, so that schemas need no templates.
class Codec {
 public:
  Codec() = default;
  Codec(const Codec&) = default;
  Codec& operator=(const Codec&) = default;
  virtual ~Codec() = default;

  // `out` points to a live object of the codec's type that holds the default. False: every problem
  // of the value has been reported and a plain value is still the default.
  virtual bool read(const Value& value, void* out, const Reporter& report) const = 0;
  // With a baseline, keys of tables that equal it are left out.
  [[nodiscard]] virtual Value write(const void* object, const void* baseline) const = 0;
  [[nodiscard]] virtual TypeInfo type() const = 0;
};

// Subclasses are values: they are copied into the schema that uses them.
template <class T>
class Leaf : public Codec {
 public:
  using Target = T;

  // Sets `out` and returns true, or reports every problem and returns false.
  virtual bool parse(const Value& value, T& out, const Reporter& report) const = 0;
  // What `parse` reads back to an equal T.
  [[nodiscard]] virtual Value print(const T& object) const = 0;

  bool read(const Value& value, void* out, const Reporter& report) const final {
    return parse(value, *static_cast<T*>(out), report);
  }
  [[nodiscard]] Value write(const void* object, const void* baseline) const final {
    return print_changes(*static_cast<const T*>(object), static_cast<const T*>(baseline));
  }

 protected:
  // For codecs that contain tables.
  [[nodiscard]] virtual Value print_changes(const T& object, const T* /*baseline*/) const {
    return print(object);
  }
};

}  // namespace quorumlab::config
