// Synapse's admin API of server notices.
#pragma once
#include "homeserver/notices/notices.h"
#include "host/module.h"
#include "net/route/router.h"

namespace troupe::homeserver::notices {

void add_notice_routes(net::route::Router& router, Notices& notices);  ///< `notices` must outlive the router

/// What stands below. All but the struct itself must outlive the context.
struct NoticeBasis {
  accounts::AccountService& accounts;
  rooms::RoomService& rooms;
  account_data::AccountData& account_data;
};
/// Makes the service, which lives as long as the context, with its routes.
void setup_notices(host::Context& context, const NoticeBasis& basis);

}  // namespace troupe::homeserver::notices
