#include "models/consistency/kafka_models.h"

#include <algorithm>
#include <utility>

namespace quorumlab::models {
namespace {

using Name = std::string_view;

constexpr Name kLog = "kafka-log";
constexpr Name kUncommitted = "kafka-read-uncommitted";
constexpr Name kUsual = "kafka";
constexpr Name kOrdered = "kafka-ordered";
constexpr Name kIsolated = "kafka-isolated";
constexpr Name kStrict = "kafka-strict";
constexpr Name kSerializable = "kafka-serializable";

constexpr std::array<std::pair<Name, Name>, 6> kImplications = {{{kUncommitted, kLog},
                                                                 {kUsual, kUncommitted},
                                                                 {kOrdered, kUsual},
                                                                 {kIsolated, kUsual},
                                                                 {kStrict, kOrdered},
                                                                 {kStrict, kIsolated}}};

struct Entry {
  Name name;
  Name weakest;  // model that it rules out
};

constexpr std::array<Entry, kLogAnomalyKinds> kEntries = {{{"inconsistent-offsets", kLog},
                                                           {"duplicate", kLog},
                                                           {"lost-write", kLog},
                                                           {"unseen", kLog},
                                                           {"garbage", kLog},
                                                           {"future-read", kLog},
                                                           {"nonmonotonic-send", kLog},
                                                           {"int-nonmonotonic-send", kLog},
                                                           {"int-nonmonotonic-poll", kUncommitted},
                                                           {"int-poll-skip", kUncommitted},
                                                           {"nonmonotonic-poll", kUncommitted},
                                                           {"poll-skip", kUncommitted},
                                                           {"nonmonotonic-poll", kOrdered},
                                                           {"poll-skip", kOrdered},
                                                           {"G1a", kUsual},
                                                           {"precommitted-read", kUsual},
                                                           {"G1c", kUsual},
                                                           {"int-send-skip", kIsolated},
                                                           {"G0", kIsolated},
                                                           {"G1c-ww", kIsolated},
                                                           {"G-single-item", kSerializable},
                                                           {"G-nonadjacent-item", kSerializable},
                                                           {"G2-item", kSerializable}}};

}  // namespace

std::string_view name_of(LogAnomalyKind kind) {
  return kEntries[static_cast<std::size_t>(kind)].name;
}

std::optional<LogAnomalyKind> log_anomaly_kind(std::string_view name) {
  for (const Name suffix : {Name("-process"), Name("-realtime")}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    if (kEntries[i].name == name) return static_cast<LogAnomalyKind>(i);
  }
  return std::nullopt;
}

const std::vector<std::string_view>& kafka_models() {
  static const std::vector<Name> kModels = {kUsual,    kLog,    kUncommitted, kOrdered,
                                            kIsolated, kStrict, kSerializable};
  return kModels;
}

bool is_kafka_model(std::string_view name) {
  const auto& models = kafka_models();
  return std::find(models.begin(), models.end(), name) != models.end();
}

bool kafka_implies(std::string_view stronger, std::string_view weaker) {
  if (stronger == weaker) return true;
  // A serializable one asks for no more of sessions and time than the usual one.
  if (stronger == kSerializable && kafka_implies(kUsual, weaker)) return true;
  return std::any_of(kImplications.begin(), kImplications.end(), [&](const auto& pair) {
    return pair.first == stronger && kafka_implies(pair.second, weaker);
  });
}

bool kafka_rules_out(std::string_view model, LogAnomalyKind kind, bool orders) {
  const Name weakest = kEntries[static_cast<std::size_t>(kind)].weakest;
  if (weakest == kSerializable && orders) return false;
  if (model == kSerializable && !orders) {
    const bool is_cycle = kind == LogAnomalyKind::kG0 || kind == LogAnomalyKind::kG1cWw;
    if (is_cycle) return true;
  }
  return kafka_implies(model, weakest);
}

}  // namespace quorumlab::models
