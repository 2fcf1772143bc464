#include "traces/label_placer.h"

#include <algorithm>

namespace quorumlab::traces {
std::optional<double> LabelPlacer::cost_of(const Rect& box) const {
  constexpr double kCrossing = 30;
  for (const Rect& other : blocked_)
    if (box.overlaps(other)) return std::nullopt;
  double cost = 0;
  for (const Line& line : lines_)
    if (inside(box, line.from, line.to)) cost += kCrossing;
  return cost;
}

std::optional<Label> LabelPlacer::place(const std::vector<LabelCandidate>& candidates) {
  constexpr double kMargin = 2;
  const LabelCandidate* best = nullptr;
  Rect best_box;
  double best_cost = 0;
  for (const LabelCandidate& candidate : candidates) {
    Rect box = box_of(candidate.label);
    box = {box.x - kMargin, box.y, box.width + 2 * kMargin, box.height};
    const auto crossings = cost_of(box);
    if (!crossings) continue;
    const double cost = candidate.cost + *crossings;
    if (best != nullptr && cost >= best_cost) continue;
    best = &candidate;
    best_box = box;
    best_cost = cost;
  }
  if (best == nullptr) return std::nullopt;
  block(best_box);
  return best->label;
}

}  // namespace quorumlab::traces
