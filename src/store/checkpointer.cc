#include "store/checkpointer.h"

#include <pthread.h>

#include "base/log.h"
#include "store/read_pool.h"

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
constexpr std::chrono::milliseconds kReaderCheckInterval{1'000};
constexpr int kRestartBusyMs = 20;
constexpr int kUsualBusyMs = 5'000;

}  // namespace

Checkpointer::Checkpointer(const DatabaseOptions& options, ReadPool& readers, base::MetricRegistry& metrics)
    : file_(options.file),
      restart_bytes_(options.wal_restart_bytes),
      cancel_bytes_(options.wal_cancel_bytes),
      wake_frames_(
          static_cast<int>(std::clamp<std::uint64_t>(options.wal_restart_bytes / kFrameBytes / 4, 1, kMostWakeFrames))),
      reader_patience_(options.reader_patience),
      readers_(readers),
      wal_bytes_(metrics.gauge("troupe_store_wal_bytes", "Bytes of the write-ahead log in use")),
      passive_runs_(metrics.counter("troupe_store_checkpoints_total", "Checkpoints run", {"mode"}).with({"passive"})),
      restarts_(metrics.counter("troupe_store_checkpoints_total", "Checkpoints run", {"mode"}).with({"restart"})) {}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::start(SqliteConnection& writer) {
  connection_ = std::make_unique<SqliteConnection>(file_, Use::checkpointer);
  sqlite3_wal_hook(writer.db(), &Checkpointer::on_commit, this);
  thread_ = std::thread([this] { loop(); });
  pthread_setname_np(thread_.native_handle(), "store-ckpt");
}

void Checkpointer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    restart_wanted_ = false;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

std::uint64_t Checkpointer::log_bytes() const { return static_cast<std::uint64_t>(frames_.load()) * kFrameBytes; }

bool Checkpointer::due() const { return frames_.load() - seen_frames_ >= wake_frames_; }

int Checkpointer::on_commit(void* self, sqlite3*, const char*, int frames) {
  auto& me = *static_cast<Checkpointer*>(self);
  if (frames < me.frames_.exchange(frames)) {  // the log has started over
    std::lock_guard lock(me.mutex_);
    me.seen_frames_ = 0;
  }
  me.wal_bytes_.set(static_cast<std::int64_t>(me.log_bytes()));
  if (me.asleep_.load()) {
    std::lock_guard lock(me.mutex_);
    if (me.due()) me.wake_.notify_all();
  }
  return SQLITE_OK;
}

void Checkpointer::between_batches(SqliteConnection& writer) {
  if (!restart_wanted_.load(std::memory_order_relaxed)) return;
  auto* db = writer.db();
  sqlite3_busy_timeout(db, kRestartBusyMs);  // a reader may hold the log: then another time
  const int code = sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  sqlite3_busy_timeout(db, kUsualBusyMs);
  if (code == SQLITE_OK) restarts_.add();
  std::lock_guard lock(mutex_);
  restart_wanted_ = false;
  wake_.notify_all();
}

void Checkpointer::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool long_log = log_bytes() > cancel_bytes_;
    if (!due()) {
      asleep_ = true;
      if (long_log) {
        wake_.wait_for(lock, kReaderCheckInterval);
      } else if (!due()) {  // asked again: a commit before asleep_ was set rang no bell
        wake_.wait(lock);
      }
      asleep_ = false;
    }
    if (stopping_) return;
    if (!due() && !long_log) continue;
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

void Checkpointer::ask_for_restart(std::unique_lock<std::mutex>& lock) {
  const bool nearly = frames_.load() - copied_frames_ < kNearlyCopiedFrames;
  if (!nearly && log_bytes() < restart_bytes_ * kForceFactor) return;
  restart_wanted_ = true;
  // The writer must not meet a PASSIVE run of ours, so wait for it; idle, it needs no restart.
  wake_.wait_for(lock, kRestartPatience, [this] { return stopping_ || !restart_wanted_.load(); });
  restart_wanted_ = false;
}

void Checkpointer::passive() {
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(connection_->db(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &copied);
  if (code == SQLITE_OK) {
    copied_frames_ = copied;
    failing_ = false;
    passive_runs_.add();
    return;
  }
  if ((code & 0xff) == SQLITE_BUSY || failing_) return;
  failing_ = true;
  base::log_error("store", "a checkpoint failed; the write-ahead log keeps growing until one succeeds",
                  {{"detail", sqlite3_errmsg(connection_->db())}});
}

}  // namespace troupe::store
