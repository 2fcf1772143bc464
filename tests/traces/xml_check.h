// Is a text well-formed enough for an XML reader? Tags balance, attributes are quoted and unique,
// entities are known: what a writer can get wrong.
//
//   EXPECT_EQ(xml_problem("<a><b x=\"1\"/></a>"), "");
//   EXPECT_EQ(xml_problem("<a></b>"), "</b> closes <a>");
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::traces {

class XmlCheck {
 public:
  std::string run(std::string_view text) {
    while (problem_.empty() && !text.empty()) {
      const std::size_t open = text.find('<');
      entities(text.substr(0, open));
      if (open == std::string_view::npos) break;
      const std::size_t close = text.find('>', open);
      if (close == std::string_view::npos) return "a tag never ends";
      tag(text.substr(open + 1, close - open - 1));
      text.remove_prefix(close + 1);
    }
    if (problem_.empty() && !open_.empty()) problem_ = "<" + open_.back() + "> is never closed";
    return problem_;
  }

 private:
  void entities(std::string_view text) {
    for (std::size_t at = text.find('&'); at != std::string_view::npos;
         at = text.find('&', at + 1)) {
      const std::string_view name = text.substr(at + 1, text.find(';', at) - at - 1);
      if (name != "amp" && name != "lt" && name != "gt" && name != "quot")
        problem_ = "unknown entity &" + std::string(name);
    }
  }
  void tag(std::string_view inner) {
    if (inner.starts_with('/')) {
      const std::string name(inner.substr(1));
      if (open_.empty() || open_.back() != name)
        problem_ = "</" + name + "> closes <" + (open_.empty() ? "" : open_.back()) + ">";
      else
        open_.pop_back();
      return;
    }
    const bool is_closed = inner.ends_with('/');
    if (is_closed) inner.remove_suffix(1);
    const std::size_t name_end = inner.find(' ');
    attributes(name_end == std::string_view::npos ? "" : inner.substr(name_end));
    if (!is_closed) open_.emplace_back(inner.substr(0, name_end));
  }
  void attributes(std::string_view text) {
    std::set<std::string, std::less<>> seen;
    while (problem_.empty() && !text.empty()) {
      const std::size_t equals = text.find("=\"");
      const std::size_t end =
          equals == std::string_view::npos ? equals : text.find('"', equals + 2);
      if (text.front() != ' ' || end == std::string_view::npos) {
        problem_ = "bad attributes:" + std::string(text);
        return;
      }
      const std::string name(text.substr(1, equals - 1));
      if (!seen.insert(name).second) problem_ = "attribute " + name + " is there twice";
      if (name == "id" &&
          !ids_.insert(std::string(text.substr(equals + 2, end - equals - 2))).second)
        problem_ = "an id is there twice:" + std::string(text);
      entities(text.substr(equals, end - equals));
      text.remove_prefix(end + 1);
    }
  }

  std::vector<std::string> open_;
  std::set<std::string> ids_;
  std::string problem_;
};

// Empty: nothing is wrong.
inline std::string xml_problem(std::string_view text) {
  return XmlCheck().run(text);
}

}  // namespace quorumlab::traces
