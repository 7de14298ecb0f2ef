#include "store/writer.h"

#include <malloc.h>
#include <pthread.h>

#include <algorithm>

#include "base/log.h"
#include "store/checkpointer.h"

namespace troupe::store {
namespace {

using Steady = std::chrono::steady_clock;

constexpr const char* kBegin = "BEGIN IMMEDIATE";
constexpr const char* kCommit = "COMMIT";
constexpr const char* kRollback = "ROLLBACK";
constexpr const char* kSavepoint = "SAVEPOINT operation";
constexpr const char* kRelease = "RELEASE operation";
constexpr const char* kRollbackTo = "ROLLBACK TO operation";
constexpr const char* kUpdateStream = "UPDATE stream SET head = ?1, reserved = ?2 WHERE id = 1";

constexpr const char* kFreePages = "PRAGMA freelist_count";
/// 1 MiB at a time: a few milliseconds.
constexpr const char* kShrink = "PRAGMA incremental_vacuum(256)";
/// New rows take free pages first, so some are worth keeping.
constexpr std::int64_t kFreePagesKept = 1'024;
constexpr std::chrono::seconds kShrinkInterval{10};

/// A writer without work for this long gives its page cache back.
constexpr std::chrono::seconds kIdleRelease{60};

constexpr std::chrono::milliseconds kRetryAfter{1'000};
constexpr std::chrono::milliseconds kLongestBackOff{5'000};
/// A batch that has run this long commits with what it has; the rest goes into the next.
constexpr std::chrono::milliseconds kBatchBudget{20};
/// A lower lane waits at most this many batches while higher ones are full.
constexpr int kPassedOverLimit = 32;

std::int64_t now_ns() { return Steady::now().time_since_epoch().count(); }

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

Error unavailable(std::string detail) {
  return Error(Errc::unavailable, "The change could not be stored; try again shortly.", std::move(detail))
      .with_retry_after(kRetryAfter);
}

/// Calls the operation; no exception leaves. `sql_error` is set when the database itself failed.
Result<Unit> guarded(WriteOp& op, Tx& tx, std::optional<SqlError>& sql_error) {
  try {
    return op.operation(tx);
  } catch (const SqlError& error) {
    sql_error = error;
    return to_error(error);
  } catch (const std::exception& error) {
    return Error(Errc::internal, "The operation failed.", error.what());
  }
}

}  // namespace

WriterMetrics::WriterMetrics(base::MetricRegistry& registry)
    : batches(registry.counter("troupe_store_batches_total", "Write batches committed")),
      operations(registry.counter("troupe_store_operations_total", "Write operations committed")),
      failed_operations(registry.counter("troupe_store_operations_failed_total", "Write operations that failed")),
      reruns(registry.counter("troupe_store_batch_reruns_total", "Batches run again with savepoints")),
      failed_batches(registry.counter("troupe_store_batches_failed_total", "Batches whose commit failed")),
      refused(registry.counter("troupe_store_operations_refused_total", "Write operations refused before queueing")),
      batch_operations(registry.gauge("troupe_store_batch_operations", "Operations in the last batch")),
      queue_depth(registry.gauge("troupe_store_queue_depth", "Waiting operations and reads", {"kind"}).with({"write"})),
      wal_bytes(registry.gauge("troupe_store_wal_bytes", "Bytes of the write-ahead log in use")),
      commit_seconds(registry.histogram("troupe_store_commit_seconds", "Duration of COMMIT", {}).with({})),
      batch_seconds(
          registry.histogram("troupe_store_batch_seconds", "Duration of a batch with its commit", {}).with({})) {}

Writer::Writer(const DatabaseOptions& options, std::unique_ptr<WriteTx> tx, StreamPos head, StreamPos reserved,
               base::MetricRegistry& metrics)
    : queue_limit_(options.queue_limit),
      batch_limit_(std::max<std::size_t>(1, options.batch_limit)),
      first_back_off_(std::clamp(options.first_back_off, std::chrono::milliseconds(1), kLongestBackOff)),
      tx_(std::move(tx)),
      head_(head),
      metrics_(metrics) {
  state_.last = head;
  state_.reserved = reserved;
  tx_->impl().tx = &state_;
  tx_->impl().faults = options.faults;
}

Writer::~Writer() { stop(); }

void Writer::start() {
  thread_ = std::thread([this] { loop(); });
  thread_id_ = thread_.get_id();
  pthread_setname_np(thread_.native_handle(), "store-writer");
}

Result<Unit> Writer::admit() {
  // Counted first, so that stop() either refuses this operation or waits for it.
  if (admitted_.fetch_add(1) >= queue_limit_) {
    admitted_.fetch_sub(1);
    metrics_.refused.add();
    return Error(Errc::unavailable, "Too many changes are waiting; try again shortly.").with_retry_after(kRetryAfter);
  }
  const auto until = refuse_until_ns_.load(std::memory_order_relaxed);
  if (stopping_.load() || (until != 0 && now_ns() < until)) [[unlikely]] {
    if (admitted_.fetch_sub(1) == 1 && stopping_.load()) {
      std::lock_guard lock(mutex_);
      wake_.notify_all();
    }
    metrics_.refused.add();
    if (stopping_.load()) {
      return Error(Errc::unavailable, "The server is stopping; try again shortly.").with_retry_after(kRetryAfter);
    }
    return unavailable("refused during back-off after a failed commit");
  }
  return Unit{};
}

void Writer::enqueue(WriteOp& op) {
  bool sleeping = false;
  {
    std::lock_guard lock(mutex_);
    lanes_[static_cast<std::size_t>(op.options.lane)].push_back(&op);
    sleeping = std::exchange(idle_, false);
  }
  if (sleeping) wake_.notify_one();
}

void Writer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Writer::add_participant(Participant& participant) {
  std::lock_guard lock(mutex_);
  registered_participants_.push_back(&participant);
}

void Writer::on_head(std::function<void(StreamPos)> ring) {
  std::lock_guard lock(mutex_);
  registered_bells_.push_back(std::move(ring));
}

std::optional<std::string> Writer::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_.empty() ? std::nullopt : std::optional(trouble_);
}

void Writer::loop() {
  Batch batch;
  while (take(batch)) {
    run(batch);
    batch.clear();
    between_batches();
  }
}

bool Writer::take(Batch& batch) {
  std::unique_lock lock(mutex_);
  const auto empty = [this] { return std::ranges::all_of(lanes_, [](const auto& lane) { return lane.empty(); }); };
  while (empty()) {
    if (stopping_.load() && admitted_.load() == 0) return false;
    idle_ = true;
    if (cache_released_) {
      wake_.wait(lock);
    } else if (wake_.wait_for(lock, kIdleRelease) == std::cv_status::timeout && empty()) {
      lock.unlock();
      sqlite3_db_release_memory(tx_->impl().db);
      malloc_trim(0);
      cache_released_ = true;
      lock.lock();
    }
  }
  cache_released_ = false;
  idle_ = false;
  if (participants_.size() != registered_participants_.size()) participants_ = registered_participants_;
  if (bells_.size() != registered_bells_.size()) bells_ = registered_bells_;
  const auto take_one = [&](auto& lane) {
    batch.push_back(lane.front());
    lane.pop_front();
  };
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    if (!lanes_[i].empty() && passed_over_[i] >= kPassedOverLimit) take_one(lanes_[i]);
  }
  for (auto& lane : lanes_) {
    while (!lane.empty() && batch.size() < batch_limit_) take_one(lane);
  }
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    const bool taken =
        std::ranges::any_of(batch, [&](const WriteOp* op) { return static_cast<std::size_t>(op->options.lane) == i; });
    passed_over_[i] = taken || lanes_[i].empty() ? 0 : passed_over_[i] + 1;
  }
  metrics_.queue_depth.set(static_cast<std::int64_t>(admitted_.fetch_sub(batch.size()) - batch.size()));
  return true;
}

void Writer::put_back(Batch& batch, std::size_t from) {
  if (from >= batch.size()) return;
  std::lock_guard lock(mutex_);
  for (std::size_t i = batch.size(); i > from; --i) {
    lanes_[static_cast<std::size_t>(batch[i - 1]->options.lane)].push_front(batch[i - 1]);
  }
  admitted_.fetch_add(batch.size() - from);
  batch.resize(from);
}

void Writer::run(Batch& batch) {
  const auto start = Steady::now();
  auto verdict = attempt(batch, false);
  if (verdict == Verdict::rerun) {
    metrics_.reruns.add();
    verdict = attempt(batch, true);
  }
  if (verdict != Verdict::committed) {
    fail(batch, batch_error_.value_or(unavailable("the batch did not commit")));
    return;
  }
  published(batch);
  metrics_.batch_seconds.observe(seconds_since(start));
  complete(batch);
}

Writer::Verdict Writer::attempt(Batch& batch, bool savepoints) {
  batch_error_.reset();
  state_.after_commit.clear();
  auto verdict = Verdict::failed;
  try {
    tx_->run(kBegin);
    verdict = run_operations(batch, savepoints);
    if (verdict == Verdict::committed) {
      commit(batch);
      return verdict;
    }
  } catch (const SqlError& error) {
    verdict = Verdict::failed;
    batch_error_ = error.transient() ? unavailable(error.what()) : to_error(error);
  }
  roll_back();
  for (auto* participant : participants_) participant->batch_failed();
  return verdict;
}

Writer::Verdict Writer::run_operations(Batch& batch, bool savepoints) {
  const auto start = Steady::now();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto verdict = run_operation(*batch[i], savepoints || batch[i]->options.savepoint);
    if (verdict != Verdict::committed) return verdict;
    if (Steady::now() - start > kBatchBudget) put_back(batch, i + 1);
  }
  return Verdict::committed;
}

Writer::Verdict Writer::run_operation(WriteOp& op, bool savepoint) {
  auto& connection = tx_->impl();
  const auto actions = state_.after_commit.size();
  if (savepoint) tx_->run(kSavepoint);
  const auto mark = connection.change_mark();
  std::optional<SqlError> sql_error;
  op.outcome = guarded(op, *tx_, sql_error);
  if (!connection.in_transaction()) {  // SQLite rolls back by itself on some errors
    batch_error_ = unavailable(sql_error ? sql_error->what() : "the transaction ended inside an operation");
    return Verdict::failed;
  }
  if (op.outcome) {
    if (savepoint) tx_->run(kRelease);
    for (auto* participant : participants_) participant->operation_succeeded();
    return Verdict::committed;
  }
  if (sql_error && sql_error->transient()) {  // the disk is in trouble: the commit would fail too
    batch_error_ = unavailable(sql_error->what());
    return Verdict::failed;
  }
  if (savepoint) {
    tx_->run(kRollbackTo);
    tx_->run(kRelease);
  } else if (connection.change_mark() != mark) {
    return Verdict::rerun;
  }
  state_.after_commit.resize(actions);
  for (auto* participant : participants_) participant->operation_failed();
  if (!op.outcome.error().detail().empty() && op.outcome.error().code() == Errc::internal) {
    base::log_error("store", "a write operation failed", {{"detail", op.outcome.error().detail()}});
  }
  return Verdict::committed;
}

void Writer::commit(const Batch& batch) {
  if (state_.last != head_.load(std::memory_order_relaxed)) tx_->run(kUpdateStream, state_.last, state_.reserved);
  const auto start = Steady::now();
  tx_->run(kCommit);
  metrics_.commit_seconds.observe(seconds_since(start));
  metrics_.batches.add();
  metrics_.operations.add(batch.size());
  metrics_.batch_operations.set(static_cast<std::int64_t>(batch.size()));
  if (back_off_.count() == 0) return;
  back_off_ = {};
  refuse_until_ns_ = 0;
  std::lock_guard lock(mutex_);
  trouble_.clear();
  base::log_info("store", "writing works again");
}

void Writer::roll_back() {
  if (!tx_->impl().in_transaction()) return;
  try {
    tx_->run(kRollback);
  } catch (const SqlError& error) {
    base::log_error("store", "rollback failed", {{"detail", error.what()}});
  }
}

void Writer::fail(Batch& batch, const Error& error) {
  metrics_.failed_batches.add();
  base::log_error("store", "a batch could not be committed",
                  {{"operations", batch.size()}, {"detail", error.detail()}, {"back_off_ms", back_off_.count()}});
  state_.after_commit.clear();
  if (error.code() == Errc::unavailable) {
    back_off_ = std::clamp(back_off_ * 2, first_back_off_, kLongestBackOff);
    refuse_until_ns_ = (Steady::now() + back_off_).time_since_epoch().count();
    // Whoever waits already is told now: holding them through the back-off would only make them late.
    std::lock_guard lock(mutex_);
    trouble_ = "writing fails: " + error.detail();
    for (auto& lane : lanes_) {
      admitted_.fetch_sub(lane.size());
      batch.insert(batch.end(), lane.begin(), lane.end());
      lane.clear();
    }
  }
  for (auto* op : batch) op->outcome = std::unexpected(error);
  complete(batch);
}

void Writer::published(const Batch&) {
  const auto head = state_.last;
  for (auto* participant : participants_) participant->batch_committed(head);
  for (auto& action : state_.after_commit) {
    try {
      action();
    } catch (const std::exception& error) {
      base::log_error("store", "an action after a commit failed", {{"detail", error.what()}});
    }
  }
  state_.after_commit.clear();
  if (head == head_.load(std::memory_order_relaxed)) return;
  head_.store(head, std::memory_order_release);
  for (auto& ring : bells_) ring(head);
}

void Writer::complete(const Batch& batch) {
  for (auto* op : batch) {
    if (!op->outcome) metrics_.failed_operations.add();
    completions_.add(std::move(op->waiter));  // from flush() on, the operation may be gone
  }
  completions_.flush();
}

void Writer::between_batches() {
  if (checkpointer_) checkpointer_->between_batches(*tx_);
  const auto now = Steady::now();
  if (now < next_shrink_ || back_off_.count() != 0 || !queue_is_empty()) return;
  next_shrink_ = now + kShrinkInterval;
  try {
    shrink_file();
  } catch (const SqlError& error) {
    base::log_warning("store", "free pages stay in the file for now", {{"detail", error.what()}});
  }
}

bool Writer::queue_is_empty() {
  std::lock_guard lock(mutex_);
  return std::ranges::all_of(lanes_, [](const auto& lane) { return lane.empty(); });
}

void Writer::shrink_file() {
  std::int64_t free_pages = 0;
  {
    auto rows = tx_->query(kFreePages);
    if (rows.next()) free_pages = rows.integer(0);
  }
  if (free_pages < kFreePagesKept) return;
  tx_->run(kShrink);
  next_shrink_ = {};  // more may be free: go on after the next batch
}

}  // namespace troupe::store
