// What clients ask before and right after they sign in: versions, discovery, capabilities, TURN, bridges.
#include "base/crypto.h"
#include "homeserver/accounts/account_routes.h"
#include "homeserver/client_route.h"
#include "matrix/ids.h"
#include "matrix/room_version.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

/// The releases whose client endpoints we answer. Clients pick features by these numbers.
constexpr std::string_view kSpecVersions[] = {"r0.0.1", "r0.1.0", "r0.2.0", "r0.3.0", "r0.4.0", "r0.5.0", "r0.6.0",
                                              "r0.6.1", "v1.1",   "v1.2",   "v1.3",   "v1.4",   "v1.5",   "v1.6",
                                              "v1.7",   "v1.8",   "v1.9",   "v1.10",  "v1.11",  "v1.12"};
/// Proposals that clients look for by name; only those that are served.
constexpr std::string_view kUnstableFeatures[] = {
    "org.matrix.msc3916.stable",  // authenticated media
    "uk.tcpip.msc4133.stable",    // profile fields
};

std::string versions_body() {
  JsonArray versions(std::begin(kSpecVersions), std::end(kSpecVersions));
  JsonObject features;
  for (const auto name : kUnstableFeatures) features[name] = true;
  return boost::json::serialize(
      JsonObject{{"versions", std::move(versions)}, {"unstable_features", std::move(features)}});
}

void add_versions(net::Router& router) {
  auto body = std::make_shared<const std::string>(versions_body());
  auto route = matrix_route("GET", "/_matrix/client/versions", [body](net::Call&) -> Task<net::Response> {
    net::Response response;
    response.headers.add("Content-Type", "application/json");
    response.headers.add("Cache-Control", "public, max-age=600");
    response.headers.add("Vary", "Authorization");
    response.shared_body = body;
    co_return response;
  });
  route.needs = net::Access::open;
  route.rate = net::Rate::none;
  router.add(std::move(route));
}

/// Where clients reach this listener: as configured, else as this very request did.
std::string base_url(const host::Settings& settings, const net::Request& request) {
  if (!settings.public_base_url.empty()) return settings.public_base_url;
  const auto host = request.headers.get("Host");
  const std::string scheme = request.tls ? "https://" : "http://";
  return scheme + (matrix::is_server_name(host) ? std::string(host) : settings.listen_matrix);
}

Task<net::Response> get_well_known(AccountServices services, net::Call& call) {
  // Bots cannot read encrypted rooms yet: Element makes new ones without encryption then.
  co_return json_response({{"m.homeserver", {{"base_url", base_url(services.settings, call.request)}}},
                           {"io.element.e2ee", {{"default", false}}}});
}

JsonObject capabilities() {
  JsonObject versions;
  for (const auto& version : matrix::room_versions()) versions[version.id] = "stable";
  return {{"m.change_password", {{"enabled", true}}},
          {"m.room_versions", {{"default", matrix::kDefaultRoomVersion}, {"available", std::move(versions)}}},
          {"m.set_displayname", {{"enabled", true}}},
          {"m.set_avatar_url", {{"enabled", true}}},
          {"m.profile_fields", {{"enabled", true}}},
          {"m.3pid_changes", {{"enabled", false}}},
          {"m.get_login_token", {{"enabled", false}}}};
}

Task<net::Response> get_capabilities(net::Call& call) {
  auto offered = capabilities();
  if (call.caller->role == net::Role::admin) offered["m.account_moderation"] = {{"lock", true}, {"suspend", false}};
  co_return json_response({{"capabilities", std::move(offered)}});
}

/// Credentials as coturn's `use-auth-secret` checks them.
Task<net::Response> get_turn_server(AccountServices services, net::Call& call) {
  const auto& turn = services.settings.turn;
  if (turn.uris.empty() || turn.shared_secret.empty()) co_return json_response({});
  const auto expires_s = services.clock.unix_ms() / 1000 + turn.ttl_s;
  const std::string username = std::to_string(expires_s) + ':' + call.caller->user_id;
  auto password = base::base64(base::as_bytes(base::hmac_sha1(turn.shared_secret, username)));
  while (password.size() % 4 != 0) password += '=';  // TURN servers compare with padding
  JsonArray uris(turn.uris.begin(), turn.uris.end());
  co_return json_response(
      {{"username", username}, {"password", password}, {"ttl", turn.ttl_s}, {"uris", std::move(uris)}});
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.");
}

/// Where a browser that came here finds the dashboard; empty when that is not known: it listens for this machine only
/// and the browser is elsewhere, or on an address of its own.
std::string dashboard_url(const host::Settings& settings, const net::Request& request) {
  const std::string_view listen = settings.listen_platform;
  const auto colon = listen.rfind(':');
  std::string_view host = request.headers.get("Host");
  if (colon == listen.npos || !matrix::is_server_name(host)) return {};
  if (const auto end = host.rfind(':'); end != host.npos && host.find(']', end) == host.npos)
    host = host.substr(0, end);
  const auto own = listen.substr(0, colon);
  const bool everywhere = own == "0.0.0.0" || own == "[::]" || own == "::";
  if (!everywhere && !(is_loopback(own) && is_loopback(host))) return {};
  return (request.tls ? "https://" : "http://") + std::string(host) + std::string(listen.substr(colon));
}

/// For people who type the homeserver's address into a browser.
Task<net::Response> get_front_page(AccountServices services, net::Call& call) {
  const auto& settings = services.settings;
  const auto address = escaped(base_url(settings, call.request));
  const auto dashboard = escaped(dashboard_url(settings, call.request));
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Matrix homeserver</title><style>body{font:16px/1.5 "
      "system-ui,sans-serif;max-width:36em;margin:3em auto;padding:0 1em;color:#222;background:#fff}code{background:"
      "#eee;padding:.1em .3em;border-radius:.2em}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}"
      "code{background:#333}a{color:#8bf}}</style><h1>This is a Matrix homeserver</h1><p>It is <code>";
  page += escaped(settings.server_name);
  page +=
      "</code>, run by Troupe. There is nothing to see here in a browser: Matrix clients talk to this address.</p>"
      "<h2>What to do</h2><ol><li>Take a Matrix client: Element (web, desktop, the classic app on phones), "
      "FluffyChat or Nheko. <strong>Element X does not work yet.</strong></li><li>Where it asks for the homeserver, "
      "type <code>";
  page += address;
  page += "</code>.</li><li>Sign in with the user name and the password that you were given.</li></ol><p>";
  if (dashboard.empty()) {
    page += "People and bots are made in the dashboard of this server; ask whoever runs it for its address.";
  } else {
    page += "People and bots are made in the <a href=\"" + dashboard + "\">dashboard</a>.";
  }
  page += "</p></html>\n";
  net::Response response;
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

void add_front_page(net::Router& router, AccountServices services) {
  auto page = matrix_route("GET", "/", [services](net::Call& call) { return get_front_page(services, call); });
  page.needs = net::Access::open;
  router.add(std::move(page));
}

Task<net::Response> empty_object(net::Call&) { co_return json_response({}); }
Task<net::Response> empty_array(net::Call&) { co_return net::Response::json("[]"); }
Task<net::Response> no_such_protocol(net::Call&) {
  co_return Error(Errc::not_found, "No bridge on this server offers this protocol.");
}

/// Lists of what bridges offer. There are none, and clients ask at every start.
void add_third_party(net::Router& router) {
  add_client_route(router, matrix_route("GET", "/thirdparty/protocols", empty_object));
  add_client_route(router, matrix_route("GET", "/thirdparty/protocol/{protocol}", no_such_protocol));
  for (const auto* what : {"/thirdparty/location", "/thirdparty/user"}) {
    add_client_route(router, matrix_route("GET", what, empty_array));
    add_client_route(router, matrix_route("GET", std::string(what) + "/{protocol}", no_such_protocol));
  }
}

}  // namespace

void add_server_info_routes(net::Router& router, AccountServices services) {
  add_versions(router);
  add_front_page(router, services);
  auto well_known = matrix_route("GET", "/.well-known/matrix/client",
                                 [services](net::Call& call) { return get_well_known(services, call); });
  well_known.needs = net::Access::open;
  router.add(std::move(well_known));
  add_client_route(router, matrix_route("GET", "/capabilities", get_capabilities));
  add_client_route(router, matrix_route("GET", "/voip/turnServer",
                                        [services](net::Call& call) { return get_turn_server(services, call); }));
  add_third_party(router);
}

}  // namespace troupe::homeserver
