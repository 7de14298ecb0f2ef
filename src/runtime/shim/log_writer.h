// Writes what a task says into numbered lines in a few files of bounded size. It never writes faster than its budget.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/shim/folder.h"

namespace troupe::runtime::shim {

struct LogBounds {
  std::int64_t file_bytes = 1024 * 1024;
  std::int64_t files = 4;
  std::int64_t line_bytes = 8 * 1024;
  std::int64_t bytes_per_s = 256 * 1024;
};

/// Source of a line, as written.
enum : char { kFromOut = 'O', kFromErr = 'E', kFromSystem = 'S' };

/// Each line is `number unix_ms source text\n`. The numbers go on from what is in the folder. Lines over the budget, or
/// that the disk does not take, are counted and named in one line of the system's when there is room again.
class LogWriter {
 public:
  static constexpr std::int64_t kBurstSeconds = 16;

  LogWriter(std::string folder, std::string dropped_file, LogBounds bounds);
  /// Text without line end. Kept in memory until flush().
  void line(char source, std::string_view text, std::int64_t now_unix_ms, std::int64_t now_ms);
  /// Writes what is kept, changing files as needed.
  void flush();
  /// Says how many were dropped, if any are still unsaid; whatever the budget. At the end of the task.
  void finish(std::int64_t now_unix_ms);
  /// Whether lines are being dropped now: time to read slowly.
  bool over_budget() const { return unsaid_lines_ > 0; }
  std::int64_t dropped() const { return dropped_lines_; }

 private:
  void open_newest();
  void next_file();
  void append(char source, std::string_view text, std::int64_t now_unix_ms);
  void say_dropped(std::int64_t now_unix_ms);

  std::string folder_;
  std::string dropped_file_;
  LogBounds bounds_;
  Descriptor file_;
  std::int64_t written_bytes_ = 0;  ///< of the present file
  std::int64_t next_ = 1;
  std::string pending_;
  std::int64_t pending_lines_ = 0;
  std::int64_t budget_bytes_ = 0;
  std::int64_t budget_at_ms_ = -1;
  std::int64_t dropped_lines_ = 0;
  std::int64_t told_lines_ = 0;  ///< as the file says
  std::int64_t unsaid_lines_ = 0;
};

/// Cuts a stream into lines. A line that is too long comes in pieces.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  template <class Sink>
  void feed(std::string_view bytes, Sink&& sink) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const auto room = most_bytes_ - rest_.size();
      const auto take = std::min({end == std::string_view::npos ? bytes.size() : end, room});
      rest_.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      const bool ended = !bytes.empty() && bytes.front() == '\n';
      if (ended) bytes.remove_prefix(1);
      if (ended || rest_.size() >= most_bytes_) emit(sink);
    }
  }
  /// What came after the last line end.
  template <class Sink>
  void finish(Sink&& sink) {
    if (!rest_.empty()) emit(sink);
  }

 private:
  template <class Sink>
  void emit(Sink&& sink) {
    if (!rest_.empty() && rest_.back() == '\r') rest_.pop_back();
    sink(std::string_view(rest_));
    rest_.clear();
  }
  std::size_t most_bytes_;
  std::string rest_;
};

/// The files of a log folder by the number of their first line, ascending.
std::vector<std::int64_t> log_files(const std::string& folder);
std::string log_file_name(std::int64_t first);

}  // namespace troupe::runtime::shim
