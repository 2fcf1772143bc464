#include "models/data/record_file.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <utility>

#include "sim/node.h"

namespace quorumlab::models {

RecordFile::RecordFile(sim::Node& node, std::string name,
                       const std::function<void(Decoder&)>& replay)
    : node_(node), name_(std::move(name)), commit_(node) {
  const std::string bytes = node_.disk().read(name_);
  std::size_t good = 0;
  while (good < bytes.size()) {
    Decoder in(std::string_view(bytes).substr(good));
    const auto checksum = in.get<std::uint64_t>();
    const std::string_view body = in.get_text();
    if (!in.good() || checksum != XXH3_64bits_withSeed(body.data(), body.size(), chain_)) break;
    Decoder record(body);
    replay(record);
    chain_ = checksum;
    good = bytes.size() - in.left();
  }
  if (good < bytes.size()) node_.disk().truncate(name_, good);
  if (good > 0) written_ = 1;  // a process that died left it in the page cache, maybe
}

void RecordFile::append(std::string_view body) {
  chain_ = XXH3_64bits_withSeed(body.data(), body.size(), chain_);
  Encoder framed;
  framed.put(chain_);
  framed.put_text(body);
  node_.disk().append(name_, framed.bytes());
  ++written_;
}

void RecordFile::sync() {
  const std::uint64_t wanted = written_;
  std::uint64_t covered = 0;
  commit_.sync([&] { return safe_ >= wanted; }, [&] { covered = written_; },
               [&] { safe_ = covered; });
}

}  // namespace quorumlab::models
