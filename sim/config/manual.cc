#include "sim/config/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/config/schema_keys.h"
#include "sim/config/utf8.h"

namespace quorumlab::config {
namespace {

struct Row {
  std::string key;
  std::string preset;  // the default as TOML; empty: none
  std::string type;    // "duration, at least 1ms"
  std::string meaning;
  std::vector<Word> words;
};

// One table of the file.
struct Section {
  std::string title;  // "[network]"; empty at the root
  std::string text;
  std::vector<Row> rows{};
};

std::string type_text(const TypeInfo& type, bool required, bool has_default) {
  std::string text = type.noun;
  if (!type.range.empty()) text += ", " + type.range;
  // Limits of the elements say more than those of the list.
  for (const TypeInfo* inner = &type; !inner->element.empty();) {
    inner = &inner->element.front();
    if (!inner->range.empty()) text += ", each " + inner->range;
  }
  if (required) return text + ", required";
  return has_default ? text : text + ", optional";
}

const TypeInfo& innermost(const TypeInfo& type) {
  const TypeInfo* inner = &type;
  while (!inner->element.empty()) inner = &inner->element.front();
  return *inner;
}

class Collector {
 public:
  std::vector<Section> collect(const Schema& schema) {
    const Value defaults = schema.write_any(schema.make().get(), nullptr);
    walk(schema, {.title = "", .text = schema.summary()}, "", defaults);
    return std::move(sections_);
  }

 private:
  struct Nested {
    Section section;
    std::string path;
    std::shared_ptr<const Schema> schema;
    const Value* defaults;  // nullptr: those of the schema
  };

  void walk(const Schema& schema, Section section, const std::string& path, const Value& defaults) {
    std::vector<Nested> nested;
    add_rows(schema, path, defaults, &section, &nested);
    sections_.push_back(std::move(section));
    for (Nested& table : nested) {
      const Value own = table.schema->write_any(table.schema->make().get(), nullptr);
      walk(*table.schema, std::move(table.section), table.path,
           table.defaults == nullptr ? own : *table.defaults);
    }
  }

  void add_rows(const Schema& schema, const std::string& path, const Value& defaults,
                Section* section, std::vector<Nested>* nested) {
    for (const Field& field : schema.fields()) {
      if (field.role == Field::Role::kInclude) {
        add_rows(*field.included, path, defaults, section, nested);
        continue;
      }
      const Value* const preset = defaults.get(field.key);
      if (field.role == Field::Role::kChoose) {
        const std::vector<Word> words = field.alternatives->words();
        add_row(field, word_type(words), preset, section);
        continue;
      }
      const TypeInfo type = field.codec->type();
      const TypeInfo& inner = innermost(type);
      if (inner.schema == nullptr || inner.is_inline) add_row(field, type, preset, section);
      if (inner.schema == nullptr) continue;
      const std::string below = (path.empty() ? "" : path + ".") + to_key(field.key);
      const bool is_table = preset != nullptr && preset->is(Kind::kTable) && type.element.empty();
      const std::string inside = path.empty() ? "" : " in " + section->title;
      const std::string title = inner.is_inline
                                    ? fmt::format("{} = {{ ... }}{}", to_key(field.key), inside)
                                    : header(below, type.shape == TypeInfo::Shape::kList);
      nested->push_back({{.title = title, .text = field.meaning},
                         below,
                         inner.schema,
                         is_table ? preset : nullptr});
    }
  }

  static void add_row(const Field& field, const TypeInfo& type, const Value* preset,
                      Section* section) {
    const bool has_default = preset != nullptr && !field.required;
    section->rows.push_back(
        {.key = to_key(field.key),
         .preset = has_default ? to_literal(*preset) : "",
         .type = type_text(type, field.required, has_default),
         .meaning = field.meaning,
         .words = innermost(type).words.empty() ? type.words : innermost(type).words});
  }

  std::vector<Section> sections_;
};

// Breaks at blanks; every line begins with `indent` blanks, the first with `first` instead.
std::string wrapped(std::string_view text, std::string first, std::size_t indent,
                    std::size_t width) {
  std::string out;
  std::string line = std::move(first);
  bool is_empty = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!is_empty && code_points(line) + 1 + code_points(word) > width) {
      out += line + '\n';
      line = std::string(indent, ' ');
      is_empty = true;
    }
    line += (is_empty ? "" : " ") + std::string(word);
    is_empty = false;
  }
  return out + line + '\n';
}

void append_plain(const Row& row, std::size_t width, std::string* out) {
  const std::string value = row.preset.empty() ? "" : " = " + row.preset;
  *out += fmt::format("  {}{}   ({})\n", row.key, value, row.type);
  *out += wrapped(row.meaning, std::string(6, ' '), 6, width);
  std::size_t longest = 0;
  for (const Word& word : row.words) longest = std::max(longest, word.word.size());
  for (const Word& word : row.words) {
    const std::string head = fmt::format("        {:{}}   ", word.word, longest);
    *out += wrapped(word.meaning, head, head.size(), width);
  }
}

std::string plain(const Schema& schema, const std::vector<Section>& sections, std::size_t width) {
  std::string out = schema.name() + '\n';
  for (const Section& section : sections) {
    if (!section.title.empty()) out += fmt::format("\n{}\n", section.title);
    out += wrapped(section.text, "  ", 2, width);
    for (const Row& row : section.rows) {
      out += '\n';
      append_plain(row, width, &out);
    }
  }
  return out;
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown(const Schema& schema, const std::vector<Section>& sections) {
  std::string out = fmt::format("### {}\n", schema.name());
  for (const Section& section : sections) {
    if (!section.title.empty()) out += fmt::format("\n#### `{}`\n", section.title);
    out += fmt::format("\n{}\n", section.text);
    if (section.rows.empty()) continue;
    out += "\n| key | default | type | meaning |\n|---|---|---|---|\n";
    for (const Row& row : section.rows) {
      std::string meaning = row.meaning;
      for (const Word& word : row.words) {
        meaning += fmt::format("<br>`{}`: {}", word.word, word.meaning);
      }
      const std::string preset = row.preset.empty() ? "" : fmt::format("`{}`", row.preset);
      out += fmt::format("| `{}` | {} | {} | {} |\n", row.key, cell(preset), cell(row.type),
                         cell(meaning));
    }
  }
  return out;
}

}  // namespace

std::string manual(const Schema& schema, const ManualOptions& options) {
  const std::vector<Section> sections = Collector().collect(schema);
  return options.format == ManualFormat::kMarkdown ? markdown(schema, sections)
                                                   : plain(schema, sections, options.width);
}

}  // namespace quorumlab::config
