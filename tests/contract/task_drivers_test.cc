// The task drivers under their common suite.
// modules: runtime
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <stdexcept>

#include "contract/task_driver_suite.h"
#include "runtime/in_process_driver.h"
#include "runtime/mock_driver.h"
#include "runtime/process_driver.h"

namespace troupe::contract {
namespace {

class ProcessHarness final : public DriverHarness {
 public:
  ProcessHarness() {
    std::string pattern = (std::filesystem::temp_directory_path() / "troupe-tasks-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    restart();
  }
  ~ProcessHarness() override {
    if (auto tasks = run(driver_->list())) {
      for (const auto& handle : *tasks) EXPECT_TRUE(run(driver_->destroy(handle.task_id)));
    }
    driver_.reset();
    std::filesystem::remove_all(folder_);
  }
  runtime::TaskDriver& driver() override { return *driver_; }
  void restart() override {
    driver_.reset();
    driver_ = std::make_unique<runtime::ProcessDriver>(runtime::ProcessDriver::Options{.folder = folder_}, metrics_);
  }
  runtime::TaskSpec spec(std::string id, Does what) override {
    runtime::TaskSpec spec;
    spec.id = std::move(id);
    spec.argv = {"sh", "-c", script(what)};
    if (what == Does::cannot_start) spec.argv = {"/nowhere/no-such-program"};
    return spec;
  }

 private:
  static std::string script(Does what) {
    switch (what) {
      case Does::exits_3:
        return "exit 3";
      case Does::runs:
        return "exec sleep 1000";
      case Does::ignores_stop:
        return "trap '' TERM; echo ready; while :; do sleep 1; done";
      case Does::says_three:
        return "echo one; echo two; echo three; exec sleep 1000";
      case Does::breaks_off:
        return "kill -SEGV $$";
      case Does::cannot_start:
        break;
      case Does::is_slow_to_end:
        return "trap 'sleep 0.2; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    }
    return "";
  }
  std::filesystem::path folder_;
  base::MetricRegistry metrics_;
  std::unique_ptr<runtime::ProcessDriver> driver_;
};

class InProcessHarness final : public DriverHarness {
 public:
  InProcessHarness() { restart(); }
  ~InProcessHarness() override { EXPECT_TRUE(run(driver_->stop_all(100ms))); }
  runtime::TaskDriver& driver() override { return *driver_; }
  void restart() override {
    if (driver_) EXPECT_TRUE(run(driver_->stop_all(100ms)));
    auto home = io().get_executor();
    driver_ = std::make_unique<runtime::InProcessDriver>(home, [home] { return home; }, metrics_);
    add("exits_3", [](runtime::InProcessTaskPtr) -> Task<std::int64_t> { co_return 3; });
    add("runs", [](runtime::InProcessTaskPtr task) -> Task<std::int64_t> {
      while (co_await task->sleep(1h)) {
      }
      co_return 0;
    });
    add("ignores_stop", [](runtime::InProcessTaskPtr task) -> Task<std::int64_t> {
      task->log(runtime::LogSource::out, "ready");
      asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
      co_await timer.async_wait(asio::use_awaitable);
      co_return 0;
    });
    add("says_three", [](runtime::InProcessTaskPtr task) -> Task<std::int64_t> {
      task->log(runtime::LogSource::out, "one\ntwo\nthree\n");
      co_await task->sleep(1h);
      co_return 0;
    });
    add("breaks_off", [](runtime::InProcessTaskPtr) -> Task<std::int64_t> { throw std::runtime_error("oh no"); });
    add("is_slow_to_end", [](runtime::InProcessTaskPtr task) -> Task<std::int64_t> {
      task->log(runtime::LogSource::out, "ready");
      co_await task->sleep(1h);
      asio::steady_timer timer(co_await asio::this_coro::executor, 200ms);
      co_await timer.async_wait(asio::use_awaitable);
      co_return 0;
    });
  }
  bool failing_start_is_an_exit() const override { return false; }
  runtime::TaskSpec spec(std::string id, Does what) override {
    static constexpr const char* kKinds[] = {"exits_3",    "runs",         "ignores_stop",  "says_three",
                                             "breaks_off", "no_such_kind", "is_slow_to_end"};
    runtime::TaskSpec spec;
    spec.id = std::move(id);
    spec.driver_config["kind"] = kKinds[static_cast<int>(what)];
    return spec;
  }

 private:
  void add(std::string name, runtime::InProcessKind kind) { driver_->add_kind(std::move(name), std::move(kind)); }
  base::MetricRegistry metrics_;
  std::unique_ptr<runtime::InProcessDriver> driver_;
};

class MockHarness final : public DriverHarness {
 public:
  MockHarness() : driver_(io().get_executor(), clock_) {}
  runtime::TaskDriver& driver() override { return driver_; }
  void restart() override {
    on_its_thread([this] { driver_.restart(); });
  }
  void pass_time() override {
    on_its_thread([this] {
      clock_.advance(10ms);
      driver_.tick();
    });
  }
  bool failing_start_is_an_exit() const override { return false; }
  runtime::TaskSpec spec(std::string id, Does what) override {
    runtime::MockBehaviour behaviour;
    if (what == Does::exits_3) behaviour.exits_after = 0ms, behaviour.exit.code = 3;
    if (what == Does::breaks_off) {
      behaviour.exits_after = 5ms;
      behaviour.exit = {.code = -1, .signal = 11};
    }
    if (what == Does::ignores_stop) behaviour.ignores_stop = true, behaviour.says = {"ready"};
    behaviour.exec = {.exit = {.code = 5}, .out = "to out\n", .err = "to err\n"};
    if (what == Does::says_three) behaviour.says = {"one", "two", "three"};
    if (what == Does::cannot_start) behaviour.start_error = "no such program";
    if (what == Does::is_slow_to_end) {
      behaviour.says = {"ready"};
      behaviour.exit_when_stopped = ExitResult{};
      behaviour.stop_takes = 200ms;
    }
    on_its_thread([&] { driver_.behave(id, behaviour); });
    runtime::TaskSpec spec;
    spec.id = std::move(id);
    return spec;
  }

 private:
  template <class F>
  void on_its_thread(F action) {
    std::promise<void> done;
    asio::post(io(), [&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }
  base::ManualClock clock_;
  runtime::MockDriver driver_;
};

INSTANTIATE_TEST_SUITE_P(Drivers, TaskDriverSuite,
                         testing::Values(NamedHarness{"process", [] { return std::make_unique<ProcessHarness>(); }},
                                         NamedHarness{"in_process",
                                                      [] { return std::make_unique<InProcessHarness>(); }},
                                         NamedHarness{"mock", [] { return std::make_unique<MockHarness>(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace troupe::contract
