// Makes what sends pushes.
#pragma once
#include "homeserver/sync/sync_setup.h"
#include "host/module.h"

namespace troupe::homeserver::push {

/// What stands below. All but the struct itself must outlive the context.
struct PushBasis {
  memory::Rooms& rooms;
  const sync::SyncParts& sync;
};

/// Makes the service, which lives as long as the context, with its job.
void setup_push(host::Context& context, const PushBasis& basis);

}  // namespace troupe::homeserver::push
