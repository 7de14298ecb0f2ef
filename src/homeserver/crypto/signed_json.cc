#include "homeserver/crypto/signed_json.h"

#include "base/ed25519.h"
#include "base/encoding.h"

namespace troupe::homeserver::crypto {
namespace {

constexpr std::size_t kMaxSignatures = 32;
constexpr std::size_t kMaxKeyIdBytes = 255;
constexpr std::size_t kMaxSignatureBytes = 128;
constexpr std::string_view kEd25519 = "ed25519:";

}  // namespace

std::string signed_part(const matrix::JsonObject& object) {
  return matrix::canonical_json_without(object, {"signatures", "unsigned"});
}

std::string unsigned_form(std::string_view json) {
  const auto parsed = matrix::parse_json(json);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  return object ? signed_part(*object) : std::string(json);
}

Result<Signatures> signatures_by(const matrix::JsonObject& object, std::string_view user_id) {
  Signatures found;
  const auto* all = matrix::find(object, "signatures");
  if (!all || all->is_null()) return found;
  if (!all->is_object()) return Error(Errc::bad_json, "signatures must be an object.");
  const auto* own = matrix::find(all->get_object(), user_id);
  if (!own) return found;
  if (!own->is_object()) return Error(Errc::bad_json, "signatures must hold an object for each user.");
  for (const auto& [key, value] : own->get_object()) {
    const std::string_view key_id(key.data(), key.size());
    if (!value.is_string()) return Error(Errc::bad_json, "A signature must be a string.");
    if (key_id.size() > kMaxKeyIdBytes || value.get_string().size() > kMaxSignatureBytes ||
        key_id.find('\0') != std::string_view::npos) {
      return Error(Errc::invalid_param, "A signature or its key id is too long.");
    }
    if (!key_id.starts_with(kEd25519) || !base::base64_decode(matrix::view(value.get_string()))) continue;
    if (found.size() >= kMaxSignatures) return Error(Errc::invalid_param, "There are more than 32 signatures.");
    found.emplace(key_id, matrix::view(value.get_string()));
  }
  return found;
}

bool is_signed(std::string_view message, std::string_view public_key, std::string_view signature) {
  const auto key = base::base64_decode(public_key);
  const auto bytes = base::base64_decode(signature);
  return key && bytes && base::verify_ed25519(*key, message, *bytes);
}

std::string_view ed25519_key(const matrix::JsonObject& object, std::string_view id) {
  const auto* keys = matrix::find_object(object, "keys");
  if (!keys) return {};
  return matrix::find_string(*keys, std::string(kEd25519) + std::string(id)).value_or("");
}

}  // namespace troupe::homeserver::crypto
