// A task's folder: the names in it, and the records that the driver and the shim leave each other there.
//
// Everything in shim/ needs libc and the standard library only: it is also linked alone, into a small static program.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::runtime::shim {

// Written by the driver:
inline constexpr const char* kSpecFile = "spec";       ///< what to run; see the k… keys below
inline constexpr const char* kStopFile = "stop";       ///< how to stop: `grace_ms`. SIGTERM to the shim says: look here
inline constexpr const char* kSecretsDir = "secrets";  ///< 0600 files; removed by the shim when the task has ended
inline constexpr const char* kWorkDir = "work";        ///< the task's own; stays over restarts
// Written by the shim:
inline constexpr const char* kLockFile = "lock";    ///< locked (F_SETLK) while a shim lives: the lock names its pid
inline constexpr const char* kStateFile = "state";  ///< who runs
inline constexpr const char* kExitFile = "exit";    ///< how it ended: renamed into place, after fsync
inline constexpr const char* kExitReserve = "exit.new";  ///< room for it, taken at the start: a full disk loses no exit
inline constexpr const char* kDroppedFile = "dropped";   ///< how many lines were dropped in this run, as text
inline constexpr const char* kLogDir = "log";            ///< files named by the number of their first line

inline constexpr std::size_t kExitBytes = 1024;
inline constexpr std::size_t kSpecBytes = 512 * 1024;  ///< most of what is read of the spec, or of who runs
inline constexpr std::size_t kErrorBytes = 600;        ///< most that is passed on of an error: it may name a program
inline constexpr const char* kRunVariable = "TROUPE_TASK_RUN";  ///< in the environment: marks every process of a run

/// Lines `key=value`, each ended by a zero byte, so that values may hold anything else. Keys may repeat.
class Record {
 public:
  void add(std::string_view key, std::string_view value);
  void add(std::string_view key, std::int64_t value) { add(key, std::string_view(std::to_string(value))); }
  /// The first of this key; empty when there is none.
  std::string_view text(std::string_view key) const;
  std::int64_t number(std::string_view key, std::int64_t otherwise = 0) const;
  std::vector<std::string> all(std::string_view key) const;
  std::string bytes() const;
  /// Ends at the first empty line: a reserved file is filled up with zeros.
  static Record parse(std::string_view bytes);

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// Whole; at most `most` bytes. Nothing when it cannot be read (errno says why) or is larger (EFBIG).
std::optional<std::string> read_file(const std::string& path, std::size_t most);
/// Written beside and renamed, mode 0600. Not synced: such a file speaks of processes that live, and a power cut ends
/// those with it. False: errno says why.
bool replace_file(const std::string& path, std::string_view bytes);
/// False: errno says why.
bool write_all(int descriptor, std::string_view bytes);
/// The pid of the shim that lives in this folder; 0: none. The kernel knows: no pid is ever mistaken for a later one.
/// -1: the folder cannot be read.
std::int64_t shim_pid(const std::string& folder);

std::int64_t unix_ms();
std::int64_t monotonic_ms();

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int descriptor = -1) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }
  explicit operator bool() const { return descriptor_ >= 0; }
  void close();

 private:
  int descriptor_;
};

}  // namespace troupe::runtime::shim
