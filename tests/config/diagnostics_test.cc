#include "sim/config/diagnostics.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/config/utf8.h"

namespace quorumlab::config {
namespace {

std::string render(const std::string& text, Span span, const std::string& hint) {
  Diagnostics problems;
  span.source = problems.add_source("f.toml", text);
  problems.error(span, "wrong", hint);
  return problems.render(Colour::kOff);
}

TEST(Diagnostics, PointAtTheTokenAndSayWhatToWrite) {
  EXPECT_EQ(render("a = 1\nreads = \"leadr\"\n", {{}, 2, 9, 7}, "did you mean `leader`?"),
            "f.toml:2:9: error: wrong\n"
            "    2 | reads = \"leadr\"\n"
            "      |         ^^^^^^^ did you mean `leader`?\n");
}

TEST(Diagnostics, WithoutALineNameTheFileOnly) {
  EXPECT_EQ(render("a = 1\n", {{}, 0, 0, 0}, ""), "f.toml: error: wrong\n");
  EXPECT_EQ(render("a = 1\n", {{}, 0, 0, 0}, "so"), "f.toml: error: wrong\n      | so\n");
}

TEST(Diagnostics, OfNoSourceStillHaveAMessage) {
  Diagnostics problems;
  problems.error({SourceId(7), 3, 4, 5}, "made by a program");
  EXPECT_EQ(problems.render(Colour::kOff), "error: made by a program\n");
}

TEST(Diagnostics, AreSortedBySourceThenPositionAndKeepTheOrderWithinOne) {
  Diagnostics problems;
  const SourceId file = problems.add_source("a.toml", "x\ny\n");
  const SourceId set = problems.add_source("--set", "z");
  problems.error({set, 1, 1, 1}, "5");
  problems.error({file, 2, 1, 1}, "3");
  problems.error({file, 1, 2, 1}, "2");
  problems.error({file, 2, 1, 1}, "4");
  problems.error({file, 1, 1, 1}, "1");
  std::string order;
  for (const Diagnostic& d : problems.sorted()) order += d.message;
  EXPECT_EQ(order, "12345");
  EXPECT_EQ(problems.size(), 5u);
}

TEST(Diagnostics, KeepTheCaretInPlaceBehindTabsAndWideCharacters) {
  EXPECT_EQ(render("\ta\t= x\n", {{}, 1, 6, 1}, ""),
            "f.toml:1:6: error: wrong\n"
            "    1 | \ta\t= x\n"
            "      | \t \t  ^\n");
  // Two columns each for the wide ones, none for the combining acute.
  EXPECT_EQ(render("日本e\u0301 = x\n", {{}, 1, 8, 1}, ""),
            "f.toml:1:8: error: wrong\n"
            "    1 | 日本e\u0301 = x\n"
            "      |         ^\n");
  EXPECT_EQ(render("k = 日本\n", {{}, 1, 5, 2}, ""),
            "f.toml:1:5: error: wrong\n"
            "    1 | k = 日本\n"
            "      |     ^^^^\n");
}

TEST(Diagnostics, StandBehindTheLineWhereTheTextEnds) {
  EXPECT_EQ(render("a = [1,\r\n", {{}, 1, 8, 1}, ""),
            "f.toml:1:8: error: wrong\n"
            "    1 | a = [1,\n"
            "      |        ^\n");
}

TEST(Diagnostics, ShowBytesThatNoTerminalShouldSeeAsReplacements) {
  EXPECT_EQ(render("a\x1b[2J\xff = 1\n", {{}, 1, 1, 1}, ""),
            "f.toml:1:1: error: wrong\n"
            "    1 | a\uFFFD[2J\uFFFD = 1\n"
            "      | ^\n");
}

TEST(Diagnostics, ShowAWindowOfAVeryLongLine) {
  const std::string text = std::string(500, 'a') + "BAD" + std::string(500, 'z');
  const std::string out = render(text, {{}, 1, 501, 3}, "here");
  EXPECT_EQ(out, "f.toml:1:501: error: wrong\n    1 | ..." + std::string(60, 'a') + "BAD" +
                     std::string(97, 'z') + "...\n      |    " + std::string(60, ' ') +
                     "^^^ here\n");
}

TEST(Diagnostics, InColourSayTheSame) {
  Diagnostics problems;
  const SourceId file = problems.add_source("f.toml", "a = 1\n");
  problems.error({file, 1, 5, 1}, "wrong", "right");
  std::string plain;
  const std::string coloured = problems.render(Colour::kOn);
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      plain += coloured[i];
    }
  }
  EXPECT_NE(coloured, plain);
  EXPECT_EQ(plain, problems.render(Colour::kOff));
}

TEST(Diagnostics, CountColumnsFromBehindAByteOrderMark) {
  EXPECT_EQ(render("\xEF\xBB\xBF"
                   "a = 1\n",
                   {{}, 1, 5, 1}, ""),
            "f.toml:1:5: error: wrong\n"
            "    1 | a = 1\n"
            "      |     ^\n");
}

TEST(Diagnostics, FindBytesOfATextInsideItsToken) {
  Diagnostics problems;
  const SourceId file = problems.add_source("f.toml",
                                            "k = \"é(x)\"\n"
                                            "k = 'é(x)'\n"
                                            "k = \"\\u00e9(x)\"\n"
                                            "é(x)\n");
  const std::string content = "é(x)";
  EXPECT_EQ(problems.inside({file, 1, 5, 6}, content, 3, 1), (Span{file, 1, 8, 1}));
  EXPECT_EQ(problems.inside({file, 2, 5, 6}, content, 0, 2), (Span{file, 2, 6, 1}));
  // With an escape in it, bytes and columns do not correspond.
  EXPECT_EQ(problems.inside({file, 3, 5, 11}, content, 3, 1), (Span{file, 3, 5, 11}));
  EXPECT_EQ(problems.inside({file, 4, 1, 4}, content, 2, 3), (Span{file, 4, 2, 3}));
  // Behind the end is the closing quote.
  EXPECT_EQ(problems.inside({file, 1, 5, 6}, content, 5, 1), (Span{file, 1, 10, 1}));
  EXPECT_EQ(problems.inside({file, 1, 5, 6}, content, 9, 1), (Span{file, 1, 5, 6}));
}

TEST(Utf8, CountsWhatIsMalformedByteByByte) {
  EXPECT_EQ(code_points("aé日😀"), 4u);
  EXPECT_EQ(code_points("\xff\xc3\x28"), 3u);
  EXPECT_TRUE(is_utf8("aé日😀"));
  for (const char* const bad :
       {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

}  // namespace
}  // namespace quorumlab::config
