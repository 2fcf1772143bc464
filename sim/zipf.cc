#include "sim/zipf.h"

#include "sim/check.h"
#include "sim/real_math.h"

namespace quorumlab::sim {
namespace {

constexpr double kLine = 0x1p63;

}  // namespace

Zipf::Zipf(const Options& options) : items_(options.items) {
  QL_CHECK(items_ >= 1);
  QL_CHECK(items_ <= kMostItems, "{}", items_);
  QL_CHECK(options.theta >= 0 && options.theta <= kMostTheta, "{}", options.theta);
  if (options.theta == 0) return;

  std::vector<double> weights_up_to;
  weights_up_to.reserve(items_);
  double sum = 0;
  for (std::uint64_t i = 1; i <= items_; ++i) {
    weights_up_to.push_back(sum += real::pow(static_cast<double>(i), -options.theta));
  }
  ends_.reserve(items_ - 1);
  for (std::uint64_t i = 0; i + 1 < items_; ++i) {
    ends_.push_back(static_cast<std::uint64_t>(weights_up_to[i] / sum * kLine));
  }
}

double Zipf::share(std::uint64_t index) const {
  QL_CHECK(index < items_, "{} of {}", index, items_);
  if (ends_.empty()) return 1 / static_cast<double>(items_);
  const double begin = index == 0 ? 0 : static_cast<double>(ends_[index - 1]);
  const double end = index + 1 == items_ ? kLine : static_cast<double>(ends_[index]);
  return (end - begin) / kLine;
}

}  // namespace quorumlab::sim
