#include "console/people/reach.h"

#include "api/caller.h"

namespace troupe::console::people {

Reach::Reach(const net::route::Call& call)
    : tenant(api::tenant(call)),
      within(call.caller ? api::visible_tenant(call) : std::nullopt),
      limited(api::is_limited(call)),
      user_id(call.caller ? call.caller->user_id : std::string()) {}

Result<Unit> check_may_give(const Reach& reach, net::route::Role role) {
  if (role != net::route::Role::admin || !reach.limited) return Unit{};
  return Error(Errc::forbidden, "A key that is limited to scopes can neither make administrators nor enter as one.");
}

}  // namespace troupe::console::people
