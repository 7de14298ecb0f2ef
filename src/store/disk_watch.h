// Notices a disk that is slow: waits for it that last too long, while they last and for a while after.
#pragma once
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/metrics.h"
#include "base/mutex.h"

namespace troupe::store {

/// Callable from any thread.
class DiskWatch {
 public:
  using Steady = std::chrono::steady_clock;
  /// A wait for the disk longer than this is trouble.
  static constexpr std::chrono::milliseconds kSlow{2'000};
  /// So long after the last slow wait the health check still says so.
  static constexpr std::chrono::seconds kRemembered{60};

  /// Ends the wait that begin() began.
  class [[nodiscard]] Wait {
   public:
    Wait() = default;
    Wait(Wait&& other) noexcept : watch_(std::exchange(other.watch_, nullptr)), began_(other.began_) {}
    Wait& operator=(Wait&&) = delete;
    ~Wait() {
      if (watch_) watch_->end(began_);
    }

   private:
    friend class DiskWatch;
    Wait(DiskWatch& watch, Steady::time_point began) : watch_(&watch), began_(began) {}
    DiskWatch* watch_ = nullptr;
    Steady::time_point began_;
  };

  /// `what` is waited for: "a commit", "storing a file". `slow_waits` counts; may be null.
  explicit DiskWatch(std::string what, base::Counter* slow_waits = nullptr, std::chrono::milliseconds slow = kSlow,
                     std::chrono::milliseconds remembered = kRemembered)
      : what_(std::move(what)), slow_waits_(slow_waits), slow_(slow), remembered_(remembered) {}

  Wait begin();
  /// Nothing when the disk is quick enough, else a sentence for the health check.
  std::optional<std::string> trouble() const;

 private:
  void end(Steady::time_point began);

  const std::string what_;
  base::Counter* const slow_waits_;
  const std::chrono::milliseconds slow_;
  const std::chrono::milliseconds remembered_;
  mutable base::Mutex mutex_;
  std::multiset<Steady::time_point> running_ GUARDED_BY(mutex_);
  std::optional<Steady::time_point> slow_until_ GUARDED_BY(mutex_);  ///< the end of the last slow wait
  std::chrono::milliseconds took_ GUARDED_BY(mutex_){0};             ///< the last slow wait
};

}  // namespace troupe::store
