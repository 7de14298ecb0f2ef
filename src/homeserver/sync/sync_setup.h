// Makes what clients read from.
#pragma once
#include "homeserver/sync/read_routes.h"
#include "host/module.h"

namespace troupe::homeserver::sync {

/// What stands below. Everything must outlive the context.
struct SyncBasis {
  memory::Rooms& rooms;
  memory::Users& users;
  memory::EventLookup& lookup;
  memory::Typing& typing;
  account_data::AccountData& account_data;
};

/// What others tell, hear or build on.
struct SyncParts {
  Receipts& receipts;
  Presence& presence;
  SyncService& sync;
  SyncServices services;
  History& history;
  RoomState& state;
  NotificationList& notifications;
};

/// Makes the services, which live as long as the context, with their routes and jobs.
SyncParts setup_sync(host::Context& context, const SyncBasis& basis);

}  // namespace troupe::homeserver::sync
