// What the judge calls histories and models.
//
//   subject_name(read_subject(journal));        // "queue", "list-append", ...
//   models_of(ObjectKind::kLock);               // "linearizable", "sequential", "mutual_exclusion"
//   joined_by('-', "read_committed");           // "read-committed"
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/objects.h"
#include "models/consistency/refutation.h"
#include "models/exchange/subject.h"

namespace quorumlab::models {

[[nodiscard]] std::string subject_name(const Reading& reading);
// The words of the name, however they were joined, joined so.
[[nodiscard]] std::string joined_by(char between_words, std::string_view name);
// What an object's histories may be held against.
[[nodiscard]] std::vector<std::string> models_of(ObjectKind kind);
// Of transactions: what cannot be, and by which cycle; then what follows of that.
[[nodiscard]] std::vector<std::string> lines_of(const Refutation& refutation);

}  // namespace quorumlab::models
