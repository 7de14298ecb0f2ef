// What every task driver must do, whatever it runs. One harness for each driver says how to make it do things.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

#include "base/mutex.h"
#include "kit/task_runner.h"
#include "runtime/task_driver.h"

namespace troupe::contract {

using namespace std::chrono_literals;
using runtime::ExitResult;
using runtime::TaskState;

/// What a task of the suite does.
enum class Does {
  exits_3,         ///< ends at once with code 3
  runs,            ///< until it is stopped; ends politely
  ignores_stop,    ///< only a kill ends it
  says_three,      ///< writes one, two, three and runs on
  breaks_off,      ///< ends by an error or a signal of its own
  cannot_start,    ///< a program or kind that exists but fails at once, or is not there
  is_slow_to_end,  ///< takes about 200 ms from being asked to stop to its end with code 0
};

/// Makes one driver and drives it from a thread that is not the driver's.
class DriverHarness : public kit::TaskRunner {
 public:
  DriverHarness() : thread_([this] { io_.run(); }) {}
  ~DriverHarness() override {
    work_.reset();
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  virtual runtime::TaskDriver& driver() = 0;
  virtual runtime::TaskSpec spec(std::string id, Does what) = 0;
  /// The program is killed and started again; the machine is not.
  virtual void restart() = 0;
  /// Whether a missing program is an exit (true) or an error of start() (false: a wrong spec).
  virtual bool failing_start_is_an_exit() const { return true; }

  /// A command that prints "to out" and "to err" and ends with code 5, where there are commands.
  virtual runtime::ExecOrder command_that_exits_5() {
    return {.argv = {"sh", "-c", "echo to out; echo to err >&2; exit 5"}};
  }

  asio::io_context& io() { return io_; }

 protected:
  asio::any_io_executor tasks_run_on() override { return io_.get_executor(); }

 private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_;
};

/// Thrown by a HarnessMaker: what the driver needs is not on this machine.
class Skipped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using HarnessMaker = std::function<std::unique_ptr<DriverHarness>()>;
struct NamedHarness {
  std::string name;
  HarnessMaker make;
};
inline void PrintTo(const NamedHarness& harness, std::ostream* out) { *out << harness.name; }

class TaskDriverSuite : public testing::TestWithParam<NamedHarness> {
 protected:
  void SetUp() override {
    try {
      harness_ = GetParam().make();
    } catch (const Skipped& why) {
      GTEST_SKIP() << why.what();
    }
  }
  void TearDown() override { harness_.reset(); }
  runtime::TaskDriver& driver() { return harness_->driver(); }
  template <class T>
  Result<T> run(Task<T> task) {
    return harness_->run(std::move(task));
  }
  runtime::TaskHandle start(const std::string& id, Does what) {
    auto handle = run(driver().start(harness_->spec(id, what)));
    EXPECT_TRUE(handle) << (handle ? "" : handle.error().message() + " " + handle.error().detail());
    return handle.value_or(runtime::TaskHandle{});
  }
  ExitResult ended(const std::string& id) {
    auto exit = run(driver().wait(id, 20s));
    EXPECT_TRUE(exit) << id << " did not end";
    return exit.value_or(ExitResult{});
  }
  TaskState state_of(const std::string& id) {
    auto status = run(driver().inspect(id));
    EXPECT_TRUE(status);
    return status ? status->state : TaskState::lost;
  }
  std::unique_ptr<DriverHarness> harness_;
};

TEST_P(TaskDriverSuite, ATaskEndsWithItsCode) {
  const auto handle = start("t", Does::exits_3);
  EXPECT_EQ(handle.driver, driver().name());
  EXPECT_EQ(handle.task_id, "t");
  EXPECT_FALSE(handle.run.empty());
  const auto exit = ended("t");
  EXPECT_EQ(exit.code, 3);
  EXPECT_EQ(exit.signal, 0);
  EXPECT_EQ(exit.error, "");
  EXPECT_GT(exit.at, 0);
  const auto status = run(driver().inspect("t"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state, TaskState::exited);
  EXPECT_EQ(status->exit->code, 3);
  EXPECT_FALSE(status->pid);
}

TEST_P(TaskDriverSuite, ARunningTaskIsSeenAndStopped) {
  start("t", Does::runs);
  EXPECT_EQ(state_of("t"), TaskState::running);
  EXPECT_EQ(run(driver().wait("t", 20ms)).error().code(), Errc::timed_out);
  const auto exit = run(driver().stop("t", 10s));
  ASSERT_TRUE(exit);
  EXPECT_NE(exit->signal, 9) << "it ends when it is asked";
  EXPECT_EQ(state_of("t"), TaskState::exited);
  const auto again = run(driver().stop("t", 10s));
  ASSERT_TRUE(again) << "a second stop gives the same result";
  EXPECT_EQ(again->code, exit->code);
  EXPECT_EQ(again->signal, exit->signal);
}

TEST_P(TaskDriverSuite, TheGraceIsGiven) {
  start("t", Does::is_slow_to_end);
  run(driver().follow("t", 0, 10, 10s));  // it is ready when it has said something
  const auto exit = run(driver().stop("t", 10s));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 0);
  EXPECT_EQ(exit->signal, 0);
}

TEST_P(TaskDriverSuite, WhatIgnoresTheStopIsKilled) {
  start("t", Does::ignores_stop);
  run(driver().follow("t", 0, 10, 10s));
  const auto exit = run(driver().stop("t", 100ms));
  ASSERT_TRUE(exit) << exit.error().message();
  EXPECT_TRUE(exit->signal != 0 || exit->code != 0);
  EXPECT_EQ(state_of("t"), TaskState::exited);
}

TEST_P(TaskDriverSuite, ACrashIsAnExitResult) {
  start("t", Does::breaks_off);
  const auto exit = ended("t");
  EXPECT_FALSE(exit.success());
  EXPECT_TRUE(exit.signal != 0 || !exit.error.empty());
}

TEST_P(TaskDriverSuite, AStartThatFailsIsToldInWords) {
  auto handle = run(driver().start(harness_->spec("t", Does::cannot_start)));
  if (harness_->failing_start_is_an_exit()) {
    ASSERT_TRUE(handle) << handle.error().message();
    const auto exit = ended("t");
    EXPECT_FALSE(exit.error.empty());
    EXPECT_EQ(exit.code, -1);
  } else {
    ASSERT_FALSE(handle);
    EXPECT_FALSE(handle.error().message().empty());
    EXPECT_EQ(run(driver().inspect("t")).error().code(), Errc::not_found);
  }
}

TEST_P(TaskDriverSuite, OneTaskOfAnIdAtATime) {
  const auto first = start("t", Does::runs);
  EXPECT_EQ(run(driver().start(harness_->spec("t", Does::runs))).error().code(), Errc::conflict);
  EXPECT_TRUE(run(driver().stop("t", 0ms)));
  const auto second = start("t", Does::runs);
  EXPECT_NE(first.run, second.run);
  EXPECT_EQ(state_of("t"), TaskState::running);
  EXPECT_TRUE(run(driver().destroy("t")));
}

TEST_P(TaskDriverSuite, AWrongSpecIsRefused) {
  auto spec = harness_->spec("../t", Does::runs);
  EXPECT_EQ(run(driver().start(spec)).error().code(), Errc::invalid_param);
  spec = harness_->spec("t", Does::runs);
  spec.environment["A=B"] = "x";
  EXPECT_EQ(run(driver().start(spec)).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(driver().inspect("t")).error().code(), Errc::not_found);
}

TEST_P(TaskDriverSuite, UnknownTasksAreNotFound) {
  EXPECT_EQ(run(driver().inspect("x")).error().code(), Errc::not_found);
  EXPECT_EQ(run(driver().wait("x", 1s)).error().code(), Errc::not_found);
  EXPECT_EQ(run(driver().stop("x", 1s)).error().code(), Errc::not_found);
  EXPECT_EQ(run(driver().logs("x", 0, 10)).error().code(), Errc::not_found);
  EXPECT_EQ(run(driver().follow("x", 0, 10, 1s)).error().code(), Errc::not_found);
  EXPECT_TRUE(run(driver().destroy("x")));
}

TEST_P(TaskDriverSuite, LinesAreNumberedAndPaged) {
  start("t", Does::says_three);
  std::vector<runtime::LogLine> lines;
  std::int64_t after = 0;
  for (int round = 0; round < 10 && lines.size() < 3; ++round) {
    auto page = run(driver().follow("t", after, 2, 10s));
    ASSERT_TRUE(page);
    ASSERT_LE(page->lines.size(), 2U);
    for (const auto& line : page->lines) {
      EXPECT_GT(line.seq, after);
      after = line.seq;
      lines.push_back(line);
    }
    EXPECT_EQ(page->next_after, after);
  }
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].text, "one");
  EXPECT_EQ(lines[2].text, "three");
  EXPECT_EQ(lines[0].seq, 1);
  EXPECT_GT(lines[0].at, 0);
  const auto newest = run(driver().logs("t", -1, 2));
  ASSERT_TRUE(newest);
  ASSERT_EQ(newest->lines.size(), 2U);
  EXPECT_EQ(newest->lines[1].text, "three");
  EXPECT_EQ(newest->oldest, 1);
  EXPECT_EQ(run(driver().logs("t", 0, 0)).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(driver().logs("t", 0, 1001)).error().code(), Errc::invalid_param);
  const auto nothing = run(driver().follow("t", after, 10, 50ms));
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->lines.empty());
}

TEST_P(TaskDriverSuite, NumbersGoOnOverARestartOfTheTask) {
  start("t", Does::says_three);
  auto page = run(driver().follow("t", 2, 10, 10s));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->lines.size(), 1U);
  ASSERT_TRUE(run(driver().stop("t", 1s)));
  const auto before = run(driver().logs("t", -1, 1))->lines.back().seq;
  start("t", Does::says_three);
  page = run(driver().follow("t", before, 10, 10s));
  ASSERT_TRUE(page);
  ASSERT_FALSE(page->lines.empty());
  EXPECT_EQ(page->lines[0].seq, before + 1);
  EXPECT_EQ(page->lines[0].text, "one");
}

TEST_P(TaskDriverSuite, EventsTellWhatHappens) {
  base::Mutex mutex;
  std::vector<std::string> seen;
  auto listening = driver().on_event([&](const runtime::TaskEvent& event) {
    const base::Lock lock(mutex);
    seen.push_back(event.task_id + " " + std::string(name_of(event.kind)));
  });
  start("t", Does::runs);
  ASSERT_TRUE(run(driver().stop("t", 5s)));
  ASSERT_TRUE(run(driver().destroy("t")));
  const auto until = std::chrono::steady_clock::now() + 60s;
  const auto all = [&] {
    const base::Lock lock(mutex);
    return seen.size() >= 3;
  };
  while (!all() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  listening.reset();
  EXPECT_EQ(seen, (std::vector<std::string>{"t started", "t exited", "t destroyed"}));
  start("u", Does::runs);
  EXPECT_EQ(seen.size(), 3U);
}

TEST_P(TaskDriverSuite, DestroyLeavesNothing) {
  start("t", Does::ignores_stop);
  ASSERT_TRUE(run(driver().destroy("t")));
  EXPECT_EQ(run(driver().inspect("t")).error().code(), Errc::not_found);
  EXPECT_TRUE(run(driver().list())->empty());
  start("t", Does::says_three);
  const auto page = run(driver().follow("t", 0, 10, 10s));
  ASSERT_TRUE(page);
  ASSERT_FALSE(page->lines.empty());
  EXPECT_EQ(page->lines[0].seq, 1) << "a new log";
}

TEST_P(TaskDriverSuite, AfterARestartATaskIsFoundOrLost) {
  const auto runs = start("a", Does::runs);
  const auto over = start("b", Does::exits_3);
  ended("b");
  const auto stored = runtime::TaskHandle::from_json(runs.to_json());
  ASSERT_TRUE(stored);
  harness_->restart();
  EXPECT_EQ(run(driver().inspect("a")).error().code(), Errc::not_found) << "until it is recovered";
  const auto found = run(driver().recover(*stored));
  ASSERT_TRUE(found);
  const auto found_over = run(driver().recover(over));
  ASSERT_TRUE(found_over);
  if (driver().capabilities().adopts) {
    EXPECT_EQ(found->state, TaskState::running);
    EXPECT_EQ(found_over->state, TaskState::exited);
    EXPECT_EQ(found_over->exit->code, 3);
    EXPECT_EQ(run(driver().list())->size(), 2U);
    const auto exit = run(driver().stop("a", 5s));
    ASSERT_TRUE(exit);
  } else {
    EXPECT_EQ(found->state, TaskState::lost);
    EXPECT_FALSE(found->exit->error.empty());
    EXPECT_FALSE(run(driver().stop("a", 1s))->success());
  }
  EXPECT_TRUE(run(driver().destroy("a")));
  EXPECT_TRUE(run(driver().destroy("b")));
}

TEST_P(TaskDriverSuite, AnOldHandleDoesNotFindANewerRun) {
  const auto old = start("t", Does::exits_3);
  ended("t");
  const auto present = start("t", Does::runs);
  auto found = run(driver().recover(old));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, TaskState::lost);
  found = run(driver().recover(present));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, TaskState::running);
  auto foreign = present;
  foreign.driver = "another";
  EXPECT_EQ(run(driver().recover(foreign)).error().code(), Errc::invalid_param);
  auto never = present;
  never.task_id = "never";
  found = run(driver().recover(never));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, TaskState::lost);
}

TEST_P(TaskDriverSuite, ItSaysWhatItIs) {
  const auto found = driver().fingerprint();
  EXPECT_EQ(found.health, runtime::Fingerprint::Health::healthy) << found.text;
  EXPECT_EQ(found.text, "");
  const auto schema = boost::json::parse(driver().config_schema());
  EXPECT_EQ(schema.at("type"), "object");
  EXPECT_EQ(schema.at("additionalProperties"), false) << "a misspelt member must be refused";
}

TEST_P(TaskDriverSuite, AWrongDriverConfigIsRefusedByName) {
  auto spec = harness_->spec("t", Does::runs);
  spec.driver_config["misspelt"] = 1;
  const auto refused = run(driver().start(spec));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::invalid_param);
  EXPECT_NE(refused.error().message().find("misspelt"), std::string::npos) << refused.error().message();
  EXPECT_EQ(run(driver().inspect("t")).error().code(), Errc::not_found);
}

TEST_P(TaskDriverSuite, WhatItCannotDoIsRefused) {
  const auto can = driver().capabilities();
  const auto refuses = [&](auto change, std::string_view field) {
    auto spec = harness_->spec("t", Does::runs);
    change(spec);
    const auto refused = run(driver().start(spec));
    ASSERT_FALSE(refused) << field;
    EXPECT_EQ(refused.error().code(), Errc::invalid_param);
    EXPECT_TRUE(refused.error().message().starts_with(field)) << refused.error().message();
    EXPECT_NE(refused.error().message().find(driver().name()), std::string::npos) << refused.error().message();
  };
  if (!can.programs) refuses([](auto& spec) { spec.argv = {"sh"}; }, "argv");
  if (!can.limits) refuses([](auto& spec) { spec.limits.nice = 5; }, "limits");
  if (!can.no_network) refuses([](auto& spec) { spec.network = runtime::Network::none; }, "network");
  start("t", Does::runs);
  if (!can.exec) {
    const auto refused = run(driver().exec("t", {.argv = {"true"}}));
    EXPECT_EQ(refused.error().code(), Errc::unsupported);
    EXPECT_NE(refused.error().message().find(driver().name()), std::string::npos);
  }
  if (!can.signals) {
    const auto refused = run(driver().signal("t", 15));
    EXPECT_EQ(refused.error().code(), Errc::unsupported);
    EXPECT_NE(refused.error().message().find(driver().name()), std::string::npos);
  }
  EXPECT_EQ(state_of("t"), TaskState::running);
  EXPECT_TRUE(run(driver().destroy("t")));
}

TEST_P(TaskDriverSuite, ACommandRunsInsideATask) {
  if (!driver().capabilities().exec) return;  // WhatItCannotDoIsRefused
  start("t", Does::runs);
  const auto done = run(driver().exec("t", harness_->command_that_exits_5()));
  ASSERT_TRUE(done) << done.error().message() << " " << done.error().detail();
  EXPECT_EQ(done->exit.code, 5);
  EXPECT_EQ(done->exit.error, "");
  EXPECT_EQ(done->out, "to out\n");
  EXPECT_EQ(done->err, "to err\n");
  EXPECT_FALSE(done->timed_out);
  EXPECT_FALSE(done->truncated);
  EXPECT_EQ(state_of("t"), TaskState::running) << "the task goes on";
  EXPECT_EQ(run(driver().exec("t", {})).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(driver().exec("t", {.argv = {"true"}, .patience = 0ms})).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(driver().exec("t", {.argv = {"true"}, .output_bytes = 2 << 20})).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(driver().exec("x", {.argv = {"true"}})).error().code(), Errc::not_found);
  ASSERT_TRUE(run(driver().stop("t", 5s)));
  EXPECT_EQ(run(driver().exec("t", {.argv = {"true"}})).error().code(), Errc::conflict);
}

TEST_P(TaskDriverSuite, ASignalReachesTheTask) {
  if (!driver().capabilities().signals) return;  // WhatItCannotDoIsRefused
  start("t", Does::runs);
  EXPECT_EQ(run(driver().signal("t", 0)).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(driver().signal("t", 65)).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(driver().signal("x", 15)).error().code(), Errc::not_found);
  // The first process of a container that is only just coming up takes no signal: the word is given again.
  auto exit = Result<ExitResult>(std::unexpect, Errc::timed_out);
  for (int tries = 0; tries < 20 && !exit; ++tries) {
    const auto heard = run(driver().signal("t", 15));
    EXPECT_TRUE(heard || heard.error().code() == Errc::conflict);
    exit = run(driver().wait("t", 1s));
  }
  ASSERT_TRUE(exit) << "it did not end";
  EXPECT_EQ(exit->signal, 15);
  EXPECT_EQ(run(driver().signal("t", 15)).error().code(), Errc::conflict);
}

TEST_P(TaskDriverSuite, ManyTasksAtOnce) {
  constexpr int kTasks = 30;
  std::vector<std::future<Result<runtime::TaskHandle>>> starts;
  for (int i = 0; i < kTasks; ++i) {
    auto spec = harness_->spec("t" + std::to_string(i), i % 2 ? Does::exits_3 : Does::runs);
    starts.push_back(asio::co_spawn(harness_->io(), driver().start(std::move(spec)), asio::use_future));
  }
  for (auto& started : starts) {
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (started.wait_for(1ms) != std::future_status::ready && std::chrono::steady_clock::now() < until) {
      harness_->pass_time();
    }
    EXPECT_TRUE(started.get());
  }
  for (int i = 0; i < kTasks; ++i) {
    const auto id = "t" + std::to_string(i);
    if (i % 2) {
      EXPECT_EQ(ended(id).code, 3);
    } else {
      EXPECT_TRUE(run(driver().stop(id, 5s)));
    }
    EXPECT_TRUE(run(driver().destroy(id)));
  }
}

}  // namespace troupe::contract
