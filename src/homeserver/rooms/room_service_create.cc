// Making rooms, and making a new one in place of an old one.
#include <algorithm>
#include <ranges>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "homeserver/common/settings.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/event_store.h"
#include "homeserver/rooms/directory_store.h"
#include "homeserver/rooms/room_creation.h"
#include "homeserver/rooms/room_service.h"
#include "matrix/ids.h"
#include "matrix/level_values.h"
#include "matrix/member_rules.h"

namespace troupe::homeserver::rooms {
namespace {

constexpr store::WriteOptions kWithSavepoint{.lane = store::Lane::send, .savepoint = true};

constexpr std::size_t kMaxCopiedBans = 1000;   // more would hold up the writer
constexpr std::size_t kMaxCopiedLinks = 1000;  // as many as a space shows; the newest, more would hold up the writer

/// State that goes over into the replacement room, where the old room has it (Client-Server API #server-behaviour-18).
constexpr std::array<std::string_view, 8> kCopiedTypes{
    "m.room.server_acl",   "m.room.encryption",         "m.room.name",      "m.room.avatar", "m.room.topic",
    "m.room.guest_access", "m.room.history_visibility", "m.room.join_rules"};

matrix::JsonObject content_or_empty(const memory::RoomForWrite& room, std::string_view type) {
  auto event = room.state(type, "");
  return event ? event->content : matrix::JsonObject();
}

/// Content of the old room in a form that the new version takes.
matrix::JsonObject content_for(const memory::RoomForWrite& old, const matrix::RoomVersion& version,
                               matrix::JsonObject content) {
  if (version.strict_numbers && !old.version().strict_numbers)
    content = std::move(matrix::with_canonical_numbers(std::move(content)).get_object());
  return content;
}
matrix::JsonObject content_for(const memory::RoomForWrite& old, const matrix::RoomVersion& version,
                               std::string_view type) {
  return content_for(old, version, content_or_empty(old, type));
}

/// The old room's levels, fit for the new version: integers; creators are not listed from version 12 on, and must be
/// before.
matrix::JsonObject levels_for(const memory::RoomForWrite& old, const matrix::RoomVersion& version,
                              std::string_view creator, const std::vector<std::string>& creators) {
  auto levels = content_or_empty(old, "m.room.power_levels");
  if (old.version().levels != matrix::LevelForms::integers)
    levels = matrix::integer_levels(old.version(), std::move(levels));
  if (version.strict_numbers) levels = std::move(matrix::with_canonical_numbers(std::move(levels)).get_object());
  auto& users = levels["users"];
  if (!users.is_object()) users = matrix::JsonObject();
  if (version.creators_have_infinite_power) {
    for (const auto& user : creators) users.get_object().erase(user);
    auto& events = levels["events"];
    if (!events.is_object()) events = matrix::JsonObject();
    auto tombstone = matrix::find_integer(events.get_object(), "m.room.tombstone");
    if (!tombstone || *tombstone < 150) events.get_object()["m.room.tombstone"] = 150;
    return levels;
  }
  if (old.version().creators_have_infinite_power) {
    if (auto create = old.state("m.room.create", ""))
      for (const auto& user : matrix::creators(old.version(), *create)) users.get_object()[user] = 100;
    // Nobody stands above 100 any more: what only creators could do is theirs still.
    if (auto* events = levels.if_contains("events"); events && events->is_object()) {
      auto& tombstone = events->get_object()["m.room.tombstone"];
      if (!tombstone.is_int64() || tombstone.get_int64() > 100) tombstone = 100;
    }
  }
  auto own = matrix::find_integer(users.get_object(), creator);
  if (!own || *own < 100) users.get_object()[creator] = 100;
  return levels;
}

/// Nobody but moderators speaks in the old room any more.
matrix::JsonObject restricted_levels(const memory::RoomForWrite& old) {
  auto levels = content_or_empty(old, "m.room.power_levels");
  const auto present = [&](std::string_view key) { return matrix::find_level(old.version(), levels, key).value_or(0); };
  const auto users_default = std::min(present("users_default"), matrix::kMaxCanonicalInteger - 1);
  auto level = std::max<std::int64_t>(50, users_default + 1);
  for (const auto* key : {"events_default", "invite"})
    if (present(key) < level) levels[key] = level;
  return levels;
}

CreationPlan replacement_plan(const memory::RoomForWrite& old, const matrix::RoomVersion& version,
                              const std::string& creator, const UpgradeRoom& request) {
  CreationPlan plan;
  plan.version = &version;
  plan.creator = creator;
  plan.is_public = old.room().is_public();
  for (const auto& member : content_for(old, version, "m.room.create"))
    if (member.key() == "type" || member.key() == "m.federate") plan.create_content[member.key()] = member.value();
  plan.create_content["room_version"] = version.id;
  std::vector<std::string> creators{creator};
  if (version.creators_have_infinite_power) {
    matrix::JsonArray additional;
    for (const auto& user : request.additional_creators) {
      if (std::ranges::find(creators, user) != creators.end()) continue;
      creators.push_back(user);
      additional.emplace_back(user);
    }
    if (!additional.empty()) plan.create_content["additional_creators"] = std::move(additional);
  } else if (version.creator_in_create_content) {
    plan.create_content["creator"] = creator;
  }
  plan.power_levels = levels_for(old, version, creator, creators);
  for (auto type : kCopiedTypes) {
    if (!old.state(type, "")) continue;
    auto content = content_for(old, version, type);
    // A rule that the new version does not know would let nobody in, not even who is invited.
    if (type == "m.room.join_rules" && !matrix::is_join_rule(version, matrix::join_rule_of(old.version(), old)))
      content = {{"join_rule", "invite"}};
    // What keeps people out, or what they say to themselves, is never lost on the way.
    const bool may_be_left_out = type == "m.room.name" || type == "m.room.avatar" || type == "m.room.topic";
    plan.initial_state.push_back({.type = std::string(type),
                                  .state_key = "",
                                  .content = std::move(content),
                                  .may_be_left_out = may_be_left_out});
  }
  return plan;
}

bool leads_somewhere(const matrix::JsonObject& link) {
  const auto* via = matrix::find(link, "via");
  return via && via->is_array() && !via->get_array().empty();
}

/// A space keeps what is in it, and a room the spaces that it belongs to: only the room's own members could say so
/// anew.
void copy_space_links(store::Tx& tx, const memory::RoomForWrite& old, CreationPlan& plan) {
  for (const auto* type : {"m.space.child", "m.space.parent"}) {
    auto links = memory::event_store::state_at(tx, old.room().num(), tx.last_pos(), type);
    // A key that is a person's may be written by that person alone: whoever upgrades could not.
    std::erase_if(links, [](const auto& stored) {
      return !stored->event->state_key->starts_with('!') || !leads_somewhere(stored->event->content);
    });
    std::ranges::sort(links, std::greater<>(), [](const auto& stored) { return stored->pos; });
    if (links.size() > kMaxCopiedLinks) links.resize(kMaxCopiedLinks);
    // The older first: children without an order of their own stand by their age.
    for (const auto& stored : links | std::views::reverse) {
      plan.initial_state.push_back({.type = type,
                                    .state_key = *stored->event->state_key,
                                    .content = content_for(old, *plan.version, stored->event->content),
                                    .may_be_left_out = true});
    }
  }
}

/// Levels under which whoever upgrades may set all that is copied, also what others with more power had set. Nothing
/// when the levels of the room are such already: those are set at the end then.
std::optional<matrix::JsonObject> levels_while_copying(const CreationPlan& plan) {
  if (plan.version->creators_have_infinite_power) return std::nullopt;
  const auto& levels = plan.power_levels;
  std::int64_t most = 100;
  for (const auto* key : {"state_default", "ban", "kick"})
    most = std::max(most, matrix::find_level(*plan.version, levels, key).value_or(0));
  if (const auto* events = matrix::find_object(levels, "events")) {
    for (const auto& event : *events)
      most = std::max(most, matrix::find_level(*plan.version, *events, matrix::view(event.key())).value_or(0));
  }
  const auto* users = matrix::find_object(levels, "users");
  if (users && matrix::find_level(*plan.version, *users, plan.creator).value_or(0) >= most) return std::nullopt;
  auto raised = levels;
  raised["users"].get_object()[plan.creator] = most;
  return raised;
}

/// Says what an upgrade could not carry over. The first ones do: there may be a thousand.
void log_left_out(const std::string& old_id, const std::string& new_id, const std::vector<std::string>& left_out) {
  if (left_out.empty()) return;
  constexpr std::size_t kMostNamed = 5;
  std::string named;
  for (const auto& what : left_out | std::views::take(kMostNamed)) named += (named.empty() ? "" : "; ") + what;
  base::log_warning("homeserver", "an upgraded room lacks what could not be copied",
                    {{"room_id", old_id},
                     {"replacement", new_id},
                     {"left_out", static_cast<std::int64_t>(left_out.size())},
                     {"what", named}});
}

std::string tombstone_of(const memory::RoomPtr& room) {
  if (!room) return {};
  const base::ReadLock lock(room->mutex());
  const auto stored = room->state_event("m.room.tombstone", "");
  return stored ? stored->event->event_id : std::string();
}

/// Somebody was quicker: their room is this one's replacement. Whoever asked twice gets one answer.
Result<std::string> replaced_meanwhile(const matrix::Event& tombstone, std::string_view user_id) {
  auto replacement = matrix::find_string(tombstone.content, "replacement_room");
  if (tombstone.sender == user_id && replacement) return std::string(*replacement);
  return Error(Errc::conflict, "Somebody else is replacing this room at this moment.").with_status(400);
}

/// A room of somebody unheard: it is made, and nobody is told of it.
void keep_to_oneself(CreationPlan& plan) {
  plan.is_public = false;
  plan.invite.clear();
  std::erase_if(plan.initial_state, [](const auto& entry) { return entry.type == kMemberType; });
}

}  // namespace

Task<std::string> RoomService::create(Actor actor, CreateRoom request) {
  if (request.version.empty()) request.version = settings_.of<HomeserverSettings>().default_room_version;
  CO_TRY(auto plan, plan_creation(std::move(request), actor.user_id, settings_.server_name));
  if (!plan.alias.empty()) {
    CO_TRY(check_alias_owner(actor, plan.alias));
  }
  const auto room_id = draw_room_id(*plan.version, settings_.server_name);
  const auto now = clock_.unix_ms();
  auto make = [&](store::Tx& tx) -> Result<std::string> {
    if (!plan.alias.empty()) {
      TRY(check_alias_quota(tx, plan.creator, settings_.of<HomeserverSettings>().aliases_per_user));
    }
    for (const auto& user : plan.invite) {
      TRY(check_invite(tx, settings_, plan.creator, user, "invite"));
    }
    for (const auto& entry : plan.initial_state) {
      if (entry.type != kMemberType) continue;
      const auto membership = matrix::find_string(entry.content, "membership").value_or("");
      TRY(check_invite(tx, settings_, plan.creator, entry.state_key, membership));
    }
    if (actor.unheard) keep_to_oneself(plan);
    TRY(auto room, create_room(rooms_, tx, plan, room_id, now));
    return room.room().id();
  };
  co_return co_await db_.write(make, kWithSavepoint);
}

Task<std::string> RoomService::upgrade(Actor actor, UpgradeRoom request) {
  CO_TRY(const auto* version, version_to_make(request.version));
  if (request.additional_creators.size() > kMaxInvites)
    co_return Error(Errc::invalid_param, "additional_creators may hold at most 100 user ids.");
  for (const auto& user : request.additional_creators)
    if (!matrix::parse_user_id(user)) co_return Error(Errc::invalid_param, "additional_creators must hold user ids.");
  CO_TRY(co_await warm(request.room_id));
  const auto replaced_before = tombstone_of(rooms_.find(request.room_id));

  const auto new_room_id = draw_room_id(*version, settings_.server_name);
  const auto now = clock_.unix_ms();
  const auto made_up = "!" + base::base64url(base::as_bytes(base::random_bytes(32)));  // for somebody unheard
  std::vector<std::string> left_out;
  auto replace = [&](store::Tx& tx) -> Result<std::string> {
    left_out.clear();
    TRY(auto old, open_for_member(rooms_, tx, request.room_id));
    auto tombstone = [&](std::string_view replacement) {
      return state_draft("m.room.tombstone", "", actor.user_id,
                         {{"body", "This room has been replaced."}, {"replacement_room", replacement}}, now);
    };
    if (actor.unheard) {
      TRY(old.allow(tombstone("!")));
      return new_room_id.empty() ? made_up : new_room_id;
    }
    if (const auto closed = old.state("m.room.tombstone", ""); closed && closed->event_id != replaced_before) {
      TRY(old.allow(tombstone("!")));
      return replaced_meanwhile(*closed, actor.user_id);
    }
    auto plan = replacement_plan(old, *version, actor.user_id, request);
    copy_space_links(tx, old, plan);
    // Up to version 11 the predecessor names the tombstone event, so that must come first; from 12 on the new room's id
    // is known only when the room is there.
    if (!version->room_id_is_create_hash) {
      TRY(auto closed, old.append(tx, tombstone(new_room_id)));
      plan.create_content["predecessor"] = {{"room_id", request.room_id}, {"event_id", closed->event->event_id}};
    } else {
      TRY(matrix::authorize(old.version(), tombstone("!"), request.room_id, old));
      plan.create_content["predecessor"] = {{"room_id", request.room_id}};
    }
    const auto final_levels = plan.power_levels;
    auto raised = levels_while_copying(plan);
    const bool lower_again = raised.has_value();
    if (raised) plan.power_levels = *std::move(raised);
    TRY(auto made, create_room(rooms_, tx, plan, new_room_id, now, &left_out));
    if (version->room_id_is_create_hash) {
      TRY(old.append(tx, tombstone(made.room().id())));
    }
    auto banned_users = old.members("ban");
    if (banned_users.size() > kMaxCopiedBans) banned_users.resize(kMaxCopiedBans);
    for (const auto& user : banned_users) {
      auto banned =
          made.append(tx, state_draft(std::string(kMemberType), user, actor.user_id, {{"membership", "ban"}}, now));
      if (!banned) left_out.push_back("ban " + user + ": " + banned.error().message());
    }
    directory_store::move_aliases(tx, old.room().num(), made.room().num());
    directory_store::move_networks(tx, old.room().num(), made.room().num());
    if (old.state("m.room.canonical_alias", "")) {
      auto named = made.append(tx, state_draft("m.room.canonical_alias", "", actor.user_id,
                                               content_for(old, *version, "m.room.canonical_alias"), now));
      if (!named) left_out.push_back("m.room.canonical_alias : " + named.error().message());
    }
    if (lower_again) {
      TRY(made.append(tx, state_draft("m.room.power_levels", "", actor.user_id, final_levels, now)));
    }
    if (old.room().is_public()) rooms_.set_public(tx, old, false);
    // Not everybody who may place a tombstone may change the levels: then the old room stays open.
    auto levels = state_draft("m.room.power_levels", "", actor.user_id, restricted_levels(old), now);
    if (auto allowed = old.allow(std::move(levels))) {
      TRY(old.append(tx, *std::move(allowed)));
    }
    return made.room().id();
  };
  CO_TRY(auto replacement, co_await db_.write(replace, kWithSavepoint));
  log_left_out(request.room_id, replacement, left_out);
  co_return replacement;
}

}  // namespace troupe::homeserver::rooms
