// A struct of options, declared once: from this one declaration come reading with every problem
// located, writing back, the manual and the JSON Schema for editors.
//
//   struct LinkOptions { std::vector<std::string> between; sim::Distribution latency; };
//   Schema link_schema() {
//     using O = LinkOptions;
//     return schema<O>("link", "Links between two zones.")
//         .field("between", &O::between, list(text()).length(2, 2), "the two zones").required()
//         .field("latency", &O::latency, distribution(), "how long a message is on its way")
//         .build();
//   }
//   LinkOptions options;
//   link_schema().read(value, &options, problems);   // false: `problems` says why, all at once
//   link_schema().write(options);                    // the effective options, defaults filled in
//
// Defaults are the struct's member initialisers and stand nowhere else. Positions need no place in
// the struct: keep the Value tree and ask `locate(root, "network.link[0].between[1]")`
// (sim/config/value.h).
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

#include "sim/check.h"
#include "sim/config/codec.h"
#include "sim/config/containers.h"
#include "sim/config/leaves.h"

namespace quorumlab::config {

class Alternatives;

// One line of a schema.
struct Field {
  enum class Role : std::uint8_t {
    kValue,    // a key with a value, tables and lists of tables among them
    kInclude,  // the fields of another schema, in the same table
    kChoose,   // a key whose word decides which further fields the table has
  };

  Role role = Role::kValue;
  std::string key{};  // empty for kInclude
  std::string meaning{};
  bool required = false;
  std::shared_ptr<const Codec> codec{};                // kValue
  std::shared_ptr<const Schema> included{};            // kInclude
  std::shared_ptr<const Alternatives> alternatives{};  // kChoose
  // From an object of the schema's type to the field's member. Reads nothing, so it serves constant
  // objects too.
  std::function<void*(void*)> member{};
};

enum class Write : std::uint8_t {
  kAll,      // every key, defaults filled in
  kChanged,  // keys that differ from the default, required ones, and words that choose
};

// Where a check made after reading finds its places: `where({"heartbeat", "timeout"})` is the first
// of the two values that the file has, or the table if it has neither.
class Where {
 public:
  explicit Where(const Value& table) : table_(&table) {}
  [[nodiscard]] Span operator()(std::string_view path) const { return locate(*table_, path); }
  [[nodiscard]] Span operator()(std::initializer_list<std::string_view> paths) const;

 private:
  const Value* table_;
};

// Immutable and cheap to copy.
class Schema {
 public:
  [[nodiscard]] const std::string& name() const { return data_->name; }
  [[nodiscard]] const std::string& summary() const { return data_->summary; }
  [[nodiscard]] const std::vector<Field>& fields() const { return data_->fields; }
  [[nodiscard]] std::type_index type() const { return data_->type; }
  // An object with every default.
  [[nodiscard]] std::shared_ptr<void> make() const { return data_->make(); }

  // Reads into an object that holds the defaults. False: `diagnostics` holds every problem found,
  // and the object is of no use.
  template <class O>
  bool read(const Value& table, O* object, Diagnostics& diagnostics) const {
    QL_CHECK(type() == typeid(O), "schema {} is not of this struct", name());
    return read_any(table, object, Reporter(diagnostics, *this));
  }
  template <class O>
  [[nodiscard]] Value write(const O& object, Write what) const {
    QL_CHECK(type() == typeid(O), "schema {} is not of this struct", name());
    return write_any(&object, what == Write::kChanged ? make().get() : nullptr);
  }
  template <class O>
  [[nodiscard]] Value write(const O& object) const {
    return write(object, Write::kAll);
  }

  // The same for callers that do not know the type. Requires: objects of type().
  bool read_any(const Value& table, void* object, const Reporter& report) const;
  [[nodiscard]] Value write_any(const void* object, const void* baseline) const;
  // Runs the rules of this schema and of those it includes.
  void check_any(const Value& table, const void* object, Diagnostics& diagnostics) const;

 private:
  friend class SchemaDraft;
  using Check = std::function<void(const void*, const Where&, Diagnostics&)>;

  struct Data {
    std::string name;
    std::string summary;
    std::type_index type;
    std::function<std::shared_ptr<void>()> make;
    std::vector<Field> fields;
    std::vector<Check> checks;
  };

  explicit Schema(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  void check_declaration() const;

  std::shared_ptr<const Data> data_;
};

// Schemas to choose from by a word, which is the schema's name: replication models, kinds of
// faults.
//
//   Alternatives kinds("kind");
//   kinds.add(partition_schema());    // read by: kind = "partition"
class Alternatives {
 public:
  // `noun` is how messages call the chosen one: "model `raft` has no key `kees`".
  explicit Alternatives(std::string noun) : noun_(std::move(noun)) {}
  // Requires: a name of its own.
  Alternatives& add(Schema schema);

  [[nodiscard]] const std::string& noun() const { return noun_; }
  [[nodiscard]] const std::vector<Schema>& all() const { return all_; }
  [[nodiscard]] const Schema* find(std::string_view word) const;
  [[nodiscard]] std::vector<Word> words() const;

 private:
  std::string noun_;
  std::vector<Schema> all_;
};

// The word that was chosen, with the options that belong to it. Copies share the options, which
// nobody changes.
//
//   struct FaultEntry { Schedule schedule; config::Chosen kind; };
//   if (entry.kind.word() == "partition") cut(entry.kind.as<PartitionOptions>());
class Chosen {
 public:
  Chosen() = default;  // nothing: the file has to choose
  // The default: this word, with its default options once read.
  explicit Chosen(std::string word) : word_(std::move(word)) {}
  template <class O>
  Chosen(std::string word, O options)
      : Chosen(std::move(word), std::make_shared<O>(std::move(options)), typeid(O)) {}
  Chosen(std::string word, std::shared_ptr<const void> options, std::type_index type)
      : word_(std::move(word)), options_(std::move(options)), type_(type) {}

  [[nodiscard]] const std::string& word() const { return word_; }
  // Requires: read or made with options, of this type.
  template <class O>
  [[nodiscard]] const O& as() const {
    QL_CHECK(options_ != nullptr, "`{}` has no options", word_);
    QL_CHECK(type_ == typeid(O), "the options of `{}` are of another type", word_);
    return *static_cast<const O*>(options_.get());
  }
  // nullptr: not read yet.
  [[nodiscard]] const void* options() const { return options_.get(); }
  [[nodiscard]] std::type_index type() const { return type_; }

 private:
  std::string word_;
  std::shared_ptr<const void> options_;
  std::type_index type_ = typeid(void);
};

// A nested struct: a table of its own, [network], or { ... } inside a line.
template <class T>
class Table : public Leaf<T> {
 public:
  explicit Table(Schema schema) : schema_(std::move(schema)) {
    QL_CHECK(schema_.type() == typeid(T), "schema {} is not of this struct", schema_.name());
  }
  Table& in_line() {
    inline_ = true;
    return *this;
  }

  bool parse(const Value& value, T& out, const Reporter& report) const override {
    return schema_.read_any(value, &out, report);
  }
  [[nodiscard]] Value print(const T& object) const override {
    return print_changes(object, nullptr);
  }
  [[nodiscard]] TypeInfo type() const override {
    return {.shape = TypeInfo::Shape::kTable,
            .noun = "table",
            .expected = "a table",
            .is_inline = inline_,
            .schema = std::make_shared<const Schema>(schema_)};
  }

 protected:
  [[nodiscard]] Value print_changes(const T& object, const T* baseline) const override {
    Value value = schema_.write_any(&object, baseline);
    value.set_inline(inline_);
    return value;
  }

 private:
  Schema schema_;
  bool inline_ = false;
};

template <class T>
[[nodiscard]] Table<T> table(Schema schema) {
  return Table<T>(std::move(schema));
}

// What a builder does whatever its struct is. It is apart, and in schema.cc, because there are many
// structs: everything here would else be compiled for each.
class SchemaDraft {
 protected:
  using Access = std::function<void*(void*)>;
  using Check = Schema::Check;

  SchemaDraft(std::string_view name, std::string_view summary, std::type_index type,
              std::shared_ptr<void> (*make)());
  void add_value(std::string_view key, Access member, std::shared_ptr<const Codec> codec,
                 std::string_view meaning);
  void require_last();
  void include(Schema schema, std::type_index type, Access member);
  void add_choice(std::string_view key, bool required, Access member, Alternatives alternatives,
                  std::string_view meaning);
  void add_check(Check check);
  [[nodiscard]] Schema finish();

 private:
  std::shared_ptr<Schema::Data> data_;
};

// Collects the fields of O; see the top of this file.
template <class O>
class SchemaBuilder : private SchemaDraft {
 public:
  SchemaBuilder(std::string_view name, std::string_view summary)
      : SchemaDraft(name, summary, typeid(O),
                    []() -> std::shared_ptr<void> { return std::make_shared<O>(); }) {}

  // One key. The member is of the leaf's type, or a std::optional of it: then absence is a value.
  template <class T, class B, class L>
  SchemaBuilder& field(std::string_view key, T B::*member, L leaf, std::string_view meaning) {
    static_assert(std::derived_from<O, B>, "a member of another struct");
    if constexpr (std::derived_from<L, Leaf<T>>) {
      add_value(key, address_of(member), std::make_shared<const L>(std::move(leaf)), meaning);
    } else {
      static_assert(std::is_same_v<T, std::optional<typename L::Target>>,
                    "the leaf reads another type than the member has");
      add_value(key, address_of(member), std::make_shared<const Optional<L>>(std::move(leaf)),
                meaning);
    }
    return *this;
  }
  // The file has to have the key declared last.
  SchemaBuilder& required() {
    require_last();
    return *this;
  }

  // [key]; the member is a struct or a std::optional of one.
  template <class T, class B>
  SchemaBuilder& table(std::string_view key, T B::*member, Schema schema,
                       std::string_view meaning) {
    return field(key, member, Table<Plain<T>>(std::move(schema)), meaning);
  }
  // key = { ... }
  template <class T, class B>
  SchemaBuilder& inline_table(std::string_view key, T B::*member, Schema schema,
                              std::string_view meaning) {
    return field(key, member, Table<Plain<T>>(std::move(schema)).in_line(), meaning);
  }
  // [[key]], any number of times.
  template <class T, class B>
  SchemaBuilder& tables(std::string_view key, std::vector<T> B::*member, Schema schema,
                        std::string_view meaning) {
    return field(key, member, list(Table<T>(std::move(schema))), meaning);
  }

  // The member's fields, in the same table: what several schemas have in common.
  template <class T, class B>
  SchemaBuilder& include(T B::*member, Schema schema) {
    SchemaDraft::include(std::move(schema), typeid(T), address_of(member));
    return *this;
  }
  // The fields that belong to the word under `key`, in the same table. Required unless the member's
  // default has a word. At most one for a table.
  template <class B>
  SchemaBuilder& choose(std::string_view key, Chosen B::*member, Alternatives alternatives,
                        std::string_view meaning) {
    add_choice(key, (O{}.*member).word().empty(), address_of(member), std::move(alternatives),
               meaning);
    return *this;
  }

  // A rule across fields, run once the table has no other problem:
  //   .check([](const O& o, const Where& where, Diagnostics& problems) {
  //     if (o.least > o.most) problems.error(where({"least", "most"}), "`least` is above `most`");
  //   })
  template <std::invocable<const O&, const Where&, Diagnostics&> R>
  SchemaBuilder& check(R rule) {
    add_check(
        [rule = std::move(rule)](const void* object, const Where& where, Diagnostics& diagnostics) {
          rule(*static_cast<const O*>(object), where, diagnostics);
        });
    return *this;
  }

  // Requires: no key twice, in what is included or can be chosen neither.
  [[nodiscard]] Schema build() { return finish(); }

 private:
  template <class T>
  struct PlainOf {
    using Type = T;
  };
  template <class T>
  struct PlainOf<std::optional<T>> {
    using Type = T;
  };
  template <class T>
  using Plain = typename PlainOf<T>::Type;

  template <class T, class B>
  static Access address_of(T B::*member) {
    return [member](void* object) -> void* { return &(static_cast<O*>(object)->*member); };
  }
};

template <class O>
[[nodiscard]] SchemaBuilder<O> schema(std::string_view name, std::string_view summary) {
  return SchemaBuilder<O>(name, summary);
}

}  // namespace quorumlab::config
