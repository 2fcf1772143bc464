#include "traces/perfetto.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <vector>

#include "sim/roles.h"
#include "traces/mark_words.h"
#include "traces/varint.h"
#include "traces/words.h"

namespace quorumlab::traces {
namespace {

// Wire types of protobuf.
enum Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2 };

void put_key(std::string& out, std::uint32_t field, Wire wire) {
  put_varint(out, std::uint64_t{field} << 3U | wire);
}
void put_number(std::string& out, std::uint32_t field, std::uint64_t n) {
  put_key(out, field, kVarint);
  put_varint(out, n);
}
void put_fixed64(std::string& out, std::uint32_t field, std::uint64_t n) {
  put_key(out, field, kFixed64);
  put_fixed(out, n, 8);
}
void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_key(out, field, kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

// Field numbers, by message.
namespace trace_field {
constexpr std::uint32_t kPacket = 1;
}
namespace packet_field {
constexpr std::uint32_t kTimestamp = 8;
constexpr std::uint32_t kSequence = 10;
constexpr std::uint32_t kTrackEvent = 11;
constexpr std::uint32_t kInternedData = 12;
constexpr std::uint32_t kSequenceFlags = 13;
constexpr std::uint32_t kTrackDescriptor = 60;
}  // namespace packet_field
namespace descriptor_field {
constexpr std::uint32_t kUuid = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kParent = 5;
}  // namespace descriptor_field
namespace event_field {
constexpr std::uint32_t kAnnotation = 4;
constexpr std::uint32_t kType = 9;
constexpr std::uint32_t kNameIid = 10;
constexpr std::uint32_t kTrack = 11;
constexpr std::uint32_t kFlow = 47;
constexpr std::uint32_t kLastFlow = 48;
}  // namespace event_field
namespace annotation_field {
constexpr std::uint32_t kInt = 4;
constexpr std::uint32_t kName = 10;
}  // namespace annotation_field
namespace interned_field {
constexpr std::uint32_t kEventNames = 2;
constexpr std::uint32_t kIid = 1;
constexpr std::uint32_t kName = 2;
}  // namespace interned_field

enum class Type : std::uint8_t { kBegin = 1, kEnd = 2, kInstant = 3 };
// Which of a lane's tracks; a track's number is this and the lane + 1.
enum class Track : std::uint8_t { kEvents = 1, kOperations = 2, kRole = 3, kFault = 4 };

std::uint64_t uuid(Track track, std::uint64_t number) {
  return static_cast<std::uint64_t>(track) << 32U | (number + 1);
}

class Writer {
 public:
  explicit Writer(const Record& record) : record_(record), roles_(record.lanes.size()) {
    role_ = record.find_name(sim::kRoleField);
  }

  std::string write() {
    tracks();
    // Faults have their times in a table, events come in order: packets need no order.
    for (std::size_t i = 0; i < record_.faults.size(); ++i) fault(i);
    for (std::uint64_t i = 1; i <= record_.events().size(); ++i) event(EventId(i));
    for (std::size_t i = 0; i < roles_.size(); ++i)
      if (roles_[i]) slice(Type::kEnd, uuid(Track::kRole, i), record_.events().back().at, "");
    return std::move(out_);
  }

 private:
  void packet(const std::string& body) {
    std::string packet = body;
    put_number(packet, packet_field::kSequence, 1);
    // 1: interned names start here; 2: this packet uses them.
    put_number(packet, packet_field::kSequenceFlags, is_first_ ? 3 : 2);
    is_first_ = false;
    put_bytes(out_, trace_field::kPacket, packet);
  }

  void track(std::uint64_t id, std::string_view name, std::optional<std::uint64_t> parent) {
    std::string descriptor;
    put_number(descriptor, descriptor_field::kUuid, id);
    put_bytes(descriptor, descriptor_field::kName, name);
    if (parent) put_number(descriptor, descriptor_field::kParent, *parent);
    std::string body;
    put_bytes(body, packet_field::kTrackDescriptor, descriptor);
    packet(body);
  }

  void tracks() {
    for (std::uint32_t i = 0; i < record_.lanes.size(); ++i) {
      const std::string name = printable(record_.lane_name(NodeId(i)));
      const std::uint64_t own = uuid(Track::kEvents, i);
      track(own, name, std::nullopt);
      if (record_.is_client(NodeId(i)))
        track(uuid(Track::kOperations, i), name + " operations", own);
      else if (role_)
        track(uuid(Track::kRole, i), name + " role", own);
    }
    for (std::size_t i = 0; i < record_.faults.size(); ++i)
      track(uuid(Track::kFault, i), fmt::format("fault {}", i + 1), std::nullopt);
  }

  void slice(Type type, std::uint64_t track, sim::Time at, std::string_view name,
             const std::string& extra = {}) {
    std::string body;
    put_number(body, packet_field::kTimestamp, static_cast<std::uint64_t>(at.count()));
    std::string event;
    put_number(event, event_field::kType, static_cast<std::uint64_t>(type));
    put_number(event, event_field::kTrack, track);
    if (!name.empty()) put_number(event, event_field::kNameIid, iid(name, body));
    event += extra;
    put_bytes(body, packet_field::kTrackEvent, event);
    packet(body);
  }

  // The number of a name; a new one is told in the same packet.
  std::uint64_t iid(std::string_view name, std::string& body) {
    const auto [known, is_new] = names_.emplace(name, names_.size() + 1);
    if (!is_new) return known->second;
    std::string entry;
    put_number(entry, interned_field::kIid, known->second);
    put_bytes(entry, interned_field::kName, name);
    std::string data;
    put_bytes(data, interned_field::kEventNames, entry);
    put_bytes(body, packet_field::kInternedData, data);
    return known->second;
  }

  static std::string annotation(std::string_view name, std::int64_t value) {
    std::string annotation;
    put_number(annotation, annotation_field::kInt, static_cast<std::uint64_t>(value));
    put_bytes(annotation, annotation_field::kName, name);
    std::string out;
    put_bytes(out, event_field::kAnnotation, annotation);
    return out;
  }

  [[nodiscard]] static std::string annotations(EventId id, const TraceEvent& e) {
    std::string out = annotation("event", static_cast<std::int64_t>(id.value));
    if (e.tags.op != sim::kNoOp) out += annotation("op", e.tags.op.value);
    if (e.tags.key != sim::kNoKey) out += annotation("key", e.tags.key.value);
    if (e.tags.term != 0) out += annotation("term", e.tags.term);
    if (e.tags.count != 0) {
      out += annotation("index", static_cast<std::int64_t>(e.tags.index));
      out += annotation("count", e.tags.count);
    }
    return out;
  }

  void event(EventId id) {
    const TraceEvent& e = record_.event(id);
    if (e.lane.value >= record_.lanes.size()) return;
    const std::uint64_t own = uuid(Track::kEvents, e.lane.value);
    std::string extra = annotations(id, e);
    switch (e.kind) {
      case EventKind::kInvoke:
        return slice(Type::kBegin, uuid(Track::kOperations, e.lane.value), e.at,
                     fmt::format("{} {}", record_.name(e.name), record_.key_name(e.tags.key)),
                     extra);
      case EventKind::kOk:
      case EventKind::kFail:
      case EventKind::kUnknown:
        return slice(Type::kEnd, uuid(Track::kOperations, e.lane.value), e.at, "", extra);
      case EventKind::kState:
        if (role_ && e.name == *role_) return role(e);
        break;
      case EventKind::kSend:
      case EventKind::kDuplicate:
        put_fixed64(extra, event_field::kFlow, id.value);
        break;
      case EventKind::kReceive:
      case EventKind::kDrop:
        if (e.cause != sim::kNoEvent) put_fixed64(extra, event_field::kLastFlow, e.cause.value);
        break;
      default:
        break;
    }
    slice(Type::kInstant, own, e.at, event_text_without_lane(id), extra);
  }

  // Few different names, so that the interned table stays small: kind and name, no numbers.
  [[nodiscard]] std::string event_text_without_lane(EventId id) const {
    const TraceEvent& e = record_.event(id);
    std::string what = printable(record_.name(e.name));
    const auto with = [&](std::string_view verb) { return fmt::format("{} {}", verb, what); };
    if (const auto word = mark_word(e.kind, what)) return std::string(*word);
    switch (e.kind) {
      case EventKind::kSend:
        return with(e.is_reply ? "reply" : "send");
      case EventKind::kReceive:
        return with(e.is_reply ? "receive reply to" : "receive");
      case EventKind::kDrop:
        return fmt::format("lost ({}) {}", reason_text(e.reason), what);
      case EventKind::kDuplicate:
        return with("duplicate");
      case EventKind::kTimer:
        return with("timer");
      default:
        return what;
    }
  }

  void role(const TraceEvent& e) {
    const std::uint64_t track = uuid(Track::kRole, e.lane.value);
    if (roles_[e.lane.value]) slice(Type::kEnd, track, e.at, "");
    roles_[e.lane.value] = true;
    slice(Type::kBegin, track, e.at, record_.state_text(sim::kRoleField, e.tags.value));
  }

  void fault(std::size_t number) {
    const Fault& f = record_.faults[number];
    const std::uint64_t track = uuid(Track::kFault, number);
    slice(Type::kBegin, track, f.begin, printable(fault_text(record_, f)));
    if (f.end != sim::Time::max()) slice(Type::kEnd, track, f.end, "");
  }

  const Record& record_;
  std::string out_;
  std::map<std::string, std::uint64_t, std::less<>> names_;
  std::vector<bool> roles_;  // by lane: a slice is open
  std::optional<sim::NameId> role_;
  bool is_first_ = true;
};

}  // namespace

std::string to_perfetto(const Record& record) {
  return Writer(record).write();
}

}  // namespace quorumlab::traces
