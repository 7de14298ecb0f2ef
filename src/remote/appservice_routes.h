// What the other homeserver calls here when we are an application service of it: it pushes events in transactions.
// Application Service API #pushing-events.
#pragma once
#include "base/clock.h"
#include "base/metrics.h"
#include "net/route/router.h"
#include "remote/ephemeral.h"
#include "store/database.h"

namespace troupe::remote {

/// The scheme of what the homeserver calls.
inline constexpr std::string_view kHomeserverScheme = "homeserver_token";

/// Lets in whoever shows the hs_token: the homeserver of this name. Checked before a body is read.
class HomeserverToken final : public net::route::Scheme {
 public:
  HomeserverToken(std::string hs_token, std::string server_name)
      : hs_token_(std::move(hs_token)), server_name_(std::move(server_name)) {}
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& request) override;

 private:
  std::string hs_token_;
  std::string server_name_;
};

/// Adds PUT /_matrix/app/v1/transactions/{txnId}, GET users and rooms, POST ping to the Matrix listener. All need the
/// homeserver's token. A transaction is answered when its events are durable; one that comes again is
/// answered without being stored twice. What is ephemeral in it is told to the observers once its events are durable.
void add_appservice_routes(net::route::Router& router, store::Database& db, const base::Clock& clock,
                           base::MetricRegistry& metrics, EphemeralObservers& observers);

}  // namespace troupe::remote
