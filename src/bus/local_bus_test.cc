#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

#include "bus/bus.h"

namespace troupe::bus {
namespace {

TEST(LocalBus, RingsReachTheirTopicOnly) {
  auto bus = make_local_bus();
  std::vector<StreamPos> events;
  std::vector<StreamPos> bots;
  auto a = bus->on_ring(Topic::events, [&](StreamPos pos) { events.push_back(pos); });
  auto b = bus->on_ring(Topic::bots, [&](StreamPos pos) { bots.push_back(pos); });
  bus->ring(Topic::events, 1);
  bus->ring(Topic::audit, 2);
  a.reset();
  bus->ring(Topic::events, 3);
  EXPECT_EQ(events, std::vector<StreamPos>{1});
  EXPECT_TRUE(bots.empty());
}

TEST(LocalBus, ChannelsDeliverInOrderToEverybody) {
  auto bus = make_local_bus();
  std::string first;
  std::string second;
  auto a = bus->subscribe("typing", [&](std::string_view bytes) { first += bytes; });
  auto b = bus->subscribe("typing", [&](std::string_view bytes) { second += bytes; });
  auto c = bus->subscribe("other", [&](std::string_view) { FAIL(); });
  for (const char* bytes : {"a", "b", "c"}) bus->publish("typing", bytes);
  bus->publish("nobody", "x");
  EXPECT_EQ(first, "abc");
  EXPECT_EQ(second, "abc");
}

TEST(LocalBus, AListenerMayEndItselfAndOthersAndRingAgain) {
  auto bus = make_local_bus();
  int calls = 0;
  SubscriptionPtr own;
  SubscriptionPtr other = bus->on_ring(Topic::users, [&](StreamPos) { ++calls; });
  SubscriptionPtr last;
  own = bus->on_ring(Topic::users, [&](StreamPos pos) {
    ++calls;
    last.reset();
    if (pos == 1) bus->ring(Topic::users, 2);
    own.reset();
  });
  last = bus->on_ring(Topic::users, [&](StreamPos) { FAIL() << "ended before its turn"; });
  bus->ring(Topic::users, 1);
  EXPECT_EQ(calls, 4);
  bus->ring(Topic::users, 3);
  EXPECT_EQ(calls, 5);
}

TEST(LocalBus, AFailingListenerDoesNotStopTheOthers) {
  auto bus = make_local_bus();
  int calls = 0;
  auto a = bus->on_ring(Topic::events, [](StreamPos) { throw std::runtime_error("no"); });
  auto b = bus->on_ring(Topic::events, [&](StreamPos) { ++calls; });
  bus->ring(Topic::events, 1);
  EXPECT_EQ(calls, 1);
}

TEST(LocalBus, EndingWaitsForTheCallInProgress) {
  auto bus = make_local_bus();
  std::binary_semaphore entered(0);
  std::binary_semaphore leave(0);
  std::atomic<bool> finished = false;
  auto subscription = bus->on_ring(Topic::events, [&](StreamPos) {
    entered.release();
    leave.acquire();
    finished = true;
  });
  std::thread ringer([&] { bus->ring(Topic::events, 1); });
  entered.acquire();
  std::thread releaser([&] { leave.release(); });
  subscription.reset();
  EXPECT_TRUE(finished);
  ringer.join();
  releaser.join();
}

TEST(LocalBus, SubscriptionsMayOutliveTheBus) {
  auto bus = make_local_bus();
  auto a = bus->on_ring(Topic::events, [](StreamPos) {});
  auto b = bus->subscribe("c", [](std::string_view) {});
  bus.reset();
}

TEST(LocalBus, ManyThreadsSubscribeRingAndLeave) {
  auto bus = make_local_bus();
  std::atomic<std::int64_t> heard = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        auto alive = std::make_unique<std::atomic<bool>>(true);
        auto a = bus->on_ring(Topic::events, [&heard, flag = alive.get()](StreamPos) {
          EXPECT_TRUE(flag->load());
          ++heard;
        });
        auto b = bus->subscribe("c", [&](std::string_view) { ++heard; });
        bus->ring(Topic::events, i);
        bus->publish("c", std::to_string(t));
        a.reset();
        *alive = false;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GE(heard.load(), 4 * 500 * 2);
}

}  // namespace
}  // namespace troupe::bus
