#include "api/reply.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "base/utc.h"

namespace troupe::api {

net::http::Response reply(const boost::json::value& body, int status) {
  return net::http::Response::json(boost::json::serialize(body), status);
}

net::http::Response private_reply(const boost::json::value& body, int status) {
  auto response = reply(body, status);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

std::string utc_seconds(base::UnixMs time) { return base::utc_text(time, base::kIsoSeconds); }

std::string rfc3339(base::UnixMs time) { return fmt::format("{}.{:03}Z", utc_seconds(time), time % 1000); }

}  // namespace troupe::api
