// What judges the history of a run at each of its completions (online.h): the streams of
// object_stream.h, fed with its operations.
//
//   auto watch = make_watch("linearizable", {.kind = ObjectKind::kCounter});
//   watch->invoked(history.operation(op));
//   watch->completed(history.operation(op));   // Watch::Says::kWrong: less than had been added
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "models/consistency/objects.h"
#include "models/consistency/online.h"
#include "models/consistency/register_models.h"

namespace quorumlab::models {

struct WatchSetting {
  ObjectKind kind = ObjectKind::kRegister;
  bool has_cas = false;                 // registers: not only reads and writes
  bool searches = true;                 // where a rule does not always do (search_stream.h)
  RegisterCheckOptions registers = {};  // what the models of registers ask for
  std::size_t remembers = SIZE_MAX;     // writes that may still be read, where a model allows it
};

// Null: there is none for this model.
[[nodiscard]] std::unique_ptr<Watch> make_watch(const std::string& model,
                                                const WatchSetting& setting);

// The model that make_watch() knows best; every other one of such histories holds if it does.
[[nodiscard]] std::string strongest_model();

}  // namespace quorumlab::models
