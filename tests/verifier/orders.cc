#include "tests/verifier/objects.h"
#include "tests/verifier/rules.h"

namespace quorumlab::verifier {

void verify_orders(const History& h, const Json& orders, bool timed) {
  const Object object(h);
  std::set<std::size_t> placed;
  std::set<std::string> keys;
  require(timed || orders.size() <= 1, "one order must hold all");
  for (const Ops order : orders) {
    std::map<std::size_t, std::size_t> latest;  // by session, or of all: when one began
    std::map<std::string, Json> states;         // by key
    for (const std::size_t number : order) {
      const Op& op = h.ops.at(number);
      std::size_t& begun = latest[timed ? 0 : op.session];
      require(op.to > begun, "the order contradicts a session or time");
      begun = std::max(begun, op.from);
      require(!op.failed || op.mismatched, "what failed has a place");
      require(placed.insert(number).second, "an operation has two places");
      Json& state = states.try_emplace(op.key, object.initial).first->second;
      require(object.step(state, op), "operation " + std::to_string(number) + " is illegal there");
    }
    require(!timed || states.size() <= 1, "an order for several keys");
    for (const auto& [key, state] : states) require(keys.insert(key).second, "two orders of a key");
  }
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    require(placed.contains(i) || object.is_mute(h.ops[i]),
            "operation " + std::to_string(i) + " has no place");
  }
}

}  // namespace quorumlab::verifier
