// Makes what Synapse's admin API has for rooms.
#pragma once
#include "homeserver/accounts/account_service.h"
#include "homeserver/admin/room_deletion.h"
#include "homeserver/rooms/room_service.h"
#include "homeserver/sync/sync_setup.h"
#include "host/module.h"

namespace troupe::homeserver::admin {

/// What stands below. All but the struct itself must outlive the context.
struct RoomBasis {
  memory::Rooms& rooms;
  rooms::RoomService& service;
  accounts::AccountService& accounts;
  const sync::SyncParts& sync;
};

/// Makes the services, which live as long as the context, with their routes and jobs. Yields the one that others use.
RoomDeletion& setup_admin_rooms(host::Context& context, const RoomBasis& basis);

}  // namespace troupe::homeserver::admin
