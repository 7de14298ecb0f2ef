// Reading the bodies of the routes about cross-signing.
#include <algorithm>

#include "base/encoding.h"
#include "homeserver/crypto/cross_signing.h"
#include "matrix/ids.h"

namespace troupe::homeserver::crypto {
namespace {

constexpr std::string_view kEd25519Name = "ed25519:";
constexpr std::size_t kEd25519Bytes = 32;

Result<CrossSigningKey> read_signing_key(const matrix::JsonObject& given, std::string_view member,
                                         std::string_view usage, std::string_view user_id) {
  const auto problem = [&member](std::string_view text) {
    return Error(Errc::invalid_param, std::string(member) + ' ' + std::string(text));
  };
  if (matrix::find_string(given, "user_id") != user_id) return problem("must name the user who uploads it.");
  const auto* usages = matrix::find_array(given, "usage");
  const matrix::Json wanted = boost::json::string_view(usage);
  if (!usages || std::ranges::find(*usages, wanted) == usages->end()) {
    return problem("must list its own usage.");
  }
  const auto* keys = matrix::find_object(given, "keys");
  if (!keys || keys->size() != 1 || !keys->begin()->value().is_string()) return problem("must hold exactly one key.");
  const auto public_key = matrix::view(keys->begin()->value().get_string());
  const auto decoded = base::base64_decode(public_key);
  if (!decoded || decoded->size() != kEd25519Bytes) return problem("must hold an Ed25519 key in unpadded base64.");
  if (keys->begin()->key() != std::string(kEd25519Name) + std::string(public_key)) {
    return problem("must name its key \"ed25519:\" and the public key.");
  }
  TRY(matrix::check_canonical(given));
  CrossSigningKey key{.row = {std::string(usage), std::string(public_key), signed_part(given)}, .signatures = {}};
  if (key.row.json.size() > CrossSigning::kMaxKeyBytes) return problem("is larger than 8 KiB.");
  TRY(key.signatures, signatures_by(given, user_id));
  return key;
}

SignedObject read_object(std::string_view user_id, std::string_view target, const matrix::Json& value,
                         std::string_view signer) {
  SignedObject object{.user_id = std::string(user_id),
                      .target = std::string(target),
                      .json = {},
                      .signatures = {},
                      .problem = std::nullopt};
  const auto* given = value.if_object();
  if (!given) {
    object.problem = Error(Errc::bad_json, "A signed key must be an object.");
    return object;
  }
  if (auto canonical = matrix::check_canonical(*given); !canonical) {
    object.problem = std::move(canonical).error();
    return object;
  }
  auto signatures = signatures_by(*given, signer);
  if (!signatures) {
    object.problem = std::move(signatures).error();
    return object;
  }
  object.signatures = *std::move(signatures);
  if (object.signatures.empty())
    object.problem = Error(Errc::invalid_param, "There is no signature by you on this key.");
  object.json = signed_part(*given);
  return object;
}

}  // namespace

Result<std::vector<CrossSigningKey>> read_cross_signing_keys(const matrix::JsonObject& body, std::string_view user_id) {
  static constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
      {"master_key", "master"}, {"self_signing_key", "self_signing"}, {"user_signing_key", "user_signing"}};
  std::vector<CrossSigningKey> keys;
  for (const auto& [member, usage] : kMembers) {
    const auto* given = matrix::find(body, member);
    if (!given || given->is_null()) continue;
    if (!given->is_object()) return Error(Errc::bad_json, std::string(member) + " must be an object.");
    TRY(auto key, read_signing_key(given->get_object(), member, usage, user_id));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::vector<SignedObject>> read_signed_objects(const matrix::JsonObject& body, std::string_view signer) {
  std::vector<SignedObject> objects;
  for (const auto& [user, targets] : body) {
    const std::string_view user_id(user.data(), user.size());
    if (user_id.size() > matrix::kMaxIdBytes || !matrix::parse_user_id(user_id)) {
      return Error(Errc::invalid_param, "The body must be an object of user ids.");
    }
    if (!targets.is_object()) return Error(Errc::bad_json, "The body must hold an object for each user.");
    for (const auto& [target, value] : targets.get_object()) {
      if (objects.size() >= CrossSigning::kMaxSignedObjects) {
        return Error(Errc::invalid_param, "Upload at most 1000 signed keys at once.");
      }
      objects.push_back(read_object(user_id, {target.data(), target.size()}, value, signer));
    }
  }
  return objects;
}

}  // namespace troupe::homeserver::crypto
