// Makes the push gateway, with its routes.
#pragma once
#include "homeserver/common/offers.h"
#include "homeserver/gateway/push_gateway.h"
#include "host/module.h"

namespace troupe::homeserver::gateway {

/// Lives as long as the context. nullptr: it is switched off.
Result<PushGateway*> setup_gateway(host::Context& context, Offers& offers);

}  // namespace troupe::homeserver::gateway
