#include "homeserver/accounts/endpoint_pattern.h"

#include <algorithm>
#include <optional>

namespace troupe::homeserver::accounts {
namespace {

constexpr std::string_view kClient = "/_matrix/client/";
constexpr std::string_view kVersions[] = {"api/v1/", "r0/", "v1/", "v3/", "v4/", "unstable/"};

/// What follows the version; nothing outside of the client API.
std::optional<std::string_view> endpoint_of(std::string_view path) {
  if (!path.starts_with(kClient)) return std::nullopt;
  path.remove_prefix(kClient.size());
  for (const auto version : kVersions)
    if (path.starts_with(version)) return path.substr(version.size());
  return std::nullopt;
}

std::string_view take_segment(std::string_view& path) {
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

bool fits(std::string_view pattern, std::string_view path) {
  // As many slashes as the pattern has, so that an empty segment at the end is one, too.
  if (!pattern.ends_with("**") && std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return false;
  while (!pattern.empty()) {
    const auto wanted = take_segment(pattern);
    if (wanted == "**") return true;
    const auto segment = take_segment(path);
    if (wanted != "*" && wanted != segment) return false;
  }
  return path.empty();
}

}  // namespace

bool is_listed(std::span<const std::string_view> rows, std::string_view method, std::string_view path) {
  const auto endpoint = endpoint_of(path);
  if (!endpoint) return false;
  return std::ranges::any_of(rows, [&](std::string_view row) {
    const auto space = row.find(' ');
    return row.substr(0, space) == method && fits(row.substr(space + 1), *endpoint);
  });
}

}  // namespace troupe::homeserver::accounts
