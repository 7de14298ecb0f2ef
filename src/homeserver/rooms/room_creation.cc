#include "homeserver/rooms/room_creation.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/rooms/directory_store.h"
#include "matrix/ids.h"

namespace troupe::homeserver::rooms {
namespace {

constexpr std::size_t kMaxTopicBytes = 32'768;
constexpr std::size_t kMaxAdditionalCreators = 100;

Error bad_param(std::string message) { return Error(Errc::invalid_param, std::move(message)); }

Result<Unit> check_text(std::string_view what, const std::string& text, std::size_t max_bytes) {
  if (text.size() > max_bytes)
    return bad_param(std::string(what) + " may be at most " + std::to_string(max_bytes) + " bytes long.");
  if (!base::is_utf8(text)) return Error(Errc::bad_json, std::string(what) + " must be valid UTF-8.");
  return Unit{};
}

Result<std::vector<std::string>> read_creators(const matrix::JsonObject& content) {
  std::vector<std::string> creators;
  const auto* value = matrix::find(content, "additional_creators");
  if (!value) return creators;
  if (!value->is_array() || value->get_array().size() > kMaxAdditionalCreators)
    return bad_param("additional_creators must be an array of at most 100 user ids.");
  for (const auto& id : value->get_array()) {
    if (!id.is_string() || !matrix::parse_user_id(matrix::view(id.get_string())))
      return bad_param("additional_creators must hold user ids.");
    creators.emplace_back(matrix::view(id.get_string()));
  }
  return creators;
}

void add_once(std::vector<std::string>& list, const std::string& id) {
  if (std::ranges::find(list, id) == list.end()) list.push_back(id);
}

Result<std::vector<CreationPlan::InitialState>> read_initial_state(const matrix::RoomVersion& version,
                                                                   const matrix::JsonArray& list) {
  if (list.size() > RoomService::kMaxInitialState) return bad_param("initial_state may hold at most 100 events.");
  std::vector<CreationPlan::InitialState> state;
  for (const auto& entry : list) {
    const auto* object = entry.if_object();
    if (!object) return Error(Errc::bad_json, "initial_state must hold objects.");
    auto type = matrix::find_string(*object, "type");
    const auto* content = matrix::find_object(*object, "content");
    const auto* key = matrix::find(*object, "state_key");
    if (!type || !content || (key && !key->is_string()))
      return Error(Errc::bad_json, "An initial_state event needs a type, a content object and a string state_key.");
    if (*type == "m.room.create") return bad_param("initial_state cannot hold the create event: use creation_content.");
    TRY(check_content(&version, *content));
    state.push_back({.type = std::string(*type),
                     .state_key = key ? std::string(matrix::view(key->get_string())) : std::string(),
                     .content = *content});
  }
  return state;
}

struct Preset {
  std::string_view join_rule;
  std::string_view guest_access;
  bool invitees_are_equal;
  bool anybody_invites;
};

Result<Preset> preset_of(const CreateRoom& request) {
  auto name = request.preset.empty() ? (request.is_public ? "public_chat" : "private_chat") : request.preset;
  if (name == "private_chat") return Preset{"invite", "can_join", false, true};
  if (name == "trusted_private_chat") return Preset{"invite", "can_join", true, true};
  if (name == "public_chat") return Preset{"public", "forbidden", false, false};
  return bad_param("preset must be private_chat, trusted_private_chat or public_chat.");
}

Result<matrix::JsonObject> plan_power_levels(const CreationPlan& plan, const Preset& preset, const CreateRoom& request,
                                             const std::vector<std::string>& creators) {
  auto levels = default_power_levels(*plan.version, plan.creator);
  if (preset.anybody_invites) levels["invite"] = 0;
  if (preset.invitees_are_equal && !plan.version->creators_have_infinite_power)
    for (const auto& user : plan.invite) levels["users"].as_object()[user] = 100;
  if (!request.power_level_override) return levels;
  TRY(check_content(plan.version, *request.power_level_override));
  for (const auto& member : *request.power_level_override) levels[member.key()] = member.value();
  if (!plan.version->creators_have_infinite_power) return levels;
  // Creators stand above all levels and may not be listed. COMPAT: libraries that do not know this list them always
  // (matrix-bot-sdk's createSpace).
  if (auto* users = levels.if_contains("users"); users && users->is_object())
    for (const auto& creator : creators) users->get_object().erase(creator);
  return levels;
}

/// A refusal by the rules is a mistake in the request here, not a missing permission.
Error as_invalid_state(const Error& error, std::string_view what) {
  if (error.code() != Errc::forbidden) return error;
  return Error(Errc::invalid_param, std::string(what) + ": " + error.message()).with_wire_code("M_INVALID_ROOM_STATE");
}

matrix::JsonObject topic_content(const std::string& topic) {
  return {{"topic", topic}, {"m.topic", {{"m.text", matrix::JsonArray{matrix::JsonObject{{"body", topic}}}}}}};
}

}  // namespace

matrix::JsonObject default_power_levels(const matrix::RoomVersion& version, std::string_view creator) {
  bool above_all = version.creators_have_infinite_power;
  matrix::JsonObject users;
  if (!above_all) users[creator] = 100;
  return {{"ban", 50},
          {"events",
           {{"m.room.avatar", 50},
            {"m.room.canonical_alias", 50},
            {"m.room.encryption", 100},
            {"m.room.history_visibility", 100},
            {"m.room.name", 50},
            {"m.room.power_levels", 100},
            {"m.room.server_acl", 100},
            {"m.room.tombstone", above_all ? 150 : 100}}},
          {"events_default", 0},
          {"invite", 50},
          {"kick", 50},
          {"redact", 50},
          {"state_default", 50},
          {"users", std::move(users)},
          {"users_default", 0}};
}

Result<CreationPlan> plan_creation(CreateRoom request, std::string creator, std::string_view server_name) {
  CreationPlan plan;
  plan.creator = std::move(creator);
  plan.is_public = request.is_public;
  plan.is_direct = request.is_direct;
  TRY(plan.version, version_to_make(request.version));
  TRY(auto preset, preset_of(request));
  TRY(check_text("The room's name", request.name, RoomService::kMaxNameBytes));
  TRY(check_text("The room's topic", request.topic, kMaxTopicBytes));
  plan.name = std::move(request.name);
  plan.topic = std::move(request.topic);

  if (request.invite.size() > RoomService::kMaxInvites) return bad_param("At most 100 users can be invited at once.");
  for (const auto& user : request.invite) {
    if (!matrix::parse_user_id(user)) return bad_param(user.substr(0, matrix::kMaxIdBytes) + " is no user id.");
    if (user != plan.creator) add_once(plan.invite, user);
  }
  if (!request.alias_localpart.empty()) {
    plan.alias = "#" + request.alias_localpart + ":" + std::string(server_name);
    if (request.alias_localpart.find(':') != std::string::npos || !matrix::parse_room_alias(plan.alias))
      return bad_param("room_alias_name must be the local part of a room alias, without # and :.");
  }

  TRY(check_content(plan.version, request.creation_content));
  plan.create_content = std::move(request.creation_content);
  plan.create_content["room_version"] = plan.version->id;
  std::vector<std::string> creators{plan.creator};
  if (plan.version->creators_have_infinite_power) {
    TRY(auto additional, read_creators(plan.create_content));
    std::vector<std::string> listed;
    for (const auto& user : additional)
      if (user != plan.creator) add_once(listed, user);
    if (preset.invitees_are_equal)
      for (const auto& user : plan.invite) add_once(listed, user);
    plan.create_content.erase("additional_creators");
    if (!listed.empty()) plan.create_content["additional_creators"] = boost::json::value_from(listed);
    creators.insert(creators.end(), listed.begin(), listed.end());
    plan.create_content.erase("creator");
  } else if (plan.version->creator_in_create_content) {
    plan.create_content["creator"] = plan.creator;
  } else {
    plan.create_content.erase("creator");
  }

  TRY(plan.power_levels, plan_power_levels(plan, preset, request, creators));
  TRY(plan.initial_state, read_initial_state(*plan.version, request.initial_state));
  auto given = [&](std::string_view type) {
    return std::ranges::any_of(plan.initial_state,
                               [&](const auto& entry) { return entry.type == type && entry.state_key.empty(); });
  };
  // initial_state beats the preset.
  if (!given("m.room.join_rules"))
    plan.preset.emplace_back("m.room.join_rules", matrix::JsonObject{{"join_rule", preset.join_rule}});
  if (!given("m.room.history_visibility"))
    plan.preset.emplace_back("m.room.history_visibility", matrix::JsonObject{{"history_visibility", "shared"}});
  if (!given("m.room.guest_access"))
    plan.preset.emplace_back("m.room.guest_access", matrix::JsonObject{{"guest_access", preset.guest_access}});
  return plan;
}

std::string draw_room_id(const matrix::RoomVersion& version, std::string_view server_name) {
  if (version.room_id_is_create_hash) return {};
  return "!" + base::random_alphanumeric(18) + ":" + std::string(server_name);
}

Result<memory::RoomForWrite> create_room(memory::Rooms& rooms, store::Tx& tx, const CreationPlan& plan,
                                         std::string room_id, std::int64_t now_ms, std::vector<std::string>* left_out) {
  const auto& version = *plan.version;
  auto draft = [&](std::string type, std::string state_key, matrix::JsonObject content) {
    return state_draft(std::move(type), std::move(state_key), plan.creator, std::move(content), now_ms);
  };
  TRY(auto room,
      rooms.create(tx, version, std::move(room_id), draft("m.room.create", "", plan.create_content), plan.is_public));
  if (!plan.alias.empty() && !directory_store::insert_alias(tx, plan.alias, room.room().num(), plan.creator))
    return bad_param("The alias " + plan.alias + " is taken.").with_wire_code("M_ROOM_IN_USE");

  auto add = [&](std::string type, std::string state_key, matrix::JsonObject content) -> Result<Unit> {
    auto name = type;
    auto added = room.append(tx, draft(std::move(type), std::move(state_key), std::move(content)));
    if (!added) return as_invalid_state(added.error(), name);
    return Unit{};
  };
  matrix::JsonObject join{{"membership", "join"}};
  add_profile(tx, plan.creator, join);
  TRY(add(std::string(kMemberType), plan.creator, std::move(join)));
  bool own_levels = std::ranges::any_of(plan.initial_state, [](const auto& entry) {
    return entry.type == "m.room.power_levels" && entry.state_key.empty();
  });
  if (!own_levels) {
    TRY(add("m.room.power_levels", "", plan.power_levels));
  }
  if (!plan.alias.empty()) {
    TRY(add("m.room.canonical_alias", "", {{"alias", plan.alias}}));
  }
  for (const auto& [type, content] : plan.preset) {
    TRY(add(type, "", content));
  }
  for (const auto& entry : plan.initial_state) {
    if (entry.type == "m.room.canonical_alias") {
      TRY(check_canonical_alias(tx, room, entry.content));
    }
    auto added = add(entry.type, entry.state_key, entry.content);
    if (added) continue;
    if (!entry.may_be_left_out) return std::unexpected(added.error());
    if (left_out) left_out->push_back(entry.type + " " + entry.state_key + ": " + added.error().message());
  }
  if (!plan.name.empty()) {
    TRY(add("m.room.name", "", {{"name", plan.name}}));
  }
  if (!plan.topic.empty()) {
    TRY(add("m.room.topic", "", topic_content(plan.topic)));
  }
  for (const auto& user : plan.invite) {
    matrix::JsonObject content{{"membership", "invite"}};
    if (plan.is_direct) content["is_direct"] = true;
    add_profile(tx, user, content);
    TRY(add(std::string(kMemberType), user, std::move(content)));
  }
  return room;
}

}  // namespace troupe::homeserver::rooms
