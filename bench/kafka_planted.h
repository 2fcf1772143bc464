// Anomalies of logs as small scripts, each with what it is called and a model that it rules out,
// for generators to plant in the midst of a clean history, or by themselves.
//
//   for (const PlantedLogs& p : planted_logs()) KafkaGenerator({.plant = p.name}).run();
//
// In a script `;` separates events: a process's letter, then `:` for an operation that is done at
// once, `!` for one that fails at once, or `<` and later `>` for one that takes time. Operations
// are micro-operations with commas between: `a1@3` sends 1 to key a, which was told offset 3; `?`
// polls, and `?a1@3+2@4&b5@0` is what came; `=ab` assigns the keys, `*ab` from their beginning, and
// `^ab` subscribes to them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::bench {

struct PlantedLogs {
  std::string_view name;
  std::string_view model;  // the weakest that it rules out
  std::string_view script;
};

inline constexpr std::array<PlantedLogs, 28> kPlantedLogs = {{
    {"inconsistent-offsets", "kafka-log", "p:a1@0;r:a2@0;q:*a;q:?a1@0;s:*a;s:?a2@0"},
    {"duplicate", "kafka-log", "p:a1@0;q:*a;q:?a1@0;q:?a1@1"},
    {"lost-write", "kafka-log", "p:a1@0;p:a2@1;q:*a;q:?a2@1"},
    {"unseen", "kafka-log", "p:a1@0;q:*a;q:?"},
    {"garbage", "kafka-log", "q:*a;q:?a1@0"},
    {"future-read", "kafka-log", "q:*a;q:?a1@0;p:a1@0"},
    {"nonmonotonic-send", "kafka-log", "p:a1@5;p:a2@3;q:*a;q:?a2@3+1@5"},
    {"int-nonmonotonic-send", "kafka-log", "p:a1@5,a2@3;q:*a;q:?a2@3+1@5"},
    {"int-nonmonotonic-poll", "kafka-read-uncommitted", "p:a1@0,a2@1;q:*a;q:?a1@0+2@1+1@0"},
    {"int-poll-skip", "kafka-read-uncommitted",
     "p:a1@0,a2@1,a3@2;q:*a;q:?a1@0,?a3@2;r:*a;r:?a1@0+2@1+3@2"},
    {"nonmonotonic-poll", "kafka-read-uncommitted", "p:a1@0,a2@1;q:*a;q:?a1@0+2@1;q:?a1@0+2@1"},
    {"poll-skip", "kafka-read-uncommitted",
     "p:a1@0,a2@1,a3@2;q:*a;q:?a1@0;q:?a3@2;r:*a;r:?a1@0+2@1+3@2"},
    {"nonmonotonic-poll of subscribers", "kafka-ordered",
     "p:a1@0,a2@1;q:^a;q:?a1@0+2@1;q:?a1@0+2@1"},
    {"poll-skip of subscribers", "kafka-ordered",
     "p:a1@0,a2@1,a3@2;q:^a;q:?a1@0;q:?a3@2;r:*a;r:?a1@0+2@1+3@2"},
    {"G1a", "kafka", "p!a1;q:*a;q:?a1@0"},
    {"precommitted-read", "kafka", "p:*a;p:a1@0,?a1@0"},
    {"G1c", "kafka", "p<a1,?;q<b1,?;p>a1@0,?b1@0;q>b1@0,?a1@0"},
    {"G1c-process", "kafka", "q:*a;q:?a1@0;q:a1@0"},
    {"G1c-realtime", "kafka", "q:*a;q:?a1@0;p:a1@0"},
    {"int-send-skip", "kafka-isolated", "p<a1,a3;r:a2@1;p>a1@0,a3@2;q:*a;q:?a1@0+2@1+3@2"},
    {"G0", "kafka-isolated", "p<a1,b1;r<a2,b2;p>a1@0,b1@1;r>a2@1,b2@0;q:*ab;q:?a1@0+2@1&b2@0+1@1"},
    {"G0-process", "kafka-isolated", "p:a1@1;p:a2@0;q:*a;q:?a2@0+1@1"},
    {"G0-realtime", "kafka-isolated", "p:a1@1;r:a2@0;q:*a;q:?a2@0+1@1"},
    {"G1c-ww", "kafka-isolated", "p<a1,b2;r<?,b1;p>a1@0,b2@2;r>?a1@0,b1@1;q:*b;q:?b1@1+2@2"},
    {"G1c-ww-process", "kafka-isolated", "s<a3,c1;q:?c1@0;q:a2@0;s>a3@1,c1@0;p:*a;p:?a2@0+3@1"},
    {"G1c-ww-realtime", "kafka-isolated", "s<a3,c1;q:?c1@0;r:a2@0;s>a3@1,c1@0;p:*a;p:?a2@0+3@1"},
    {"G-single-item", "kafka-serializable",
     "r:b0@0;p<a1,b1;q:?a1@0&b0@0;p>a1@0,b1@1;s:*b;s:?b0@0+1@1"},
    {"G2-item", "kafka-serializable",
     "r:a0@0,b0@0;p<?,a1;q<?,b1;p>?b0@0,a1@1;q>?a0@0,b1@1;s:*ab;s:?a0@0+1@1&b0@0+1@1"},
}};

[[nodiscard]] inline std::span<const PlantedLogs> planted_logs() {
  return kPlantedLogs;
}
// Empty: there is none of that name.
[[nodiscard]] inline std::string_view planted_log_script(std::string_view name) {
  for (const PlantedLogs& planted : kPlantedLogs) {
    if (planted.name == name) return planted.script;
  }
  return {};
}
// What the judge calls it.
[[nodiscard]] inline std::string_view planted_log_name(std::string_view name) {
  return name.substr(0, name.find(' '));
}

// One event of a script as Jepsen's operation maps. Keys and processes are counted from `base` on.
class LogScript {
 public:
  LogScript(std::string_view script, std::uint64_t base) : rest_(script), base_(base) {}

  // Appends the next event; false: there is none.
  bool next(std::string& out) {
    if (rest_.empty()) return false;
    const std::string_view event = cut(rest_, ';');
    const std::string_view deed = event.substr(2);
    if (event[1] != '>') tell(out, ":invoke", event[0], deed, false);
    if (event[1] == '<') return true;
    tell(out, event[1] == '!' ? ":fail" : ":ok", event[0], deed, true);
    return true;
  }

 private:
  static std::string_view cut(std::string_view& text, char at) {
    const std::size_t end = std::min(text.find(at), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
  }

  [[nodiscard]] std::string key(char letter) const {
    return std::to_string(base_ + static_cast<std::uint64_t>(letter - 'a'));
  }

  void tell(std::string& out, const char* type, char process, std::string_view deed,
            bool done) const {
    out += "{:type ";
    out += type;
    out += ", :process " + std::to_string(base_ + static_cast<std::uint64_t>(process));
    if (deed[0] == '=' || deed[0] == '*' || deed[0] == '^') {
      out += deed[0] == '^' ? ", :f :subscribe, :value [" : ", :f :assign, :value [";
      for (const char letter : deed.substr(1)) out += key(letter) + " ";
      out += deed[0] == '*' ? "], :seek-to-beginning? true}\n" : "]}\n";
      return;
    }
    const bool polls = deed.find('?') != std::string_view::npos;
    bool sends = false;
    std::string micros;
    while (!deed.empty()) {
      const std::string_view micro = cut(deed, ',');
      sends = sends || micro[0] != '?';
      micros += micro[0] == '?' ? polled(micro.substr(1), done) : sent(micro, done);
    }
    out += polls && sends ? ", :f :txn" : polls ? ", :f :poll" : ", :f :send";
    out += ", :value [" + micros + "]}\n";
  }

  [[nodiscard]] std::string sent(std::string_view micro, bool done) const {
    std::string_view message = micro.substr(1);
    const std::string value(cut(message, '@'));
    const bool is_told = done && !message.empty();
    return "[:send " + key(micro[0]) + " " +
           (is_told ? "[" + std::string(message) + " " + value + "]" : value) + "]";
  }

  [[nodiscard]] std::string polled(std::string_view keys, bool done) const {
    if (!done) return "[:poll]";
    std::string text = "[:poll {";
    while (!keys.empty()) {
      std::string_view messages = cut(keys, '&');
      text += key(messages[0]) + " [";
      messages.remove_prefix(1);
      while (!messages.empty()) {
        std::string_view message = cut(messages, '+');
        const std::string value(cut(message, '@'));
        text += "[" + std::string(message) + " " + value + "]";
      }
      text += "]";
    }
    return text + "}]";
  }

  std::string_view rest_;
  std::uint64_t base_;
};

// The anomaly and nothing else.
[[nodiscard]] inline std::string planted_log_text(std::string_view name) {
  std::string text;
  LogScript script(planted_log_script(name), 0);
  while (script.next(text)) {
  }
  return text;
}

}  // namespace quorumlab::bench
