#include "sim/config/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "sim/config/rate.h"

namespace quorumlab::config {
namespace {

Value at(Value value, std::uint32_t line) {
  value.set_span({SourceId(0), line, 1, 1});
  return value;
}

// fault[0].split = [["a"], ["b"]], each on a line of its own.
Value sample() {
  Value inner = at(Value::array({at(Value::text("a"), 4)}), 3);
  Value split = at(Value::array({inner, at(Value::array({at(Value::text("b"), 6)}), 5)}), 2);
  Value fault = at(Value::table({{"split", split, {}}, {"1", Value::integer(7), {}}}), 1);
  return Value::table({{"fault", Value::array({fault}), {}}, {"a.b", Value::boolean(true), {}}});
}

TEST(Find, FollowsKeysAndIndices) {
  const Value root = sample();
  EXPECT_EQ(find(root, "fault[0].split[1][0]")->text(), "b");
  EXPECT_EQ(find(root, "fault.0.split.1.0")->text(), "b");
  EXPECT_EQ(find(root, "fault[0].1")->integer(), 7);
  EXPECT_EQ(find(root, "\"a.b\"")->boolean(), true);
  EXPECT_EQ(find(root, "'a.b'")->boolean(), true);
}

TEST(Find, IsNullWhereNothingIs) {
  const Value root = sample();
  for (const char* const path :
       {"", "a", "a.b", "fault[1]", "fault.x", "fault[0].split[1][0].x", "fault[0][0]", "[0]",
        "fault[", "fault[x]", "fault[0]x", "fault.", ".fault", "'a.b", "fault[99999999999]"}) {
    EXPECT_EQ(find(root, path), nullptr) << path;
  }
}

TEST(Locate, FallsBackToTheNearestTableThatIsWritten) {
  const Value root = sample();
  EXPECT_EQ(locate(root, "fault[0].split[1][0]").line, 6u);
  EXPECT_EQ(locate(root, "fault[0].split[1][9]").line, 5u);
  EXPECT_EQ(locate(root, "fault[0].for").line, 1u);
  EXPECT_EQ(locate(root, "network.loss").line, 0u);
}

TEST(Path, TellsWhereItIsMalformed) {
  const auto position = [](const char* text) {
    const auto path = parse_path(text);
    return std::holds_alternative<PathError>(path) ? std::get<PathError>(path).position : 999;
  };
  EXPECT_EQ(position("a..b"), 2u);
  EXPECT_EQ(position("a[b]"), 2u);
  EXPECT_EQ(position("a[1"), 1u);
  EXPECT_EQ(position("a b"), 1u);
  EXPECT_EQ(position("a.\"b"), 2u);
  EXPECT_EQ(position("a[0].b"), 999u);
}

TEST(Value, EqualityIgnoresPlacesAndLooksButNotOrder) {
  Value a = Value::table({{"x", Value::integer(1), {}}, {"y", Value::real(2), {}}});
  Value b = at(Value::table({{"x", at(Value::integer(1), 5), {}}, {"y", Value::real(2), {}}}), 4);
  b.set_inline(true);
  EXPECT_EQ(a, b);
  std::swap(b.members()[0], b.members()[1]);
  EXPECT_NE(a, b);
  EXPECT_NE(Value::integer(1), Value::real(1));
  EXPECT_NE(Value::text("x"), Value::date("x"));
}

TEST(Value, SetReplacesInItsPlaceOrAppends) {
  Value table = Value::table({{"x", Value::integer(1), {}}, {"y", Value::integer(2), {}}});
  table.set("x", Value::integer(3));
  table.set("z", Value::integer(4));
  EXPECT_EQ(to_literal(table), "{ x = 3, y = 2, z = 4 }");
}

TEST(Literal, IsTomlOnOneLine) {
  EXPECT_EQ(to_literal(Value::text("a\"b\\c\nd\te\x01\x7f")), R"("a\"b\\c\nd\te\u0001\u007F")");
  EXPECT_EQ(to_literal(Value::array({Value::integer(-1), Value::boolean(true)})), "[-1, true]");
  EXPECT_EQ(to_literal(Value::table({})), "{}");
  EXPECT_EQ(to_literal(Value::table({{"a b", Value(), {}}, {"c d", Value::real(1), {}}})),
            "{ \"c d\" = 1.0 }");
  EXPECT_EQ(to_key("vote_not-persisted2"), "vote_not-persisted2");
  EXPECT_EQ(to_key(""), "\"\"");
  EXPECT_EQ(to_key("é"), "\"é\"");
}

TEST(Literal, OfARealIsShortestAndNeverAnInteger) {
  EXPECT_EQ(to_literal(0.1), "0.1");
  EXPECT_EQ(to_literal(2.0), "2.0");
  EXPECT_EQ(to_literal(1e300), "1e+300");
  EXPECT_EQ(to_literal(-0.0), "-0.0");
  EXPECT_EQ(to_literal(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(to_literal(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(to_literal(std::nan("")), "nan");
}

TEST(Rate, IsExactAndKeptInLowestTerms) {
  using sim::Duration;
  EXPECT_EQ(Rate::parse("200/s"), Rate(1, Duration(5'000'000)));
  EXPECT_EQ(Rate::parse("5/min"), Rate(1, Duration(12'000'000'000)));
  EXPECT_EQ(Rate::parse("0.5/s"), Rate(1, Duration(2'000'000'000)));
  EXPECT_EQ(Rate::parse("1/7s"), Rate(1, Duration(7'000'000'000)));
  EXPECT_EQ(Rate::parse("3/s")->interval(), Duration(333'333'333));
  EXPECT_EQ(Rate::parse("1500000000/s")->interval(), Duration(1));
  EXPECT_DOUBLE_EQ(Rate::parse("30/min")->per_second(), 0.5);
}

TEST(Rate, PrintsWhatItReads) {
  for (const char* const text : {"200/s", "5/min", "0.5/s", "1/7s", "3/h", "1000000/s", "0.001/s",
                                 "999999937/s", "7/d", "1/1s", "1.123456789/s"}) {
    const std::optional<Rate> rate = Rate::parse(text);
    ASSERT_TRUE(rate) << text;
    EXPECT_EQ(Rate::parse(rate->text()), rate) << text << " printed as " << rate->text();
  }
  EXPECT_EQ(Rate::parse("0.50/s")->text(), "0.5/s");
  EXPECT_EQ(Rate::parse("300/min")->text(), "5/s");
  EXPECT_EQ(Rate::parse("5/min")->text(), "5/min");
  EXPECT_EQ(Rate::parse("1/7s")->text(), "1/7s");
}

TEST(Rate, RefusesWhatIsNone) {
  for (const char* const text :
       {"", "/", "5", "5/", "/s", "0/s", "-1/s", "5/0s", "5/-1s", "5/parsec", "x/s", "5 /s ",
        "5//s", "1e3/s", "99999999999999999999/s", "123456789.123456789/s",
        "0.000000001/1000000d"}) {
    EXPECT_FALSE(Rate::parse(text)) << text;
  }
}

}  // namespace
}  // namespace quorumlab::config
