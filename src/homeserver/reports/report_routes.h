// The routes of reports: clients' and, in Synapse's admin API, the administrators'.
#pragma once
#include "homeserver/reports/reports.h"
#include "host/module.h"
#include "net/route/router.h"

namespace troupe::homeserver::reports {

// What the routes use must outlive the router.
void add_report_routes(net::route::Router& router, Reports& reports);        ///< by clients
void add_report_admin_routes(net::route::Router& router, Reports& reports);  ///< event, room and user reports

/// What stands below. It must outlive the context.
struct ReportBasis {
  memory::Rooms& rooms;
  memory::EventLookup& lookup;
};
/// Makes the service, which lives as long as the context, with its routes.
void setup_reports(host::Context& context, const ReportBasis& basis);

}  // namespace troupe::homeserver::reports
