// A preloaded library that stands between a program and its disk, for tests only. It does three things, each named by a
// variable of the environment:
//
//   DISK_SHIM_ROOT     the folder that is watched; nothing outside of it is touched
//   DISK_SHIM_JOURNAL  a file outside of it, to which everything is appended that changes the folder or makes changes
//                      durable: what a power cut at any moment would leave can be built from it
//                      (tests/e2e/lib/disk.mjs)
//   DISK_SHIM_CONTROL  a file with a number (8 bytes, grows with every change) and text behind it: which calls on which
//                      files fail or wait, and how far the wall clock is off; see read_rules()
//   DISK_SHIM_BOOT_ID  a file that is read in place of /proc/sys/kernel/random/boot_id: another one after a power cut
//
//   DISK_SHIM_SPEED    time passes so many times faster for the program: clocks, timers and timeouts agree about it
//
// Changes and their records are made under one lock, so the journal's order is the order of the changes. A sync is two
// records: what was changed before the first is durable at the second. Pages of shared maps are compared with a copy
// before every sync of theirs and some hundred times a second, and recorded like writes.
#include "disk_shim.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace disk_shim {

State* state = nullptr;

namespace {

std::atomic<std::uint64_t> sync_number{1};

template <class Open>
int opened(int folder, const char* path, bool creates, bool truncates, Open open) {
  auto below = below_root(folder, path);
  if (below.empty()) {
    if (state && !state->boot_id_file.empty() && path && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
      return open(state->boot_id_file.c_str());
    return open(path);
  }
  if (int code = fault(below, op_open)) return errno = code, -1;
  struct stat info;
  if (creates && fstatat(folder, path, &info, 0) != 0) {
    if (int code = fault(below, op_create)) return errno = code, -1;
  }
  Locked guard;
  bool was_there = fstatat(folder, path, &info, 0) == 0;
  int fd = open(path);
  if (fd < 0) return fd;
  KeepErrno keep;
  remember(fd, below, creates && !was_there);
  if (was_there && truncates && S_ISREG(info.st_mode)) record(k_truncate, info.st_ino, 0, 0);
  return fd;
}

template <class Call>
int synced(int fd, Call call) {
  auto* file = file_of(fd);
  if (!file) return call();
  auto path = file->path;
  auto inode = file->inode;
  auto number = sync_number.fetch_add(1);
  {
    Locked guard;
    for (auto& [at, map] : state->maps)
      if (map.inode == inode) look_at(map);
    record(k_sync_begin, inode, number, static_cast<std::uint64_t>(getpid()));
  }
  if (int code = fault(path, op_sync)) return errno = code, -1;
  int result = call();
  if (result == 0) {
    Locked guard;
    record(k_sync_end, inode, number, static_cast<std::uint64_t>(getpid()));
  }
  return result;
}

template <class Call>
ssize_t written(int fd, std::int64_t offset, const iovec* pieces, int count, Call call) {
  auto* file = file_of(fd);
  if (!file || file->folder) return call();
  if (int code = fault(file->path, op_write)) return errno = code, -1;
  Locked guard;
  struct stat info;
  if (fstat(fd, &info) != 0 || info.st_ino != file->inode) return call();  // closed past this library
  if (offset < 0) offset = (fcntl(fd, F_GETFL) & O_APPEND) ? info.st_size : lseek(fd, 0, SEEK_CUR);
  ssize_t done = call();
  auto left = done;
  for (int i = 0; i < count && left > 0; ++i) {
    auto bytes = std::min<ssize_t>(left, static_cast<ssize_t>(pieces[i].iov_len));
    record(k_write, file->inode, static_cast<std::uint64_t>(offset), 0, {}, {}, pieces[i].iov_base,
           static_cast<std::size_t>(bytes));
    offset += bytes;
    left -= bytes;
  }
  return done;
}

template <class Call>
int truncated(int fd, off_t length, Call call) {
  auto* file = file_of(fd);
  if (!file) return call();
  if (int code = fault(file->path, op_truncate)) return errno = code, -1;
  Locked guard;
  int result = call();
  if (result == 0) record(k_truncate, file->inode, static_cast<std::uint64_t>(length), 0);
  return result;
}

template <class Call>
int allocated(int fd, off_t offset, off_t bytes, bool keeps_size, int* code, Call call) {
  auto* file = file_of(fd);
  if (!file) return call();
  if ((*code = fault(file->path, op_allocate))) return -1;
  Locked guard;
  int result = call();
  if (result == 0 && !keeps_size)
    record(k_allocate, file->inode, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(bytes));
  return result;
}

template <class Call>
int renamed(int from_folder, const char* from, int to_folder, const char* to, Call call) {
  auto below = below_root(from_folder, from), below_to = below_root(to_folder, to);
  if (below.empty() || below_to.empty()) return call();
  if (int code = fault(below, op_rename)) return errno = code, -1;
  Locked guard;
  int result = call();
  if (result == 0) record(k_rename, 0, 0, 0, below, below_to);
  return result;
}

template <class Call>
int removed(int folder, const char* path, Call call) {
  auto below = below_root(folder, path);
  if (below.empty()) return call();
  if (int code = fault(below, op_unlink)) return errno = code, -1;
  Locked guard;
  int result = call();
  if (result == 0) record(k_unlink, 0, 0, 0, below);
  return result;
}

template <class Call>
int made_folder(int folder, const char* path, Call call) {
  auto below = below_root(folder, path);
  if (below.empty()) return call();
  if (int code = fault(below, op_mkdir)) return errno = code, -1;
  Locked guard;
  int result = call();
  struct stat info;
  if (result == 0 && fstatat(folder, path, &info, 0) == 0) record(k_mkdir, info.st_ino, 0, 0, below);
  return result;
}

void* mapped(void* wanted, std::size_t bytes, int protection, int flags, int fd, off_t offset,
             void* (*real)(void*, std::size_t, int, int, int, off_t)) {
  auto* file = fd >= 0 && (flags & MAP_SHARED) && (protection & PROT_WRITE) ? file_of(fd) : nullptr;
  if (!file) return real(wanted, bytes, protection, flags, fd, offset);
  if (int code = fault(file->path, op_map)) return errno = code, MAP_FAILED;
  Locked guard;
  void* at = real(wanted, bytes, protection, flags, fd, offset);
  if (at == MAP_FAILED || journal < 0) return at;
  KeepErrno keep;
  // What lies beyond the file's end cannot be read.
  struct stat info;
  if (fstat(fd, &info) != 0 || info.st_size < offset + static_cast<off_t>(bytes)) return at;
  auto* begin = static_cast<char*>(at);
  Map map{begin, bytes, file->inode, static_cast<std::uint64_t>(offset), std::vector<char>(begin, begin + bytes)};
  // A killed process may have changed it after the last look: as it is now.
  for (std::size_t from = 0; from < bytes; from += kPage)
    record(k_mapped, map.inode, map.offset + from, 1, {}, {}, map.seen.data() + from, std::min(kPage, bytes - from));
  state->maps[begin] = std::move(map);
  begin_looking();
  return at;
}

__attribute__((constructor)) void set_up() {
  auto* made = new State;
  if (const char* text = getenv("DISK_SHIM_ROOT")) {
    char real_path[4096];
    made->root = realpath(text, real_path) ? real_path : text;
  }
  if (const char* text = getenv("DISK_SHIM_BOOT_ID")) made->boot_id_file = text;
  state = made;
  if (const char* text = getenv("DISK_SHIM_SPEED")) {
    set_speed(std::max(1L, atol(text)));
  }
  REAL(open);
  if (const char* text = getenv("DISK_SHIM_JOURNAL"))
    journal = real(text, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (const char* text = getenv("DISK_SHIM_CONTROL")) {
    int fd = real(text, O_RDONLY | O_CLOEXEC, 0);
    void* at = fd >= 0 ? mmap(nullptr, kControlBytes, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (at != MAP_FAILED) set_control(static_cast<const char*>(at));
    if (fd >= 0) ::close(fd);
  }
  // What this process was given open, such as the logs of a bot's program.
  for (int fd = 0; fd < 64; ++fd) {
    char path[4096];
    auto length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path - 1);
    if (length <= 0) continue;
    path[length] = '\0';
    if (auto below = below_root(AT_FDCWD, path); !below.empty()) {
      Locked guard;
      remember(fd, below, true, true);
    }
  }
}

mode_t mode_of(int flags, va_list more) {
  return (flags & (O_CREAT | O_TMPFILE)) ? static_cast<mode_t>(va_arg(more, int)) : 0;
}

}  // namespace
}  // namespace disk_shim

using namespace disk_shim;

extern "C" {

#define OPEN(name)                                                      \
  int name(const char* path, int flags, ...) {                          \
    REAL(name);                                                         \
    va_list more;                                                       \
    va_start(more, flags);                                              \
    mode_t mode = mode_of(flags, more);                                 \
    va_end(more);                                                       \
    return opened(AT_FDCWD, path, flags & O_CREAT, flags & O_TRUNC,     \
                  [&](const char* p) { return real(p, flags, mode); }); \
  }
OPEN(open)
OPEN(open64)
#define OPENAT(name)                                                            \
  int name(int folder, const char* path, int flags, ...) {                      \
    REAL(name);                                                                 \
    va_list more;                                                               \
    va_start(more, flags);                                                      \
    mode_t mode = mode_of(flags, more);                                         \
    va_end(more);                                                               \
    return opened(folder, path, flags & O_CREAT, flags & O_TRUNC,               \
                  [&](const char* p) { return real(folder, p, flags, mode); }); \
  }
OPENAT(openat)
OPENAT(openat64)
#define FOPEN(name)                                                             \
  FILE* name(const char* path, const char* mode) {                              \
    REAL(name);                                                                 \
    FILE* stream = nullptr;                                                     \
    opened(AT_FDCWD, path, mode[0] != 'r', mode[0] == 'w', [&](const char* p) { \
      stream = real(p, mode);                                                   \
      return stream ? fileno(stream) : -1;                                      \
    });                                                                         \
    return stream;                                                              \
  }
FOPEN(fopen)
FOPEN(fopen64)

int close(int fd) {
  REAL(close);
  forget(fd);
  return real(fd);
}
int fclose(FILE* stream) {
  REAL(fclose);
  if (stream) forget(fileno(stream));
  return real(stream);
}
int dup2(int from, int to) noexcept {
  REAL(dup2);
  if (from != to) forget(to);
  int fd = real(from, to);
  if (auto* file = file_of(from); file && fd >= 0 && from != to) {
    Locked guard;
    remember(fd, file->path, false);
  }
  return fd;
}

ssize_t write(int fd, const void* data, size_t bytes) {
  REAL(write);
  iovec piece{const_cast<void*>(data), bytes};
  return written(fd, -1, &piece, 1, [&] { return real(fd, data, bytes); });
}
ssize_t writev(int fd, const iovec* pieces, int count) {
  REAL(writev);
  return written(fd, -1, pieces, count, [&] { return real(fd, pieces, count); });
}
ssize_t pwrite(int fd, const void* data, size_t bytes, off_t offset) {
  REAL(pwrite);
  iovec piece{const_cast<void*>(data), bytes};
  return written(fd, offset, &piece, 1, [&] { return real(fd, data, bytes, offset); });
}
ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t offset) {
  REAL(pwrite64);
  iovec piece{const_cast<void*>(data), bytes};
  return written(fd, offset, &piece, 1, [&] { return real(fd, data, bytes, offset); });
}
ssize_t read(int fd, void* data, size_t bytes) {
  REAL(read);
  if (auto* file = any_rules ? file_of(fd) : nullptr)
    if (int code = fault(file->path, op_read)) return errno = code, -1;
  return real(fd, data, bytes);
}
ssize_t pread(int fd, void* data, size_t bytes, off_t offset) {
  REAL(pread);
  if (auto* file = any_rules ? file_of(fd) : nullptr)
    if (int code = fault(file->path, op_read)) return errno = code, -1;
  return real(fd, data, bytes, offset);
}
ssize_t pread64(int fd, void* data, size_t bytes, off64_t offset) {
  REAL(pread64);
  if (auto* file = any_rules ? file_of(fd) : nullptr)
    if (int code = fault(file->path, op_read)) return errno = code, -1;
  return real(fd, data, bytes, offset);
}

int fsync(int fd) {
  REAL(fsync);
  return synced(fd, [&] { return real(fd); });
}
int fdatasync(int fd) {
  REAL(fdatasync);
  return synced(fd, [&] { return real(fd); });
}
int msync(void* at, size_t bytes, int flags) {
  REAL(msync);
  std::uint64_t inode = 0, number = sync_number.fetch_add(1), range[2] = {0, bytes};
  {
    Locked guard;
    auto found = state->maps.upper_bound(static_cast<char*>(at));
    if (found == state->maps.begin()) return real(at, bytes, flags);
    --found;
    auto& map = found->second;
    if (static_cast<char*>(at) >= map.at + map.bytes) return real(at, bytes, flags);
    look_at(map);
    inode = map.inode;
    range[0] = map.offset + static_cast<std::uint64_t>(static_cast<char*>(at) - map.at);
    record(k_sync_begin, inode, number, static_cast<std::uint64_t>(getpid()), {}, {}, range, sizeof range);
  }
  int result = real(at, bytes, flags);
  if (result == 0 && (flags & MS_SYNC)) {
    Locked guard;
    record(k_sync_end, inode, number, static_cast<std::uint64_t>(getpid()));
  }
  return result;
}

int ftruncate(int fd, off_t length) noexcept {
  REAL(ftruncate);
  return truncated(fd, length, [&] { return real(fd, length); });
}
int ftruncate64(int fd, off64_t length) noexcept {
  REAL(ftruncate64);
  return truncated(fd, length, [&] { return real(fd, length); });
}
int truncate(const char* path, off_t length) noexcept {
  REAL(truncate);
  auto below = below_root(AT_FDCWD, path);
  if (below.empty()) return real(path, length);
  if (int code = fault(below, op_truncate)) return errno = code, -1;
  Locked guard;
  int result = real(path, length);
  struct stat info;
  if (result == 0 && stat(path, &info) == 0) record(k_truncate, info.st_ino, static_cast<std::uint64_t>(length), 0);
  return result;
}
int posix_fallocate(int fd, off_t offset, off_t bytes) {
  REAL(posix_fallocate);
  int code = 0;
  int result = allocated(fd, offset, bytes, false, &code, [&] { return real(fd, offset, bytes); });
  return code ? code : result;
}
int posix_fallocate64(int fd, off64_t offset, off64_t bytes) {
  REAL(posix_fallocate64);
  int code = 0;
  int result = allocated(fd, offset, bytes, false, &code, [&] { return real(fd, offset, bytes); });
  return code ? code : result;
}
int fallocate(int fd, int mode, off_t offset, off_t bytes) {
  REAL(fallocate);
  int code = 0;
  int result = allocated(fd, offset, bytes, mode != 0, &code, [&] { return real(fd, mode, offset, bytes); });
  if (code) errno = code;
  return result;
}

int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  return renamed(AT_FDCWD, from, AT_FDCWD, to, [&] { return real(from, to); });
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  REAL(renameat);
  return renamed(from_folder, from, to_folder, to, [&] { return real(from_folder, from, to_folder, to); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  REAL(renameat2);
  return renamed(from_folder, from, to_folder, to, [&] { return real(from_folder, from, to_folder, to, flags); });
}
int link(const char* from, const char* to) noexcept {
  REAL(link);
  auto below = below_root(AT_FDCWD, from), below_to = below_root(AT_FDCWD, to);
  if (below.empty() || below_to.empty()) return real(from, to);
  Locked guard;
  int result = real(from, to);
  if (result == 0) record(k_link, 0, 0, 0, below, below_to);
  return result;
}
int unlink(const char* path) noexcept {
  REAL(unlink);
  return removed(AT_FDCWD, path, [&] { return real(path); });
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  REAL(unlinkat);
  return removed(folder, path, [&] { return real(folder, path, flags); });
}
int rmdir(const char* path) noexcept {
  REAL(rmdir);
  return removed(AT_FDCWD, path, [&] { return real(path); });
}
int remove(const char* path) noexcept {
  REAL(remove);
  return removed(AT_FDCWD, path, [&] { return real(path); });
}
int mkdir(const char* path, mode_t mode) noexcept {
  REAL(mkdir);
  return made_folder(AT_FDCWD, path, [&] { return real(path, mode); });
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  REAL(mkdirat);
  return made_folder(folder, path, [&] { return real(folder, path, mode); });
}

void* mmap(void* wanted, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  REAL(mmap);
  return mapped(wanted, bytes, protection, flags, fd, offset, real);
}
void* mmap64(void* wanted, size_t bytes, int protection, int flags, int fd, off64_t offset) noexcept {
  REAL(mmap64);
  return mapped(wanted, bytes, protection, flags, fd, offset, real);
}
int munmap(void* at, size_t bytes) noexcept {
  REAL(munmap);
  if (looking) {
    Locked guard;
    if (auto found = state->maps.find(static_cast<char*>(at)); found != state->maps.end()) {
      look_at(found->second);
      state->maps.erase(found);
    }
  }
  return real(at, bytes);
}

}  // extern "C"
