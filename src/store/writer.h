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
#include "store/connection_impl.h"
#include "store/database.h"

namespace troupe::store {

class Checkpointer;

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
class Writer {
 public:
  /// `tx` is open; `head` and `reserved` are what the stream row holds.
  Writer(const DatabaseOptions& options, std::unique_ptr<WriteTx> tx, StreamPos head, StreamPos reserved,
         base::MetricRegistry& metrics);
  ~Writer();

  /// Before start().
  void attach(Checkpointer& checkpointer) { checkpointer_ = &checkpointer; }
  void start();
  /// Takes a place in the queue for one operation, which enqueue() then must use.
  /// Errors: unavailable (full, stopping, or writing fails at the moment).
  Result<Unit> admit();
  void enqueue(WriteOp& op);
  /// Finishes what was admitted, then ends the thread. Idempotent.
  void stop();

  void add_participant(Participant& participant);
  void on_head(std::function<void(StreamPos)> ring);
  StreamPos head() const { return head_.load(std::memory_order_acquire); }
  std::optional<std::string> trouble() const;
  bool on_writer_thread() const { return std::this_thread::get_id() == thread_id_.load(); }

 private:
  enum class Verdict { committed, rerun, failed };
  using Batch = std::vector<WriteOp*>;

  void loop();
  bool take(Batch& batch);
  void run(Batch& batch);
  Verdict attempt(Batch& batch, bool savepoints);
  /// Runs the operations; cuts the batch short when it has taken long enough.
  Verdict run_operations(Batch& batch, bool savepoints);
  Verdict run_operation(WriteOp& op, bool savepoint);
  void commit(const Batch& batch);
  void fail(Batch& batch, const Error& error);
  void roll_back();
  void published(const Batch& batch);
  void complete(const Batch& batch);
  void put_back(Batch& batch, std::size_t from);
  /// Outside a transaction: starts the log over when it is due, gives pages of deleted rows back to the file system.
  void between_batches();
  bool queue_is_empty();
  void shrink_file();

  const std::size_t queue_limit_;
  const std::size_t batch_limit_;
  const std::chrono::milliseconds first_back_off_;
  std::unique_ptr<WriteTx> tx_;
  TxState state_;
  std::atomic<StreamPos> head_;
  Checkpointer* checkpointer_ = nullptr;
  WriterMetrics metrics_;

  mutable std::mutex mutex_;  ///< guards lanes_, idle_, trouble_ and the two registered_ lists
  std::condition_variable wake_;
  std::array<std::deque<WriteOp*>, 3> lanes_;
  std::array<int, 3> passed_over_{};  ///< batches in a row that took nothing from a lane with something in it
  bool idle_ = false;
  std::string trouble_;
  std::vector<Participant*> registered_participants_;
  std::vector<std::function<void(StreamPos)>> registered_bells_;

  std::vector<Participant*> participants_;  ///< the writer thread's copies
  std::vector<std::function<void(StreamPos)>> bells_;
  std::atomic<std::size_t> admitted_{0};  ///< in the queue or about to be
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> refuse_until_ns_{0};  ///< steady clock; writing failed shortly before
  std::chrono::milliseconds back_off_{0};
  std::optional<Error> batch_error_;
  std::chrono::steady_clock::time_point next_shrink_{};
  bool cache_released_ = true;
  Completions completions_;
  std::atomic<std::thread::id> thread_id_;
  std::thread thread_;
};

}  // namespace troupe::store
