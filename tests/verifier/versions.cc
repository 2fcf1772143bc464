#include "tests/verifier/rules.h"

namespace quorumlab::verifier {
namespace {

void verify_versions(const History& h, const Ops& order, const Forbidden& forbidden,
                     const Joined& counts) {
  require(h.has_versions, "writes and reads do not tell all of a " + h.subject);
  require(!h.is_open, "nobody says which write of its value a read saw");
  std::vector<std::size_t> place(h.ops.size(), kNever);
  for (std::size_t i = 0; i < order.size(); ++i) {
    require(place.at(order[i]) == kNever, "an operation has two places");
    place[order[i]] = i;
  }
  const auto before = [&](const Version& first, std::size_t second) {
    const std::size_t end = place.at(second);
    const std::size_t writer = first.writer;
    return end != kNever && (writer == kNothing || (writer < place.size() && place[writer] < end));
  };
  for (std::size_t t = 0; t < h.ops.size(); ++t) {
    require(place[t] != kNever || !h.ops[t].happened || h.ops[t].micros.empty(),
            "operation " + std::to_string(t) + " has no place");
  }
  for (const std::size_t b : order) {
    const auto is_wrong = [&](std::size_t a) {
      return place[a] > place[b] && counts('r', a, b) && h.joined('w', a, b);
    };
    require(!any(order, is_wrong), "the order contradicts what was read");
  }
  Paths paths(h.ops.size(), [&](char how, std::size_t a, std::size_t b) {
    if (!counts(how, a, b)) return false;
    if (how != 'p' || forbidden.order == 1) return h.joined(how, a, b, before);
    return forbidden.order == 2 && h.joined('t', a, b);
  });
  for (const std::string& cycles : forbidden.cycles) {
    require(!paths.any_cycle(cycles), "there is a cycle " + cycles);
  }
}

}  // namespace

void verify_commits(const History& h, const Ops& order, const Forbidden& forbidden) {
  verify_versions(h, order, forbidden, [](char, std::size_t, std::size_t) { return true; });
}

void verify_views(const History& h, const Json& views, const Forbidden& forbidden, bool causal) {
  std::set<std::size_t> sessions;
  for (const Json& view : views) {
    const std::size_t session = h.ops.at(view.at("of")).session;
    sessions.insert(session);
    verify_versions(h, view.at("order"), forbidden, [&](char how, std::size_t a, std::size_t b) {
      const std::size_t reader = how == 'a' ? a : b;
      return (how != 'a' && (how != 'r' || causal)) || h.ops[reader].session == session;
    });
  }
  for (const Op& op : h.ops) {
    require(!op.ok || sessions.contains(op.session), "a session has no order");
  }
}

}  // namespace quorumlab::verifier
