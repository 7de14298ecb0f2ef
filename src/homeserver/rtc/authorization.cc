#include "homeserver/rtc/authorization.h"

#include <algorithm>
#include <array>

namespace troupe::homeserver::rtc {
namespace {

/// Those that clients of MatrixRTC know: each is a room at LiveKit, so nobody names others. The second is the first's
/// older name.
constexpr std::array kSlots{kRoomCallSlot, std::string_view("m.call#")};

/// Not M_UNKNOWN_TOKEN: what was not taken is no access token, and no client is to sign out because of it.
Error unauthorized(std::string why) {
  return Error(Errc::unknown_token, std::move(why)).with_wire_code("M_UNAUTHORIZED");
}

}  // namespace

Task<bool> Authorization::is_joined(std::string room_id, std::string user_id) {
  auto look = [&rooms = parts_.rooms, room_id = std::move(room_id),
               user_id = std::move(user_id)](store::Connection& connection) -> Result<bool> {
    const auto room = rooms.load(connection, room_id);
    if (!room) return false;
    const base::ReadLock lock(room->mutex());
    return room->membership(user_id) == "join";
  };
  co_return co_await parts_.db.read(std::move(look));
}

Task<LetIn> Authorization::let_in(ComesIn who) {
  if (who.token.matrix_server_name != parts_.settings.server_name) {
    co_return Error(Errc::forbidden, "Only people of " + parts_.settings.server_name + " are let into calls here.");
  }
  if (std::ranges::find(kSlots, who.slot_id) == kSlots.end()) {
    co_return Error(Errc::invalid_param, "There is no such slot: a room has one call, m.call#ROOM.");
  }
  auto owner = co_await parts_.openid.owner_of(who.token.access_token);
  if (!owner && owner.error().code() == Errc::unknown_token) co_return unauthorized(owner.error().message());
  if (!owner) co_return std::unexpected(owner.error());
  const auto& user = owner->user_id;
  if (!who.claimed_user_id.empty() && who.claimed_user_id != user) {
    co_return unauthorized("The OpenID token is not of who is to come in.");
  }
  CO_TRY(const bool joined, co_await is_joined(who.room_id, user));
  if (!joined) co_return Error(Errc::forbidden, "You are not in this room.");
  auto room = livekit_room(who.room_id, who.slot_id);
  const auto identity =
      who.member_id.empty() ? user + ":" + who.device_id : livekit_identity(user, who.device_id, who.member_id);
  CO_TRY(co_await parts_.in_call.let_in({.livekit_room = room,
                                         .identity = identity,
                                         .room_id = std::move(who.room_id),
                                         .user_id = user,
                                         .device_id = owner->device_id}));
  CO_TRY(co_await parts_.sfu.make_room(room));
  co_return LetIn{.url = parts_.sfu.url(), .jwt = parts_.sfu.admit(room, identity)};
}

}  // namespace troupe::homeserver::rtc
