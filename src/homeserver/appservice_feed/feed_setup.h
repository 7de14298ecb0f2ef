// Makes what application services are told by, and their own accounts.
#pragma once
#include "homeserver/accounts/account_service.h"
#include "homeserver/appservice/service_client.h"
#include "homeserver/memory/typing.h"
#include "homeserver/sync/sync_setup.h"
#include "host/module.h"

namespace troupe::homeserver::appservice_feed {

/// What stands below. All but the struct itself must outlive the context.
struct FeedBasis {
  const appservice::Services& services;
  appservice::ServiceClient& client;
  accounts::AccountService& accounts;
  memory::Rooms& rooms;
  memory::Typing& typing;
  const sync::SyncParts& sync;
};

/// Makes the services, which live as long as the context, with their routes and jobs.
void setup_appservice_feed(host::Context& context, const FeedBasis& basis);

}  // namespace troupe::homeserver::appservice_feed
