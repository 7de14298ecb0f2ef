#include "store/log_writes.h"

#include <sqlite3.h>

#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "store/connection.h"

namespace troupe::store {
namespace {

constexpr const char* kName = "troupe-log";

/// A log. SQLite gives it room, of eight bytes alignment, and the default system's file stands behind it.
struct LogFile {
  sqlite3_file file{};
  sqlite3_int64 at = 0;  ///< where `pending` goes
  std::size_t size = 0;
  std::array<char, 64 * 1024>* pending = nullptr;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& methods() { return *real()->pMethods; }

  int flush() {
    const auto bytes = static_cast<int>(std::exchange(size, 0));
    return bytes == 0 ? SQLITE_OK : methods().xWrite(real(), pending->data(), bytes, at);
  }
  int write(const void* data, std::size_t bytes, sqlite3_int64 offset) {
    const bool goes_on = offset == at + static_cast<sqlite3_int64>(size);
    if (size > 0 && (!goes_on || size + bytes > pending->size())) {
      if (const int failed = flush(); failed != SQLITE_OK) return failed;
    }
    if (pending == nullptr) pending = new (std::nothrow) std::array<char, 64 * 1024>;
    if (pending == nullptr || bytes > pending->size())
      return methods().xWrite(real(), data, static_cast<int>(bytes), offset);
    if (size == 0) at = offset;
    std::memcpy(pending->data() + size, data, bytes);
    size += bytes;
    return SQLITE_OK;
  }
};

LogFile& log_of(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }

/// Does it after what is pending.
template <class F>
int flushed(sqlite3_file* file, const F& then) {
  auto& log = log_of(file);
  const int failed = log.flush();
  return failed != SQLITE_OK ? failed : then(log.methods(), log.real());
}

int log_close(sqlite3_file* file) {
  auto& log = log_of(file);
  const int failed = log.flush();
  const int closed = log.methods().xClose(log.real());
  delete log.pending;
  log.pending = nullptr;
  return failed != SQLITE_OK ? failed : closed;
}
int log_read(sqlite3_file* file, void* data, int bytes, sqlite3_int64 offset) {
  auto& log = log_of(file);
  // Of a full disk SQLite expects to hear when it writes: met in a read it would go on with the transaction, of which
  // frames are missing then. This it rolls back.
  if (log.flush() != SQLITE_OK) return SQLITE_IOERR_WRITE;
  return log.methods().xRead(log.real(), data, bytes, offset);
}
int log_write(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
  return log_of(file).write(data, static_cast<std::size_t>(bytes), offset);
}
int log_truncate(sqlite3_file* file, sqlite3_int64 size) {
  return flushed(file, [&](auto& methods, auto* real) { return methods.xTruncate(real, size); });
}
int log_sync(sqlite3_file* file, int flags) {
  return flushed(file, [&](auto& methods, auto* real) { return methods.xSync(real, flags); });
}
int log_size(sqlite3_file* file, sqlite3_int64* size) {
  return flushed(file, [&](auto& methods, auto* real) { return methods.xFileSize(real, size); });
}
int log_lock(sqlite3_file* file, int level) { return log_of(file).methods().xLock(log_of(file).real(), level); }
int log_unlock(sqlite3_file* file, int level) { return log_of(file).methods().xUnlock(log_of(file).real(), level); }
int log_reserved(sqlite3_file* file, int* is_locked) {
  return log_of(file).methods().xCheckReservedLock(log_of(file).real(), is_locked);
}
int log_control(sqlite3_file* file, int operation, void* argument) {
  return flushed(file, [&](auto& methods, auto* real) { return methods.xFileControl(real, operation, argument); });
}
int log_sector_size(sqlite3_file* file) { return log_of(file).methods().xSectorSize(log_of(file).real()); }
int log_traits(sqlite3_file* file) { return log_of(file).methods().xDeviceCharacteristics(log_of(file).real()); }

constexpr sqlite3_io_methods kLogMethods{.iVersion = 1,
                                         .xClose = log_close,
                                         .xRead = log_read,
                                         .xWrite = log_write,
                                         .xTruncate = log_truncate,
                                         .xSync = log_sync,
                                         .xFileSize = log_size,
                                         .xLock = log_lock,
                                         .xUnlock = log_unlock,
                                         .xCheckReservedLock = log_reserved,
                                         .xFileControl = log_control,
                                         .xSectorSize = log_sector_size,
                                         .xDeviceCharacteristics = log_traits,
                                         .xShmMap = nullptr,
                                         .xShmLock = nullptr,
                                         .xShmBarrier = nullptr,
                                         .xShmUnmap = nullptr,
                                         .xFetch = nullptr,
                                         .xUnfetch = nullptr};

int open_file(sqlite3_vfs* system, const char* name, sqlite3_file* file, int flags, int* opened_as) {
  auto* standard = static_cast<sqlite3_vfs*>(system->pAppData);
  if ((flags & SQLITE_OPEN_WAL) == 0) return standard->xOpen(standard, name, file, flags, opened_as);
  auto& log = *new (file) LogFile;
  const int failed = standard->xOpen(standard, name, log.real(), flags, opened_as);
  // Without methods SQLite does not close it.
  log.file.pMethods = failed == SQLITE_OK ? &kLogMethods : nullptr;
  return failed;
}

int register_system() {
  static sqlite3_vfs system;
  auto* standard = sqlite3_vfs_find(nullptr);
  if (standard == nullptr) return SQLITE_ERROR;
  system = *standard;
  system.pNext = nullptr;
  system.zName = kName;
  system.szOsFile = standard->szOsFile + static_cast<int>(sizeof(LogFile));
  system.pAppData = standard;
  system.xOpen = open_file;
  return sqlite3_vfs_register(&system, 0);
}

}  // namespace

const char* gathering_log_writes() {
  static const int registered = register_system();
  if (registered != SQLITE_OK) throw SqlError("SQLite has no file system", false);
  return kName;
}

}  // namespace troupe::store
