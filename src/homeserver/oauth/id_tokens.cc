#include "homeserver/oauth/id_tokens.h"

#include "base/ed25519.h"
#include "base/encoding.h"
#include "homeserver/oauth/oauth_store.h"

namespace troupe::homeserver::oauth {
namespace {

using matrix::JsonObject;

constexpr std::size_t kKeyIdChars = 16;

std::string encode(const JsonObject& object) { return base::base64url(base::as_bytes(boost::json::serialize(object))); }

std::string key_id(std::string_view public_key) {
  return base::base64url(base::sha256(public_key)).substr(0, kKeyIdChars);
}

/// The left half of the hash (OpenID Connect Core 1.0 section 3.1.3.6).
std::string half_hash(std::string_view token) {
  const auto digest = base::sha256(token);
  return base::base64url(base::Bytes(digest).first(digest.size() / 2));
}

}  // namespace

Task<std::string> IdTokens::seed() {
  auto look = [](store::Connection& connection) -> Result<std::optional<std::string>> {
    return oauth_store::find_key(connection);
  };
  CO_TRY(const auto stored, co_await db_.read(look));
  if (stored) {
    if (auto opened = sealing_.open(*stored); opened && opened->size() == base::kEd25519SeedBytes)
      co_return *std::move(opened);
  }
  const auto fresh = base::random_bytes(base::kEd25519SeedBytes);
  const auto sealed = sealing_.seal(fresh);
  auto write = [&](store::Tx& tx) -> Result<std::string> {
    if (const auto now = oauth_store::find_key(tx)) {  // another request may have been faster
      if (auto opened = sealing_.open(*now); opened && opened->size() == base::kEd25519SeedBytes) return *opened;
    }
    oauth_store::put_key(tx, sealed);
    return fresh;
  };
  co_return co_await db_.write(write);
}

Task<std::string> IdTokens::make(IdClaims claims) {
  CO_TRY(const auto key, co_await seed());
  const auto now_s = clock_.unix_ms() / 1000;
  JsonObject body{{"iss", claims.issuer},
                  {"sub", claims.user_id},
                  {"aud", claims.client_id},
                  {"iat", now_s},
                  {"auth_time", now_s},
                  {"exp", now_s + std::chrono::seconds(kLife).count()},
                  {"at_hash", half_hash(claims.access_token)}};
  if (claims.nonce) body["nonce"] = *claims.nonce;
  auto token = encode({{"alg", kAlgorithm}, {"typ", "JWT"}, {"kid", key_id(base::ed25519_public_key(key))}}) + "." +
               encode(body);
  const auto signature = base::sign_ed25519(key, token);
  co_return token + "." + base::base64url(base::as_bytes(signature));
}

Task<JsonObject> IdTokens::key_set() {
  CO_TRY(const auto key, co_await seed());
  const auto open = base::ed25519_public_key(key);
  JsonObject jwk{{"kty", "OKP"},      {"crv", "Ed25519"},    {"use", "sig"},
                 {"alg", kAlgorithm}, {"kid", key_id(open)}, {"x", base::base64url(base::as_bytes(open))}};
  co_return JsonObject{{"keys", matrix::JsonArray{std::move(jwk)}}};
}

}  // namespace troupe::homeserver::oauth
