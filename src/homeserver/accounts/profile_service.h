// Profiles of local users: fields, their limits, and the directory of users.
#pragma once
#include <string>
#include <vector>

#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/profile_store.h"
#include "matrix/json.h"

namespace troupe::homeserver::accounts {

/// One per server; callable from any thread. Client-Server API #profiles
class ProfileService {
 public:
  static constexpr std::size_t kMaxProfileBytes = 64 * 1024;
  static constexpr std::size_t kMaxFieldNameBytes = 255;
  static constexpr std::size_t kMaxDisplayNameBytes = 256;
  static constexpr std::size_t kMaxAvatarUrlBytes = 1000;

  ProfileService(store::Database& db, AccountObserver& observer) : db_(db), observer_(observer) {}

  /// All fields. Error: not_found (no such user here, or deactivated).
  Task<matrix::JsonObject> get(std::string user_id);
  /// Error: not_found (no such user, or the field is not set).
  Task<matrix::Json> get_field(std::string user_id, std::string name);
  /// null and the empty string remove displayname and avatar_url. Completes when the member events are written as well.
  /// Errors: not_found (user), invalid_param (name, value), bad_json, M_KEY_TOO_LARGE, M_PROFILE_TOO_LARGE.
  Task<Unit> set_field(std::string user_id, std::string name, matrix::Json value);
  Task<Unit> delete_field(std::string user_id, std::string name);

 private:
  Task<Unit> refresh_rooms(std::string user_id, std::string_view field);
  store::Database& db_;
  AccountObserver& observer_;
};

}  // namespace troupe::homeserver::accounts
