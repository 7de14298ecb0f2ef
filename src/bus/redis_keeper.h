// A thread that keeps one connection to a Redis server: it serves on it until something goes wrong, and begins anew.
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "bus/redis_context.h"

namespace troupe::bus {

class RedisKeeper {
 public:
  struct Options {
    RedisAddress address;
    std::chrono::milliseconds patience;  ///< for a step of connecting, and for an answer
    std::chrono::milliseconds back_off;  ///< after a failure
    std::string thread;                  ///< its name, at most 15 bytes
    std::string trouble;                 ///< what is wrong while it is away, for the log and the health check
  };
  /// On the thread, with a connection that is signed in; returns when something goes wrong, or when it is to stop.
  using Serve = std::function<Result<Unit>(redisContext&)>;

  /// The thread begins at once: what `serve` uses is there already.
  RedisKeeper(Options options, Serve serve);
  ~RedisKeeper() { stop(); }
  RedisKeeper(const RedisKeeper&) = delete;
  RedisKeeper& operator=(const RedisKeeper&) = delete;

  /// For `serve`: it works now.
  void well() { is_away_ = false; }
  bool is_stopping() const;
  /// Ends early when it is to stop.
  void sleep(std::chrono::milliseconds time) const;

  /// Nothing while all is well. Any thread.
  std::optional<std::string> trouble() const;
  /// What waits for news on the socket waits no more; waits for the thread. Idempotent.
  void stop();

 private:
  void run();
  void note_socket(int fd);

  const Options options_;
  const Serve serve_;
  std::atomic<bool> is_away_{false};
  mutable base::Mutex mutex_;
  mutable base::Condition changed_;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  int fd_ GUARDED_BY(mutex_) = -1;
  std::thread thread_;
};

}  // namespace troupe::bus
