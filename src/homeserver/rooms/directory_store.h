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

}  // namespace directory_store
}  // namespace troupe::homeserver::rooms
