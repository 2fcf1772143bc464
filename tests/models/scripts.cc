#include "tests/models/scripts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/exchange/journal.h"

namespace quorumlab::models::testing {
namespace {

void for_each_line(std::string_view lines, const auto& f) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find_first_of(";\n"), lines.size());
    f(lines.substr(0, end));
    lines.remove_prefix(end);
    lines.remove_prefix(std::min(lines.find_first_not_of("; \n"), lines.size()));
  }
}

// What stands before the mark; the rest stays.
std::string_view taken_until(std::string_view mark, std::string_view& rest) {
  const std::size_t at = rest.find(mark);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + mark.size());
  return taken;
}

// How it ended, which a mark at its end may say.
std::string_view type_of(std::string_view& line) {
  const std::string_view type = line.ends_with(" ?")   ? "info"
                                : line.ends_with(" !") ? "fail"
                                                       : "ok";
  if (type != "ok") line.remove_suffix(2);
  return type;
}

std::string event(std::string_view type, std::string_view process, std::string_view f,
                  std::string_view value) {
  return fmt::format("{{:type :{}, :process {}, :f :{}, :value {}}}\n", type, process, f,
                     value.empty() ? "nil" : value);
}

}  // namespace

Finding judge(std::string_view text, const JudgeOptions& options) {
  JournalResult read = read_journal(text);
  EXPECT_FALSE(read.error) << read.error->message << " in\n" << text;
  return judge_journal(*read.journal, options);
}

std::string script(std::string_view lines) {
  std::string text;
  for_each_line(lines, [&](std::string_view line) {
    const std::string_view type = type_of(line);
    const std::string_view process = taken_until(" ", line);
    const std::string_view f = taken_until(" ", line);
    const std::string_view value = taken_until(" -> ", line);
    text += event("invoke", process, f, value);
    text += event(type, process, f, line.empty() ? value : line);
  });
  return text;
}

std::string txn_script(std::string_view lines) {
  std::string text;
  for_each_line(lines, [&](std::string_view line) {
    const std::string_view type = type_of(line);
    const std::string_view process = taken_until(" ", line);
    const std::string micros = fmt::format("[{}]", line);
    text += event("invoke", process, "txn", micros) + event(type, process, "txn", micros);
  });
  return text;
}

}  // namespace quorumlab::models::testing
