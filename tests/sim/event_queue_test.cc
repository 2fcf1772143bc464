#include "sim/event_queue.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "sim/rng.h"

namespace quorumlab::sim {
namespace {

using Key = std::pair<std::int64_t, std::uint64_t>;

constexpr std::int64_t kEver = INT64_MAX;

Key key_of(const Event& event) {
  return {event.at, event.seq};
}

// The queue beside a sorted set that is obviously right.
class Pair {
 public:
  void push(std::int64_t at) {
    oracle_.insert({at, queue_.pushed()});
    queue_.push(Time(at), nullptr, static_cast<std::uint64_t>(at) ^ 77);
  }

  // Pops from both; false: they disagree.
  ::testing::AssertionResult pop_until(std::int64_t until) {
    const bool expected = !oracle_.empty() && oracle_.begin()->first <= until;
    Event event;
    if (queue_.pop_until(Time(until), event) != expected) {
      return ::testing::AssertionFailure() << "popped: " << !expected << " until " << until;
    }
    if (expected) {
      if (key_of(event) != *oracle_.begin()) {
        return ::testing::AssertionFailure() << "popped " << event.at << " #" << event.seq;
      }
      if (event.arg != (static_cast<std::uint64_t>(event.at) ^ 77)) {
        return ::testing::AssertionFailure() << "event #" << event.seq << " was changed";
      }
      oracle_.erase(oracle_.begin());
      now_ = event.at;
    } else if (until != kEver) {
      now_ = std::max(now_, until);
    }
    if (queue_.size() != oracle_.size() || queue_.empty() != oracle_.empty()) {
      return ::testing::AssertionFailure() << queue_.size() << " are left";
    }
    return ::testing::AssertionSuccess();
  }

  void remove_every_third() {
    queue_.remove_if([](const Event& event) { return event.seq % 3 == 0; });
    std::erase_if(oracle_, [](const Key& key) { return key.second % 3 == 0; });
  }

  [[nodiscard]] std::int64_t now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return oracle_.size(); }

 private:
  EventQueue queue_;
  std::set<Key> oracle_;
  std::int64_t now_ = 0;
};

// How far ahead events are scheduled: mostly ties, near, or over many scales.
std::int64_t delay(Stream& stream, std::uint64_t style) {
  switch (style % 4) {
    case 0:
      return stream.between(0, 2);
    case 1:
      return stream.between(0, 1000);
    case 2:
      return stream.between(0, INT64_C(1) << stream.below(45));
    default:
      return stream.chance(Probability(0.5)) ? 0 : stream.between(0, 1) * 1'000'000;
  }
}

TEST(EventQueue, AgreesWithASortedSetOverManySeeds) {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    Stream stream(Seed{seed}, "events");
    Pair pair;
    const std::int64_t growth = stream.between(2, 5);
    for (int step = 0; step < 1500; ++step) {
      for (std::int64_t i = stream.between(0, growth); i > 0; --i) {
        pair.push(pair.now() + delay(stream, seed));
      }
      for (std::int64_t i = stream.between(0, 3); i > 0; --i) {
        const bool limited = stream.chance(Probability(0.25));
        const std::int64_t until = limited ? pair.now() + stream.between(0, 500) : kEver;
        ASSERT_TRUE(pair.pop_until(until)) << "seed " << seed << " step " << step;
      }
      if (step % 500 == 499) pair.remove_every_third();
    }
    while (pair.size() > 0) ASSERT_TRUE(pair.pop_until(kEver)) << "seed " << seed;
  }
}

TEST(EventQueue, DrainsAHundredThousandEventsInOrder) {
  Stream stream(Seed{4}, "events");
  Pair pair;
  for (int i = 0; i < 100'000; ++i) pair.push(stream.between(0, 20'000));
  while (pair.size() > 0) ASSERT_TRUE(pair.pop_until(kEver));
}

TEST(EventQueue, HoldsAHundredThousandEventsWhileTimePasses) {
  Stream stream(Seed{5}, "events");
  Pair pair;
  for (int i = 0; i < 100'000; ++i) pair.push(stream.between(0, 1'000'000'000));
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(pair.pop_until(kEver));
    pair.push(pair.now() + stream.between(0, 1'000'000'000));
  }
}

TEST(EventQueue, KnowsTimesUpToTheLastNanosecond) {
  Pair pair;
  for (const std::int64_t at : {kEver, INT64_C(0), kEver - 1, INT64_C(1) << 62, kEver,
                                (INT64_C(1) << 62) - 1, INT64_C(1), kEver - 16}) {
    for (int i = 0; i < 7; ++i) pair.push(at);
  }
  ASSERT_TRUE(pair.pop_until(0));
  while (pair.size() > 0) ASSERT_TRUE(pair.pop_until(kEver));
}

TEST(EventQueue, KeepsTheOrderOfTiesThatLeaveTheFront) {
  // The first of many ties sits in the front until earlier events push it out, behind the younger.
  for (const int ties : {2, 12, 17, 40, 300}) {
    for (const int earlier : {1, 15, 16, 17, 100}) {
      Pair pair;
      for (int i = 0; i < ties; ++i) pair.push(1'000'000);
      for (int i = 0; i < earlier; ++i) pair.push(999'999 - i);
      for (int i = 0; i < ties; ++i) pair.push(1'000'000);
      while (pair.size() > 0) {
        ASSERT_TRUE(pair.pop_until(kEver)) << ties << " ties, " << earlier << " earlier";
      }
    }
  }
}

TEST(EventQueue, AcceptsEarlierEventsAfterAPopThatFoundNothing) {
  for (const int far : {1, 20, 400}) {
    Pair pair;
    for (int i = 0; i < far; ++i) pair.push(1'000 + i % 5);
    ASSERT_TRUE(pair.pop_until(999));
    pair.push(1'000);
    pair.push(999);
    pair.push(1'002);
    while (pair.size() > 0) ASSERT_TRUE(pair.pop_until(kEver)) << far;
  }
}

TEST(EventQueue, AsksAboutEachEventOnceWhenRemoving) {
  // World releases the messages of its last events in this predicate.
  EventQueue queue;
  Stream stream(Seed{6}, "events");
  for (int i = 0; i < 500; ++i) queue.push(Time(stream.between(0, 50)), nullptr, 0);
  Event event;
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(queue.pop_until(Time::max(), event));
  std::set<std::uint64_t> asked;
  std::size_t times = 0;
  queue.remove_if([&](const Event& e) {
    ++times;
    asked.insert(e.seq);
    return true;
  });
  EXPECT_EQ(times, 475U);
  EXPECT_EQ(asked.size(), 475U);
  EXPECT_TRUE(queue.empty());
  EXPECT_FALSE(queue.pop_until(Time::max(), event));
  queue.push(Time(60), nullptr, 0);
  EXPECT_TRUE(queue.pop_until(Time::max(), event));
}

TEST(EventQueue, LooksEverywhereForAnEvent) {
  EventQueue queue;
  for (std::uint64_t i = 0; i < 100; ++i) queue.push(Time(50), nullptr, i);
  for (std::uint64_t i = 100; i < 200; ++i) queue.push(Time(1'000'000), nullptr, i);
  Event event;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(queue.pop_until(Time::max(), event));
  for (std::uint64_t wanted = 0; wanted < 201; ++wanted) {
    const bool found = queue.any_of([&](const Event& e) { return e.arg == wanted; });
    EXPECT_EQ(found, 20 <= wanted && wanted < 200) << wanted;
  }
  EXPECT_EQ(queue.size(), 180U);
}

}  // namespace
}  // namespace quorumlab::sim
