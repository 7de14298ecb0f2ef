// Moves the write-ahead log into the database file beside the writer, and has the writer start the log over.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/metrics.h"
#include "store/database.h"
#include "store/sqlite_connection.h"

namespace troupe::store {

class ReadPool;

/// A background thread with a connection of its own. It runs PASSIVE checkpoints as the log grows; those never reset
/// the log under load, so when it is long and nearly copied, the writer runs RESTART between two batches. Spec:
/// STORAGE.md "Checkpoints".
class Checkpointer {
 public:
  Checkpointer(const DatabaseOptions& options, ReadPool& readers, base::MetricRegistry& metrics);
  ~Checkpointer();

  /// Opens the connection, watches the writer's commits, starts the thread. Throws SqlError.
  void start(SqliteConnection& writer);
  void stop();
  /// Writer thread only, outside a transaction.
  void between_batches(SqliteConnection& writer);

 private:
  static int on_commit(void* self, sqlite3*, const char*, int frames);
  void loop();
  void passive();
  void ask_for_restart(std::unique_lock<std::mutex>& lock);
  std::uint64_t log_bytes() const;
  bool due() const;

  const std::filesystem::path file_;
  const std::uint64_t restart_bytes_;
  const std::uint64_t cancel_bytes_;
  const int wake_frames_;  ///< so much new log wakes the thread
  const std::chrono::milliseconds reader_patience_;
  ReadPool& readers_;
  base::Gauge& wal_bytes_;
  base::Counter& passive_runs_;
  base::Counter& restarts_;

  std::unique_ptr<SqliteConnection> connection_;
  std::atomic<int> frames_{0};  ///< in the log after the last commit
  int seen_frames_ = 0;         ///< at the last pass; guarded by mutex_
  int copied_frames_ = 0;       ///< by the last pass
  bool failing_ = false;        ///< logged already

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> asleep_{false};
  std::atomic<bool> restart_wanted_{false};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace troupe::store
