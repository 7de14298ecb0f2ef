// Handlers cannot go round the wall between tenants: what they hold opens with a caller only. That is shown by what
// does not compile.
#include <gtest/gtest.h>

#include "console/legacy/legacy_routes.h"
#include "console/live/live_routes.h"
#include "console/rooms/room_routes.h"
#include "console/server/server_routes.h"
#include "console/session/session_routes.h"
#include "console/users/user_routes.h"

namespace troupe::console::people {
namespace {

// Nobody but the doors makes what stands for an account or a room that was reached.
static_assert(!std::constructible_from<ReachedUser, const PeopleParts&, const Reach&, UserEntry>);
static_assert(!std::default_initializable<ReachedUser>);
static_assert(!std::constructible_from<ReachedRoom, matrix::RoomActions&, matrix::RoomSummary>);
static_assert(!std::default_initializable<ReachedRoom>);
static_assert(!std::constructible_from<rooms::ChatRoom, const rooms::ChatParts&, std::string, std::string>);
static_assert(!std::constructible_from<session::Proven, matrix::Account>);
static_assert(!std::constructible_from<AllTenants, const PeopleParts&>);

// How far somebody reaches is read from their call and from nothing else.
static_assert(!std::constructible_from<Reach, std::int64_t, std::optional<std::int64_t>, bool, std::string>);
static_assert(!std::constructible_from<TenantPeople, const PeopleParts&>);

// A door opens with a call, and not with a tenant or a name.
template <class Door, class... With>
concept OpensWith = requires(const Door door, With... with) { door(with...); };
static_assert(OpensWith<PeopleDoor, const net::route::Call&> && !OpensWith<PeopleDoor, std::int64_t>);
static_assert(OpensWith<RoomDoor, const net::route::Call&> && !OpensWith<RoomDoor, std::int64_t>);
static_assert(OpensWith<session::KeyDoor, const net::route::Call&> && !OpensWith<session::KeyDoor, std::int64_t>);
static_assert(OpensWith<users::ImportDoor, const net::route::Call&> && !OpensWith<users::ImportDoor, std::int64_t>);

// An action of an account takes one that was reached, and not its id.
template <class Who>
concept MayJoin = requires(const ReachedRoom& room, Who who) { room.join(who); };
static_assert(MayJoin<const ReachedUser&> && !MayJoin<std::string>);

// The services behind the doors are no handler's.
template <class Api>
concept HoldsAService =
    requires(Api api) { api.accounts; } || requires(Api api) { api.feed; } ||
    requires(Api api) { api.rooms.joined_rooms(std::string()); } || requires(Api api) { api.principals; } ||
    requires(Api api) { api.sessions; } || requires(Api api) { api.api_keys; } || requires(Api api) { api.db; } ||
    requires(Api api) { api.context; } || requires(Api api) { api.people.parts_; } ||
    requires(Api api) { api.people.accounts; } || requires(Api api) { api.people.rooms; } ||
    requires(Api api) { api.kit.audit.page(1, identity::AuditQuery{}); };
template <class... Api>
constexpr bool kNoneHoldsAService = !(HoldsAService<Api> || ...);
static_assert(kNoneHoldsAService<session::SessionApi, session::KeyApi, users::UserApi, users::UserAccessApi,
                                 users::ImportApi, rooms::RoomApi, rooms::ChatApi, live::LiveApi, server::SettingsApi,
                                 server::OverviewApi, server::AuditApi, legacy::LegacyApi>);

net::route::Caller caller_of(std::int64_t tenant, net::route::Role role) {
  net::route::Caller caller;
  caller.tenant_id = tenant;
  caller.user_id = "@anna:localhost";
  caller.role = role;
  return caller;
}

TEST(Doors, CallersOfTheDefaultTenantAloneReachAllTenants) {
  net::http::Request request;
  net::route::Call call{.request = request, .params = {}, .body = {}, .caller = {}};
  call.caller = caller_of(identity::kDefaultTenant, net::route::Role::admin);
  EXPECT_TRUE(check_default_tenant(call));
  call.caller = caller_of(2, net::route::Role::admin);
  EXPECT_EQ(check_default_tenant(call).error().code(), Errc::forbidden);
}

TEST(Doors, HowFarSomebodyReachesIsReadFromTheirCall) {
  net::http::Request request;
  net::route::Call call{.request = request, .params = {}, .body = {}, .caller = {}};
  call.caller = caller_of(2, net::route::Role::admin);
  const Reach another(call);
  EXPECT_EQ(another.tenant, 2);
  EXPECT_EQ(another.within, 2);
  EXPECT_EQ(another.user_id, "@anna:localhost");
  call.caller = caller_of(identity::kDefaultTenant, net::route::Role::admin);
  EXPECT_EQ(Reach(call).within, std::nullopt);
  call.caller = caller_of(identity::kDefaultTenant, net::route::Role::operator_);
  EXPECT_EQ(Reach(call).within, identity::kDefaultTenant);
}

}  // namespace
}  // namespace troupe::console::people
