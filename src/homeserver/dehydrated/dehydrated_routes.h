// The routes of dehydrated devices (MSC3814), under the proposal's name.
#pragma once
#include "homeserver/dehydrated/dehydrated_devices.h"
#include "host/module.h"

namespace troupe::homeserver::dehydrated {

/// What stands below. Everything must outlive the context.
struct DehydratedBasis {
  crypto::DeviceKeys& keys;
  accounts::AccountObserver& observer;
};
/// Makes the service, which lives as long as the context, with its routes.
void setup_dehydrated(host::Context& context, const DehydratedBasis& basis);

}  // namespace troupe::homeserver::dehydrated
