// Moves the write-ahead log into the database file beside the writer, and has the writer start the log over.
#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "base/metrics.h"
#include "base/mutex.h"
#include "store/database.h"
#include "store/log_room.h"
#include "store/sqlite_connection.h"
#include "store/writer_thread.h"

namespace troupe::store {

class ReadPool;
class Writer;

/// A background thread with a connection of its own. It runs PASSIVE checkpoints as the log grows; those never reset
/// the log under load, so when it is long and nearly copied, the writer runs RESTART between two batches: see
/// docs/storage.md, "The ledger". The same thread keeps room in the log ahead of the writer.
class Checkpointer {
 public:
  Checkpointer(const DatabaseOptions& options, Writer& queue, ReadPool& readers, base::MetricRegistry& metrics);
  ~Checkpointer();

  /// Opens the connection, watches the writer's commits, starts the thread. Throws SqlError.
  void start(SqliteConnection& writer);
  void stop();
  /// Outside a transaction.
  void between_batches(SqliteConnection& writer) REQUIRES(writer_thread);
  /// See keep_room_in_log(). Any thread.
  void keep_room(std::uint64_t at_first);
  /// Wants the log copied whole and cut to nothing, until then. What it yields is for was_emptied(). Any thread.
  std::uint64_t want_empty(std::chrono::steady_clock::time_point until);
  bool was_emptied(std::uint64_t ticket) const { return emptied_.load() >= ticket; }
  /// Nothing while the log gets into the file, else a sentence for the health check. Any thread.
  std::optional<std::string> trouble() const;

 private:
  static int on_commit(void* self, sqlite3*, const char*, int frames);
  void loop();
  void passive();
  void empty(SqliteConnection& writer) REQUIRES(writer_thread);
  void ask_for_restart(base::Lock& lock) REQUIRES(mutex_);
  std::uint64_t log_bytes() const;
  /// Of the log that no checkpoint has copied into the file.
  std::uint64_t uncopied_bytes() const;
  /// Notes how a checkpoint ended: counts failures, and has bulk work refused while too much is left.
  void note(int code, std::string_view mode, const char* why);
  bool due() const REQUIRES(mutex_);
  bool checkpoint_due() const REQUIRES(mutex_);

  const std::filesystem::path file_;
  const std::uint64_t restart_bytes_;
  const std::uint64_t cancel_bytes_;
  const std::uint64_t refuse_bulk_bytes_;
  const int wake_frames_;  ///< so much new log wakes the thread
  const std::chrono::milliseconds reader_patience_;
  FaultPlan* const faults_;
  Writer& queue_;
  ReadPool& readers_;
  base::Gauge& wal_bytes_;
  base::Counter& passive_runs_;
  base::Counter& restarts_;
  base::Counter& empties_;
  base::Family<base::Counter>& failures_;

  std::unique_ptr<SqliteConnection> connection_;
  LogRoom room_;
  std::atomic<int> frames_{0};           ///< in the log after the last commit
  std::atomic<int> copied_frames_{0};    ///< of them, by the last pass
  std::atomic<int> failed_in_a_row_{0};  ///< checkpoints, until one succeeds

  std::atomic<std::uint64_t> empty_wanted_{0};
  std::atomic<std::uint64_t> emptied_{0};
  std::atomic<std::chrono::steady_clock::time_point> empty_until_{};
  std::chrono::steady_clock::time_point empty_again_{};  ///< of the writer: not before

  mutable base::Mutex why_mutex_;
  std::string why_ GUARDED_BY(why_mutex_);  ///< of the last failure

  base::Mutex mutex_;
  base::Condition wake_;
  std::atomic<bool> asleep_{false};
  std::atomic<bool> restart_wanted_{false};
  int seen_frames_ GUARDED_BY(mutex_) = 0;  ///< at the last pass
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace troupe::store
