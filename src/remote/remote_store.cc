#include "remote/remote_store.h"

#include <boost/json/serialize.hpp>

namespace troupe::remote {
namespace {

using matrix::AccountKind;

std::string_view name_of(AccountKind kind) {
  switch (kind) {
    case AccountKind::person:
      return "person";
    case AccountKind::bot:
      return "bot";
    case AccountKind::service:
      return "service";
  }
  return "person";
}

AccountKind kind_of(std::string_view name) {
  if (name == "bot") return AccountKind::bot;
  if (name == "service") return AccountKind::service;
  return AccountKind::person;
}

std::string pattern(std::string_view search) {
  std::string out = "%";
  for (char c : search) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  return out + '%';
}

constexpr std::string_view kUpsertAccount =
    "INSERT INTO rem_account (user_id, kind, display_name, admin, sealed_token, sealed_password, since, syncs, "
    "created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (user_id) DO UPDATE SET "
    "kind = excluded.kind, display_name = excluded.display_name, admin = excluded.admin, "
    "sealed_token = excluded.sealed_token, sealed_password = excluded.sealed_password, syncs = excluded.syncs";
#define ACCOUNT_COLUMNS \
  "user_id, kind, display_name, admin, sealed_token, sealed_password, since, syncs, created_ms FROM rem_account "
constexpr std::string_view kFindAccount = "SELECT " ACCOUNT_COLUMNS "WHERE user_id = ?1";
constexpr std::string_view kFindService =
    "SELECT " ACCOUNT_COLUMNS "WHERE kind = 'service' AND admin = 1 ORDER BY created_ms LIMIT 1";
constexpr std::string_view kListAccounts = "SELECT " ACCOUNT_COLUMNS
                                           "WHERE lower(user_id) LIKE ?1 ESCAPE '\\' OR lower(display_name) LIKE ?1 "
                                           "ESCAPE '\\' ORDER BY user_id LIMIT ?3 OFFSET ?2";
#undef ACCOUNT_COLUMNS
constexpr std::string_view kCountAccounts =
    "SELECT count(*) FROM rem_account WHERE lower(user_id) LIKE ?1 ESCAPE '\\' OR lower(display_name) LIKE ?1 ESCAPE "
    "'\\'";
constexpr std::string_view kSyncing = "SELECT user_id FROM rem_account WHERE syncs = 1 ORDER BY user_id";
constexpr std::string_view kUpdateSince = "UPDATE rem_account SET since = ?2 WHERE user_id = ?1";
constexpr std::string_view kUpdateToken = "UPDATE rem_account SET sealed_token = ?2 WHERE user_id = ?1";
constexpr std::string_view kUpdateName = "UPDATE rem_account SET display_name = ?2 WHERE user_id = ?1";
constexpr std::string_view kUpdateAdmin = "UPDATE rem_account SET admin = ?2 WHERE user_id = ?1";
constexpr std::string_view kDeleteAccount = "DELETE FROM rem_account WHERE user_id = ?1";
constexpr std::string_view kDeleteJoins = "DELETE FROM rem_join WHERE user_id = ?1";

constexpr std::string_view kInsertEvent =
    "INSERT INTO rem_event (pos, event_key, room_id, event_id, type, sender, state_key, origin_server_ts, content, "
    "received_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (event_key) DO NOTHING";
constexpr std::string_view kHasEvent = "SELECT 1 FROM rem_event WHERE event_key = ?1";
constexpr std::string_view kEventsAfter =
    "SELECT pos, room_id, event_id, type, sender, state_key, origin_server_ts, content FROM rem_event "
    "WHERE pos > ?1 AND pos <= ?2 ORDER BY pos LIMIT ?3";
constexpr std::string_view kPruneEvents =
    "DELETE FROM rem_event WHERE pos IN (SELECT pos FROM rem_event WHERE received_ms < ?1 ORDER BY received_ms LIMIT "
    "?2)";
constexpr std::string_view kPruneTransactions = "DELETE FROM rem_txn WHERE received_ms < ?1";

constexpr std::string_view kInsertJoin =
    "INSERT INTO rem_join (user_id, room_id, pos) VALUES (?1, ?2, ?3) ON CONFLICT (user_id, room_id) DO NOTHING";
constexpr std::string_view kFindJoin = "SELECT pos FROM rem_join WHERE user_id = ?1 AND room_id = ?2";
constexpr std::string_view kDeleteJoin = "DELETE FROM rem_join WHERE user_id = ?1 AND room_id = ?2";
constexpr std::string_view kJoinedAccounts = "SELECT user_id FROM rem_join WHERE room_id = ?1 ORDER BY pos LIMIT ?2";
constexpr std::string_view kInsertTransaction =
    "INSERT INTO rem_txn (txn_id, received_ms) VALUES (?1, ?2) ON CONFLICT (txn_id) DO NOTHING";

RemoteAccount read_account(const store::Rows& rows) {
  return {.user_id = rows.string(0),
          .kind = kind_of(rows.text(1)),
          .display_name = rows.string(2),
          .admin = rows.integer(3) != 0,
          .sealed_token = rows.is_null(4) ? std::string() : std::string(rows.blob(4)),
          .sealed_password = rows.is_null(5) ? std::string() : std::string(rows.blob(5)),
          .since = rows.string(6),
          .syncs = rows.integer(7) != 0,
          .created_ms = rows.integer(8)};
}

store::Value blob_or_null(std::string_view bytes) {
  return bytes.empty() ? store::Value(nullptr) : store::Value::blob(bytes);
}

/// Keeps rem_join in step with what an event says about one of our accounts.
void follow_membership(store::Tx& tx, const matrix::FeedEvent& event) {
  if (event.type != "m.room.member" || !event.state_key) return;
  const auto membership = matrix::find_string(event.content, "membership").value_or("");
  if (membership == "join") {
    if (find_account(tx, *event.state_key)) tx.run(kInsertJoin, *event.state_key, event.room_id, event.pos);
  } else if (membership == "leave" || membership == "ban") {
    tx.run(kDeleteJoin, *event.state_key, event.room_id);
  }
}

}  // namespace

void upsert_account(store::Tx& tx, const RemoteAccount& account) {
  tx.run(kUpsertAccount, account.user_id, name_of(account.kind), account.display_name, account.admin,
         blob_or_null(account.sealed_token), blob_or_null(account.sealed_password), account.since, account.syncs,
         account.created_ms);
}

std::optional<RemoteAccount> find_account(store::Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kFindAccount, user_id);
  if (!rows.next()) return std::nullopt;
  return read_account(rows);
}

std::optional<RemoteAccount> find_service(store::Connection& connection) {
  auto rows = connection.query(kFindService);
  if (!rows.next()) return std::nullopt;
  return read_account(rows);
}

std::vector<RemoteAccount> list_accounts(store::Connection& connection, std::string_view search, std::int64_t from,
                                         std::int64_t limit) {
  std::vector<RemoteAccount> out;
  const auto wanted = pattern(search);
  auto rows = connection.query(kListAccounts, wanted, from, limit);
  while (rows.next()) out.push_back(read_account(rows));
  return out;
}

std::int64_t count_accounts(store::Connection& connection, std::string_view search) {
  const auto wanted = pattern(search);
  auto rows = connection.query(kCountAccounts, wanted);
  return rows.next() ? rows.integer(0) : 0;
}

std::vector<std::string> syncing_accounts(store::Connection& connection) {
  std::vector<std::string> out;
  auto rows = connection.query(kSyncing);
  while (rows.next()) out.push_back(rows.string(0));
  return out;
}

void update_since(store::Tx& tx, std::string_view user_id, std::string_view since) {
  tx.run(kUpdateSince, user_id, since);
}
void update_token(store::Tx& tx, std::string_view user_id, std::string_view sealed_token) {
  tx.run(kUpdateToken, user_id, blob_or_null(sealed_token));
}
void update_display_name(store::Tx& tx, std::string_view user_id, std::string_view name) {
  tx.run(kUpdateName, user_id, name);
}
void update_admin(store::Tx& tx, std::string_view user_id, bool admin) { tx.run(kUpdateAdmin, user_id, admin); }
void delete_account(store::Tx& tx, std::string_view user_id) {
  tx.run(kDeleteAccount, user_id);
  tx.run(kDeleteJoins, user_id);
}

void insert_events(store::Tx& tx, const std::vector<Incoming>& events, base::UnixMs now) {
  for (const auto& incoming : events) {
    auto event = incoming.event;
    if (has_event(tx, incoming.key)) continue;
    event.pos = tx.next_pos();
    const auto content = boost::json::serialize(event.content);
    tx.run(kInsertEvent, event.pos, incoming.key, event.room_id, event.event_id, event.type, event.sender,
           event.state_key, event.origin_server_ts, content, now);
    follow_membership(tx, event);
  }
}

bool has_event(store::Connection& connection, std::string_view key) { return connection.query(kHasEvent, key).next(); }

std::vector<matrix::FeedEvent> events_after(store::Connection& connection, StreamPos cursor, StreamPos head,
                                            std::int64_t limit) {
  std::vector<matrix::FeedEvent> out;
  auto rows = connection.query(kEventsAfter, cursor, head, limit);
  while (rows.next()) {
    matrix::FeedEvent event{.pos = rows.integer(0),
                            .room_id = rows.string(1),
                            .event_id = rows.string(2),
                            .type = rows.string(3),
                            .sender = rows.string(4),
                            .state_key = rows.optional_string(5),
                            .origin_server_ts = rows.integer(6),
                            .content = {}};
    // Written by insert_events, so it is an object.
    if (auto content = matrix::parse_json(rows.text(7)); content && content->is_object()) {
      event.content = std::move(content->get_object());
    }
    out.push_back(std::move(event));
  }
  return out;
}

std::int64_t prune(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  tx.run(kPruneTransactions, before);
  return tx.run(kPruneEvents, before, limit);
}

StreamPos remember_join(store::Tx& tx, std::string_view user_id, std::string_view room_id, StreamPos pos) {
  tx.run(kInsertJoin, user_id, room_id, pos);
  auto rows = tx.query(kFindJoin, user_id, room_id);
  return rows.next() ? rows.integer(0) : pos;
}

bool is_joined(store::Connection& connection, std::string_view user_id, std::string_view room_id) {
  return connection.query(kFindJoin, user_id, room_id).next();
}

std::vector<std::string> joined_accounts(store::Connection& connection, std::string_view room_id, std::int64_t limit) {
  std::vector<std::string> out;
  auto rows = connection.query(kJoinedAccounts, room_id, limit);
  while (rows.next()) out.push_back(rows.string(0));
  return out;
}

bool insert_transaction(store::Tx& tx, std::string_view txn_id, base::UnixMs now) {
  return tx.run(kInsertTransaction, txn_id, now) == 1;
}

}  // namespace troupe::remote
