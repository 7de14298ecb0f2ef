// The rules for m.room.member events (room versions #authorization-rules, rule 4 or 5).
#pragma once
#include "matrix/auth.h"

namespace troupe::matrix {

/// Whether rooms of this version know the join rule.
bool is_join_rule(const RoomVersion& version, std::string_view word);
/// The room's join rule; empty when its version does not know it, and then nobody can join: not even who is invited.
std::string_view join_rule_of(const RoomVersion& version, const StateView& state);

/// Error: forbidden. The signature of the authorising server of a restricted join is not checked here, but where
/// signatures are: on receipt of the event.
Result<Unit> authorize_member(const RoomVersion& version, const EventDraft& draft, const StateView& state,
                              const Event& create, const PowerLevels& levels);

}  // namespace troupe::matrix
