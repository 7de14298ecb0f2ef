#include "assistant/openapi/path_item.h"

#include <algorithm>
#include <array>

#include "assistant/openapi/operation.h"
#include "assistant/openapi/reader.h"
#include "base/text.h"

namespace troupe::assistant::openapi {
namespace {

using report::below;
using report::text;

constexpr std::size_t kMaxMethodBytes = 32, kMaxMoreMethods = 20;
constexpr std::array<std::string_view, 7> kCalled{"get", "head", "query", "post", "put", "patch", "delete"};
/// Fixed fields of a path item, whose names additionalOperations may not have; and what no service is asked for.
constexpr std::array<std::string_view, 10> kNotMore{"get",   "head",   "query",   "post",  "put",
                                                    "patch", "delete", "options", "trace", "connect"};

std::string upper(std::string_view method) {
  std::string out(method);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

}  // namespace

std::vector<Method> methods_of(const matrix::JsonObject& item, const std::string& pointer,
                               const report::InFile& report) {
  std::vector<Method> out;
  for (const auto method : kCalled) {
    if (const auto* operation = matrix::find_object(item, method))
      out.push_back({upper(method), below(pointer, method), operation});
  }
  const auto* more = matrix::find_object(item, "additionalOperations");
  if (!more) return out;
  const auto place = below(pointer, "additionalOperations");
  std::size_t count = 0;
  for (const auto& [key, value] : *more) {
    const auto name = text(key);
    if (name.starts_with("x-")) continue;
    const bool fits = !name.empty() && name.size() <= kMaxMethodBytes && is_token(name) && value.is_object() &&
                      std::ranges::find(kNotMore, base::ascii_lower(name)) == kNotMore.end();
    if (!fits || ++count > kMaxMoreMethods) {
      report.warn(below(place, name.substr(0, kMaxMethodBytes)), "this method is left out: it cannot be called",
                  "it is a method of HTTP of at most 32 characters, at most 20 of a path, and none that has a member "
                  "of its own (get, query, post)");
      continue;
    }
    out.push_back({std::string(name), below(place, name), &value.get_object()});
  }
  return out;
}

bool only_reads(std::string_view method) { return method == "GET" || method == "HEAD" || method == "QUERY"; }

bool may_destroy(std::string_view method) {
  return !only_reads(method) && method != "POST" && method != "PUT" && method != "PATCH";
}

bool is_path(std::string_view path) {
  // Two slashes in front would be another host to whoever resolves it.
  if (!path.starts_with('/') || path.starts_with("//") || path.size() > kMaxPathBytes ||
      path.find_first_of("?#\\") != std::string_view::npos)
    return false;
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
    return false;
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find('/', at + 1), path.size());
    const auto segment = path.substr(at + 1, end - at - 1);
    if (segment == "." || segment == "..") return false;
    at = end;
  }
  return std::ranges::count(path, '{') == std::ranges::count(path, '}');
}

bool is_token(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

}  // namespace troupe::assistant::openapi
