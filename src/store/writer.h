// The one thread that writes: takes what waits, runs it in one transaction, commits, tells everybody.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "store/completion.h"
#include "store/damage.h"
#include "store/database.h"
#include "store/disk_watch.h"
#include "store/ledger.h"
#include "store/write_lanes.h"
#include "store/writer_metrics.h"
#include "store/writer_thread.h"

namespace troupe::store {

/// Callable from any thread, except where said.
class Writer final : ForeignSink {
 public:
  using AnnouncementHandler = std::function<void(Connection&, const Announcement&)>;
  using ForeignHandler = std::function<void(Connection&, const ForeignCommits&)>;

  Writer(const DatabaseOptions& options, std::unique_ptr<Ledger> ledger, base::MetricRegistry& metrics);
  ~Writer() override;

  void note_damage_in(Damage& damage) { damage_ = &damage; }  ///< before start()
  void start();
  /// Takes a place in the queue for one operation, which enqueue() then must use.
  /// Errors: unavailable (full, stopping, writing fails at the moment, or the lane is refused).
  Result<Unit> admit(Lane lane);
  /// Any thread: from now on Lane::bulk is refused, or not.
  void refuse_bulk(bool refuse) { refuse_bulk_.store(refuse, std::memory_order_relaxed); }
  void enqueue(WriteOp& op);
  /// Finishes what was admitted, then ends the thread. Idempotent.
  void stop();

  void add_participant(Participant& participant);
  void on_head(std::function<void(StreamPos)> ring);
  void on_announcement(std::string topic, AnnouncementHandler handler);
  void on_foreign_head(ForeignHandler handler);
  /// Has the thread look for commits of other processes now.
  void follow();
  StreamPos head() const { return head_.load(std::memory_order_acquire); }
  std::optional<std::string> trouble() const;
  std::optional<std::string> slow_trouble() const { return disk_.trouble(); }
  void know_migrations(std::string_view module, int last) { ledger_->know_migrations(module, last); }
  bool on_writer_thread() const { return std::this_thread::get_id() == thread_id_.load(); }

 private:
  enum class Verdict { committed, rerun, failed };
  /// What an idle writer does.
  enum class Chore { none, follow, release_memory };
  /// Whom operations and foreign commits are told to.
  struct Listeners {
    std::vector<Participant*> participants;
    std::vector<std::function<void(StreamPos)>> bells;
    std::vector<std::pair<std::string, AnnouncementHandler>> announcements;
    std::vector<ForeignHandler> foreign;
  };

  void announcement(Connection& connection, const Announcement& announcement) override REQUIRES(writer_thread);
  void foreign_head(Connection& connection, const ForeignCommits& commits) override REQUIRES(writer_thread);

  /// The thread's.
  void loop() EXCLUDES(mutex_);
  bool take(WriteBatch& batch) REQUIRES(writer_thread) EXCLUDES(mutex_);
  Chore due_chore() REQUIRES(writer_thread, mutex_);
  void run_chore(Chore chore) REQUIRES(writer_thread) EXCLUDES(mutex_);
  void sleep(base::Lock& lock) REQUIRES(writer_thread, mutex_);
  void update_listeners() REQUIRES(writer_thread, mutex_);
  void follow_now() REQUIRES(writer_thread);
  void run(WriteBatch& batch) REQUIRES(writer_thread);
  Verdict attempt(WriteBatch& batch, bool savepoints) REQUIRES(writer_thread);
  /// Runs the operations; cuts the batch short when it has taken long enough.
  Verdict run_operations(WriteBatch& batch, bool savepoints) REQUIRES(writer_thread);
  Verdict run_operation(WriteOp& op, bool savepoint) REQUIRES(writer_thread);
  void commit() REQUIRES(writer_thread);
  /// Metrics and recovery after a commit. The batch is durable: nothing thrown here may undo it.
  void note_commit(const WriteBatch& batch) noexcept REQUIRES(writer_thread);
  /// Waits until the database says whether the batch is there. Throws SqlError when it is not, or when stopping.
  void resolve(const std::string& why) REQUIRES(writer_thread) EXCLUDES(mutex_);
  /// Refuses new operations for the present back-off, which it doubles, and says why to the health check.
  void back_off(const std::string& detail) REQUIRES(writer_thread) EXCLUDES(mutex_);
  void recovered() REQUIRES(writer_thread) EXCLUDES(mutex_);
  void fail(WriteBatch& batch, const Error& error) REQUIRES(writer_thread) EXCLUDES(mutex_);
  void published() REQUIRES(writer_thread);
  void publish_head(StreamPos head) REQUIRES(writer_thread);
  void complete(const WriteBatch& batch) REQUIRES(writer_thread);
  void put_back(WriteBatch& batch, std::size_t from) EXCLUDES(mutex_);
  bool queue_is_empty() EXCLUDES(mutex_);

  const std::size_t queue_limit_;
  const std::size_t batch_limit_;
  const std::chrono::milliseconds first_back_off_;
  const std::unique_ptr<Ledger> ledger_;
  std::atomic<StreamPos> head_;
  WriterMetrics metrics_;

  Damage* damage_ = nullptr;
  mutable base::Mutex mutex_;
  base::Condition wake_;
  WriteLanes lanes_ GUARDED_BY(mutex_);
  bool idle_ GUARDED_BY(mutex_) = false;
  bool follow_wanted_ GUARDED_BY(mutex_) = false;
  std::string trouble_ GUARDED_BY(mutex_);
  Listeners registered_ GUARDED_BY(mutex_);
  std::uint64_t registrations_ GUARDED_BY(mutex_) = 0;

  Listeners listeners_ GUARDED_BY(writer_thread);  ///< its copy of registered_
  std::uint64_t known_registrations_ GUARDED_BY(writer_thread) = 0;
  std::chrono::steady_clock::time_point next_follow_ GUARDED_BY(writer_thread){};
  std::atomic<std::size_t> admitted_{0};  ///< in the queue or about to be
  std::atomic<bool> stopping_{false};
  std::atomic<bool> refuse_bulk_{false};
  FaultPlan* const faults_;
  DiskWatch disk_;
  std::chrono::steady_clock::duration commit_took_ GUARDED_BY(writer_thread){};
  std::atomic<std::int64_t> refuse_until_ns_{0};  ///< steady clock; writing failed shortly before
  std::chrono::milliseconds back_off_ GUARDED_BY(writer_thread){0};
  /// The trouble is, or began with, reading other processes' commits.
  bool follow_failed_ GUARDED_BY(writer_thread) = false;
  std::optional<Error> batch_error_ GUARDED_BY(writer_thread);
  std::chrono::steady_clock::time_point idle_since_ GUARDED_BY(writer_thread){};
  bool cache_released_ GUARDED_BY(writer_thread) = true;
  Completions completions_ GUARDED_BY(writer_thread);
  std::atomic<std::thread::id> thread_id_;
  std::thread thread_;
};

}  // namespace troupe::store
