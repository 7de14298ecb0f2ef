// What only coroutines can do; the rest is in tests/contract.
#include "runtime/in_process_driver.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "kit/task_runner.h"

namespace troupe::runtime {
namespace {

using namespace std::chrono_literals;

class InProcessDriverTest : public testing::Test, protected kit::TaskRunner {
 protected:
  InProcessDriverTest()
      : driver_(
            home_.get_executor(), [this] { return tasks_.get_executor(); }, metrics_),
        home_thread_([this] { home_.run(); }),
        tasks_thread_([this] { tasks_.run(); }) {}
  ~InProcessDriverTest() override {
    EXPECT_TRUE(run(driver_.stop_all(1s)));
    home_.stop();
    tasks_.stop();
    home_thread_.join();
    tasks_thread_.join();
  }
  asio::any_io_executor tasks_run_on() override { return home_.get_executor(); }
  static TaskSpec of_kind(std::string kind) {
    TaskSpec spec;
    spec.id = "t";
    spec.driver_config["kind"] = std::move(kind);
    return spec;
  }
  ExitResult run_to_end(TaskSpec spec) {
    EXPECT_TRUE(run(driver_.start(std::move(spec))));
    auto exit = run(driver_.wait("t", 20s));
    EXPECT_TRUE(exit);
    return exit.value_or(ExitResult{});
  }

  asio::io_context home_{1};
  asio::io_context tasks_{1};
  asio::executor_work_guard<asio::io_context::executor_type> home_work_{home_.get_executor()};
  asio::executor_work_guard<asio::io_context::executor_type> tasks_work_{tasks_.get_executor()};
  base::MetricRegistry metrics_;
  InProcessDriver driver_;
  std::thread home_thread_;
  std::thread tasks_thread_;
};

TEST_F(InProcessDriverTest, AnErrorIsAnExitWithItsWords) {
  driver_.add_kind("wrong", [](InProcessTaskPtr) -> Task<std::int64_t> {
    co_return Error(Errc::unavailable, "the service is away", "a detail for the log");
  });
  const auto exit = run_to_end(of_kind("wrong"));
  EXPECT_EQ(exit.code, -1);
  EXPECT_EQ(exit.error, "the service is away");
  const auto page = run(driver_.logs("t", -1, 1));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->lines.at(0).source, LogSource::system);
}

TEST_F(InProcessDriverTest, ItGetsItsSpecAndItsSecrets) {
  driver_.add_kind("reads", [](InProcessTaskPtr task) -> Task<std::int64_t> {
    const auto* token = task->secret("token");
    const bool good = token && *token == "hush" && !task->secret("other") &&
                      task->config().at("answer").as_int64() == 42 && !task->stopping();
    co_return good ? 7 : 1;
  });
  auto spec = of_kind("reads");
  spec.secrets = {{.name = "token", .variable = "", .bytes = "hush"}};
  spec.driver_config["config"] = {{"answer", 42}};
  EXPECT_EQ(run_to_end(spec).code, 7);
}

TEST_F(InProcessDriverTest, TheLogIsBounded) {
  driver_.add_kind("floods", [](InProcessTaskPtr task) -> Task<std::int64_t> {
    for (int i = 0; i < 20'000; ++i) task->log(LogSource::err, "line " + std::to_string(i));
    task->log(LogSource::out, std::string(20'000, 'x') + "\nlast\n");
    co_return 0;
  });
  auto spec = of_kind("floods");
  spec.output = {.file_bytes = 16 * 1024, .files = 2, .line_bytes = 8 * 1024, .bytes_per_s = 1 << 20};
  EXPECT_TRUE(run_to_end(spec).success());
  const auto page = run(driver_.logs("t", 0, 1000));
  ASSERT_TRUE(page);
  EXPECT_GT(page->oldest, 19'000);
  std::size_t bytes = 0;
  for (const auto& line : page->lines) bytes += line.text.size();
  EXPECT_LE(bytes, 32U * 1024);
  EXPECT_EQ(page->lines.back().text, "last");
  EXPECT_EQ(page->lines.back().seq, 20'004) << "the long line came in three pieces";
}

TEST_F(InProcessDriverTest, AStopIsSeenAtOnceAndCancelledWaitsAreNoCrash) {
  driver_.add_kind("waits", [](InProcessTaskPtr task) -> Task<std::int64_t> {
    asio::steady_timer never(co_await asio::this_coro::executor, 1h);
    task->log(LogSource::out, "waiting");
    co_await never.async_wait(asio::use_awaitable);
    co_return 0;
  });
  ASSERT_TRUE(run(driver_.start(of_kind("waits"))));
  ASSERT_TRUE(run(driver_.follow("t", 0, 1, 10s)));
  const auto exit = run(driver_.stop("t", 0ms));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->signal, 15);
  EXPECT_TRUE(exit->error.empty());
}

TEST_F(InProcessDriverTest, AKindMayHaveItsOwnExecutorAndIsWokenThere) {
  std::atomic<bool> asleep{false};
  auto kind = [&](InProcessTaskPtr task) -> Task<std::int64_t> {
    const bool at_home = home_.get_executor().running_in_this_thread();
    asio::post(home_, [&] { asleep = true; });  // after this step
    const bool woken = co_await task->sleep(1h);
    co_return woken && !task->stopping() && at_home ? 7 : 1;
  };
  InProcessTaskPtr seen;
  driver_.add_kind(
      "own",
      [&](InProcessTaskPtr task) {
        seen = task;
        return kind(task);
      },
      home_.get_executor());
  ASSERT_TRUE(run(driver_.start(of_kind("own"))));
  const auto until = std::chrono::steady_clock::now() + 30s;
  while (!asleep && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  seen->wake();
  const auto exit = run(driver_.wait("t", 20s));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 7);
}

TEST_F(InProcessDriverTest, AKindIsRegisteredOnce) {
  driver_.add_kind("k", [](InProcessTaskPtr) -> Task<std::int64_t> { co_return 0; });
  EXPECT_THROW(driver_.add_kind("k", [](InProcessTaskPtr) -> Task<std::int64_t> { co_return 0; }), std::logic_error);
}

}  // namespace
}  // namespace troupe::runtime
