#include "runtime/shim/log_writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace troupe::runtime::shim {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::int64_t kSecondMs = 1000;
constexpr std::int64_t kLineOverhead = 40;  // number, time, source
constexpr std::size_t kPendingMost = 256 * 1024;

}  // namespace

std::string log_file_name(std::int64_t first) { return std::to_string(first) + std::string(kSuffix); }

std::vector<std::int64_t> log_files(const std::string& folder) {
  std::vector<std::int64_t> files;
  auto* opened = ::opendir(folder.c_str());
  if (!opened) return files;
  while (const auto* entry = ::readdir(opened)) {
    const std::string_view name(entry->d_name);
    std::int64_t first = 0;
    auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), first);
    if (failed == std::errc() && std::string_view(end) == kSuffix) files.push_back(first);
  }
  ::closedir(opened);
  std::ranges::sort(files);
  return files;
}

LogWriter::LogWriter(std::string folder, std::string dropped_file, LogBounds bounds)
    : folder_(std::move(folder)),
      dropped_file_(std::move(dropped_file)),
      bounds_(bounds),
      budget_bytes_(bounds.bytes_per_s * kBurstSeconds) {
  ::mkdir(folder_.c_str(), 0700);
  ::unlink(dropped_file_.c_str());
  open_newest();
}

/// Goes on in the newest file, behind its last whole line.
void LogWriter::open_newest() {
  const auto files = log_files(folder_);
  if (files.empty()) return;
  const auto path = folder_ + "/" + log_file_name(files.back());
  next_ = files.back();
  const auto bytes = read_file(path, static_cast<std::size_t>(bounds_.file_bytes) * 2 + 1024 * 1024);
  const auto whole = bytes ? bytes->rfind('\n') : std::string::npos;
  if (whole != std::string::npos) {
    const auto before = bytes->rfind('\n', whole == 0 ? 0 : whole - 1);
    const auto begin = whole == 0 || before == std::string::npos || before == whole ? 0 : before + 1;
    std::int64_t last = 0;
    std::from_chars(bytes->data() + begin, bytes->data() + whole, last);
    next_ = std::max(next_, last + 1);
  }
  if (!bytes || whole == std::string::npos) {
    ::unlink(path.c_str());
    return;
  }
  written_bytes_ = static_cast<std::int64_t>(whole) + 1;
  file_ = Descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_APPEND | O_NOFOLLOW));
  // A line that a power cut tore apart.
  if (file_ && ::ftruncate(file_.get(), written_bytes_) != 0) file_.close();
}

void LogWriter::next_file() {
  file_.close();
  auto files = log_files(folder_);
  while (static_cast<std::int64_t>(files.size()) >= bounds_.files) {
    ::unlink((folder_ + "/" + log_file_name(files.front())).c_str());
    files.erase(files.begin());
  }
  const auto first = next_ - pending_lines_;
  file_ = Descriptor(::open((folder_ + "/" + log_file_name(first)).c_str(),
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND | O_NOFOLLOW, 0600));
  written_bytes_ = 0;
}

void LogWriter::append(char source, std::string_view text, std::int64_t now_unix_ms) {
  const auto room = bounds_.file_bytes - written_bytes_ - static_cast<std::int64_t>(pending_.size());
  if (static_cast<std::int64_t>(text.size()) + kLineOverhead > room && (written_bytes_ > 0 || !pending_.empty())) {
    flush();
    if (written_bytes_ > 0) next_file();
  }
  pending_ += std::to_string(next_++);
  pending_ += ' ';
  pending_ += std::to_string(now_unix_ms);
  pending_ += ' ';
  pending_ += source;
  pending_ += ' ';
  pending_ += text;
  pending_ += '\n';
  ++pending_lines_;
}

void LogWriter::say_dropped(std::int64_t now_unix_ms) {
  if (unsaid_lines_ == 0) return;
  const auto count = std::exchange(unsaid_lines_, 0);
  append(kFromSystem,
         std::to_string(count) + (count == 1 ? " line was" : " lines were") +
             " dropped: the task writes faster than its log takes",
         now_unix_ms);
}

void LogWriter::line(char source, std::string_view text, std::int64_t now_unix_ms, std::int64_t now_ms) {
  if (budget_at_ms_ < 0) budget_at_ms_ = now_ms;
  const auto earned = (now_ms - budget_at_ms_) * bounds_.bytes_per_s / kSecondMs;
  if (earned > 0) {
    budget_bytes_ = std::min(budget_bytes_ + earned, bounds_.bytes_per_s * kBurstSeconds);
    budget_at_ms_ = now_ms;
  }
  const auto cost = static_cast<std::int64_t>(text.size()) + kLineOverhead;
  // Once something was dropped, a second's worth must be earned first: not a line here and there.
  const auto needed = unsaid_lines_ > 0 ? std::max(cost, bounds_.bytes_per_s) : cost;
  if (source != kFromSystem && budget_bytes_ < needed) {
    ++dropped_lines_;
    ++unsaid_lines_;
    return;
  }
  say_dropped(now_unix_ms);
  budget_bytes_ -= cost;
  append(source, text, now_unix_ms);
  if (pending_.size() > kPendingMost) flush();
}

void LogWriter::flush() {
  if (!pending_.empty()) {
    if (!file_) next_file();
    if (file_ && write_all(file_.get(), pending_)) {
      written_bytes_ += static_cast<std::int64_t>(pending_.size());
    } else {
      // Disk full or folder gone. Cut what was half written, so that no line is a mixture.
      if (file_ && ::ftruncate(file_.get(), written_bytes_) != 0) file_.close();
      dropped_lines_ += pending_lines_;
      unsaid_lines_ += pending_lines_;
      next_ -= pending_lines_;
    }
    pending_.clear();
    pending_lines_ = 0;
  }
  if (told_lines_ != dropped_lines_ && replace_file(dropped_file_, std::to_string(dropped_lines_))) {
    told_lines_ = dropped_lines_;
  }
}

void LogWriter::finish(std::int64_t now_unix_ms) {
  say_dropped(now_unix_ms);
  flush();
}

}  // namespace troupe::runtime::shim
