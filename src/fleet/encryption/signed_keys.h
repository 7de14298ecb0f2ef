// Signed JSON as devices and users publish their keys (Appendices #signing-json, Client-Server API #device-keys).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "matrix/json.h"

namespace troupe::fleet::encryption {

inline constexpr std::string_view kOlmAlgorithm = "m.olm.v1.curve25519-aes-sha2";
inline constexpr std::string_view kMegolmAlgorithm = "m.megolm.v1.aes-sha2";

/// Yields the signature (unpadded base64) of a text.
using Signer = std::function<std::string(std::string_view)>;
/// Adds a signature under `ed25519:<key>`.
void sign_object(matrix::JsonObject& object, std::string_view user_id, std::string_view key, const Signer& signer);
/// Whether the object bears a true signature of the user's key with this public part.
bool is_signed_by(const matrix::JsonObject& object, std::string_view user_id, std::string_view key,
                  std::string_view public_key);

/// The keys of a device of somebody.
struct PeerDevice {
  std::string user_id;
  std::string device_id;
  std::string curve25519;
  std::string ed25519;
  bool operator==(const PeerDevice&) const = default;
};
/// What `device_keys` of an answer says of one device; nothing unless it speaks of this user and device, can Olm and
/// Megolm, and has signed itself.
std::optional<PeerDevice> read_device_keys(const matrix::JsonObject& object, std::string_view user_id,
                                           std::string_view device_id);
/// The public part of a cross-signing key object; empty: it has none.
std::string cross_signing_key(const matrix::JsonObject& object, std::string_view user_id);

}  // namespace troupe::fleet::encryption
