// The rules for m.room.member events (room versions #authorization-rules, rule 4 or 5).
#pragma once
#include "matrix/auth.h"

namespace troupe::matrix {

/// Error: forbidden. The signature of the authorising server of a restricted join is not checked here, but where
/// signatures are: on receipt of the event.
Result<Unit> authorize_member(const RoomVersion& version, const EventDraft& draft, const StateView& state,
                              const Event& create, const PowerLevels& levels);

}  // namespace troupe::matrix
