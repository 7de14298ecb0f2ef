// What the parts of the disk shim share (disk_shim.cc says what it is): the rules, the journal, the time.
#pragma once
#include <dlfcn.h>
#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace disk_shim {

/// The function behind one that stands here.
template <class F>
F* next(F*, const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
#define REAL(name) static const auto real = disk_shim::next(&::name, #name)

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
extern State* state;

/// errno as it was, whatever is called in between.
struct KeepErrno {
  int kept = errno;
  ~KeepErrno() { errno = kept; }
};

// ---- The rules (disk_shim_rules.cc) ----

/// The file of rules: a page of it, shared; nullptr: there are none.
void set_control(const volatile char* control);
constexpr std::size_t kControlBytes = 1 << 16;
extern std::atomic<bool> any_rules;
extern std::atomic<std::int64_t> clock_ms;  ///< how far the wall clock is off
void look_at_control();
/// Waits as the rules say, and yields the error that this call shall end with; 0: none.
int fault(const std::string& path, unsigned operation);

// ---- The journal, and what is open (disk_shim_journal.cc) ----

constexpr std::size_t kPage = 4096;
extern int journal;
extern pthread_mutex_t lock;  ///< the journal, the state->maps, the table of descriptors
extern bool looking;          ///< at maps
struct Locked {
  Locked() { pthread_mutex_lock(&lock); }
  ~Locked() { pthread_mutex_unlock(&lock); }
};
/// With the lock held.
void record(Kind kind, std::uint64_t inode, std::uint64_t a, std::uint64_t b, std::string_view path = {},
            std::string_view path2 = {}, const void* data = nullptr, std::size_t bytes = 0);
/// The path below the root, or nothing ("." for the root itself).
std::string below_root(int folder, const char* path);
File* file_of(int fd);
void forget(int fd);
/// With the lock held.
void remember(int fd, const std::string& path, bool created, bool inherited = false);
/// With the lock held: records what has changed in a map since it was last looked at.
void look_at(Map& map);
/// With the lock held: from now on all maps are looked at again and again.
void begin_looking();

// ---- The time (disk_shim_time.cc) ----

/// From now on it passes so many times faster.
void set_speed(long times);

}  // namespace disk_shim
