// The rules for m.room.power_levels events (room versions #authorization-rules, rule 9 or 10).
#pragma once
#include "matrix/auth.h"

namespace troupe::matrix {

/// What a rule that does not hold yields.
inline Error refused(std::string why) { return Error(Errc::forbidden, std::move(why)); }

/// Whether everything in the content that is a level can be read as one, and `users` holds user ids, and none that
/// stands above all levels. Error: forbidden.
Result<Unit> check_level_shapes(const RoomVersion& version, const JsonObject& content, const Event& create);

/// `power` is the sender's level; that it suffices for the type has been checked. Error: forbidden.
Result<Unit> authorize_power_levels(const RoomVersion& version, const EventDraft& draft, const StateView& state,
                                    const Event& create, std::int64_t power);

}  // namespace troupe::matrix
