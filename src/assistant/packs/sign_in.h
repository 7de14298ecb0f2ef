// Where people of a service sign in to it, and what they are asked to allow: as config.json says it, and its document.
#pragma once
#include <map>

#include "assistant/openapi/document.h"
#include "assistant/packs/credential.h"
#include "assistant/packs/pack.h"
#include "assistant/report/findings.h"

namespace troupe::assistant::packs {

inline constexpr std::size_t kMaxScopes = 100;             ///< asked for at once
inline constexpr std::size_t kMaxScopesBytes = 4 * 1'024;  ///< of all together: they stand in an address

/// An https address to which people, or their tokens, may be sent: a host, no user name, no fragment.
bool is_sign_in_address(std::string_view url);

/// Completes an OAuth 2 scheme: addresses that config.json does not say are those of the document's first security
/// scheme with an authorization code flow (OpenAPI 3.1 section 4.8.29), and to its scopes come those that the offered
/// operations need there. What renews tokens or describes the service is of the same host as where tokens are had:
/// secrets are given for that one. `document`: nullptr where the pack has none. Mistakes stand in `config`
/// (config.json) and `described` (the document).
void complete_sign_in(Auth& auth, const openapi::Document* document,
                      const std::map<std::string, Offered, std::less<>>& operations, const report::InFile& config,
                      const report::InFile& described);

}  // namespace troupe::assistant::packs
