// Makes what looks at rooms from outside.
#pragma once
#include "homeserver/common/offers.h"
#include "homeserver/spaces/space_routes.h"
#include "host/module.h"

namespace troupe::homeserver::spaces {

/// What stands below. All but the struct itself must outlive the context.
struct SpaceBasis {
  const memory::Rooms& rooms;
  rooms::RoomService& service;
  Offers& offers;  ///< is told of it
};

/// Makes the services, which live as long as the context, with their routes.
void setup_spaces(host::Context& context, const SpaceBasis& basis);

}  // namespace troupe::homeserver::spaces
