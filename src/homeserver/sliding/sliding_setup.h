// Makes sliding sync.
#pragma once
#include "homeserver/common/offers.h"
#include "homeserver/sliding/sliding_routes.h"
#include "homeserver/sync/sync_setup.h"
#include "host/module.h"

namespace troupe::homeserver::sliding {

/// What stands below. All but the struct itself must outlive the context.
struct SlidingBasis {
  memory::Users& users;
  const sync::SyncParts& sync;
  Offers& offers;  ///< is told of it
};

/// Makes the service, which lives as long as the context, with its routes and jobs.
void setup_sliding(host::Context& context, const SlidingBasis& basis);

}  // namespace troupe::homeserver::sliding
