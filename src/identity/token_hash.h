// What is kept of a secret that somebody brings: cookies, keys, tokens.
#pragma once
#include <string>
#include <string_view>

namespace troupe::identity {

/// Its SHA-256, 32 bytes: it is drawn at random and long, so nobody guesses it from that.
std::string hash_of_token(std::string_view token);

}  // namespace troupe::identity
