// Which stream judges a model: by what the history is about, and by name.
#include <array>
#include <utility>

#include "models/consistency/session_stream.h"
#include "models/consistency/staleness_stream.h"

namespace quorumlab::models {
namespace {

constexpr std::array<std::pair<std::string_view, SessionGuarantee>, 4> kGuarantees = {{
    {"read_your_writes", SessionGuarantee::kReadYourWrites},
    {"monotonic_reads", SessionGuarantee::kMonotonicReads},
    {"monotonic_writes", SessionGuarantee::kMonotonicWrites},
    {"writes_follow_reads", SessionGuarantee::kWritesFollowReads},
}};

std::unique_ptr<ObjectStream> make_register_stream(std::string_view model,
                                                   const StreamSetting& setting) {
  for (const auto& [name, guarantee] : kGuarantees) {
    if (model == name) return make_session_stream(guarantee, setting);
  }
  StalenessOptions bound{.only_undisturbed = model == "safe", .called = model};
  if (model == "bounded_staleness") {
    bound.versions = setting.staleness_versions;
    if (setting.staleness_time) bound.time = sim::Duration(*setting.staleness_time);
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
