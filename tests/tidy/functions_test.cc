#include "tools/tidy/functions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace quorumlab::tidy {
namespace {

// "1-3 5-5": the lines of each function.
std::string spans(std::string_view content) {
  std::string text;
  for (const Function& f : functions_of(read_source("a.cc", content))) {
    text += fmt::format("{}{}-{}", text.empty() ? "" : " ", f.first_line, f.last_line);
  }
  return text;
}

TEST(TidyFunctions, RunFromTheDeclarationToTheBrace) {
  EXPECT_EQ(spans("int f(int a,\n      int b) {\n  return a;\n}\n\nint g() { return 1; }\n"),
            "1-4 6-6");
}

TEST(TidyFunctions, AreFoundInNamespacesAndClasses) {
  EXPECT_EQ(
      spans("namespace a {\nclass B : C {\n public:\n  int f() {\n    return 1;\n  }\n};\n}\n"),
      "4-6");
}

TEST(TidyFunctions, KeepTheirLambdasAndLoops) {
  EXPECT_EQ(spans("void f() {\n  auto g = [] {\n    for (;;) { }\n  };\n}\n"), "1-5");
}

TEST(TidyFunctions, BeginBeforeTheirMemberInitialisers) {
  EXPECT_EQ(spans("A::A(int x)\n    : a_{x}, b_{2} {\n  go();\n}\nvoid g() {}\n"), "1-4 5-5");
}

TEST(TidyFunctions, AreNotTablesOrTemplatesOfClasses) {
  EXPECT_EQ(
      spans("const int kTable[] = {\n  1, 2,\n};\ntemplate <class T>\nstruct A {\n  int a;\n};\n"),
      "");
}

TEST(TidyFunctions, MayBeTemplates) {
  EXPECT_EQ(spans("template <class T, class U>\nint f(T t) {\n  return 1;\n}\n"), "1-4");
}

TEST(TidyFunctions, AreNotMacros) {
  EXPECT_EQ(spans("#define A(x) \\\n  if (x) {     \\\n  }\nint f() {\n}\n"), "4-5");
}

}  // namespace
}  // namespace quorumlab::tidy
