// What systems do that combine concurrent writes by a function: some are joins, and replicas agree
// whatever they hear first; others are not, and they do not.
//
//   const auto a = make_merged_object(MergeKind::kAverage);
//   a->take(hundred, {dot, {}}); a->take(zero, other);      // 50, and 50 again if that comes
//   twice? a->value();                                             // 25: it forgets what it has
//   seen
//
// See MergeKind in shared_object.h. Sources: Oracle Database Advanced Replication 11g, section 5.2
// (maximum, minimum, additive, average; only "additive" is said to converge with several masters);
// DeCandia and others, "Dynamo", SOSP 2007, section 4.4 (the cart); Kleppmann, "Designing
// Data-Intensive Applications", 2017, chapter 5 (concatenating, which he orders first).
#pragma once

#include <memory>

#include "models/data/shared_object.h"

namespace quorumlab::models {

[[nodiscard]] std::unique_ptr<SharedObject> make_merged_object(MergeKind type);

}  // namespace quorumlab::models
