// Small helpers for coroutines that share one executor: a notification to wait for, a group of tasks to wait out, a
// stop that cuts sleeps short.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/task.h"

namespace troupe::base {

/// Wakes one waiting coroutine. notify() from any thread; what comes while nobody waits is kept (as one notification).
/// The executor must run on one thread.
class Notify {
 public:
  explicit Notify(asio::any_io_executor executor);
  Notify(const Notify&) = delete;
  Notify& operator=(const Notify&) = delete;
  ~Notify();
  void notify() const { notify(state_); }
  /// A callable that notifies, also after this is gone (then without effect).
  std::function<void()> notifier() const;
  /// True when it was notified, false at the deadline. On the executor; one waiter at a time.
  asio::awaitable<bool> wait(std::chrono::milliseconds at_most);

 private:
  struct State;
  static void notify(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

/// Tasks that run beside each other on one executor and are waited for at the end. All calls on the executor.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor);
  /// The task begins after the caller's present step. An exception that escapes it is logged under `what`.
  void spawn(std::string what, asio::awaitable<void> task);
  /// Waits until no task runs, or the patience is over; says which.
  asio::awaitable<bool> join(std::chrono::milliseconds patience);
  std::size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Sleeps that end together when a stop is requested. All calls on the executor.
class StopSource {
 public:
  explicit StopSource(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  /// False when it was cut short.
  asio::awaitable<bool> sleep(std::chrono::milliseconds time);
  /// Ends all sleeps, also later ones at once.
  void request_stop();
  bool stop_requested() const { return stop_requested_; }

 private:
  asio::any_io_executor executor_;
  std::set<asio::steady_timer*> asleep_;
  bool stop_requested_ = false;
};

}  // namespace troupe::base
