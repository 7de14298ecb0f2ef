// Small helpers for coroutines that share one executor: a bell to wait for, a group of tasks to wait out, naps to cut
// short.
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

/// Wakes one waiting coroutine. ring() from any thread; rings while nobody waits are kept (as one). The executor must
/// run on one thread.
class Bell {
 public:
  explicit Bell(asio::any_io_executor executor);
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  ~Bell();
  void ring() const { ring(state_); }
  /// A callable that rings, also after this bell is gone (then without effect).
  std::function<void()> ringer() const;
  /// True when it rang, false at the deadline. On the executor; one waiter at a time.
  asio::awaitable<bool> wait(std::chrono::milliseconds at_most);

 private:
  struct State;
  static void ring(const std::shared_ptr<State>& state);
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

/// Sleeps that end together. All calls on the executor.
class Naps {
 public:
  explicit Naps(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  /// False when it was cut short.
  asio::awaitable<bool> sleep(std::chrono::milliseconds time);
  /// Ends all sleeps, also later ones at once.
  void end();
  bool ended() const { return ended_; }

 private:
  asio::any_io_executor executor_;
  std::set<asio::steady_timer*> asleep_;
  bool ended_ = false;
};

}  // namespace troupe::base
