#include "homeserver/spaces/space_routes.h"

#include "homeserver/common/client_route.h"
#include "homeserver/spaces/mutual_room_store.h"
#include "homeserver/spaces/space_shapes.h"

namespace troupe::homeserver::spaces {
namespace {

constexpr std::size_t kMutualPage = 100;
constexpr net::route::NumberRange kPage{.otherwise = kMaxHierarchyPage,
                                        .least = 1,
                                        .most = kMaxHierarchyPage,
                                        .above = net::route::NumberRange::Above::cut};
constexpr net::route::NumberRange kDepth{.otherwise = kMaxHierarchyDepth,
                                         .least = 0,
                                         .most = kMaxHierarchyDepth,
                                         .above = net::route::NumberRange::Above::cut};

Task<net::http::Response> get_hierarchy(SpaceApi& api, net::route::Call& call) {
  HierarchyRequest request{.user_id = call.caller->user_id,
                           .room_id = call.param("room_id"),
                           .from = std::string(call.request.query_value("from").value_or(""))};
  CO_TRY(request.suggested_only, net::route::query_flag(call.request, "suggested_only"));
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit", kPage));
  CO_TRY(request.max_depth, net::route::query_number(call.request, "max_depth", kDepth));
  request.limit = static_cast<std::size_t>(limit);
  CO_TRY(const auto page, co_await api.hierarchy.page(std::move(request)));
  co_return api::answer(page);
}

Error no_such_room() { return {Errc::not_found, "There is no such room, or you may not see it."}; }

/// Error: not_found, for a room that is not there as for one that the caller may not see.
Task<RoomCard> read_summary(SpaceApi& api, const net::route::Call& call) {
  const auto resolved = co_await api.service.resolve(call.param("room_id_or_alias"));
  if (!resolved && resolved.error().code() == Errc::not_found) co_return no_such_room();
  CO_TRY(const auto room_id, resolved);
  std::optional<std::string_view> user_id;
  if (call.caller) user_id = call.caller->user_id;
  auto read = [&](store::Connection& connection) -> Result<RoomCard> {
    auto look = RoomLook::find(connection, api.rooms, room_id);
    if (!look || !look->shown_to(user_id)) return no_such_room();
    auto card = look->card();
    if (!user_id) return card;
    card.membership = look->membership_of(*user_id);
    if (card.membership.empty()) card.membership = "leave";
    return card;
  };
  co_return co_await api.db.read(read);
}

Task<net::http::Response> get_summary(SpaceApi& api, net::route::Call& call) {
  CO_TRY(const auto card, co_await read_summary(api, call));
  co_return api::answer(card);
}

Task<net::http::Response> get_proposed_summary(SpaceApi& api, net::route::Call& call) {
  CO_TRY(auto card, co_await read_summary(api, call));
  co_return api::answer(ProposedSummary{std::move(card)});
}

/// The room that the page before ended with; 0: none. `batch_token` is the older name.
Result<memory::RoomNum> query_batch(const net::http::Request& request) {
  auto text = request.query_value("from");
  if (!text) text = request.query_value("batch_token");
  if (!text || text->empty()) return 0;
  const auto number = net::route::whole_number(*text);
  if (!number || *number < 0) return Error(Errc::invalid_param, "from is not valid.");
  return *number;
}

Task<net::http::Response> get_mutual_rooms(SpaceApi& api, net::route::Call& call) {
  const auto given = call.request.query_values("user_id");
  if (given.empty() || given.front().empty()) co_return Error(Errc::missing_param, "user_id is missing.");
  if (given.size() > 1) co_return Error(Errc::invalid_param, "Give one user_id only.");
  const std::string_view other = given.front();
  const auto& own = call.caller->user_id;
  if (other == own) {
    co_return Error(Errc::invalid_param, "Rooms are in common with somebody else.").with_wire_code("M_UNKNOWN");
  }
  CO_TRY(const auto after, query_batch(call.request));
  auto read = [&](store::Connection& connection) -> Result<MutualRooms> {
    auto found = mutual_room_store::rooms_of_both(connection, own, other, after, kMutualPage + 1);
    MutualRooms answer;
    answer.count = mutual_room_store::count_rooms_of_both(connection, own, other);
    if (found.size() > kMutualPage) {
      found.pop_back();
      answer.next_batch = std::to_string(found.back().room);
    }
    for (auto& room : found) answer.joined.push_back(std::move(room.room_id));
    return answer;
  };
  CO_TRY(const auto answer, co_await api.db.read(read));
  co_return api::answer(answer);
}

}  // namespace

void add_space_routes(net::route::Router& router, SpaceApi& api) {
  const auto v1 = matrix_group(router, {.prefix = std::string(kClientV1), .needs = net::route::Access::user});
  v1.add({.method = "GET",
          .path = "/rooms/{room_id}/hierarchy",
          .reply = api::schema_text<HierarchyPage>(),
          .run = api::bind(get_hierarchy, api)});
  v1.add({.method = "GET",
          .path = "/room_summary/{room_id_or_alias}",
          .needs = net::route::Access::if_any,
          .reply = api::schema_text<RoomCard>(),
          .run = api::bind(get_summary, api)});
  v1.add({.method = "GET",
          .path = "/mutual_rooms",
          .reply = api::schema_text<MutualRooms>(),
          .run = api::bind(get_mutual_rooms, api)});

  const auto unstable = matrix_group(router, {.prefix = "/_matrix/client/unstable", .needs = net::route::Access::user});
  for (const auto* path :
       {"/im.nheko.summary/summary/{room_id_or_alias}", "/im.nheko.summary/rooms/{room_id_or_alias}/summary"}) {
    unstable.add({.method = "GET",
                  .path = path,
                  .needs = net::route::Access::if_any,
                  .reply = api::schema_text<ProposedSummary>(),
                  .run = api::bind(get_proposed_summary, api)});
  }
  unstable.add({.method = "GET",
                .path = "/uk.half-shot.msc2666/user/mutual_rooms",
                .reply = api::schema_text<MutualRooms>(),
                .run = api::bind(get_mutual_rooms, api)});
}

}  // namespace troupe::homeserver::spaces
