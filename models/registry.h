// The replication models that scenarios can name: an explicit list, no globals.
//
//   Registry registry = builtin_models();
//   registry.add(my_model());                 // a model of your own
//   return tools::main(argc, argv, registry);
#pragma once

#include <string_view>
#include <vector>

#include "models/model.h"

namespace quorumlab::models {

class Registry {
 public:
  // Requires: no other model has the name.
  void add(ModelEntry entry);
  [[nodiscard]] const std::vector<ModelEntry>& all() const { return entries_; }
  // nullptr: no such model.
  [[nodiscard]] const ModelEntry* find(std::string_view name) const;
  // For a schema's `model = "..."`.
  [[nodiscard]] config::Alternatives alternatives() const;

 private:
  std::vector<ModelEntry> entries_;
};

[[nodiscard]] Registry builtin_models();

}  // namespace quorumlab::models
