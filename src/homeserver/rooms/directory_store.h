// SQL for room aliases and the list of public rooms.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::rooms {

struct AliasRow {
  std::string alias;
  memory::RoomNum room = 0;
  std::string room_id;
  std::string creator;
};

struct ListedRoom {
  memory::RoomNum room = 0;
  std::string room_id;
  std::int64_t joined_members = 0;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
/// A room directory that an application service keeps.
struct Network {
  std::string service;  ///< its id
  std::string id;       ///< by which clients ask for it
};

namespace directory_store {

std::optional<AliasRow> find_alias(store::Connection&, std::string_view alias);
/// False when it is taken.
std::int64_t count_aliases_by(store::Connection&, std::string_view creator);
bool insert_alias(store::Tx&, std::string_view alias, memory::RoomNum room, std::string_view creator);
void delete_alias(store::Tx&, std::string_view alias);
/// Hands all aliases of one room to another.
void move_aliases(store::Tx&, memory::RoomNum from, memory::RoomNum to);
void delete_aliases_of(store::Tx&, memory::RoomNum room);
std::vector<std::string> aliases_of(store::Connection&, memory::RoomNum room);
/// All listed rooms, those with most members first.
std::vector<ListedRoom> listed_rooms(store::Connection&);
/// The same of a directory that an application service keeps, and of all directories together.
std::vector<ListedRoom> rooms_of_network(store::Connection&, std::string_view network);
std::vector<ListedRoom> rooms_of_all_networks(store::Connection&);
/// In all directories of the service.
std::int64_t count_network_rooms(store::Connection&, std::string_view service);
// Nothing when it is as it was.
void put_in_network(store::Tx&, const Network& network, memory::RoomNum room);
void take_from_network(store::Tx&, const Network& network, memory::RoomNum room);
/// To a room that is in none.
void move_networks(store::Tx&, memory::RoomNum from, memory::RoomNum to);
void delete_networks_of(store::Tx&, memory::RoomNum room);
/// The first service after this id that keeps a directory; empty: none.
std::string network_service_after(store::Connection&, std::string_view service);
/// Takes up to so many rooms out of the service's directories. Yields whether there may be more.
bool remove_networks_of(store::Tx&, std::string_view service, std::int64_t limit);

}  // namespace directory_store
}  // namespace troupe::homeserver::rooms
