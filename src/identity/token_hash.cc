#include "identity/token_hash.h"

#include "base/crypto.h"

namespace troupe::identity {

std::string hash_of_token(std::string_view token) {
  const auto digest = base::sha256(token);
  return {digest.begin(), digest.end()};
}

}  // namespace troupe::identity
