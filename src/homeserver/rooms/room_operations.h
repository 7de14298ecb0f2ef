// Steps that several operations on rooms share. All run on the writer thread, inside an operation, except
// check_content and version_to_make.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "homeserver/rooms/room_service.h"

namespace troupe::homeserver::rooms {

inline constexpr std::string_view kMemberType = "m.room.member";

/// Content of an event as a client sent it to a room of the version; nullptr: of whatever version, judged strictly.
/// Error: bad_json (numbers that the version does not take, bad UTF-8).
Result<Unit> check_content(const matrix::RoomVersion* version, const matrix::JsonObject& content);
/// The version of a room that is to be made; empty: the default. Error: 400 M_UNSUPPORTED_ROOM_VERSION.
Result<const matrix::RoomVersion*> version_to_make(std::string_view id);

/// The hash under which a request's result is kept; empty when it carries no transaction id.
std::string hash_of(const Actor& actor);
memory::RoomForWrite::Origin origin_of(const Actor& actor, const std::string& hash);
/// What the same request gave before.
Result<std::optional<Sent>> seen_before(memory::Rooms& rooms, store::Tx& tx, const std::string& hash);
Sent as_sent(const memory::StoredEventPtr& stored, bool duplicate = false);

/// In place of what somebody unheard sends, once the rules have let it in: an id as the room's version has it, the same
/// for the same request. Errors: as those of sending it.
Result<Sent> unheard_sent(const memory::RoomForWrite& room, const memory::RoomForWrite::Allowed& allowed,
                          const std::string& hash);

/// The room, for somebody who must be in it: an unknown room is as forbidden as one they are not in.
Result<memory::RoomForWrite> open_for_member(memory::Rooms& rooms, store::Tx& tx, std::string_view room_id);

/// A draft of a state event.
matrix::EventDraft state_draft(std::string type, std::string state_key, std::string sender, matrix::JsonObject content,
                               std::int64_t now_ms);
/// A member event's content with the target's display name and avatar, where the caller gave none.
void add_profile(store::Tx& tx, std::string_view user_id, matrix::JsonObject& content);
/// For a join under a restricted rule: names the member who lets the user in, when one of the rule's rooms admits them.
/// Error: M_UNABLE_TO_AUTHORISE_JOIN.
Result<Unit> add_restricted_join(store::Tx& tx, const memory::RoomForWrite& room, matrix::EventDraft& draft);
/// Nobody comes into a blocked room, who is in it stays. Error: forbidden.
Result<Unit> check_not_blocked(const memory::RoomForWrite& room, std::string_view user_id, std::string_view membership);
/// Whether it is the account by which the server writes to people.
bool is_server_itself(const host::Settings& settings, std::string_view user_id);
/// Who wants no invitations gets none (Client-Server API #invite-permission), but for those of the server itself.
/// Error: forbidden M_INVITE_BLOCKED.
Result<Unit> check_invite(store::Tx& tx, const host::Settings& settings, std::string_view sender,
                          std::string_view user_id, std::string_view membership);
Error room_is_blocked();
/// A joined member who may invite; empty: none.
std::string find_inviter(const memory::RoomForWrite& room);

/// Whether the account may make one more alias. Error: limit_exceeded (400: waiting does not help).
Result<Unit> check_alias_quota(store::Tx& tx, std::string_view creator, std::uint64_t at_most);

/// Whether new aliases named by an m.room.canonical_alias event point to the room.
/// Errors: invalid_param (no alias), 400 M_BAD_ALIAS.
Result<Unit> check_canonical_alias(store::Tx& tx, const memory::RoomForWrite& room, const matrix::JsonObject& content);

}  // namespace troupe::homeserver::rooms
