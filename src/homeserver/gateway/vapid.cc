#include "homeserver/gateway/vapid.h"

#include <boost/json/serialize.hpp>

#include "homeserver/gateway/gateway_store.h"
#include "matrix/json.h"

namespace troupe::homeserver::gateway {
namespace {

std::string encode(const matrix::JsonObject& object) {
  return base::base64url(base::as_bytes(boost::json::serialize(object)));
}

}  // namespace

std::string Vapid::public_key() const { return base::base64url(base::as_bytes(key_.public_bytes())); }

std::string Vapid::authorization(std::string_view origin, base::UnixMs now) const {
  matrix::JsonObject claims{{"aud", origin}, {"exp", now / 1000 + std::chrono::seconds(kTokenLife).count()}};
  if (!contact_.empty()) claims["sub"] = contact_;
  auto token = encode({{"typ", "JWT"}, {"alg", "ES256"}}) + "." + encode(claims);
  const auto signature = key_.sign_es256(token);
  token += "." + base::base64url(base::as_bytes(signature));
  return "vapid t=" + token + ", k=" + public_key();
}

Result<base::P256Key> load_push_key(store::Database& db, const base::SealingKey& sealing) {
  std::optional<base::P256Key> found;
  const auto look = [&](store::Connection& connection) -> Result<Unit> {
    const auto stored = gateway_store::find_key(connection);
    if (!stored) return Unit{};
    if (const auto opened = sealing.open(*stored)) found = base::P256Key::from_private(*opened);
    return Unit{};
  };
  TRY(db.read_now(look));
  if (found) return *std::move(found);
  const auto fresh = base::P256Key::generate();
  const auto sealed = sealing.seal(fresh.private_bytes());
  const auto write = [&](store::Tx& tx) -> Result<Unit> {
    found.reset();
    TRY(look(tx));  // another process may have been faster
    if (!found) {
      gateway_store::put_key(tx, sealed);
      found = fresh;
    }
    return Unit{};
  };
  TRY(db.write_now(write));
  return *std::move(found);
}

}  // namespace troupe::homeserver::gateway
