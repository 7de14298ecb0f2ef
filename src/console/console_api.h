// What the handlers of each kind of route use: a struct of references for each, which lives as long as the route table.
#pragma once
#include <chrono>

#include "api/event_stream.h"
#include "api/group.h"
#include "api/kit.h"
#include "api/paging.h"
#include "api/reply.h"
#include "console/chat/typing_rooms.h"
#include "console/reach.h"
#include "console/users/user_import.h"
#include "fleet/routes/tenant_bots.h"
#include "identity/api_keys.h"
#include "identity/sessions.h"
#include "net/route/params.h"

namespace troupe::console {

using api::has_scope;
using api::is_limited;
using api::page;
using api::paging;
using api::Paging;
using api::paging_params;
using api::reply;
using api::rfc3339;
using api::tenant;
using api::visible_tenant;
using fleet::sees_settings;

struct SessionApi {
  api::Kit kit;
  People people;
  identity::Sessions& sessions;
};
struct UserApi {
  api::Kit kit;
  People people;
  fleet::BotDoor bots;
};
struct UserAccessApi {
  api::Kit kit;
  People people;
  identity::Sessions& sessions;
  identity::ApiKeys& api_keys;
};
struct ImportApi {
  api::Kit kit;
  People people;
  UserImports& imports;
};
struct KeyApi {
  api::Kit kit;
  identity::ApiKeys& api_keys;
};
struct SettingsApi {
  api::Kit kit;
  People people;
  const host::Settings& settings;
};
struct RoomApi {
  api::Kit kit;
  People people;
};
struct LiveApi {
  api::Kit kit;
  fleet::BotDoor bots;
};
struct ChatApi {
  api::Kit kit;
  fleet::BotDoor bots;
  matrix::Homeserver& homeserver;  ///< where the caller's own account acts
  const TypingRooms& typing;
  store::Database& db;
};
struct OverviewApi {
  host::Context& context;  ///< its checks and metrics are complete only when all modules are set up
  People people;
  fleet::BotDoor bots;
  base::UnixMs started_ms;
  std::chrono::steady_clock::time_point started;
};
/// The two older faces.
struct SeedApi {
  api::Kit kit;
  People people;
  fleet::BotDoor bots;
  identity::Sessions& sessions;
};

/// A console session began: by the account itself, under its tenant; from where is in the detail.
asio::awaitable<void> audit_sign_in(const api::Kit& kit, const net::Call& call, const identity::Principal& who,
                                    boost::json::object detail = {});
/// Somebody did not get in as this user: on record where that account belongs, by the address it came from.
asio::awaitable<void> audit_refusal(const api::Kit& kit, const People& people, const net::Call& call, std::string user,
                                    boost::json::object detail = {});

// Each adds the routes of one file.
void add_session_routes(net::Router& routes, SessionApi& console);
void add_user_routes(net::Router& routes, UserApi& console);
void add_user_access_routes(net::Router& routes, UserAccessApi& console);
void add_import_routes(net::Router& routes, ImportApi& console);
void add_settings_routes(net::Router& routes, SettingsApi& console);
void add_audit_routes(net::Router& routes, api::Kit& kit);
void add_chat_routes(net::Router& routes, ChatApi& console);
void add_key_routes(net::Router& routes, KeyApi& console);
void add_room_routes(net::Router& routes, RoomApi& console);
void add_overview_routes(net::Router& routes, OverviewApi& console);
void add_live_routes(net::Router& routes, base::MetricRegistry& metrics, LiveApi& console);
void add_document_routes(net::Router& routes, const host::Settings& settings);
void add_seed_routes(net::Router& routes, SeedApi& console);
void add_seed_form_routes(net::Router& routes, SeedApi& console);
void add_web_routes(net::Router& routes, const host::Settings& settings);

}  // namespace troupe::console
