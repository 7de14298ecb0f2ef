#include "matrix/auth.h"

#include <algorithm>
#include <array>

#include "matrix/ids.h"
#include "matrix/member_rules.h"
#include "matrix/power_rules.h"

namespace troupe::matrix {
namespace {

std::string_view domain_of(std::string_view id) {
  const auto colon = id.find(':');
  return colon == id.npos ? std::string_view() : id.substr(colon + 1);
}

Result<Unit> authorize_create(const RoomVersion& version, const EventDraft& draft, std::string_view room_id,
                              const StateView& state) {
  if (state.state("m.room.create", ""))
    return refused("The room has been created already.");  // it would have prev_events
  if (!parse_user_id(draft.sender)) return refused("The creator is no valid user id.");
  if (version.room_id_is_create_hash) {
    if (!room_id.empty()) return refused("The create event of this room version may not carry a room_id.");
  } else if (domain_of(room_id) != domain_of(draft.sender)) {
    return refused("The room id is not of the creator's server.");
  }
  if (const auto* named = find(draft.content, "room_version")) {
    const auto* text = named->if_string();
    if (!text || view(*text) != version.id) return refused("The room version is not known, or not the one meant.");
  }
  if (version.creator_in_create_content && !find(draft.content, "creator")) {
    return refused("The create event of this room version needs a creator.");
  }
  if (version.creators_have_infinite_power) {
    const auto* more = find(draft.content, "additional_creators");
    const auto* list = more ? more->if_array() : nullptr;
    if (more && !list) return refused("additional_creators must be an array of user ids.");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      const auto* id = (*list)[i].if_string();
      if (!id || !parse_user_id(view(*id))) return refused("additional_creators must be an array of user ids.");
    }
  }
  return Unit{};
}

/// Versions 1 to 5: each server keeps the room's aliases of its own, whoever of it writes them.
Result<Unit> authorize_aliases(const EventDraft& draft) {
  if (draft.state_key && !draft.state_key->empty() && *draft.state_key == domain_of(draft.sender)) return Unit{};
  return refused("The state key of m.room.aliases must be your server's name.");
}

/// Versions 1 and 2. An event id names the server that made the event, and its sender's server makes this one.
Result<Unit> authorize_redaction(const EventDraft& draft, const PowerLevels& levels, std::int64_t power) {
  if (power >= levels.redact()) return Unit{};
  if (draft.redacts && domain_of(*draft.redacts) == domain_of(draft.sender)) return Unit{};
  return refused("Redacting events of other servers needs power level " + std::to_string(levels.redact()) + ".");
}

/// Whether the event hangs in the room of the create event it is judged with.
bool is_same_room(const RoomVersion& version, const Event& create, std::string_view room_id) {
  if (!version.room_id_is_create_hash) return create.room_id == room_id;
  return room_id.size() == create.event_id.size() && room_id.starts_with('!') &&
         room_id.substr(1) == std::string_view(create.event_id).substr(1);
}

}  // namespace

std::vector<std::string> creators(const RoomVersion& version, const Event& create) {
  if (version.creator_in_create_content) {
    return {std::string(find_string(create.content, "creator").value_or(create.sender))};
  }
  std::vector<std::string> all{create.sender};
  if (!version.creators_have_infinite_power) return all;
  if (const auto* more = find_array(create.content, "additional_creators")) {
    for (const auto& item : *more) {
      const auto* id = item.if_string();
      if (id && std::ranges::find(all, view(*id)) == all.end()) all.emplace_back(view(*id));
    }
  }
  return all;
}

std::string_view membership_of(const StateView& state, std::string_view user_id) {
  const auto member = state.state("m.room.member", user_id);
  if (!member) return {};
  // The words of the rules are constants, so that the answer outlives the event.
  constexpr std::array<std::string_view, 5> kWords{"join", "invite", "leave", "ban", "knock"};
  const auto* word = std::ranges::find(kWords, find_string(member->content, "membership").value_or(""));
  return word == kWords.end() ? std::string_view() : *word;
}

std::vector<std::pair<std::string, std::string>> auth_state_keys(const RoomVersion& version, const EventDraft& draft) {
  std::vector<std::pair<std::string, std::string>> keys;
  if (draft.type == "m.room.create") return keys;
  keys.reserve(6);
  if (!version.room_id_is_create_hash) keys.emplace_back("m.room.create", "");
  keys.emplace_back("m.room.power_levels", "");
  keys.emplace_back("m.room.member", draft.sender);
  if (draft.type != "m.room.member" || !draft.state_key) return keys;

  const auto add_member = [&](std::string_view user_id) {
    const std::pair<std::string, std::string> key("m.room.member", user_id);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  };
  const auto membership = find_string(draft.content, "membership").value_or("");
  add_member(*draft.state_key);
  if (membership == "join" || membership == "invite" || membership == "knock") {
    keys.emplace_back("m.room.join_rules", "");
  }
  if (membership == "invite") {
    const auto* invite = find_object(draft.content, "third_party_invite");
    const auto* proof = invite ? find_object(*invite, "signed") : nullptr;
    const auto token = proof ? find_string(*proof, "token") : std::nullopt;
    if (token) keys.emplace_back("m.room.third_party_invite", *token);
  }
  if (membership == "join" && version.restricted_joins) {
    if (const auto by = find_string(draft.content, "join_authorised_via_users_server")) add_member(*by);
  }
  return keys;
}

Result<Unit> authorize(const RoomVersion& version, const EventDraft& draft, std::string_view room_id,
                       const StateView& state) {
  if (draft.type == "m.room.create") return authorize_create(version, draft, room_id, state);

  const auto create = state.state("m.room.create", "");
  if (!create) return refused("The room has no create event.");
  if (!is_same_room(version, *create, room_id)) return refused("The event is of another room than its create event.");
  if (find_bool(create->content, "m.federate") == false && domain_of(draft.sender) != domain_of(create->sender)) {
    return refused("This room admits only users of the server " + std::string(domain_of(create->sender)) + ".");
  }

  if (draft.type == "m.room.aliases" && version.aliases_have_own_rule) return authorize_aliases(draft);
  const PowerLevels levels(version, state);
  if (draft.type == "m.room.member") return authorize_member(version, draft, state, *create, levels);
  if (membership_of(state, draft.sender) != "join") return refused("You are not in this room.");

  const auto power = levels.user(draft.sender);
  if (draft.type == "m.room.third_party_invite") {
    if (power < levels.invite()) return refused("You may not invite others into this room.");
    return Unit{};
  }
  const auto needed = levels.needed_for(draft.type, draft.state_key.has_value());
  if (power < needed) {
    return refused("Sending " + draft.type + " needs power level " + std::to_string(needed) + "; you have " +
                   std::to_string(power) + ".");
  }
  if (draft.state_key && draft.state_key->starts_with('@') && *draft.state_key != draft.sender) {
    return refused("A state key that is a user id must be your own.");
  }
  if (draft.type == "m.room.power_levels") return authorize_power_levels(version, draft, state, *create, power);
  if (draft.type == "m.room.redaction" && version.redaction_needs_right) {
    return authorize_redaction(draft, levels, power);
  }
  return Unit{};
}

}  // namespace troupe::matrix
