#include "assistant/routes/lists.h"

#include <limits>

namespace troupe::assistant::routes {
namespace {

constexpr std::int64_t kMostFrom = 1'000'000'000;
constexpr std::size_t kMaxCursorBytes = 250;

}  // namespace

Result<api::Paging> part_of(const net::http::Request& request, std::int64_t most) {
  api::Paging at;
  TRY(at.from, net::route::query_number(request, "from", {.otherwise = 0, .least = 0, .most = kMostFrom}));
  TRY(at.limit, net::route::query_number(request, "limit", {.otherwise = most, .least = 1, .most = most}));
  return at;
}

Result<Behind> behind(const net::http::Request& request, std::int64_t usual, std::int64_t most) {
  Behind at;
  TRY(at.after,
      net::route::query_number(request, "after",
                               {.otherwise = 0, .least = 0, .most = std::numeric_limits<std::int64_t>::max() - 1}));
  TRY(at.limit, net::route::query_number(request, "limit", {.otherwise = usual, .least = 1, .most = most}));
  return at;
}

Result<Cursor> cursor(const net::http::Request& request) {
  const auto given = request.query_value("after").value_or("");
  if (given.empty()) return Cursor{};
  const auto dot = given.find('.');
  const auto at = net::route::whole_number(given.substr(0, dot));
  if (dot == given.npos || !at || *at < 0 || given.size() > kMaxCursorBytes) {
    return Error(Errc::invalid_param, "after must be a next_after of this list.");
  }
  return Cursor{.at_ms = *at, .id = std::string(given.substr(dot + 1))};
}

std::string cursor_of(base::UnixMs at_ms, std::string_view id) { return std::to_string(at_ms) + "." + std::string(id); }

boost::json::object part(boost::json::array items, std::string_view next, std::optional<boost::json::value> rest) {
  boost::json::object body{{"items", std::move(items)}};
  if (rest) body[next] = *std::move(rest);
  return body;
}

net::route::QueryParam from_parameter() {
  return {.name = "from",
          .description = "How many to pass over",
          .schema = R"({"type":"integer","minimum":0,"default":0})"};
}
net::route::QueryParam limit_parameter(std::string_view schema) {
  return {.name = "limit", .description = "How many to answer", .schema = schema};
}
net::route::QueryParam after_parameter() {
  return {.name = "after",
          .description = "Those behind this number",
          .schema = R"({"type":"integer","minimum":0,"default":0})"};
}
net::route::QueryParam cursor_parameter() {
  return {
      .name = "after", .description = "Those behind this next_after", .schema = R"({"type":"string","maxLength":250})"};
}

}  // namespace troupe::assistant::routes
