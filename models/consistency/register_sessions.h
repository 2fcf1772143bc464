// The session guarantees, regular and safe registers, and bounded staleness: what can be told from
// each session, or each read, by itself, in one pass.
//
//   CheckResult r = check_session(history, SessionGuarantee::kMonotonicReads, {});
//   r.witness->observation;   // "client c2 read k7 = 3 between 71ms and 85ms (op 17)"
//   r.witness->obligation;    // "it had read k7 = 5 (op 9), and 3 before that"
//
// Needs unique written values. A value is older than another if the same process wrote it first, if
// the session itself has seen it replaced, or if it is the initial one; no more is known without an
// order of versions, and what no order refutes holds (Terry and others, PDIS 1994).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "models/consistency/narrator.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

enum class SessionGuarantee : std::uint8_t {
  kReadYourWrites,     // a read returns neither the initial value nor an older one of the session's
                       // own, once the session has written
  kMonotonicReads,     // a session that has seen a value replaced does not see it again
  kMonotonicWrites,    // who has seen a write sees no older one of the same writer
  kWritesFollowReads,  // who has seen a write sees nothing older than what its writer had read
};

// As register_models() calls it: "read_your_writes".
[[nodiscard]] std::string_view name_of(SessionGuarantee guarantee);
[[nodiscard]] std::optional<SessionGuarantee> session_guarantee(std::string_view name);

struct SessionOptions {
  Value initial = {};
  Names names = {};
};

[[nodiscard]] CheckResult check_session(const History& history, SessionGuarantee guarantee,
                                        const SessionOptions& options = {});

struct StalenessOptions {
  Value initial = {};
  Names names = {};
  // A read may miss this many writes that were acknowledged before it began and began after the
  // one that it returned was acknowledged; nullopt: any number.
  std::optional<std::uint64_t> versions = 0;
  // And the first of them may have been acknowledged this long before; nullopt: any time.
  std::optional<sim::Duration> time = {};
  bool only_undisturbed = false;  // judge only reads that overlap no write: a safe register
  std::string_view called = "";   // the property's name; empty: regular, safe or bounded_staleness
};

// With versions = 0: a regular register (Lamport 1986, for many writers), or a safe one. The reason
// of a kHolds tells the worst staleness that was seen.
[[nodiscard]] CheckResult check_staleness(const History& history,
                                          const StalenessOptions& options = {});

}  // namespace quorumlab::models
