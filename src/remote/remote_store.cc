#include "remote/remote_store.h"

#include <array>

#include "store/like.h"
#include "store/words.h"

namespace troupe::remote {
namespace {

using matrix::AccountKind;

using namespace store::words;

/// Content as homeservers send it: nested deeper than store::Json reads, and its numbers are read exactly.
struct Content : store::Json {
  static void read(store::Rows& rows, matrix::JsonObject& content) {
    content.clear();
    auto parsed = matrix::parse_json(rows.take<std::string_view>());
    if (parsed && parsed->is_object()) content = std::move(parsed->get_object());
  }
};

constexpr std::array<std::string_view, 3> kKinds{"person", "bot", "service"};  // AccountKind

constexpr auto kAccount =
    store::columns(column("user_id", &RemoteAccount::user_id),
                   column<store::Listed<kKinds, AccountKind::person>>("kind", &RemoteAccount::kind),
                   column("display_name", &RemoteAccount::display_name), column("admin", &RemoteAccount::admin),
                   column<store::BytesOrNull>("sealed_token", &RemoteAccount::sealed_token),
                   column<store::BytesOrNull>("sealed_password", &RemoteAccount::sealed_password),
                   column("since", &RemoteAccount::since), column("syncs", &RemoteAccount::syncs),
                   column("created_ms", &RemoteAccount::created_ms));
constexpr auto kUpsertAccount =
    sql(store::insert("rem_account", kAccount),
        " ON CONFLICT (user_id) DO UPDATE SET kind = excluded.kind, display_name = excluded.display_name, "
        "admin = excluded.admin, sealed_token = excluded.sealed_token, sealed_password = excluded.sealed_password, "
        "syncs = excluded.syncs");
constexpr auto kFromAccount = sql("SELECT ", kAccount, " FROM rem_account WHERE ");
constexpr auto kFindAccount = sql(kFromAccount, "user_id = ?1");
constexpr auto kFindService = sql(kFromAccount, "kind = 'service' AND admin = 1 ORDER BY created_ms LIMIT 1");
constexpr auto kMatch = sql("(lower(user_id) LIKE ?1 ESCAPE '\\' OR lower(display_name) LIKE ?1 ESCAPE '\\')");
constexpr auto kListAccounts = sql(kFromAccount, kMatch, " ORDER BY user_id LIMIT ?3 OFFSET ?2");
constexpr auto kCountAccounts = sql("SELECT count(*) FROM rem_account WHERE ", kMatch);

constexpr auto kEvent =
    store::columns(column("pos", &matrix::FeedEvent::pos), column("room_id", &matrix::FeedEvent::room_id),
                   column("event_id", &matrix::FeedEvent::event_id), column("type", &matrix::FeedEvent::type),
                   column("sender", &matrix::FeedEvent::sender), column("state_key", &matrix::FeedEvent::state_key),
                   column("origin_server_ts", &matrix::FeedEvent::origin_server_ts),
                   column<Content>("content", &matrix::FeedEvent::content));
constexpr auto kInsertEvent =
    sql(store::insert("rem_event", kEvent, "event_key", "received_ms"), " ON CONFLICT (event_key) DO NOTHING");
constexpr auto kEventsAfter =
    sql("SELECT ", kEvent, " FROM rem_event WHERE pos > ?1 AND pos <= ?2 ORDER BY pos LIMIT ?3");

constexpr std::string_view kInsertJoin =
    "INSERT INTO rem_join (user_id, room_id, pos) VALUES (?1, ?2, ?3) ON CONFLICT (user_id, room_id) DO NOTHING";
constexpr std::string_view kFindJoin = "SELECT pos FROM rem_join WHERE user_id = ?1 AND room_id = ?2";

/// Keeps rem_join in step with what an event says about one of our accounts.
void follow_membership(store::Tx& tx, const matrix::FeedEvent& event) {
  if (event.type != "m.room.member" || !event.state_key) return;
  const auto membership = matrix::find_string(event.content, "membership").value_or("");
  if (membership == "join") {
    if (find_account(tx, *event.state_key)) tx.run(kInsertJoin, *event.state_key, event.room_id, event.pos);
  } else if (membership == "leave" || membership == "ban") {
    tx.run("DELETE FROM rem_join WHERE user_id = ?1 AND room_id = ?2", *event.state_key, event.room_id);
  }
}

}  // namespace

void upsert_account(store::Tx& tx, const RemoteAccount& account) {
  store::run_insert(tx, kUpsertAccount, kAccount, account);
}

std::optional<RemoteAccount> find_account(store::Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kFindAccount, user_id), kAccount);
}

std::optional<RemoteAccount> find_service(store::Connection& connection) {
  return store::one(connection.query(kFindService), kAccount);
}

std::vector<RemoteAccount> list_accounts(store::Connection& connection, std::string_view search, std::int64_t from,
                                         std::int64_t limit) {
  return store::all(connection.query(kListAccounts, store::like_containing(search), from, limit), kAccount);
}

std::int64_t count_accounts(store::Connection& connection, std::string_view search) {
  return store::number(connection.query(kCountAccounts, store::like_containing(search)));
}

std::vector<std::string> syncing_accounts(store::Connection& connection) {
  return store::values<std::string>(
      connection.query("SELECT user_id FROM rem_account WHERE syncs = 1 ORDER BY user_id"));
}

void update_since(store::Tx& tx, std::string_view user_id, std::string_view since) {
  tx.run("UPDATE rem_account SET since = ?2 WHERE user_id = ?1", user_id, since);
}
void update_token(store::Tx& tx, std::string_view user_id, std::string_view sealed_token) {
  tx.run("UPDATE rem_account SET sealed_token = ?2 WHERE user_id = ?1", user_id, store::blob_or_null(sealed_token));
}
void update_display_name(store::Tx& tx, std::string_view user_id, std::string_view name) {
  tx.run("UPDATE rem_account SET display_name = ?2 WHERE user_id = ?1", user_id, name);
}
void update_admin(store::Tx& tx, std::string_view user_id, bool admin) {
  tx.run("UPDATE rem_account SET admin = ?2 WHERE user_id = ?1", user_id, admin);
}
void delete_account(store::Tx& tx, std::string_view user_id) {
  tx.run("DELETE FROM rem_account WHERE user_id = ?1", user_id);
  tx.run("DELETE FROM rem_join WHERE user_id = ?1", user_id);
}

void insert_events(store::Tx& tx, const std::vector<Incoming>& events, base::UnixMs now) {
  for (const auto& incoming : events) {
    auto event = incoming.event;
    if (has_event(tx, incoming.key)) continue;
    event.pos = tx.next_pos();
    store::run_insert(tx, kInsertEvent, kEvent, event, incoming.key, now);
    follow_membership(tx, event);
  }
}

bool has_event(store::Connection& connection, std::string_view key) {
  return store::any(connection.query("SELECT 1 FROM rem_event WHERE event_key = ?1", key));
}

std::vector<matrix::FeedEvent> events_after(store::Connection& connection, StreamPos cursor, StreamPos head,
                                            std::int64_t limit) {
  return store::all(connection.query(kEventsAfter, cursor, head, limit), kEvent);
}

std::int64_t prune(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  tx.run("DELETE FROM rem_txn WHERE received_ms < ?1", before);
  return tx.run(
      "DELETE FROM rem_event WHERE pos IN (SELECT pos FROM rem_event WHERE received_ms < ?1 "
      "ORDER BY received_ms LIMIT ?2)",
      before, limit);
}

StreamPos remember_join(store::Tx& tx, std::string_view user_id, std::string_view room_id, StreamPos pos) {
  tx.run(kInsertJoin, user_id, room_id, pos);
  return store::value<StreamPos>(tx.query(kFindJoin, user_id, room_id)).value_or(pos);
}

bool is_joined(store::Connection& connection, std::string_view user_id, std::string_view room_id) {
  return store::any(connection.query(kFindJoin, user_id, room_id));
}

std::vector<std::string> joined_accounts(store::Connection& connection, std::string_view room_id, std::int64_t limit) {
  return store::values<std::string>(
      connection.query("SELECT user_id FROM rem_join WHERE room_id = ?1 ORDER BY pos LIMIT ?2", room_id, limit));
}

bool insert_transaction(store::Tx& tx, std::string_view txn_id, base::UnixMs now) {
  return tx.run("INSERT INTO rem_txn (txn_id, received_ms) VALUES (?1, ?2) ON CONFLICT (txn_id) DO NOTHING", txn_id,
                now) == 1;
}

}  // namespace troupe::remote
