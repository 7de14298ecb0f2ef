#include "assistant/routes/door.h"

#include "identity/authenticator.h"

namespace troupe::assistant::routes {

tasks::Who who_of(const net::route::Caller& caller) {
  return {.tenant_id = caller.tenant_id,
          .principal_id = caller.principal_id,
          .label = identity::credential_of(caller).principal.label(),
          .administrator = caller.role == net::route::Role::admin,
          .role = caller.role};
}

}  // namespace troupe::assistant::routes
