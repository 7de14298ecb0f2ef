// Answers of handlers.
#pragma once
#include <boost/json/value.hpp>
#include <string>

#include "base/clock.h"
#include "net/route/router.h"

namespace troupe::api {

net::http::Response reply(const boost::json::value& body, int status = 200);
/// The same for what no cache may keep: secrets that are shown once, who is signed in.
net::http::Response private_reply(const boost::json::value& body, int status = 200);

/// "2026-11-20T08:00:00.123Z"
std::string rfc3339(base::UnixMs time);
/// The same without the fraction and the zone.
std::string utc_seconds(base::UnixMs time);

}  // namespace troupe::api
