// What a test waits for: tasks that run elsewhere, and conditions that others bring about.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>

#include "base/task.h"

namespace troupe::kit {

/// How long a test waits before it gives up: long, because a busy machine is no failure.
inline constexpr std::chrono::seconds kPatience{60};

/// Polls a condition. False when it did not come true in time.
inline bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// The value, which must be there: throws what the error says.
template <class T>
T must(Result<T> outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().message() + " (" + outcome.error().detail() + ")");
  return *std::move(outcome);
}

/// A fixture that runs tasks to their end on an executor of its own, and waits for them on the test's thread.
class TaskRunner {
 public:
  virtual ~TaskRunner() = default;

  /// What the coroutine yields. Throws when it does not end in time.
  template <class T>
  T wait(asio::awaitable<T> task) {
    auto done = asio::co_spawn(tasks_run_on(), std::move(task), asio::use_future);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (done.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("a task did not end within a minute");
      pass_time();
    }
    return done.get();
  }
  /// The same for a task, whose error is the test's to judge: not to end in time is a failure and Errc::timed_out.
  template <class T>
  Result<T> run(Task<T> task) {
    try {
      return wait(std::move(task));
    } catch (const std::runtime_error& error) {
      ADD_FAILURE() << error.what();
      return Error(Errc::timed_out, error.what());
    }
  }
  /// The value, which must be there.
  template <class T>
  T must(Task<T> task) {
    return kit::must(wait(std::move(task)));
  }
  static bool eventually(const std::function<bool()>& condition) { return kit::eventually(condition); }
  /// Called again and again while wait() waits: for what goes by a clock that stands still.
  virtual void pass_time() {}

 protected:
  virtual asio::any_io_executor tasks_run_on() = 0;
};

}  // namespace troupe::kit
