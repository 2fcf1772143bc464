#include "scenarios/json_schema.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/check.h"

namespace quorumlab::scenarios {
namespace {

using config::Alternatives;
using config::Field;
using config::Kind;
using config::Schema;
using config::TypeInfo;
using config::Value;
using Json = nlohmann::ordered_json;

Json to_json(const Value& value) {
  switch (value.kind()) {
    case Kind::kAbsent:
      return nullptr;
    case Kind::kText:
    case Kind::kDate:
      return value.text();
    case Kind::kInteger:
      return value.integer();
    case Kind::kReal:
      return value.real();
    case Kind::kBoolean:
      return value.boolean();
    case Kind::kArray: {
      Json array = Json::array();
      for (const Value& element : value.elements()) array.push_back(to_json(element));
      return array;
    }
    case Kind::kTable: {
      Json object = Json::object();
      for (const config::Member& member : value.members()) {
        object[member.key] = to_json(member.value);
      }
      return object;
    }
  }
  QL_UNREACHABLE("kind {}", static_cast<int>(value.kind()));
}

// Whole bounds are written as integers: "minimum": 1.
Json bound(double number) {
  constexpr double kExact = 0x1p53;
  const bool whole = std::floor(number) == number && std::fabs(number) < kExact;
  return whole ? Json(static_cast<std::int64_t>(number)) : Json(number);
}

Json table_json(const Schema& schema);

Json text_json(const TypeInfo& type) {
  Json json = {{"type", "string"}};
  if (!type.words.empty()) {
    // A list of constants instead of an enum: each may have its description.
    json["oneOf"] = Json::array();
    for (const config::Word& word : type.words) {
      json["oneOf"].push_back({{"const", word.word}, {"description", word.meaning}});
    }
  }
  if (!type.pattern.empty()) json["pattern"] = type.pattern;
  return json;
}

Json number_json(const TypeInfo& type, const char* name) {
  Json json = {{"type", name}};
  if (type.least) json["minimum"] = bound(*type.least);
  if (type.most) json["maximum"] = bound(*type.most);
  return json;
}

Json type_json(const TypeInfo& type);

Json list_json(const TypeInfo& type) {
  Json json = {{"type", "array"}, {"items", type_json(type.element.front())}};
  if (type.size_min > 0) json["minItems"] = type.size_min;
  if (type.size_max < SIZE_MAX) json["maxItems"] = type.size_max;
  if (type.distinct) json["uniqueItems"] = true;
  return json;
}

Json map_json(const TypeInfo& type) {
  Json json = {{"type", "object"}};
  const Json element = type_json(type.element.front());
  if (type.words.empty()) {
    json["additionalProperties"] = element;
    return json;
  }
  for (const config::Word& word : type.words) {
    json["properties"][word.word] = element;
    json["properties"][word.word]["description"] = word.meaning;
  }
  json["additionalProperties"] = false;
  return json;
}

Json type_json(const TypeInfo& type) {
  switch (type.shape) {
    case TypeInfo::Shape::kText:
      return text_json(type);
    case TypeInfo::Shape::kInteger:
      return number_json(type, "integer");
    case TypeInfo::Shape::kReal:
      return number_json(type, "number");
    case TypeInfo::Shape::kBoolean:
      return {{"type", "boolean"}};
    case TypeInfo::Shape::kList:
      return list_json(type);
    case TypeInfo::Shape::kMap:
      return map_json(type);
    case TypeInfo::Shape::kTable:
      return table_json(*type.schema);
    case TypeInfo::Shape::kAny:
      return Json::object();
  }
  QL_UNREACHABLE("shape {}", static_cast<int>(type.shape));
}

std::string description(const Field& field, const TypeInfo& type) {
  std::string text = field.meaning + " (" + type.noun;
  if (!type.range.empty()) text += ", " + type.range;
  return text + ")";
}

// The keys of one table.
struct Keys {
  Json properties = Json::object();
  Json required = Json::array();
  const Field* choice = nullptr;
};

void collect(const Schema& schema, Keys* keys) {
  const Value defaults = schema.write_any(schema.make().get(), nullptr);
  for (const Field& field : schema.fields()) {
    if (field.role == Field::Role::kInclude) {
      collect(*field.included, keys);
      continue;
    }
    if (field.role == Field::Role::kChoose) {
      keys->choice = &field;
      continue;
    }
    const TypeInfo type = field.codec->type();
    Json json = type_json(type);
    json["description"] = description(field, type);
    const Value* const preset = defaults.get(field.key);
    const bool is_plain = type.shape != TypeInfo::Shape::kTable;
    if (preset != nullptr && is_plain && !field.required) json["default"] = to_json(*preset);
    keys->properties[field.key] = std::move(json);
    if (field.required) keys->required.push_back(field.key);
  }
}

Json object_json(const Keys& keys) {
  Json json = {{"type", "object"}, {"properties", keys.properties}};
  if (!keys.required.empty()) json["required"] = keys.required;
  json["additionalProperties"] = false;
  return json;
}

// One object for each word: editors offer the keys of the one that was chosen, and no others.
Json choice_json(const Keys& common, const std::string& preset) {
  const Alternatives& alternatives = *common.choice->alternatives;
  const std::string& key = common.choice->key;
  Json json = {{"type", "object"}, {"oneOf", Json::array()}};
  for (const Schema& alternative : alternatives.all()) {
    Keys keys;
    const std::string text = common.choice->meaning + ": " + alternative.summary();
    keys.properties[key] = {{"const", alternative.name()}, {"description", text}};
    if (alternative.name() != preset) keys.required.push_back(key);
    keys.properties.update(common.properties);
    for (const Json& name : common.required) keys.required.push_back(name);
    collect(alternative, &keys);
    Json object = object_json(keys);
    object["title"] = alternative.name();
    json["oneOf"].push_back(std::move(object));
  }
  return json;
}

Json table_json(const Schema& schema) {
  Keys keys;
  collect(schema, &keys);
  Json json;
  if (keys.choice == nullptr) {
    json = object_json(keys);
  } else {
    const Value defaults = schema.write_any(schema.make().get(), nullptr);
    const Value* const preset = defaults.get(keys.choice->key);
    json = choice_json(keys, preset == nullptr ? "" : preset->text());
  }
  json["description"] = schema.summary();
  return json;
}

}  // namespace

std::string json_schema(const Schema& schema) {
  Json json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
               {"title", schema.name()}};
  json.update(table_json(schema));
  return json.dump(2) + "\n";
}

}  // namespace quorumlab::scenarios
