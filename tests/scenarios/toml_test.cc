#include "scenarios/toml.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace quorumlab::scenarios {
namespace {

using config::Colour;
using config::Diagnostics;
using config::Kind;
using config::SourceId;
using config::Span;
using config::Value;

std::optional<Value> parse(const std::string& text, Diagnostics* problems) {
  const SourceId file = problems->add_source("f.toml", text);
  return parse_toml(file, *problems);
}

Value parsed(const std::string& text) {
  Diagnostics problems;
  const std::optional<Value> root = parse(text, &problems);
  EXPECT_TRUE(root) << problems.render(Colour::kOff);
  return root.value_or(Value::table({}));
}

// The text with which `--set` ends: the tree, or what is wrong.
std::string set(const std::string& text, const std::vector<std::string>& settings) {
  Diagnostics problems;
  Value root = *parse(text, &problems);
  for (const std::string& setting : settings) {
    if (const auto assignment = parse_set(setting, problems)) {
      EXPECT_EQ(apply_set(*assignment, &root, problems), problems.empty());
    }
  }
  return problems.empty() ? to_toml(root) : problems.render(Colour::kOff);
}

TEST(ParseToml, GivesEveryValueItsSpan) {
  const Value root = parsed(
      "a = 1\n"
      "\tb\t= \"é\"   # tabs count as one\n"
      "\"日 本\" = [ 'x',\n"
      "  { k = 0x1F0, m = true } ]\n"
      "[t.u]\n"
      "long = \"\"\"\n"
      "two\n"
      "lines\"\"\"\n"
      "[[t.v]]\n"
      "n = +1.5e3\n"
      "day = 1979-05-27T07:32:00Z\n");
  const auto at = [&](const char* path) { return config::locate(root, path); };
  EXPECT_EQ(at("a"), (Span{{}, 1, 5, 1}));
  EXPECT_EQ(at("b"), (Span{{}, 2, 6, 3}));
  EXPECT_EQ(root.members()[1].key_span, (Span{{}, 2, 2, 1}));
  EXPECT_EQ(at("\"日 本\""), (Span{{}, 3, 9, 6})) << "of several lines the first";
  EXPECT_EQ(root.members()[2].key_span, (Span{{}, 3, 1, 5}));
  EXPECT_EQ(at("\"日 本\"[0]"), (Span{{}, 3, 11, 3}));
  EXPECT_EQ(at("\"日 本\"[1].k"), (Span{{}, 4, 9, 5}));
  EXPECT_EQ(at("\"日 本\"[1]"), (Span{{}, 4, 3, 23}));
  EXPECT_EQ(at("t.u"), (Span{{}, 5, 1, 5}));
  EXPECT_EQ(at("t.u.long"), (Span{{}, 6, 8, 3}));
  EXPECT_EQ(at("t.v[0]"), (Span{{}, 9, 1, 7}));
  EXPECT_EQ(at("t.v[0].n"), (Span{{}, 10, 5, 6}));
  EXPECT_EQ(at("t.v[0].day"), (Span{{}, 11, 7, 20}));
  EXPECT_EQ(config::find(root, "t.v[0].day")->kind(), Kind::kDate);
  EXPECT_EQ(config::find(root, "t.v[0].day")->text(), "1979-05-27T07:32:00Z");
  EXPECT_TRUE(config::find(root, "\"日 本\"[1]")->is_inline());
  EXPECT_FALSE(config::find(root, "t.u")->is_inline());
}

TEST(ParseToml, KeepsTheOrderOfTheFile) {
  const Value root = parsed("z = 1\na = 2\n[m]\ny.b = 1\nx = 2\ny.a = 3\n[b]\n");
  EXPECT_EQ(config::to_literal(root),
            "{ z = 1, a = 2, m = { y = { b = 1, a = 3 }, x = 2 }, b = {} }");
}

TEST(ParseToml, IsNotFooledByAByteOrderMarkOrCarriageReturns) {
  const Value root = parsed(
      "\xEF\xBB\xBF"
      "a = 1\r\nb = \"x\"\r\n");
  EXPECT_EQ(config::locate(root, "a"), (Span{{}, 1, 5, 1}));
  EXPECT_EQ(config::locate(root, "b"), (Span{{}, 2, 5, 3}));
}

std::string repeated(const std::string& piece, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += piece;
  return result;
}

TEST(ParseToml, RefusesWhatNestsTooDeep) {
  for (const std::string& text :
       {"a" + repeated(".a", 100'000) + " = 1", "[a" + repeated(".a", 100'000) + "]",
        "a = " + repeated("[", 100'000), "a = " + repeated("{ a = ", 100'000)}) {
    Diagnostics problems;
    EXPECT_FALSE(parse(text, &problems));
    EXPECT_EQ(problems.size(), 1u);
  }
}

TEST(ParseToml, TakesManyDotsThatDoNotNest) {
  EXPECT_EQ(parsed("a = [" + repeated("0.5, ", 1000) + "]\n").get("a")->elements().size(), 1000u);
  EXPECT_EQ(parsed(repeated("[[a.b]]\nc.d = 1\n", 1000)).get("a")->get("b")->elements().size(),
            1000u);
}

TEST(ParseToml, SaysWhyAndDoesNotCrashWhateverTheText) {
  std::string text =
      "# é日😀\n[a.b]\nx = [1, 2.5, 'q', \"\\u00e9\\n\", { k = true, l.m = 1979-05-27 }]\n"
      "[[c]]\n\"k e y\" = \"\"\"\nlines\n\"\"\"\n[c.d]\ny = +inf\nz = 07:32:00\n";
  const auto survives = [](const std::string& input) {
    Diagnostics problems;
    const std::optional<Value> root = parse(input, &problems);
    EXPECT_EQ(root.has_value(), problems.empty()) << input;
    EXPECT_EQ(problems.render(Colour::kOff).empty(), problems.empty());
    if (root) {
      EXPECT_EQ(parsed(to_toml(*root)).members().size(), root->members().size()) << input;
    }
  };
  for (std::size_t size = 0; size <= text.size(); ++size) survives(text.substr(0, size));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : std::string("\"'[]{}=.,\n\0\xff#-1a\\", 17)) {
      std::string changed = text;
      changed[i] = c;
      survives(changed);
      changed = text;
      changed.insert(i, 1, c);
      survives(changed);
    }
  }
  std::uint64_t state = 1;
  for (int i = 0; i < 3000; ++i) {
    std::string garbage;
    for (int k = 0; k < 40; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      garbage += static_cast<char>(state >> 56);
    }
    survives(garbage);
  }
}

TEST(ToToml, ReadsBackToTheSameTree) {
  for (const char* const text : {
           "a = 1\nb = \"x\"\n",
           "s = \"q\\\"uo\\\\te\\u0001 é\"\nm = \"\"\"\none \"two\" \\\\ three\n\n  four\"\"\"\n",
           "x = 1.0\ny = -0.0\nz = 1e300\nw = inf\n",
           "[a]\n[a.b]\nx = 1\n[[a.c]]\n[[a.c]]\ny = [[1], [], ['z']]\n[a.c.d]\n",
           "e = []\nt = {}\nzones = { east = 2, \"we st\" = { n = 3 } }\n",
           "mixed = [1, { a = 1 }, [2]]\ntables = [{ a = 1 }, { b = 2 }]\n",
           "\"\" = 1\n\"a.b\" = 2\n'quo\"te' = 3\n",
           "d = 1979-05-27\n",
       }) {
    const Value tree = parsed(text);
    const std::string written = to_toml(tree);
    EXPECT_EQ(parsed(written), tree) << text << "became\n" << written;
    EXPECT_EQ(to_toml(parsed(written)), written);
  }
}

TEST(ToToml, LooksWrittenByHand) {
  EXPECT_EQ(to_toml(parsed("[replication]\nmodel='raft'\n[network]\nloss=0.0\n[[network.link]]\n"
                           "between=['a','b']\nlatency='1ms'\n[x.y]\nz=1\n[empty]\n")),
            "[replication]\n"
            "model = \"raft\"\n"
            "\n"
            "[network]\n"
            "loss = 0.0\n"
            "\n"
            "[[network.link]]\n"
            "between = [\"a\", \"b\"]\n"
            "latency = \"1ms\"\n"
            "\n"
            "[x.y]\n"
            "z = 1\n"
            "\n"
            "[empty]\n");
}

TEST(ToToml, PutsKeysInFrontOfTables) {
  Value root = Value::table({});
  root.set("t", Value::table({{"x", Value::integer(1), {}}}));
  root.set("longer", Value::integer(2));
  root.set("gone", Value());
  EXPECT_EQ(to_toml(root), "longer = 2\n\n[t]\nx = 1\n");
}

TEST(ToToml, BreaksAListThatDoesNotFit) {
  Value::Array names(20, Value::text("a_rather_long_name"));
  const Value root = Value::table({{"names", Value::array(names), {}}});
  const std::string written = to_toml(root);
  EXPECT_TRUE(written.starts_with("names = [\n  \"a_rather_long_name\",\n")) << written;
  EXPECT_EQ(parsed(written), root);
}

TEST(Set, OverridesAndCreates) {
  EXPECT_EQ(set("a = 1\n[t]\nb = 2\n", {"a=3", "t.b = 4", "t.c=5", "new.deep.key=true"}),
            "a = 3\n\n[t]\nb = 4\nc = 5\n\n[new.deep]\nkey = true\n");
}

TEST(Set, ReachesIntoListsOfTables) {
  const std::string text = "[[fault]]\nkind = \"crash\"\nat = \"1s\"\n";
  EXPECT_EQ(set(text, {"fault[0].at=10s", "fault[1].kind=pause"}),
            "[[fault]]\nkind = \"crash\"\nat   = \"10s\"\n\n[[fault]]\nkind = \"pause\"\n");
  EXPECT_EQ(set(text, {"fault.0.at=10s"}), set(text, {"fault[0].at=10s"}));
  EXPECT_EQ(set("", {"fault[0].kind=crash", "tags[0]=a", "tags[1]=b"}),
            "tags = [\"a\", \"b\"]\n\n[[fault]]\nkind = \"crash\"\n");
}

TEST(Set, TakesTheRightSideAsTomlElseAsText) {
  const auto value = [](const std::string& right) {
    Diagnostics problems;
    const auto assignment = parse_set("k=" + right, problems);
    return assignment ? config::to_literal(assignment->value) : problems.render(Colour::kOff);
  };
  EXPECT_EQ(value("5"), "5");
  EXPECT_EQ(value("0.5"), "0.5");
  EXPECT_EQ(value("true"), "true");
  EXPECT_EQ(value("\"5\""), "\"5\"");
  EXPECT_EQ(value("[\"a\", 2]"), "[\"a\", 2]");
  EXPECT_EQ(value("{ east = 2 }"), "{ east = 2 }");
  EXPECT_EQ(value("10s"), "\"10s\"");
  EXPECT_EQ(value(" all "), "\"all\"");
  EXPECT_EQ(value(""), "\"\"");
  EXPECT_EQ(value("a=b"), "\"a=b\"");
  EXPECT_EQ(value("normal(30ms, 1ms)"), "\"normal(30ms, 1ms)\"");
  EXPECT_EQ(value("1\ny=2"), "\"1\\ny=2\"") << "one setting sets one key";
  EXPECT_EQ(value("[a, b]"),
            "--set:1:4: error: syntax: a is no TOML value\n"
            "    1 | k=[a, b]\n"
            "      |    ^ text needs quotes: \"a\"\n");
}

TEST(Set, KeepsThePlaceOfTheValueInItsText) {
  Diagnostics problems;
  problems.add_source("f.toml", "");
  const auto bare = parse_set("'é'.b = 10s", problems);
  ASSERT_TRUE(bare) << problems.render(Colour::kOff);
  EXPECT_EQ(bare->value.span(), (Span{SourceId(1), 1, 9, 3}));
  const auto list = parse_set("'é'[0]=[1, 22]", problems);
  ASSERT_TRUE(list) << problems.render(Colour::kOff);
  EXPECT_EQ(list->value.elements()[1].span(), (Span{SourceId(2), 1, 12, 2}));
}

TEST(Set, SaysWhatIsWrong) {
  const std::string text = "seed = 1\ntags = [\"x\"]\n[[fault]]\nkind = \"crash\"\n";
  EXPECT_EQ(set(text, {"seed", "=5", "a..b=1", "seed.x=1", "fault.at=1s", "fault[3].at=1s",
                       "fault[0][0]=1", "a\xff=1"}),
            "--set:1:1: error: a setting needs a key and a value\n"
            "    1 | seed\n"
            "      | ^^^^ expected key=value, such as replication.timeout=2s\n"
            "--set:1:1: error: a setting needs a key and a value\n"
            "    1 | =5\n"
            "      | ^^ expected key=value, such as replication.timeout=2s\n"
            "--set:1:3: error: expected a key\n"
            "    1 | a..b=1\n"
            "      |   ^\n"
            "--set:1:6: error: `seed` is an integer\n"
            "    1 | seed.x=1\n"
            "      |      ^ nothing is inside it\n"
            "--set:1:7: error: `fault` is a list\n"
            "    1 | fault.at=1s\n"
            "      |       ^^ say which one, such as fault[0].at\n"
            "--set:1:6: error: `fault` has 1 elements\n"
            "    1 | fault[3].at=1s\n"
            "      |      ^^^ the next one would be fault[1]\n"
            "--set:1:9: error: `fault[0]` is a table\n"
            "    1 | fault[0][0]=1\n"
            "      |         ^^^ it has keys, no indices\n"
            "--set:1:1: error: this is not UTF-8\n"
            "    1 | a\uFFFD=1\n"
            "      | ^^^^\n");
}

TEST(Set, SurvivesWhateverTheText) {
  std::uint64_t state = 7;
  const std::string alphabet("ab.[]0='\"{} \n\t\xc3\xa9#,\\-");
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int k = 0; k < 12; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += alphabet[(state >> 40) % alphabet.size()];
    }
    Diagnostics problems;
    Value root = *parse("a = [{ b = 1 }]\n[b]\n[[ab]]\n", &problems);
    const auto assignment = parse_set(text, problems);
    const bool good = assignment && apply_set(*assignment, &root, problems);
    EXPECT_EQ(good, problems.empty()) << text;
    static_cast<void>(problems.render(Colour::kOff));
  }
}

TEST(Set, LeavesNothingBehindWhereItFails) {
  const std::string text = "[a]\nx = 1\n";
  Diagnostics problems;
  Value root = *parse(text, &problems);
  const Value before = root;
  for (const char* const setting : {"a.x.y=1", "a.list[2]=1", "a.new[1].k=2"}) {
    const auto assignment = parse_set(setting, problems);
    EXPECT_FALSE(apply_set(*assignment, &root, problems)) << setting;
    EXPECT_EQ(root, before) << setting;
  }
}

}  // namespace
}  // namespace quorumlab::scenarios
