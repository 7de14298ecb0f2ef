#include "app/print.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "base/utc.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
constexpr std::size_t kWidestColumn = 48;

std::string plain(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return "";
  return json::serialize(value);
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string fitted(std::string text) {
  text = for_terminal(text);
  if (characters(text) <= kWidestColumn) return text;
  std::size_t seen = 0, end = 0;
  while (end < text.size() && (seen < kWidestColumn - 3 || !begins_character(text[end]))) {
    ++end;
    seen = characters(std::string_view(text).substr(0, end));
  }
  while (end < text.size() && !begins_character(text[end])) ++end;
  return text.substr(0, end) + "...";
}

void print_object(const json::object& object) {
  for (const auto& [name, value] : object) {
    if (const auto* inner = value.if_object(); inner && (name == "user" || name == "bot")) {
      print_object(*inner);
    } else {
      fmt::print("{}: {}\n", std::string_view(name), for_terminal(plain(value)));
    }
  }
}

void print_cells(const std::vector<std::vector<std::string>>& cells) {
  std::vector<std::size_t> widths(cells.front().size());
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], characters(line[i]));
  }
  for (const auto& line : cells) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i] + std::string(widths[i] - characters(line[i]) + 2, ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    fmt::print("{}\n", out);
  }
}

void print_table(const json::array& rows) {
  if (rows.empty()) {
    fmt::print("Nothing yet.\n");
    return;
  }
  std::vector<std::string> columns;
  for (const auto& row : rows) {
    if (!row.is_object()) continue;
    for (const auto& [name, value] : row.get_object()) {
      if (value.is_object() || value.is_array()) continue;
      if (std::ranges::find(columns, std::string(name)) == columns.end()) columns.emplace_back(name);
    }
  }
  std::vector<std::vector<std::string>> cells{columns};
  for (const auto& row : rows) {
    std::vector<std::string> line;
    for (const auto& column : columns) {
      const auto* value = row.is_object() ? row.get_object().if_contains(column) : nullptr;
      line.push_back(value ? fitted(plain(*value)) : "");
    }
    cells.push_back(std::move(line));
  }
  print_cells(cells);
}

/// Nothing when it is no JSON.
std::optional<json::value> parsed(const std::string& body) {
  boost::system::error_code failed;
  auto value = json::parse(body, failed);
  if (failed) return std::nullopt;
  return value;
}

}  // namespace

void print_answer(const std::string& body, Output output, const Print& print) {
  if (body.empty()) {
    if (output.json) {
      fmt::print("{{}}\n");
    } else if (!output.quiet) {
      fmt::print("Done.\n");
    }
    return;
  }
  const auto value = parsed(body);
  if (output.json || !value || !value->is_object()) {
    fmt::print("{}\n", body);
    return;
  }
  print(value->get_object(), output.quiet);
}

void print_answer(const std::string& body, Output output, Show show) {
  const auto value = body.empty() ? std::nullopt : parsed(body);
  const auto* rows = value && !output.json && show != Show::raw ? value->if_array() : nullptr;
  if (rows) return print_table(*rows);
  if (value && show == Show::raw) output.json = true;
  print_answer(body, output, [](const json::object& object, bool) {
    const auto* items = object.if_contains("items");
    if (items && items->is_array()) {
      print_table(items->get_array());
    } else {
      print_object(object);
    }
  });
}

void print_error(const std::string& body, bool as_json) {
  const auto value = parsed(body);
  const auto* object = value ? value->if_object() : nullptr;
  if (!object || as_json) {
    fmt::print(stderr, "{}\n", body);
    return;
  }
  const auto* detail = object->if_contains("detail");
  const auto head = detail ? plain(*detail) : body;
  fmt::print(stderr, "troupe: {}\n", for_terminal(head));
  const auto* errors = object->if_contains("errors");
  if (!errors || !errors->is_array()) return;
  const auto& places = errors->get_array();
  for (const auto& error : places) {
    const auto message = text_at(error, "/message");
    const auto pointer = text_at(error, "/pointer");
    const auto name = pointer.substr(std::min(pointer.size(), pointer.find_first_not_of("#/")));
    const bool named = places.size() == 1 || head.contains(pointer.substr(pointer.rfind('/') + 1));
    if (named && (head == message || head == name + ": " + message)) continue;
    fmt::print(stderr, "        {}: {}\n", for_terminal(pointer), for_terminal(message));
  }
}

void print_columns(const json::array& rows, std::span<const Column> columns) {
  if (rows.empty()) {
    fmt::print("Nothing yet.\n");
    return;
  }
  std::vector<std::vector<std::string>> cells(1);
  for (const auto& column : columns) cells.front().emplace_back(column.title);
  for (const auto& row : rows) {
    auto& line = cells.emplace_back();
    for (const auto& column : columns) line.push_back(fitted(text_at(row, column.pointer)));
  }
  print_cells(cells);
}

std::string text_at(const json::value& value, std::string_view pointer) {
  boost::system::error_code missing;
  const auto* found = value.find_pointer(pointer, missing);
  return found ? plain(*found) : std::string();
}

std::string for_terminal(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const auto after = i + 2 < text.size() ? static_cast<unsigned char>(text[i + 2]) : 0;
    if (c == '\n' || c == '\r' || c == '\t') {
      clean += ' ';
    } else if (c < 0x20 || c == 0x7f) {
      clean += '?';
    } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {  // U+0080…009F: commands of eight bits
      clean += '?';
      i += 1;
    } else if (c == 0xE2 && ((next == 0x80 && after >= 0xAA && after <= 0xAE) ||
                             (next == 0x81 && after >= 0xA6 && after <= 0xA9))) {  // U+202A…202E, U+2066…2069
      clean += '?';
      i += 2;
    } else {
      clean += text[i];
    }
  }
  return clean;
}

std::string lines_for_terminal(std::string_view text, std::string_view indent) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string out;
  for (;;) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += for_terminal(line);
    if (end == text.npos) return out;
    out += '\n';
    out += indent;
    text.remove_prefix(end + 1);
  }
}

std::string markdown_for_terminal(std::string_view text) {
  constexpr std::string_view kFence = "```";
  std::string out;
  std::string fence;  // of the block of code that is open: nothing in it is a mark
  for (std::size_t at = 0; at < text.size();) {
    const auto line = text.substr(at, std::min(text.size(), text.find('\n', at)) - at);
    at += line.size() + 1;
    if (fence.empty() ? line.starts_with(kFence) : line == fence) {
      fence = fence.empty() ? std::string(line.substr(0, line.find_first_not_of('`'))) : std::string();
      continue;
    }
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (fence.empty() && line.substr(i).starts_with("**")) {
        ++i;
      } else if (fence.empty() && line[i] == '\\' && i + 1 < line.size() &&
                 std::ispunct(static_cast<unsigned char>(line[i + 1]))) {
        out += line[++i];
      } else {
        out += line[i];
      }
    }
    out += '\n';
  }
  return lines_for_terminal(out, "");
}

namespace {

std::string written_here(std::string_view rfc3339, const char* format) {
  const auto time = base::read_utc(rfc3339, base::kIsoSeconds);
  if (!time || !rfc3339.ends_with('Z')) return std::string(rfc3339);
  const auto seconds = static_cast<std::time_t>(*time / 1'000);
  std::tm here{};
  ::localtime_r(&seconds, &here);
  std::array<char, 40> out{};
  const auto length = std::strftime(out.data(), out.size(), format, &here);
  return {out.data(), length};
}

}  // namespace

std::string local_time(std::string_view rfc3339) { return written_here(rfc3339, "%Y-%m-%d %H:%M:%S"); }

std::string zoned_time(std::string_view rfc3339) {
  auto text = written_here(rfc3339, "%Y-%m-%d %H:%M:%S%z");
  const bool has_zone = text.size() > 5 && (text[text.size() - 5] == '+' || text[text.size() - 5] == '-');
  return has_zone && text != rfc3339 ? text.insert(text.size() - 2, ":") : text;  // ISO 8601, as dates of others are
}

std::string in_colour(std::string_view level, std::string text) {
  static const bool wanted = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  if (!wanted) return text;
  const std::string_view code = level == "error" ? "31" : level == "warning" ? "33" : level == "debug" ? "2" : "";
  return code.empty() ? text : fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace troupe::app
