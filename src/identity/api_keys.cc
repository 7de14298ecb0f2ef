#include "identity/api_keys.h"

#include "base/crypto.h"
#include "identity/change.h"
#include "identity/identity_store.h"
#include "identity/token_hash.h"
#include "store/in_pieces.h"

namespace troupe::identity {
namespace {

constexpr std::string_view kPrefix = "trp_";
constexpr std::size_t kShownCharacters = 10;

}  // namespace

Task<MadeApiKey> ApiKeys::create(Principal owner, NewApiKey wanted) {
  if (wanted.role > owner.role) {
    co_return Error(Errc::forbidden,
                    "A key cannot have a higher role than its owner (" + std::string(to_string(owner.role)) + ").");
  }
  for (const auto& scope : wanted.scopes) {
    if (std::ranges::find(kScopes, scope) == std::end(kScopes)) {
      co_return Error(Errc::invalid_param, "There is no scope '" + scope + "'.");
    }
  }
  auto token = base::random_token(kPrefix);
  auto hash = hash_of_token(token);
  ApiKey key{.id = 0,
             .principal_id = owner.id,
             .owner = owner.label(),
             .name = wanted.name,
             .prefix = token.substr(0, kShownCharacters),
             .role = wanted.role,
             .scopes = wanted.scopes,
             .created_ms = clock_.unix_ms(),
             .last_used_ms = std::nullopt,
             .expires_ms = wanted.expires_ms};
  auto insert = [&](store::Tx& tx) -> Result<std::int64_t> {
    if (api_keys(tx, owner.tenant_id, owner.id).size() >= kMaxKeysPerOwner) {
      return Error(Errc::limit_exceeded, "This account has " + std::to_string(kMaxKeysPerOwner) +
                                             " keys already. Revoke one that is no longer used.");
    }
    ApiKey row = key;
    row.id = next_id(tx, "api_key");
    insert_api_key(tx, hash, row, owner.tenant_id);
    return row.id;
  };
  CO_TRY(key.id, co_await db_.write(insert));
  guard_.good(hash);
  co_return MadeApiKey{std::move(key), std::move(token)};
}

std::optional<LiveApiKey> ApiKeys::alive(std::optional<ApiKeyRow> row) const {
  if (!row || row->owner.disabled_ms) return std::nullopt;
  if (row->key.expires_ms && *row->key.expires_ms <= clock_.unix_ms()) return std::nullopt;
  auto role = std::min(row->key.role, row->owner.role);
  return LiveApiKey{std::move(row->key), std::move(row->owner), role};
}

Task<std::optional<LiveApiKey>> ApiKeys::find(std::string token) {
  if (!token.starts_with(kPrefix)) co_return std::nullopt;
  auto hash = hash_of_token(token);
  auto look = [&](store::Connection& c) -> Result<std::optional<LiveApiKey>> {
    return alive(api_key_by_hash(c, hash));
  };
  co_return co_await db_.read(look);
}

Task<std::optional<LiveApiKey>> ApiKeys::find_by_id(std::int64_t key_id) {
  auto look = [&](store::Connection& c) -> Result<std::optional<LiveApiKey>> { return alive(live_api_key(c, key_id)); };
  co_return co_await db_.read(look);
}

Task<Unit> ApiKeys::touch(std::int64_t key_id) {
  const auto now = clock_.unix_ms();
  co_return co_await change(db_, [&](store::Tx& tx) { touch_api_key(tx, key_id, now); });
}

Task<std::vector<ApiKey>> ApiKeys::list(std::int64_t tenant_id, std::int64_t principal_id) {
  auto look = [&](store::Connection& c) -> Result<std::vector<ApiKey>> { return api_keys(c, tenant_id, principal_id); };
  co_return co_await db_.read(look);
}

Task<Unit> ApiKeys::revoke_all(std::int64_t principal_id) {
  const auto now = clock_.unix_ms();
  co_return co_await change(db_, [&](store::Tx& tx) { revoke_api_keys_of(tx, principal_id, now); });
}

Task<ApiKey> ApiKeys::revoke(std::int64_t tenant_id, std::int64_t key_id, std::int64_t only_of) {
  const auto now = clock_.unix_ms();
  auto change = [&](store::Tx& tx) -> Result<ApiKey> {
    auto key = api_key_by_id(tx, tenant_id, key_id);
    if (!key || (only_of != 0 && key->principal_id != only_of)) {
      return Error(Errc::not_found, "There is no key with this number; it may be revoked already.");
    }
    revoke_api_key(tx, key_id, now);
    return *std::move(key);
  };
  co_return co_await db_.write(change);
}

Task<Unit> ApiKeys::sweep(std::int64_t keep_days, base::UnixMs now) {
  if (keep_days <= 0) co_return Unit{};
  const auto before = now - std::chrono::milliseconds(std::chrono::days(keep_days)).count();
  co_return co_await store::write_in_pieces(db_, [before](store::Tx& tx) { return delete_ended_keys(tx, before); });
}

}  // namespace troupe::identity
