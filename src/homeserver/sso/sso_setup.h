// Single sign-on: its services, routes and job.
#pragma once
#include "homeserver/accounts/account_parts.h"
#include "homeserver/common/offers.h"
#include "host/module.h"

namespace troupe::homeserver::sso {

struct SsoParts {
  accounts::AccountParts& accounts;
  Offers& offers;
};
void setup_sso(host::Context& context, const SsoParts& parts);

}  // namespace troupe::homeserver::sso
