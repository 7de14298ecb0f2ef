#include "runtime/task_log.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/log.h"
#include "runtime/driver_words.h"
#include "runtime/shim/folder.h"
#include "runtime/shim/log_writer.h"

namespace troupe::runtime {
namespace {

constexpr std::size_t kMostFileBytes = 80 * 1024 * 1024;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kLongestSequence = 4;

/// How many bytes at the start are one well-formed character; 0: none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min(kLongestSequence, text.size()); ++length) {
    if (base::is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

std::string valid_utf8(std::string_view raw) {
  if (base::is_utf8(raw)) return std::string(raw);
  std::string out;
  while (!raw.empty()) {
    const auto length = character_length(raw);
    out += length ? raw.substr(0, length) : kReplacement;
    raw.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::optional<LogLine> parse_line(std::string_view line) {
  LogLine parsed;
  const auto* end = line.data() + line.size();
  auto [after_number, bad_number] = std::from_chars(line.data(), end, parsed.seq);
  if (bad_number != std::errc() || after_number == end) return std::nullopt;
  auto [after_time, bad_time] = std::from_chars(after_number + 1, end, parsed.at);
  if (bad_time != std::errc() || end - after_time < 3) return std::nullopt;
  const char source = after_time[1];
  parsed.source = source == shim::kFromOut   ? LogSource::out
                  : source == shim::kFromErr ? LogSource::err
                                             : LogSource::system;
  parsed.text = clean_log_text(std::string_view(after_time + 3, static_cast<std::size_t>(end - after_time - 3)));
  return parsed;
}

std::int64_t number_of(std::string_view line) {
  std::int64_t number = -1;
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

/// The whole lines of a file, with a number greater than `after`.
std::vector<std::string_view> lines_after(std::string_view bytes, std::int64_t after) {
  std::vector<std::string_view> lines;
  while (true) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) return lines;  // being written, or torn
    const auto line = bytes.substr(0, end);
    if (number_of(line) > after) lines.push_back(line);
    bytes.remove_prefix(end + 1);
  }
}

}  // namespace

std::string clean_log_text(std::string_view raw) {
  auto text = valid_utf8(raw);
  std::erase_if(text, [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; });
  return base::redact(text);
}

LogPage read_task_log(const std::string& task_folder, std::int64_t after, std::size_t limit) {
  LogPage page;
  page.next_after = std::max<std::int64_t>(after, 0);
  const auto folder = task_folder + "/" + shim::kLogDir;
  const auto files = shim::log_files(folder);
  if (!files.empty()) page.oldest = files.front();
  if (const auto dropped = shim::read_file(task_folder + "/" + shim::kDroppedFile, 64)) {
    std::from_chars(dropped->data(), dropped->data() + dropped->size(), page.dropped_lines);
  }
  const auto take = [&](std::string_view line) {
    if (auto parsed = parse_line(line)) {
      page.next_after = parsed->seq;
      page.lines.push_back(*std::move(parsed));
    }
  };
  if (after < 0) {  // from the newest file backwards, as many as it takes
    std::vector<std::string> texts;
    std::vector<std::vector<std::string_view>> found;
    texts.reserve(files.size());
    std::size_t count = 0;
    for (auto file = files.rbegin(); file != files.rend() && count < limit; ++file) {
      texts.push_back(shim::read_file(folder + "/" + shim::log_file_name(*file), kMostFileBytes).value_or(""));
      found.push_back(lines_after(texts.back(), 0));
      count += found.back().size();
    }
    std::size_t skip = count > limit ? count - limit : 0;
    for (auto lines = found.rbegin(); lines != found.rend(); ++lines) {
      for (const auto line : *lines) skip > 0 ? static_cast<void>(--skip) : take(line);
    }
    return page;
  }
  for (std::size_t i = 0; i < files.size() && page.lines.size() < limit; ++i) {
    if (i + 1 < files.size() && files[i + 1] <= after + 1) continue;  // all older
    const auto text = shim::read_file(folder + "/" + shim::log_file_name(files[i]), kMostFileBytes).value_or("");
    for (const auto line : lines_after(text, after)) {
      if (page.lines.size() >= limit) break;
      take(line);
    }
  }
  return page;
}

Result<LogPage> task_log_page(const std::string& task_folder, std::int64_t after, std::size_t limit) {
  TRY(check_log_limit(limit));
  return read_task_log(task_folder, after, limit);
}

Task<LogPage> follow_task_log(LogWatch& watch, std::string task_folder, std::chrono::milliseconds patience,
                              std::function<Result<LogPage>()> look) {
  const auto until = std::chrono::steady_clock::now() + patience;
  auto changes = watch.watch(task_folder + "/" + shim::kLogDir);
  while (true) {
    CO_TRY(auto page, look());
    if (!page.lines.empty() || !co_await changes.wait(until)) co_return page;
  }
}

}  // namespace troupe::runtime
