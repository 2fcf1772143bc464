// From true time to height on the page: one row for each instant worth showing, idle time cut out.
//
//   Rows rows(items);                    // what has to be shown, in any order
//   rows.keep_apart(rows.row({PartKind::kOpBegin, 9}), rows.row({PartKind::kOpEnd, 9}), 24);
//   rows.settle(120);                    // the first row is at y = 120
//   rows.y({PartKind::kEvent, 17});
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/ids.h"
#include "sim/time.h"

namespace quorumlab::traces {

enum class PartKind : std::uint8_t { kEvent, kOpBegin, kOpEnd, kFaultBegin, kFaultEnd };

// Something that needs a height: an event by its id, an operation by its id, a fault by its number.
struct Part {
  PartKind kind = PartKind::kEvent;
  std::uint64_t id = 0;
  auto operator<=>(const Part&) const = default;
};

enum class PartShape : std::uint8_t {
  kDot,   // shares a row with what happens at the same time
  kPill,  // no other part of its lane in its row
  kRule,  // a row of its own
};

struct RowItem {
  sim::Time at;
  std::uint64_t order = 0;  // among items of the same time
  Part part;
  sim::NodeId lane = sim::kNoNode;
  PartShape shape = PartShape::kDot;
  // Arrows from one point shall not end in one row, or they would lie upon each other. 0: no arrow.
  std::uint64_t origin = 0;
  // Shall be below this part even if both happen at once: an arrow takes some height.
  std::optional<Part> below = std::nullopt;
};

struct Row {
  sim::Time at;
  double y = 0;
  bool is_break = false;  // much time was cut out above it
  sim::Duration skipped;  // since the row above
  std::vector<RowItem> taken;
};

class Rows {
 public:
  explicit Rows(std::vector<RowItem> items);

  // Row `to` shall be at least `distance` below row `from`. Requires: from < to, else it is
  // ignored.
  void keep_apart(std::size_t from, std::size_t to, double distance);
  void settle(double top);

  [[nodiscard]] bool has(Part part) const { return row_of_.contains(part); }
  // Requires: has(part).
  [[nodiscard]] std::size_t row(Part part) const;
  [[nodiscard]] double y(Part part) const { return rows_[row(part)].y; }
  // The height of any time: between rows by proportion, nullopt outside them.
  [[nodiscard]] std::optional<double> y_of(sim::Time t) const;
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  struct Distance {
    std::size_t from;
    double distance;
  };
  void find_breaks();

  std::vector<Row> rows_;
  std::map<Part, std::size_t> row_of_;
  std::map<std::size_t, std::vector<Distance>> distances_;  // by the lower row
};

}  // namespace quorumlab::traces
