#include "homeserver/rooms/room_operations.h"

#include <set>

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/account_data/account_data.h"
#include "homeserver/accounts/profile_store.h"
#include "homeserver/common/settings.h"
#include "homeserver/rooms/directory_store.h"
#include "matrix/auth.h"
#include "matrix/ids.h"
#include "matrix/member_rules.h"

namespace troupe::homeserver::rooms {

Result<Unit> check_content(const matrix::RoomVersion* version, const matrix::JsonObject& content) {
  const bool strict = !version || version->strict_numbers;
  // A copy into a Json would be a deep one: the members are looked at one by one.
  for (const auto& member : content) {
    auto checked = matrix::check_canonical(member.value(), strict ? matrix::Numbers::canonical : matrix::Numbers::any);
    if (!checked)
      return Error(checked.error().code(), "content." + std::string(member.key()) + ": " + checked.error().message());
  }
  return Unit{};
}

Result<const matrix::RoomVersion*> version_to_make(std::string_view id) {
  if (const auto* version = matrix::room_version(id.empty() ? matrix::kDefaultRoomVersion : id)) return version;
  const auto versions = matrix::room_versions();
  return Error(Errc::invalid_param, "This server makes rooms of versions " + std::string(versions.front().id) + " to " +
                                        std::string(versions.back().id) + ".")
      .with_wire_code("M_UNSUPPORTED_ROOM_VERSION");
}

std::string hash_of(const Actor& actor) {
  return actor.txn_path.empty() ? std::string() : memory::txn_hash(actor.user_id, actor.device_id, actor.txn_path);
}

memory::RoomForWrite::Origin origin_of(const Actor& actor, const std::string& hash) {
  return {.device = actor.device_id, .txn_id = actor.txn_id, .txn_hash = hash};
}

Result<std::optional<Sent>> seen_before(memory::Rooms& rooms, store::Tx& tx, const std::string& hash) {
  if (hash.empty()) return std::optional<Sent>();
  TRY(auto made, rooms.find_txn(tx, hash));
  if (!made) return std::optional<Sent>();
  return Sent{.event_id = std::move(made->event_id), .pos = made->pos, .duplicate = true};
}

Sent as_sent(const memory::StoredEventPtr& stored, bool duplicate) {
  return {.event_id = stored->event->event_id, .pos = stored->pos, .duplicate = duplicate};
}

namespace {

/// Refuses what could not be built as an event of the room. In versions 1 and 2, whose links have hashes, a little more
/// passes.
Result<Unit> check_built(const memory::RoomForWrite& room, const matrix::EventDraft& draft) {
  const auto& version = room.version();
  matrix::EventLinks links;
  links.room_id = room.room().id();
  if (version.event_ids == matrix::EventIds::given) links.event_id = room.last_event_id();  // as long
  links.prev_events.push_back(room.last_event_id());
  links.depth = room.depth();
  for (const auto& [type, state_key] : matrix::auth_state_keys(version, draft))
    if (const auto found = room.state(type, state_key)) links.auth_events.push_back(found->event_id);
  TRY(matrix::build_event(version, draft, std::move(links)));
  return Unit{};
}

}  // namespace

Result<Sent> unheard_sent(const memory::RoomForWrite& room, const memory::RoomForWrite::Allowed& allowed,
                          const std::string& hash) {
  TRY(check_built(room, allowed.draft()));
  // Drawn once, so that nobody tells such an id from another by working it out.
  static const auto secret = base::random_bytes(32);
  const auto digest = base::sha256(secret + (hash.empty() ? base::random_bytes(32) : hash));
  std::string id = "$";
  switch (room.version().event_ids) {
    case matrix::EventIds::given:
      id += base::hex(digest).substr(0, 18) + ":" +
            std::string(matrix::parse_user_id(room.state("m.room.create", "")->sender)->server);
      break;
    case matrix::EventIds::hash:
      id += base::base64(digest);
      break;
    case matrix::EventIds::hash_url_safe:
      id += base::base64url(digest);
      break;
  }
  return Sent{.event_id = std::move(id), .pos = 0, .duplicate = false};
}

Result<memory::RoomForWrite> open_for_member(memory::Rooms& rooms, store::Tx& tx, std::string_view room_id) {
  auto room = rooms.open(tx, room_id);
  if (!room && room.error().code() == Errc::not_found) return Error(Errc::forbidden, "You are not in this room.");
  return room;
}

matrix::EventDraft state_draft(std::string type, std::string state_key, std::string sender, matrix::JsonObject content,
                               std::int64_t now_ms) {
  return {.type = std::move(type),
          .sender = std::move(sender),
          .state_key = std::move(state_key),
          .content = std::move(content),
          .origin_server_ts = now_ms,
          .redacts = {}};
}

Error room_is_blocked() { return {Errc::forbidden, "This room has been blocked on this server"}; }

Result<Unit> check_not_blocked(const memory::RoomForWrite& room, std::string_view user_id,
                               std::string_view membership) {
  const bool comes_in = membership == "join" || membership == "invite" || membership == "knock";
  if (!comes_in || !room.room().is_blocked() || room.membership(user_id) == membership) return Unit{};
  return room_is_blocked();
}

Result<Unit> check_invite(store::Tx& tx, const host::Settings& settings, std::string_view sender,
                          std::string_view user_id, std::string_view membership) {
  if (membership != "invite" || is_server_itself(settings, sender) || !account_data::blocks_invites(tx, user_id))
    return Unit{};
  return Error(Errc::forbidden, std::string(user_id) + " wants no invitations.").with_wire_code("M_INVITE_BLOCKED");
}

bool is_server_itself(const host::Settings& settings, std::string_view user_id) {
  const auto& speaker = settings.of<NoticeSettings>().localpart;
  return !speaker.empty() && user_id == matrix::make_user_id(speaker, settings.server_name);
}

void add_profile(store::Tx& tx, std::string_view user_id, matrix::JsonObject& content) {
  auto names = accounts::profile_store::names(tx, user_id);
  if (!names.display_name.empty() && !content.contains("displayname")) content["displayname"] = names.display_name;
  if (!names.avatar_url.empty() && !content.contains("avatar_url")) content["avatar_url"] = names.avatar_url;
}

namespace {

/// Whether a room of the rule's `allow` list has the user as a member. Asks the rows: the writer loads no rooms for
/// this.
bool is_admitted(store::Tx& tx, const matrix::JsonObject& join_rules, std::string_view user_id) {
  constexpr std::size_t kMaxAllow = 50;
  const auto* allow = matrix::find_array(join_rules, "allow");
  if (!allow) return false;
  std::size_t looked = 0;
  for (const auto& entry : *allow) {
    if (++looked > kMaxAllow) return false;
    const auto* object = entry.if_object();
    if (!object || matrix::find_string(*object, "type") != "m.room_membership") continue;
    auto room_id = matrix::find_string(*object, "room_id");
    if (!room_id) continue;
    if (memory::event_store::membership_in(tx, user_id, *room_id) == "join") return true;
  }
  return false;
}

}  // namespace

std::string find_inviter(const memory::RoomForWrite& room) {
  matrix::PowerLevels levels(room.version(), room);
  auto may = [&](std::string_view user) {
    return room.membership(user) == "join" && levels.user(user) >= levels.invite();
  };
  auto create = room.state("m.room.create", "");
  if (!create) return {};
  for (auto& creator : matrix::creators(room.version(), *create))
    if (may(creator)) return creator;
  auto power = room.state("m.room.power_levels", "");
  if (const auto* users = power ? matrix::find_object(power->content, "users") : nullptr)
    for (const auto& member : *users) {
      std::string user(member.key());
      if (may(user)) return user;
    }
  // Nobody is named: somebody with the default level, when that is enough.
  if (levels.user("@") < levels.invite()) return {};
  return room.find_member("join", [&](std::string_view user) { return levels.user(user) >= levels.invite(); });
}

Result<Unit> add_restricted_join(store::Tx& tx, const memory::RoomForWrite& room, matrix::EventDraft& draft) {
  if (!draft.state_key || *draft.state_key != draft.sender) return Unit{};
  draft.content.erase("join_authorised_via_users_server");
  auto now = room.membership(draft.sender);
  if (now == "join" || now == "invite" || now == "ban") return Unit{};
  const auto rule = matrix::join_rule_of(room.version(), room);
  if (rule != "restricted" && rule != "knock_restricted") return Unit{};
  const auto rules = room.state("m.room.join_rules", "");
  if (!is_admitted(tx, rules->content, draft.sender)) return Unit{};  // the rules refuse it with a sentence
  auto by = find_inviter(room);
  if (by.empty())
    return Error(Errc::invalid_param, "Nobody in this room may let you in now.")
        .with_wire_code("M_UNABLE_TO_AUTHORISE_JOIN");
  draft.content["join_authorised_via_users_server"] = by;
  return Unit{};
}

Result<Unit> check_canonical_alias(store::Tx& tx, const memory::RoomForWrite& room, const matrix::JsonObject& content) {
  constexpr std::size_t kMaxAliases = 100;
  std::set<std::string_view> known;
  auto present = room.state("m.room.canonical_alias", "");
  auto collect = [](const matrix::JsonObject& from, auto&& take) -> Result<Unit> {
    if (const auto* alias = matrix::find(from, "alias"); alias && !alias->is_null()) {
      if (!alias->is_string()) return Error(Errc::invalid_param, "alias must be a string.");
      if (!alias->get_string().empty()) take(matrix::view(alias->get_string()));
    }
    if (const auto* more = matrix::find(from, "alt_aliases"); more && !more->is_null()) {
      if (!more->is_array() || more->get_array().size() > kMaxAliases)
        return Error(Errc::invalid_param, "alt_aliases must be an array of at most 100 aliases.");
      for (const auto& alias : more->get_array()) {
        if (!alias.is_string()) return Error(Errc::invalid_param, "alt_aliases must hold strings.");
        take(matrix::view(alias.get_string()));
      }
    }
    return Unit{};
  };
  if (present) {
    // Aliases that are there already may have gone stale: only new ones are judged.
    auto before = collect(present->content, [&](std::string_view alias) { known.insert(alias); });
    if (!before) known.clear();
  }
  std::vector<std::string_view> added;
  TRY(collect(content, [&](std::string_view alias) {
    if (!known.contains(alias)) added.push_back(alias);
  }));
  for (auto alias : added) {
    if (!matrix::parse_room_alias(alias))
      return Error(Errc::invalid_param, std::string(alias.substr(0, matrix::kMaxIdBytes)) + " is no room alias.");
    auto row = directory_store::find_alias(tx, alias);
    if (!row || row->room != room.room().num())
      return Error(Errc::invalid_param, std::string(alias) + " does not point to this room.")
          .with_wire_code("M_BAD_ALIAS");
  }
  return Unit{};
}

Result<Unit> check_alias_quota(store::Tx& tx, std::string_view creator, std::uint64_t at_most) {
  if (directory_store::count_aliases_by(tx, creator) < static_cast<std::int64_t>(at_most)) return Unit{};
  return Error(Errc::limit_exceeded, "This account has made as many room addresses as it may: remove some first.")
      .with_status(400);
}

}  // namespace troupe::homeserver::rooms
