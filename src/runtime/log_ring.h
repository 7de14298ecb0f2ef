// A task's newest lines, in memory.
#pragma once
#include <deque>
#include <functional>
#include <mutex>
#include <string_view>

#include "runtime/task_types.h"

namespace troupe::runtime {

/// Callable from any thread.
class LogRing {
 public:
  LogRing(std::int64_t most_bytes, std::int64_t line_bytes) : most_bytes_(most_bytes), line_bytes_(line_bytes) {}
  void add(LogSource source, std::string_view text, base::UnixMs at);
  /// As TaskDriver::logs().
  LogPage read(std::int64_t after, std::size_t limit) const;
  void resize(std::int64_t most_bytes, std::int64_t line_bytes);

 private:
  void add_line(LogSource source, std::string_view text, base::UnixMs at);
  mutable std::mutex mutex_;
  std::int64_t most_bytes_;
  std::int64_t line_bytes_;
  std::int64_t bytes_ = 0;
  std::int64_t next_ = 1;
  std::deque<LogLine> lines_;
};

}  // namespace troupe::runtime
