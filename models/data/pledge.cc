#include "models/data/pledge.h"

#include <cstring>
#include <string>

#include "sim/message.h"
#include "sim/node.h"

namespace quorumlab::models {
namespace {

constexpr const char* kFile = "pledge";

// Appended, never overwritten: the last good record counts.
struct Record {
  std::uint32_t epoch = 0;
  std::uint32_t leader = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(Record) == 16);

std::uint64_t checksum(const Record& record) {
  return sim::fnv_1a({reinterpret_cast<const char*>(&record), 8});
}

}  // namespace

PledgeFile::PledgeFile(sim::Node& node, Pledge at_first) : node_(node), now_(at_first) {
  const std::string& bytes = node_.disk().read(kFile);
  for (std::size_t at = 0; at + sizeof(Record) <= bytes.size(); at += sizeof(Record)) {
    Record record;
    std::memcpy(&record, bytes.data() + at, sizeof(Record));
    if (record.checksum == checksum(record)) now_ = {record.epoch, NodeId(record.leader)};
  }
  durable_ = now_;
}

void PledgeFile::set(Pledge pledge) {
  if (pledge == now_) return;
  now_ = pledge;
  Record record{pledge.epoch, pledge.leader.value, 0};
  record.checksum = checksum(record);
  node_.disk().append(kFile, {reinterpret_cast<const char*>(&record), sizeof(Record)});
}

void PledgeFile::set_in_memory(Pledge pledge) {
  now_ = pledge;
  durable_ = pledge;
}

void PledgeFile::sync() {
  while (!(durable_ == now_)) {
    const Pledge covered = now_;
    node_.disk().sync();
    durable_ = covered;
  }
}

}  // namespace quorumlab::models
