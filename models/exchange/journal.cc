#include "models/exchange/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/exchange/flat_map.h"
#include "models/exchange/journal_readers.h"
#include "models/exchange/queue_journal.h"
#include "models/exchange/read_pieces.h"
#include "models/exchange/scanner.h"

namespace quorumlab::models {
namespace {

constexpr std::array<std::string_view, 4> kTypes = {"invoke", "ok", "fail", "info"};

bool starts_line_with(std::string_view text, std::string_view word) {
  return text.starts_with(word) || text.find("\n" + std::string(word)) != std::string_view::npos;
}

// The first thing in the text that is neither white space nor a comment.
std::string_view beginning(std::string_view text) {
  while (!text.empty()) {
    const std::size_t at = text.find_first_not_of(" \t\r\n,\f");
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at);
    if (text.front() != ';') return text;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
  return text;
}

void read_as(JournalForm form, std::string_view text, Executor* executor, Journal& journal) {
  switch (form) {
    case JournalForm::kJepsenEdn:
    case JournalForm::kJepsenJson:
      if (executor != nullptr && read_pieces(text, *executor, journal)) return;
      return read_jepsen(text, journal);
    case JournalForm::kEtcdLog:
      return read_etcd_log(text, journal);
    case JournalForm::kPlume:
      return read_plume(text, journal);
    case JournalForm::kAwdit:
      return read_awdit(text, journal);
    case JournalForm::kPolyLin:
      return read_polylin(text, journal);
  }
}

std::string write(const Journal& journal, bool json) {
  std::string out;
  std::size_t index = 0;
  for (const JournalEvent& event : journal.events) {
    const Pool& pool = journal.pool;
    const auto text = [&](std::span<const Cell> value) {
      return json ? pool.to_json(value) : pool.to_text(value);
    };
    const std::string_view type = kTypes[static_cast<std::size_t>(event.type)];
    const std::string process = event.client ? fmt::to_string(event.process)
                                : json       ? "\"nemesis\""
                                             : ":nemesis";
    const std::string_view f = journal.f(event);
    if (json) {
      out += fmt::format(R"({{"index":{},"type":"{}","process":{},"f":"{}","value":{})", index,
                         type, process, f, text(journal.value(event)));
      if (event.key != kNoCell) out += fmt::format(R"(,"key":{})", text({&event.key, 1}));
      if (event.time >= 0) out += fmt::format(R"(,"time":{})", event.time);
      if (event.unwritten) out += R"(,"unwritten":true)";
      if (event.seeks) out += R"(,"seek-to-beginning?":true)";
      if (event.rebalances != kNoValue) {
        out += fmt::format(R"(,"rebalance-log":{})", text(journal.rebalances(event)));
      }
    } else {
      out += fmt::format("{{:index {}, :type :{}, :process {}, :f {}{}, :value {}", index, type,
                         process, f.empty() ? "" : ":", f.empty() ? "nil" : f,
                         text(journal.value(event)));
      if (event.key != kNoCell) out += fmt::format(", :key {}", text({&event.key, 1}));
      if (event.time >= 0) out += fmt::format(", :time {}", event.time);
      if (event.unwritten) out += ", :unwritten true";
      if (event.seeks) out += ", :seek-to-beginning? true";
      if (event.rebalances != kNoValue) {
        out += fmt::format(", :rebalance-log {}", text(journal.rebalances(event)));
      }
    }
    out += "}\n";
    ++index;
  }
  return out;
}

}  // namespace

// EDN maps open with a colon or a tag, JSON objects with a quote.
JournalForm form_of(std::string_view text) {
  std::string_view from = beginning(text);
  if (from.starts_with("w(") || from.starts_with("r(")) return JournalForm::kPlume;
  if (from.starts_with("w ") || from.starts_with("r ") || from.starts_with("--") ||
      from.starts_with("==")) {
    return JournalForm::kAwdit;
  }
  for (const std::string_view object : {"# queue", "# stack", "# set", "# priorityqueue"}) {
    if (from.starts_with(object)) return JournalForm::kPolyLin;
  }
  const std::string_view head = from.substr(0, 1 << 16);
  if (from.starts_with("INFO") || starts_line_with(head, "INFO  jepsen.util")) {
    return JournalForm::kEtcdLog;
  }
  while (from.starts_with('[') || from.starts_with('(')) from = beginning(from.substr(1));
  if (from.starts_with('{')) {
    from = beginning(from.substr(1));
    if (from.starts_with('"')) return JournalForm::kJepsenJson;
  }
  return JournalForm::kJepsenEdn;
}

std::string_view name_of(JournalForm form) {
  switch (form) {
    case JournalForm::kJepsenEdn:
      return "Jepsen EDN";
    case JournalForm::kJepsenJson:
      return "Jepsen JSON";
    case JournalForm::kEtcdLog:
      return "an etcd log";
    case JournalForm::kPlume:
      return "Plume text";
    case JournalForm::kAwdit:
      return "AWDIT text";
    case JournalForm::kPolyLin:
      return "PolyLin text";
  }
  return {};
}

InputProblem problem_at(std::string_view text, std::size_t offset, std::string message) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t start = before.rfind('\n');
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  return {.line = lines + 1,
          .column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1,
          .message = std::move(message)};
}

JournalResult read_journal(std::string_view text, Executor* executor) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  JournalResult result;
  Journal& journal = result.journal.emplace();
  journal.form = form_of(text);
  (void)journal.pool.intern("");
  try {
    read_as(journal.form, text, executor, journal);
    (void)pair_events(journal);
  } catch (const InputError& error) {
    result.error = problem_at(text, error.offset(), error.what());
    result.journal.reset();
  }
  return result;
}

namespace {

// Puts events of clients together, in the order in which they came.
class Pairing {
 public:
  explicit Pairing(const Journal& journal) : journal_(journal) {
    pairs_.reserve(journal.events.size() / 2 + 1);
  }

  void invoke(std::uint32_t event, std::uint32_t& open) {
    const JournalEvent& begun = journal_.events[event];
    if (open != 0 && is_drain(f_of(open)) && is_dequeue(journal_.f(begun))) {
      around_[static_cast<std::uint64_t>(begun.process)] = open;
      open = 0;
    }
    if (has_drains_) inside_[static_cast<std::uint64_t>(begun.process)] = event;
    if (open != 0) {
      throw InputError(begun.offset, fmt::format("process {} begins something before it has "
                                                 "ended what it began before",
                                                 begun.process));
    }
    alone(event, UINT32_MAX);
    open = static_cast<std::uint32_t>(pairs_.size());
  }

  void complete(std::uint32_t event, std::uint32_t& open) {
    const JournalEvent& ended = journal_.events[event];
    if (open == 0 && ends_drain(event)) return;
    if (open == 0) {
      // Jepsen writes notes of clients as :info without an invocation.
      if (ended.type == EventType::kInfo) return;
      throw InputError(ended.offset,
                       fmt::format("process {} ends what it did not begin", ended.process));
    }
    const bool same = journal_.events[pairs_[open - 1].invoked].f == ended.f;
    if (!same && !(is_drain(f_of(open)) && is_dequeue(journal_.f(ended)))) {
      throw InputError(ended.offset, fmt::format("process {} ends `{}`, but began `{}`",
                                                 ended.process, journal_.f(ended), f_of(open)));
    }
    pairs_[open - 1].completed = event;
    open = 0;
  }

  void alone(std::uint32_t invoked, std::uint32_t completed) {
    const JournalEvent& begun = journal_.events[invoked];
    if (begun.f != last_f_) {
      last_f_ = begun.f;
      has_drains_ = has_drains_ || is_drain(journal_.f(begun));
    }
    pairs_.push_back({invoked, completed});
  }

  std::vector<Pair> finish() {
    return has_drains_ ? expand_drains(journal_, std::move(pairs_)) : std::move(pairs_);
  }

 private:
  [[nodiscard]] std::string_view f_of(std::uint32_t open) const {
    return journal_.f(journal_.events[pairs_[open - 1].invoked]);
  }

  // A drain that noted its dequeues found nothing more when it had begun the last of them.
  bool ends_drain(std::uint32_t event) {
    const JournalEvent& ended = journal_.events[event];
    if (!is_drain(journal_.f(ended))) return false;
    const auto process = static_cast<std::uint64_t>(ended.process);
    std::uint32_t& drain = around_[process];
    if (drain == 0) return false;
    Pair& pair = pairs_[drain - 1];
    pair.completed = event;
    if (ended.type == EventType::kOk) pair.invoked = inside_[process];
    drain = 0;
    return true;
  }

  const Journal& journal_;
  std::vector<Pair> pairs_;
  FlatMap<std::uint32_t> around_;  // by process: the drain whose dequeues are noted, + 1
  FlatMap<std::uint32_t> inside_;  // by process: when the last of these began
  std::uint32_t last_f_ = UINT32_MAX;
  bool has_drains_ = false;
};

}  // namespace

std::vector<Pair> pair_events(const Journal& journal) {
  const auto& events = journal.events;
  const bool invocations = std::any_of(events.begin(), events.end(), [](const JournalEvent& e) {
    return e.client && e.type == EventType::kInvoke;
  });
  Pairing pairing(journal);
  FlatMap<std::uint32_t> open;  // by process: index into pairs + 1; 0: nothing
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    if (!events[i].client) continue;
    if (!invocations) {
      pairing.alone(i, i);
    } else if (events[i].type == EventType::kInvoke) {
      pairing.invoke(i, open[static_cast<std::uint64_t>(events[i].process)]);
    } else {
      pairing.complete(i, open[static_cast<std::uint64_t>(events[i].process)]);
    }
  }
  return pairing.finish();
}

std::string to_jepsen_edn(const Journal& journal) {
  return write(journal, false);
}

std::string to_jepsen_json(const Journal& journal) {
  return write(journal, true);
}

}  // namespace quorumlab::models
