#include "bus/redis_bus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/mutex.h"
#include "bus/redis_server.h"

namespace troupe::bus {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr auto kPatience = 60s;

/// Everything a process heard, in order, as text.
class Heard {
 public:
  void add(std::string text) {
    const base::Lock lock(mutex_);
    all_.push_back(std::move(text));
    changed_.notify_all();
  }
  template <class Check>
  bool until(Check check) {
    base::Lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&]() REQUIRES(mutex_) { return check(all_); });
  }
  bool until_has(const std::string& text) {
    return until([&](const auto& all) { return std::ranges::count(all, text) > 0; });
  }
  std::vector<std::string> all() {
    const base::Lock lock(mutex_);
    return all_;
  }
  std::ptrdiff_t count(const std::string& text) { return std::ranges::count(all(), text); }

 private:
  base::Mutex mutex_;
  base::Condition changed_;
  std::vector<std::string> all_ GUARDED_BY(mutex_);
};

class RedisBusTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::program()) GTEST_SKIP() << "redis-server is not installed: scripts/setup --test";
  }

  struct Process {
    explicit Process(std::uint16_t port, std::string server = "example.org", std::string password = {},
                     std::size_t queue = 2'000, std::chrono::milliseconds patience = 30s)
        : bus(make_redis_bus(
              {.address = {.host = "127.0.0.1", .port = port, .user = {}, .password = std::move(password)},
               .server_name = std::move(server),
               .patience = patience,
               .heartbeat = 100ms,
               .first_back_off = 5ms,
               .longest_back_off = 50ms,
               .queue_messages = queue},
              metrics)),
          events(bus->on_ring(Topic::events, [this](StreamPos pos) { heard.add("events " + std::to_string(pos)); })),
          bots(bus->on_ring(Topic::bots, [this](StreamPos pos) { heard.add("bots " + std::to_string(pos)); })),
          typing(
              bus->subscribe("typing", [this](std::string_view bytes) { heard.add("typing " + std::string(bytes)); })),
          own(bus->subscribe("host.draining", [this](std::string_view) { heard.add("draining"); })) {}
    bool connected(bool wanted = true) {
      const auto end = std::chrono::steady_clock::now() + kPatience;
      while (bus->trouble().has_value() == wanted && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      return bus->trouble().has_value() != wanted;
    }
    base::MetricRegistry metrics;
    Heard heard;
    std::unique_ptr<RedisBus> bus;
    SubscriptionPtr events, bots, typing, own;
  };
};

TEST_F(RedisBusTest, RingsAndMessagesReachTheOthersOnceAndOneselfAtOnce) {
  RedisServer redis;
  Process a(redis.port());
  Process b(redis.port());
  Process stranger(redis.port(), "other.org");
  ASSERT_TRUE(a.connected() && b.connected() && stranger.connected());
  a.bus->ring(Topic::events, 7);
  EXPECT_EQ(a.heard.count("events 7"), 1) << "own listeners do not wait for Redis";
  a.bus->publish("typing", std::string("x\0y\r\n", 5));
  a.bus->publish("host.draining", "");
  b.bus->ring(Topic::bots, 3);
  b.bus->publish("typing", "end");
  const auto typed = "typing " + std::string("x\0y\r\n", 5);
  ASSERT_TRUE(b.heard.until_has(typed) && b.heard.until_has("events 7"));
  ASSERT_TRUE(a.heard.until_has("typing end") && a.heard.until_has("bots 3"));
  EXPECT_EQ(a.heard.count(typed), 1);
  EXPECT_EQ(a.heard.count("events 7"), 1);
  EXPECT_EQ(b.heard.count("draining"), 0);
  EXPECT_EQ(a.heard.count("draining"), 1);
  // What the stranger hears comes after all of this, and is nothing of it.
  stranger.bus->publish("typing", "own");
  EXPECT_EQ(stranger.heard.count("events 7") + stranger.heard.count("typing end"), 0);
}

TEST_F(RedisBusTest, MessagesOfOneProcessKeepTheirOrder) {
  RedisServer redis;
  Process a(redis.port());
  Process b(redis.port());
  ASSERT_TRUE(a.connected() && b.connected());
  for (int i = 0; i < 500; ++i) a.bus->publish("typing", std::to_string(i));
  ASSERT_TRUE(b.heard.until_has("typing 499"));
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) expected.push_back("typing " + std::to_string(i));
  auto heard = b.heard.all();
  std::erase_if(heard, [](const std::string& text) { return !text.starts_with("typing"); });
  EXPECT_EQ(heard, expected);
}

TEST_F(RedisBusTest, WhatOthersRangFirstIsNotSentBack) {
  RedisServer redis;
  Process a(redis.port());
  Process b(redis.port());
  ASSERT_TRUE(a.connected() && b.connected());
  a.bus->ring(Topic::events, 10);
  ASSERT_TRUE(b.heard.until_has("events 10"));
  b.bus->ring(Topic::events, 10);  // b has read it from the database by now
  b.bus->ring(Topic::events, 11);
  ASSERT_TRUE(a.heard.until_has("events 11"));
  EXPECT_EQ(a.heard.count("events 10"), 1);
}

TEST_F(RedisBusTest, AwayAndBackEverythingIsLookedAtAgain) {
  RedisServer redis;
  Process a(redis.port());
  Process b(redis.port());
  ASSERT_TRUE(a.connected() && b.connected());
  ASSERT_TRUE(a.heard.until_has("bots 0")) << "at the first connection too";
  const auto looked = a.heard.count("events 0");
  redis.stop();
  ASSERT_TRUE(a.connected(false) && b.connected(false));
  EXPECT_NE(a.bus->trouble()->find("127.0.0.1"), std::string::npos);
  a.bus->ring(Topic::events, 21);
  a.bus->ring(Topic::events, 22);
  a.bus->publish("typing", "meanwhile");
  EXPECT_EQ(a.heard.count("typing meanwhile"), 1) << "inside the process nothing changes";
  redis.start();
  ASSERT_TRUE(a.connected() && b.connected());
  EXPECT_TRUE(a.heard.until([&](const auto& all) { return std::ranges::count(all, "events 0") == looked + 1; }));
  EXPECT_TRUE(b.heard.until_has("bots 0"));
  a.bus->publish("typing", "again");
  EXPECT_TRUE(b.heard.until_has("typing again"));
}

TEST_F(RedisBusTest, WhatWaitsMeanwhileIsBounded) {
  RedisServer redis;
  Process a(redis.port(), "example.org", {}, 10);
  Process b(redis.port());
  ASSERT_TRUE(a.connected() && b.connected());
  redis.stop();
  ASSERT_TRUE(a.connected(false) && b.connected(false));
  for (int i = 0; i < 100; ++i) a.bus->publish("typing", std::to_string(i));
  EXPECT_GE(a.metrics.counter("troupe_bus_redis_dropped_total", "").value(), 90U);
}

TEST_F(RedisBusTest, AServerThatSaysNothingIsLeft) {
  RedisServer redis;
  Process a(redis.port(), "example.org", {}, 2'000, 500ms);
  ASSERT_TRUE(a.connected());
  redis.freeze();
  EXPECT_TRUE(a.connected(false));
  redis.thaw();
  EXPECT_TRUE(a.connected());
}

TEST_F(RedisBusTest, APasswordIsUsedAndNeverShown) {
  RedisServer redis({"--requirepass", "very-secret"});
  Process wrong(redis.port(), "example.org", "other-secret");
  Process a(redis.port(), "example.org", "very-secret");
  Process b(redis.port(), "example.org", "very-secret");
  ASSERT_TRUE(a.connected() && b.connected());
  a.bus->publish("typing", "in");
  EXPECT_TRUE(b.heard.until_has("typing in"));
  ASSERT_TRUE(wrong.bus->trouble());
  EXPECT_EQ(wrong.bus->trouble()->find("secret"), std::string::npos);
}

TEST_F(RedisBusTest, WithoutAServerItWaitsAndStopsAtOnce) {
  std::uint16_t port = 0;
  {
    RedisServer redis;
    port = redis.port();
  }
  Process a(port);
  a.bus->ring(Topic::events, 1);
  EXPECT_EQ(a.heard.count("events 1"), 1);
  a.bus->stop();
  EXPECT_TRUE(a.bus->trouble());
}

TEST(RedisAddress, UnderstandsUrls) {
  auto all = RedisAddress::parse("redis://me:p%40ss@[::1]:7000/3");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->host, "::1");
  EXPECT_EQ(all->port, 7000);
  EXPECT_EQ(all->user, "me");
  EXPECT_EQ(all->password, "p@ss");
  EXPECT_EQ(all->database, 3);
  EXPECT_EQ(all->name(), "[::1]:7000");
  auto least = RedisAddress::parse("redis://cache");
  ASSERT_TRUE(least);
  EXPECT_EQ(least->port, 6379);
  EXPECT_TRUE(least->password.empty());
  EXPECT_TRUE(RedisAddress::parse("redis://:secret@cache/"));
  for (const char* wrong :
       {"", "redis://", "http://cache", "rediss://cache", "redis://cache:0", "redis://cache:x", "redis://cache:70000",
        "redis://cache/x", "redis://cache/-1", "redis://[::1", "redis://[::1]x", "redis://u:sec%zzret@cache",
        "redis://me@cache", "redis://cache:", "redis://cache?x=1"}) {
    auto parsed = RedisAddress::parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code(), Errc::invalid_param);
    EXPECT_EQ(parsed.error().message().find("sec%"), std::string::npos);
  }
}

}  // namespace
}  // namespace troupe::bus
