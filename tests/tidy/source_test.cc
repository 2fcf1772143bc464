#include "tools/tidy/source.h"

#include <gtest/gtest.h>

#include <string>

namespace quorumlab::tidy {
namespace {

std::string code_of(std::string_view line) {
  return read_source("sim/a.cc", line).lines.at(0).code;
}

TEST(TidySource, BlanksCommentsAndKeepsColumns) {
  EXPECT_EQ(code_of("int a;  // rand()"), "int a;           ");
  EXPECT_EQ(code_of("f(/* rand() */ 1);"), "f(             1);");
}

TEST(TidySource, BlanksLiteralsButNotTheirQuotes) {
  EXPECT_EQ(code_of(R"(f("a\"b", 'x', '\'');)"), R"(f("    ", ' ', '  ');)");
}

TEST(TidySource, TakesDigitSeparatorsForDigits) {
  EXPECT_EQ(code_of("int a = 1'000; int b = 0xff'ff;  // x"),
            "int a = 1'000; int b = 0xff'ff;      ");
}

TEST(TidySource, FollowsRawStringsOverLines) {
  const Source source = read_source("a.cc", "auto a = R\"x(\nrand() )\" \n)x\"; f();\n");
  ASSERT_EQ(source.lines.size(), 3U);
  EXPECT_EQ(source.lines[1].code, "          ");
  EXPECT_TRUE(source.lines[1].in_raw_string);
  EXPECT_EQ(source.lines[2].code, "   ; f();");
}

TEST(TidySource, FollowsCommentsOverLines) {
  const Source source = read_source("a.h", "/* one\ntwo */ int a;\n");
  EXPECT_EQ(source.lines.at(1).code, "       int a;");
}

TEST(TidySource, SurvivesFilesThatEndTooEarly) {
  for (const char* content : {"", "\"", "'", "/*", "R\"", "R\"x(", "\"\\", "//"}) {
    EXPECT_NO_THROW((void)read_source("a.cc", content)) << content;
  }
}

TEST(TidySource, KnowsWhetherTheLastLineEnds) {
  EXPECT_TRUE(read_source("a.md", "# A\n").ends_with_newline);
  EXPECT_FALSE(read_source("a.md", "# A").ends_with_newline);
  EXPECT_EQ(read_source("a.md", "# A\n").lines.size(), 1U);
}

}  // namespace
}  // namespace quorumlab::tidy
