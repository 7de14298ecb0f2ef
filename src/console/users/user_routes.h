// Routes of people: /api/v1/users, with their passwords, sessions and imports.
#pragma once
#include "api/kit.h"
#include "console/people/tenant_people.h"
#include "console/people/tenant_rooms.h"
#include "console/session/sign_in.h"
#include "console/users/tenant_imports.h"
#include "fleet/routes/tenant_bots.h"

namespace troupe::console::users {

inline constexpr net::route::Tag kUsersTag{"users", "People: accounts, passwords, sessions, imports, tenants."};

// What the handlers of each file use; it lives as long as the route table.
struct UserApi {
  api::Kit kit;
  people::PeopleDoor people;
  fleet::routes::BotDoor bots;
};
struct UserAccessApi {
  api::Kit kit;
  people::PeopleDoor people;
  session::SignIn sign_in;
};
struct ImportApi {
  api::Kit kit;
  people::RoomDoor rooms;
  ImportDoor imports;
};

void add_user_routes(net::route::Router& routes, UserApi& console);
void add_user_access_routes(net::route::Router& routes, UserAccessApi& console);
void add_import_routes(net::route::Router& routes, ImportApi& console);

}  // namespace troupe::console::users
