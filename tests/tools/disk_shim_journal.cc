// The journal of what changes the folder or makes changes durable; which descriptors and maps are the folder's.
#include "disk_shim.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace disk_shim {

int journal = -1;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
bool looking = false;

namespace {

constexpr int kMostDescriptors = 1 << 20;
constexpr long kMapInterval = 4'000'000;  // ns between two looks at the mapped pages
std::atomic<File*> files[kMostDescriptors];

struct Record {
  std::uint32_t bytes;  // all of it, with this header
  std::uint32_t kind;
  std::uint64_t inode, a, b;
  std::uint32_t path, path2;  // lengths; both follow, then the data
};
static_assert(sizeof(Record) == 40);

void* look_for_ever(void*) {
  for (;;) {
    timespec time{0, kMapInterval};
    nanosleep(&time, nullptr);
    Locked guard;
    for (auto& [at, map] : state->maps) look_at(map);
  }
}

}  // namespace

void record(Kind kind, std::uint64_t inode, std::uint64_t a, std::uint64_t b, std::string_view path,
            std::string_view path2, const void* data, std::size_t bytes) {
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

void remember(int fd, const std::string& path, bool created, bool inherited) {
  struct stat info;
  if (fd < 0 || fd >= kMostDescriptors || fstat(fd, &info) != 0) return;
  if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return;
  delete files[fd].exchange(new File{info.st_ino, S_ISDIR(info.st_mode), path});
  if (created) record(k_create, info.st_ino, inherited ? 1 : 0, 0, path);
}

void look_at(Map& map) {
  for (std::size_t from = 0; from < map.bytes; from += kPage) {
    auto bytes = std::min(kPage, map.bytes - from);
    if (memcmp(map.at + from, map.seen.data() + from, bytes) == 0) continue;
    memcpy(map.seen.data() + from, map.at + from, bytes);
    record(k_mapped, map.inode, map.offset + from, 0, {}, {}, map.seen.data() + from, bytes);
  }
}

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

}  // namespace disk_shim
