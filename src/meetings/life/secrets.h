// What of a bot's token is kept, and what of its output nobody is to read.
#pragma once
#include <string>
#include <string_view>

#include "identity/token_hash.h"

namespace troupe::meetings::life {

/// What of a bot's token is stored.
using identity::hash_of_token;

/// Without what the link `url` carries beside the call's name, without the token whose SHA-256 is `token_hash`, and
/// without access tokens of this homeserver.
std::string without_secrets(std::string text, std::string_view url, std::string_view token_hash);

}  // namespace troupe::meetings::life
