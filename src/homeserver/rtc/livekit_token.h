// What a LiveKit server is told of a call: how its room and its people are named, and the tokens that let them in.
// Names: MSC4195 as lk-jwt-service and matrix-js-sdk have it; tokens:
// https://docs.livekit.io/home/get-started/authentication/
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "matrix/json.h"

namespace troupe::homeserver::rtc {

/// The slot of calls whose clients know of none: MSC4143's one call of a room.
inline constexpr std::string_view kRoomCallSlot = "m.call#ROOM";

/// Of a slot of a room: unpadded base64 of SHA-256 of the JSON array of both, so that the LiveKit server learns
/// neither.
std::string livekit_room(std::string_view room_id, std::string_view slot_id);

/// Who a member of a call is to LiveKit: made of user, device and the membership's own id, likewise.
std::string livekit_identity(std::string_view user_id, std::string_view device_id, std::string_view member_id);

/// Whose token it is. Both are the LiveKit server's own.
struct LivekitKey {
  std::string key;
  std::string secret;
};

/// A token (JWT, HS256) by which `identity` may do what `grant` says (LiveKit's "video grant"); an empty identity is
/// left out. Good from ten seconds before `now`, so that a clock which is a little behind takes it.
std::string livekit_token(const LivekitKey& key, std::string_view identity, matrix::JsonObject grant, base::UnixMs now,
                          std::chrono::seconds life);

}  // namespace troupe::homeserver::rtc
