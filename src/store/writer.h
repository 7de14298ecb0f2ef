// The one thread that writes: takes what waits, runs it in one transaction, commits, tells everybody.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "store/completion.h"
#include "store/database.h"
#include "store/disk_watch.h"
#include "store/ledger.h"

namespace troupe::store {

/// One waiting operation. Lives in the frame of whoever waits for it.
struct WriteOp {
  std::function<Result<Unit>(Tx&)> operation;
  WriteOptions options;
  Result<Unit> outcome = Unit{};
  Waiter waiter{};
};

/// Metrics of the write side, looked up once.
struct WriterMetrics {
  explicit WriterMetrics(base::MetricRegistry& registry);
  base::Counter& batches;
  base::Counter& operations;
  base::Counter& failed_operations;
  base::Counter& reruns;
  base::Counter& failed_batches;
  base::Counter& refused;
  base::Gauge& batch_operations;
  base::Gauge& queue_depth;
  base::Gauge& wal_bytes;
  base::Histogram& commit_seconds;
  base::Histogram& batch_seconds;
};

/// Callable from any thread, except where said.
class Writer final : ForeignSink {
 public:
  using AnnouncementHandler = std::function<void(Connection&, const Announcement&)>;
  using ForeignHandler = std::function<void(Connection&, const ForeignCommits&)>;

  Writer(const DatabaseOptions& options, std::unique_ptr<Ledger> ledger, base::MetricRegistry& metrics);
  ~Writer() override;

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
  using Batch = std::vector<WriteOp*>;
  using Lock = std::unique_lock<std::mutex>;
  /// Whom operations and foreign commits are told to.
  struct Listeners {
    std::vector<Participant*> participants;
    std::vector<std::function<void(StreamPos)>> bells;
    std::vector<std::pair<std::string, AnnouncementHandler>> announcements;
    std::vector<ForeignHandler> foreign;
  };

  void announcement(Connection& connection, const Announcement& announcement) override;
  void foreign_head(Connection& connection, const ForeignCommits& commits) override;

  void loop();
  bool take(Batch& batch);
  bool nothing_waits() const;  ///< under mutex_
  void wait_for_work(Lock& lock);
  void update_listeners();  ///< under mutex_
  void follow_now();
  void run(Batch& batch);
  Verdict attempt(Batch& batch, bool savepoints);
  /// Runs the operations; cuts the batch short when it has taken long enough.
  Verdict run_operations(Batch& batch, bool savepoints);
  Verdict run_operation(WriteOp& op, bool savepoint);
  void commit();
  /// Metrics and recovery after a commit. The batch is durable: nothing thrown here may undo it.
  void note_commit(const Batch& batch) noexcept;
  /// Waits until the database says whether the batch is there. Throws SqlError when it is not, or when stopping.
  void resolve(const std::string& why);
  /// Refuses new operations for the present back-off, which it doubles, and says why to the health check.
  void back_off(const std::string& detail);
  void recovered();
  void fail(Batch& batch, const Error& error);
  void published();
  void publish_head(StreamPos head);
  void complete(const Batch& batch);
  void put_back(Batch& batch, std::size_t from);
  bool queue_is_empty();

  const std::size_t queue_limit_;
  const std::size_t batch_limit_;
  const std::chrono::milliseconds first_back_off_;
  const std::unique_ptr<Ledger> ledger_;
  std::atomic<StreamPos> head_;
  WriterMetrics metrics_;

  mutable std::mutex mutex_;  ///< guards lanes_, idle_, trouble_, follow_wanted_ and registered_
  std::condition_variable wake_;
  std::array<std::deque<WriteOp*>, 3> lanes_;
  std::array<int, 3> passed_over_{};  ///< batches in a row that took nothing from a lane with something in it
  bool idle_ = false;
  bool follow_wanted_ = false;
  std::string trouble_;
  Listeners registered_;
  std::uint64_t registrations_ = 0;

  Listeners listeners_;  ///< the writer thread's copy of registered_
  std::uint64_t known_registrations_ = 0;
  std::chrono::steady_clock::time_point next_follow_{};
  std::atomic<std::size_t> admitted_{0};  ///< in the queue or about to be
  std::atomic<bool> stopping_{false};
  std::atomic<bool> refuse_bulk_{false};
  FaultPlan* const faults_;
  DiskWatch disk_;
  std::chrono::steady_clock::duration commit_took_{};
  std::atomic<std::int64_t> refuse_until_ns_{0};  ///< steady clock; writing failed shortly before
  std::chrono::milliseconds back_off_{0};
  bool follow_failed_ = false;  ///< the trouble is, or began with, reading other processes' commits
  std::optional<Error> batch_error_;
  std::chrono::steady_clock::time_point idle_since_{};
  bool cache_released_ = true;
  Completions completions_;
  std::atomic<std::thread::id> thread_id_;
  std::thread thread_;
};

}  // namespace troupe::store
