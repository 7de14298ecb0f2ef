// SQL for devices that signed in through OAuth (src/homeserver/oauth), and for refresh tokens that any device has used:
// what hangs on a device and ends with it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::accounts {

/// A device that signed in through OAuth.
struct DelegatedSession {
  std::string user_id;
  std::string device_id;
  std::string client_id;
  std::string scope;       ///< what was granted, apart by spaces
  std::string grant_hash;  ///< 32 raw bytes: the code that it came from
  std::int64_t made_ms = 0;
};

/// A refresh token that was used.
struct SpentToken {
  std::string token_hash;
  std::string user_id;
  std::string device_id;
  std::int64_t served = 0;  ///< how often
  std::int64_t made_ms = 0;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace delegated_store {

/// How many used refresh tokens of one device are remembered; the oldest go.
inline constexpr std::int64_t kMaxSpentOfDevice = 100;

/// In place of the one that the device may have had.
void put_session(store::Tx&, const DelegatedSession& session);
std::optional<DelegatedSession> find_session(store::Connection&, std::string_view user_id, std::string_view device_id);
/// The session and what is remembered of its tokens.
void forget_session(store::Tx&, std::string_view user_id, std::string_view device_id);

std::optional<SpentToken> find_spent(store::Connection&, std::string_view token_hash);
/// Counts one use more; old tokens of the device beyond kMaxSpentOfDevice are forgotten.
void count_spent(store::Tx&, const SpentToken& token);

void allow_reset(store::Tx&, std::string_view user_id, std::int64_t ends_ms);
bool reset_is_allowed(store::Connection&, std::string_view user_id, std::int64_t now_ms);
void end_reset(store::Tx&, std::string_view user_id);
void delete_ended_resets(store::Tx&, std::int64_t now_ms);

/// What the user allowed and nobody has redeemed yet: codes, linked devices, new keys; and who is signed in on the
/// pages, where more could be allowed. Codes that were used stay, so that a second use is noticed. With the user's
/// password or sessions these end in the same transaction. `now_ms` was read before it.
void end_grants(store::Tx&, std::string_view user_id, std::int64_t now_ms);

}  // namespace delegated_store
}  // namespace troupe::homeserver::accounts
