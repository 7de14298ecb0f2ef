#include "api/paging.h"

#include <boost/json/array.hpp>

#include "net/route/params.h"

namespace troupe::api {
namespace {

constexpr net::route::NumberRange kFrom{.otherwise = 0, .least = 0, .most = 1'000'000'000};
constexpr net::route::NumberRange kLimit{.otherwise = 100, .least = 1, .most = 1'000};

}  // namespace

std::vector<net::route::QueryParam> paging_params(std::vector<net::route::QueryParam> others) {
  others.push_back({.name = "from",
                    .description = "How many to pass over",
                    .schema = R"({"type":"integer","minimum":0,"default":0})"});
  others.push_back({.name = "limit",
                    .description = "How many to answer",
                    .schema = R"({"type":"integer","minimum":1,"maximum":1000,"default":100})"});
  return others;
}

Result<Paging> paging(const net::http::Request& request) {
  Paging result;
  TRY(result.from, net::route::query_number(request, "from", kFrom));
  TRY(result.limit, net::route::query_number(request, "limit", kLimit));
  return result;
}

boost::json::object page(boost::json::array items, std::int64_t total, const Paging& paging) {
  auto next = paging.from + static_cast<std::int64_t>(items.size());
  boost::json::object body{{"items", std::move(items)}, {"total", total}};
  if (next < total && next > paging.from) body["next_from"] = next;
  return body;
}

boost::json::object whole_list(boost::json::array items) {
  const auto total = static_cast<std::int64_t>(items.size());
  return {{"items", std::move(items)}, {"total", total}};
}

}  // namespace troupe::api
