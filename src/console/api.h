// What the routes of /api/v1 share: the services they use, paging, who acts, and the audit log.
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/bots/bot_service.h"
#include "host/module.h"
#include "identity/api_keys.h"
#include "identity/audit.h"
#include "identity/authenticator.h"
#include "identity/principals.h"
#include "identity/sessions.h"
#include "identity/tenants.h"
#include "matrix/homeserver.h"

namespace troupe::console {

/// Lives as long as the program.
struct Api {
  host::Context& context;
  matrix::Homeserver& homeserver;
  identity::Principals& principals;
  identity::Sessions& sessions;
  identity::ApiKeys& api_keys;
  identity::Audit& audit;
  identity::Tenants& tenants;
  fleet::BotService& bots;
  base::UnixMs started_ms;
  std::chrono::steady_clock::time_point started;
};

/// ?from=&limit= of a list. Errors: invalid_param.
struct Paging {
  std::int64_t from = 0;
  std::int64_t limit = 100;  ///< 1…1000
};
Result<Paging> paging(const net::Request& request);
/// ?search=, or another of that kind, at most 200 bytes. Error: invalid_param.
Result<std::string> search_text(const net::Request& request, std::string_view name = "search");
/// One of the words, or nothing when the parameter is not there or empty. Error: invalid_param, with the list.
Result<std::optional<std::string>> choice(const net::Request& request, std::string_view name,
                                          std::initializer_list<std::string_view> words);
/// A whole number. Error: invalid_param.
Result<std::int64_t> number(const net::Request& request, std::string_view name, std::int64_t standard,
                            std::int64_t least, std::int64_t most);
/// "true", "1", "yes" or "on", and their opposites; not there: false. Error: invalid_param.
Result<bool> switched_on(const net::Request& request, std::string_view name);
/// The parameters that paging() reads, for the document.
std::vector<net::QueryParam> paging_params(std::vector<net::QueryParam> others = {});

/// {items, total, next_from?}
boost::json::object page(boost::json::array items, std::int64_t total, const Paging& paging);
net::Response reply(const boost::json::value& body, int status = 200);

fleet::Actor actor(const net::Call& call);
std::int64_t tenant(const net::Call& call);
/// Whether the caller is a key that may do less than its role, because it is limited to scopes.
bool is_limited(const net::Call& call);
/// Whether the caller has this scope or is not limited to scopes.
bool has_scope(const net::Call& call, std::string_view scope);
/// Whether the caller sees how bots are set up: operators and administrators.
bool sees_settings(const net::Call& call);
/// Roles, sessions or keys have changed: lists are read again, and open streams look whether they may go on.
void ring_users(Api& api);
/// Writes one line of the audit log. The change itself has happened: a failure is logged, not returned.
asio::awaitable<void> audit(Api& api, const net::Call& call, std::string action, std::string target,
                            boost::json::object detail = {});
/// The same for what somebody does who is no caller yet, or not any more: signing in and out.
asio::awaitable<void> audit_as(Api& api, const net::Call& call, const identity::Principal& who, std::string action,
                               std::string target, boost::json::object detail = {});
/// A console session began: by the account itself, under its tenant; from where is in the detail.
asio::awaitable<void> audit_sign_in(Api& api, const net::Call& call, const identity::Principal& who,
                                    boost::json::object detail = {});
/// Somebody did not get in as this user: on record where that account belongs, by the address it came from.
asio::awaitable<void> audit_refusal(Api& api, const net::Call& call, std::string user, boost::json::object detail = {});

/// "@anna:localhost" for "anna", "@anna" and itself.
std::string full_user_id(const Api& api, std::string_view user);

/// A member of the body, which the route's schema has checked; empty or nothing when it is not there.
std::string text(const net::Call& call, std::string_view member);
std::optional<std::string> optional_text(const net::Call& call, std::string_view member);

/// What a JSON route of the API is declared with; the rest follows: a body is required where it has a schema, and the
/// rate class is `read` for GET and `write` else.
struct ApiRoute {
  std::string method;
  std::string path;
  net::Access needs = net::Access::user;
  std::string scope = {};
  std::string tag = {};
  std::string summary = {};
  std::string_view reply = {};  ///< schema
  std::string_view body = {};   ///< schema
  std::optional<net::Rate> rate = std::nullopt;
  net::Dialect dialect = net::Dialect::problem;
  std::vector<net::QueryParam> query = {};
  int good_status = 200;
  net::Body takes = net::Body::none;  ///< with a schema, none means json_required
  std::string_view body_type = {};    ///< of a raw body
  std::size_t max_body_bytes = 256UL * 1024;
  std::string_view reply_type = "application/json";
};
using ApiHandler = Task<net::Response> (*)(Api&, net::Call&);
void add_route(Api& api, ApiRoute route, ApiHandler handler);

// Each adds the routes of one file.
void add_session_routes(Api& api);
void add_user_routes(Api& api);
void add_user_access_routes(Api& api);
Result<Unit> add_import_routes(Api& api);
void add_settings_routes(Api& api);
void add_audit_routes(Api& api);
void add_bot_routes(Api& api);
void add_bot_watch_routes(Api& api);
void add_brain_test_routes(Api& api);
void add_chat_routes(Api& api);
void add_hook_routes(Api& api);
void add_key_routes(Api& api);
void add_room_routes(Api& api);
void add_overview_routes(Api& api);
void add_live_routes(Api& api);
void add_document_routes(Api& api);
void add_seed_routes(Api& api);
void add_seed_form_routes(Api& api);
void add_web_routes(Api& api);

}  // namespace troupe::console
