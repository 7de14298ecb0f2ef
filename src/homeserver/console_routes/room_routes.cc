// /api/v1/homeserver/rooms and /deletions: all rooms, and the way rooms go.
#include "api/paging.h"
#include "api/words.h"
#include "homeserver/console_routes/homeserver_routes.h"
#include "homeserver/console_routes/homeserver_shapes.h"
#include "homeserver/console_routes/server_group.h"

namespace troupe::homeserver::console_routes {
namespace {

using namespace api::words;
using admin::RoomOrder;

/// By the word of `sort`; with a minus the other way round.
struct RoomSort {
  std::string_view word;
  RoomOrder order;
  bool backwards;  ///< as RoomList has it, which begins some orders with the largest
};
constexpr RoomSort kRoomSorts[] = {
    {"name", RoomOrder::name, false},
    {"-name", RoomOrder::name, true},
    {"members", RoomOrder::joined_members, true},
    {"-members", RoomOrder::joined_members, false},
    {"state_events", RoomOrder::state_events, true},
    {"-state_events", RoomOrder::state_events, false},
};

Result<std::optional<bool>> query_either(const Call& call, std::string_view name) {
  TRY(const auto word, net::route::query_choice(call.request, name, {"true", "false"}));
  return word ? std::optional(*word == "true") : std::nullopt;
}

Response page_of(admin::RoomEntries found, const api::Paging& at) {
  boost::json::array items;
  for (auto& room : found.rooms) items.push_back(api::write(ListedRoom{std::move(room)}));
  return reply(api::page(std::move(items), found.total_rooms, at));
}

/// The rooms that one account is in, by their ids.
Task<Response> list_rooms_of(RoomsApi& console, Call& call, std::string member, api::Paging at) {
  for (const auto* other : {"public", "empty", "sort"}) {
    if (call.request.query_value(other)) {
      co_return Error(Errc::invalid_param, "The rooms of a member are searched only.");
    }
  }
  CO_TRY(auto search, net::route::query_search(call.request));
  CO_TRY(auto found, co_await console.list.of_member(std::move(member), std::move(search),
                                                     {.from = at.from, .limit = at.limit, .backwards = false}));
  co_return page_of(std::move(found), at);
}

Task<Response> list_rooms(RoomsApi& console, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  CO_TRY(auto member, net::route::query_search(call.request, "member"));
  if (!member.empty()) co_return co_await list_rooms_of(console, call, std::move(member), at);
  CO_TRY(const auto word,
         net::route::query_choice(call.request, "sort",
                                  {"name", "-name", "members", "-members", "state_events", "-state_events"}));
  const auto* const sort = std::ranges::find(kRoomSorts, word.value_or("name"), &RoomSort::word);
  admin::RoomListQuery query{.page = {.from = at.from, .limit = at.limit, .backwards = sort->backwards},
                             .order = sort->order,
                             .search = {},
                             .only_public = {},
                             .only_empty = {}};
  CO_TRY(query.search, net::route::query_search(call.request));
  CO_TRY(query.only_public, query_either(call, "public"));
  CO_TRY(query.only_empty, query_either(call, "empty"));
  CO_TRY(auto found, co_await console.list.page(std::move(query)));
  co_return page_of(std::move(found), at);
}

Task<Response> show_room(RoomsApi& console, std::string room_id) {
  CO_TRY(auto details, co_await console.list.details(room_id));
  CO_TRY(const auto events, co_await console.deletion.count_events(room_id));
  CO_TRY(auto block, co_await console.changes.blocked(std::move(room_id)));
  co_return api::answer(ShownRoom{
      .of = std::move(details), .events = events, .blocked_by = block.block ? std::move(block.user_id) : std::nullopt});
}

Task<Response> get_room(RoomsApi& console, Call& call) { return show_room(console, call.param("room_id")); }

Task<Response> list_members(RoomsApi& console, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  CO_TRY(auto found, co_await console.list.members(call.param("room_id")));
  const auto total = std::ssize(found.members);
  boost::json::array items;
  for (auto i = std::min(at.from, total); i < std::min(at.from + at.limit, total); ++i) {
    items.push_back(api::write(RoomMember{std::move(found.members[static_cast<std::size_t>(i)])}));
  }
  co_return reply(api::page(std::move(items), total, at));
}

Task<Response> block_room(RoomsApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<BlockBody>(call));
  auto room_id = call.param("room_id");
  CO_TRY(co_await console.list.details(room_id));
  CO_TRY(co_await console.changes.set_blocked(caller_name(call), room_id, body.blocked));
  co_await api::audit(console.kit, call, body.blocked ? "room.block" : "room.unblock", room_id);
  co_return co_await show_room(console, std::move(room_id));
}

Task<Response> show_deletion(RoomsApi& console, std::string delete_id, int status) {
  CO_TRY(auto found, co_await console.deletion.progress_of(std::move(delete_id)));
  co_return api::answer(ShownDeletion{std::move(found)}, status);
}

Task<Response> delete_room(RoomsApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<DeleteBody>(call));
  const auto& room_id = call.param("room_id");
  if (body.confirm != room_id) {
    co_return Error(Errc::invalid_param, "confirm must repeat the id of the room: this cannot be undone.");
  }
  CO_TRY(const bool is_here, co_await console.deletion.is_here(room_id));
  if (!is_here) co_return Error(Errc::not_found, "There is no such room.");
  admin::DeleteRoomBody wanted;
  wanted.block = body.block;
  auto started = co_await console.deletion.start(caller_name(call), room_id, std::move(wanted), false);
  if (!started && started.error().code() == Errc::invalid_param) {
    co_return Error(Errc::conflict, "This room is being deleted already.");
  }
  CO_TRY(auto delete_id, std::move(started));
  console.deletion.wake();
  co_await api::audit(console.kit, call, "room.delete", room_id, {{"delete_id", delete_id}, {"block", body.block}});
  co_return co_await show_deletion(console, std::move(delete_id), 202);
}

Task<Response> list_deletions(RoomsApi& console, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  CO_TRY(auto found, co_await console.deletion.progress(at.from, at.limit));
  boost::json::array items;
  for (auto& one : found.deletions) items.push_back(api::write(ShownDeletion{std::move(one)}));
  co_return reply(api::page(std::move(items), found.total, at));
}

Task<Response> get_deletion(RoomsApi& console, Call& call) {
  return show_deletion(console, call.param("delete_id"), 200);
}

Task<Response> cancel_deletion(RoomsApi& console, Call& call) {
  const auto& delete_id = call.param("delete_id");
  CO_TRY(co_await console.deletion.cancel(delete_id));
  CO_TRY(const auto now, co_await console.deletion.progress_of(delete_id));
  co_await api::audit(console.kit, call, "room.delete_cancel", now.room_id, {{"delete_id", delete_id}});
  co_return api::answer(ShownDeletion{now});
}

}  // namespace

void add_room_routes(net::route::Router& routes, RoomsApi& console) {
  const ServerGroup rooms(routes, "/rooms");
  rooms.add(
      {.method = "GET",
       .summary = "All rooms",
       .reply = TROUPE_REF("HomeserverRoomPage"),
       .query = api::paging_params(
           {{"search", "Part of a room's name or alias, or its id"},
            {"member", "Only those that this account is in, by their ids; the full id"},
            {"public", "Whether they are in the directory", R"({"type":"boolean"})"},
            {"empty", "Whether nobody is in them", R"({"type":"boolean"})"},
            {"sort", "What they are ordered by; a minus turns it round",
             R"({"type":"string","enum":["name","-name","members","-members","state_events","-state_events"]})"}}),
       .run = api::bind(list_rooms, console)});
  rooms.add({.method = "GET",
             .path = "/{room_id}",
             .summary = "One room, by its id",
             .reply = TROUPE_REF("HomeserverRoomDetail"),
             .run = api::bind(get_room, console)});
  rooms.add({.method = "GET",
             .path = "/{room_id}/members",
             .summary = "Who is in a room, in the order of their ids",
             .reply = TROUPE_REF("HomeserverMemberPage"),
             .query = api::paging_params(),
             .run = api::bind(list_members, console)});
  rooms.add({.method = "POST",
             .path = "/{room_id}/block",
             .summary = "Let nobody enter a room any more, or let them again",
             .body = TROUPE_REF("HomeserverBlock"),
             .reply = TROUPE_REF("HomeserverRoomDetail"),
             .run = api::bind(block_room, console)});
  rooms.add({.method = "POST",
             .path = "/{room_id}/delete",
             .summary = "Take everybody out of a room and remove it, in the background",
             .body = TROUPE_REF("HomeserverDeleteRoom"),
             .reply = TROUPE_REF("HomeserverDeletion"),
             .status = 202,
             .run = api::bind(delete_room, console)});
  const ServerGroup deletions(routes, "/deletions");
  deletions.add({.method = "GET",
                 .summary = "Deletions of rooms, the newest first; forgotten a day after their end",
                 .reply = TROUPE_REF("HomeserverDeletionPage"),
                 .query = api::paging_params(),
                 .run = api::bind(list_deletions, console)});
  deletions.add({.method = "GET",
                 .path = "/{delete_id}",
                 .summary = "How far a deletion is",
                 .reply = TROUPE_REF("HomeserverDeletion"),
                 .run = api::bind(get_deletion, console)});
  deletions.add({.method = "POST",
                 .path = "/{delete_id}/cancel",
                 .summary = "Stop a deletion before the room is removed; whoever was taken out stays out",
                 .reply = TROUPE_REF("HomeserverDeletion"),
                 .run = api::bind(cancel_deletion, console)});
}

}  // namespace troupe::homeserver::console_routes
