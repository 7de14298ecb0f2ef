// The route of message search.
#pragma once
#include "homeserver/search/search_service.h"
#include "net/route/router.h"

namespace troupe::homeserver::search {

/// The service must outlive the router.
void add_search_routes(net::route::Router& router, SearchService& search);

}  // namespace troupe::homeserver::search
