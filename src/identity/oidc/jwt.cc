#include "identity/oidc/jwt.h"

#include "base/ed25519.h"
#include "base/encoding.h"
#include "base/public_key.h"
#include "base/text.h"

namespace troupe::identity::oidc {
namespace {

using matrix::JsonObject;

Error no_token(std::string detail) {
  return Error(Errc::forbidden, "The sign-in provider sent a token that is not valid.", std::move(detail));
}

std::optional<Algorithm> algorithm_of(std::string_view name) {
  if (name == "RS256") return Algorithm::rs256;
  if (name == "ES256") return Algorithm::es256;
  if (name == "EdDSA" || name == "Ed25519") return Algorithm::eddsa;
  return std::nullopt;
}

Result<JsonObject> read_part(std::string_view part) {
  const auto bytes = base::base64_decode(part);
  if (!bytes) return no_token("a part is no base64url");
  auto parsed = matrix::parse_json(*bytes);
  if (!parsed || !parsed->is_object()) return no_token("a part is no JSON object");
  return std::move(parsed->get_object());
}

std::string bytes_of(const JsonObject& key, std::string_view member) {
  return base::base64_decode(matrix::find_string(key, member).value_or("")).value_or("");
}

/// What the key signs with by its kind; nothing when that is not known here.
std::optional<Algorithm> algorithm_of(const JsonObject& key) {
  const auto kind = matrix::find_string(key, "kty");
  const auto curve = matrix::find_string(key, "crv");
  if (kind == "RSA") return Algorithm::rs256;
  if (kind == "EC" && curve == "P-256") return Algorithm::es256;
  if (kind == "OKP" && curve == "Ed25519") return Algorithm::eddsa;
  return std::nullopt;
}

std::optional<PublicKey> read_key(const JsonObject& key) {
  const auto algorithm = algorithm_of(key);
  if (!algorithm || matrix::find_string(key, "use").value_or("sig") != "sig") return std::nullopt;
  if (const auto only = matrix::find_string(key, "alg"); only && algorithm_of(*only) != algorithm) return std::nullopt;
  const bool rsa = algorithm == Algorithm::rs256;
  PublicKey read{.algorithm = *algorithm,
                 .key_id = std::string(matrix::find_string(key, "kid").value_or("")),
                 .first = bytes_of(key, rsa ? "n" : "x"),
                 .second = bytes_of(key, rsa ? "e" : "y")};
  if (read.first.empty()) return std::nullopt;
  return read;
}

}  // namespace

Result<Jwt> read_jwt(std::string_view compact) {
  if (compact.size() > kMaxTokenBytes) return no_token("longer than 32 KiB");
  const auto first = compact.find('.');
  const auto second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos)
    return no_token("not three parts");
  TRY(const auto header, read_part(compact.substr(0, first)));
  const auto name = matrix::find_string(header, "alg").value_or("");
  const auto algorithm = algorithm_of(name);
  if (!algorithm) return no_token("signed with " + std::string(name.substr(0, 32)));
  if (matrix::find(header, "crit")) return no_token("the header has crit");
  TRY(auto claims, read_part(compact.substr(first + 1, second - first - 1)));
  auto signature = base::base64_decode(compact.substr(second + 1));
  if (!signature || signature->empty()) return no_token("no signature");
  return Jwt{.algorithm = *algorithm,
             .key_id = std::string(matrix::find_string(header, "kid").value_or("")),
             .type = base::ascii_lower(matrix::find_string(header, "typ").value_or("")),
             .claims = std::move(claims),
             .signed_text = std::string(compact.substr(0, second)),
             .signature = *std::move(signature)};
}

std::vector<PublicKey> read_key_set(const JsonObject& set) {
  std::vector<PublicKey> keys;
  const auto* list = matrix::find_array(set, "keys");
  if (!list) return keys;
  for (const auto& entry : *list) {
    const auto* key = entry.if_object();
    if (!key || keys.size() == kMaxKeys) continue;
    if (auto read = read_key(*key)) keys.push_back(*std::move(read));
  }
  return keys;
}

bool has_signed(const PublicKey& key, const Jwt& token) {
  if (key.algorithm != token.algorithm) return false;
  switch (key.algorithm) {
    case Algorithm::rs256:
      return base::verify_rs256(key.first, key.second, token.signed_text, token.signature);
    case Algorithm::es256:
      return base::verify_es256(key.first, key.second, token.signed_text, token.signature);
    case Algorithm::eddsa:
      return base::verify_ed25519(key.first, token.signed_text, token.signature);
  }
  return false;
}

}  // namespace troupe::identity::oidc
