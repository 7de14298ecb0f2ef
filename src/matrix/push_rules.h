// Push rules: the predefined set, users' changes to it, and what an event does to a user (Client-Server API
// #push-rules).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "matrix/auth.h"
#include "matrix/event.h"
#include "matrix/json.h"

namespace troupe::matrix {

/// The predefined `global` rule set for a user, complete and in order.
JsonObject default_push_rules(std::string_view user_id);

struct PushRuleEdit {
  std::string kind;     ///< override, content, room, sender, underride
  std::string rule_id;  ///< not starting with '.', for new rules
  std::string before;
  std::string after;
  JsonObject body;  ///< actions, conditions, pattern
};

// All of these change `rules` (a `global` object) in place.
// Errors: invalid_param, not_found, forbidden-like 400 for server rules.
Result<Unit> put_push_rule(JsonObject& rules, const PushRuleEdit& edit);
Result<Unit> delete_push_rule(JsonObject& rules, std::string_view kind, std::string_view rule_id);
Result<Unit> set_push_rule_enabled(JsonObject& rules, std::string_view kind, std::string_view rule_id, bool enabled);
Result<Unit> set_push_rule_actions(JsonObject& rules, std::string_view kind, std::string_view rule_id,
                                   const JsonArray& actions);
const JsonObject* find_push_rule(const JsonObject& rules, std::string_view kind, std::string_view rule_id);

struct PushOutcome {
  bool notify = false;
  bool highlight = false;
};
/// What a rule's actions say; nullptr: nothing.
PushOutcome push_outcome_of(const JsonArray* actions);

/// What is needed of the room to evaluate the rules.
struct PushRoom {
  std::size_t joined_members = 0;
  std::int64_t sender_power = 0;
  std::int64_t notification_room_level = 50;
};

/// The rule that decides what an event does to a user, borrowed from `rules`; nullptr: none matches.
const JsonObject* find_matching_rule(const JsonObject& rules, const Event& event, std::string_view user_id,
                                     std::string_view display_name, const PushRoom& room);

/// The first matching rule decides. The caller skips the sender's own events.
PushOutcome evaluate_push_rules(const JsonObject& rules, const Event& event, std::string_view user_id,
                                std::string_view display_name, const PushRoom& room);

/// The actions of the rule that decides; nullptr when none does. Borrowed from `rules`.
const JsonArray* deciding_push_actions(const JsonObject& rules, const Event& event, std::string_view user_id,
                                       std::string_view display_name, const PushRoom& room);

/// Whether the rules may notify somebody of events of a room of which the predefined ones notify nobody, and that name
/// nobody: changes of state, reactions, notices. Rather too often than too seldom.
bool may_notify_of_quiet_events(const JsonObject& rules, std::string_view room_id);

/// What the predefined rules make of one event, worked out once for all members who have not changed theirs. The same
/// outcome as evaluate_push_rules(default_push_rules(user_id), …), some fifty times cheaper per member.
class DefaultPush {
 public:
  /// The event must outlive this object.
  DefaultPush(const Event& event, const PushRoom& room);
  /// For whoever the event does not address by id or by name.
  PushOutcome everyone() const { return everyone_; }
  /// False: outcome() is everyone() for all members.
  bool is_personal() const { return invites_ || mentioned_ || !body_.empty(); }
  PushOutcome outcome(std::string_view user_id, std::string_view display_name) const;

 private:
  const Event& event_;
  bool has_mentions_;
  bool invites_ = false;
  const JsonArray* mentioned_ = nullptr;
  std::string_view body_;                   ///< empty when names in it do not count
  std::optional<PushOutcome> above_names_;  ///< decided by a rule that stands above contains_user_name
  PushOutcome everyone_;
};

}  // namespace troupe::matrix
