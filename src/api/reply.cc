#include "api/reply.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <ctime>

namespace troupe::api {

net::http::Response reply(const boost::json::value& body, int status) {
  return net::http::Response::json(boost::json::serialize(body), status);
}

net::http::Response private_reply(const boost::json::value& body, int status) {
  auto response = reply(body, status);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

std::string utc_seconds(base::UnixMs time) {
  auto seconds = static_cast<std::time_t>(time / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  return {text.data(), length};
}

std::string rfc3339(base::UnixMs time) { return fmt::format("{}.{:03}Z", utc_seconds(time), time % 1000); }

}  // namespace troupe::api
