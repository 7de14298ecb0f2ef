#include "fleet/encryption/signed_keys.h"

#include <algorithm>

#include "olm/signing_key.h"

namespace troupe::fleet::encryption {
namespace {

std::string signed_text(const matrix::JsonObject& object) {
  return matrix::canonical_json_without(object, {"signatures", "unsigned"});
}

std::string key_id(std::string_view key) { return "ed25519:" + std::string(key); }

bool can(const matrix::JsonObject& object, std::string_view algorithm) {
  const auto* algorithms = matrix::find_array(object, "algorithms");
  return algorithms != nullptr && std::ranges::any_of(*algorithms, [&](const matrix::Json& one) {
           return one.is_string() && matrix::view(one.get_string()) == algorithm;
         });
}

}  // namespace

void sign_object(matrix::JsonObject& object, std::string_view user_id, std::string_view key, const Signer& signer) {
  const auto signature = signer(signed_text(object));
  if (!object["signatures"].is_object()) object["signatures"].emplace_object();
  auto& of_user = object["signatures"].get_object()[user_id];
  if (!of_user.is_object()) of_user.emplace_object();
  of_user.get_object()[key_id(key)] = signature;
}

bool is_signed_by(const matrix::JsonObject& object, std::string_view user_id, std::string_view key,
                  std::string_view public_key) {
  const auto* signatures = matrix::find_object(object, "signatures");
  const auto* of_user = signatures ? matrix::find_object(*signatures, user_id) : nullptr;
  const auto signature = of_user ? matrix::find_string(*of_user, key_id(key)) : std::nullopt;
  return signature && matrix::check_canonical(object) &&
         olm::verify_ed25519(public_key, signed_text(object), *signature);
}

std::optional<PeerDevice> read_device_keys(const matrix::JsonObject& object, std::string_view user_id,
                                           std::string_view device_id) {
  if (matrix::find_string(object, "user_id") != user_id || matrix::find_string(object, "device_id") != device_id ||
      !can(object, kOlmAlgorithm) || !can(object, kMegolmAlgorithm)) {
    return std::nullopt;
  }
  const auto* keys = matrix::find_object(object, "keys");
  if (keys == nullptr) return std::nullopt;
  const auto curve = matrix::find_string(*keys, "curve25519:" + std::string(device_id));
  const auto ed = matrix::find_string(*keys, key_id(device_id));
  if (!curve || !ed || !is_signed_by(object, user_id, device_id, *ed)) return std::nullopt;
  return PeerDevice{.user_id = std::string(user_id),
                    .device_id = std::string(device_id),
                    .curve25519 = std::string(*curve),
                    .ed25519 = std::string(*ed)};
}

std::string cross_signing_key(const matrix::JsonObject& object, std::string_view user_id) {
  const auto* keys = matrix::find_object(object, "keys");
  if (keys == nullptr || matrix::find_string(object, "user_id") != user_id) return {};
  for (const auto& member : *keys) {
    const std::string_view id = member.key();
    if (id.starts_with("ed25519:") && member.value().is_string())
      return std::string(matrix::view(member.value().get_string()));
  }
  return {};
}

}  // namespace troupe::fleet::encryption
