// Routes with which the console shows the homeserver itself: everybody's rooms, files, reports. For administrators of
// the server alone: another tenant's administrator reaches people and rooms through /api/v1/users and /api/v1/rooms.
#pragma once
#include "api/group.h"
#include "api/kit.h"

namespace troupe::homeserver::console_routes {

/// Routes under /api/v1/homeserver. What is added here is called by administrators of the server only, whatever its row
/// says. The table must outlive it.
class ServerGroup {
 public:
  ServerGroup(net::route::Router& routes, std::string_view rest);
  void add(api::Operation row) const;

 private:
  api::Group group_;
};

/// How the caller is named in what is kept: a user id, or the name of a service.
std::string caller_name(const net::route::Call& call);

}  // namespace troupe::homeserver::console_routes
