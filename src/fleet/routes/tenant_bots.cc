#include "fleet/routes/tenant_bots.h"

namespace troupe::fleet::routes {
namespace {

/// Of a search for a whole user id: names that hold it are longer, and few.
constexpr std::int64_t kMostMatches = 10;

}  // namespace

Actor actor_of(const net::route::Caller& caller, std::string address) {
  const auto& credential = identity::credential_of(caller);
  return {.label = credential.principal.label(),
          .server_admin = identity::is_server_admin(caller),
          .address = std::move(address)};
}

Task<std::vector<matrix::RoomSummary>> TenantBots::rooms_with(service::BotService& bots, matrix::RoomActions& rooms,
                                                              Pair pair) {
  CO_TRY(auto found, co_await bots.rooms(pair.tenant_id, std::move(pair.bot_id)));
  std::vector<matrix::JoinedRoom> own;
  if (!pair.user_id.empty()) {
    CO_TRY(own, co_await rooms.joined_rooms(std::move(pair.user_id)));
  }
  std::erase_if(found, [&](const matrix::RoomSummary& room) {
    return std::ranges::find(own, room.room_id, &matrix::JoinedRoom::room_id) == own.end();
  });
  co_return found;
}

Task<std::optional<std::string>> BotDoor::owner_of(service::BotService& bots, std::int64_t tenant_id,
                                                   std::string user_id) {
  CO_TRY(auto found, co_await bots.list(tenant_id, user_id, 0, kMostMatches));
  for (const auto& view : found.items) {
    if (view.bot.user_id == user_id) co_return view.bot.bot_id;
  }
  co_return std::nullopt;
}

}  // namespace troupe::fleet::routes
