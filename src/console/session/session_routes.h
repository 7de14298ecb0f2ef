// Routes of credentials: /api/v1/session and /api/v1/keys.
#pragma once
#include "api/kit.h"
#include "console/people/tenant_people.h"
#include "console/session/caller_keys.h"
#include "console/session/sign_in.h"

namespace troupe::console::session {

// What the handlers of each file use; it lives as long as the route table.
struct SessionApi {
  people::PeopleDoor people;
  SignIn sign_in;
  const host::Settings& settings;
};
struct KeyApi {
  api::Kit kit;
  KeyDoor keys;
};

void add_session_routes(net::route::Router& routes, SessionApi& console);
void add_provider_routes(net::route::Router& routes, SessionApi& console);  ///< signing in elsewhere
void add_key_routes(net::route::Router& routes, KeyApi& console);

}  // namespace troupe::console::session
