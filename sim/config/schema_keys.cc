#include "sim/config/schema_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace quorumlab::config {
namespace {

constexpr std::size_t kHomesMax = 3;

class HomeSearch {
 public:
  explicit HomeSearch(std::string_view key) : key_(key) {}

  // `home` is the end of a sentence about the schema's own table.
  void walk(const Schema& schema, const std::string& home, const std::string& path) {
    for (const Field& field : schema.fields()) {
      if (field.role == Field::Role::kInclude) {
        walk(*field.included, home, path);
        continue;
      }
      if (field.key == key_) add(home);
      if (field.role == Field::Role::kValue) {
        descend(field, path);
        continue;
      }
      for (const Schema& alternative : field.alternatives->all()) {
        const std::string chosen =
            fmt::format("to {} `{}`", field.alternatives->noun(), alternative.name());
        walk(alternative, chosen, path);
      }
    }
  }

  [[nodiscard]] std::vector<std::string> take() {
    if (homes_.size() > kHomesMax) homes_.resize(kHomesMax);
    return std::move(homes_);
  }

 private:
  void descend(const Field& field, const std::string& path) {
    const TypeInfo whole = field.codec->type();
    const TypeInfo* type = &whole;
    bool is_element = false;
    while (!type->element.empty()) {
      is_element = type->shape == TypeInfo::Shape::kList;
      type = &type->element.front();
    }
    if (type->schema == nullptr) return;
    const std::string inner = (path.empty() ? "" : path + ".") + field.key;
    walk(*type->schema, "in " + header(inner, is_element), inner);
  }

  void add(const std::string& home) {
    if (std::find(homes_.begin(), homes_.end(), home) == homes_.end()) homes_.push_back(home);
  }

  std::string_view key_;
  std::vector<std::string> homes_;
};

// Adds the keys of the schema's table to `keys`.
void check_keys(const Schema& schema, bool may_choose, std::set<std::string>* keys) {
  bool chooses = false;
  for (const Field& field : schema.fields()) {
    if (field.role == Field::Role::kInclude) {
      check_keys(*field.included, false, keys);
      continue;
    }
    const bool is_new = keys->insert(field.key).second;
    QL_CHECK(is_new, "schema {} has the key `{}` twice", schema.name(), field.key);
    if (field.role != Field::Role::kChoose) continue;
    QL_CHECK(may_choose, "schema {} chooses inside of another schema", schema.name());
    QL_CHECK(!chooses, "schema {} chooses twice", schema.name());
    chooses = true;
  }
  for (const Field& field : schema.fields()) {
    if (field.role != Field::Role::kChoose) continue;
    for (const Schema& alternative : field.alternatives->all()) {
      std::set<std::string> with_alternative = *keys;
      check_keys(alternative, false, &with_alternative);
    }
  }
}

}  // namespace

std::string header(std::string_view path, bool is_element) {
  return is_element ? fmt::format("[[{}]]", path) : fmt::format("[{}]", path);
}

std::vector<std::string> homes_of(const Schema& root, std::string_view key) {
  HomeSearch search(key);
  search.walk(root, "at the top of the file", "");
  return search.take();
}

void check_keys(const Schema& schema) {
  std::set<std::string> keys;
  check_keys(schema, true, &keys);
}

}  // namespace quorumlab::config
