#include "homeserver/rooms/directory_store.h"

#include "store/words.h"

namespace troupe::homeserver::rooms::directory_store {
namespace {

using namespace store::words;

constexpr auto kAlias =
    store::columns("a", column("alias", &AliasRow::alias), column("room", &AliasRow::room),
                   computed("r.room_id", &AliasRow::room_id), column("creator", &AliasRow::creator));
constexpr auto kFind = sql("SELECT ", kAlias, " FROM hs_alias a JOIN hs_room r ON r.room = a.room WHERE a.alias = ?1");
constexpr auto kListedRoom =
    store::columns("r", column("room", &ListedRoom::room), column("room_id", &ListedRoom::room_id),
                   computed("COUNT(m.user_id) AS joined", &ListedRoom::joined_members));
constexpr auto kOfRooms =
    sql(" FROM hs_room r LEFT JOIN hs_membership m ON m.room = r.room AND m.membership = 'join' "
        "WHERE r.blocked = 0 AND ");
constexpr auto kByMembers = sql(" GROUP BY r.room, r.room_id ORDER BY joined DESC, r.room");
constexpr auto kListed = sql("SELECT ", kListedRoom, kOfRooms, "r.is_public = 1", kByMembers);
constexpr auto kOfNetwork = sql("SELECT ", kListedRoom, kOfRooms,
                                "r.room IN (SELECT n.room FROM hs_network_room n WHERE n.network = ?1)", kByMembers);
constexpr auto kOfAllNetworks =
    sql("SELECT ", kListedRoom, kOfRooms, "(r.is_public = 1 OR r.room IN (SELECT n.room FROM hs_network_room n))",
        kByMembers);

}  // namespace

std::optional<AliasRow> find_alias(store::Connection& connection, std::string_view alias) {
  return store::one(connection.query(kFind, alias), kAlias);
}

std::int64_t count_aliases_by(store::Connection& connection, std::string_view creator) {
  return store::number(connection.query("SELECT COUNT(*) FROM hs_alias WHERE creator = ?1", creator));
}

bool insert_alias(store::Tx& tx, std::string_view alias, memory::RoomNum room, std::string_view creator) {
  return tx.run("INSERT INTO hs_alias (alias, room, creator) VALUES (?1, ?2, ?3) ON CONFLICT (alias) DO NOTHING", alias,
                room, creator) == 1;
}

void delete_alias(store::Tx& tx, std::string_view alias) { tx.run("DELETE FROM hs_alias WHERE alias = ?1", alias); }
void delete_aliases_of(store::Tx& tx, memory::RoomNum room) { tx.run("DELETE FROM hs_alias WHERE room = ?1", room); }
void move_aliases(store::Tx& tx, memory::RoomNum from, memory::RoomNum to) {
  tx.run("UPDATE hs_alias SET room = ?2 WHERE room = ?1", from, to);
}

std::vector<std::string> aliases_of(store::Connection& connection, memory::RoomNum room) {
  return store::values<std::string>(
      connection.query("SELECT alias FROM hs_alias WHERE room = ?1 ORDER BY alias LIMIT 1000", room));
}

std::vector<ListedRoom> listed_rooms(store::Connection& connection) {
  return store::all(connection.query(kListed), kListedRoom);
}

std::vector<ListedRoom> rooms_of_network(store::Connection& connection, std::string_view network) {
  return store::all(connection.query(kOfNetwork, network), kListedRoom);
}

std::vector<ListedRoom> rooms_of_all_networks(store::Connection& connection) {
  return store::all(connection.query(kOfAllNetworks), kListedRoom);
}

std::int64_t count_network_rooms(store::Connection& connection, std::string_view service) {
  return store::number(connection.query("SELECT COUNT(*) FROM hs_network_room WHERE service = ?1", service));
}

void put_in_network(store::Tx& tx, const Network& network, memory::RoomNum room) {
  tx.run(
      "INSERT INTO hs_network_room (network, room, service) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (network, room) DO NOTHING",
      network.id, room, network.service);
}

void take_from_network(store::Tx& tx, const Network& network, memory::RoomNum room) {
  tx.run("DELETE FROM hs_network_room WHERE network = ?1 AND room = ?2", network.id, room);
}

void move_networks(store::Tx& tx, memory::RoomNum from, memory::RoomNum to) {
  tx.run("UPDATE hs_network_room SET room = ?2 WHERE room = ?1", from, to);
}

void delete_networks_of(store::Tx& tx, memory::RoomNum room) {
  tx.run("DELETE FROM hs_network_room WHERE room = ?1", room);
}

std::string network_service_after(store::Connection& connection, std::string_view service) {
  auto found = store::values<std::string>(
      connection.query("SELECT service FROM hs_network_room WHERE service > ?1 ORDER BY service LIMIT 1", service));
  return found.empty() ? std::string() : std::move(found.front());
}

bool remove_networks_of(store::Tx& tx, std::string_view service, std::int64_t limit) {
  return std::ssize(store::values<std::string>(
             tx.query("DELETE FROM hs_network_room WHERE service = ?1 AND room IN (SELECT room FROM hs_network_room "
                      "WHERE service = ?1 ORDER BY room LIMIT ?2) RETURNING network",
                      service, limit))) >= limit;
}

}  // namespace troupe::homeserver::rooms::directory_store
