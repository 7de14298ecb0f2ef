#include "homeserver/search/search_routes.h"

#include "homeserver/common/client_route.h"

namespace troupe::homeserver::search {
namespace {

Task<net::http::Response> post_search(SearchService& search, net::route::Call& call) {
  CO_TRY(const auto body, api::body_of<SearchBody>(call));
  const auto& criteria = body.search_categories.room_events;
  if (!criteria) co_return json_response({{"search_categories", matrix::JsonObject()}});
  CO_TRY(auto request, read_search(*criteria, call.request.query_value("next_batch").value_or("")));
  request.user_id = call.caller->user_id;
  request.device_id = call.caller->device_id;
  CO_TRY(auto text, co_await search.search(std::move(request)));
  co_return net::http::Response::json(std::move(text));
}

}  // namespace

void add_search_routes(net::route::Router& router, SearchService& search) {
  matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user})
      .add({.method = "POST",
            .path = "/search",
            .rate = net::route::Rate::search,
            .body = api::schema_text<SearchBody>(),
            .run = api::bind(post_search, search)});
}

}  // namespace troupe::homeserver::search
