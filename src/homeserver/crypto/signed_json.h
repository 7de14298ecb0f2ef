// Signed JSON objects: what is signed, who signed it, and whether that is true (Appendices #signing-json).
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "matrix/json.h"

namespace troupe::homeserver::crypto {

/// Signatures of one object by one user: key id ("ed25519:…") to signature.
using Signatures = std::map<std::string, std::string>;

/// The canonical JSON that signatures are over: without `signatures` and `unsigned`. The object must be canonical.
std::string signed_part(const matrix::JsonObject& object);

/// A stored key without its signatures, for comparing: a client that lost our answer may have signed it again.
std::string unsigned_form(std::string_view json);

/// The well-formed Ed25519 signatures by `user_id`; others are left out. Errors: bad_json (not an object of objects of
/// strings), invalid_param (more than 32 by the user, or too long).
Result<Signatures> signatures_by(const matrix::JsonObject& object, std::string_view user_id);

/// Whether `signature` (base64) over `message` was made with the public key (base64).
bool is_signed(std::string_view message, std::string_view public_key, std::string_view signature);

/// The public key under "ed25519:<id>" of a key object's `keys`; empty when there is none.
std::string_view ed25519_key(const matrix::JsonObject& object, std::string_view id);

}  // namespace troupe::homeserver::crypto
