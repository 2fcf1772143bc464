// What pictures of a finding say where they cannot show all.
#include <gtest/gtest.h>

#include <string>

#include "models/exchange/draw.h"
#include "tests/models/scripts.h"

namespace quorumlab::models {
namespace {

using testing::script;
using testing::txn_script;

std::string picture_of(const std::string& text) {
  Journal journal = *read_journal(text).journal;
  return bars_svg(journal, judge_journal(journal, {}));
}

TEST(Pictures, SayHowManyAnomaliesAreDrawn) {
  const std::string two =
      "1 [:r 1 1] [:r 1 2]\n2 [:r 2 1] [:r 2 2]\n3 [:w 1 1] [:w 2 1]\n4 [:w 1 2] [:w 2 2]";
  const std::string svg = picture_of(txn_script(two));
  EXPECT_NE(svg.find(" anomalies are drawn</text>"), std::string::npos) << svg;
  const std::string one = picture_of(txn_script("1 [:append 1 1]\n2 [:r 1 []]"));
  EXPECT_NE(one.find(">G-single-item-realtime</text>"), std::string::npos) << one;
  EXPECT_EQ(one.find(" are drawn"), std::string::npos) << one;
}

TEST(Pictures, NameOperationsBelowWhereBarsAreTooMany) {
  std::string adds;
  std::string seen;
  for (int i = 1; i <= 40; ++i) {
    adds += "0 add " + std::to_string(i) + "\n";
    if (i > 1) seen += std::to_string(i) + " ";
  }
  const std::string svg = picture_of(script(adds + "1 read nil -> [" + seen + "]"));
  EXPECT_NE(svg.find("0: add 1; 1: add 2; 2: add 3;"), std::string::npos) << svg;
  EXPECT_NE(svg.find(">40</text>"), std::string::npos) << svg;
}

}  // namespace
}  // namespace quorumlab::models
