// Rows of the module: accounts that act for us on the other homeserver, and the events that came from there.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/types.h"
#include "matrix/accounts.h"
#include "matrix/feed.h"
#include "store/database.h"

namespace troupe::remote {

struct RemoteAccount {
  std::string user_id;
  matrix::AccountKind kind = matrix::AccountKind::person;
  std::string display_name;
  bool admin = false;
  std::string sealed_token;     ///< empty: none
  std::string sealed_password;  ///< empty: none
  std::string since;
  bool syncs = false;
  base::UnixMs created_ms = 0;
};

/// An event on its way into the feed; `event.pos` is given by insert_events.
struct Incoming {
  std::string key;  ///< what makes it one and the same when it comes twice
  matrix::FeedEvent event;
};

// Accounts.
void upsert_account(store::Tx& tx, const RemoteAccount& account);
std::optional<RemoteAccount> find_account(store::Connection& connection, std::string_view user_id);
/// The administrator's account that this program made for itself; nothing before it is made.
std::optional<RemoteAccount> find_service(store::Connection& connection);
std::vector<RemoteAccount> list_accounts(store::Connection& connection, std::string_view search, std::int64_t from,
                                         std::int64_t limit);
std::int64_t count_accounts(store::Connection& connection, std::string_view search);
std::vector<std::string> syncing_accounts(store::Connection& connection);
void update_since(store::Tx& tx, std::string_view user_id, std::string_view since);
void update_token(store::Tx& tx, std::string_view user_id, std::string_view sealed_token);
void update_display_name(store::Tx& tx, std::string_view user_id, std::string_view name);
void update_admin(store::Tx& tx, std::string_view user_id, bool admin);
void delete_account(store::Tx& tx, std::string_view user_id);

// Events. Those that are there already are left out; memberships of our accounts follow (rem_join).
void insert_events(store::Tx& tx, const std::vector<Incoming>& events, base::UnixMs now);
bool has_event(store::Connection& connection, std::string_view key);
std::vector<matrix::FeedEvent> events_after(store::Connection& connection, StreamPos cursor, StreamPos head,
                                            std::int64_t limit);
/// Deletes some of those received before; yields how many.
std::int64_t prune(store::Tx& tx, base::UnixMs before, std::int64_t limit);

// Joins of our accounts.
/// Remembers that the account is in the room from `pos` on; what is known already stays. Yields the position kept.
StreamPos remember_join(store::Tx& tx, std::string_view user_id, std::string_view room_id, StreamPos pos);
bool is_joined(store::Connection& connection, std::string_view user_id, std::string_view room_id);
std::vector<std::string> joined_accounts(store::Connection& connection, std::string_view room_id, std::int64_t limit);

/// False when the transaction was taken before.
bool insert_transaction(store::Tx& tx, std::string_view txn_id, base::UnixMs now);

}  // namespace troupe::remote
