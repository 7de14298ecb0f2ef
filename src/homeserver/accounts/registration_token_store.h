// SQL for registration tokens: words with which people may make accounts for themselves.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::accounts {

struct RegistrationToken {
  std::string token;
  std::optional<std::int64_t> uses_allowed;  ///< none: any number
  std::int64_t completed = 0;
  std::optional<std::int64_t> expires_ms;  ///< none: never
  std::int64_t made_ms = 0;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace registration_token_store {

std::optional<RegistrationToken> find(store::Connection&, std::string_view token);
/// The oldest first. `valid`: only those that can be used now, or only the others; nothing: all.
std::vector<RegistrationToken> list(store::Connection&, std::optional<bool> valid, std::int64_t now_ms);
std::size_t count(store::Connection&);
/// False when it is there already.
bool insert(store::Tx&, const RegistrationToken& token);
/// Changes how often and how long it may be used. False when it is not there.
bool change(store::Tx&, const RegistrationToken& token);
/// False when it is not there.
bool remove(store::Tx&, std::string_view token);
/// Counts one use; false when the token is unknown, used up or expired.
bool use(store::Tx&, std::string_view token, std::int64_t now_ms);

}  // namespace registration_token_store
}  // namespace troupe::homeserver::accounts
