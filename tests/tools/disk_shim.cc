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
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kMostDescriptors = 1 << 20;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kControlBytes = 1 << 16;
constexpr long kMapInterval = 4'000'000;  // ns between two looks at the mapped pages

/// The function behind one that stands here.
template <class F>
F* next(F*, const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
#define REAL(name) static const auto real = next(&::name, #name)

enum Operation : unsigned {
  op_write = 1,
  op_sync = 2,
  op_open = 4,
  op_create = 8,
  op_truncate = 16,
  op_allocate = 32,
  op_rename = 64,
  op_unlink = 128,
  op_mkdir = 256,
  op_read = 512,
  op_map = 1024
};
constexpr std::pair<const char*, unsigned> kOperations[] = {
    {"write", op_write},
    {"sync", op_sync},
    {"open", op_open},
    {"create", op_create},
    {"truncate", op_truncate},
    {"allocate", op_allocate},
    {"rename", op_rename},
    {"unlink", op_unlink},
    {"mkdir", op_mkdir},
    {"read", op_read},
    {"map", op_map},
    {"space", op_write | op_create | op_truncate | op_allocate | op_mkdir},
    {"all", ~0U}};

enum Kind : std::uint32_t {
  k_create = 1,
  k_write,
  k_truncate,
  k_allocate,
  k_sync_begin,
  k_sync_end,
  k_rename,
  k_unlink,
  k_mkdir,
  k_link,
  k_mapped
};
struct Record {
  std::uint32_t bytes;  // all of it, with this header
  std::uint32_t kind;
  std::uint64_t inode, a, b;
  std::uint32_t path, path2;  // lengths; both follow, then the data
};
static_assert(sizeof(Record) == 40);

struct File {
  std::uint64_t inode;
  bool folder;
  std::string path;  // below the root, as it was when opened
};
struct Map {
  char* at;
  std::size_t bytes;
  std::uint64_t inode, offset;
  std::vector<char> seen;
};
struct Rule {
  std::string pattern;
  unsigned operations;
  int code;  // errno; 0: waits only
  long wait_ms;
  long times, after;
};

/// Made by the constructor below, since other libraries call before it, and never destroyed: threads go on to the very
/// end.
struct State {
  std::string root, boot_id_file;
  std::map<char*, Map> maps;
  std::vector<Rule> rules;
};
State* state = nullptr;
int journal = -1;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // the journal, the state->maps, the table of descriptors
std::atomic<File*> files[kMostDescriptors];
std::atomic<std::uint64_t> sync_number{1};
bool looking = false;

const volatile char* control = nullptr;
pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;
std::uint64_t rules_number = 0;
std::atomic<bool> any_rules{false};
std::atomic<std::int64_t> clock_ms{0};

std::int64_t speed = 1;
std::int64_t speed_from_steady = 0, speed_from_wall = 0;  // ns, real, when the program began

struct Locked {
  Locked() { pthread_mutex_lock(&lock); }
  ~Locked() { pthread_mutex_unlock(&lock); }
};
constexpr std::int64_t kSecond = 1'000'000'000;
std::int64_t in_ns(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }
timespec from_ns(std::int64_t ns) { return {ns / kSecond, ns % kSecond}; }
/// A time of the program's on one of its clocks, as the kernel has it.
timespec real_time(clockid_t id, const timespec& time) {
  if (speed == 1) return from_ns(in_ns(time) - (id == CLOCK_REALTIME ? clock_ms.load() * 1'000'000 : 0));
  auto from = id == CLOCK_REALTIME ? speed_from_wall : speed_from_steady;
  auto off = id == CLOCK_REALTIME ? clock_ms.load() * 1'000'000 : 0;
  return from_ns(from + (in_ns(time) - off - from) / speed);
}
/// A timeout in milliseconds, where -1 is for ever.
int real_timeout(int ms) { return ms <= 0 ? ms : static_cast<int>((ms + speed - 1) / speed); }

/// errno as it was, whatever is called in between.
struct KeepErrno {
  int kept = errno;
  ~KeepErrno() { errno = kept; }
};

int error_of(std::string_view name) {
  constexpr std::pair<std::string_view, int> kNames[] = {
      {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EROFS", EROFS}, {"EACCES", EACCES}};
  for (auto [known, code] : kNames)
    if (name == known) return code;
  return EIO;
}

unsigned operations_of(const std::string& names) {
  unsigned found = 0;
  for (std::size_t from = 0; from <= names.size();) {
    auto to = std::min(names.find(',', from), names.size());
    for (auto [name, bit] : kOperations)
      if (names.compare(from, to - from, name) == 0) found |= bit;
    from = to + 1;
  }
  return found;
}

/// Each line is one of these. The pattern is fnmatch's, on the path below the root; the rule holds for `times` calls
/// (-1: for ever) after the first `after` ones.
///
///   fail PATTERN OPERATION,… ERRNO TIMES AFTER
///   slow PATTERN OPERATION,… MILLISECONDS TIMES AFTER
///   clock MILLISECONDS
void read_rules() {
  std::string text(const_cast<const char*>(control) + 8,
                   strnlen(const_cast<const char*>(control) + 8, kControlBytes - 8));
  state->rules.clear();
  std::int64_t clock = 0;
  for (std::size_t from = 0; from < text.size();) {
    auto to = std::min(text.find('\n', from), text.size());
    auto line = text.substr(from, to - from);
    from = to + 1;
    char what[16] = "", pattern[512] = "", operations[256] = "", value[32] = "";
    long times = -1, after = 0;
    if (sscanf(line.c_str(), "clock %ld", &clock) == 1) continue;
    if (sscanf(line.c_str(), "%15s %511s %255s %31s %ld %ld", what, pattern, operations, value, &times, &after) < 4)
      continue;
    bool slow = strcmp(what, "slow") == 0;
    state->rules.push_back(
        {pattern, operations_of(operations), slow ? 0 : error_of(value), slow ? atol(value) : 0, times, after});
  }
  clock_ms = clock;
  any_rules = !state->rules.empty();
}

void look_at_control() {
  if (!control) return;
  std::uint64_t number =
      __atomic_load_n(reinterpret_cast<const std::uint64_t*>(const_cast<const char*>(control)), __ATOMIC_ACQUIRE);
  if (number == __atomic_load_n(&rules_number, __ATOMIC_ACQUIRE)) return;
  pthread_mutex_lock(&rules_lock);
  if (number != rules_number) {
    read_rules();
    __atomic_store_n(&rules_number, number, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&rules_lock);
}

/// Waits as the rules say, and yields the error that this call shall end with; 0: none.
int fault(const std::string& path, unsigned operation) {
  look_at_control();
  if (!any_rules) return 0;
  int code = 0;
  long wait_ms = 0;
  pthread_mutex_lock(&rules_lock);
  for (auto& rule : state->rules) {
    if ((rule.operations & operation) == 0 || rule.times == 0 || fnmatch(rule.pattern.c_str(), path.c_str(), 0) != 0)
      continue;
    if (rule.after > 0) {
      --rule.after;
      continue;
    }
    if (rule.times > 0) --rule.times;
    if (rule.code) code = rule.code;
    wait_ms = std::max(wait_ms, rule.wait_ms);
  }
  pthread_mutex_unlock(&rules_lock);
  if (wait_ms > 0) {
    timespec time{wait_ms / 1000, wait_ms % 1000 * 1'000'000};
    nanosleep(&time, nullptr);
  }
  return code;
}

/// With the lock held.
void record(Kind kind, std::uint64_t inode, std::uint64_t a, std::uint64_t b, std::string_view path = {},
            std::string_view path2 = {}, const void* data = nullptr, std::size_t bytes = 0) {
  if (journal < 0) return;
  KeepErrno keep;
  Record header{static_cast<std::uint32_t>(sizeof(Record) + path.size() + path2.size() + bytes),
                kind,
                inode,
                a,
                b,
                static_cast<std::uint32_t>(path.size()),
                static_cast<std::uint32_t>(path2.size())};
  iovec pieces[] = {{&header, sizeof header},
                    {const_cast<char*>(path.data()), path.size()},
                    {const_cast<char*>(path2.data()), path2.size()},
                    {const_cast<void*>(data), bytes}};
  REAL(writev);
  if (real(journal, pieces, 4) != static_cast<ssize_t>(header.bytes)) {
    static constexpr char kText[] = "disk_shim: the journal cannot be written\n";
    REAL(write);
    static_cast<void>(real(2, kText, sizeof kText - 1));
    _exit(99);
  }
}

/// The path below the root, or nothing ("." for the root itself).
std::string below_root(int folder, const char* path) {
  if (!state || state->root.empty() || !path) return {};
  const auto& root = state->root;
  KeepErrno keep;
  std::string whole = path;
  if (whole.empty() || whole[0] != '/') {
    char at[4096];
    auto link = folder == AT_FDCWD ? std::string("/proc/self/cwd") : "/proc/self/fd/" + std::to_string(folder);
    auto length = readlink(link.c_str(), at, sizeof at);
    if (length <= 0) return {};
    whole = std::string(at, static_cast<std::size_t>(length)) + "/" + whole;
  }
  whole = std::filesystem::path(whole).lexically_normal().string();
  while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
  if (whole == root) return ".";
  if (whole.size() <= root.size() || whole.compare(0, root.size(), root) != 0 || whole[root.size()] != '/') return {};
  return whole.substr(root.size() + 1);
}

File* file_of(int fd) {
  if (fd < 0 || fd >= kMostDescriptors) return nullptr;
  return files[fd].load(std::memory_order_acquire);
}

void forget(int fd) {
  if (fd < 0 || fd >= kMostDescriptors || !files[fd].load(std::memory_order_relaxed)) return;
  Locked guard;
  delete files[fd].exchange(nullptr);
}

/// With the lock held.
void remember(int fd, const std::string& path, bool created, bool inherited = false) {
  struct stat info;
  if (fd < 0 || fd >= kMostDescriptors || fstat(fd, &info) != 0) return;
  if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return;
  delete files[fd].exchange(new File{info.st_ino, S_ISDIR(info.st_mode), path});
  if (created) record(k_create, info.st_ino, inherited ? 1 : 0, 0, path);
}

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

/// With the lock held: records what has changed in a map since it was last looked at.
void look_at(Map& map) {
  for (std::size_t from = 0; from < map.bytes; from += kPage) {
    auto bytes = std::min(kPage, map.bytes - from);
    if (memcmp(map.at + from, map.seen.data() + from, bytes) == 0) continue;
    memcpy(map.seen.data() + from, map.at + from, bytes);
    record(k_mapped, map.inode, map.offset + from, 0, {}, {}, map.seen.data() + from, bytes);
  }
}

void* look_for_ever(void*) {
  for (;;) {
    timespec time{0, kMapInterval};
    nanosleep(&time, nullptr);
    Locked guard;
    for (auto& [at, map] : state->maps) look_at(map);
  }
}

/// With the lock held.
void begin_looking() {
  if (looking) return;
  looking = true;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, look_for_ever, nullptr) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
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
    timespec steady, wall;
    clock_gettime(CLOCK_MONOTONIC, &steady);
    clock_gettime(CLOCK_REALTIME, &wall);
    speed_from_steady = in_ns(steady);
    speed_from_wall = in_ns(wall);
    speed = std::max(1L, atol(text));
  }
  REAL(open);
  if (const char* text = getenv("DISK_SHIM_JOURNAL"))
    journal = real(text, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (const char* text = getenv("DISK_SHIM_CONTROL")) {
    int fd = real(text, O_RDONLY | O_CLOEXEC, 0);
    void* at = fd >= 0 ? mmap(nullptr, kControlBytes, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (at != MAP_FAILED) control = static_cast<const char*>(at);
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

int clock_gettime(clockid_t id, timespec* time) noexcept {
  REAL(clock_gettime);
  int result = real(id, time);
  if (result != 0) return result;
  bool wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
  bool steady = id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME;
  if (!wall && !steady) return result;
  auto ns = in_ns(*time);
  if (speed > 1) {
    auto from = wall ? speed_from_wall : speed_from_steady;
    ns = from + (ns - from) * speed;
  }
  if (wall) {
    look_at_control();
    ns += clock_ms.load(std::memory_order_relaxed) * 1'000'000;
  }
  *time = from_ns(ns);
  return result;
}

int timerfd_settime(int fd, int flags, const itimerspec* wanted, itimerspec* before) noexcept {
  REAL(timerfd_settime);
  if (speed == 1 || (flags & TFD_TIMER_ABSTIME)) return real(fd, flags, wanted, before);  // Asio's absolute one is: now
  auto shorter = [](const timespec& time) {
    auto ns = in_ns(time);
    return from_ns(ns > 0 ? std::max<std::int64_t>(1, ns / speed) : 0);
  };
  itimerspec given{shorter(wanted->it_interval), shorter(wanted->it_value)};
  return real(fd, flags, &given, before);
}
int epoll_wait(int fd, epoll_event* events, int most, int timeout) {
  REAL(epoll_wait);
  return real(fd, events, most, real_timeout(timeout));
}
int poll(pollfd* fds, nfds_t count, int timeout) {
  REAL(poll);
  return real(fds, count, real_timeout(timeout));
}
int nanosleep(const timespec* time, timespec* left) {
  REAL(nanosleep);
  auto shorter = from_ns(in_ns(*time) / speed);
  return real(&shorter, left);
}
int clock_nanosleep(clockid_t id, int flags, const timespec* time, timespec* left) {
  REAL(clock_nanosleep);
  auto given = speed == 1 ? *time : (flags & TIMER_ABSTIME) ? real_time(id, *time) : from_ns(in_ns(*time) / speed);
  return real(id, flags, &given, left);
}
int usleep(useconds_t us) {
  timespec time = from_ns(us * 1000L);
  return nanosleep(&time, nullptr);
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t id, const timespec* until) {
  REAL(pthread_cond_clockwait);
  auto given = speed == 1 ? *until : real_time(id, *until);
  return real(condition, mutex, id, &given);
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  REAL(pthread_cond_timedwait);
  auto given = speed == 1 && clock_ms == 0 ? *until : real_time(CLOCK_REALTIME, *until);
  return real(condition, mutex, &given);
}
int gettimeofday(timeval* time, void*) noexcept {
  timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return result;
}
time_t time(time_t* out) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
