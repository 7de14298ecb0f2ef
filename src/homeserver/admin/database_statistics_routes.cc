// Synapse's admin API: which rooms take the most of the database.
// https://element-hq.github.io/synapse/latest/admin_api/statistics.html
#include "api/shape.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/room_routes.h"
#include "homeserver/admin/room_sizes.h"

namespace troupe::homeserver::admin {
namespace {

struct LargestRooms {
  std::vector<RoomSize> rooms;
};

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::RoomSize> make_shape(Of<homeserver::admin::RoomSize>) {
  using homeserver::admin::RoomSize;
  return Shape<RoomSize>::part({member<&RoomSize::room_id>("room_id"),
                                member<&RoomSize::bytes>("estimated_size", {.description = "bytes of its events"})});
}

Shape<homeserver::admin::LargestRooms> make_shape(Of<homeserver::admin::LargestRooms>) {
  using homeserver::admin::LargestRooms;
  return Shape<LargestRooms>::part({member<&LargestRooms::rooms>("rooms")});
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

constexpr std::size_t kShown = 10;
constexpr std::chrono::minutes kPatienceForSizes{2};

Task<net::http::Response> get_largest_rooms(RoomSizes& sizes, net::route::Call&) {
  CO_TRY(auto rooms, co_await sizes.largest(kShown));
  co_return api::answer(LargestRooms{.rooms = std::move(rooms)});
}

}  // namespace

void add_database_statistics_routes(net::route::Router& router, RoomSizes& sizes) {
  admin_group(router, "/v1")
      .add({.method = "GET",
            .path = "/statistics/database/rooms",
            .summary = "The ten rooms whose events take the most, estimated",
            .reply = api::schema_text<LargestRooms>(),
            .deadline = kPatienceForSizes,
            .run = api::bind(get_largest_rooms, sizes)});
}

}  // namespace troupe::homeserver::admin
