#include <algorithm>
#include <charconv>

#include "matrix/glob.h"
#include "matrix/property_path.h"
#include "matrix/push_rules.h"

namespace troupe::matrix {
namespace {

/// A property of an event, wherever it is kept; nothing set: absent.
struct Property {
  std::optional<std::string_view> text;
  std::optional<std::int64_t> number;
  const Json* json = nullptr;  ///< set for properties of the content

  std::optional<std::string_view> string() const {
    if (text) return text;
    const auto* value = json ? json->if_string() : nullptr;
    return value ? std::optional(view(*value)) : std::nullopt;
  }
  bool equals(const Json& wanted) const {
    if (json) return is_same_scalar(*json, wanted);
    if (text) return wanted.is_string() && view(wanted.get_string()) == *text;
    return number && wanted.is_int64() && wanted.get_int64() == *number;
  }
  static bool is_same_scalar(const Json& a, const Json& b) {
    if (a.is_structured() || a.is_double() || b.is_structured() || b.is_double()) return false;
    if (a.is_int64() != b.is_int64()) return false;  // types are not cast, but how an integer is kept is not its type
    return a == b;
  }
};

Property find_property(const Event& event, std::string_view key) {
  constexpr std::string_view kContent = "content.";
  if (key.starts_with(kContent)) {
    return {.text = {}, .number = {}, .json = find_at_path(event.content, key.substr(kContent.size()))};
  }
  const auto text = [](std::string_view value) { return Property{.text = value, .number = {}, .json = nullptr}; };
  if (key == "type") return text(event.type);
  if (key == "sender") return text(event.sender);
  if (key == "room_id") return text(event.room_id);
  if (key == "event_id") return text(event.event_id);
  if (key == "state_key" && event.state_key) return text(*event.state_key);
  if (key == "redacts" && event.redacts) return text(*event.redacts);
  if (key == "origin_server_ts") return {.text = {}, .number = event.origin_server_ts, .json = nullptr};
  return {};
}

bool matches_count(std::string_view is, std::size_t members) {
  std::string_view comparison = "==";
  for (const std::string_view prefix : {"==", "<=", ">=", "<", ">"}) {
    if (is.starts_with(prefix)) {
      comparison = prefix;
      is.remove_prefix(prefix.size());
      break;
    }
  }
  std::size_t wanted = 0;
  const auto read = std::from_chars(is.data(), is.data() + is.size(), wanted);
  if (read.ec != std::errc{} || read.ptr != is.data() + is.size()) return false;
  if (comparison == "<") return members < wanted;
  if (comparison == ">") return members > wanted;
  if (comparison == "<=") return members <= wanted;
  if (comparison == ">=") return members >= wanted;
  return members == wanted;
}

/// What holding one event against all rules of an account may compare: an ordinary account's rules and a long message
/// stay far below. What it does not suffice for does not match.
constexpr std::size_t kMostComparisons = 2UL * 1024 * 1024;

struct Recipient {
  std::string_view user_id;
  std::string_view display_name;
  MatchBudget& budget;
};

bool matches_event(const JsonObject& condition, const Event& event, MatchBudget& budget) {
  const auto key = find_string(condition, "key");
  const auto pattern = find_string(condition, "pattern");
  if (!key || !pattern) return false;
  const auto value = find_property(event, *key).string();
  if (!value) return false;
  return *key == "content.body" ? glob_matches_words(*pattern, *value, budget) : glob_matches(*pattern, *value, budget);
}

bool contains_value(const JsonObject& condition, const Event& event) {
  const auto key = find_string(condition, "key");
  const auto* wanted = find(condition, "value");
  if (!key || !wanted) return false;
  const auto property = find_property(event, *key);
  const auto* array = property.json ? property.json->if_array() : nullptr;
  return array &&
         std::ranges::any_of(*array, [&](const Json& item) { return Property::is_same_scalar(item, *wanted); });
}

bool holds(const JsonObject& condition, const Event& event, const Recipient& recipient, const PushRoom& room) {
  const auto kind = find_string(condition, "kind").value_or("");
  if (kind == "event_match") return matches_event(condition, event, recipient.budget);
  if (kind == "event_property_is") {
    const auto key = find_string(condition, "key");
    const auto* wanted = find(condition, "value");
    return key && wanted && find_property(event, *key).equals(*wanted);
  }
  if (kind == "event_property_contains") return contains_value(condition, event);
  if (kind == "contains_display_name") {
    const auto body = find_string(event.content, "body");
    return body && contains_words(recipient.display_name, *body, recipient.budget);
  }
  if (kind == "room_member_count") return matches_count(find_string(condition, "is").value_or(""), room.joined_members);
  if (kind == "sender_notification_permission") {
    return find_string(condition, "key") == "room" && room.sender_power >= room.notification_room_level;
  }
  return false;  // conditions that we do not know never hold
}

bool all_hold(const JsonObject& rule, const Event& event, const Recipient& recipient, const PushRoom& room) {
  const auto* conditions = find_array(rule, "conditions");
  return !conditions || std::ranges::all_of(*conditions, [&](const Json& item) {
    const auto* condition = item.if_object();
    return condition && holds(*condition, event, recipient, room);
  });
}

bool looks_for_names(std::string_view rule_id) {
  return rule_id == ".m.rule.contains_display_name" || rule_id == ".m.rule.contains_user_name" ||
         rule_id == ".m.rule.roomnotif";
}

bool matches_rule(std::string_view kind, const JsonObject& rule, const Event& event, const Recipient& recipient,
                  const PushRoom& room) {
  if (kind == "override" || kind == "underride") return all_hold(rule, event, recipient, room);
  const auto rule_id = find_string(rule, "rule_id").value_or("");
  if (kind == "room") return rule_id == event.room_id;
  if (kind == "sender") return rule_id == event.sender;
  const auto pattern = find_string(rule, "pattern");
  const auto body = find_string(event.content, "body");
  return pattern && body && glob_matches_words(*pattern, *body, recipient.budget);
}

/// The predefined rules that keep other ones from such events.
bool keeps_quiet(std::string_view rule_id) {
  return rule_id == ".m.rule.suppress_notices" || rule_id == ".m.rule.member_event" || rule_id == ".m.rule.reaction" ||
         rule_id == ".m.rule.room.server_acl" || rule_id == ".m.rule.suppress_edits";
}

bool may_hear_quiet_events(std::string_view kind, const JsonObject& rule, std::string_view room_id) {
  const auto rule_id = find_string(rule, "rule_id").value_or("");
  const bool enabled = find_bool(rule, "enabled").value_or(true);
  const bool notifies = enabled && push_outcome_of(find_array(rule, "actions")).notify;
  if (keeps_quiet(rule_id)) return !enabled || notifies;
  if (!notifies || kind == "content") return false;  // a body is looked at anyway
  if (kind == "room") return rule_id == room_id;
  return !rule_id.starts_with('.') || rule_id == ".m.rule.master";
}

}  // namespace

PushOutcome push_outcome_of(const JsonArray* actions) {
  PushOutcome outcome;
  if (!actions) return outcome;
  for (const auto& action : *actions) {
    if (const auto* name = action.if_string()) {
      if (*name == "notify") outcome.notify = true;
    } else if (const auto* object = action.if_object(); object && find_string(*object, "set_tweak") == "highlight") {
      const auto* value = find(*object, "value");
      outcome.highlight = !value || find_bool(*object, "value").value_or(false);
    }
  }
  if (!outcome.notify) outcome.highlight = false;
  return outcome;
}

const JsonObject* find_matching_rule(const JsonObject& rules, const Event& event, std::string_view user_id,
                                     std::string_view display_name, const PushRoom& room) {
  MatchBudget budget{.comparisons = kMostComparisons};
  const Recipient recipient{.user_id = user_id, .display_name = display_name, .budget = budget};
  const bool has_mentions = find_object(event.content, "m.mentions") != nullptr;
  for (const std::string_view kind : {"override", "content", "room", "sender", "underride"}) {
    const auto* list = find_array(rules, kind);
    if (!list) continue;
    for (const auto& item : *list) {
      const auto* rule = item.if_object();
      if (!rule || !find_bool(*rule, "enabled").value_or(true)) continue;
      if (has_mentions && looks_for_names(find_string(*rule, "rule_id").value_or(""))) continue;
      if (matches_rule(kind, *rule, event, recipient, room)) return rule;
    }
  }
  return nullptr;
}

const JsonArray* deciding_push_actions(const JsonObject& rules, const Event& event, std::string_view user_id,
                                       std::string_view display_name, const PushRoom& room) {
  const auto* rule = find_matching_rule(rules, event, user_id, display_name, room);
  return rule ? find_array(*rule, "actions") : nullptr;
}

PushOutcome evaluate_push_rules(const JsonObject& rules, const Event& event, std::string_view user_id,
                                std::string_view display_name, const PushRoom& room) {
  return push_outcome_of(deciding_push_actions(rules, event, user_id, display_name, room));
}

bool may_notify_of_quiet_events(const JsonObject& rules, std::string_view room_id) {
  for (const std::string_view kind : {"override", "content", "room", "sender", "underride"}) {
    const auto* list = find_array(rules, kind);
    if (!list) continue;
    for (const auto& item : *list) {
      const auto* rule = item.if_object();
      if (rule && may_hear_quiet_events(kind, *rule, room_id)) return true;
    }
  }
  return false;
}

DefaultPush::DefaultPush(const Event& event, const PushRoom& room)
    : event_(event), has_mentions_(find_object(event.content, "m.mentions") != nullptr) {
  const auto is_type = [&](std::string_view type) { return glob_matches(type, event.type); };
  const auto content = [&](std::string_view key) { return find_string(event.content, key).value_or(""); };
  if (glob_matches("m.notice", content("msgtype"))) return;
  if (is_type("m.room.member")) {
    invites_ = event.state_key && glob_matches("invite", content("membership"));
    return;
  }
  body_ = has_mentions_ ? std::string_view() : content("body");
  const auto* mentions = find_object(event.content, "m.mentions");
  mentioned_ = mentions ? find_array(*mentions, "user_ids") : nullptr;

  const bool may_notify_room = room.sender_power >= room.notification_room_level;
  const bool notifies_room =
      mentions ? find_bool(*mentions, "room").value_or(false) : glob_matches_words("@room", body_);
  const auto* relation = find_object(event.content, "m.relates_to");
  if ((notifies_room && may_notify_room) || (is_type("m.room.tombstone") && event.state_key == "")) {
    above_names_ = PushOutcome{.notify = true, .highlight = true};
  } else if (is_type("m.reaction") || (is_type("m.room.server_acl") && event.state_key == "") ||
             (relation && find_string(*relation, "rel_type") == "m.replace")) {
    above_names_ = PushOutcome{};
  } else {
    everyone_.notify = is_type("m.call.invite") || is_type("m.room.encrypted") || is_type("m.room.message");
    return;
  }
  everyone_ = *above_names_;
}

PushOutcome DefaultPush::outcome(std::string_view user_id, std::string_view display_name) const {
  constexpr PushOutcome kHighlight{.notify = true, .highlight = true};
  if (user_id.empty()) return everyone_;
  if (invites_) return {.notify = glob_matches(user_id, *event_.state_key), .highlight = false};
  if (mentioned_ && std::ranges::any_of(*mentioned_, [&](const Json& item) {
        const auto* id = item.if_string();
        return id && view(*id) == user_id;
      })) {
    return kHighlight;
  }
  if (body_.empty()) return everyone_;
  if (contains_words(display_name, body_)) return kHighlight;
  if (above_names_) return *above_names_;
  const auto localpart = user_id.substr(0, user_id.find(':')).substr(1);  // of an account: known to be an id
  if (glob_matches_words(localpart, body_)) return kHighlight;
  return everyone_;
}

}  // namespace troupe::matrix
