// The routes of what users keep here, on the Matrix listener: one function for each file of routes. All arguments must
// outlive the router.
#pragma once
#include "homeserver/account_data/account_data.h"
#include "host/settings.h"
#include "net/route/router.h"

namespace troupe::homeserver::account_data {

void add_account_data_routes(net::route::Router& router, AccountData& data);  ///< account_data, tags
void add_push_rule_routes(net::route::Router& router, AccountData& data);     ///< pushrules

struct PusherApi {
  store::Database& db;
  const base::Clock& clock;
  const host::Settings& settings;
};
void add_pusher_routes(net::route::Router& router, PusherApi& api);  ///< pushers

}  // namespace troupe::homeserver::account_data
