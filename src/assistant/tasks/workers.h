// Which processes are there to go on with tasks: each has an epoch, and what it claims is its own while that lasts.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "assistant/tasks/worker_store.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/task.h"

namespace troupe::assistant::tasks {

/// One per process; callable from any thread.
///
/// As with host::Leases wall clocks are not compared: a process counts its beat up, and who has seen the same beat for
/// a whole term by its own monotonic clock ends that epoch, in a write that finds the row unchanged; a time in which
/// it could not look itself does not count, so a database that was away ends nobody. Epochs are
/// checked inside every write of a claim's, and writes of all processes have one order; so a process that only slept
/// finds its claims gone, and changes nothing under them. One that starts again on the same data folder has the next
/// epoch at once: what it had claimed when it was killed is free.
class Workers {
 public:
  static constexpr std::chrono::seconds kBeatEvery{2};
  static constexpr std::chrono::seconds kTerm{10};

  /// `holder` names this process in the rows; the same at each start on the same data folder, unlike any other's.
  /// `alone`: no other process can be there (SQLite), so nothing is ever written by beat().
  Workers(store::Database& db, const base::Clock& clock, std::string holder, bool alone = false);

  /// Takes the next epoch. Errors: as Database::write.
  Task<Unit> start();
  /// Beats, and ends the epochs of those that are gone; takes the next epoch when others took this process for gone.
  /// A job, every kBeatEvery, in each process. Errors: as Database::write.
  Task<Unit> beat();
  /// Gives everything back, so that another process need not wait. Idempotent.
  Task<Unit> stop();

  struct Self {
    std::string holder;
    std::int64_t epoch = 0;
  };
  /// Nothing: not started, or stopped; then nothing can be claimed.
  std::optional<Self> self() const;

 private:
  struct Seen {
    std::int64_t epoch = 0;
    std::int64_t beat = 0;
    std::chrono::steady_clock::time_point since;
  };
  std::vector<worker_store::Worker> overdue(const std::vector<worker_store::Worker>& all);

  store::Database& db_;
  const base::Clock& clock_;
  const std::string holder_;
  const bool alone_;
  mutable base::Mutex mutex_;
  std::int64_t epoch_ GUARDED_BY(mutex_) = 0;  ///< 0: none
  std::map<std::string, Seen> seen_ GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point looked_ GUARDED_BY(mutex_);  ///< when the rows were read last
};

}  // namespace troupe::assistant::tasks
