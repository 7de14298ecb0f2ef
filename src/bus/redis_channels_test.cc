#include "bus/redis_channels.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "base/mutex.h"
#include "bus/redis_context.h"
#include "bus/redis_server.h"

namespace troupe::bus {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

bool comes(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

class RedisChannelsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::program()) GTEST_SKIP() << "redis-server is not installed: scripts/setup --test";
    server.emplace();
    channels =
        make_redis_channels({.address = address(), .patience = 500ms, .back_off = 20ms, .queue_messages = 50}, metrics);
  }
  void TearDown() override {
    if (stream) stream->stop();
    channels.reset();
    work.reset();
    thread.join();
  }

  RedisAddress address() const { return {.host = "127.0.0.1", .port = server->port(), .user = {}, .password = {}}; }
  Result<std::int64_t> publish(const std::string& channel, const std::string& bytes) {
    return asio::co_spawn(io, channels->publish(channel, bytes), asio::use_future).get();
  }
  /// A client of the test's own; it waits for a server that is just starting.
  Context connect() {
    for (;;) {
      if (auto made = redis_connect(address(), 1s)) return *std::move(made);
      std::this_thread::sleep_for(2ms);
    }
  }
  std::string ask(const std::vector<std::string_view>& words) {
    auto context = connect();
    const auto reply = redis_command(*context, words);
    if (!reply) return reply.error().detail();
    if ((*reply)->type == REDIS_REPLY_INTEGER) return std::to_string((*reply)->integer);
    return (*reply)->type == REDIS_REPLY_STRING ? (*reply)->str : "";
  }
  void add(const std::string& text) { ask({"XADD", "news", "*", "payload", text}); }
  /// How many wait for an acknowledgement.
  std::string pending() {
    auto context = connect();
    const auto reply = redis_command(*context, {"XPENDING", "news", "group"});
    return reply && (*reply)->type == REDIS_REPLY_ARRAY ? std::to_string((*reply)->element[0]->integer) : "none";
  }
  void read(const std::string& consumer = "me", std::chrono::milliseconds claim_after = 60s) {
    stream = make_redis_stream({.address = address(),
                                .stream = "news",
                                .group = "group",
                                .consumer = consumer,
                                .at_once = 3,
                                .patience = 500ms,
                                .block = 50ms,
                                .claim_after = claim_after,
                                .back_off = 5ms},
                               io.get_executor(), [this](std::vector<StreamEntry> entries) { return take(entries); });
  }
  asio::awaitable<std::vector<std::string>> take(std::vector<StreamEntry> entries) {
    std::vector<std::string> done;
    const base::Lock lock(mutex);
    for (const auto& entry : entries) {
      if (refuses) continue;
      if (!stuck.empty() && entry.fields.at(0).second == stuck) break;
      heard += entry.fields.empty() ? "?" : entry.fields.at(0).second + " ";
      done.push_back(entry.id);
    }
    ++rounds;
    co_return done;
  }
  std::string all() {
    const base::Lock lock(mutex);
    return heard;
  }
  void refuse(bool yes) {
    const base::Lock lock(mutex);
    refuses = yes;
  }
  int count() {
    const base::Lock lock(mutex);
    return rounds;
  }

  std::optional<RedisServer> server;
  base::MetricRegistry metrics;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  std::thread thread{[this] { io.run(); }};
  std::unique_ptr<RedisChannels> channels;
  std::unique_ptr<RedisStream> stream;
  base::Mutex mutex;
  std::string heard GUARDED_BY(mutex);
  bool refuses GUARDED_BY(mutex) = false;
  std::string stuck GUARDED_BY(mutex);  ///< nothing is taken from this one on
  int rounds GUARDED_BY(mutex) = 0;
};

TEST_F(RedisChannelsTest, WhoPublishesLearnsHowManyHeard) {
  ASSERT_TRUE(comes([&] { return publish("a", "1") == 0; }));
  auto listener = connect();
  ASSERT_TRUE(redis_command(*listener, {"SUBSCRIBE", "a"}));
  EXPECT_EQ(publish("a", std::string("x\0y", 3)), 1);
  EXPECT_EQ(publish("b", "2"), 0) << "another channel";
  void* raw = nullptr;
  ASSERT_EQ(redisGetReply(listener.get(), &raw), REDIS_OK);
  const Reply reply(static_cast<redisReply*>(raw));
  EXPECT_EQ(std::string(reply->element[2]->str, static_cast<std::size_t>(reply->element[2]->len)),
            std::string("x\0y", 3));
}

TEST_F(RedisChannelsTest, ItComesBackWithRedis) {
  ASSERT_TRUE(comes([&] { return publish("a", "1") == 0; }));
  server->stop();
  ASSERT_TRUE(comes([&] { return !publish("a", "2") && channels->trouble(); }));
  for (int i = 0; i < 200; ++i) channels->post("a", "nobody keeps it");
  server->start();
  ASSERT_TRUE(comes([&] { return publish("a", "3") == 0; }));
  EXPECT_FALSE(channels->trouble());
}

TEST_F(RedisChannelsTest, ARedisThatIsSilentIsNotWaitedForForEver) {
  ASSERT_TRUE(comes([&] { return publish("a", "1") == 0; }));
  server->freeze();
  const auto failed = publish("a", "2");
  server->thaw();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Errc::unavailable);
  EXPECT_TRUE(comes([&] { return publish("a", "3") == 0; }));
}

TEST_F(RedisChannelsTest, WhatWaitsAtTheEndFails) {
  server->stop();
  auto late = asio::co_spawn(io, channels->publish("a", "1"), asio::use_future);
  channels->stop();
  EXPECT_FALSE(late.get());
  EXPECT_FALSE(publish("a", "2"));
}

TEST_F(RedisChannelsTest, ChannelsOfAPatternAreHeardAlsoByARedisThatComesBack) {
  const auto hear = [this](std::string_view channel, std::string_view bytes) {
    const base::Lock lock(mutex);
    heard += std::string(channel) + "=" + std::string(bytes) + " ";
  };
  const auto pattern = make_redis_pattern(
      {.address = address(), .pattern = "report:*", .patience = 500ms, .heartbeat = 50ms, .back_off = 5ms}, hear);
  ASSERT_TRUE(comes([&] { return publish("report:1", "a") == 1; }));
  EXPECT_EQ(publish("other:1", "b"), 0);
  ASSERT_TRUE(comes([&] { return all() == "report:1=a "; }));
  server->freeze();
  ASSERT_TRUE(comes([&] { return pattern->trouble().has_value(); })) << "a server that says nothing";
  server->thaw();
  server->stop();
  server->start();
  ASSERT_TRUE(comes([&] { return publish("report:2", "c") == 1; }));
  EXPECT_TRUE(comes([&] { return all().ends_with("report:2=c "); }));
  pattern->stop();
  // The server sees the closed connection in its own time.
  EXPECT_TRUE(comes([&] { return publish("report:3", "d") == 0; }));
}

TEST_F(RedisChannelsTest, AStreamIsReadFromItsBeginInOrderAndAcknowledged) {
  for (const auto* text : {"1", "2", "3", "4", "5"}) add(text);
  read();
  ASSERT_TRUE(comes([&] { return all() == "1 2 3 4 5 "; })) << all();
  add("6");
  ASSERT_TRUE(comes([&] { return all() == "1 2 3 4 5 6 "; }));
  EXPECT_TRUE(comes([&] { return pending() == "0"; }));
}

TEST_F(RedisChannelsTest, WhatIsNotDoneWithComesAgain) {
  refuse(true);
  read();
  add("1");
  ASSERT_TRUE(comes([&] { return count() > 0; }));
  EXPECT_EQ(pending(), "1");
  stream->stop();
  refuse(false);
  read();
  ASSERT_TRUE(comes([&] { return all() == "1 "; })) << "at the next start";
  EXPECT_TRUE(comes([&] { return pending() == "0"; }));
}

TEST_F(RedisChannelsTest, NothingGoesBeforeWhatCannotBeTakenYet) {
  const auto stick = [this](const std::string& text) {
    const base::Lock lock(mutex);
    stuck = text;
  };
  stick("2");
  read();
  for (const auto* text : {"1", "2", "3", "4", "5", "6", "7", "8"}) add(text);
  ASSERT_TRUE(comes([&] { return all() == "1 " && count() > 5; })) << all();
  stick("6");
  ASSERT_TRUE(comes([&] { return all() == "1 2 3 4 5 "; })) << all();
  add("9");
  stick("");
  EXPECT_TRUE(comes([&] { return all() == "1 2 3 4 5 6 7 8 9 "; })) << all();
  EXPECT_TRUE(comes([&] { return pending() == "0"; }));
}

TEST_F(RedisChannelsTest, WhatAnotherConsumerLeftIsTakenOver) {
  refuse(true);
  read("another");
  add("1");
  ASSERT_TRUE(comes([&] { return count() > 0; }));
  stream->stop();
  refuse(false);
  read("me", 20ms);
  ASSERT_TRUE(comes([&] { return all() == "1 "; }));
  EXPECT_TRUE(comes([&] { return pending() == "0"; }));
}

TEST_F(RedisChannelsTest, AStreamSurvivesARedisThatForgets) {
  read();
  add("1");
  ASSERT_TRUE(comes([&] { return all() == "1 "; }));
  server->stop();
  ASSERT_TRUE(comes([&] { return stream->trouble().has_value(); }));
  server->start();
  ASSERT_TRUE(comes([&] { return !stream->trouble(); }));
  add("2");
  EXPECT_TRUE(comes([&] { return all() == "1 2 "; })) << "the group was made anew";
  ask({"FLUSHALL"});
  add("3");
  EXPECT_TRUE(comes([&] { return all() == "1 2 3 "; }));
}

}  // namespace
}  // namespace troupe::bus
