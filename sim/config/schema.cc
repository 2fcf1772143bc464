#include "sim/config/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/config/schema_keys.h"
#include "sim/config/suggest.h"

namespace quorumlab::config {
namespace {

// A field together with the object that its member lies in: the table's own struct, one that it
// includes, or the options that were chosen.
struct Slot {
  const Field* field;
  void* object;
  bool seen = false;
};

// Reads one table. The order matters: the word that chooses comes first, since it decides which
// keys there are.
class TableReader {
 public:
  TableReader(const Schema& schema, const Value& table, const Reporter& report)
      : schema_(schema), table_(table), report_(report) {}

  bool read(void* object) {
    const std::size_t before = report_.diagnostics().size();
    collect(schema_, object);
    if (choice_ != nullptr) choose();
    for (const Member& member : table_.members()) read_member(member);
    report_missing();
    if (report_.diagnostics().size() > before) return false;
    if (options_ != nullptr) {
      *static_cast<Chosen*>(chosen_) = Chosen(alternative_->name(), options_, alternative_->type());
    }
    schema_.check_any(table_, object, report_.diagnostics());
    return report_.diagnostics().size() == before;
  }

 private:
  void collect(const Schema& schema, void* object) {
    for (const Field& field : schema.fields()) {
      void* const member = field.member(object);
      switch (field.role) {
        case Field::Role::kValue:
          slots_.push_back({&field, object});
          break;
        case Field::Role::kInclude:
          collect(*field.included, member);
          break;
        case Field::Role::kChoose:
          choice_ = &field;
          chosen_ = member;
          break;
      }
    }
  }

  void choose() {
    const Alternatives& alternatives = *choice_->alternatives;
    const Value* const value = table_.get(choice_->key);
    if (value == nullptr) {
      alternative_ = alternatives.find(static_cast<Chosen*>(chosen_)->word());
    } else {
      const std::vector<Word> words = alternatives.words();
      const std::size_t index = find_word(*value, words, report_.member(choice_->key));
      if (index < words.size()) alternative_ = &alternatives.all()[index];
    }
    if (alternative_ == nullptr) return;
    options_ = alternative_->make();
    collect(*alternative_, options_.get());
  }

  // Without the word nobody can tell which keys are wrong.
  [[nodiscard]] bool any_key_may_be() const {
    return choice_ != nullptr && alternative_ == nullptr;
  }

  void read_member(const Member& member) {
    if (choice_ != nullptr && member.key == choice_->key) return;
    const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                   [&](const Slot& s) { return s.field->key == member.key; });
    if (slot == slots_.end()) return report_unknown(member);
    slot->seen = true;
    slot->field->codec->read(member.value, slot->field->member(slot->object),
                             report_.member(member.key));
  }

  [[nodiscard]] std::vector<std::string> known_keys() const {
    std::vector<std::string> keys;
    if (choice_ != nullptr) keys.push_back(choice_->key);
    for (const Slot& slot : slots_) keys.push_back(slot.field->key);
    return keys;
  }

  void report_unknown(const Member& member) {
    const std::vector<std::string> near = nearest(member.key, known_keys());
    meant_.insert(meant_.end(), near.begin(), near.end());
    const bool meant_choice =
        choice_ != nullptr && std::find(near.begin(), near.end(), choice_->key) != near.end();
    if (any_key_may_be() && !meant_choice) return;
    const std::vector<std::string> homes = homes_of(report_.root(), member.key);
    std::string hint;
    if (!homes.empty()) {
      hint = fmt::format("`{}` belongs {}", member.key, fmt::join(homes, " or "));
    }
    if (homes.empty() || !near.empty()) {
      hint = suggestion(member.key, known_keys()) + (hint.empty() ? "" : " ") + hint;
    }
    report_.error(member.key_span, unknown_text(member), std::move(hint));
  }

  [[nodiscard]] std::string unknown_text(const Member& member) const {
    const Value& value = member.value;
    if (is_root() && value.is(Kind::kTable) && !value.is_inline()) {
      return fmt::format("unknown table [{}]", to_key(member.key));
    }
    if (alternative_ != nullptr) {
      return fmt::format("{} `{}` has no key `{}`", choice_->alternatives->noun(),
                         alternative_->name(), member.key);
    }
    if (is_root()) return fmt::format("unknown key `{}`", member.key);
    return fmt::format("{} has no key `{}`", table_label(), member.key);
  }

  [[nodiscard]] bool is_root() const { return report_.table_path().empty(); }

  // How the user sees the table: [network], [[fault]], `when`.
  [[nodiscard]] std::string table_label() const {
    if (table_.is_inline()) return fmt::format("`{}`", report_.name());
    return header(report_.table_path(), report_.is_element());
  }

  void report_missing() {
    if (choice_ != nullptr && choice_->required && table_.get(choice_->key) == nullptr) {
      report_missing_key(choice_->key, word_type(choice_->alternatives->words()));
    }
    for (const Slot& slot : slots_) {
      if (!slot.field->required || slot.seen) continue;
      report_missing_key(slot.field->key, slot.field->codec->type());
    }
  }

  void report_missing_key(const std::string& key, const TypeInfo& type) {
    // A misspelt key has been reported already; that it is missing is the same mistake.
    if (std::find(meant_.begin(), meant_.end(), key) != meant_.end()) return;
    const bool is_table = type.shape == TypeInfo::Shape::kTable;
    std::string message = is_table ? fmt::format("[{}] is missing", to_key(key))
                                   : fmt::format("`{}` is missing", key);
    if (!is_root()) {
      message += fmt::format(" from {}{}", report_.is_element() ? "this " : "", table_label());
    }
    report_.error(table_.span(), std::move(message),
                  is_table ? "" : fmt::format("expected {}", type.expected));
  }

  const Schema& schema_;
  const Value& table_;
  const Reporter& report_;
  std::vector<Slot> slots_;
  std::vector<std::string> meant_;  // what the unknown keys probably were
  const Field* choice_ = nullptr;
  void* chosen_ = nullptr;
  const Schema* alternative_ = nullptr;
  std::shared_ptr<void> options_;
};

bool report_not_a_table(const Value& value, const Reporter& report) {
  const std::string path = report.table_path();
  const std::string kind(to_text(value.kind()));
  const bool repeated = value.is(Kind::kArray) && !value.elements().empty() &&
                        value.elements().front().is(Kind::kTable);
  const std::string message =
      fmt::format("`{}` is {}{}", report.name(), kind, repeated ? " of tables" : "");
  if (repeated) return report.error(value.span(), message, fmt::format("write [{}] once", path));
  return report.error(
      value.span(), message,
      fmt::format("expected a table, such as {}", header(path, report.is_element())));
}

void append(Value* table, Value more) {
  for (Member& member : more.members()) table->members().push_back(std::move(member));
}

// Only the address of a member is asked for, hence nothing is written to.
const void* member_of(const Field& field, const void* object) {
  return object == nullptr ? nullptr : field.member(const_cast<void*>(object));
}

void write_chosen(const Field& field, const Chosen& chosen, bool changes_only, Value* table) {
  if (chosen.word().empty()) return;
  const Schema* const schema = field.alternatives->find(chosen.word());
  QL_CHECK(schema != nullptr, "{} `{}` is not registered", field.alternatives->noun(),
           chosen.word());
  table->set(field.key, Value::text(chosen.word()));
  const std::shared_ptr<void> defaults = schema->make();
  const void* const options = chosen.options() == nullptr ? defaults.get() : chosen.options();
  append(table, schema->write_any(options, changes_only ? defaults.get() : nullptr));
}

}  // namespace

bool Schema::read_any(const Value& table, void* object, const Reporter& report) const {
  if (!table.is(Kind::kTable)) return report_not_a_table(table, report);
  return TableReader(*this, table, report).read(object);
}

Value Schema::write_any(const void* object, const void* baseline) const {
  Value table = Value::table({});
  for (const Field& field : fields()) {
    const void* const member = member_of(field, object);
    const void* const base = member_of(field, baseline);
    switch (field.role) {
      case Field::Role::kValue: {
        Value value = field.codec->write(member, base);
        const bool changed =
            base == nullptr || field.required ||
            field.codec->write(member, nullptr) != field.codec->write(base, nullptr);
        if (changed && !value.is(Kind::kAbsent)) table.set(field.key, std::move(value));
        break;
      }
      case Field::Role::kInclude:
        append(&table, field.included->write_any(member, base));
        break;
      case Field::Role::kChoose:
        write_chosen(field, *static_cast<const Chosen*>(member), base != nullptr, &table);
        break;
    }
  }
  return table;
}

void Schema::check_any(const Value& table, const void* object, Diagnostics& diagnostics) const {
  for (const Check& check : data_->checks) check(object, Where(table), diagnostics);
  for (const Field& field : fields()) {
    const void* const member = member_of(field, object);
    if (field.role == Field::Role::kInclude) {
      field.included->check_any(table, member, diagnostics);
    } else if (field.role == Field::Role::kChoose) {
      const Chosen& chosen = *static_cast<const Chosen*>(member);
      const Schema* const schema = field.alternatives->find(chosen.word());
      if (schema != nullptr) schema->check_any(table, chosen.options(), diagnostics);
    }
  }
}

void Schema::check_declaration() const {
  check_keys(*this);
}

SchemaDraft::SchemaDraft(std::string_view name, std::string_view summary, std::type_index type,
                         std::shared_ptr<void> (*make)())
    : data_(std::make_shared<Schema::Data>(Schema::Data{.name = std::string(name),
                                                        .summary = std::string(summary),
                                                        .type = type,
                                                        .make = make,
                                                        .fields = {},
                                                        .checks = {}})) {}

void SchemaDraft::add_value(std::string_view key, Access member, std::shared_ptr<const Codec> codec,
                            std::string_view meaning) {
  data_->fields.push_back({.key = std::string(key),
                           .meaning = std::string(meaning),
                           .codec = std::move(codec),
                           .member = std::move(member)});
}

void SchemaDraft::require_last() {
  data_->fields.back().required = true;
}

void SchemaDraft::include(Schema schema, std::type_index type, Access member) {
  QL_CHECK(schema.type() == type, "schema {} is not of this struct", schema.name());
  data_->fields.push_back({.role = Field::Role::kInclude,
                           .included = std::make_shared<const Schema>(std::move(schema)),
                           .member = std::move(member)});
}

void SchemaDraft::add_choice(std::string_view key, bool required, Access member,
                             Alternatives alternatives, std::string_view meaning) {
  data_->fields.push_back(
      {.role = Field::Role::kChoose,
       .key = std::string(key),
       .meaning = std::string(meaning),
       .required = required,
       .alternatives = std::make_shared<const Alternatives>(std::move(alternatives)),
       .member = std::move(member)});
}

void SchemaDraft::add_check(Check check) {
  data_->checks.push_back(std::move(check));
}

Schema SchemaDraft::finish() {
  Schema schema(std::move(data_));
  schema.check_declaration();
  return schema;
}

Span Where::operator()(std::initializer_list<std::string_view> paths) const {
  for (const std::string_view path : paths) {
    if (config::find(*table_, path) != nullptr) return locate(*table_, path);
  }
  return table_->span();
}

Alternatives& Alternatives::add(Schema schema) {
  QL_CHECK(find(schema.name()) == nullptr, "{} `{}` is there already", noun_, schema.name());
  all_.push_back(std::move(schema));
  return *this;
}

const Schema* Alternatives::find(std::string_view word) const {
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [&](const Schema& schema) { return schema.name() == word; });
  return found == all_.end() ? nullptr : &*found;
}

std::vector<Word> Alternatives::words() const {
  std::vector<Word> words;
  for (const Schema& schema : all_) words.push_back({schema.name(), schema.summary()});
  return words;
}

}  // namespace quorumlab::config
