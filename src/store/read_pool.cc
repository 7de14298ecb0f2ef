#include "store/read_pool.h"

#include <pthread.h>

#include <algorithm>

#include "base/log.h"
#include "store/writer_metrics.h"

namespace troupe::store {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRetryReadAfter{1'000};
/// A reader without work for this long gives its page cache back.
constexpr std::chrono::seconds kReaderIdleRelease{10};
/// When no connection can be made, the next attempt waits twice as long as this one took, within these bounds; reads
/// meanwhile are refused at once. A server that refuses at once is asked often: it may be back in a moment.
constexpr std::chrono::milliseconds kShortestPause{20};
constexpr std::chrono::milliseconds kLongestPause{1'000};

}  // namespace

ReadPool::ReadPool(const DatabaseOptions& options, OpenReader open, base::MetricRegistry& metrics)
    : open_(std::move(open)),
      queue_limit_(options.queue_limit),
      queue_depth_(metrics.gauge("troupe_store_queue_depth", "Waiting operations and reads", {"kind"}).with({"read"})),
      cancelled_(
          metrics.counter("troupe_store_reads_cancelled_total", "Reads ended because they kept the log growing")),
      repeated_(metrics.counter("troupe_store_reads_repeated_total", "Reads made again because their connection died")),
      wait_seconds_(metrics.histogram(kWaitSeconds, kWaitSecondsHelp, {"kind"}).with({"read"})),
      read_seconds_(metrics.histogram("troupe_store_read_seconds", "Duration of a read transaction", {}).with({})) {
  const auto count = std::max<std::size_t>(1, options.readers);
  for (std::size_t i = 0; i < count; ++i) readers_.push_back(std::make_unique<Reader>());
}

ReadPool::~ReadPool() { stop(); }

void ReadPool::start() {
  for (auto& reader : readers_) {
    reader->thread = std::thread([this, &reader = *reader] { loop(reader); });
    pthread_setname_np(reader->thread.native_handle(), "store-reader");
  }
}

Result<Unit> ReadPool::admit() {
  const base::Lock lock(mutex_);
  if (stopping_)
    return Error(Errc::unavailable, "The server is stopping; try again shortly.").with_retry_after(kRetryReadAfter);
  if (admitted_ >= queue_limit_) {
    return Error(Errc::unavailable, "Too many reads are waiting; try again shortly.").with_retry_after(kRetryReadAfter);
  }
  ++admitted_;
  return Unit{};
}

void ReadPool::enqueue(ReadOp& op) {
  op.queued = Steady::now();
  {
    const base::Lock lock(mutex_);
    queue_.push_back(&op);
    queue_depth_.set(static_cast<std::int64_t>(queue_.size()));
  }
  wake_.notify_one();
}

void ReadPool::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& reader : readers_) {
    if (reader->thread.joinable()) reader->thread.join();
  }
}

void ReadPool::cancel_older_than(std::chrono::milliseconds age) {
  const auto limit = (Steady::now() - age).time_since_epoch().count();
  for (auto& reader : readers_) {
    const base::Lock lock(reader->mutex);
    if (reader->began_ns == 0 || reader->began_ns > limit || !reader->connection) continue;
    auto& connection = reader->connection->impl();
    if (!connection.cancel()) continue;
    cancelled_.add();
    base::log_warning("store", "a read was cancelled: it kept the write-ahead log from shrinking",
                      {{"open_ms", (Steady::now().time_since_epoch().count() - reader->began_ns) / 1'000'000}});
  }
}

void ReadPool::loop(Reader& reader) {
  base::Lock lock(mutex_);
  bool released = true;
  while (true) {
    if (queue_.empty()) {
      if (stopping_ && admitted_ == 0) break;
      if (released) {
        wake_.wait(lock);
      } else if (!wake_.wait_for(lock, kReaderIdleRelease) && queue_.empty()) {
        if (auto* connection = own(reader)) connection->impl().release_memory();
        released = true;
      }
      continue;
    }
    auto* op = queue_.front();
    queue_.pop_front();
    queue_depth_.set(static_cast<std::int64_t>(queue_.size()));
    --admitted_;
    lock.unlock();
    run(reader, *op);
    released = false;
    lock.lock();
  }
  wake_.notify_all();  // the others may have been waiting for the last admitted read
  lock.unlock();
  const base::Lock closing(reader.mutex);
  reader.connection.reset();
}

void ReadPool::run(Reader& reader, ReadOp& op) {
  const auto start = Steady::now();
  wait_seconds_.observe(std::chrono::duration<double>(start - op.queued).count());
  {
    const base::Lock lock(reader.mutex);
    reader.began_ns = start.time_since_epoch().count();
  }
  op.outcome = run_in_transaction(reader, op);
  if (!op.outcome && own(reader) && own(reader)->impl().lost()) {
    // The server ended it, most likely to start anew: reading again changes nothing.
    repeated_.add();
    op.outcome = run_in_transaction(reader, op);
  }
  bool cancelled = false;
  {
    const base::Lock lock(reader.mutex);
    reader.began_ns = 0;
    if (reader.connection) cancelled = reader.connection->impl().clear_cancelled();
  }
  if (cancelled && !op.outcome) {
    base::log_warning("store", "the cancelled read", {{"detail", op.outcome.error().detail()}});
  }
  read_seconds_.observe(std::chrono::duration<double>(Steady::now() - start).count());
  Completions done;
  done.add(std::move(op.waiter));
  done.flush();
}

Result<Unit> ReadPool::run_in_transaction(Reader& reader, ReadOp& op) {
  Result<Unit> outcome = Unit{};
  try {
    begin(reader);
    outcome = op.query(*own(reader));
  } catch (const SqlError& error) {
    outcome = to_error(error);
    if (damage_) damage_->note(error);
    if (!error.transient()) base::log_error("store", "a query failed", {{"detail", error.what()}});
  } catch (const std::exception& error) {
    outcome = Error(Errc::internal, "The query failed.", error.what());
    base::log_error("store", "a query failed", {{"detail", error.what()}});
  }
  if (auto* connection = own(reader)) connection->impl().end_read();
  return outcome;
}

void ReadPool::begin(Reader& reader) {
  connect(reader);
  try {
    own(reader)->impl().begin_read();
  } catch (const SqlError&) {
    if (!own(reader)->impl().lost()) throw;
    connect(reader);  // it had been closed while it was idle: nothing has happened yet
    own(reader)->impl().begin_read();
  }
}

void ReadPool::connect(Reader& reader) {
  if (own(reader) && !own(reader)->impl().lost()) return;
  {
    const base::Lock lock(reader.mutex);
    reader.connection.reset();
  }
  const auto until = refuse_until_ns_.load();
  if (until != 0 && Steady::now().time_since_epoch().count() < until) {
    throw SqlError("the database could not be reached a moment ago", true);
  }
  const auto start = Steady::now();
  try {
    auto opened = open_();
    const base::Lock lock(reader.mutex);
    reader.connection = std::move(opened);
    refuse_until_ns_ = 0;
  } catch (const SqlError&) {
    const auto now = Steady::now();
    const auto pause = std::clamp<Steady::duration>(2 * (now - start), kShortestPause, kLongestPause);
    refuse_until_ns_ = (now + pause).time_since_epoch().count();
    throw;
  }
}

}  // namespace troupe::store
