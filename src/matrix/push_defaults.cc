#include <string>

#include "matrix/ids.h"
#include "matrix/push_rules.h"

namespace troupe::matrix {
namespace {

JsonObject matches(std::string_view key, std::string_view pattern) {
  return {{"kind", "event_match"}, {"key", key}, {"pattern", pattern}};
}

JsonObject tweak(std::string_view name) { return {{"set_tweak", name}}; }
JsonObject sound(std::string_view name) { return {{"set_tweak", "sound"}, {"value", name}}; }

JsonObject rule(std::string_view id, JsonArray conditions, JsonArray actions) {
  return {{"rule_id", id},
          {"default", true},
          {"enabled", true},
          {"conditions", std::move(conditions)},
          {"actions", std::move(actions)}};
}

JsonArray override_rules(std::string_view user_id) {
  const JsonObject may_notify_room{{"kind", "sender_notification_permission"}, {"key", "room"}};
  const JsonObject is_member = matches("type", "m.room.member");
  auto master = rule(".m.rule.master", {}, {});
  master["enabled"] = false;
  return {
      std::move(master),
      rule(".m.rule.suppress_notices", {matches("content.msgtype", "m.notice")}, {}),
      rule(".m.rule.invite_for_me", {is_member, matches("content.membership", "invite"), matches("state_key", user_id)},
           {"notify", sound("default")}),
      rule(".m.rule.member_event", {is_member}, {}),
      rule(".m.rule.is_user_mention",
           {JsonObject{
               {"kind", "event_property_contains"}, {"key", R"(content.m\.mentions.user_ids)"}, {"value", user_id}}},
           {"notify", sound("default"), tweak("highlight")}),
      // COMPAT: rules that look for names in the body left the specification in 1.17; old clients show them, and
      // senders that write no m.mentions rely on them. Evaluation skips them for events with m.mentions.
      rule(".m.rule.contains_display_name", {JsonObject{{"kind", "contains_display_name"}}},
           {"notify", sound("default"), tweak("highlight")}),
      rule(".m.rule.is_room_mention",
           {JsonObject{{"kind", "event_property_is"}, {"key", R"(content.m\.mentions.room)"}, {"value", true}},
            may_notify_room},
           {"notify", tweak("highlight")}),
      rule(".m.rule.roomnotif", {matches("content.body", "@room"), may_notify_room}, {"notify", tweak("highlight")}),
      rule(".m.rule.tombstone", {matches("type", "m.room.tombstone"), matches("state_key", "")},
           {"notify", tweak("highlight")}),
      rule(".m.rule.reaction", {matches("type", "m.reaction")}, {}),
      rule(".m.rule.room.server_acl", {matches("type", "m.room.server_acl"), matches("state_key", "")}, {}),
      rule(".m.rule.suppress_edits",
           {JsonObject{
               {"kind", "event_property_is"}, {"key", R"(content.m\.relates_to.rel_type)"}, {"value", "m.replace"}}},
           {}),
  };
}

JsonArray content_rules(std::string_view user_id) {
  const auto parts = parse_user_id(user_id);
  JsonObject names_user{{"rule_id", ".m.rule.contains_user_name"},
                        {"default", true},
                        {"enabled", true},
                        {"pattern", parts ? parts->localpart : user_id},
                        {"actions", {"notify", sound("default"), tweak("highlight")}}};
  return {std::move(names_user)};
}

JsonArray underride_rules() {
  const JsonObject two_members{{"kind", "room_member_count"}, {"is", "2"}};
  const JsonObject is_message = matches("type", "m.room.message");
  const JsonObject is_encrypted = matches("type", "m.room.encrypted");
  return {
      rule(".m.rule.call", {matches("type", "m.call.invite")}, {"notify", sound("ring")}),
      rule(".m.rule.encrypted_room_one_to_one", {two_members, is_encrypted}, {"notify", sound("default")}),
      rule(".m.rule.room_one_to_one", {two_members, is_message}, {"notify", sound("default")}),
      rule(".m.rule.message", {is_message}, {"notify"}),
      rule(".m.rule.encrypted", {is_encrypted}, {"notify"}),
  };
}

}  // namespace

JsonObject default_push_rules(std::string_view user_id) {
  return {{"override", override_rules(user_id)},
          {"content", content_rules(user_id)},
          {"room", JsonArray{}},
          {"sender", JsonArray{}},
          {"underride", underride_rules()}};
}

}  // namespace troupe::matrix
