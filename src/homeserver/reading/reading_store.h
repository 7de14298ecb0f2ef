// SQL for receipts, account data, filters and unread counts. Rows become structs here and nowhere else.
// All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/rooms/event_store.h"

namespace troupe::homeserver::reading_store {

struct ReceiptRow {
  std::string user_id;
  std::string kind;    ///< m.read, m.read.private
  std::string thread;  ///< empty: not threaded; "main" or a root's event id
  std::string event_id;
  StreamPos event_pos = 0;
  std::int64_t ts_ms = 0;
  StreamPos pos = 0;
};
/// All receipts of a room.
std::vector<ReceiptRow> receipts(store::Connection&, RoomNum room);
std::optional<ReceiptRow> find_receipt(store::Connection&, RoomNum room, std::string_view user_id,
                                       std::string_view kind, std::string_view thread);
void put_receipt(store::Tx&, RoomNum room, const ReceiptRow& row);

/// Of one user in one room.
std::vector<ReceiptRow> receipts_of(store::Connection&, RoomNum room, std::string_view user_id);

/// An event that a user is to be told of beyond what its flags say.
struct NotifyRow {
  std::string user_id;
  RoomNum room = 0;
  StreamPos pos = 0;
  std::string membership;  ///< of the user in the room; empty: none
};
/// Those after this one by (user, room, position), at most `limit`.
std::vector<NotifyRow> notified_after(store::Connection&, std::string_view user_id, RoomNum room, StreamPos pos,
                                      std::size_t limit);

inline constexpr RoomNum kGlobal = 0;
struct AccountDataRow {
  RoomNum room = kGlobal;
  std::string type;
  std::string content;  ///< JSON text
  StreamPos pos = 0;
};
/// What changed with since < pos <= upto, ascending.
std::vector<AccountDataRow> account_data_since(store::Connection&, std::string_view user_id, StreamPos since,
                                               StreamPos upto);
std::vector<AccountDataRow> account_data_of_room(store::Connection&, std::string_view user_id, RoomNum room);
std::optional<AccountDataRow> find_account_data(store::Connection&, std::string_view user_id, RoomNum room,
                                                std::string_view type);
/// `before`: the entry that it replaces, as find_account_data() yields it in the same transaction.
void put_account_data(store::Tx&, std::string_view user_id, const AccountDataRow& row,
                      const std::optional<AccountDataRow>& before);
/// All entries of a user together. Kept by put_account_data().
struct AccountDataUsage {
  std::int64_t bytes = 0;  ///< of their contents
  std::int64_t entries = 0;
};
AccountDataUsage account_data_usage(store::Connection&, std::string_view user_id);

std::optional<std::string> find_filter(store::Connection&, std::string_view user_id, std::int64_t filter_id);
std::optional<std::int64_t> find_equal_filter(store::Connection&, std::string_view user_id, std::string_view content);
std::int64_t next_filter_id(store::Connection&, std::string_view user_id);
void insert_filter(store::Tx&, std::string_view user_id, std::int64_t filter_id, std::string_view content);

/// An event that notifies by default, or names the user: what unread counts are made of.
struct UnreadRow {
  StreamPos pos = 0;
  std::uint32_t flags = 0;
  bool own = false;         ///< sent by the user
  bool names_user = false;  ///< the bytes hold the user's id somewhere: worth a closer look
};
/// Newest first.
std::vector<UnreadRow> unread_rows(store::Connection&, RoomNum room, StreamPos after, StreamPos upto,
                                   std::string_view user_id, std::size_t limit);

struct RelationRow {
  StreamPos parent = 0;
  StreamPos pos = 0;
  std::string rel_type;
  std::string type;
  std::string sender;
};
/// Relations to one event with after < pos <= upto, ascending or descending; empty filters match all.
std::vector<RelationRow> relations(store::Connection&, StreamPos parent, std::string_view rel_type,
                                   std::string_view type, StreamPos after, StreamPos upto, std::size_t limit,
                                   bool newest_first);
/// How many there are with after < pos <= upto; of all, or by sender.
std::int64_t count_relations(store::Connection&, StreamPos parent, std::string_view rel_type, StreamPos after,
                             StreamPos upto);
struct RelationsOf {
  std::string sender;
  std::int64_t count = 0;
};
std::vector<RelationsOf> count_relations_by_sender(store::Connection&, StreamPos parent, std::string_view rel_type,
                                                   StreamPos after, StreamPos upto);
bool has_relation_by(store::Connection&, StreamPos parent, std::string_view rel_type, std::string_view sender,
                     StreamPos upto);

/// Positions of a room's answers in threads with pos < before, newest first.
std::vector<StreamPos> thread_answers(store::Connection&, RoomNum room, StreamPos before, std::size_t limit);

/// The first event of a room after a position, or the last one at or before it, with its time.
struct TimedEvent {
  StreamPos pos = 0;
  std::int64_t ts_ms = 0;
};
std::optional<TimedEvent> first_after(store::Connection&, RoomNum room, StreamPos pos);
std::optional<TimedEvent> last_upto(store::Connection&, RoomNum room, StreamPos pos);

}  // namespace troupe::homeserver::reading_store
