#include "homeserver/oauth/scope.h"

#include <algorithm>
#include <ranges>

namespace troupe::homeserver::oauth {
namespace {

constexpr std::string_view kNamespaces[] = {"urn:matrix:client:", "urn:matrix:org.matrix.msc2967.client:"};
constexpr std::string_view kApi = "api:*";
constexpr std::string_view kDevice = "device:";
constexpr std::size_t kLeastDeviceId = 10;
constexpr std::size_t kMostDeviceId = 255;

Error invalid(std::string message) {
  return Error(Errc::invalid_param, std::move(message)).with_wire_code("invalid_scope");
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").contains(c);
}

/// What stands behind our namespaces; empty: another one's scope.
std::string_view inside(std::string_view word) {
  for (const auto space : kNamespaces)
    if (word.starts_with(space)) return word.substr(space.size());
  return {};
}

}  // namespace

Result<Scope> read_scope(std::string_view text) {
  if (text.size() > kMaxScopeBytes) return invalid("The scope is too long.");
  Scope scope;
  bool api = false;
  for (const auto part : std::views::split(text, ' ')) {
    const std::string_view word(part.begin(), part.end());
    const auto ours = inside(word);
    if (word == "openid") {
      scope.openid = true;
    } else if (ours == kApi) {
      api = true;
    } else if (ours.starts_with(kDevice)) {
      const auto id = ours.substr(kDevice.size());
      if (!scope.device_id.empty() && scope.device_id != id) return invalid("The scope names two devices.");
      scope.device_id = id;
    } else {
      continue;
    }
    scope.granted += (scope.granted.empty() ? "" : " ") + std::string(word);
  }
  if (!api || scope.device_id.empty())
    return invalid("The scope must hold urn:matrix:client:api:* and urn:matrix:client:device:<id>.");
  const auto size = scope.device_id.size();
  if (size < kLeastDeviceId || size > kMostDeviceId || !std::ranges::all_of(scope.device_id, is_unreserved))
    return invalid("A device id in a scope has 10 to 255 characters of A-Z, a-z, 0-9 and - . _ ~");
  return scope;
}

}  // namespace troupe::homeserver::oauth
