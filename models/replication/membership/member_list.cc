#include "models/replication/membership/member_list.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/real_math.h"

namespace quorumlab::models::membership {
namespace {

auto rank(const Rumour& rumour) {
  return std::pair{rumour.incarnation, rumour.belief};
}

}  // namespace

bool MemberList::take(const Rumour& rumour) {
  const auto [known, fresh] = members_.try_emplace(rumour.about, rumour);
  if (!fresh && rank(rumour) <= rank(known->second)) return false;
  known->second = rumour;
  repeat(rumour);
  return true;
}

void MemberList::repeat(const Rumour& rumour) {
  std::erase_if(untold_, [&](const Untold& old) {
    return old.rumour.about == rumour.about && rank(old.rumour) < rank(rumour);
  });
  untold_.push_back({rumour});
}

Belief MemberList::belief(NodeId node) const {
  const auto found = members_.find(node);
  return found == members_.end() ? Belief::kLeft : found->second.belief;
}

std::vector<NodeId> MemberList::others(Belief belief) const {
  std::vector<NodeId> all;
  for (const auto& [node, rumour] : members_) {
    if (node != self_ && rumour.belief == belief) all.push_back(node);
  }
  return all;
}

std::size_t MemberList::size() const {
  return static_cast<std::size_t>(
      std::count_if(members_.begin(), members_.end(), [](const auto& member) {
        return member.second.belief == Belief::kAlive || member.second.belief == Belief::kSuspect;
      }));
}

std::uint32_t MemberList::tellings() const {
  const double most =
      static_cast<double>(lambda_) * sim::real::log(static_cast<double>(size() + 1));
  return std::max(1U, static_cast<std::uint32_t>(std::ceil(most)));
}

std::vector<Rumour> MemberList::to_tell(std::size_t most) {
  std::stable_sort(untold_.begin(), untold_.end(),
                   [](const Untold& a, const Untold& b) { return a.told < b.told; });
  std::vector<Rumour> chosen;
  for (Untold& next : untold_) {
    if (chosen.size() == most) break;
    chosen.push_back(next.rumour);
    ++next.told;
  }
  const std::uint32_t enough = tellings();
  std::erase_if(untold_, [&](const Untold& old) { return old.told >= enough; });
  return chosen;
}

}  // namespace quorumlab::models::membership
