#include "identity/suspension.h"

namespace troupe::identity {
namespace {

/// The part behind `prefix` when it is not empty.
std::string_view behind(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string_view();
}

/// Of the account itself: members reach nobody else's by these.
bool is_own_way_in(std::string_view method, std::string_view path) {
  if (const auto key = behind(path, "/api/v1/keys/"); !key.empty()) return method == "DELETE" && !key.contains('/');
  const auto user = behind(path, "/api/v1/users/");
  const auto slash = user.find('/');
  if (slash == user.npos) return false;
  const auto what = user.substr(slash);
  if (what == "/password") return method == "POST";
  return method == "DELETE" && (what == "/sessions" || what.starts_with("/sessions/"));
}

}  // namespace

bool suspended_may(std::string_view method, std::string_view path, net::route::Role role) {
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return true;
  if (method == "DELETE" && path == "/api/v1/session") return true;
  return role != net::route::Role::admin && is_own_way_in(method, path);
}

}  // namespace troupe::identity
