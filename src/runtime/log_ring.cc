#include "runtime/log_ring.h"

#include <algorithm>

#include "runtime/task_log.h"

namespace troupe::runtime {
namespace {

constexpr std::int64_t kLineOverhead = 64;

std::int64_t cost_of(const LogLine& line) { return static_cast<std::int64_t>(line.text.size()) + kLineOverhead; }

}  // namespace

void LogRing::add(LogSource source, std::string_view text, base::UnixMs at) {
  const base::Lock lock(mutex_);
  while (true) {
    const auto end = text.find('\n');
    add_line(source, text.substr(0, end), at);
    if (end == std::string_view::npos || end + 1 == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

void LogRing::add_line(LogSource source, std::string_view text, base::UnixMs at) {
  do {
    const auto piece = text.substr(0, static_cast<std::size_t>(line_bytes_));
    text.remove_prefix(piece.size());
    lines_.push_back({.seq = next_++, .at = at, .source = source, .text = clean_log_text(piece)});
    bytes_ += cost_of(lines_.back());
  } while (!text.empty());
  while (bytes_ > most_bytes_ && lines_.size() > 1) {
    bytes_ -= cost_of(lines_.front());
    lines_.pop_front();
  }
}

void LogRing::resize(std::int64_t most_bytes, std::int64_t line_bytes) {
  const base::Lock lock(mutex_);
  most_bytes_ = most_bytes;
  line_bytes_ = line_bytes;
}

LogPage LogRing::read(std::int64_t after, std::size_t limit) const {
  const base::Lock lock(mutex_);
  LogPage page;
  page.next_after = std::max<std::int64_t>(after, 0);
  if (lines_.empty()) return page;
  page.oldest = lines_.front().seq;
  auto first = after < 0 ? lines_.end() - static_cast<std::ptrdiff_t>(std::min(limit, lines_.size()))
                         : std::ranges::upper_bound(lines_, after, {}, &LogLine::seq);
  for (; first != lines_.end() && page.lines.size() < limit; ++first) page.lines.push_back(*first);
  if (!page.lines.empty()) page.next_after = page.lines.back().seq;
  return page;
}

}  // namespace troupe::runtime
