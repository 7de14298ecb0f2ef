#include "homeserver/rooms/directory_store.h"

namespace troupe::homeserver::directory_store {
namespace {

constexpr std::string_view kFind =
    "SELECT a.alias, a.room, r.room_id, a.creator FROM hs_alias a JOIN hs_room r ON r.room = a.room WHERE a.alias = ?1";
constexpr std::string_view kCountBy = "SELECT COUNT(*) FROM hs_alias WHERE creator = ?1";
constexpr std::string_view kInsert =
    "INSERT INTO hs_alias (alias, room, creator) VALUES (?1, ?2, ?3) ON CONFLICT (alias) DO NOTHING";
constexpr std::string_view kDelete = "DELETE FROM hs_alias WHERE alias = ?1";
constexpr std::string_view kMove = "UPDATE hs_alias SET room = ?2 WHERE room = ?1";
constexpr std::string_view kOfRoom = "SELECT alias FROM hs_alias WHERE room = ?1 ORDER BY alias LIMIT 1000";
constexpr std::string_view kListed =
    "SELECT r.room, r.room_id, COUNT(m.user_id) AS joined FROM hs_room r "
    "LEFT JOIN hs_membership m ON m.room = r.room AND m.membership = 'join' "
    "WHERE r.is_public = 1 AND r.blocked = 0 GROUP BY r.room, r.room_id ORDER BY joined DESC, r.room";

}  // namespace

std::optional<AliasRow> find_alias(store::Connection& connection, std::string_view alias) {
  auto rows = connection.query(kFind, alias);
  if (!rows.next()) return std::nullopt;
  return AliasRow{
      .alias = rows.string(0), .room = rows.integer(1), .room_id = rows.string(2), .creator = rows.string(3)};
}

std::int64_t count_aliases_by(store::Connection& connection, std::string_view creator) {
  auto rows = connection.query(kCountBy, creator);
  return rows.next() ? rows.integer(0) : 0;
}

bool insert_alias(store::Tx& tx, std::string_view alias, RoomNum room, std::string_view creator) {
  return tx.run(kInsert, alias, room, creator) == 1;
}

void delete_alias(store::Tx& tx, std::string_view alias) { tx.run(kDelete, alias); }
void move_aliases(store::Tx& tx, RoomNum from, RoomNum to) { tx.run(kMove, from, to); }

std::vector<std::string> aliases_of(store::Connection& connection, RoomNum room) {
  std::vector<std::string> aliases;
  auto rows = connection.query(kOfRoom, room);
  while (rows.next()) aliases.push_back(rows.string(0));
  return aliases;
}

std::vector<ListedRoom> listed_rooms(store::Connection& connection) {
  std::vector<ListedRoom> listed;
  auto rows = connection.query(kListed);
  while (rows.next())
    listed.push_back({.room = rows.integer(0), .room_id = rows.string(1), .joined_members = rows.integer(2)});
  return listed;
}

}  // namespace troupe::homeserver::directory_store
