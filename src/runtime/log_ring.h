// A task's newest lines, in memory.
#pragma once
#include <deque>
#include <functional>
#include <string_view>

#include "base/mutex.h"
#include "runtime/task_types.h"

namespace troupe::runtime {

/// Callable from any thread.
class LogRing {
 public:
  /// The first line's number is `after` + 1.
  LogRing(std::int64_t most_bytes, std::int64_t line_bytes, std::int64_t after = 0)
      : most_bytes_(most_bytes), line_bytes_(line_bytes), next_(after + 1) {}
  void add(LogSource source, std::string_view text, base::UnixMs at);
  /// As TaskDriver::logs().
  LogPage read(std::int64_t after, std::size_t limit) const;
  void resize(std::int64_t most_bytes, std::int64_t line_bytes);

 private:
  void add_line(LogSource source, std::string_view text, base::UnixMs at) REQUIRES(mutex_);
  mutable base::Mutex mutex_;
  std::int64_t most_bytes_ GUARDED_BY(mutex_);
  std::int64_t line_bytes_ GUARDED_BY(mutex_);
  std::int64_t bytes_ GUARDED_BY(mutex_) = 0;
  std::int64_t next_ GUARDED_BY(mutex_);
  std::deque<LogLine> lines_ GUARDED_BY(mutex_);
};

}  // namespace troupe::runtime
