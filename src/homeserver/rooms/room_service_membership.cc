// Who is in a room: join, invite, leave, kick, ban, knock, forget; profiles in member events; many joins at once.
#include <algorithm>
#include <set>

#include "homeserver/accounts/account_store.h"
#include "homeserver/common/settings.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/notes.h"
#include "homeserver/memory/users.h"
#include "homeserver/rooms/block_store.h"
#include "homeserver/rooms/guest_rules.h"
#include "homeserver/rooms/room_operations.h"
#include "homeserver/rooms/room_service.h"
#include "matrix/ids.h"

namespace troupe::homeserver::rooms {
namespace {

constexpr store::WriteOptions kBulk{.lane = store::Lane::bulk, .savepoint = true};
constexpr std::size_t kRoomsPerBulk = 32;
constexpr std::size_t kMembersPerBulk = 128;  // up to two events each

/// What the request's word means for the member event; Error when the target's present membership does not fit.
Result<std::string> new_membership(const MembershipChange& change, std::string_view now, bool by_themselves) {
  if (change.membership == "kick") {
    if (by_themselves || now == "join" || now == "invite" || now == "knock") return std::string("leave");
    return Error(Errc::forbidden, "The user is not in this room.");
  }
  if (change.membership == "unban") {
    if (now == "ban") return std::string("leave");
    return Error(Errc::forbidden, "The user is not banned from this room.").with_wire_code("M_BAD_STATE");
  }
  return change.membership;
}

/// Whether the change asks for what is there already: answered without an event.
bool is_already(std::string_view now, std::string_view wanted) {
  return !now.empty() && now == wanted &&
         (wanted == "join" || wanted == "invite" || wanted == "knock" || wanted == "ban" || wanted == "leave");
}

/// What the server has to say to somebody is not refused unread. The error code is Synapse's.
Result<Unit> check_may_refuse(const memory::StoredEvent& invitation, const host::Settings& settings) {
  if (!is_server_itself(settings, invitation.event->sender)) return Unit{};
  return Error(Errc::forbidden,
               "This is the room in which the server writes to you: join it first, then you may leave.")
      .with_wire_code("M_CANNOT_LEAVE_SERVER_NOTICE_ROOM");
}

/// Runs `change` for each room, kRoomsPerBulk of them in a write, after each of them was warmed; its events are of when
/// their write began.
template <class Warm, class Change>
Task<Unit> in_bulk(store::Database& db, const base::Clock& clock, const std::vector<memory::MembershipRow>& rows,
                   Warm warm, const Change& change) {
  for (std::size_t from = 0; from < rows.size(); from += kRoomsPerBulk) {
    const auto chunk = std::span(rows).subspan(from, std::min(kRoomsPerBulk, rows.size() - from));
    for (const auto& row : chunk) {
      CO_TRY(co_await warm(row.room_id));
    }
    auto write = [&, at_ms = clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
      for (const auto& row : chunk) TRY(change(tx, row.room_id, at_ms));
      return Unit{};
    };
    CO_TRY(co_await db.write(write, kBulk));
  }
  co_return Unit{};
}

}  // namespace

Task<Sent> RoomService::change_membership(Actor actor, MembershipChange change) {
  if (!matrix::parse_user_id(change.target)) co_return Error(Errc::invalid_param, "user_id must be a user id.");
  if (change.reason.size() > 4096) co_return Error(Errc::invalid_param, "The reason may be at most 4096 bytes long.");
  const auto hash = hash_of(actor);
  CO_TRY(co_await prepare(change.room_id, !hash.empty()));
  CO_TRY(check_content_in(change.room_id, change.extra_content));
  const bool by_themselves = actor.user_id == change.target;
  const auto at_ms = clock_.unix_ms();

  auto apply = [&](store::Tx& tx) -> Result<Sent> {
    TRY(const auto seen, seen_before(rooms_, tx, hash));
    if (seen) return *seen;
    auto opened = rooms_.open(tx, change.room_id);
    bool entering = change.membership == "join" || change.membership == "knock";
    const bool unknown = !opened && opened.error().code() == Errc::not_found;
    if (unknown && entering && block_store::blocked_by(tx, change.room_id)) return room_is_blocked();
    if (unknown && entering) return Error(Errc::not_found, "There is no room " + change.room_id + " on this server.");
    if (unknown) return Error(Errc::forbidden, "You are not in this room.");
    TRY(auto room, std::move(opened));
    auto now = room.membership(change.target);
    TRY(auto wanted, new_membership(change, now, by_themselves));
    bool may_look = by_themselves || room.membership(actor.user_id) == "join";
    if (may_look && is_already(now, wanted)) return as_sent(room.state_event(kMemberType, change.target), true);
    TRY(check_not_blocked(room, change.target, wanted));
    TRY(check_guest(tx, room, actor.user_id, change.target, wanted));
    TRY(check_invite(tx, settings_, actor.user_id, change.target, wanted));
    if (by_themselves && wanted == "leave" && now == "invite") {
      TRY(check_may_refuse(*room.state_event(kMemberType, change.target), settings_));
    }

    // Who is unheard comes and goes as before, and says nothing with it.
    auto content = actor.unheard ? matrix::JsonObject() : change.extra_content;
    content["membership"] = wanted;
    if (!change.reason.empty() && !actor.unheard) content["reason"] = change.reason;
    if (wanted == "invite" && change.is_direct) content["is_direct"] = true;
    if (!actor.unheard && (entering || wanted == "invite")) add_profile(tx, change.target, content);
    auto draft = state_draft(std::string(kMemberType), change.target, actor.user_id, std::move(content), at_ms);
    if (wanted == "join") {
      TRY(add_restricted_join(tx, room, draft));
    }
    if (actor.unheard && !(by_themselves && (wanted == "join" || wanted == "leave"))) {
      TRY(const auto allowed, room.allow(std::move(draft)));
      return unheard_sent(room, allowed, hash);
    }
    TRY(auto stored, room.append(tx, std::move(draft), origin_of(actor, hash)));
    return as_sent(stored);
  };
  co_return co_await db_.write(apply);
}

Task<Unit> RoomService::forget(Actor actor, std::string room_id) {
  CO_TRY(co_await warm(room_id));
  auto apply = [&](store::Tx& tx) -> Result<Unit> {
    TRY(auto room, open_for_member(rooms_, tx, room_id));
    auto now = room.membership(actor.user_id);
    if (now.empty()) return Error(Errc::forbidden, "You never were in this room.");
    if (now != "leave" && now != "ban")
      return Error(Errc::invalid_param, "Leave the room before forgetting it.").with_wire_code("M_UNKNOWN");
    memory::event_store::set_forgotten(tx, actor.user_id, room.room().num());
    const auto num = room.room().num();
    const auto pos = room.state_event(kMemberType, actor.user_id)->pos;
    memory::notes::forgotten(tx, actor.user_id, num, pos);
    tx.after_commit([&users = rooms_.users(), user = actor.user_id, num, pos] { users.forgotten(user, num, pos); });
    return Unit{};
  };
  co_return co_await db_.write(apply);
}

Task<Unit> RoomService::leave_all(std::string user_id) {
  auto read = [&](store::Connection& connection) -> Result<std::vector<memory::MembershipRow>> {
    return memory::event_store::memberships_of(connection, user_id);
  };
  CO_TRY(auto rows, co_await db_.read(read));
  std::erase_if(rows, [](const memory::MembershipRow& row) {
    return row.membership != "join" && row.membership != "invite" && row.membership != "knock";
  });
  auto leave = [&](store::Tx& tx, const std::string& room_id, base::UnixMs at_ms) -> Result<Unit> {
    auto room = rooms_.open(tx, room_id);
    if (!room) return Unit{};
    auto now = room->membership(user_id);
    if (now != "join" && now != "invite" && now != "knock") return Unit{};
    TRY(room->append(tx, state_draft(std::string(kMemberType), user_id, user_id, {{"membership", "leave"}}, at_ms)));
    return Unit{};
  };
  co_return co_await in_bulk(db_, clock_, rows, [this](const auto& room_id) { return warm(room_id); }, leave);
}

Task<Unit> RoomService::send_guests_away(std::string room_id) {
  for (;;) {
    auto read = [&](store::Connection& connection) -> Result<std::vector<std::string>> {
      return guest_places::in_room(connection, room_id, kMembersPerBulk);
    };
    CO_TRY(const auto guests, co_await db_.read(read));
    if (guests.empty()) co_return Unit{};
    CO_TRY(co_await warm(room_id));
    const auto at_ms = clock_.unix_ms();
    auto leave = [&](store::Tx& tx) -> Result<std::size_t> {
      auto room = rooms_.open(tx, room_id);
      if (!room || lets_guests_in(*room)) return 0;
      std::size_t left = 0;
      for (const auto& user : guests) {
        if (room->membership(user) != "join") continue;
        TRY(room->append(tx, state_draft(std::string(kMemberType), user, user, {{"membership", "leave"}}, at_ms)));
        ++left;
      }
      return left;
    };
    CO_TRY(const auto left, co_await db_.write(leave, kBulk));
    if (left == 0 || guests.size() < kMembersPerBulk) co_return Unit{};
  }
}

Task<Unit> RoomService::send_guests_away() {
  constexpr std::size_t kPlacesAtOnce = 200;
  GuestPlace last;
  std::set<std::string> closed;  // rooms with guests whom they do not let in
  for (bool more = true; more;) {
    auto read = [&](store::Connection& connection) -> Result<Unit> {
      const auto places = guest_places::after(connection, last, kPlacesAtOnce);
      for (const auto& place : places) {
        if (closed.contains(place.room_id)) continue;
        const auto rule = rooms_.peek_state(connection, place.room, "m.room.guest_access", "");
        if (!rule || !lets_guests_in(rule->event->content)) closed.insert(place.room_id);
      }
      more = places.size() == kPlacesAtOnce;
      if (more) last = places.back();
      return Unit{};
    };
    CO_TRY(co_await db_.read(read));
    for (const auto& room_id : std::exchange(closed, {})) {
      CO_TRY(co_await send_guests_away(room_id));
    }
  }
  co_return Unit{};
}

Task<Unit> RoomService::refresh_profile(std::string user_id) {
  auto read = [&](store::Connection& connection) -> Result<std::vector<memory::MembershipRow>> {
    if (accounts::account_store::is_shadow_banned(connection, user_id)) return std::vector<memory::MembershipRow>();
    return memory::event_store::memberships_of(connection, user_id);
  };
  CO_TRY(auto rows, co_await db_.read(read));
  std::erase_if(rows, [](const memory::MembershipRow& row) { return row.membership != "join"; });
  auto update = [&](store::Tx& tx, const std::string& room_id, base::UnixMs at_ms) -> Result<Unit> {
    auto room = rooms_.open(tx, room_id);
    if (!room || room->membership(user_id) != "join") return Unit{};
    auto present = room->state_event(kMemberType, user_id);
    auto content = present->event->content;
    for (const auto* key : {"displayname", "avatar_url", "reason", "join_authorised_via_users_server"})
      content.erase(key);
    add_profile(tx, user_id, content);
    auto same = [&](std::string_view key) {
      return matrix::find_string(content, key) == matrix::find_string(present->event->content, key);
    };
    if (same("displayname") && same("avatar_url")) return Unit{};
    auto draft = state_draft(std::string(kMemberType), user_id, user_id, std::move(content), at_ms);
    // Refused cleanly (a restricted room that has changed its rules): the room keeps the old name.
    auto allowed = room->allow(std::move(draft));
    if (!allowed) return Unit{};
    TRY(room->append(tx, *std::move(allowed)));
    return Unit{};
  };
  co_return co_await in_bulk(db_, clock_, rows, [this](const auto& room_id) { return warm(room_id); }, update);
}

Task<JoinedMany> RoomService::join_all(std::string room_id, std::vector<std::string> user_ids) {
  if (user_ids.size() > kMaxBulkMembers)
    co_return Error(Errc::invalid_param, "At most 10,000 users can be joined at once.");
  for (const auto& user : user_ids)
    if (!matrix::parse_user_id(user))
      co_return Error(Errc::invalid_param, user.substr(0, matrix::kMaxIdBytes) + " is no user id.");
  CO_TRY(co_await warm(room_id));

  JoinedMany outcome;
  for (std::size_t from = 0; from < user_ids.size(); from += kMembersPerBulk) {
    auto chunk = std::span(user_ids).subspan(from, std::min(kMembersPerBulk, user_ids.size() - from));
    const auto at_ms = clock_.unix_ms();
    auto join = [&](store::Tx& tx) -> Result<JoinedMany> {
      TRY(auto room, rooms_.open(tx, room_id));
      std::string inviter;  // looked for when the first invite is needed
      JoinedMany done;
      for (const auto& user : chunk) {
        auto now = room.membership(user);
        const bool kept_out = now == "ban" || (now != "join" && !check_guest(tx, room, user, user, "join"));
        if (kept_out) done.banned.push_back(user);
        if (now == "join" || kept_out) continue;
        matrix::JsonObject content{{"membership", "join"}};
        add_profile(tx, user, content);
        auto draft = state_draft(std::string(kMemberType), user, user, content, at_ms);
        if (!matrix::authorize(room.version(), draft, room_id, room)) {
          if (inviter.empty()) inviter = find_inviter(room);
          if (inviter.empty()) return Error(Errc::forbidden, "Nobody in this room may invite.");
          auto invite = draft;
          invite.sender = inviter;
          invite.content["membership"] = "invite";
          TRY(room.append(tx, std::move(invite)));
        }
        TRY(room.append(tx, std::move(draft)));
        ++done.joined;
      }
      return done;
    };
    CO_TRY(auto done, co_await db_.write(join, kBulk));
    outcome.joined += done.joined;
    std::ranges::move(done.banned, std::back_inserter(outcome.banned));
  }
  co_return outcome;
}

}  // namespace troupe::homeserver::rooms
