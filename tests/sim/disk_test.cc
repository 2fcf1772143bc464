// Disks: what a crash leaves of what was written, and how long it takes to make it safe.
#include "sim/disk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

struct Survey {
  std::string found;  // in file "log" after the restart
  World::CrashEffect effect;
};

// The first life of a node does `before` until it crashes at `crash_at`; the second looks.
Survey crash_and_look(const DiskOptions& options, Duration crash_at,
                      const std::function<void(Node&)>& before, Seed seed = Seed{1}) {
  Survey survey;
  SmallWorld small(WorldOptions{.seed = seed});
  const NodeId a = small.add({.name = "a", .disk = options, .program = [&](Node& node) {
                                if (node.incarnation() > 1) {
                                  survey.found = node.disk().read("log");
                                } else {
                                  before(node);
                                  node.sleep(1_min);
                                }
                              }});
  small.at(crash_at, [&] {
    survey.effect = small.world.crash(a);
    small.world.start(a);
  });
  small.run_to(crash_at + 1_s);
  return survey;
}

const DiskOptions kPlain{.sync = Distribution::constant(1_ms)};

TEST(Disk, KeepsWhatWasSyncedAtPowerLoss) {
  const Survey survey = crash_and_look(kPlain, 10_ms, [](Node& node) {
    node.disk().append("log", "one ");
    node.disk().append("log", "two ");
    node.disk().sync();
  });
  EXPECT_EQ(survey.found, "one two ");
  EXPECT_EQ(survey.effect.bytes, 0U);
}

TEST(Disk, LosesUnsyncedWritesAtPowerLoss) {
  const Survey survey = crash_and_look(kPlain, 10_ms, [](Node& node) {
    node.disk().append("log", "one ");
    node.disk().sync();
    node.disk().append("log", "two ");
    EXPECT_EQ(node.disk().read("log"), "one two ");
    EXPECT_EQ(node.disk().unsynced(), 4U);
  });
  EXPECT_EQ(survey.found, "one ");
  EXPECT_EQ(survey.effect.bytes, 4U);
}

TEST(Disk, LosesWhatASyncHadNotFinished) {
  const auto write = [](Node& node) {
    node.disk().append("log", "one");
    node.disk().sync();
  };
  EXPECT_EQ(crash_and_look(kPlain, 999_us, write).found, "");
  EXPECT_EQ(crash_and_look(kPlain, 1'001_us, write).found, "one");
}

TEST(Disk, CoversWithASyncOnlyWhatWasWrittenBeforeIt) {
  const Survey survey = crash_and_look(kPlain, 1'500_us, [](Node& node) {
    node.disk().append("log", "before ");
    node.spawn("writer", [&] {
      node.sleep(500_us);
      node.disk().append("log", "during ");
    });
    node.disk().sync();
    EXPECT_EQ(node.disk().read("log"), "before during ");
    EXPECT_EQ(node.disk().unsynced(), 7U);
  });
  EXPECT_EQ(survey.found, "before ");
}

TEST(Disk, DoesItsSyncsOneAfterTheOther) {
  std::vector<Time> done;
  SmallWorld small;
  const NodeId a = small.add("a", [&](Node& node) {
    for (int i = 0; i < 3; ++i) {
      node.spawn("sync", [&] {
        node.disk().append("log", "x");
        node.disk().sync();
        done.push_back(node.world().now());
      });
    }
    node.sleep(1_s);
  });
  small.run_to(1_s);
  EXPECT_EQ(done, (std::vector<Time>{after_start(1_ms), after_start(2_ms), after_start(3_ms)}));
  EXPECT_EQ(small.world.node(a).disk().syncs(), 3U);
}

TEST(Disk, ForgetsSyncsOfTheLastLife) {
  std::vector<Time> done;
  SmallWorld small;
  const NodeId a = small.add(
      {.name = "a", .disk = {.sync = Distribution::constant(1_s)}, .program = [&](Node& node) {
         node.disk().append("log", "x");
         node.disk().sync();
         done.push_back(node.world().now());
       }});
  small.at(100_ms, [&] {
    small.world.crash(a);
    small.world.start(a);
  });
  small.run_to(5_s);
  EXPECT_EQ(done, std::vector<Time>{after_start(1'100_ms)});
  EXPECT_EQ(small.world.node(a).disk().read("log"), "x");
}

TEST(Disk, CutsAFileForGoodOnlyWithASync) {
  const auto write = [](Node& node) {
    node.disk().append("log", "abcdef");
    node.disk().sync();
    node.disk().truncate("log", 2);
    EXPECT_EQ(node.disk().read("log"), "ab");
  };
  EXPECT_EQ(crash_and_look(kPlain, 10_ms, write).found, "abcdef");
  const auto and_sync = [&](Node& node) {
    write(node);
    node.disk().append("log", "XY");
    node.disk().sync();
  };
  EXPECT_EQ(crash_and_look(kPlain, 10_ms, and_sync).found, "abXY");
}

TEST(Disk, CutsAndWritesInTheOrderAsked) {
  const Survey survey = crash_and_look(kPlain, 10_ms, [](Node& node) {
    node.disk().append("log", "abc");
    node.disk().truncate("log", 0);
    node.disk().append("log", "x");
    node.disk().truncate("log", 1);
    node.disk().append("log", "yz");
    node.disk().sync();
  });
  EXPECT_EQ(survey.found, "xyz");
}

TEST(Disk, KeepsFilesApart) {
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.disk().append("log", "entries");
    node.disk().append("vote", "n2");
    node.disk().append("empty", "");
    node.disk().truncate("log", 3);
    node.disk().sync();
    EXPECT_EQ(node.disk().read("log"), "ent");
    EXPECT_EQ(node.disk().read("vote"), "n2");
    EXPECT_EQ(node.disk().read("empty"), "");
    EXPECT_EQ(node.disk().read("nobody wrote it"), "");
  });
  small.run_to(1_s);
}

constexpr std::size_t kSector = 512;
constexpr std::size_t kSectors = 16;

DiskOptions torn() {
  return {.sync = Distribution::constant(1_ms), .unsynced = Unsynced::kTorn};
}

std::string numbered_sectors() {
  std::string content;
  for (std::size_t i = 0; i < kSectors; ++i) {
    content.append(kSector, static_cast<char>('a' + i));
  }
  return content;
}

TEST(TornDisk, KeepsEachSectorWholeOrNotAtAll) {
  std::set<std::string> outcomes;
  std::size_t kept = 0;
  const std::string written = numbered_sectors();
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Survey survey = crash_and_look(
        torn(), 10_ms, [&](Node& node) { node.disk().append("log", written); }, Seed{seed});
    std::size_t kept_now = 0;
    for (std::size_t i = 0; i * kSector < survey.found.size(); ++i) {
      const std::string sector = survey.found.substr(i * kSector, kSector);
      const bool whole = sector == written.substr(i * kSector, kSector);
      EXPECT_TRUE(whole || sector == std::string(kSector, '\0'));
      kept_now += whole ? 1 : 0;
    }
    EXPECT_EQ(survey.effect.bytes, (kSectors - kept_now) * kSector);
    kept += kept_now;
    outcomes.insert(survey.found);
  }
  EXPECT_GT(outcomes.size(), 35U);
  EXPECT_NEAR(static_cast<double>(kept), 40 * kSectors / 2.0, 45);
}

TEST(TornDisk, TearsAWriteWhereSectorsOfTheFileEnd) {
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Survey survey = crash_and_look(
        torn(), 10_ms,
        [&](Node& node) {
          node.disk().append("log", std::string(500, 'x'));
          node.disk().sync();
          node.disk().append("log", std::string(100, 'y'));  // 12 in the first sector, 88 behind
        },
        Seed{seed});
    EXPECT_EQ(survey.found.substr(0, 500), std::string(500, 'x'));
    sizes.insert(survey.found.size());
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{500, 512, 600}));
}

TEST(TornDisk, KeepsWhatWasSynced) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Survey survey = crash_and_look(
        torn(), 10_ms,
        [](Node& node) {
          node.disk().append("log", numbered_sectors());
          node.disk().sync();
        },
        Seed{seed});
    EXPECT_EQ(survey.found, numbered_sectors());
    EXPECT_EQ(survey.effect.bytes, 0U);
  }
}

TEST(TornDisk, MayLoseACutThatWasNotSynced) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    outcomes.insert(crash_and_look(
                        torn(), 10_ms,
                        [](Node& node) {
                          node.disk().append("log", "abc");
                          node.disk().sync();
                          node.disk().truncate("log", 1);
                        },
                        Seed{seed})
                        .found);
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"a", "abc"}));
}

TEST(Disk, OfADyingNodeIsNotWritten) {
  struct LastWill {
    Node& node;
    ~LastWill() {
      node.disk().append("log", "late");
      node.disk().truncate("log", 0);
    }
  };
  std::string found;
  SmallWorld small;
  const NodeId a = small.add("a", [&](Node& node) {
    if (node.incarnation() > 1) return;
    node.disk().append("log", "safe");
    node.disk().sync();
    const LastWill will{node};
    node.sleep(1_min);
  });
  small.at(10_ms, [&] { small.world.crash(a); });
  small.run_to(20_ms);
  EXPECT_EQ(small.world.node(a).disk().read("log"), "safe");
  EXPECT_EQ(small.world.node(a).disk().unsynced(), 0U);
}

TEST(DiskDeathTest, CutsNothingBehindTheEnd) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.add("a", [](Node& node) { node.disk().truncate("log", 1); });
        small.run_to(1_s);
      },
      "file log is shorter than 1 bytes");
}

}  // namespace
}  // namespace quorumlab::sim
