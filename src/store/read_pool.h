// The threads that read, each with a connection of its own.
#pragma once
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "base/mutex.h"
#include "store/completion.h"
#include "store/connection_impl.h"
#include "store/damage.h"
#include "store/database.h"
#include "store/ledger.h"

namespace troupe::store {

/// One waiting query. Lives in the frame of whoever waits for it.
struct ReadOp {
  std::function<Result<Unit>(Connection&)> query;
  Result<Unit> outcome = Unit{};
  Waiter waiter{};
  std::chrono::steady_clock::time_point queued{};
};

/// Callable from any thread. A query whose connection dies is run once more, on a fresh one.
class ReadPool {
 public:
  ReadPool(const DatabaseOptions& options, OpenReader open, base::MetricRegistry& metrics);
  ~ReadPool();

  void note_damage_in(Damage& damage) { damage_ = &damage; }  ///< before start()
  void start();
  /// Takes a place in the queue, which enqueue() then must use. Errors: unavailable (full, stopping).
  Result<Unit> admit();
  void enqueue(ReadOp& op);
  /// Finishes what was admitted, then ends the threads. Idempotent.
  void stop();
  /// Makes reads that began earlier than `age` ago fail with `unavailable`: their snapshot keeps the log from
  /// shrinking.
  void cancel_older_than(std::chrono::milliseconds age);

 private:
  struct Reader {
    base::Mutex mutex;
    std::int64_t began_ns GUARDED_BY(mutex) = 0;  ///< steady clock; 0: idle
    std::unique_ptr<OwnConnection> connection GUARDED_BY(mutex);
    std::thread thread;
  };
  /// On the reader's own thread, as all below. It alone changes the connection, so it looks without the lock.
  static OwnConnection* own(Reader& reader) NO_THREAD_SAFETY_ANALYSIS { return reader.connection.get(); }
  void loop(Reader& reader);
  void run(Reader& reader, ReadOp& op);
  Result<Unit> run_in_transaction(Reader& reader, ReadOp& op);
  void begin(Reader& reader);
  void connect(Reader& reader);

  Damage* damage_ = nullptr;
  const OpenReader open_;
  const std::size_t queue_limit_;
  base::Gauge& queue_depth_;
  base::Counter& cancelled_;
  base::Counter& repeated_;
  base::Histogram& wait_seconds_;
  base::Histogram& read_seconds_;
  std::atomic<std::int64_t> refuse_until_ns_{0};  ///< steady clock; the database could not be reached shortly before

  std::vector<std::unique_ptr<Reader>> readers_;

  base::Mutex mutex_;
  base::Condition wake_;
  std::deque<ReadOp*> queue_ GUARDED_BY(mutex_);
  std::size_t admitted_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace troupe::store
