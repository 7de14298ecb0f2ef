#include "homeserver/server_info_routes.h"

#include "base/crypto.h"
#include "base/html.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/public_address.h"
#include "homeserver/common/settings.h"
#include "homeserver/rtc/rtc_routes.h"
#include "host/this_machine.h"
#include "matrix/ids.h"
#include "matrix/key_exchange.h"
#include "net/http/url.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

/// The releases whose client endpoints we answer. Clients pick features by these numbers.
constexpr std::string_view kSpecVersions[] = {"r0.0.1", "r0.1.0", "r0.2.0", "r0.3.0", "r0.4.0", "r0.5.0", "r0.6.0",
                                              "r0.6.1", "v1.1",   "v1.2",   "v1.3",   "v1.4",   "v1.5",   "v1.6",
                                              "v1.7",   "v1.8",   "v1.9",   "v1.10",  "v1.11",  "v1.12",  "v1.13",
                                              "v1.14",  "v1.15",  "v1.16",  "v1.17",  "v1.18",  "v1.19"};

std::string versions_body(const Offers& offers) {
  JsonArray versions(std::begin(kSpecVersions), std::end(kSpecVersions));
  JsonObject features;
  for (const auto& name : offers.unstable_features) features[name] = true;
  return boost::json::serialize(
      JsonObject{{"versions", std::move(versions)}, {"unstable_features", std::move(features)}});
}

/// Every client asks, and the answer never changes.
Task<net::http::Response> get_versions(std::shared_ptr<const std::string> body) {
  net::http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Cache-Control", "public, max-age=600");
  response.headers.add("Vary", "Authorization");
  response.shared_body = std::move(body);
  co_return response;
}

Task<net::http::Response> get_well_known(ServerInfoApi& api, net::route::Call& call) {
  JsonObject body{{"m.homeserver", {{"base_url", public_address(api.settings, call.request)}}}};
  // Where bots cannot read encrypted rooms Element makes new ones without encryption.
  if (!api.settings.of<matrix::EncryptionOptions>().bots) body["io.element.e2ee"] = JsonObject{{"default", false}};
  if (auto transports = rtc::rtc_transports(api.settings, call.request); !transports.empty()) {
    body["org.matrix.msc4143.rtc_foci"] = std::move(transports);
  }
  co_return json_response(body);
}

/// Whom people turn to; where nobody is named, no document.
Task<net::http::Response> get_support(ServerInfoApi& api, net::route::Call&) {
  const auto& support = api.settings.of<SupportSettings>();
  JsonObject body;
  JsonObject contact{{"role", "m.role.admin"}};
  if (!support.email.empty()) contact["email_address"] = support.email;
  if (!support.matrix_id.empty()) contact["matrix_id"] = support.matrix_id;
  if (contact.size() > 1) body["contacts"] = JsonArray{std::move(contact)};
  if (!support.page.empty()) body["support_page"] = support.page;
  if (body.empty()) co_return Error(Errc::not_found, "Nobody is named here.");
  co_return json_response(body);
}

Task<net::http::Response> get_capabilities(ServerInfoApi& api, net::route::Call& call) {
  auto offered = api.offers.capabilities;
  if (call.caller->role == net::route::Role::admin) {
    for (const auto& [name, value] : api.offers.admin_capabilities) offered[name] = value;
  }
  co_return json_response({{"capabilities", std::move(offered)}});
}

/// Credentials as coturn's `use-auth-secret` checks them.
Task<net::http::Response> get_turn_server(ServerInfoApi& api, net::route::Call& call) {
  const auto& turn = api.settings.of<TurnSettings>();
  if (turn.uris.empty() || turn.shared_secret.empty()) co_return json_response({});
  const auto expires_s = api.clock.unix_ms() / 1000 + turn.ttl_s;
  const std::string username = std::to_string(expires_s) + ':' + call.caller->user_id;
  auto password = base::base64(base::as_bytes(base::hmac_sha1(turn.shared_secret, username)));
  while (password.size() % 4 != 0) password += '=';  // TURN servers compare with padding
  JsonArray uris(turn.uris.begin(), turn.uris.end());
  co_return json_response(
      {{"username", username}, {"password", password}, {"ttl", turn.ttl_s}, {"uris", std::move(uris)}});
}

/// GET /_matrix/federation/v1/version (Server-Server API): also who does not federate may be asked what runs here.
Task<net::http::Response> get_server_version(ServerInfoApi& api, net::route::Call&) {
  co_return json_response({{"server", {{"name", "Troupe"}, {"version", api.settings.version}}}});
}

/// POST /_matrix/key/v2/query: keys of other servers, with which this one has nothing to do.
Task<net::http::Response> post_key_query(net::route::Call&) {
  co_return Error(Errc::forbidden, "This server does not talk to others: it vouches for nobody's keys.");
}

/// Where a browser that came here finds the dashboard; empty when that is not known: it listens for this machine only
/// and the browser is elsewhere, or on an address of its own.
std::string dashboard_url(const host::Settings& settings, const net::http::Request& request) {
  const std::string_view listen = settings.listen_platform;
  const auto colon = listen.rfind(':');
  std::string_view host = request.headers.get("Host");
  if (colon == listen.npos || !matrix::is_server_name(host)) return {};
  if (const auto end = host.rfind(':'); end != host.npos && host.find(']', end) == host.npos)
    host = host.substr(0, end);
  const auto own = listen.substr(0, colon);
  const bool everywhere = own == "0.0.0.0" || own == "[::]" || own == "::";
  if (!everywhere && !(host::is_this_machine(own) && host::is_this_machine(host))) return {};
  return (request.tls ? "https://" : "http://") + std::string(host) + std::string(listen.substr(colon));
}

bool reaches_this_machine_only(const host::Settings& settings, const net::http::Request& request) {
  const auto address = net::http::Url::parse(public_address(settings, request));
  return address && host::is_this_machine(address->host);
}

/// For people who type the homeserver's address into a browser.
Task<net::http::Response> get_front_page(ServerInfoApi& api, net::route::Call& call) {
  const auto& settings = api.settings;
  const auto address = base::html_escape(public_address(settings, call.request));
  const auto dashboard = base::html_escape(dashboard_url(settings, call.request));
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Matrix homeserver</title><style>body{font:16px/1.5 "
      "system-ui,sans-serif;max-width:36em;margin:3em auto;padding:0 1em;color:#222;background:#fff}code{background:"
      "#eee;padding:.1em .3em;border-radius:.2em}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}"
      "code{background:#333}a{color:#8bf}}</style><h1>This is a Matrix homeserver</h1><p>It is <code>";
  page += base::html_escape(settings.server_name);
  page +=
      "</code>, run by Troupe. There is nothing to see here in a browser: Matrix clients talk to this address.</p>"
      "<h2>What to do</h2><ol><li>Take a Matrix client: Element (web, desktop, the classic app on phones), "
      "FluffyChat or Nheko. What Element X asks for is served, but nobody has tried the app itself yet.</li>"
      "<li>Where it asks for the homeserver, type <code>";
  page += address;
  page += "</code>.";
  if (reaches_this_machine_only(settings, call.request)) page += " It reaches this machine only, no phone.";
  page += "</li><li>Sign in with the user name and the password that you were given.</li></ol><p>";
  if (dashboard.empty()) {
    page += "People and bots are made in the dashboard of this server; ask whoever runs it for its address.";
  } else {
    page += "People and bots are made in the <a href=\"" + dashboard + "\">dashboard</a>.";
  }
  page += "</p></html>\n";
  net::http::Response response;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-cache");
  response.headers.add("Vary", "Host");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.body = std::move(page);
  co_return response;
}

}  // namespace

void add_server_info_routes(net::route::Router& router, ServerInfoApi& api) {
  const auto body = std::make_shared<const std::string>(versions_body(api.offers));
  const auto open = matrix_group(router, {.prefix = {}, .needs = net::route::Access::open});
  open.add({.method = "GET",
            .path = "/_matrix/client/versions",
            .rate = net::route::Rate::none,
            .run = [body](net::route::Call&) { return get_versions(body); }});
  open.add({.method = "GET", .path = "/", .run = api::bind(get_front_page, api)});
  open.add({.method = "GET", .path = "/.well-known/matrix/client", .run = api::bind(get_well_known, api)});
  open.add({.method = "GET", .path = "/.well-known/matrix/support", .run = api::bind(get_support, api)});
  open.add({.method = "GET", .path = "/_matrix/federation/v1/version", .run = api::bind(get_server_version, api)});
  open.add({.method = "POST", .path = "/_matrix/key/v2/query", .run = post_key_query});
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  group.add({.method = "GET", .path = "/capabilities", .run = api::bind(get_capabilities, api)});
  group.add({.method = "GET", .path = "/voip/turnServer", .run = api::bind(get_turn_server, api)});
}

}  // namespace troupe::homeserver
