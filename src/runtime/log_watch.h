// Waits until a log folder changes (inotify(7)).
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/task.h"

namespace troupe::runtime {

/// All calls on the executor, which runs on one thread.
class LogWatch {
 public:
  explicit LogWatch(asio::any_io_executor executor);
  ~LogWatch();
  LogWatch(const LogWatch&) = delete;
  LogWatch& operator=(const LogWatch&) = delete;

  struct State;
  /// Watches from its making on: make it, look, then wait.
  class Watcher {
   public:
    Watcher(std::shared_ptr<State> state, const std::string& folder);
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    /// True when something was written since it was made or the last wait, false at the deadline. Where the machine
    /// has no watches left it returns every half second: look again.
    asio::awaitable<bool> wait(std::chrono::steady_clock::time_point until);
    struct Entry;

   private:
    std::shared_ptr<State> state_;
    std::shared_ptr<Entry> entry_;
  };
  Watcher watch(const std::string& folder) { return {state_, folder}; }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace troupe::runtime
