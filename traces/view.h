// What the viewer shows beside the events: the violations with their sentences and slices, the
// report, the curve of inevitability, and how another run differs. One JSON text, kept in the
// section "VIEW" of a .qtrace.
//
//   ViewInput view;
//   view.violations.push_back({"linearizable", &explanation, &slice, &witness});
//   write_qtrace(run, {{std::string(kViewTag), view_json(record, view)}});
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/linear_prefix.h"
#include "models/consistency/verdict.h"
#include "traces/align.h"
#include "traces/explain.h"
#include "traces/slice.h"

namespace quorumlab::traces {

inline constexpr std::string_view kViewTag = "VIEW";

// How likely the violation is when chance is drawn anew from some time on. Where it jumps, the run
// was lost.
struct Inevitability {
  struct Point {
    sim::Time at;
    std::size_t violated = 0;
    std::size_t runs = 0;
  };
  std::string property;
  std::vector<Point> points;          // by time
  std::optional<sim::Time> critical;  // the end of the steepest rise; nullopt: it never rises
};

struct ViewViolation {
  std::string property;
  const Explanation* explanation = nullptr;
  const Slice* slice = nullptr;
  const models::Witness* witness = nullptr;
  const models::LinearPrefix* prefix = nullptr;  // of the key's history; nullptr: there is none
};

// This run is `a` or `b` of the alignment.
struct ViewDiff {
  const Alignment* alignment = nullptr;
  bool is_b = false;
  std::string label;  // of this run
};

struct ViewInput {
  std::vector<ViewViolation> violations = {};
  std::string report = {};
  std::string command = {};  // that gives this run again
  const Inevitability* inevitability = nullptr;
  std::optional<ViewDiff> diff = std::nullopt;
};

[[nodiscard]] std::string view_json(const Record& record, const ViewInput& input);

}  // namespace quorumlab::traces
