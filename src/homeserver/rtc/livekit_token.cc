#include "homeserver/rtc/livekit_token.h"

#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "base/encoding.h"

namespace troupe::homeserver::rtc {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::chrono::seconds kClocksDiffer{10};

std::string name_of(const JsonArray& parts) {
  const auto digest = base::sha256(boost::json::serialize(parts));
  return base::base64({digest.data(), digest.size()});
}

std::string part(const JsonObject& object) { return base::base64url(base::as_bytes(boost::json::serialize(object))); }

}  // namespace

std::string livekit_room(std::string_view room_id, std::string_view slot_id) {
  return name_of(JsonArray{room_id, slot_id});
}

std::string livekit_identity(std::string_view user_id, std::string_view device_id, std::string_view member_id) {
  return name_of(JsonArray{user_id, device_id, member_id});
}

std::string livekit_token(const LivekitKey& key, std::string_view identity, JsonObject grant, base::UnixMs now,
                          std::chrono::seconds life) {
  const auto now_s = now / 1000;
  JsonObject claims{{"iss", key.key}, {"nbf", now_s - kClocksDiffer.count()}, {"exp", now_s + life.count()}};
  if (!identity.empty()) claims["sub"] = identity;
  claims["video"] = std::move(grant);
  auto token = part({{"alg", "HS256"}, {"typ", "JWT"}}) + "." + part(claims);
  const auto signature = base::hmac_sha256(key.secret, token);
  token += "." + base::base64url(base::as_bytes(signature));
  return token;
}

}  // namespace troupe::homeserver::rtc
