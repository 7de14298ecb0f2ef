// Who calls, as the routes of meetings mean it.
#pragma once
#include "api/caller.h"
#include "meetings/records/meeting_store.h"

namespace troupe::meetings::routes {

Actor actor_of(const net::route::Call& call);
bool is_member(const net::route::Call& call);
/// Members see their own, operators those of their tenant.
records::Whose whose_of(const net::route::Call& call);
/// Of the path. Error: not_found.
Result<MeetingId> id_of(const net::route::Call& call);

}  // namespace troupe::meetings::routes
