// Histories that are read in pieces, against the same read in one go.
#include "models/exchange/read_pieces.h"

#include <gtest/gtest.h>

#include <string>

#include "bench/txn_generator.h"
#include "models/exchange/journal_readers.h"
#include "tests/models/backwards.h"

namespace quorumlab::models {
namespace {

void expect_same(const std::string& text, bool in_pieces) {
  testing::Backwards backwards;
  const JournalResult whole = read_journal(text);
  const JournalResult parts = read_journal(text, &backwards);
  EXPECT_EQ(backwards.pieces() > 2, in_pieces);
  ASSERT_EQ(whole.journal.has_value(), parts.journal.has_value());
  if (!whole.journal) {
    EXPECT_EQ(whole.error->line, parts.error->line);
    EXPECT_EQ(whole.error->column, parts.error->column);
    EXPECT_EQ(whole.error->message, parts.error->message);
    return;
  }
  EXPECT_TRUE(whole.journal->cells == parts.journal->cells);
  ASSERT_EQ(whole.journal->pool.size(), parts.journal->pool.size());
  for (std::uint32_t i = 0; i < whole.journal->pool.size(); ++i) {
    ASSERT_EQ(whole.journal->pool.text(i), parts.journal->pool.text(i));
  }
  ASSERT_EQ(whole.journal->events.size(), parts.journal->events.size());
  for (std::size_t i = 0; i < whole.journal->events.size(); ++i) {
    const JournalEvent& a = whole.journal->events[i];
    const JournalEvent& b = parts.journal->events[i];
    ASSERT_TRUE(a.type == b.type && a.client == b.client && a.unwritten == b.unwritten &&
                a.seeks == b.seeks && a.f == b.f && a.value == b.value &&
                a.rebalances == b.rebalances && a.process == b.process && a.time == b.time &&
                a.key == b.key && a.offset == b.offset)
        << i;
  }
}

std::string long_history() {
  static const std::string kText = bench::TxnGenerator({.txns = 12'000}).run();
  return kText;
}

// Each line mentions a text that nobody had mentioned before.
std::string many_texts(bool json) {
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    const std::string key = "k" + std::to_string(i * 7 % 30'011);
    text += json ? R"({"type":"invoke","process":1,"f":"write","value":[")" + key + R"(",1]})"
                 : "{:type :invoke, :process 1, :f :write, :value [:" + key + " 1], :key \"" + key +
                       "\"}";
    text += json ? "\n{\"type\":\"ok\",\"process\":1,\"f\":\"write\",\"value\":null}\n"
                 : "\n#jepsen.history.Op{:type :ok, :process 1, :f :write, :value \\" + key + "}\n";
  }
  return text;
}

// Consumers of logs, whose keys come and go.
std::string many_rebalances() {
  std::string text;
  for (int i = 0; i < 30'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    text += "{:type :invoke, :process 1, :f :poll, :value [[:poll]]}\n";
    text +=
        "{:type :ok, :process 1, :f :poll, :value [[:poll {}]], :rebalance-log [{:keys [:" + key +
        "]}]}\n";
  }
  return text;
}

TEST(ReadPieces, GiveTheSameAsOneGo) {
  expect_same(long_history(), true);
  expect_same(many_texts(false), true);
  expect_same(many_texts(true), true);
  expect_same(many_rebalances(), true);
}

TEST(ReadPieces, AreNotCutInsideOfWhatALineLooksLike) {
  // A comment, a string and a map of several lines, each of which looks like an operation.
  for (const char* const odd :
       {"{:type :info, :process :nemesis, :f :start, :value \"\n{:type :ok}\n\"}\n",
        "; {:type\n{:type :info, :process :nemesis, :f :x, :value\n{:a\n{:b 1}}}\n",
        "#_\n{:type :ok, :process 99}\n"}) {
    std::string text = long_history();
    for (const std::size_t part : {3U, 2U}) {
      text.insert(text.find('\n', text.size() / part) + 1, odd);
    }
    expect_same(text, true);
    // So often that a cut must fall into one.
    std::string only = "{:type :invoke, :process 1, :f :w, :value 1}\n";
    while (only.size() < (3U << 20U)) only += odd;
    expect_same(only, true);
  }
}

TEST(ReadPieces, DamageIsFoundWhereItIs) {
  const std::string good = long_history();
  for (const std::size_t at : {good.size() / 5, good.size() / 2, good.size() - 40}) {
    std::string bad = good;
    bad.insert(good.find('\n', at) - 1, "\"");
    expect_same(bad, true);
    expect_same(good.substr(0, at), at >= (2U << 20U));
  }
}

TEST(ReadPieces, OneCollectionIsOnePiece) {
  expect_same("[" + long_history() + "]", false);
}

TEST(ReadPieces, WhatIsShortIsReadInOneGo) {
  expect_same(long_history().substr(0, long_history().find('\n') + 1), false);
}

}  // namespace
}  // namespace quorumlab::models
