// API keys of programs: `trp_` and 256 random bits, shown once, stored as a hash.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/types.h"
#include "net/route/credential_guard.h"
#include "store/database.h"

namespace troupe::identity {

/// The scopes a key can be limited to. A key without scopes may do everything that its role may.
inline constexpr std::string_view kScopes[] = {"bots", "users", "admin", "metrics", "assistant"};
inline constexpr std::size_t kMaxKeysPerOwner = 100;

struct NewApiKey {
  std::string name;
  net::route::Role role = net::route::Role::member;  ///< at most the owner's
  std::vector<std::string> scopes;
  std::optional<base::UnixMs> expires_ms;
};
struct MadeApiKey {
  ApiKey key;
  std::string token;
};
/// A key in use, with what it may do now.
struct LiveApiKey {
  ApiKey key;
  Principal owner;
  net::route::Role role = net::route::Role::member;  ///< the lesser of the key's and the owner's
};

struct ApiKeyRow;

/// One per program; callable from any thread.
class ApiKeys {
 public:
  ApiKeys(store::Database& db, net::route::CredentialGuard& guard, const base::Clock& clock)
      : db_(db), guard_(guard), clock_(clock) {}

  /// Errors: forbidden (a role above the owner's), invalid_param (unknown scope), limit_exceeded (too many keys).
  Task<MadeApiKey> create(Principal owner, NewApiKey wanted);
  /// Nothing when the key is unknown, revoked, expired, or its owner disabled.
  Task<std::optional<LiveApiKey>> find(std::string token);
  /// The same by its number.
  Task<std::optional<LiveApiKey>> find_by_id(std::int64_t key_id);
  /// Notes the use. Call it at most once a minute per key.
  Task<Unit> touch(std::int64_t key_id);
  /// Of one owner; of all with principal_id 0.
  Task<std::vector<ApiKey>> list(std::int64_t tenant_id, std::int64_t principal_id);
  /// All keys of one owner.
  Task<Unit> revoke_all(std::int64_t principal_id);
  /// `only_of`: refuse (not_found) unless this principal owns it; 0: anybody's. Errors: not_found.
  Task<ApiKey> revoke(std::int64_t tenant_id, std::int64_t key_id, std::int64_t only_of);
  /// Deletes keys that were revoked or expired more than so many days ago; 0: none. From a job.
  Task<Unit> sweep(std::int64_t keep_days, base::UnixMs now);

 private:
  std::optional<LiveApiKey> alive(std::optional<ApiKeyRow> row) const;
  store::Database& db_;
  net::route::CredentialGuard& guard_;
  const base::Clock& clock_;
};

}  // namespace troupe::identity
