#include "console/people/tenant_rooms.h"

namespace troupe::console::people {
namespace {

/// "hall" for "hall", "#hall" and "#hall:this.server"; another server's stays as it is and is refused.
std::string alias_localpart(std::string alias, std::string_view server_name) {
  if (alias.starts_with('#')) alias.erase(0, 1);
  if (const auto own = ":" + std::string(server_name); alias.ends_with(own)) alias.resize(alias.size() - own.size());
  return alias;
}

}  // namespace

Task<matrix::SentEvent> ReachedRoom::say(const ReachedUser& as, std::string text, std::string key) const {
  return rooms_.send({.room_id = room_id(),
                      .sender = as.user_id(),
                      .type = "m.room.message",
                      .content = {{"msgtype", "m.text"}, {"body", std::move(text)}},
                      .txn_id = std::move(key),
                      .plain_rooms_only = true});
}

Task<ReachedRoom> TenantRooms::find_in(const PeopleParts& parts, Reach reach, std::string room_id_or_alias) {
  auto unknown = [] { return Error(Errc::not_found, "There is no such room, or nobody of your tenant is in it."); };
  auto room_id = co_await parts.rooms.resolve_alias(std::move(room_id_or_alias));
  if (!room_id && reach.within && room_id.error().code() == Errc::not_found) co_return unknown();
  if (!room_id) co_return std::unexpected(std::move(room_id).error());
  if (reach.within) {
    auto members = co_await parts.rooms.joined_members(*room_id);
    if (!members && members.error().code() == Errc::not_found) co_return unknown();
    if (!members) co_return std::unexpected(std::move(members).error());
    CO_TRY(const bool ours, co_await parts.principals.any_in_tenant(*reach.within, *std::move(members)));
    if (!ours) co_return unknown();
  }
  CO_TRY(auto summary, co_await parts.rooms.room(*std::move(room_id)));
  co_return ReachedRoom(parts.rooms, std::move(summary));
}

Task<MadeRoom> TenantRooms::create_in(const PeopleParts& parts, std::string creator, RoomWish wish) {
  const auto& server_name = parts.accounts.server_name();
  matrix::NewRoom wanted{.creator = std::move(creator),
                         .name = std::move(wish.name),
                         .topic = std::move(wish.topic),
                         .is_public = wish.is_public,
                         .invite = {},
                         .version = {},
                         .alias = alias_localpart(std::move(wish.alias), server_name)};
  for (const auto& user : wish.invite) wanted.invite.push_back(user.user_id());
  MadeRoom made;
  if (!wanted.alias.empty()) made.canonical_alias = "#" + wanted.alias + ":" + server_name;
  CO_TRY(made.room_id, co_await parts.rooms.create_room(std::move(wanted)));
  co_return made;
}

Task<std::vector<matrix::RoomSummary>> TenantRooms::rooms_of(const PeopleParts& parts, std::string user_id) {
  CO_TRY(auto joined, co_await parts.rooms.joined_rooms(std::move(user_id)));
  std::vector<matrix::RoomSummary> rooms;
  for (const auto& room : joined) {
    CO_TRY(auto summary, co_await parts.rooms.room(room.room_id));
    rooms.push_back(std::move(summary));
  }
  co_return rooms;
}

}  // namespace troupe::console::people
