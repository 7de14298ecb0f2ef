#include "store/writer.h"

#include <malloc.h>
#include <pthread.h>

#include <algorithm>

#include "base/log.h"
#include "store/fault_plan.h"

namespace troupe::store {
namespace {

using Steady = std::chrono::steady_clock;

constexpr const char* kSavepoint = "SAVEPOINT operation";
constexpr const char* kRelease = "RELEASE SAVEPOINT operation";
constexpr const char* kRollbackTo = "ROLLBACK TO SAVEPOINT operation";

/// A writer without work for this long gives its page cache back.
constexpr std::chrono::seconds kIdleRelease{60};

constexpr std::chrono::milliseconds kRetryAfter{1'000};
constexpr std::chrono::milliseconds kLongestBackOff{5'000};
/// A batch that has run this many times as long as the last commit took commits with what it has, the rest goes into
/// the next: each of its operations waits for all of it, and commits stay a small part of the work.
constexpr int kBatchOfCommits = 8;
constexpr std::chrono::milliseconds kShortestBatch{4};
constexpr std::chrono::milliseconds kLongestBatch{20};

std::int64_t now_ns() { return Steady::now().time_since_epoch().count(); }

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

Error unavailable(std::string detail) {
  return Error(Errc::unavailable, "The change could not be stored; try again shortly.", std::move(detail))
      .with_retry_after(kRetryAfter);
}

/// Calls the operation; no exception leaves. `sql_error` is set when the database itself failed. `settle`: what it did
/// has really happened when this returns.
Result<Unit> guarded(WriteOp& op, WriteTx& tx, bool settle, std::optional<SqlError>& sql_error) {
  try {
    auto outcome = op.operation(tx);
    if (settle) tx.impl().settle();
    return outcome;
  } catch (const SqlError& error) {
    sql_error = error;
    return to_error(error);
  } catch (const std::exception& error) {
    return Error(Errc::internal, "The operation failed.", error.what());
  }
}

}  // namespace

Writer::Writer(const DatabaseOptions& options, std::unique_ptr<Ledger> ledger, base::MetricRegistry& metrics)
    : queue_limit_(options.queue_limit),
      batch_limit_(std::max<std::size_t>(1, options.batch_limit)),
      first_back_off_(std::clamp(options.first_back_off, std::chrono::milliseconds(1), kLongestBackOff)),
      ledger_(std::move(ledger)),
      head_(ledger_->state().last),
      metrics_(metrics),
      faults_(options.faults),
      disk_("a commit", &metrics.counter("troupe_store_slow_commits_total", "Commits that took longer than 2 s"),
            options.slow_commit) {
  ledger_->set_sink(*this);
  ledger_->connection().faults = options.faults;
}

Writer::~Writer() { stop(); }

void Writer::start() {
  thread_ = std::thread([this] { loop(); });
  thread_id_ = thread_.get_id();
  pthread_setname_np(thread_.native_handle(), "store-writer");
}

Result<Unit> Writer::admit(Lane lane) {
  if (lane == Lane::bulk && refuse_bulk_.load(std::memory_order_relaxed)) [[unlikely]] {
    metrics_.refused.add();
    return unavailable("bulk work is refused: the write-ahead log is long and no checkpoint succeeds");
  }
  // Counted first, so that stop() either refuses this operation or waits for it.
  if (admitted_.fetch_add(1) >= queue_limit_) {
    admitted_.fetch_sub(1);
    metrics_.refused.add();
    return Error(Errc::unavailable, "Too many changes are waiting; try again shortly.").with_retry_after(kRetryAfter);
  }
  const auto until = refuse_until_ns_.load(std::memory_order_relaxed);
  if (stopping_.load() || (until != 0 && now_ns() < until)) [[unlikely]] {
    if (admitted_.fetch_sub(1) == 1 && stopping_.load()) {
      const base::Lock lock(mutex_);
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
  op.queued = Steady::now();
  bool sleeping = false;
  {
    const base::Lock lock(mutex_);
    lanes_.push(op);
    sleeping = std::exchange(idle_, false);
  }
  if (sleeping) wake_.notify_one();
}

void Writer::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Writer::add_participant(Participant& participant) {
  const base::Lock lock(mutex_);
  registered_.participants.push_back(&participant);
  ++registrations_;
}

void Writer::on_head(std::function<void(StreamPos)> ring) {
  const base::Lock lock(mutex_);
  registered_.bells.push_back(std::move(ring));
  ++registrations_;
}

void Writer::on_announcement(std::string topic, AnnouncementHandler handler) {
  const base::Lock lock(mutex_);
  registered_.announcements.emplace_back(std::move(topic), std::move(handler));
  ++registrations_;
}

void Writer::on_foreign_head(ForeignHandler handler) {
  const base::Lock lock(mutex_);
  registered_.foreign.push_back(std::move(handler));
  ++registrations_;
}

void Writer::follow() {
  const base::Lock lock(mutex_);
  follow_wanted_ = true;
  wake_.notify_one();
}

void Writer::update_listeners() {
  if (known_registrations_ == registrations_) return;
  known_registrations_ = registrations_;
  listeners_ = registered_;
}

void Writer::announcement(Connection& connection, const Announcement& announcement) {
  {  // whoever registered before this was committed must hear it
    const base::Lock lock(mutex_);
    update_listeners();
  }
  for (const auto& [topic, handler] : listeners_.announcements) {
    if (topic == announcement.topic) handler(connection, announcement);
  }
}

void Writer::foreign_head(Connection& connection, const ForeignCommits& commits) {
  {
    const base::Lock lock(mutex_);
    update_listeners();
  }
  for (const auto& handler : listeners_.foreign) handler(connection, commits);
  publish_head(commits.head);
}

std::optional<std::string> Writer::trouble() const {
  const base::Lock lock(mutex_);
  return trouble_.empty() ? std::nullopt : std::optional(trouble_);
}

void Writer::loop() {
  const base::InRole writing(writer_thread);
  WriteBatch batch;
  while (take(batch)) {
    run(batch);
    batch.clear();
    ledger_->between_batches(back_off_.count() == 0 && queue_is_empty());
  }
}

Writer::Chore Writer::due_chore() {
  const auto interval = ledger_->follow_interval();
  if (interval && (std::exchange(follow_wanted_, false) || Steady::now() >= next_follow_)) return Chore::follow;
  if (!cache_released_ && Steady::now() - idle_since_ >= kIdleRelease) return Chore::release_memory;
  return Chore::none;
}

void Writer::run_chore(Chore chore) {
  if (chore == Chore::follow) {
    follow_now();
    next_follow_ = Steady::now() + *ledger_->follow_interval();
    return;
  }
  ledger_->release_memory();
  malloc_trim(0);
  cache_released_ = true;
}

void Writer::sleep(base::Lock& lock) {
  idle_ = true;
  const auto interval = ledger_->follow_interval();
  const auto release_at = cache_released_ ? Steady::time_point::max() : idle_since_ + kIdleRelease;
  const auto until = interval ? std::min(release_at, next_follow_) : release_at;
  if (until == Steady::time_point::max()) {
    wake_.wait(lock);
  } else {
    wake_.wait_until(lock, until);
  }
}

bool Writer::take(WriteBatch& batch) {
  base::Lock lock(mutex_);
  if (lanes_.empty()) idle_since_ = Steady::now();
  while (lanes_.empty()) {
    if (stopping_.load() && admitted_.load() == 0) return false;
    const auto chore = due_chore();
    if (chore == Chore::none) {
      sleep(lock);
      continue;
    }
    update_listeners();
    idle_ = false;
    lock.unlock();
    run_chore(chore);
    lock.lock();
  }
  cache_released_ = false;
  idle_ = false;
  update_listeners();
  batch = lanes_.take(batch_limit_);
  metrics_.queue_depth.set(static_cast<std::int64_t>(admitted_.fetch_sub(batch.size()) - batch.size()));
  return true;
}

void Writer::put_back(WriteBatch& batch, std::size_t from) {
  if (from >= batch.size()) return;
  const base::Lock lock(mutex_);
  admitted_.fetch_add(batch.size() - from);
  lanes_.put_back(batch, from);
}

void Writer::run(WriteBatch& batch) {
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
  note_commit(batch);
  published();
  for (const auto* op : batch) metrics_.wait_seconds.observe(std::chrono::duration<double>(start - op->queued).count());
  metrics_.batch_seconds.observe(seconds_since(start));
  complete(batch);
}

Writer::Verdict Writer::attempt(WriteBatch& batch, bool savepoints) {
  batch_error_.reset();
  ledger_->state().after_commit.clear();
  auto verdict = Verdict::failed;
  try {
    ledger_->begin(savepoints);
    verdict = run_operations(batch, savepoints);
    if (verdict == Verdict::committed) {
      commit();  // the last that may fail: from here on the batch is durable
      return verdict;
    }
  } catch (const SqlError& error) {
    if (damage_) damage_->note(error);
    // A statement that was noticed to fail only now belongs to one operation: run again, it fails at its own place.
    verdict = error.transient() || savepoints ? Verdict::failed : Verdict::rerun;
    batch_error_ = error.transient() ? unavailable(error.what()) : to_error(error);
  } catch (const std::exception& error) {  // from a handler of announcements
    verdict = Verdict::failed;
    batch_error_ = unavailable(error.what());
  }
  ledger_->roll_back();
  for (auto* participant : listeners_.participants) participant->batch_failed();
  return verdict;
}

Writer::Verdict Writer::run_operations(WriteBatch& batch, bool savepoints) {
  const auto start = Steady::now();
  const auto most = std::clamp<Steady::duration>(kBatchOfCommits * commit_took_, kShortestBatch, kLongestBatch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto verdict = run_operation(*batch[i], savepoints || batch[i]->options.savepoint);
    if (verdict != Verdict::committed) return verdict;
    if (Steady::now() - start > most) put_back(batch, i + 1);
  }
  return Verdict::committed;
}

Writer::Verdict Writer::run_operation(WriteOp& op, bool savepoint) {
  auto& tx = ledger_->tx();
  auto& connection = ledger_->connection();
  const auto actions = ledger_->state().after_commit.size();
  if (savepoint) {
    connection.settle();  // what fails from here on is this operation's
    tx.run(kSavepoint);
  }
  const auto mark = connection.change_mark();
  std::optional<SqlError> sql_error;
  op.outcome = guarded(op, tx, savepoint, sql_error);
  if (sql_error && damage_) damage_->note(*sql_error);
  if (!connection.in_transaction()) {  // SQLite rolls back by itself on some errors; a connection may break
    batch_error_ = unavailable(sql_error ? sql_error->what() : "the transaction ended inside an operation");
    return Verdict::failed;
  }
  if (op.outcome && connection.spoiled()) {
    op.outcome = Error(Errc::internal, "The database refused the operation.", "a failed statement was not reported");
  }
  if (op.outcome) {
    if (savepoint) tx.run(kRelease);
    for (auto* participant : listeners_.participants) participant->operation_succeeded();
    return Verdict::committed;
  }
  if (sql_error && sql_error->transient()) {  // the disk is in trouble: the commit would fail too
    batch_error_ = unavailable(sql_error->what());
    return Verdict::failed;
  }
  if (savepoint) {
    tx.run(kRollbackTo);
    tx.run(kRelease);
  } else if (connection.change_mark() != mark || connection.spoiled()) {
    return Verdict::rerun;
  }
  ledger_->state().after_commit.resize(actions);
  for (auto* participant : listeners_.participants) participant->operation_failed();
  if (!op.outcome.error().detail().empty() && op.outcome.error().code() == Errc::internal) {
    base::log_error("store", "a write operation failed", {{"detail", op.outcome.error().detail()}});
  }
  return Verdict::committed;
}

void Writer::commit() {
  const auto start = Steady::now();
  const auto waiting = disk_.begin();
  try {
    ledger_->commit();
  } catch (const UnknownOutcome& error) {
    resolve(error.what());
  }
  commit_took_ = Steady::now() - start;
}

void Writer::note_commit(const WriteBatch& batch) noexcept {
  try {
    if (faults_) [[unlikely]]
      faults_->after_commit();
    metrics_.commit_seconds.observe(std::chrono::duration<double>(commit_took_).count());
    metrics_.batches.add();
    metrics_.operations.add(batch.size());
    metrics_.batch_operations.set(static_cast<std::int64_t>(batch.size()));
    if (back_off_.count() != 0) recovered();
  } catch (const std::exception& error) {
    base::log_error("store", "a commit could not be noted", {{"detail", error.what()}});
  }
}

void Writer::resolve(const std::string& why) {
  base::log_warning("store", "the connection broke during a commit; asking the database what became of it",
                    {{"detail", why}});
  auto last_error = why;
  while (!stopping_.load()) {
    try {
      if (ledger_->resolve()) {
        base::log_info("store", "the commit had happened");
        return;
      }
      base::log_info("store", "the commit had not happened");
      throw UnknownOutcome(why, true);
    } catch (const UnknownOutcome&) {
      throw SqlError(why, true);
    } catch (const SqlError& error) {
      last_error = error.what();
      back_off(last_error);
    }
    base::Lock lock(mutex_);
    wake_.wait_for(lock, back_off_, [this] { return stopping_.load(); });
  }
  throw SqlError("stopped before the database said whether the commit had happened: " + last_error, true);
}

void Writer::back_off(const std::string& detail) {
  back_off_ = std::clamp(back_off_ * 2, first_back_off_, kLongestBackOff);
  refuse_until_ns_ = (Steady::now() + back_off_).time_since_epoch().count();
  const base::Lock lock(mutex_);
  trouble_ = "writing fails: " + detail;
}

void Writer::recovered() {
  back_off_ = {};
  refuse_until_ns_ = 0;
  const base::Lock lock(mutex_);
  trouble_.clear();
  base::log_info("store", "writing works again");
}

void Writer::follow_now() {
  try {
    ledger_->follow();
    // Reading tells nothing about writing: on a full disk it works.
    if (std::exchange(follow_failed_, false) && back_off_.count() != 0) recovered();
  } catch (const std::exception& error) {
    follow_failed_ = true;
    if (back_off_.count() == 0) {
      base::log_error("store", "other processes' commits cannot be read", {{"detail", error.what()}});
    }
    back_off(error.what());
  }
}

void Writer::fail(WriteBatch& batch, const Error& error) {
  metrics_.failed_batches.add();
  base::log_error("store", "a batch could not be committed",
                  {{"operations", batch.size()}, {"detail", error.detail()}, {"back_off_ms", back_off_.count()}});
  ledger_->state().after_commit.clear();
  if (error.code() == Errc::unavailable) {
    back_off(error.detail());
    // Whoever waits already is told now: holding them through the back-off would only make them late.
    const base::Lock lock(mutex_);
    const auto waiting = lanes_.take_all();
    admitted_.fetch_sub(waiting.size());
    batch.insert(batch.end(), waiting.begin(), waiting.end());
  }
  for (auto* op : batch) op->outcome = std::unexpected(error);
  complete(batch);
}

void Writer::published() {
  auto& state = ledger_->state();
  const auto head = state.last;
  for (auto* participant : listeners_.participants) participant->batch_committed(head);
  for (auto& action : state.after_commit) {
    try {
      action();
    } catch (const std::exception& error) {
      base::log_error("store", "an action after a commit failed", {{"detail", error.what()}});
    }
  }
  state.after_commit.clear();
  publish_head(head);
}

void Writer::publish_head(StreamPos head) {
  if (head == head_.load(std::memory_order_relaxed)) return;
  head_.store(head, std::memory_order_release);
  for (auto& ring : listeners_.bells) {
    try {
      ring(head);
    } catch (const std::exception& error) {  // whoever sleeps looks again by itself
      base::log_error("store", "a bell failed", {{"detail", error.what()}});
    }
  }
}

void Writer::complete(const WriteBatch& batch) {
  for (auto* op : batch) {
    if (!op->outcome) metrics_.failed_operations.add();
    completions_.add(std::move(op->waiter));  // from flush() on, the operation may be gone
  }
  completions_.flush();
}

bool Writer::queue_is_empty() {
  const base::Lock lock(mutex_);
  return lanes_.empty();
}

}  // namespace troupe::store
