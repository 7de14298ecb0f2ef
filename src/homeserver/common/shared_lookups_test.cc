#include "homeserver/common/shared_lookups.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "base/clock.h"

namespace troupe::homeserver {
namespace {

class SharedLookupsTest : public testing::Test {
 protected:
  using Lookups = SharedLookups<std::string>;
  ~SharedLookupsTest() override {
    open_ = true;
    asio::co_spawn(home_, lookups_.stop(std::chrono::seconds(60)), asio::use_future).get();
    pool_.join();
  }

  /// Answers when it may.
  Lookups::Question question(Lookups::Outcome outcome) {
    return [this, outcome]() -> asio::awaitable<Lookups::Outcome> {
      ++asked_;
      asio::steady_timer timer(co_await asio::this_coro::executor);
      while (!open_) {
        timer.expires_after(std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
      }
      co_return outcome;
    };
  }
  std::future<Result<std::string>> begin(const std::string& key, Lookups::Outcome outcome,
                                         const std::string& asker = {}) {
    return asio::co_spawn(pool_, lookups_.find(asker, key, question(std::move(outcome))), asio::use_future);
  }
  void wait_until_asked(int count) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (asked_ < count && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ASSERT_EQ(asked_, count);
  }
  Result<std::string> find(const std::string& key, Lookups::Outcome outcome) { return begin(key, outcome).get(); }

  base::ManualClock clock_;
  asio::thread_pool pool_{2};
  asio::any_io_executor home_ = asio::make_strand(pool_);
  Lookups lookups_{home_, clock_, {.kept = 3, .kept_bytes = 1'000, .under_way = 2}};
  std::atomic<int> asked_{0};
  std::atomic<bool> open_{true};
};

TEST_F(SharedLookupsTest, ManyAskOnceTogether) {
  open_ = false;
  std::vector<std::future<Result<std::string>>> all;
  for (int i = 0; i < 20; ++i) all.push_back(begin("a", {.answer = "x", .life = std::chrono::seconds(5)}));
  open_ = true;
  for (auto& each : all) EXPECT_EQ(each.get().value(), "x");
  EXPECT_EQ(asked_, 1);
}

TEST_F(SharedLookupsTest, AnAnswerIsKeptForItsLife) {
  EXPECT_EQ(find("a", {.answer = "x", .life = std::chrono::seconds(5)}).value(), "x");
  EXPECT_EQ(find("a", {.answer = "y", .life = std::chrono::seconds(5)}).value(), "x");
  EXPECT_EQ(lookups_.kept("a")->value(), "x");
  clock_.advance(std::chrono::seconds(6));
  EXPECT_FALSE(lookups_.kept("a"));
  EXPECT_EQ(find("a", {.answer = "y", .life = std::chrono::seconds(5)}).value(), "y");
  EXPECT_EQ(find("a", {.answer = "z", .life = std::chrono::seconds(5)}).value(), "y");
  EXPECT_EQ(asked_, 2);
}

TEST_F(SharedLookupsTest, AFailureToo) {
  const Lookups::Outcome failure{.answer = Error(Errc::timed_out, "late"), .life = std::chrono::seconds(5)};
  EXPECT_EQ(find("a", failure).error().code(), Errc::timed_out);
  EXPECT_EQ(find("a", {.answer = "x"}).error().code(), Errc::timed_out);
  EXPECT_EQ(asked_, 1);
}

TEST_F(SharedLookupsTest, TheOldestGo) {
  for (const auto* key : {"a", "b", "c", "d"}) find(key, {.answer = key, .life = std::chrono::seconds(5)}).value();
  EXPECT_FALSE(lookups_.kept("a"));
  EXPECT_TRUE(lookups_.kept("d"));
  find("large", {.answer = "x", .life = std::chrono::seconds(5), .bytes = 11}).value();
  EXPECT_FALSE(lookups_.kept("large"));
}

TEST_F(SharedLookupsTest, NoMoreThanSoManyAtOnce) {
  open_ = false;
  auto first = begin("a", {.answer = "x"});
  auto second = begin("b", {.answer = "x"});
  wait_until_asked(2);
  EXPECT_EQ(find("c", {.answer = "x"}).error().code(), Errc::unavailable);
  open_ = true;
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
}

TEST_F(SharedLookupsTest, NobodyTakesAllOfThem) {
  Lookups lookups{home_, clock_, {.kept = 3, .kept_bytes = 1'000, .under_way = 4, .of_asker = 2}};
  const auto ask = [&](const std::string& asker, const std::string& key) {
    return asio::co_spawn(pool_, lookups.find(asker, key, question({.answer = key})), asio::use_future);
  };
  open_ = false;
  auto first = ask("anna", "a");
  auto second = ask("anna", "b");
  wait_until_asked(2);
  EXPECT_EQ(ask("anna", "c").get().error().code(), Errc::limit_exceeded);
  auto same = ask("anna", "a");  // an answer that comes anyway is everybody's
  auto others = ask("berta", "c");
  wait_until_asked(3);
  open_ = true;
  EXPECT_EQ(first.get().value(), "a");
  EXPECT_EQ(second.get().value(), "b");
  EXPECT_EQ(same.get().value(), "a");
  EXPECT_EQ(others.get().value(), "c");
  EXPECT_EQ(ask("anna", "c").get().value(), "c") << "what was answered counts no more";
  asio::co_spawn(home_, lookups.stop(std::chrono::seconds(60)), asio::use_future).get();
}

}  // namespace
}  // namespace troupe::homeserver
