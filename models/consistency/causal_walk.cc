#include "models/consistency/causal_walk.h"

#include <algorithm>

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::uint32_t kMostColumns = 65'536;
constexpr std::uint32_t kEntriesInStep = 16;  // of clocks, several of which go at once

}  // namespace

CausalWalk::CausalWalk(const TxnHistory& txns, const std::vector<bool>& takes_part,
                       const std::vector<std::uint32_t>& before, const ReadOrder& order,
                       const Budget& budget)
    : txns_(txns),
      takes_part_(takes_part),
      before_(before),
      order_(order),
      budget_(budget),
      uses_(txns.txns.size()),
      goes_on_(txns.txns.size()),
      places_(txns.txns.size()),
      slot_of_(txns.txns.size(), kNone),
      heads_(txns.keys.size()),
      last_read_(txns.keys.size()) {
  count_uses();
}

template <class F>
void CausalWalk::for_each_source(std::uint32_t txn, F f) const {
  if (txns_.txns[txn].outcome != TxnOutcome::kOk) return;
  for (const Micro& micro : txns_.micros_of(txn)) {
    const std::uint32_t writer = writer_read(txns_, takes_part_, txn, micro);
    if (writer != kNoTxn) f(writer);
  }
}

void CausalWalk::count_uses() {
  for (const std::uint32_t txn : order_.txns) {
    for_each_source(txn, [this](std::uint32_t writer) { ++uses_[writer]; });
    for (const Micro& micro : txns_.micros_of(txn)) {
      if (micro.kind == Micro::Kind::kRead) last_read_[micro.key] = order_.place[txn];
    }
    if (before_[txn] == kNoTxn) continue;
    ++uses_[before_[txn]];
    goes_on_[before_[txn]] = true;
  }
}

bool CausalWalk::is_affordable() const {
  const std::uint64_t bytes = (clocks_.capacity() + slot_of_.size()) * sizeof(std::uint32_t) +
                              edges_.capacity() * (sizeof(DependencyEdge) + sizeof(Cause));
  return steps_ <= budget_.max_steps && bytes <= budget_.max_memory;
}

bool CausalWalk::run() {
  for (const std::uint32_t txn : order_.txns) {
    gave_up_ = gave_up_ || !is_affordable();
    if (gave_up_ || !take(txn)) return false;
  }
  return true;
}

bool CausalWalk::take(std::uint32_t txn) {
  const std::uint32_t before = before_[txn];
  std::uint32_t slot = kNone;
  if (before != kNoTxn && uses_[before] == 1) {
    slot = slot_of_[before];  // nobody else will ask for it
    slot_of_[before] = kNone;
    uses_[before] = 0;
  } else {
    slot = take_slot();
    if (before == kNoTxn) {
      std::fill_n(clock_in(slot), width_, 0U);
    } else {
      std::copy_n(clock_in(slot_of_[before]), width_, clock_in(slot));
      release(before);
    }
  }
  std::uint32_t* clock = clock_in(slot);
  for_each_source(txn, [&](std::uint32_t writer) {
    const Place& place = places_[writer];
    if (clock[place.column] > place.index) return;  // it is known, and so is what it knew
    const std::uint32_t* const theirs = clock_in(slot_of_[writer]);
    steps_ += width_ / kEntriesInStep;
    for (std::uint32_t c = 0; c < width_; ++c) clock[c] = std::max(clock[c], theirs[c]);
  });
  if (!constrain(txn, clock)) return false;
  for_each_source(txn, [this](std::uint32_t writer) { release(writer); });
  if (before == kNoTxn && uses_[txn] == 0) {  // nobody will know of it
    free_slots_.push_back(slot);
    return true;
  }
  const std::uint32_t column = choose_column(txn, clock);
  if (gave_up_) return false;
  places_[txn] = {column, columns_[column].length++};
  clock_in(slot)[column] = columns_[column].length;
  slot_of_[txn] = slot;
  note_writes(txn);
  if (uses_[txn] == 0) {
    slot_of_[txn] = kNone;
    free_slots_.push_back(slot);
  }
  if (!goes_on_[txn]) free_columns_.push_back(column);
  return true;
}

std::uint32_t CausalWalk::take_slot() {
  if (!free_slots_.empty()) {
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }
  clocks_.resize(clocks_.size() + width_);
  return slots_++;
}

void CausalWalk::release(std::uint32_t txn) {
  if (--uses_[txn] > 0) return;
  free_slots_.push_back(slot_of_[txn]);
  slot_of_[txn] = kNone;
}

void CausalWalk::widen(std::uint32_t columns) {
  std::uint32_t width = width_;
  while (width < columns) width *= 2;
  if (width == width_) return;
  const std::uint64_t bytes = std::uint64_t{width} * slots_ * sizeof(std::uint32_t);
  gave_up_ = columns > kMostColumns || bytes > budget_.max_memory;
  if (gave_up_) return;
  std::vector<std::uint32_t> wider(std::size_t{width} * slots_);
  for (std::uint32_t s = 0; s < slots_; ++s) {
    std::copy_n(clock_in(s), width_, wider.data() + std::size_t{s} * width);
  }
  clocks_.swap(wider);
  width_ = width;
}

bool CausalWalk::is_free_for(std::uint32_t txn, std::uint32_t column,
                             const std::uint32_t* clock) const {
  const auto& [length, live_until] = columns_[column];
  return clock[column] == length || live_until < order_.place[txn];
}

// That of its session; or of one that has ended and of which all is known, or of no interest any
// more, if that is lower; else another one.
std::uint32_t CausalWalk::choose_column(std::uint32_t txn, const std::uint32_t* clock) {
  const bool has_own = before_[txn] != kNoTxn;
  const std::uint32_t own = has_own ? places_[before_[txn]].column : kNone;
  std::size_t best = free_columns_.size();
  steps_ += free_columns_.size() / kEntriesInStep;
  for (std::size_t i = 0; i < free_columns_.size(); ++i) {
    const std::uint32_t column = free_columns_[i];
    if (column >= own || !is_free_for(txn, column, clock)) continue;
    if (best == free_columns_.size() || column < free_columns_[best]) best = i;
    if (!has_own) break;
  }
  if (best < free_columns_.size()) {
    const std::uint32_t column = free_columns_[best];
    if (has_own) {
      free_columns_[best] = own;
    } else {
      free_columns_[best] = free_columns_.back();
      free_columns_.pop_back();
    }
    return column;
  }
  if (has_own) return own;
  widen(columns() + 1);
  columns_.emplace_back();
  return columns() - 1;
}

bool CausalWalk::constrain(std::uint32_t txn, const std::uint32_t* clock) {
  if (txns_.txns[txn].outcome != TxnOutcome::kOk) return true;
  const auto micros = txns_.micros_of(txn);
  for (std::size_t i = 0; i < micros.size(); ++i) {
    if (version_read(txns_, micros[i]) == kUnreadValue) continue;
    const bool wrote_before = std::any_of(
        micros.begin(), micros.begin() + static_cast<std::ptrdiff_t>(i),
        [&](const Micro& m) { return m.kind == Micro::Kind::kWrite && m.key == micros[i].key; });
    if (!wrote_before && !constrain_read(txn, micros[i], clock)) return false;
  }
  return true;
}

bool CausalWalk::constrain_read(std::uint32_t txn, const Micro& read, const std::uint32_t* clock) {
  const std::uint32_t version = version_read(txns_, read);
  const std::uint32_t* theirs = nullptr;
  std::uint32_t from = kNoTxn;
  if (version != kInitialVersion) {
    from = txns_.versions[version].writer;
    if (from == txn || from == kNoTxn || !takes_part_[from]) return true;
    theirs = clock_in(slot_of_[from]);
  }
  for (const Head& head : heads_[read.key]) {
    const std::uint32_t known = clock[head.column];
    if (theirs != nullptr && theirs[head.column] >= known) continue;
    std::uint32_t at = head.last;
    for (; at != 0 && writes_[at - 1].index >= known; at = writes_[at - 1].before) ++steps_;
    if (at == 0) continue;
    const Write& write = writes_[at - 1];
    if (from == kNoTxn) {
      ignored_ = {txn, write.txn, read.key};
      return false;
    }
    if (write.txn == from || write.index < theirs[head.column]) continue;
    edges_.push_back({write.txn, from, EdgeKind::kWw});
    causes_.push_back({txn, read.key});
  }
  return true;
}

void CausalWalk::note_writes(std::uint32_t txn) {
  const Place& place = places_[txn];
  std::uint32_t& live_until = columns_[place.column].live_until;
  for (const Micro& micro : txns_.micros_of(txn)) {
    if (micro.kind != Micro::Kind::kWrite) continue;
    live_until = std::max(live_until, last_read_[micro.key]);
    std::vector<Head>& heads = heads_[micro.key];
    auto head = std::find_if(heads.begin(), heads.end(),
                             [&](const Head& h) { return h.column == place.column; });
    if (head == heads.end()) head = heads.insert(head, {place.column, 0});
    if (head->last != 0 && writes_[head->last - 1].txn == txn) continue;
    writes_.push_back({txn, place.index, head->last});
    head->last = static_cast<std::uint32_t>(writes_.size());
  }
}

}  // namespace quorumlab::models
