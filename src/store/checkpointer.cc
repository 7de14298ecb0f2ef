#include "store/checkpointer.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "base/log.h"
#include "store/fault_plan.h"
#include "store/read_pool.h"
#include "store/writer.h"

namespace troupe::store {
namespace {

constexpr std::uint64_t kFrameBytes = 4096 + 24;
/// 16 MiB of new log, or a quarter of what makes the log start over.
constexpr int kMostWakeFrames = 4'096;
/// What the writer may have to copy itself during a RESTART: 8 MiB.
constexpr int kNearlyCopiedFrames = 2'048;
/// Beyond this many times the restart limit the writer restarts the log however much is left.
constexpr std::uint64_t kForceFactor = 4;
constexpr std::chrono::milliseconds kRestartPatience{500};
/// One failure may be a hiccup; so many in a row are trouble.
constexpr int kTroubleAfter = 3;
constexpr std::chrono::milliseconds kTryAgain{1'000};
constexpr std::chrono::milliseconds kReaderCheckInterval{1'000};
constexpr int kRestartBusyMs = 20;
/// Each try holds up all writes while somebody reads.
constexpr std::chrono::milliseconds kEmptyAgain{250};
constexpr int kUsualBusyMs = 5'000;

}  // namespace

Checkpointer::Checkpointer(const DatabaseOptions& options, Writer& queue, ReadPool& readers,
                           base::MetricRegistry& metrics)
    : file_(options.file),
      restart_bytes_(options.wal_restart_bytes),
      cancel_bytes_(options.wal_cancel_bytes),
      refuse_bulk_bytes_(options.wal_refuse_bulk_bytes),
      wake_frames_(
          static_cast<int>(std::clamp<std::uint64_t>(options.wal_restart_bytes / kFrameBytes / 4, 1, kMostWakeFrames))),
      reader_patience_(options.reader_patience),
      faults_(options.faults),
      queue_(queue),
      readers_(readers),
      wal_bytes_(metrics.gauge("troupe_store_wal_bytes", "Bytes of the write-ahead log in use")),
      passive_runs_(metrics.counter("troupe_store_checkpoints_total", "Checkpoints run", {"mode"}).with({"passive"})),
      restarts_(metrics.counter("troupe_store_checkpoints_total", "Checkpoints run", {"mode"}).with({"restart"})),
      empties_(metrics.counter("troupe_store_checkpoints_total", "Checkpoints run", {"mode"}).with({"truncate"})),
      failures_(metrics.counter("troupe_store_checkpoint_failures_total", "Checkpoints that failed", {"mode"})),
      room_(options.file.string() + "-wal", [this] { return log_bytes(); }) {
  for (const auto* mode : {"passive", "restart", "truncate"}) failures_.with({mode});  // there from the start, as zeros
}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::start(SqliteConnection& writer) {
  connection_ = std::make_unique<SqliteConnection>(file_, Use::checkpointer);
  sqlite3_wal_hook(writer.db(), &Checkpointer::on_commit, this);
  thread_ = std::thread([this] { loop(); });
  pthread_setname_np(thread_.native_handle(), "store-ckpt");
}

void Checkpointer::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
    restart_wanted_ = false;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

std::uint64_t Checkpointer::log_bytes() const { return static_cast<std::uint64_t>(frames_.load()) * kFrameBytes; }

std::uint64_t Checkpointer::uncopied_bytes() const {
  return static_cast<std::uint64_t>(std::max(0, frames_.load() - copied_frames_.load())) * kFrameBytes;
}

std::optional<std::string> Checkpointer::trouble() const {
  const auto failed = failed_in_a_row_.load();
  if (failed >= kTroubleAfter) {
    const base::Lock lock(why_mutex_);
    return fmt::format("{} checkpoints in a row have failed: {}; the write-ahead log holds {} MiB", failed, why_,
                       log_bytes() >> 20);
  }
  if (uncopied_bytes() > restart_bytes_ * kForceFactor) {
    return fmt::format("the write-ahead log grows faster than it gets into the file: {} MiB are left",
                       uncopied_bytes() >> 20);
  }
  return std::nullopt;
}

bool Checkpointer::due() const { return checkpoint_due() || room_.due(); }

bool Checkpointer::checkpoint_due() const { return frames_.load() - seen_frames_ >= wake_frames_; }

int Checkpointer::on_commit(void* self, sqlite3*, const char*, int frames) {
  auto& me = *static_cast<Checkpointer*>(self);
  if (frames < me.frames_.exchange(frames)) {  // the log has started over
    const base::Lock lock(me.mutex_);
    me.seen_frames_ = 0;
    me.copied_frames_ = 0;
  }
  me.wal_bytes_.set(static_cast<std::int64_t>(me.log_bytes()));
  me.queue_.refuse_bulk(me.uncopied_bytes() > me.refuse_bulk_bytes_);
  if (me.asleep_.load()) {
    const base::Lock lock(me.mutex_);
    if (me.due()) me.wake_.notify_all();
  }
  return SQLITE_OK;
}

void Checkpointer::keep_room(std::uint64_t at_first) {
  room_.keep(at_first);
  const base::Lock lock(mutex_);
  wake_.notify_all();
}

std::uint64_t Checkpointer::want_empty(std::chrono::steady_clock::time_point until) {
  empty_until_ = until;
  return ++empty_wanted_;
}

void Checkpointer::empty(SqliteConnection& writer) {
  const auto wanted = empty_wanted_.load();
  auto* db = writer.db();
  sqlite3_busy_timeout(db, kRestartBusyMs);  // a reader may hold the log, or a PASSIVE run: then another time
  int code = SQLITE_IOERR_WRITE;
  room_.cut([&] {
    if (!faults_ || !faults_->checkpoints_fail())
      code = sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (code == SQLITE_OK) frames_ = 0;
    return code == SQLITE_OK;
  });
  sqlite3_busy_timeout(db, kUsualBusyMs);
  if (code == SQLITE_OK) {
    empties_.add();
    const base::Lock lock(mutex_);
    frames_ = copied_frames_ = seen_frames_ = 0;
    wal_bytes_.set(0);
    emptied_ = wanted;
  } else {
    empty_again_ = std::chrono::steady_clock::now() + kEmptyAgain;
  }
  note(code, "truncate", sqlite3_errstr(code));
}

void Checkpointer::between_batches(SqliteConnection& writer) {
  if (empty_wanted_.load() > emptied_.load()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= empty_again_ && now < empty_until_.load()) empty(writer);
  }
  if (!restart_wanted_.load(std::memory_order_relaxed)) return;
  auto* db = writer.db();
  sqlite3_busy_timeout(db, kRestartBusyMs);  // a reader may hold the log: then another time
  const int code = faults_ && faults_->checkpoints_fail()
                       ? SQLITE_IOERR_WRITE
                       : sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  sqlite3_busy_timeout(db, kUsualBusyMs);
  if (code == SQLITE_OK) {
    restarts_.add();
    copied_frames_ = frames_.load();  // all of it
  }
  note(code, "restart", sqlite3_errstr(code));
  const base::Lock lock(mutex_);
  restart_wanted_ = false;
  wake_.notify_all();
}

void Checkpointer::loop() {
  base::Lock lock(mutex_);
  while (!stopping_) {
    const bool long_log = log_bytes() > cancel_bytes_;
    const bool failing = failed_in_a_row_.load() > 0;
    if (!due() || failing) {
      asleep_ = true;
      if (failing) {
        wake_.wait_for(lock, kTryAgain, [this]() REQUIRES(mutex_) { return stopping_; });
      } else if (long_log) {
        wake_.wait_for(lock, kReaderCheckInterval);
      } else if (!due()) {  // asked again: a commit before asleep_ was set rang no bell
        wake_.wait(lock);
      }
      asleep_ = false;
    }
    if (stopping_) return;
    if (room_.due()) {
      lock.unlock();
      room_.extend();
      lock.lock();
    }
    if (!checkpoint_due() && !long_log && !failing) continue;
    seen_frames_ = frames_.load();
    lock.unlock();
    passive();
    lock.lock();
    if (log_bytes() > restart_bytes_) ask_for_restart(lock);
    if (log_bytes() > cancel_bytes_) {
      lock.unlock();
      readers_.cancel_older_than(reader_patience_);
      lock.lock();
    }
  }
}

void Checkpointer::ask_for_restart(base::Lock& lock) {
  const bool nearly = frames_.load() - copied_frames_.load() < kNearlyCopiedFrames;
  if (!nearly && log_bytes() < restart_bytes_ * kForceFactor) return;
  restart_wanted_ = true;
  // The writer must not meet a PASSIVE run of ours, so wait for it; idle, it needs no restart.
  wake_.wait_for(lock, kRestartPatience, [this]() REQUIRES(mutex_) { return stopping_ || !restart_wanted_.load(); });
  restart_wanted_ = false;
}

void Checkpointer::passive() {
  int copied = 0;
  int in_log = 0;
  const int code =
      faults_ && faults_->checkpoints_fail()
          ? SQLITE_IOERR_WRITE
          : sqlite3_wal_checkpoint_v2(connection_->db(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
  if (code == SQLITE_OK) {
    // When the log started over meanwhile, the number belongs to the one before.
    if (in_log <= frames_.load()) copied_frames_ = copied;
    passive_runs_.add();
  }
  note(code, "passive", code == SQLITE_OK ? "" : sqlite3_errmsg(connection_->db()));
}

void Checkpointer::note(int code, std::string_view mode, const char* why) {
  queue_.refuse_bulk(uncopied_bytes() > refuse_bulk_bytes_);
  if (code == SQLITE_OK) {
    if (failed_in_a_row_.exchange(0) >= kTroubleAfter) base::log_info("store", "checkpoints succeed again");
    return;
  }
  if ((code & 0xff) == SQLITE_BUSY) return;
  failures_.with({std::string(mode)}).add();
  {
    const base::Lock lock(why_mutex_);
    why_ = why;
  }
  if (failed_in_a_row_.fetch_add(1) > 0) return;
  base::log_error("store", "a checkpoint failed; the write-ahead log keeps growing until one succeeds",
                  {{"mode", mode}, {"detail", why}});
}

}  // namespace troupe::store
