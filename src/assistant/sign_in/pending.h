// Sign-ins at services that have begun: what is kept of them until their people come back.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"

namespace troupe::assistant::sign_in {

inline constexpr std::chrono::minutes kLife{10};

/// Who signs in, and what proved them to be that.
struct Beginner {
  std::int64_t tenant_id = 0;
  std::int64_t principal_id = 0;
  std::string credential;  ///< "session 7", "key 3": one sign-in begins and ends with the same
};

/// What it was begun with: whatever is another one by then, the sign-in is not finished with it.
struct Begun {
  std::string verifier;      ///< RFC 7636
  std::string redirect_uri;  ///< the service wants to see the same twice
  std::string address;       ///< services::address_of() of the pack
  std::string client_id;
};

struct Pending {
  std::string state_hash;
  Beginner who;
  std::string service;
  std::string sealed;
  base::UnixMs expires_ms = 0;
};

/// What stands in addresses is not what stands in the table.
std::string hash_of_state(std::string_view state);

/// Sealed together with the state's hash: another row's do not open in its place.
std::string seal(const base::SealingKey& key, const std::string& state_hash, const Begun& begun);
/// Error: internal.
Result<Begun> open(const base::SealingKey& key, const std::string& state_hash, std::string_view sealed);

}  // namespace troupe::assistant::sign_in
