#include "models/replication/raft/state_machine.h"

namespace quorumlab::models::raft {
namespace {

constexpr Object::Result kDone{true, std::nullopt};

}  // namespace

Object::Result StateMachine::apply(const Entry& entry) {
  if (!entry.is_change()) return kDone;
  Session nobody;
  const bool knows = sessions_ && entry.client != sim::kNoNode;
  Session& session = knows ? clients_[entry.client] : nobody;
  if (knows && entry.op <= session.last) {
    return entry.op == session.last ? session.answer : kDone;  // to the latter nobody listens
  }
  Cell& cell = cells_[entry.key];
  const Command command = entry.command();
  const Object::Result result = cell.object.apply(command);
  if (const Value audited = cell.object.audited(command, result)) cell.values.push_back(*audited);
  session = {entry.op, result};
  return result;
}

const Object& StateMachine::object(Key key) const {
  static const Object kNothing;
  const auto found = cells_.find(key);
  return found == cells_.end() ? kNothing : found->second.object;
}

std::vector<std::int64_t> StateMachine::values(Key key) const {
  const auto found = cells_.find(key);
  return found == cells_.end() ? std::vector<std::int64_t>{} : found->second.values;
}

bool StateMachine::Cell::is_plain() const {
  if (values.empty()) return false;
  Object written;
  (void)written.apply({.value = values.back()});
  return object == written;
}

// First what a history of plain writes needs, and the rest only if there is any.
std::string StateMachine::save() const {
  Encoder out;
  out.put(static_cast<std::uint32_t>(cells_.size()));
  for (const auto& [key, cell] : cells_) {
    out.put(key.value);
    out.put(static_cast<std::uint32_t>(cell.values.size()));
    for (const std::int64_t value : cell.values) out.put(value);
  }
  out.put(static_cast<std::uint32_t>(clients_.size()));
  for (const auto& [client, session] : clients_) {
    out.put(client.value);
    out.put(session.last.value);
  }
  std::uint32_t count = 0;
  Encoder objects;
  for (const auto& [key, cell] : cells_) {
    if (cell.is_plain()) continue;
    ++count;
    objects.put(key.value);
    cell.object.encode(objects);
  }
  std::uint32_t told = 0;
  Encoder answers;
  for (const auto& [client, session] : clients_) {
    if (session.answer == kDone) continue;
    ++told;
    answers.put(client.value);
    answers.put(static_cast<std::uint8_t>(session.answer.done));
    answers.put(static_cast<std::uint8_t>(session.answer.value.has_value()));
    answers.put(session.answer.value.value_or(0));
  }
  if (count + told == 0) return out.bytes();
  out.put(count);
  out.put(told);
  return out.bytes() + objects.bytes() + answers.bytes();
}

void StateMachine::load(std::string_view bytes) {
  cells_.clear();
  clients_.clear();
  if (bytes.empty()) return;  // the snapshot of the very beginning
  Decoder in(bytes);
  for (auto keys = in.get<std::uint32_t>(); keys > 0 && in.good(); --keys) {
    Cell& cell = cells_[Key(in.get<std::uint32_t>())];
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      cell.values.push_back(in.get<std::int64_t>());
    }
    if (!cell.values.empty()) (void)cell.object.apply({.value = cell.values.back()});
  }
  for (auto clients = in.get<std::uint32_t>(); clients > 0 && in.good(); --clients) {
    const NodeId client(in.get<std::uint32_t>());
    clients_[client] = {OpId(in.get<std::uint32_t>()), kDone};
  }
  if (in.left() == 0) return;
  auto objects = in.get<std::uint32_t>();
  auto told = in.get<std::uint32_t>();
  for (; objects > 0 && in.good(); --objects) {
    const Key key(in.get<std::uint32_t>());
    cells_[key].object = Object::decode(in);
  }
  for (; told > 0 && in.good(); --told) {
    Object::Result& answer = clients_[NodeId(in.get<std::uint32_t>())].answer;
    answer = {.done = in.get<std::uint8_t>() != 0, .value = std::nullopt};
    const bool has_value = in.get<std::uint8_t>() != 0;
    const auto value = in.get<std::int64_t>();
    if (has_value) answer.value = value;
  }
}

}  // namespace quorumlab::models::raft
