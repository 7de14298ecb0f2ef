// Reading the bodies of the routes about keys.
#include <algorithm>
#include <set>

#include "homeserver/common/client_route.h"
#include "homeserver/crypto/device_keys.h"
#include "matrix/ids.h"

namespace troupe::homeserver::crypto {
namespace {

Result<const matrix::JsonObject*> optional_object(const matrix::JsonObject& body, std::string_view key) {
  const auto* value = matrix::find(body, key);
  if (!value || value->is_null()) return static_cast<const matrix::JsonObject*>(nullptr);
  if (!value->is_object()) return Error(Errc::bad_json, std::string(key) + " must be an object.");
  return &value->get_object();
}

Result<const matrix::JsonObject*> required_object(const matrix::JsonObject& body, std::string_view key) {
  TRY(const auto* object, optional_object(body, key));
  if (!object) return Error(Errc::missing_param, std::string(key) + " is missing.");
  return object;
}

bool fits(std::string_view id) {
  return !id.empty() && id.size() <= matrix::kMaxIdBytes && id.find('\0') == std::string_view::npos;
}

Result<KeyUpload::Identity> read_identity(const matrix::JsonObject& given, std::string_view user_id,
                                          std::string_view device_id) {
  if (matrix::find_string(given, "user_id") != user_id || matrix::find_string(given, "device_id") != device_id) {
    return Error(Errc::invalid_param, "device_keys must name the user and the device that send them.");
  }
  const auto* algorithms = matrix::find_array(given, "algorithms");
  if (!algorithms || !std::ranges::all_of(*algorithms, [](const auto& item) { return item.is_string(); })) {
    return Error(Errc::bad_json, "device_keys.algorithms must be a list of strings.");
  }
  const auto* keys = matrix::find_object(given, "keys");
  if (!keys || !std::ranges::all_of(*keys, [](const auto& item) { return item.value().is_string(); })) {
    return Error(Errc::bad_json, "device_keys.keys must be an object of strings.");
  }
  TRY(matrix::check_canonical(given));
  KeyUpload::Identity identity;
  TRY(identity.signatures, signatures_by(given, user_id));
  identity.json = signed_part(given);
  if (identity.json.size() > DeviceKeys::kMaxIdentityBytes) {
    return Error(Errc::invalid_param, "device_keys are larger than 32 KiB.");
  }
  return identity;
}

Result<ClaimableKey> read_claimable(std::string_view name, const matrix::Json& value) {
  const auto colon = name.find(':');
  if (!fits(name) || colon == 0 || colon == std::string_view::npos || colon + 1 == name.size()) {
    return Error(Errc::invalid_param, "The name of a key must be <algorithm>:<id>, at most 255 bytes.");
  }
  const auto* object = value.if_object();
  if (!value.is_string() && !(object && matrix::find_string(*object, "key"))) {
    return Error(Errc::bad_json, "A key must be a string or an object with a member `key`.");
  }
  TRY(matrix::check_canonical(value));
  ClaimableKey key{.algorithm = std::string(name.substr(0, colon)),
                   .key_id = std::string(name.substr(colon + 1)),
                   .json = matrix::canonical_json(value)};
  if (key.json.size() > DeviceKeys::kMaxKeyBytes) return Error(Errc::invalid_param, "A key is larger than 4 KiB.");
  return key;
}

Result<std::vector<ClaimableKey>> read_claimables(const matrix::JsonObject* given) {
  std::vector<ClaimableKey> keys;
  if (!given) return keys;
  if (given->size() > DeviceKeys::kMaxUploadedKeys) {
    return Error(Errc::invalid_param, "At most 100 keys may be uploaded at once.");
  }
  for (const auto& [name, value] : *given) {
    TRY(auto key, read_claimable({name.data(), name.size()}, value));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

Result<KeyUpload> read_key_upload(const matrix::JsonObject& body, std::string_view user_id,
                                  std::string_view device_id) {
  KeyUpload upload;
  TRY(const auto* identity, optional_object(body, "device_keys"));
  if (identity) {
    TRY(upload.identity, read_identity(*identity, user_id, device_id));
  }
  TRY(const auto* one_time, optional_object(body, "one_time_keys"));
  TRY(upload.one_time_keys, read_claimables(one_time));
  TRY(const auto* fallback, optional_object(body, "fallback_keys"));
  // COMPAT: clients of before v1.2 know only the unstable name.
  if (!fallback) {
    TRY(fallback, optional_object(body, "org.matrix.msc2732.fallback_keys"));
  }
  TRY(upload.fallback_keys, read_claimables(fallback));
  std::set<std::string_view> algorithms;
  for (const auto& key : upload.fallback_keys) {
    if (!algorithms.insert(key.algorithm).second) {
      return Error(Errc::invalid_param, "There may be one fallback key for each algorithm.");
    }
  }
  return upload;
}

Result<DeviceSelection> read_key_query(const matrix::JsonObject& body) {
  TRY(const auto* users, required_object(body, "device_keys"));
  if (users->size() > DeviceKeys::kMaxQueriedUsers) {
    return Error(Errc::invalid_param, "Ask for at most 5000 users at once.");
  }
  DeviceSelection wanted;
  for (const auto& [user_id, devices] : *users) {
    const std::string_view id(user_id.data(), user_id.size());
    if (!fits(id) || !matrix::parse_user_id(id)) {
      return Error(Errc::invalid_param, "device_keys holds something that is no user id.");
    }
    if (!devices.is_array()) return Error(Errc::bad_json, "device_keys must hold a list of device ids for each user.");
    auto& selected = wanted.emplace_back(std::string(id), std::vector<std::string>()).second;
    for (const auto& device : devices.get_array()) {
      if (!device.is_string())
        return Error(Errc::bad_json, "device_keys must hold a list of device ids for each user.");
      selected.emplace_back(matrix::view(device.get_string()));
    }
  }
  return wanted;
}

Result<std::vector<KeyClaim>> read_key_claim(const matrix::JsonObject& body) {
  TRY(const auto* users, required_object(body, "one_time_keys"));
  std::vector<KeyClaim> claims;
  for (const auto& [user_id, devices] : *users) {
    const std::string_view user(user_id.data(), user_id.size());
    if (!fits(user) || !matrix::parse_user_id(user)) {
      return Error(Errc::invalid_param, "one_time_keys holds something that is no user id.");
    }
    if (!devices.is_object()) return Error(Errc::bad_json, "one_time_keys must hold an object for each user.");
    for (const auto& [device_id, algorithm] : devices.get_object()) {
      const std::string_view device(device_id.data(), device_id.size());
      if (!algorithm.is_string()) return Error(Errc::bad_json, "one_time_keys must name an algorithm for each device.");
      const auto name = matrix::view(algorithm.get_string());
      if (!fits(device) || !fits(name)) return Error(Errc::invalid_param, "A device id or an algorithm is too long.");
      if (claims.size() >= DeviceKeys::kMaxClaims) {
        return Error(Errc::invalid_param, "Claim at most 5000 keys at once.");
      }
      claims.push_back({std::string(user), std::string(device), std::string(name)});
    }
  }
  return claims;
}

}  // namespace troupe::homeserver::crypto
