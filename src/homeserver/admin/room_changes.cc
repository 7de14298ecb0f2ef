#include "homeserver/admin/room_changes.h"

#include <algorithm>

#include "homeserver/rooms/block_store.h"
#include "homeserver/rooms/room_operations.h"
#include "matrix/ids.h"

namespace troupe::homeserver::admin {
namespace {

constexpr std::string_view kPowerLevels = "m.room.power_levels";
constexpr std::int64_t kUsualAdminLevel = 100;

bool is_public(const matrix::EventPtr& join_rules) {
  return join_rules && matrix::find_string(join_rules->content, "join_rule") == "public";
}

Error bad_request(std::string why) { return Error(Errc::invalid_param, std::move(why)).with_wire_code("M_UNKNOWN"); }

rooms::MembershipChange membership_of(std::string user_id, std::string room_id, std::string membership) {
  rooms::MembershipChange change;
  change.room_id = std::move(room_id);
  change.target = std::move(user_id);
  change.membership = std::move(membership);
  return change;
}

/// The mightiest of those who are in the room and have a level of their own; empty: nobody.
std::string mightiest(const memory::RoomForWrite& room, const std::vector<std::string>& creators) {
  const auto levels_event = room.state(kPowerLevels, "");
  if (!levels_event) return creators.front();
  auto candidates = room.version().creators_have_infinite_power ? creators : std::vector<std::string>();
  if (const auto* users = matrix::find_object(levels_event->content, "users")) {
    for (const auto& user : *users) candidates.emplace_back(user.key());
  }
  std::erase_if(candidates, [&](const std::string& user) { return room.membership(user) != "join"; });
  const matrix::PowerLevels levels(room.version(), room);
  const auto found = std::ranges::max_element(candidates, {}, [&](const auto& user) { return levels.user(user); });
  return found == candidates.end() ? std::string() : *found;
}

/// The room's levels with the user at the level that the mightiest is listed with.
matrix::JsonObject levels_with(const memory::RoomForWrite& room, const std::string& mighty, const std::string& user) {
  const auto present = room.state(kPowerLevels, "");
  auto content = present ? present->content : matrix::JsonObject();
  auto& users = content["users"];
  if (!users.is_object()) users = matrix::JsonObject();
  const auto* listed = users.get_object().if_contains(mighty);
  matrix::Json level = listed ? *listed : matrix::Json(kUsualAdminLevel);
  users.get_object()[user] = std::move(level);
  return content;
}

}  // namespace

Task<Unit> RoomChanges::set_blocked(std::string admin_id, std::string room_id, bool blocked) {
  CO_TRY(co_await service_.warm(room_id));
  const auto at_ms = clock_.unix_ms();
  auto change = [&](store::Tx& tx) -> Result<Unit> {
    if (blocked) {
      rooms::block_store::block(tx, room_id, admin_id, at_ms);
    } else {
      rooms::block_store::unblock(tx, room_id);
    }
    const auto room = rooms_.open(tx, room_id);
    if (room) rooms_.set_blocked(tx, *room, blocked);
    if (!room && room.error().code() != Errc::not_found) return std::unexpected(room.error());
    return Unit{};
  };
  co_return co_await db_.write(change, {.lane = store::Lane::send, .savepoint = true});
}

Task<BlockedBy> RoomChanges::blocked(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<BlockedBy> {
    BlockedBy found;
    found.user_id = rooms::block_store::blocked_by(connection, room_id);
    const auto row = memory::event_store::find_room(connection, room_id);
    found.block = found.user_id || (row && row->blocked);
    return found;
  };
  co_return co_await db_.read(read);
}

Task<Unit> RoomChanges::join(rooms::Actor admin, std::string user_id, std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<bool> {
    const auto room = rooms_.load(connection, room_id);
    if (!room) return Error(Errc::not_found, "Room not found");
    const auto rules = rooms_.peek_state(connection, room->num(), "m.room.join_rules");
    return rules && !is_public(rules->event);
  };
  CO_TRY(const bool needs_invite, co_await db_.read(read));
  if (needs_invite) {
    CO_TRY(co_await service_.change_membership(std::move(admin), membership_of(user_id, room_id, "invite")));
  }
  rooms::Actor user;
  user.user_id = user_id;
  CO_TRY(co_await service_.change_membership(std::move(user), membership_of(user_id, room_id, "join")));
  co_return Unit{};
}

Task<Unit> RoomChanges::make_admin(std::string user_id, std::string room_id) {
  CO_TRY(co_await service_.warm(room_id));
  const auto at_ms = clock_.unix_ms();
  auto change = [&](store::Tx& tx) -> Result<Unit> {
    TRY(auto room, rooms_.open(tx, room_id));
    const auto create = room.state("m.room.create", "");
    const auto creators = matrix::creators(room.version(), *create);
    const auto mighty = mightiest(room, creators);
    if (mighty.empty()) return bad_request("No local admin user in room");
    // A creator stands above all levels from version 12 on and must not be listed.
    const bool above =
        room.version().creators_have_infinite_power && std::ranges::find(creators, user_id) != creators.end();
    if (!above) {
      auto levels =
          rooms::state_draft(std::string(kPowerLevels), "", mighty, levels_with(room, mighty, user_id), at_ms);
      auto allowed = room.allow(std::move(levels));
      if (!allowed) return bad_request("No local admin user in room with power to update power levels.");
      TRY(room.append(tx, *std::move(allowed)));
    }
    const auto now = room.membership(user_id);
    if (now == "join" || now == "invite" || is_public(room.state("m.room.join_rules", ""))) return Unit{};
    TRY(rooms::check_not_blocked(room, user_id, "invite"));
    matrix::JsonObject content{{"membership", "invite"}};
    rooms::add_profile(tx, user_id, content);
    TRY(room.append(tx,
                    rooms::state_draft(std::string(rooms::kMemberType), user_id, mighty, std::move(content), at_ms)));
    return Unit{};
  };
  co_return co_await db_.write(change, {.lane = store::Lane::send, .savepoint = true});
}

}  // namespace troupe::homeserver::admin
