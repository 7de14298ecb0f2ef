#include "store/log_room.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "store/durable_file.h"

namespace troupe::store {
namespace {

/// Written often, so that room costs no memory.
constexpr std::array<char, 16 * 1024> kZeros{};
constexpr std::uint64_t kAtOnce = 1U << 20;
/// SQLite cuts a log that is longer when it begins it anew (journal_size_limit).
constexpr std::uint64_t kMost = 128ULL << 20;
/// Of the disk, besides the room.
constexpr std::uint64_t kKeptFree = 512ULL << 20;
constexpr std::uint64_t kGrowth = 4;

ssize_t append_zeros(int file) {
  std::array<iovec, kAtOnce / kZeros.size()> pieces{};
  pieces.fill({.iov_base = const_cast<char*>(kZeros.data()), .iov_len = kZeros.size()});
  return ::writev(file, pieces.data(), static_cast<int>(pieces.size()));
}

}  // namespace

LogRoom::~LogRoom() {
  if (file_ >= 0) ::close(file_);
}

bool LogRoom::due() const {
  if (at_first_.load(std::memory_order_relaxed) == 0 || gave_up()) return false;
  if (!begun_.load(std::memory_order_relaxed)) return true;
  const auto used = used_();
  const auto bytes = bytes_.load(std::memory_order_relaxed);
  return used > 0 && bytes < kMost && 2 * used > bytes;
}

void LogRoom::extend() {
  const auto at_least = begun_ ? kAtOnce : at_first_.load();
  while (append(at_least)) {
    // Beside the writer: what it waits for meanwhile is at most one piece of this.
    if (::fdatasync(file_) != 0) give_up(std::strerror(errno));
  }
  if (gave_up()) return;
  begun_ = true;
  rests_until_ns_ = 0;
}

bool LogRoom::append(std::uint64_t at_least) {
  const base::Lock lock(mutex_);
  const auto used = used_();
  if (gave_up() || (used == 0 && was_cut_)) return false;
  if (file_ < 0) file_ = ::open(log_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  struct stat status{};
  if (file_ < 0 || ::fstat(file_, &status) != 0) {
    give_up(std::strerror(errno));
    return false;
  }
  bytes_ = static_cast<std::uint64_t>(status.st_size);
  if (bytes_ >= std::min(std::max(kGrowth * used, at_least), kMost)) return false;
  if (const auto space = disk_space(log_.parent_path()); !space || space->free_bytes < kKeptFree) {
    give_up("little of the disk is free");
    return false;
  }
  if (append_zeros(file_) < 0) {
    give_up(std::strerror(errno));
    return false;
  }
  return true;
}

void LogRoom::cut(const std::function<bool()>& truncate) {
  const base::Lock lock(mutex_);
  if (!truncate()) return;
  was_cut_ = true;
  bytes_ = 0;
}

void LogRoom::give_up(const char* why) {
  const bool again = rests_until_ns_ != 0;
  rests_until_ns_ = (clock_.steady() + kTryAgain).time_since_epoch().count();
  if (!again)
    base::log_info("store", "the write-ahead log is given no room; commits make it longer", {{"detail", why}});
}

bool LogRoom::gave_up() const {
  const auto until = rests_until_ns_.load(std::memory_order_relaxed);
  return until != 0 && clock_.steady().time_since_epoch().count() < until;
}

}  // namespace troupe::store
