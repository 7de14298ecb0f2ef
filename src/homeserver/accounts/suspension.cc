#include "homeserver/accounts/suspension.h"

#include "homeserver/accounts/endpoint_pattern.h"

namespace troupe::homeserver::accounts {
namespace {

constexpr std::string_view kLeftToSuspended[] = {
    "POST logout",
    "POST logout/all",
    "POST account/password",
    "POST account/deactivate",
    "POST delete_devices",
    "PUT devices/*",
    "DELETE devices/*",
    // Reading.
    "POST sync",
    "POST org.matrix.simplified_msc3575/sync",
    "POST publicRooms",
    "POST search",
    "POST user/*/filter",
    "POST user_directory/search",
    // Marks and settings, which nobody else is bothered with.
    "POST rooms/*/receipt/*/*",
    "POST rooms/*/read_markers",
    "PUT user/*/account_data/*",
    "PUT user/*/rooms/*/account_data/*",
    "PUT user/*/rooms/*/tags/*",
    "DELETE user/*/rooms/*/tags/*",
    "PUT pushrules/**",
    "DELETE pushrules/**",
    "POST pushers/set",
    // The way out.
    "POST rooms/*/leave",
    "POST rooms/*/forget",
    "PUT rooms/*/redact/*/*",
    // What its devices need to go on reading what is encrypted.
    "POST keys/**",
    "PUT sendToDevice/*/*",
    "POST room_keys/**",
    "PUT room_keys/**",
    "DELETE room_keys/**",
};

}  // namespace

bool suspended_may(std::string_view method, std::string_view path) {
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return true;
  if (path.starts_with("/_synapse/admin/") || path.starts_with("/_matrix/client/v1/admin/")) return true;
  return is_listed(kLeftToSuspended, method, path);
}

}  // namespace troupe::homeserver::accounts
