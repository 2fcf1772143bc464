#include "models/replication/multi_leader/messages.h"

namespace quorumlab::models::multi_leader {

void Change::encode(Encoder& out) const {
  out.put(dot.node.value);
  out.put(dot.number);
  after.encode(out);
  out.put(key.value);
  stamp.encode(out);
  out.put(f);
  out.put(value);
  cell.encode(out);
  out.put_text(update);
}

Change Change::decode(Decoder& in) {
  Change change;
  change.dot.node = NodeId(in.get<std::uint32_t>());
  change.dot.number = in.get<std::uint64_t>();
  change.after = VersionVector::decode(in);
  change.key = Key(in.get<std::uint32_t>());
  change.stamp = Stamp::decode(in);
  change.f = in.get<Function>();
  change.value = in.get<std::int64_t>();
  change.cell = Cell::decode(in);
  change.update = in.get_text();
  return change;
}

sim::Tags Changes::tags() const {
  sim::Tags tags{.index = from, .count = static_cast<std::uint32_t>(changes.size())};
  if (changes.size() != 1) return tags;
  tags.key = changes[0].key;
  tags.op = changes[0].stamp.op;
  tags.value = changes[0].value;
  return tags;
}

std::size_t Changes::wire_size() const {
  std::size_t size = 32 + 64 * changes.size();
  for (const Change& change : changes) size += change.update.size();
  return size;
}

}  // namespace quorumlab::models::multi_leader
