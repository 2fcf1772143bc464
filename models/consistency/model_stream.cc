// Which stream judges a model: by what the history is about, and by name.
#include "models/consistency/session_stream.h"
#include "models/consistency/staleness_stream.h"

namespace quorumlab::models {
namespace {

std::unique_ptr<ObjectStream> make_register_stream(std::string_view model,
                                                   const StreamSetting& setting) {
  if (const auto guarantee = session_guarantee(model)) {
    return make_session_stream(*guarantee, setting);
  }
  StalenessOptions bound{.only_undisturbed = model == "safe", .called = model};
  if (model == "bounded_staleness") {
    bound.versions = setting.staleness_versions;
    bound.time = setting.staleness_time;
  } else if (model == "consistent_prefix") {
    bound.versions = std::nullopt;
  } else if (model != "regular" && model != "safe") {
    return nullptr;
  }
  return make_staleness_stream(bound, setting);
}

}  // namespace

std::unique_ptr<ObjectStream> make_model_stream(ObjectKind kind, std::string_view model,
                                                const StreamSetting& setting) {
  auto usual = make_object_stream(kind, setting);
  if (model.empty() || (usual != nullptr && usual->model() == model)) return usual;
  return kind == ObjectKind::kRegister ? make_register_stream(model, setting) : nullptr;
}

}  // namespace quorumlab::models
