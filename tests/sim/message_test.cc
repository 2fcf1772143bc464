// Messages: pooled, counted, and each payload destroyed once whatever becomes of it.
#include "sim/message.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

struct Counting {
  using Reply = Counted;
  static constexpr std::string_view kName = "Counting";
  Counted counted;
};

template <std::size_t kBytes>
struct Sized {
  using Reply = int;
  static constexpr std::string_view kName = "Sized";
  std::array<unsigned char, kBytes> bytes{};
};

template <std::size_t kBytes>
Message& make(MessagePool& pool, unsigned char fill) {
  Sized<kBytes> payload;
  payload.bytes.fill(fill);
  return pool.make(detail::kRequestType<Sized<kBytes>>, payload);
}

template <std::size_t kBytes>
void make_two_and_look() {
  MessagePool pool;
  Message& one = make<kBytes>(pool, 1);
  Message& two = make<kBytes>(pool, 2);
  EXPECT_EQ(pool.alive(), 2U);
  EXPECT_GE(pool.bytes(), 2 * kBytes);
  EXPECT_EQ(one.type->wire_size(one.payload()), kBytes);
  for (const unsigned char byte : one.as<Sized<kBytes>>().bytes) ASSERT_EQ(byte, 1);
  for (const unsigned char byte : two.as<Sized<kBytes>>().bytes) ASSERT_EQ(byte, 2);
  pool.release(one);
  pool.release(two);
  EXPECT_EQ(pool.alive(), 0U);
}

TEST(MessagePool, HoldsPayloadsOfAnySize) {
  make_two_and_look<1>();
  make_two_and_look<64>();
  make_two_and_look<65>();
  make_two_and_look<1'000>();
  make_two_and_look<4'032>();
  make_two_and_look<4'033>();
  make_two_and_look<100'000>();
}

TEST(MessagePool, ReusesWhatWasReleased) {
  MessagePool pool;
  std::set<const Message*> places;
  for (int i = 0; i < 10'000; ++i) {
    Message& message = make<100>(pool, 1);
    places.insert(&message);
    pool.release(message);
  }
  EXPECT_EQ(places.size(), 1U);
  EXPECT_LE(pool.bytes(), 16'384U);
}

TEST(MessagePool, GivesHugeMessagesBackToTheSystem) {
  MessagePool pool;
  const std::size_t before = pool.bytes();
  for (int i = 0; i < 100; ++i) pool.release(make<100'000>(pool, 1));
  EXPECT_EQ(pool.bytes(), before);
}

TEST(MessagePool, DestroysAPayloadWithItsLastReference) {
  int alive = 0;
  MessagePool pool;
  Message& message = pool.make(detail::kRequestType<Counting>, Counting{Counted(alive)});
  ++message.references;
  EXPECT_EQ(alive, 1);
  pool.release(message);
  EXPECT_EQ(alive, 1);
  pool.release(message);
  EXPECT_EQ(alive, 0);
}

TEST(MessagePoolDeathTest, OutlivesItsMessages) {
  EXPECT_DEATH(
      {
        MessagePool pool;
        make<8>(pool, 1);
      },
      "1 messages outlive their world");
}

// Whatever becomes of it, a payload is destroyed exactly once.
template <class Meddle>
int left_over(const LinkOptions& link, Meddle meddle) {
  int alive = 0;
  {
    SmallWorld small;
    small.world.network().set_default(link);
    small.add("a", [&](Node& node) {
      node.serve(run_inline([](const Counting& counting) { return counting.counted; }));
    });
    small.add("b", [&](Node& node) {
      for (int i = 0; i < 5; ++i) {
        (void)node.call(NodeId(0), Counting{Counted(alive)}, 3_ms);
        node.send(NodeId(0), Counting{Counted(alive)});
      }
      node.sleep(1_s);
    });
    meddle(small.world);
    small.run_to(8_ms);
  }
  return alive;
}

TEST(Payload, IsDestroyedOnceWhateverHappens) {
  const auto nothing = [](World&) {};
  const LinkOptions plain{.latency = Distribution::constant(1_ms)};
  EXPECT_EQ(left_over(plain, nothing), 0);
  EXPECT_EQ(left_over({.latency = plain.latency, .duplicate = Probability(1)}, nothing), 0);
  EXPECT_EQ(left_over({.latency = plain.latency, .loss = Probability(1)}, nothing), 0);
  EXPECT_EQ(left_over({.latency = Distribution::constant(1_min)}, nothing), 0) << "still under way";
  const std::array<std::function<void(World&)>, 4> faults{
      [](World& world) { world.crash(NodeId(0)); }, [](World& world) { world.crash(NodeId(1)); },
      [](World& world) { world.pause(NodeId(0)); },
      [](World& world) {
        world.network().cut({.groups = {{NodeId(0)}, {NodeId(1)}}});
      }};
  for (const auto& fault : faults) {
    for (const Duration at : {500_us, 1'500_us, 2'500_us}) {
      EXPECT_EQ(
          left_over(plain, [&](World& world) { world.at(Time{} + at, [&] { fault(world); }); }), 0);
    }
  }
}

}  // namespace
}  // namespace quorumlab::sim
