// The tree of rooms under a space, as administrators see it: all of it.
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/room_routes.h"
#include "homeserver/spaces/space_shapes.h"

namespace troupe::homeserver::admin {
namespace {

using Above = net::route::NumberRange::Above;

Task<net::http::Response> get_hierarchy(spaces::Hierarchy& hierarchy, net::route::Call& call) {
  spaces::HierarchyRequest request{.user_id = call.caller->user_id,
                                   .room_id = call.param("room_id"),
                                   .from = std::string(call.request.query_value("from").value_or("")),
                                   .sees_all = true};
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit",
                                                    {.otherwise = spaces::kMaxHierarchyPage,
                                                     .least = 1,
                                                     .most = spaces::kMaxHierarchyPage,
                                                     .above = Above::cut}));
  CO_TRY(request.max_depth, net::route::query_number(call.request, "max_depth",
                                                     {.otherwise = spaces::kMaxHierarchyDepth,
                                                      .least = 0,
                                                      .most = spaces::kMaxHierarchyDepth,
                                                      .above = Above::cut}));
  request.limit = static_cast<std::size_t>(limit);
  CO_TRY(const auto page, co_await hierarchy.page(std::move(request)));
  co_return api::answer(page);
}

}  // namespace

void add_room_hierarchy_routes(net::route::Router& router, spaces::Hierarchy& hierarchy) {
  admin_group(router, "/v1")
      .add({.method = "GET",
            .path = "/rooms/{room_id}/hierarchy",
            .summary = "The rooms under a space, a page at a time",
            .reply = api::schema_text<spaces::HierarchyPage>(),
            .query = {{"from", "next_batch of the page before"},
                      {"limit", "how many rooms at most", R"({"type":"integer","minimum":1})"},
                      {"max_depth", "how far down; 0: the space alone", R"({"type":"integer","minimum":0})"}},
            .run = api::bind(get_hierarchy, hierarchy)});
}

}  // namespace troupe::homeserver::admin
