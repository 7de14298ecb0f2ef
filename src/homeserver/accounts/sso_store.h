// SQL for devices that came by single sign-on (src/homeserver/sso): which session of which provider they came from, and
// what ends when that one does.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::accounts {

/// Who vouched for somebody. Without provider: nobody, it was a password.
struct SsoOrigin {
  std::string provider;
  std::string external_id;
  std::string sid;  ///< the provider's session; empty: not said

  bool none() const { return provider.empty(); }
};

struct SsoSession {
  std::string user_id;
  std::string device_id;
  SsoOrigin origin;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace sso_store {

/// In place of the one that the device may have had.
void put_session(store::Tx&, const SsoSession& session);
/// Where the device came from; an empty one when not from a provider.
SsoOrigin origin_of(store::Connection&, std::string_view user_id, std::string_view device_id);
void forget_session(store::Tx&, std::string_view user_id, std::string_view device_id);

// A logout names a person, a session of theirs, or a session alone: what is empty of external_id and sid is any.

/// The devices that a logout ends, at most `limit`.
std::vector<SsoSession> sessions_of(store::Connection&, const SsoOrigin& ended, std::int64_t limit);
/// What came from it and is not redeemed yet: login tokens, browsers at our pages, codes and links of OAuth.
void end_unredeemed(store::Tx&, const SsoOrigin& ended, std::int64_t now_ms);

}  // namespace sso_store
}  // namespace troupe::homeserver::accounts
