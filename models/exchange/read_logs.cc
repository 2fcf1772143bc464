// The forms that have a line for each event: Porcupine's etcd logs, Plume's and AWDIT's
// transactions, PolyLin's containers.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "models/exchange/journal_readers.h"
#include "models/exchange/scanner.h"

namespace quorumlab::models {
namespace {

// Calls f(line, offset) for each line without its end.
template <class F>
void for_each_line(std::string_view text, F f) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    f(line, at);
    at = end + 1;
  }
}

// Whoever writes such a log ends each line; half a last one would be read as something else.
void require_last_line_whole(std::string_view text) {
  if (text.empty() || text.ends_with('\n')) return;
  throw InputError(text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1,
                   "the last line has no end: the log may have been cut off");
}

std::string_view next_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

// Transactions in sessions without time: each is begun and ended at once, in the order of the file.
class SessionWriter {
 public:
  explicit SessionWriter(Journal& journal)
      : journal_(journal),
        txn_(journal.pool.intern("txn")),
        read_(journal.pool.keyword("r")),
        write_(journal.pool.keyword("w")) {}

  struct Micro {
    bool write = false;
    std::int64_t key = 0;
    std::int64_t value = 0;
  };

  void add(std::int64_t session, const std::vector<Micro>& micros, bool aborted, std::size_t at) {
    JournalEvent event{.client = true, .f = txn_, .process = session, .offset = at};
    event.value = static_cast<std::uint32_t>(journal_.cells.size());
    journal_.cells.push_back(make_cell(Tag::kList, 4 * micros.size()));
    for (const Micro& micro : micros) {
      journal_.cells.push_back(make_cell(Tag::kList, 3));
      journal_.cells.push_back(micro.write ? write_ : read_);
      journal_.cells.push_back(integer_cell(micro.key));
      journal_.cells.push_back(integer_cell(micro.value));
    }
    journal_.events.push_back(event);
    event.type = aborted ? EventType::kFail : EventType::kOk;
    journal_.events.push_back(event);
  }

 private:
  Journal& journal_;
  std::uint32_t txn_;
  Cell read_;
  Cell write_;
};

// INFO  jepsen.util - 3 :ok :cas [2 4], with tabs
void read_etcd_line(std::string_view line, std::size_t at, Journal& journal) {
  constexpr std::string_view kMark = "jepsen.util - ";
  const std::size_t mark = line.find(kMark);
  if (!line.starts_with("INFO") || mark == std::string_view::npos) return;
  std::string_view rest = line.substr(mark + kMark.size());
  const std::optional<std::int64_t> process = integer_in(next_word(rest));
  if (!process) return;
  const std::string_view type = next_word(rest);
  const std::string_view f = next_word(rest);
  JournalEvent event{.client = true, .process = *process, .offset = at};
  if (type == ":invoke") {
    event.type = EventType::kInvoke;
  } else if (type == ":ok") {
    event.type = EventType::kOk;
  } else if (type == ":fail") {
    event.type = EventType::kFail;
  } else if (type == ":info") {
    event.type = EventType::kInfo;
  } else {
    throw InputError(at, fmt::format("{} is not :invoke, :ok, :fail or :info", type));
  }
  if (!f.starts_with(':')) throw InputError(at, "expected a function such as :read");
  event.f = journal.pool.intern(f.substr(1));
  event.value = static_cast<std::uint32_t>(journal.cells.size());
  Scanner scan(rest, Notation::kEdn, journal.pool);
  if (!scan.skip_space()) throw InputError(at, "an event without a value");
  try {
    scan.read(journal.cells);
  } catch (const InputError& error) {
    throw InputError(at + static_cast<std::size_t>(rest.data() - line.data()) + error.offset(),
                     error.what());
  }
  journal.events.push_back(event);
}

}  // namespace

void read_etcd_log(std::string_view text, Journal& journal) {
  for_each_line(text,
                [&](std::string_view line, std::size_t at) { read_etcd_line(line, at, journal); });
  require_last_line_whole(text);
}

void read_plume(std::string_view text, Journal& journal) {
  struct Open {
    std::int64_t txn = 0;
    std::vector<SessionWriter::Micro> micros;
    std::size_t offset = 0;
  };
  SessionWriter writer(journal);
  std::vector<std::pair<std::int64_t, Open>> sessions;  // in the order of first appearance
  const auto finish = [&](std::int64_t session, Open& open) {
    if (!open.micros.empty()) writer.add(session, open.micros, open.txn == -1, open.offset);
    open.micros.clear();
  };
  for_each_line(text, [&](std::string_view line, std::size_t at) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return;
    const bool shaped = line.size() > 3 && (line[0] == 'r' || line[0] == 'w') && line[1] == '(' &&
                        line.find(')') != std::string_view::npos;
    if (!shaped) throw InputError(at, "expected r(key,value,session,txn) or w(...)");
    std::string inside(line.substr(2, line.find(')') - 2));
    std::replace(inside.begin(), inside.end(), ',', ' ');
    std::string_view rest = inside;
    std::int64_t numbers[4];
    for (std::int64_t& number : numbers) {
      const auto found = integer_in(next_word(rest));
      if (!found) throw InputError(at, "expected four numbers: key, value, session, txn");
      number = *found;
    }
    const auto [key, value, session, txn] = numbers;
    auto mine = std::find_if(sessions.begin(), sessions.end(),
                             [id = session](const auto& s) { return s.first == id; });
    if (mine == sessions.end()) {
      sessions.push_back({session, {}});
      mine = std::prev(sessions.end());
    }
    Open& open = mine->second;
    if (open.txn != txn) finish(session, open);
    if (open.micros.empty()) open.offset = at;
    open.txn = txn;
    open.micros.push_back({line[0] == 'w', key, value});
  });
  for (auto& [session, open] : sessions) finish(session, open);
}

void read_awdit(std::string_view text, Journal& journal) {
  SessionWriter writer(journal);
  std::vector<SessionWriter::Micro> micros;
  std::int64_t session = 0;
  std::size_t begin = 0;
  const auto finish = [&] {
    if (!micros.empty()) writer.add(session, micros, false, begin);
    micros.clear();
  };
  for_each_line(text, [&](std::string_view line, std::size_t at) {
    std::string_view rest = line;
    const std::string_view word = next_word(rest);
    if (word.empty()) return;
    if (word.find_first_not_of('-') == std::string_view::npos) return finish();
    if (word.find_first_not_of('=') == std::string_view::npos) {
      finish();
      ++session;
      return;
    }
    const auto key = integer_in(next_word(rest));
    const auto value = integer_in(next_word(rest));
    if ((word != "r" && word != "w") || !key || !value || !next_word(rest).empty()) {
      throw InputError(at, "expected `r KEY VALUE`, `w KEY VALUE`, dashes or equals signs");
    }
    if (micros.empty()) begin = at;
    micros.push_back({word == "w", *key, *value});
  });
  finish();
}

// "# queue", then "enq 2 0 1": method, value, when it began, when it ended.
void read_polylin(std::string_view text, Journal& journal) {
  struct End {
    std::int64_t time = 0;
    bool returns = false;
    std::size_t event = 0;
  };
  std::vector<JournalEvent> whole;
  std::vector<End> ends;
  for_each_line(text, [&](std::string_view line, std::size_t at) {
    std::string_view rest = line;
    const std::string_view method = next_word(rest);
    if (method.empty()) return;
    if (method.starts_with('#')) {
      if (journal.object.empty()) journal.object = std::string(next_word(rest));
      return;
    }
    const auto value = integer_in(next_word(rest));
    const auto begin = integer_in(next_word(rest));
    const auto end = integer_in(next_word(rest));
    if (!value || !begin || !end || !next_word(rest).empty()) {
      throw InputError(at, "expected `METHOD VALUE START END`");
    }
    if (*begin >= *end) throw InputError(at, "an operation that ends before it begins");
    JournalEvent event{.client = true, .f = journal.pool.intern(method), .offset = at};
    event.process = static_cast<std::int64_t>(whole.size());
    event.value = static_cast<std::uint32_t>(journal.cells.size());
    journal.cells.push_back(integer_cell(*value));
    ends.push_back({*begin, false, whole.size()});
    ends.push_back({*end, true, whole.size()});
    whole.push_back(event);
  });
  require_last_line_whole(text);
  // At equal times invocations come first: operations that touch overlap.
  std::sort(ends.begin(), ends.end(), [](const End& a, const End& b) {
    if (a.time != b.time) return a.time < b.time;
    return std::pair(a.returns, a.event) < std::pair(b.returns, b.event);
  });
  for (const End& end : ends) {
    JournalEvent event = whole[end.event];
    event.type = end.returns ? EventType::kOk : EventType::kInvoke;
    event.time = end.time;
    journal.events.push_back(event);
  }
}

}  // namespace quorumlab::models
