// The rows of identity's tables, and the only SQL that touches them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "identity/sessions.h"
#include "identity/tenants.h"
#include "identity/types.h"
#include "store/database.h"

namespace troupe::identity {

/// A session as stored, with the principal it belongs to.
struct SessionRow {
  std::int64_t id = 0;
  base::UnixMs created_ms = 0;
  base::UnixMs last_seen_ms = 0;
  base::UnixMs expires_ms = 0;
  Principal principal;
};

/// An API key with its owner. The key itself is not stored.
struct ApiKeyRow {
  ApiKey key;
  Principal owner;
};

// All of them run inside the transaction of whoever calls and throw store::SqlError (which the database catches).

std::int64_t next_id(store::Tx& tx, std::string_view counter);

void insert_principal(store::Tx& tx, const Principal& principal);
std::optional<Principal> principal_by_id(store::Connection& c, std::int64_t tenant_id, std::int64_t id);
std::optional<Principal> principal_by_user(store::Connection& c, std::string_view user_id);
std::optional<Principal> service_by_name(store::Connection& c, std::int64_t tenant_id, std::string_view name);
void update_role(store::Tx& tx, std::int64_t id, net::route::Role role);
/// The first user ids of a tenant's principals.
std::vector<std::string> users_of_tenant(store::Connection& c, std::int64_t tenant_id, std::int64_t limit);
/// The user ids of a tenant's principals with this role, in no special order.
std::vector<std::string> users_with_role(store::Connection& c, std::int64_t tenant_id, net::route::Role role);
void update_disabled(store::Tx& tx, std::int64_t id, std::optional<base::UnixMs> at);
void update_suspended(store::Tx& tx, std::int64_t id, bool suspended);

/// All, by number, with how many principals each has.
std::vector<Tenant> tenants(store::Connection& c);
void insert_tenant(store::Tx& tx, const Tenant& tenant);
void rename_tenant(store::Tx& tx, std::int64_t id, std::string_view name);
/// With its keys and sessions.
void move_principal(store::Tx& tx, std::int64_t principal_id, std::int64_t tenant_id);

void insert_session(store::Tx& tx, std::string_view token_hash, const SessionRow& session, std::string_view address,
                    std::string_view user_agent);
void put_session_origin(store::Tx& tx, std::int64_t session_id, const SessionOrigin& origin);
/// At most store::kPiece; yields how many.
std::int64_t delete_sessions_from(store::Tx& tx, const SessionOrigin& ended);
std::optional<SessionRow> session_by_hash(store::Connection& c, std::string_view token_hash);
std::optional<SessionRow> session_by_id(store::Connection& c, std::int64_t id);
void touch_session(store::Tx& tx, std::int64_t id, base::UnixMs now);
void delete_session(store::Tx& tx, std::string_view token_hash);
std::vector<SessionOfPrincipal> sessions_of(store::Connection& c, std::int64_t principal_id);
/// False when the principal has no such session.
bool delete_session_by_id(store::Tx& tx, std::int64_t principal_id, std::int64_t session_id);
void delete_sessions_of(store::Tx& tx, std::int64_t principal_id);
/// Each of the three deletes at most store::kPiece rows and yields how many.
/// Those past their absolute end, and those not seen since `idle_before`.
std::int64_t delete_old_sessions(store::Tx& tx, base::UnixMs now, base::UnixMs idle_before);

void insert_api_key(store::Tx& tx, std::string_view token_hash, const ApiKey& key, std::int64_t tenant_id);
std::optional<ApiKeyRow> api_key_by_hash(store::Connection& c, std::string_view token_hash);
/// With its owner, of whichever tenant; nothing when it is revoked.
std::optional<ApiKeyRow> live_api_key(store::Connection& c, std::int64_t id);
/// Of one owner, or of all when `principal_id` is 0; without revoked ones, oldest first.
std::vector<ApiKey> api_keys(store::Connection& c, std::int64_t tenant_id, std::int64_t principal_id);
std::optional<ApiKey> api_key_by_id(store::Connection& c, std::int64_t tenant_id, std::int64_t id);
void touch_api_key(store::Tx& tx, std::int64_t id, base::UnixMs now);
void revoke_api_key(store::Tx& tx, std::int64_t id, base::UnixMs now);
void revoke_api_keys_of(store::Tx& tx, std::int64_t principal_id, base::UnixMs now);

/// Keys that were revoked or expired before this.
std::int64_t delete_ended_keys(store::Tx& tx, base::UnixMs before);

}  // namespace troupe::identity
