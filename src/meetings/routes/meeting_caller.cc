#include "meetings/routes/meeting_caller.h"

#include "identity/authenticator.h"
#include "net/route/params.h"

namespace troupe::meetings::routes {

Actor actor_of(const net::route::Call& call) {
  const auto& principal = identity::credential_of(*call.caller).principal;
  return {.id = principal.id, .label = principal.label()};
}

bool is_member(const net::route::Call& call) { return call.caller->role == net::route::Role::member; }

records::Whose whose_of(const net::route::Call& call) {
  records::Whose whose{.tenant_id = api::tenant(call)};
  if (is_member(call)) whose.owner_id = actor_of(call).id;
  return whose;
}

Result<MeetingId> id_of(const net::route::Call& call) {
  const auto id = net::route::whole_number(call.param("meeting_id"));
  if (!id) return Error(Errc::not_found, "There is no such meeting.");
  return *id;
}

}  // namespace troupe::meetings::routes
