// What clients and application services ask this server of application services: pings, and third-party networks.
#pragma once
#include "homeserver/appservice/service_client.h"
#include "homeserver/appservice_feed/transaction_sender.h"
#include "homeserver/common/shared_lookups.h"
#include "net/route/router.h"

namespace troupe::homeserver::appservice_feed {

struct AppserviceApi {
  const appservice::Services& services;
  appservice::ServiceClient& client;
  TransactionSender& sender;
  const base::Clock& clock;
  /// Of third-party networks; keys are the service's id and the path. An answer is JSON text, or empty: none just now.
  SharedLookups<std::string>& answers;
};
/// What they use must outlive the router.
void add_ping_routes(net::route::Router& router, AppserviceApi& api);
void add_third_party_routes(net::route::Router& router, AppserviceApi& api);

}  // namespace troupe::homeserver::appservice_feed
