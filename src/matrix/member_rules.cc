#include "matrix/member_rules.h"

#include <sodium.h>

#include <array>
#include <optional>

#include "base/encoding.h"
#include "matrix/ids.h"
#include "matrix/power_rules.h"

namespace troupe::matrix {
namespace {

/// Signatures × keys tried for one third-party invitation: each costs some 60 µs of the writer's time.
constexpr std::size_t kMaxVerifications = 32;

/// What every branch needs.
struct Change {
  const RoomVersion& version;
  const EventDraft& draft;
  const StateView& state;
  const Event& create;
  const PowerLevels& levels;
  std::string_view sender;
  std::string_view target;
  std::string_view sender_now;  ///< membership words
  std::string_view target_now;

  bool by_themselves() const { return sender == target; }
};

/// The user that rule "the only previous event is the create event" speaks of.
std::string_view first_joiner(const RoomVersion& version, const Event& create) {
  if (version.creator_in_create_content) return find_string(create.content, "creator").value_or(create.sender);
  return create.sender;
}

Result<Unit> authorize_restricted_join(const Change& change) {
  if (change.target_now == "join" || change.target_now == "invite") return Unit{};
  const auto by = find_string(change.draft.content, "join_authorised_via_users_server");
  if (!by) return refused("You may not join this room: you are in none of the rooms that its join rule names.");
  if (membership_of(change.state, *by) != "join" || change.levels.user(*by) < change.levels.invite()) {
    return refused("The user who is to let you in may not invite.");
  }
  return Unit{};
}

Result<Unit> authorize_join(const Change& change) {
  // NOTSPEC: also the creator's first join must be sent by the creator; the rules leave that open.
  if (!change.by_themselves()) return refused("You cannot join for somebody else.");
  // Whoever sends anything is joined, and the first to join is the creator: no member event of the creator means that
  // nothing but the create event has happened.
  if (change.target == first_joiner(change.version, change.create) &&
      !change.state.state("m.room.member", change.target)) {
    return Unit{};
  }
  if (change.target_now == "ban") return refused("You are banned from this room.");
  const auto rule = join_rule_of(change.version, change.state);
  if (rule == "public") return Unit{};
  if (rule == "restricted" || rule == "knock_restricted") return authorize_restricted_join(change);
  const bool expected = change.target_now == "invite" || change.target_now == "join";
  if ((rule == "invite" || rule == "knock") && expected) return Unit{};
  if (rule.empty()) return refused("The room's join rule admits nobody: its room version does not know it.");
  return refused("You are not invited to this room.");
}

/// The ed25519 keys of an m.room.third_party_invite event.
std::vector<std::string> invite_keys(const JsonObject& content) {
  std::vector<std::string> keys;
  const auto add = [&](std::optional<std::string_view> text) {
    auto key = text && keys.size() < kMaxVerifications ? base::base64_decode(*text) : std::nullopt;
    if (key && key->size() == crypto_sign_PUBLICKEYBYTES) keys.push_back(*std::move(key));
  };
  add(find_string(content, "public_key"));
  if (const auto* more = find_array(content, "public_keys")) {
    for (const auto& item : *more) {
      if (const auto* entry = item.if_object()) add(find_string(*entry, "public_key"));
    }
  }
  return keys;
}

/// Whether any signature in `signed` was made by any of the keys; stops after kMaxVerifications attempts.
bool any_signature_matches(const JsonObject& proof, const std::vector<std::string>& keys) {
  static const bool ready = sodium_init() >= 0;
  const auto* servers = find_object(proof, "signatures");
  if (!servers || !ready) return false;
  const auto bytes = canonical_json_without(proof, {"signatures", "unsigned"});
  const auto message = base::as_bytes(bytes);
  std::size_t attempts = 0;
  for (const auto& server : *servers) {
    const auto* signatures = server.value().if_object();
    if (!signatures) continue;
    for (const auto& entry : *signatures) {
      const std::string_view key_id(entry.key().data(), entry.key().size());
      const auto* text = entry.value().if_string();
      if (!text || !key_id.starts_with("ed25519:")) continue;
      const auto signature = base::base64_decode(view(*text));
      if (!signature || signature->size() != crypto_sign_BYTES) continue;
      for (const auto& key : keys) {
        if (++attempts > kMaxVerifications) return false;
        if (crypto_sign_verify_detached(base::as_bytes(*signature).data(), message.data(), message.size(),
                                        base::as_bytes(key).data()) == 0) {
          return true;
        }
      }
    }
  }
  return false;
}

Result<Unit> authorize_third_party_invite(const Change& change, const Json& invite) {
  if (change.target_now == "ban") return refused("The invited user is banned from this room.");
  const auto* object = invite.if_object();
  const auto* proof = object ? find_object(*object, "signed") : nullptr;
  const auto mxid = proof ? find_string(*proof, "mxid") : std::nullopt;
  const auto token = proof ? find_string(*proof, "token") : std::nullopt;
  if (!mxid || !token) return refused("third_party_invite.signed must hold mxid and token.");
  if (*mxid != change.target) return refused("The third-party invitation is for another user.");
  const auto announced = change.state.state("m.room.third_party_invite", *token);
  if (!announced) return refused("There is no third-party invitation with this token.");
  if (announced->sender != change.sender) return refused("The third-party invitation was made by somebody else.");
  if (!any_signature_matches(*proof, invite_keys(announced->content))) {
    return refused("The third-party invitation is signed by none of its keys.");
  }
  return Unit{};
}

Result<Unit> authorize_invite(const Change& change) {
  if (const auto* invite = find(change.draft.content, "third_party_invite")) {
    return authorize_third_party_invite(change, *invite);
  }
  if (change.sender_now != "join") return refused("You are not in this room.");
  if (change.target_now == "join") return refused("The user is in the room already.");
  if (change.target_now == "ban") return refused("The user is banned from this room.");
  if (change.levels.user(change.sender) < change.levels.invite()) {
    return refused("You may not invite others into this room.");
  }
  return Unit{};
}

Result<Unit> authorize_leave(const Change& change) {
  if (change.by_themselves()) {
    const auto now = change.target_now;
    if (now == "join" || now == "invite" || (now == "knock" && change.version.knocking)) return Unit{};
    return refused("You are not in this room.");
  }
  if (change.sender_now != "join") return refused("You are not in this room.");
  const auto power = change.levels.user(change.sender);
  if (change.target_now == "ban" && power < change.levels.ban()) return refused("You may not lift bans in this room.");
  if (power >= change.levels.kick() && change.levels.user(change.target) < power) return Unit{};
  return refused("You may not remove this user.");
}

Result<Unit> authorize_ban(const Change& change) {
  if (change.sender_now != "join") return refused("You are not in this room.");
  const auto power = change.levels.user(change.sender);
  if (power >= change.levels.ban() && change.levels.user(change.target) < power) return Unit{};
  return refused("You may not ban this user.");
}

Result<Unit> authorize_knock(const Change& change) {
  if (!change.version.knocking) return refused("Rooms of this version do not admit knocking.");
  const auto rule = join_rule_of(change.version, change.state);
  if (rule != "knock" && rule != "knock_restricted") return refused("This room does not admit knocking.");
  if (!change.by_themselves()) return refused("You cannot knock for somebody else.");
  if (change.sender_now == "ban") return refused("You are banned from this room.");
  if (change.sender_now == "invite") return refused("You are invited to this room already: join it.");
  if (change.sender_now == "join") return refused("You are in this room already.");
  return Unit{};
}

}  // namespace

bool is_join_rule(const RoomVersion& version, std::string_view word) {
  if (word == "knock") return version.knocking;
  if (word == "restricted") return version.restricted_joins;
  if (word == "knock_restricted") return version.knock_restricted_joins;
  return word == "public" || word == "invite";
}

std::string_view join_rule_of(const RoomVersion& version, const StateView& state) {
  const auto rules = state.state("m.room.join_rules", "");
  if (!rules) return "invite";
  // The words of the rules are constants, so that the answer outlives the event.
  constexpr std::array<std::string_view, 5> kWords{"public", "invite", "knock", "restricted", "knock_restricted"};
  const auto* word = std::ranges::find(kWords, find_string(rules->content, "join_rule").value_or("invite"));
  return word != kWords.end() && is_join_rule(version, *word) ? *word : std::string_view();
}

Result<Unit> authorize_member(const RoomVersion& version, const EventDraft& draft, const StateView& state,
                              const Event& create, const PowerLevels& levels) {
  const auto membership = find_string(draft.content, "membership");
  if (!draft.state_key || !membership) return refused("A member event needs a state_key and a membership.");
  if (!parse_user_id(*draft.state_key)) return refused("The state_key of a member event must be a user id.");
  const auto sender_now = membership_of(state, draft.sender);
  const bool by_themselves = draft.sender == *draft.state_key;
  const Change change{.version = version,
                      .draft = draft,
                      .state = state,
                      .create = create,
                      .levels = levels,
                      .sender = draft.sender,
                      .target = *draft.state_key,
                      .sender_now = sender_now,
                      .target_now = by_themselves ? sender_now : membership_of(state, *draft.state_key)};
  if (*membership == "join") return authorize_join(change);
  if (*membership == "invite") return authorize_invite(change);
  if (*membership == "leave") return authorize_leave(change);
  if (*membership == "ban") return authorize_ban(change);
  if (*membership == "knock") return authorize_knock(change);
  return refused("The membership is unknown.");
}

}  // namespace troupe::matrix
