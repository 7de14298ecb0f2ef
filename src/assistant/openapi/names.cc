#include "assistant/openapi/names.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace troupe::assistant::openapi {
namespace {

constexpr std::size_t kMarkBytes = 6;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && is_lower(text.front()) && text.back() != '_' &&
         text.find("__") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

/// Two long names that begin alike stay two names.
std::string cut(std::string name, std::string_view from, std::size_t most) {
  if (name.size() <= most) return name;
  name.resize(most - kMarkBytes - 1);
  while (name.ends_with('_')) name.pop_back();
  return name + "_" + base::hex(base::sha256(from)).substr(0, kMarkBytes);
}

}  // namespace

std::string snake_case(std::string_view text, std::size_t most_bytes) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_lower(c) && !is_upper(c) && !is_digit(c)) {
      if (!out.empty() && out.back() != '_') out += '_';
      continue;
    }
    // "listJobs" and the last capital of "GETJobs" begin a word.
    const bool after_small = i > 0 && (is_lower(text[i - 1]) || is_digit(text[i - 1]));
    const bool before_small = i > 0 && is_upper(text[i - 1]) && i + 1 < text.size() && is_lower(text[i + 1]);
    if (is_upper(c) && (after_small || before_small) && !out.empty() && out.back() != '_') out += '_';
    out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  while (out.ends_with('_')) out.pop_back();
  if (!out.empty() && is_digit(out.front())) out.insert(0, "op_");
  return cut(std::move(out), text, most_bytes);
}

std::string name_of_path(std::string_view method, std::string_view path, std::size_t most_bytes) {
  return snake_case(base::ascii_lower(method) + "_" + std::string(path), most_bytes);
}

std::string unique_name(std::string name, std::set<std::string, std::less<>>& taken, std::size_t most_bytes) {
  auto made = name;
  for (std::size_t number = 2; !taken.insert(made).second; ++number) {
    const auto ending = "_" + std::to_string(number);
    made = name.substr(0, most_bytes - ending.size()) + ending;
  }
  return made;
}

std::string argument_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool fits = is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
    if (fits) {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (out.size() > 1 && out.ends_with('_') && !text.ends_with('_')) out.pop_back();
  return cut(std::move(out), text, kMaxArgumentBytes);
}

bool is_service(std::string_view text) { return is_word(text, kMaxServiceBytes); }
bool is_operation(std::string_view text) { return is_word(text, kMaxOperationBytes); }

bool is_scope(std::string_view text) {
  constexpr std::size_t kMaxScopeBytes = 256;
  return !text.empty() && text.size() <= kMaxScopeBytes && std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f && c != '"' && c != '\\';
  });
}

std::string tool_name(std::string_view service, std::string_view operation) {
  return std::string(service) + "__" + std::string(operation);
}

std::string action_of_tool(std::string_view tool) {
  const auto at = tool.find("__");
  if (at == std::string_view::npos || !is_service(tool.substr(0, at)) || !is_operation(tool.substr(at + 2))) return {};
  return std::string(tool.substr(0, at)) + "." + std::string(tool.substr(at + 2));
}

}  // namespace troupe::assistant::openapi
