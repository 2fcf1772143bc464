#include "models/consistency/txn_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/exchange/values.h"

namespace quorumlab::models {

bool TxnReading::collect(std::span<const Cell> micros, bool ok, std::vector<StreamedNeed>& needs) {
  if (micros.front() != kNilCell && !is_sequence(micros.front())) {
    return give_up("something else than micro-operations");
  }
  for (const auto micro : Items(micros)) {
    const std::size_t inside = is_sequence(micro.front()) ? payload_of(micro.front()) : 0;
    if (inside < 3 || width_of(micro[1]) != 1 || width_of(micro[2]) != 1) {
      return give_up("something else than [f key value]");
    }
    const std::string_view f = pool_.word_of(micro[1]);
    const std::span<const Cell> value = micro.subspan(3);
    const bool is_read = f == "r";
    if (!is_read && f != "append" && f != "w") return give_up(fmt::format("`{}`", f));
    if (!is_read && !is_of_kind(f == "append")) return false;
    StreamedNeed& need = need_of(micro[2], needs);
    if (is_read) {
      if (ok && !read(need, value)) return false;
      continue;
    }
    if (width_of(value.front()) != 1) return give_up("a value of another shape");
    if (!is_lists_) need.writes.clear();
    need.writes.push_back(value.front());
  }
  return true;
}

bool TxnReading::is_of_kind(bool lists) {
  if (!is_kind_known_) is_lists_ = lists;
  is_kind_known_ = true;
  return is_lists_ == lists || give_up("lists beside registers");
}

StreamedNeed& TxnReading::need_of(Cell name, std::vector<StreamedNeed>& needs) {
  const std::uint32_t number = window_.number_of(name);
  for (StreamedNeed& need : needs) {
    if (need.key == number) return need;
  }
  return needs.emplace_back(StreamedNeed{.key = number});
}

bool TxnReading::read(StreamedNeed& need, std::span<const Cell> value) {
  const bool is_list = is_sequence(value.front());
  if (is_list && !is_of_kind(true)) return false;
  if (!is_list && value.front() != kNilCell && !is_of_kind(false)) return false;
  return is_lists_ ? read_list(need, value) : read_register(need, value.front());
}

bool TxnReading::read_register(StreamedNeed& need, Cell value) {
  const StreamedKey& key = window_.key(need.key);
  if (!need.writes.empty()) return value == need.writes.back() || contradicts_itself(key);
  if (need.finds != kNotFound) return value == need.finds || contradicts_itself(key);
  need.finds = value;
  if (value == key.value() || key.is_pending(value)) return true;
  return give_up(fmt::format("{}, read from key {} when it had been replaced, or not written,",
                             pool_.to_text(value), pool_.to_text(key.name)));
}

bool TxnReading::read_list(StreamedNeed& need, std::span<const Cell> value) {
  StreamedKey& key = window_.key(need.key);
  const std::span<const Cell> elements =
      value.subspan(is_sequence(value.front()) ? 1 : 0, width_of(value.front()) - 1);
  const std::size_t own = need.writes.size();
  const bool ends_so =
      elements.size() >= own && std::equal(need.writes.begin(), need.writes.end(),
                                           elements.end() - static_cast<std::ptrdiff_t>(own));
  const std::uint64_t finds = elements.size() - own;
  if (!ends_so || (need.finds != kNotFound && need.finds != finds)) return contradicts_itself(key);
  need.finds = finds;
  if (!agrees(key, elements)) return false;
  const std::size_t common = std::min(elements.size(), key.list.size());
  for (const Cell cell : elements.subspan(common)) {
    if (width_of(cell) != 1) return give_up("a value of another shape");
    const bool is_there = std::find(key.list.begin() + static_cast<std::ptrdiff_t>(common),
                                    key.list.end(), cell) != key.list.end();
    if (is_there || !key.is_pending(cell)) {
      return refuse(fmt::format("nobody had appended {} to key {}, or it is there twice",
                                pool_.to_text(cell), pool_.to_text(key.name)));
    }
    key.list.push_back(cell);
  }
  key.known = std::max<std::uint64_t>(key.known, elements.size());
  return true;
}

// With what others read, as far as that goes.
bool TxnReading::agrees(const StreamedKey& key, std::span<const Cell> elements) {
  const std::size_t common = std::min(elements.size(), key.list.size());
  const auto differ = std::mismatch(
      elements.begin(), elements.begin() + static_cast<std::ptrdiff_t>(common), key.list.begin());
  const auto same = static_cast<std::size_t>(differ.first - elements.begin());
  if (same == common) return true;
  if (same >= key.known) {
    return give_up(fmt::format("{}, read from key {} after it had been supposed to come later,",
                               pool_.to_text(elements[same]), pool_.to_text(key.name)));
  }
  return refuse(fmt::format("others read {} from key {} where it found {}",
                            pool_.to_text(key.list[same]), pool_.to_text(key.name),
                            pool_.to_text(elements[same])));
}

bool TxnReading::contradicts_itself(const StreamedKey& key) {
  return refuse(
      fmt::format("what it found in key {} contradicts what it found or wrote there itself",
                  pool_.to_text(key.name)));
}

bool TxnReading::refuse(std::string why) {
  why_ = std::move(why);
  return false;
}

bool TxnReading::give_up(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  return false;
}

}  // namespace quorumlab::models
