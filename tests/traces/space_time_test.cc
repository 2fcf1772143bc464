#include "traces/space_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "tests/traces/golden.h"
#include "tests/traces/sample_run.h"
#include "tests/traces/xml_check.h"
#include "traces/dot.h"
#include "traces/explain.h"
#include "traces/rows.h"
#include "traces/svg.h"
#include "traces/timeline.h"

namespace quorumlab::traces {
namespace {

Picture draw(const SampleRun& run) {
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  return space_time(run.record, run.history, slice,
                    caption_of(explain(run.record, run.history, run.witness)));
}

std::size_t count_arrows(const Picture& picture, ArrowStyle style) {
  return static_cast<std::size_t>(std::ranges::count(picture.diagram.arrows, style, &Arrow::style));
}

// What must not touch: every word with every other, and with bars and pills.
void expect_no_collisions(const Picture& picture, std::uint64_t seed) {
  std::vector<std::pair<std::string, Rect>> boxes;
  for (const Label& l : picture.diagram.labels) boxes.emplace_back(l.text, box_of(l));
  for (const Label& l : picture.legend.labels) boxes.emplace_back(l.text, box_of(l));
  for (const Pill& p : picture.diagram.pills) boxes.emplace_back(p.text, p.rect);
  for (const Bar& b : picture.diagram.bars) boxes.emplace_back(b.first_line, b.rect);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto& [text, box] = boxes[i];
    EXPECT_TRUE(box.x >= 0 && box.right() <= picture.width) << seed << ": " << text;
    EXPECT_TRUE(box.y >= 0 && box.bottom() <= picture.height) << seed << ": " << text;
    for (std::size_t k = 0; k < i; ++k)
      EXPECT_FALSE(box.overlaps(boxes[k].second))
          << seed << ": \"" << text << "\" over \"" << boxes[k].first << "\"";
  }
}

TEST(Rows, OneForEachInstantAndPillsForThemselves) {
  const sim::Time t(5);
  const Rows rows({{t, 1, {PartKind::kEvent, 1}, NodeId(0), PartShape::kDot},
                   {t, 2, {PartKind::kEvent, 2}, NodeId(1), PartShape::kDot},
                   {t, 3, {PartKind::kEvent, 3}, NodeId(1), PartShape::kPill},
                   {sim::Time(6), 4, {PartKind::kEvent, 4}, NodeId(0), PartShape::kDot}});
  EXPECT_EQ(rows.row({PartKind::kEvent, 1}), rows.row({PartKind::kEvent, 2}));
  EXPECT_EQ(rows.row({PartKind::kEvent, 3}), 1U);
  EXPECT_EQ(rows.row({PartKind::kEvent, 4}), 2U);
}

TEST(Rows, CutIdleTimeVisibly) {
  std::vector<RowItem> items;
  for (std::uint64_t i = 0; i < 8; ++i)
    items.push_back({sim::Time(static_cast<std::int64_t>(i < 4 ? i : i + 1000)),
                     i,
                     {PartKind::kEvent, i},
                     NodeId(0),
                     PartShape::kDot});
  Rows rows(items);
  rows.settle(0);
  EXPECT_EQ(std::ranges::count(rows.rows(), true, &Row::is_break), 1);
  EXPECT_TRUE(rows.rows()[4].is_break);
  EXPECT_EQ(rows.y_of(sim::Time(3)), rows.rows()[3].y);
  EXPECT_GT(rows.y_of(sim::Time(500)), rows.rows()[3].y);
  EXPECT_LT(rows.y_of(sim::Time(500)), rows.rows()[4].y);
  EXPECT_EQ(rows.y_of(sim::Time(5000)), std::nullopt);
}

TEST(SpaceTime, TimeNeverRunsUpwards) {
  const Picture picture = draw(stale_read_after_failover());
  for (const Arrow& arrow : picture.diagram.arrows) EXPECT_GT(arrow.to.y, arrow.from.y) << arrow.id;
}

TEST(SpaceTime, LostMessagesStopOnTheWay) {
  const Picture picture = draw(stale_read_after_failover());
  EXPECT_EQ(count_arrows(picture, ArrowStyle::kLost), 2U);
  for (const Arrow& arrow : picture.diagram.arrows) {
    if (arrow.style != ArrowStyle::kLost) continue;
    for (const LaneLine& lane : picture.diagram.lanes)
      EXPECT_GT(std::max(arrow.to.x - lane.x, lane.x - arrow.to.x), 20) << arrow.id;
  }
}

TEST(SpaceTime, TheViolationIsMarkedInMoreThanOneWay) {
  const Picture picture = draw(stale_read_after_failover());
  const auto wrong = std::ranges::find(picture.diagram.bars, BarStyle::kViolation, &Bar::style);
  ASSERT_NE(wrong, picture.diagram.bars.end());
  EXPECT_EQ(wrong->first_line, "! read x → 3");
  EXPECT_EQ(count_arrows(picture, ArrowStyle::kEvidence), 1U);
}

TEST(SpaceTime, EachLaneIsTintedByItsSide) {
  const Picture picture = draw(stale_read_after_failover());
  std::string sides;
  for (const LaneLine& lane : picture.diagram.lanes)
    for (const Band& band : picture.diagram.bands)
      if (band.rect.x < lane.x && lane.x < band.rect.right()) sides += band.letter;
  EXPECT_EQ(sides, "ABABB");
}

TEST(SpaceTime, ALegendHasOnlyWhatIsUsed) {
  const Picture picture = draw(stale_read_after_failover());
  const auto has = [&](std::string_view text) {
    return std::ranges::any_of(picture.legend.labels,
                               [&](const Label& l) { return l.text == text; });
  };
  EXPECT_TRUE(has("lost message"));
  EXPECT_TRUE(has("side B"));
  EXPECT_FALSE(has("down"));
  EXPECT_FALSE(has("duplicate made by the network"));
}

TEST(SpaceTime, AnUnansweredOperationStaysOpen) {
  SampleRun run = stale_read_after_failover();
  Teller tell(run.record, run.history);
  tell.at(1110);
  const sim::OpId op = tell.invoke(5, models::Function::kWrite, 9);
  const EventId put = tell.send({5, 1}, "Put", {.op = op, .value = 9, .has_key = true});
  tell.at(1112);
  tell.receive(put);
  const Slice slice = slice_of_window(run.record, run.history, put, {});
  const Picture picture = space_time(run.record, run.history, slice, {});
  const Bar& bar = picture.diagram.bars.back();
  EXPECT_EQ(bar.second_line, "op 4: no answer");
  EXPECT_GT(bar.tail, bar.rect.bottom());
}

TEST(SpaceTime, NothingEverCollidesOrIsClipped) {
  expect_no_collisions(draw(stale_read_after_failover()), 0);
  for (std::uint64_t seed = 0; seed < 200; ++seed) expect_no_collisions(draw(storm(seed)), seed);
}

TEST(SpaceTime, EveryArrowOfAStormHasItsLabel) {
  std::size_t arrows = 0;
  std::size_t labels = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Picture picture = draw(storm(seed));
    for (const Arrow& a : picture.diagram.arrows)
      arrows += a.style == ArrowStyle::kEvidence ? 0U : 1U;
    for (const Label& l : picture.diagram.labels)
      labels += l.anchor == Anchor::kMiddle && l.style != TextStyle::kLane &&
                        l.style != TextStyle::kMuted && l.style != TextStyle::kEvidence
                    ? 1U
                    : 0U;
  }
  EXPECT_GE(labels, arrows);
}

TEST(SpaceTime, AnEmptySliceIsStillAPicture) {
  const Slice slice = slice_of_window(Record(), models::History(), sim::kNoEvent, {});
  const Picture picture = space_time(Record(), models::History(), slice, {});
  EXPECT_EQ(xml_problem(to_svg(picture)), "");
}

TEST(Svg, IsWellFormed) {
  EXPECT_EQ(xml_problem(to_svg(draw(stale_read_after_failover()))), "");
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_EQ(xml_problem(to_svg(draw(storm(seed)))), "") << seed;
}

TEST(Svg, SurvivesHostileNames) {
  SampleRun run = stale_read_after_failover();
  run.record.lanes[1].name = "<n2 & \"co\">\x01\xFF";
  run.record.lanes[2].name = std::string(300, 'w');
  run.record.keys[0] = "</text><script>";
  run.record.faults[0].text = "]]>{<}";
  const Picture picture = draw(run);
  EXPECT_EQ(xml_problem(to_svg(picture)), "");
  EXPECT_EQ(to_svg(picture).find("<script"), std::string::npos);
  expect_no_collisions(picture, 0);
}

TEST(Svg, HasTheGoldenBytes) {
  const std::string svg = to_svg(draw(stale_read_after_failover()));
  EXPECT_EQ(svg, golden("stale_read.svg", svg));
}

TEST(Dot, HasTheGoldenBytes) {
  const std::string dot = to_dot(draw(stale_read_after_failover()));
  EXPECT_EQ(dot, golden("stale_read.dot", dot));
}

TEST(Dot, IsAcceptedByGraphvizWhereItIsInstalled) {
  if (std::system("command -v dot >/dev/null 2>&1") != 0) return;
  const std::string path = testing::TempDir() + "quorumlab_stale_read.dot";
  std::ofstream(path) << to_dot(draw(stale_read_after_failover()));
  const std::string svg = testing::TempDir() + "quorumlab_stale_read_dot.svg";
  ASSERT_EQ(std::system(("dot -Tsvg -o '" + svg + "' '" + path + "' 2>/dev/null").c_str()), 0);
  std::ifstream file(svg);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("id=\"op3\""), std::string::npos);
  EXPECT_NE(text.str().find("this read began"), std::string::npos);
}

TEST(Timeline, HasTheGoldenBytes) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  const std::string text = timeline(run.record, run.history, slice);
  EXPECT_EQ(text, golden("stale_read.timeline.txt", text));
}

TEST(Timeline, IsPlainAsciiWhateverHappens) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SampleRun run = storm(seed);
    run.record.lanes[1].name = "nœud-1";
    const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
    const std::string text = timeline(run.record, run.history, slice);
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
      return c == '\n' || (c >= ' ' && c < 127);
    })) << text;
  }
}

}  // namespace
}  // namespace quorumlab::traces
