// What running a command speaks of: what is to be run, under which limits, and the record of what became of it.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace troupe::runtime::sandbox {

/// Where a command runs.
enum class Mode {
  sandbox,  ///< without network, with a file system, users and processes of its own; refused where that cannot be had
  host,     ///< as Troupe's own user, with that user's files and network; allowed programs only
};
std::string_view name_of(Mode mode);  ///< "SANDBOX", "HOST"

/// What one command may use. Zero: as the settings say, which is also the most that may be asked for.
struct CommandLimits {
  std::chrono::milliseconds time{0};  ///< wall clock, 1 ms to five minutes; then everything it started is killed
  std::int64_t cpu_seconds = 0;       ///< CPU time of each process, up to 300; zero: as much as `time`
  std::int64_t memory_bytes = 0;      ///< of all its processes together, 16 MiB and up
  std::int64_t processes = 0;         ///< processes and threads, itself included
  std::int64_t output_bytes = 0;      ///< kept of each of its two streams; the rest is read and dropped
  std::int64_t file_bytes = 0;        ///< largest file it may write, up to 1 GiB; zero: 64 MiB
};

/// A command as somebody wants it: either `argv` or `text`.
struct CommandOrder {
  std::vector<std::string> argv{};  ///< at most 128, 64 KiB in all
  /// In the sandbox for `sh -c`. On the host no shell reads it: it is split by the strict rule of host_words.h.
  std::string text{};
  /// Absolute; the working folder, at /work in the sandbox. Empty: in memory, gone at the end. Links in it are
  /// followed: no command may ever have been able to write to a folder above it.
  std::string folder{};
  bool writable = false;  ///< whether a sandboxed command may change what is in `folder`; on the host it may
  std::string cwd{};      ///< where to begin, relative to `folder`, inside it whatever links there are
  /// At most 64; names [A-Za-z_][A-Za-z0-9_]*, on the host none that change which code a program loads (PATH, LD_…).
  /// Nothing of Troupe's own environment is passed on. With a container the values stand in the machine's list of
  /// processes.
  std::map<std::string, std::string> environment{};
  std::string input{};  ///< bytes of its standard input, at most 1 MiB; then it ends
  CommandLimits limits{};
  std::string mode{};  ///< "SANDBOX" or "HOST"; empty: as the settings say. HOST only where the settings say so, too
};

/// How a command ended.
enum class How {
  exited,              ///< by itself: exit_code
  signalled,           ///< by a signal: `signal`
  timed_out,           ///< its time was over; it was killed
  out_of_memory,       ///< over its memory; it was killed
  too_many_processes,  ///< where no control group refuses them; it was killed
  cancelled,           ///< whoever waited gave up, Troupe stopped, or its supervisor was killed; it was killed
  not_started,         ///< allowed, but there is no such program, folder …: `error`; nothing ran
  refused,             ///< not allowed, or no isolation here: `error`; nothing ran
};
std::string_view name_of(How how);

/// The record of one order: what to store, and to show. Bytes of the command's are as they were: not always UTF-8, and
/// whatever secrets it printed.
struct CommandRun {
  std::string command{};            ///< the text, or the program
  std::vector<std::string> args{};  ///< the program's arguments, when it was no text
  std::string cwd{};                ///< in the working folder
  Mode mode = Mode::sandbox;
  std::string backend{};  ///< what confined it: "bubblewrap", "podman", "docker"; "host"; empty: nothing ran
  How how = How::refused;
  std::int64_t exit_code = -1;  ///< 0 to 255; -1: it did not end by itself
  std::int64_t signal = 0;      ///< the one that ended it; 0: none
  std::string error{};          ///< why it was refused or did not start, in words for a person
  std::string out{};
  std::string err{};
  bool out_truncated = false;  ///< it printed more than was kept
  bool err_truncated = false;
  base::UnixMs started_at = 0;
  std::chrono::milliseconds duration{0};

  bool success() const { return how == How::exited && exit_code == 0; }
};

/// Stores the record of a run. Called once for each order, on a thread of the runner's: it is quick, and posts what
/// takes time elsewhere.
using Audit = std::function<void(const CommandRun&)>;

/// Whether commands can be run, and how.
struct Standing {
  bool allowed = false;  ///< by the settings
  Mode mode = Mode::sandbox;
  bool ready = false;     ///< allowed, and in the sandbox: isolation was tried, and held
  std::string backend{};  ///< as in CommandRun
  std::string version{};
  std::string text{};                               ///< for people: why not; empty: all is well
  std::map<std::string, std::string> attributes{};  ///< which limit is kept by what
};

}  // namespace troupe::runtime::sandbox
