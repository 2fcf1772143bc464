// The words of the JSON Lines format for our enumerations; only jsonl*.cc include this.
//
//   word_of(kOutcomes, Outcome::kOk);              // "ok"
//   value_of(kOutcomes, "ok");                     // Outcome::kOk
//   value_of(kOutcomes, "great");                  // nullopt
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "models/consistency/verdict.h"
#include "models/history.h"
#include "sim/trace.h"

namespace quorumlab::traces {

template <class Enum, std::size_t N>
using Words = std::array<std::pair<Enum, std::string_view>, N>;

inline constexpr Words<sim::EventKind, 20> kEventKinds{
    {{sim::EventKind::kSend, "send"},
     {sim::EventKind::kReceive, "receive"},
     {sim::EventKind::kDrop, "drop"},
     {sim::EventKind::kDuplicate, "duplicate"},
     {sim::EventKind::kTimer, "timer"},
     {sim::EventKind::kInvoke, "invoke"},
     {sim::EventKind::kOk, "ok"},
     {sim::EventKind::kFail, "fail"},
     {sim::EventKind::kUnknown, "unknown"},
     {sim::EventKind::kCrash, "crash"},
     {sim::EventKind::kRestart, "restart"},
     {sim::EventKind::kPause, "pause"},
     {sim::EventKind::kResume, "resume"},
     {sim::EventKind::kSync, "sync"},
     {sim::EventKind::kClockStep, "clock_step"},
     {sim::EventKind::kClockRate, "clock_rate"},
     {sim::EventKind::kFaultBegin, "fault_begin"},
     {sim::EventKind::kFaultEnd, "fault_end"},
     {sim::EventKind::kState, "state"},
     {sim::EventKind::kNote, "note"}}};

inline constexpr Words<sim::DropReason, 7> kReasons{{{sim::DropReason::kNone, "none"},
                                                     {sim::DropReason::kPartition, "partition"},
                                                     {sim::DropReason::kLoss, "loss"},
                                                     {sim::DropReason::kDown, "down"},
                                                     {sim::DropReason::kOverflow, "overflow"},
                                                     {sim::DropReason::kCorrupt, "corrupt"},
                                                     {sim::DropReason::kReset, "reset"}}};

inline constexpr Words<models::Function, 11> kFunctions{{{models::Function::kRead, "read"},
                                                         {models::Function::kWrite, "write"},
                                                         {models::Function::kCas, "cas"},
                                                         {models::Function::kAdd, "add"},
                                                         {models::Function::kInsert, "insert"},
                                                         {models::Function::kRemove, "remove"},
                                                         {models::Function::kAppend, "append"},
                                                         {models::Function::kEnqueue, "enqueue"},
                                                         {models::Function::kDequeue, "dequeue"},
                                                         {models::Function::kAcquire, "acquire"},
                                                         {models::Function::kRelease, "release"}}};

inline constexpr Words<models::Outcome, 3> kOutcomes{{{models::Outcome::kOk, "ok"},
                                                      {models::Outcome::kFail, "fail"},
                                                      {models::Outcome::kUnknown, "unknown"}}};

inline constexpr Words<models::Role, 4> kRoles{{{models::Role::kObserver, "observer"},
                                                {models::Role::kReturned, "returned"},
                                                {models::Role::kMissed, "missed"},
                                                {models::Role::kOther, "other"}}};

inline constexpr Words<models::Anomaly, 6> kAnomalies{
    {{models::Anomaly::kStaleRead, "stale_read"},
     {models::Anomaly::kNonMonotonic, "non_monotonic"},
     {models::Anomaly::kPhantomValue, "phantom_value"},
     {models::Anomaly::kLostWrite, "lost_write"},
     {models::Anomaly::kDivergence, "divergence"},
     {models::Anomaly::kNoOrder, "no_order"}}};

template <class Enum, std::size_t N>
constexpr std::string_view word_of(const Words<Enum, N>& words, Enum value) {
  for (const auto& [known, word] : words)
    if (known == value) return word;
  return "?";
}

template <class Enum, std::size_t N>
constexpr std::optional<Enum> value_of(const Words<Enum, N>& words, std::string_view word) {
  for (const auto& [value, known] : words)
    if (known == word) return value;
  return std::nullopt;
}

}  // namespace quorumlab::traces
