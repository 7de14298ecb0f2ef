#include "assistant/mcp_auth/find.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "assistant/calls/egress.h"
#include "assistant/mcp_auth/challenge.h"
#include "assistant/mcp_auth/metadata.h"
#include "assistant/mcp_wire/versions.h"

namespace troupe::assistant::mcp_auth {
namespace {

using calls::Service;
using matrix::Json;
using matrix::JsonArray;
using net::client::ClientRequest;
using net::client::ClientResponse;
using net::client::Trust;

constexpr std::size_t kMaxWords = 200;

ClientRequest request_to(std::string url, Trust trust) {
  ClientRequest out(trust);
  out.url = std::move(url);
  out.headers.set("Accept", "application/json");
  out.headers.set(std::string(mcp_wire::kVersionHeader), std::string(mcp_wire::kNewestWithHandshake));
  out.max_redirects = 0;
  out.max_body_bytes = out.max_stream_bytes = kMaxMetadataBytes;
  out.first_byte_timeout = out.idle_timeout = out.total_timeout = kPatience;
  return out;
}

/// What a first message is answered with tells whether somebody has to sign in.
ClientRequest first_message(const Service& service, const Url& server) {
  auto out = request_to(service.base_url, calls::trust_of(service, server));
  out.method = "POST";
  for (const auto& [name, value] : service.pack->config.headers) out.headers.set(name, value);
  out.headers.set("Accept", "application/json, text/event-stream");
  out.headers.set("Content-Type", "application/json");
  out.body = boost::json::serialize(
      JsonObject{{"jsonrpc", "2.0"},
                 {"id", 1},
                 {"method", "initialize"},
                 {"params", JsonObject{{"protocolVersion", mcp_wire::kNewestWithHandshake},
                                       {"capabilities", JsonObject{}},
                                       {"clientInfo", JsonObject{{"name", "troupe"}, {"version", "1"}}}}}});
  return out;
}

std::optional<JsonObject> object_of(const ClientResponse& response) {
  auto parsed = matrix::parse_json(response.body);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  return std::move(parsed->get_object());
}

bool is_redirect(int status) { return status >= 300 && status < 400; }

/// A line of what somebody else wrote.
std::string line_of(std::string_view text) {
  std::string out(text.substr(0, kMaxWords));
  std::erase_if(out,
                [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f; });
  return out;
}

/// One way through it.
class Finder {
 public:
  Finder(net::client::HttpClient& http, Service service) : http_(http), service_(std::move(service)) {}

  Task<packs::FoundSignIn> find() {
    const auto server = Url::parse(service_.base_url);
    if (!server) co_return no("nothing says where it is");
    CO_TRY(const auto challenge, co_await challenge_of(*server));
    CO_TRY(const auto resource, co_await resource_of(*server, challenge.resource_metadata));
    CO_TRY(auto found, co_await issuer_of(resource));
    found.resource = resource.name;
    // What config.json asks for, what the server asks for, all that it has: the first that is said.
    const auto& own = service_.pack->config.auth.scopes;
    auto scopes = own.empty() ? scopes_of(challenge.scope) : own;
    if (scopes.empty()) scopes = resource.scopes;
    for (auto& more : found.scopes) {
      if (own.empty() && std::ranges::find(scopes, more) == scopes.end()) scopes.push_back(std::move(more));
    }
    found.scopes = std::move(scopes);
    co_return found;
  }

 private:
  Error no(std::string_view why) const {
    return Error(Errc::conflict, service_.pack->title + ": " + std::string(why)).with_status(400);
  }
  Error told(const Error& error, std::string_view who) const {
    auto message = service_.pack->title + ": " + std::string(who) + ": " + error.message();
    if (error.code() == Errc::invalid_param) return Error(Errc::conflict, std::move(message)).with_status(400);
    return Error(error.code(), std::move(message));
  }
  Error not_allowed(std::string_view what, const Url& url) const {
    return Error(Errc::forbidden, service_.pack->title + ": " + std::string(what) + " is at " + url.origin() +
                                      ", which the pack does not allow. If you trust it, add \"" + url.authority() +
                                      "\" to egress in the pack's config.json");
  }

  /// What it says to whoever has no token; nothing said: it let us in, and may describe itself all the same.
  Task<Challenge> challenge_of(const Url& server) {
    auto asking = http_.send(first_message(service_, server));
    const auto answer = co_await std::move(asking);
    if (!answer) co_return told(answer.error(), server.origin());
    if (answer->status == 401 || answer->status == 403) co_return read_challenge(answer->headers).value_or(Challenge());
    if (answer->status >= 200 && answer->status < 300) {
      lets_in_ = true;
      co_return Challenge();
    }
    co_return no("its server answered with status " + std::to_string(answer->status) + " to a first message");
  }

  Task<Resource> resource_of(const Url& server, const std::string& said) {
    const auto addresses = said.empty() ? resource_addresses(server) : std::vector{said};
    CO_TRY(const auto object, co_await first_of(addresses, "the description of its server", true));
    if (!object && lets_in_) co_return no("its server asks nobody to sign in");
    if (!object)
      co_return no("its server asks for a sign-in and does not say where people do (" + last_ +
                   "). Say auth.authorize_url and auth.token_url in the pack's config.json, or set a key");
    auto resource = read_resource(*object, server);
    if (!resource) co_return told(resource.error(), server.origin());
    co_return resource;
  }

  /// Of the authorization servers that it names the first that may be asked.
  Task<packs::FoundSignIn> issuer_of(const Resource& resource) {
    std::optional<Url> refused;
    for (const auto& issuer : resource.servers) {
      const auto url = Url::parse(issuer);
      if (!url || issuer.contains('?') || issuer.contains('#')) continue;
      if (!calls::may_reach(service_, *url)) {
        if (!refused) refused = *url;
        continue;
      }
      CO_TRY(const auto object, co_await first_of(issuer_addresses(*url), "the authorization server", false));
      if (!object)
        co_return no("the authorization server " + url->origin() + " does not describe itself (" + last_ + ")");
      const auto allowed = [this, &url](const Url& there) {
        return there.tls && (there.same_origin(*url) || calls::may_reach(service_, there));
      };
      auto found = read_issuer(*object, issuer, allowed);
      if (!found) co_return told(found.error(), "the authorization server " + url->origin());
      co_return found;
    }
    if (refused) co_return not_allowed("the authorization server", *refused);
    co_return no("its server names no authorization server with an address");
  }

  /// The first that answers with an object; nothing: none does, and `last_` says what the last one did.
  Task<std::optional<JsonObject>> first_of(std::vector<std::string> addresses, std::string_view what, bool of_server) {
    for (const auto& address : addresses) {
      const auto url = Url::parse(address);
      if (!url || address.contains('#')) co_return no(std::string(what) + " has no address");
      if (!calls::may_reach(service_, *url)) co_return not_allowed(what, *url);
      // An administrator leads to the server itself, not to what it names.
      auto asking = http_.send(request_to(address, of_server ? calls::trust_of(service_, *url) : Trust::untrusted));
      const auto answer = co_await std::move(asking);
      if (!answer) co_return told(answer.error(), url->origin());
      if (answer->status == 200) {
        if (auto object = object_of(*answer)) co_return object;
      }
      last_ = answer->status == 200         ? "what it answers is no JSON"
              : is_redirect(answer->status) ? "it sends on, which is not followed"
                                            : "status " + std::to_string(answer->status);
    }
    co_return std::nullopt;
  }

  net::client::HttpClient& http_;
  Service service_;
  bool lets_in_ = false;
  std::string last_;
};

/// A program that people come back to on their own machine is registered as one (OpenID Connect Registration 1.0).
std::string_view kind_of(const std::string& redirect_uri) {
  return redirect_uri.starts_with("http://") ? "native" : "web";
}

std::string_view method_of(const packs::FoundSignIn& found) {
  if (found.public_clients) return "none";
  return found.client_auth == packs::ClientAuth::basic ? "client_secret_basic" : "client_secret_post";
}

std::string registration(const packs::FoundSignIn& found, const std::string& redirect_uri) {
  JsonObject out{{"client_name", "Troupe"},
                 {"redirect_uris", JsonArray{Json(redirect_uri)}},
                 {"grant_types", JsonArray{"authorization_code", "refresh_token"}},
                 {"response_types", JsonArray{"code"}},
                 {"application_type", kind_of(redirect_uri)},
                 {"token_endpoint_auth_method", method_of(found)}};
  std::string scopes;
  for (const auto& each : found.scopes) scopes += (scopes.empty() ? "" : " ") + each;
  if (!scopes.empty()) out["scope"] = scopes;
  return boost::json::serialize(out);
}

}  // namespace

Task<packs::FoundSignIn> find_sign_in(net::client::HttpClient& http, Service service) {
  Finder finder(http, std::move(service));
  auto finding = finder.find();
  co_return co_await std::move(finding);
}

Task<Client> register_client(net::client::HttpClient& http, Service service, packs::FoundSignIn found,
                             std::string redirect_uri) {
  auto request = request_to(found.registration_url, Trust::untrusted);
  request.method = "POST";
  request.headers.set("Content-Type", "application/json");
  request.body = registration(found, redirect_uri);
  request.fresh_connection = true;
  auto sending = http.send(std::move(request));
  const auto answer = co_await std::move(sending);
  const auto& title = service.pack->title;
  if (!answer)
    co_return Error(answer.error().code(), title + " did not register this program: " + answer.error().message());
  const auto object = object_of(*answer);
  const auto word = [&object](std::string_view name) {
    return std::string(object ? matrix::find_string(*object, name).value_or("") : "");
  };
  Client out{.id = word("client_id"), .secret = word("client_secret")};
  const bool good = (answer->status == 201 || answer->status == 200) && !out.id.empty();
  if (!good) {
    const auto why = line_of(word("error") + " " + word("error_description"));
    co_return Error(Errc::forbidden, title + " did not register this program (status " +
                                         std::to_string(answer->status) + (why == " " ? "" : ", " + why) +
                                         "). Register " + redirect_uri +
                                         " with it by hand, and set the client id that it gives");
  }
  if (const auto until = matrix::find_integer(*object, "client_secret_expires_at"))
    out.until = std::clamp<std::int64_t>(*until, 0, 10'000'000'000) * 1'000;
  co_return out;
}

}  // namespace troupe::assistant::mcp_auth
