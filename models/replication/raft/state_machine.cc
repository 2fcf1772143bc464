#include "models/replication/raft/state_machine.h"

namespace quorumlab::models::raft {

bool StateMachine::apply(const Entry& entry) {
  if (entry.kind != Kind::kPut) return true;
  if (sessions_ && entry.client != sim::kNoNode) {
    OpId& last = last_[entry.client];
    if (entry.op <= last) return false;
    last = entry.op;
  }
  values_[entry.key].push_back(entry.value);
  return true;
}

Value StateMachine::latest(Key key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? Value{} : Value{found->second.back()};
}

std::vector<std::int64_t> StateMachine::values(Key key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::vector<std::int64_t>{} : found->second;
}

std::string StateMachine::save() const {
  Encoder out;
  out.put(static_cast<std::uint32_t>(values_.size()));
  for (const auto& [key, values] : values_) {
    out.put(key.value);
    out.put(static_cast<std::uint32_t>(values.size()));
    for (const std::int64_t value : values) out.put(value);
  }
  out.put(static_cast<std::uint32_t>(last_.size()));
  for (const auto& [client, op] : last_) {
    out.put(client.value);
    out.put(op.value);
  }
  return out.bytes();
}

void StateMachine::load(std::string_view bytes) {
  values_.clear();
  last_.clear();
  if (bytes.empty()) return;  // the snapshot of the very beginning
  Decoder in(bytes);
  for (auto keys = in.get<std::uint32_t>(); keys > 0 && in.good(); --keys) {
    auto& values = values_[Key(in.get<std::uint32_t>())];
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      values.push_back(in.get<std::int64_t>());
    }
  }
  for (auto clients = in.get<std::uint32_t>(); clients > 0 && in.good(); --clients) {
    const NodeId client(in.get<std::uint32_t>());
    last_[client] = OpId(in.get<std::uint32_t>());
  }
}

}  // namespace quorumlab::models::raft
