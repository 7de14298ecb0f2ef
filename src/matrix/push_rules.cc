#include "matrix/push_rules.h"

#include <algorithm>
#include <array>

namespace troupe::matrix {
namespace {

constexpr std::array<std::string_view, 5> kKinds{"override", "content", "room", "sender", "underride"};
constexpr std::string_view kMaster = ".m.rule.master";
constexpr std::size_t kMaxRuleIdBytes = 512;
constexpr std::size_t kMaxPatternBytes = 512;
constexpr std::size_t kMaxRuleBytes = 8192;
constexpr std::size_t kMaxConditions = 32;
constexpr std::size_t kMaxActions = 32;
/// Every event in a room is held against every rule of every member: this bounds what one account can cost.
constexpr std::size_t kMaxUserRules = 500;

Error invalid(std::string message) { return Error(Errc::invalid_param, std::move(message)); }
Error missing_rule(std::string_view rule_id) {
  return Error(Errc::not_found, "There is no push rule " + std::string(rule_id) + " of this kind.");
}

bool is_kind(std::string_view kind) { return std::ranges::find(kKinds, kind) != kKinds.end(); }

bool is_predefined(const JsonObject& rule) { return find_string(rule, "rule_id").value_or("").starts_with('.'); }

JsonArray& rules_of(JsonObject& rules, std::string_view kind) {
  auto& list = rules[kind];
  if (!list.is_array()) list = JsonArray{};
  return list.get_array();
}

JsonArray::iterator find_rule(JsonArray& list, std::string_view rule_id) {
  return std::ranges::find_if(list, [&](const Json& item) {
    const auto* rule = item.if_object();
    return rule && find_string(*rule, "rule_id") == rule_id;
  });
}

Result<JsonObject*> existing_rule(JsonObject& rules, std::string_view kind, std::string_view rule_id) {
  if (!is_kind(kind)) return invalid("There is no kind of push rules named like this.");
  auto& list = rules_of(rules, kind);
  const auto found = find_rule(list, rule_id);
  if (found == list.end()) return missing_rule(rule_id);
  return found->if_object();
}

/// Old clients write the last two, which mean nothing, and compare what they wrote with what they read.
constexpr std::array<std::string_view, 3> kActionNames{"notify", "dont_notify", "coalesce"};

Result<Unit> check_actions(const JsonArray& actions) {
  if (actions.size() > kMaxActions) return invalid("A push rule may have at most 32 actions.");
  for (const auto& action : actions) {
    const auto* name = action.if_string();
    const bool known = name ? std::ranges::find(kActionNames, view(*name)) != kActionNames.end()
                            : action.is_object() && find_string(action.get_object(), "set_tweak");
    if (!known) return invalid("An action must be \"notify\" or an object with set_tweak.");
  }
  return Unit{};
}

Result<Unit> check_conditions(const JsonArray& conditions) {
  if (conditions.size() > kMaxConditions) return invalid("A push rule may have at most 32 conditions.");
  for (const auto& item : conditions) {
    const auto* condition = item.if_object();
    if (!condition || !find_string(*condition, "kind")) return invalid("A condition must be an object with a kind.");
    const auto pattern = find_string(*condition, "pattern");
    if (pattern && pattern->size() > kMaxPatternBytes) return invalid("A pattern may be at most 512 bytes long.");
  }
  return Unit{};
}

Result<JsonObject> make_rule(const PushRuleEdit& edit, bool enabled) {
  const auto* actions = find_array(edit.body, "actions");
  if (!actions) return Error(Errc::missing_param, "A push rule needs an array of actions.");
  TRY(check_actions(*actions));
  JsonObject rule{{"rule_id", edit.rule_id}, {"default", false}, {"enabled", enabled}, {"actions", *actions}};
  if (edit.kind == "content") {
    const auto pattern = find_string(edit.body, "pattern");
    if (!pattern) return Error(Errc::missing_param, "A content rule needs a pattern.");
    if (pattern->size() > kMaxPatternBytes) return invalid("A pattern may be at most 512 bytes long.");
    rule["pattern"] = *pattern;
  } else if (edit.kind == "override" || edit.kind == "underride") {
    const Json none = JsonArray{};
    const auto* named = find(edit.body, "conditions");
    const auto* conditions = (named ? named : &none)->if_array();
    if (!conditions) return invalid("conditions must be an array.");
    TRY(check_conditions(*conditions));
    rule["conditions"] = *conditions;
  }
  if (canonical_json(rule).size() > kMaxRuleBytes) return invalid("A push rule may be at most 8192 bytes long.");
  return rule;
}

/// Where a rule goes that is more (`before`) or less (`after`) important than another of the user's own.
Result<JsonArray::iterator> place_beside(JsonArray& list, const PushRuleEdit& edit) {
  const auto& other = edit.before.empty() ? edit.after : edit.before;
  if (other.starts_with('.')) return invalid("A rule cannot be placed beside a predefined one.");
  const auto found = find_rule(list, other);
  if (found == list.end()) return missing_rule(other);
  return edit.before.empty() ? found + 1 : found;
}

/// Above the user's other rules; but nothing is above the master switch.
JsonArray::iterator top_place(JsonArray& list) {
  const bool master_first =
      !list.empty() && list.front().is_object() && find_string(list.front().get_object(), "rule_id") == kMaster;
  return list.begin() + (master_first ? 1 : 0);
}

std::size_t count_user_rules(const JsonObject& rules) {
  std::size_t count = 0;
  for (const auto kind : kKinds) {
    const auto* list = find_array(rules, kind);
    if (!list) continue;
    count += static_cast<std::size_t>(std::ranges::count_if(
        *list, [](const Json& item) { return item.is_object() && !is_predefined(item.get_object()); }));
  }
  return count;
}

}  // namespace

Result<Unit> put_push_rule(JsonObject& rules, const PushRuleEdit& edit) {
  if (!is_kind(edit.kind)) return invalid("There is no kind of push rules named like this.");
  if (edit.rule_id.empty() || edit.rule_id.size() > kMaxRuleIdBytes) {
    return invalid("The id of a push rule must be 1 to 512 bytes long.");
  }
  if (edit.rule_id.starts_with('.')) return invalid("Ids that begin with a dot belong to predefined push rules.");
  if (edit.rule_id.find_first_of("/\\") != std::string::npos) {
    return invalid("The id of a push rule may hold no slash and no backslash.");
  }
  if (edit.rule_id == edit.before || edit.rule_id == edit.after) {
    return invalid("A push rule cannot be placed beside itself.");
  }
  auto& list = rules_of(rules, edit.kind);
  const auto known = find_rule(list, edit.rule_id);
  const bool enabled = known == list.end() || find_bool(known->get_object(), "enabled").value_or(true);
  TRY(auto rule, make_rule(edit, enabled));
  const bool moves = !edit.before.empty() || !edit.after.empty();
  if (moves) {  // before anything changes
    TRY(place_beside(list, edit));
  }
  if (known != list.end() && !moves) {
    *known = std::move(rule);
    return Unit{};
  }
  if (known != list.end()) {
    list.erase(known);
  } else if (count_user_rules(rules) >= kMaxUserRules) {
    return invalid("An account may have at most 500 push rules of its own; delete some.");
  }
  if (!moves) {
    list.insert(top_place(list), std::move(rule));
    return Unit{};
  }
  TRY(auto place, place_beside(list, edit));
  list.insert(place, std::move(rule));
  return Unit{};
}

Result<Unit> delete_push_rule(JsonObject& rules, std::string_view kind, std::string_view rule_id) {
  TRY([[maybe_unused]] auto* rule, existing_rule(rules, kind, rule_id));
  if (rule_id.starts_with('.')) return invalid("Predefined push rules cannot be deleted, only disabled.");
  auto& list = rules_of(rules, kind);
  list.erase(find_rule(list, rule_id));
  return Unit{};
}

Result<Unit> set_push_rule_enabled(JsonObject& rules, std::string_view kind, std::string_view rule_id, bool enabled) {
  TRY(auto* rule, existing_rule(rules, kind, rule_id));
  (*rule)["enabled"] = enabled;
  return Unit{};
}

Result<Unit> set_push_rule_actions(JsonObject& rules, std::string_view kind, std::string_view rule_id,
                                   const JsonArray& actions) {
  TRY(auto* rule, existing_rule(rules, kind, rule_id));
  TRY(check_actions(actions));
  if (canonical_json(Json(actions)).size() > kMaxRuleBytes)
    return invalid("The actions may be at most 8192 bytes long.");
  (*rule)["actions"] = actions;
  return Unit{};
}

const JsonObject* find_push_rule(const JsonObject& rules, std::string_view kind, std::string_view rule_id) {
  const auto* list = is_kind(kind) ? find_array(rules, kind) : nullptr;
  if (!list) return nullptr;
  for (const auto& item : *list) {
    const auto* rule = item.if_object();
    if (rule && find_string(*rule, "rule_id") == rule_id) return rule;
  }
  return nullptr;
}

}  // namespace troupe::matrix
