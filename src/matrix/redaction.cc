#include "matrix/redaction.h"

#include <array>
#include <span>

#include "base/crypto.h"
#include "base/encoding.h"
#include "matrix/event.h"

namespace troupe::matrix {
namespace {

using Keys = std::span<const std::string_view>;

// All lists in canonical order, so that what is kept can be written without sorting.
constexpr std::array<std::string_view, 15> kTopLevel10{
    "auth_events", "content",    "depth",   "event_id", "hashes",     "membership", "origin", "origin_server_ts",
    "prev_events", "prev_state", "room_id", "sender",   "signatures", "state_key",  "type"};
constexpr std::array<std::string_view, 12> kTopLevel11{"auth_events", "content",          "depth",       "event_id",
                                                       "hashes",      "origin_server_ts", "prev_events", "room_id",
                                                       "sender",      "signatures",       "state_key",   "type"};

constexpr std::array<std::string_view, 1> kAliases{"aliases"};
constexpr std::array<std::string_view, 1> kMember{"membership"};
constexpr std::array<std::string_view, 2> kMember9{"join_authorised_via_users_server", "membership"};
constexpr std::array<std::string_view, 1> kCreate10{"creator"};
constexpr std::array<std::string_view, 1> kJoinRules{"join_rule"};
constexpr std::array<std::string_view, 2> kJoinRules8{"allow", "join_rule"};
constexpr std::array<std::string_view, 8> kPowerLevels10{"ban",    "events",        "events_default", "kick",
                                                         "redact", "state_default", "users",          "users_default"};
constexpr std::array<std::string_view, 9> kPowerLevels11{
    "ban", "events", "events_default", "invite", "kick", "redact", "state_default", "users", "users_default"};
constexpr std::array<std::string_view, 1> kHistoryVisibility{"history_visibility"};
constexpr std::array<std::string_view, 1> kRedaction11{"redacts"};

Keys top_level_keys(const RoomVersion& version) {
  return version.redacts_in_content ? Keys(kTopLevel11) : Keys(kTopLevel10);
}

/// Versions 11 and up share one redaction algorithm, told apart by where `redacts` lives.
bool is_algorithm_11(const RoomVersion& version) { return version.redacts_in_content; }

bool keeps_all(const RoomVersion& version, std::string_view type) {
  return version.redaction_keeps_whole_create && type == "m.room.create";
}

Keys content_keys(const RoomVersion& version, std::string_view type) {
  if (!type.starts_with("m.room.")) return {};
  if (type == "m.room.member") return version.redaction_keeps_join_authorisation ? Keys(kMember9) : Keys(kMember);
  if (type == "m.room.create") return kCreate10;
  if (type == "m.room.join_rules") return version.restricted_joins ? Keys(kJoinRules8) : Keys(kJoinRules);
  if (type == "m.room.power_levels") return is_algorithm_11(version) ? Keys(kPowerLevels11) : Keys(kPowerLevels10);
  if (type == "m.room.history_visibility") return kHistoryVisibility;
  if (type == "m.room.aliases" && version.aliases_have_own_rule) return kAliases;
  if (type == "m.room.redaction" && is_algorithm_11(version)) return kRedaction11;
  return {};
}

/// `third_party_invite` of a member event, of which version 11 keeps at most `signed`; nullptr when nothing is kept.
const JsonObject* kept_invite(const RoomVersion& version, std::string_view type, const JsonObject& content) {
  if (!is_algorithm_11(version) || type != "m.room.member") return nullptr;
  return find_object(content, "third_party_invite");
}

void append_member(std::string& out, std::string_view key, const Json& value) {
  if (out.back() != '{') out += ',';
  append_json_string(out, key);
  out += ':';
  append_canonical(out, value);
}

}  // namespace

void append_redacted_content(std::string& out, const RoomVersion& version, std::string_view type,
                             const JsonObject& content) {
  if (keeps_all(version, type)) return append_canonical(out, content);
  out += '{';
  for (const auto key : content_keys(version, type)) {
    if (const auto* value = find(content, key)) append_member(out, key, *value);
  }
  if (const auto* invite = kept_invite(version, type, content)) {
    if (out.back() != '{') out += ',';
    out += R"("third_party_invite":{)";  // sorts behind the other kept keys
    if (const auto* proof = find(*invite, "signed")) append_member(out, "signed", *proof);
    out += '}';
  }
  out += '}';
}

JsonObject redacted_content(const RoomVersion& version, std::string_view type, const JsonObject& content) {
  if (keeps_all(version, type)) return content;
  JsonObject kept;
  for (const auto key : content_keys(version, type)) {
    if (const auto* value = find(content, key)) kept.emplace(key, *value);
  }
  if (const auto* invite = kept_invite(version, type, content)) {
    JsonObject proof_only;
    if (const auto* proof = find(*invite, "signed")) proof_only.emplace("signed", *proof);
    kept.emplace("third_party_invite", std::move(proof_only));
  }
  return kept;
}

JsonObject redact(const RoomVersion& version, const JsonObject& pdu) {
  JsonObject kept;
  for (const auto key : top_level_keys(version)) {
    const auto* value = find(pdu, key);
    if (!value) continue;
    const auto* content = key == "content" ? value->if_object() : nullptr;
    if (content) {
      kept.emplace(key, redacted_content(version, find_string(pdu, "type").value_or(""), *content));
    } else {
      kept.emplace(key, *value);
    }
  }
  return kept;
}

std::string reference_bytes(const RoomVersion& version, const JsonObject& pdu) {
  std::string out = "{";
  out.reserve(512);
  for (const auto key : top_level_keys(version)) {
    if (key == "signatures") continue;  // `unsigned` is in neither list
    const auto* value = find(pdu, key);
    if (!value) continue;
    const auto* content = key == "content" ? value->if_object() : nullptr;
    if (content) {
      if (out.back() != '{') out += ',';
      out += R"("content":)";
      append_redacted_content(out, version, find_string(pdu, "type").value_or(""), *content);
    } else {
      append_member(out, key, *value);
    }
  }
  out += '}';
  return out;
}

std::string reference_id(const RoomVersion& version, std::string_view reference_bytes) {
  const auto hash = base::sha256(reference_bytes);
  return "$" + (version.event_ids == EventIds::hash ? base::base64(hash) : base::base64url(hash));
}

}  // namespace troupe::matrix
