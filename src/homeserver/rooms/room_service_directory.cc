// Aliases and the list of public rooms.
#include <algorithm>
#include <cctype>

#include "base/mutex.h"
#include "homeserver/common/settings.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/rooms/directory_store.h"
#include "homeserver/rooms/room_operations.h"
#include "homeserver/rooms/room_service.h"
#include "matrix/ids.h"

namespace troupe::homeserver::rooms {
namespace {

constexpr std::size_t kMaxPage = 500;

/// The alias, checked: local and well-formed.
Result<Unit> check_local_alias(std::string_view alias, std::string_view server_name) {
  auto parts = matrix::parse_room_alias(alias);
  if (!parts) return Error(Errc::invalid_param, "The alias must look like #name:" + std::string(server_name) + ".");
  if (parts->server != server_name)
    return Error(Errc::invalid_param, "Only aliases of " + std::string(server_name) + " can be changed here.");
  return Unit{};
}

/// One room's entry, from memory when it is there, else from the rows: looking through the directory loads no rooms.
class Listing {
 public:
  Listing(store::Connection& connection, const memory::Rooms& rooms, const ListedRoom& listed)
      : connection_(connection), rooms_(rooms), listed_(listed) {}

  std::optional<std::string> text(std::string_view type, std::string_view key) {
    const auto stored = rooms_.peek_state(connection_, listed_.room, type);
    if (!stored) return std::nullopt;
    auto found = matrix::find_string(stored->event->content, key);
    return found && !found->empty() ? std::optional<std::string>(*found) : std::nullopt;
  }

  bool matches(const DirectoryQuery& query) {
    if (!query.room_types.empty() &&
        std::ranges::find(query.room_types, text("m.room.create", "type")) == query.room_types.end())
      return false;
    if (query.search.empty()) return true;
    for (const auto& value :
         {text("m.room.name", "name"), text("m.room.topic", "topic"), text("m.room.canonical_alias", "alias")}) {
      if (!value) continue;
      auto found = std::ranges::search(
          *value, query.search, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
      if (!found.empty()) return true;
    }
    return false;
  }

  matrix::JsonObject entry() {
    matrix::JsonObject out{{"room_id", listed_.room_id}, {"num_joined_members", listed_.joined_members}};
    auto put = [&](std::string_view name, std::optional<std::string> value) {
      if (value) out[name] = *std::move(value);
    };
    put("name", text("m.room.name", "name"));
    put("topic", text("m.room.topic", "topic"));
    put("canonical_alias", text("m.room.canonical_alias", "alias"));
    put("avatar_url", text("m.room.avatar", "url"));
    put("room_type", text("m.room.create", "type"));
    put("join_rule", text("m.room.join_rules", "join_rule"));
    out["world_readable"] = text("m.room.history_visibility", "history_visibility") == "world_readable";
    out["guest_can_join"] = text("m.room.guest_access", "guest_access") == "can_join";
    return out;
  }

 private:
  store::Connection& connection_;
  const memory::Rooms& rooms_;
  const ListedRoom& listed_;
};

}  // namespace

Result<Unit> RoomService::check_alias_owner(const Actor& actor, std::string_view alias) const {
  const auto exclusive = [](std::string_view why) {
    return Error(Errc::invalid_param, std::string(why)).with_wire_code("M_EXCLUSIVE");
  };
  if (actor.service && !actor.service->has_alias(alias))
    return exclusive("This alias is not in a namespace of the application service.");
  if (services_ && services_->is_taken_alias(alias, actor.service))
    return exclusive("This alias belongs to an application service.");
  return Unit{};
}

Task<Unit> RoomService::put_alias(Actor actor, std::string alias, std::string room_id) {
  CO_TRY(check_local_alias(alias, settings_.server_name));
  CO_TRY(check_alias_owner(actor, alias));
  CO_TRY(co_await warm(room_id));
  auto put = [&](store::Tx& tx) -> Result<Unit> {
    auto room = rooms_.open(tx, room_id);
    if (!room && room.error().code() == Errc::not_found) return Error(Errc::not_found, "There is no such room.");
    if (!room) return std::unexpected(room.error());
    if (room->membership(actor.user_id) != "join") return Error(Errc::forbidden, "You are not in this room.");
    TRY(check_alias_quota(tx, actor.user_id, settings_.of<HomeserverSettings>().aliases_per_user));
    if (!directory_store::insert_alias(tx, alias, room->room().num(), actor.user_id))
      return Error(Errc::conflict, "The alias " + alias + " is taken.");
    return Unit{};
  };
  co_return co_await db_.write(put);
}

Task<Unit> RoomService::delete_alias(Actor actor, std::string alias) {
  CO_TRY(check_local_alias(alias, settings_.server_name));
  CO_TRY(check_alias_owner(actor, alias));
  CO_TRY(auto room_id, co_await resolve(alias));
  CO_TRY(co_await warm(room_id));
  const auto now = clock_.unix_ms();
  auto remove = [&](store::Tx& tx) -> Result<Unit> {
    auto row = directory_store::find_alias(tx, alias);
    if (!row) return Error(Errc::not_found, "There is no alias " + alias + ".");
    TRY(auto room, rooms_.open(tx, row->room_id));
    auto present = room.state("m.room.canonical_alias", "");
    auto change = state_draft("m.room.canonical_alias", "", actor.user_id,
                              present ? present->content : matrix::JsonObject(), now);
    bool may_change = matrix::authorize(room.version(), change, row->room_id, room).has_value();
    if (row->creator != actor.user_id && !may_change)
      return Error(Errc::forbidden, "Only whoever made the alias, or a moderator of its room, can remove it.");
    directory_store::delete_alias(tx, alias);
    // A canonical alias that points nowhere misleads: it goes too, when its remover may say so.
    bool named = matrix::find_string(change.content, "alias") == alias;
    if (named) change.content.erase("alias");
    if (auto* more = change.content.if_contains("alt_aliases"); more && more->is_array()) {
      auto& list = more->get_array();
      for (auto entry = list.begin(); entry != list.end();) {
        if (entry->is_string() && matrix::view(entry->get_string()) == alias) {
          entry = list.erase(entry);
          named = true;
        } else {
          ++entry;
        }
      }
    }
    if (named && may_change) {
      TRY(room.append(tx, std::move(change)));
    }
    return Unit{};
  };
  co_return co_await db_.write(remove, {.lane = store::Lane::send, .savepoint = true});
}

Task<std::string> RoomService::resolve(std::string room_id_or_alias) {
  if (!room_id_or_alias.starts_with('#')) {
    if (!matrix::parse_room_id(room_id_or_alias))
      co_return Error(Errc::invalid_param, "This is neither a room id (!…) nor a room alias (#name:server).");
    co_return room_id_or_alias;
  }
  if (!matrix::parse_room_alias(room_id_or_alias))
    co_return Error(Errc::invalid_param, "This is neither a room id (!…) nor a room alias (#name:server).");
  auto read = [&](store::Connection& connection) -> Result<std::string> {
    auto row = directory_store::find_alias(connection, room_id_or_alias);
    if (!row) return Error(Errc::not_found, "There is no room " + room_id_or_alias + ".");
    return row->room_id;
  };
  co_return co_await db_.read(read);
}

Task<Unit> RoomService::set_listed(Actor actor, std::string room_id, bool is_public) {
  CO_TRY(co_await warm(room_id));
  const auto now = clock_.unix_ms();
  auto change = [&](store::Tx& tx) -> Result<Unit> {
    TRY(auto room, rooms_.open(tx, room_id));
    // Whoever may name the room's main alias may list it, as other servers have it.
    auto naming = state_draft("m.room.canonical_alias", "", actor.user_id, {}, now);
    TRY(matrix::authorize(room.version(), naming, room_id, room));
    if (!actor.unheard || !is_public) rooms_.set_public(tx, room, is_public);
    return Unit{};
  };
  co_return co_await db_.write(change);
}

Task<Unit> RoomService::set_in_network(Actor actor, std::string network, std::string room_id, bool listed) {
  if (!actor.service) co_return Error(Errc::forbidden, "Only application services keep room directories of their own.");
  const Network directory{.service = actor.service->id(), .id = actor.service->id() + "|" + network};
  CO_TRY(co_await warm(room_id));
  auto change = [&](store::Tx& tx) -> Result<Unit> {
    TRY(auto room, rooms_.open(tx, room_id));
    if (room.membership(actor.user_id) != "join") return Error(Errc::forbidden, "You are not in this room.");
    const auto num = room.room().num();
    if (!listed) {
      directory_store::take_from_network(tx, directory, num);
      return Unit{};
    }
    if (directory_store::count_network_rooms(tx, directory.service) >= kMaxNetworkRooms)
      return Error(Errc::limit_exceeded, "The directories of this application service are full.");
    directory_store::put_in_network(tx, directory, num);
    return Unit{};
  };
  co_return co_await db_.write(change);
}

Task<bool> RoomService::is_listed(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<bool> {
    auto row = memory::event_store::find_room(connection, room_id);
    if (!row) return Error(Errc::not_found, "There is no such room.");
    return row->is_public;
  };
  co_return co_await db_.read(read);
}

Task<std::vector<std::string>> RoomService::aliases(Actor actor, std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<std::vector<std::string>> {
    auto room = rooms_.load(connection, room_id);
    if (!room) return Error(Errc::forbidden, "You are not in this room.");
    {
      const base::ReadLock lock(room->mutex());
      auto visibility = room->state_event("m.room.history_visibility", "");
      bool open =
          visibility && matrix::find_string(visibility->event->content, "history_visibility") == "world_readable";
      if (!open && room->membership(actor.user_id) != "join")
        return Error(Errc::forbidden, "You are not in this room.");
    }
    return directory_store::aliases_of(connection, room->num());
  };
  co_return co_await db_.read(read);
}

Task<DirectoryPage> RoomService::directory(DirectoryQuery query) {
  auto read = [&](store::Connection& connection) -> Result<DirectoryPage> {
    DirectoryPage page;
    auto listed = query.all_networks      ? directory_store::rooms_of_all_networks(connection)
                  : query.network.empty() ? directory_store::listed_rooms(connection)
                                          : directory_store::rooms_of_network(connection, query.network);
    auto limit = std::clamp<std::size_t>(query.limit, 1, kMaxPage);
    auto from = static_cast<std::size_t>(std::clamp<std::int64_t>(query.offset, 0, std::ssize(listed)));
    page.total = std::ssize(listed);
    for (auto i = from; i < listed.size(); ++i) {
      if (page.chunk.size() == limit) {
        page.next = static_cast<std::int64_t>(i);
        break;
      }
      Listing listing(connection, rooms_, listed[i]);
      if (listing.matches(query)) page.chunk.push_back(listing.entry());
    }
    return page;
  };
  co_return co_await db_.read(read);
}

}  // namespace troupe::homeserver::rooms
