// Room in the write-ahead log ahead of the writer, so that a commit overwrites blocks that the file has already.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/clock.h"
#include "base/mutex.h"

namespace troupe::store {

/// A commit that makes the log longer waits for the file system's journal as well, and so for what other programs
/// wrote. The log is therefore made longer beforehand, in zeros, by a thread that nobody waits for. SQLite ends a log
/// at the first frame that is not of it, zeros as well as what an older one left.
///
/// Zeros are appended in the kernel's sense (O_APPEND): wherever the file ends at that moment, so what the writer has
/// written meanwhile is never written over, and it writes over the zeros. When that fails, or little of the disk is
/// free, commits make the log longer as they always can, and it is tried again after kTryAgain.
class LogRoom {
 public:
  static constexpr std::chrono::seconds kTryAgain{30};

  /// `used`: bytes of the log in use, from any thread.
  LogRoom(std::filesystem::path log, std::function<std::uint64_t()> used,
          const base::Clock& clock = base::system_clock())
      : log_(std::move(log)), used_(std::move(used)), clock_(clock) {}
  ~LogRoom();
  LogRoom(const LogRoom&) = delete;
  LogRoom& operator=(const LogRoom&) = delete;

  /// From now on, beginning with so much. Any thread.
  void keep(std::uint64_t at_first) { at_first_ = at_first; }
  /// Whether the log is to be made longer. Any thread.
  bool due() const;
  /// Does so, one MiB after the other, each synced. One thread.
  void extend();
  /// Runs what cuts the log to nothing and says whether it did; when it returns nothing is in use any more, and the log
  /// stays as short as it is until something is. Any thread.
  void cut(const std::function<bool()>& truncate);

 private:
  /// Whether there is more to be made.
  bool append(std::uint64_t at_least);
  void give_up(const char* why);
  bool gave_up() const;

  const std::filesystem::path log_;
  const std::function<std::uint64_t()> used_;
  const base::Clock& clock_;
  base::Mutex mutex_;  ///< held while zeros are appended and while the log is cut
  bool was_cut_ GUARDED_BY(mutex_) = false;
  int file_ = -1;                           ///< of the thread that extends
  std::atomic<std::uint64_t> at_first_{0};  ///< 0: no room is kept
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<bool> begun_{false};               ///< the first room is there, or in the making
  std::atomic<std::int64_t> rests_until_ns_{0};  ///< steady; 0: the last attempt did not fail
};

}  // namespace troupe::store
