// Finds room for words: each label takes the cheapest of its candidate places that touches nothing.
//
//   LabelPlacer placer;
//   placer.block(pill.rect);
//   if (!placer.place(candidates)) ...       // no room: make some and start again
#pragma once

#include <optional>
#include <vector>

#include "traces/picture.h"

namespace quorumlab::traces {

struct LabelCandidate {
  Label label;
  double cost = 0;  // how far from the ideal place
};

class LabelPlacer {
 public:
  // Nothing may be written here.
  void block(const Rect& rect) { blocked_.push_back(rect); }
  // Words may cross this line, but would rather not.
  void avoid(Point from, Point to) { lines_.push_back({from, to}); }

  // The best free candidate, which then blocks its place; nullopt: all are taken.
  std::optional<Label> place(const std::vector<LabelCandidate>& candidates);

 private:
  struct Line {
    Point from;
    Point to;
  };
  [[nodiscard]] std::optional<double> cost_of(const Rect& box) const;

  std::vector<Rect> blocked_;
  std::vector<Line> lines_;
};

}  // namespace quorumlab::traces
