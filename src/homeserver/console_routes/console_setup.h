// The console's view of the homeserver, put together.
#pragma once
#include "homeserver/accounts/account_service.h"
#include "homeserver/admin/room_deletion.h"
#include "homeserver/media/media_removal.h"
#include "homeserver/media/media_service.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/rooms.h"
#include "host/module.h"

namespace troupe::homeserver::console_routes {

/// What stands below. It must outlive the context.
struct ConsoleBasis {
  accounts::AccountService& accounts;
  memory::Rooms& rooms;
  memory::EventLookup& lookup;
  rooms::RoomService& service;
  admin::RoomDeletion& deletion;
  media::MediaRemoval& removal;
  media::MediaService& files;
};

/// Adds the routes under /api/v1/homeserver; none where there is no platform.
void setup_console_routes(host::Context& context, const ConsoleBasis& basis);

}  // namespace troupe::homeserver::console_routes
