// What clients call themselves: registering, tokens, their end, and the code of a device without a browser.
#include "base/encoding.h"
#include "homeserver/common/client_route.h"
#include "homeserver/oauth/oauth_answers.h"
#include "homeserver/oauth/oauth_routes.h"
#include "homeserver/oauth/page.h"

namespace troupe::homeserver::oauth {
namespace {

using net::http::Response;

constexpr std::size_t kMaxTokenFormBytes = 16UL * 1024;
constexpr std::size_t kMaxRegistrationBytes = 32UL * 1024;

Task<Response> register_client(TokenApi& api, net::route::Call& call) {
  auto said = api::body_of<ClientMetadata>(call);
  if (!said) co_return refusal("invalid_client_metadata", said.error().message());
  CO_TRY(const auto made, co_await api.clients.add(*std::move(said)));
  co_return api::answer(made, 201);
}

Task<Response> answer_tokens(TokenApi& api, net::route::Call& call, Tokens tokens) {
  const auto& made = tokens.made;
  TokenAnswer answer{.access_token = made.access_token,
                     .expires_in = made.expires_in_ms.value_or(0) / 1000,
                     .refresh_token = made.refresh_token.value_or(""),
                     .scope = tokens.scope,
                     .id_token = {}};
  if (const auto scope = read_scope(tokens.scope); scope && scope->openid) {
    IdClaims claims{.issuer = issuer_of(api.settings, call.request),
                    .user_id = made.user_id,
                    .client_id = tokens.client_id,
                    .nonce = tokens.nonce,
                    .access_token = made.access_token};
    CO_TRY(answer.id_token, co_await api.id_tokens.make(std::move(claims)));
  }
  co_return api::answer(answer);
}

Task<Response> exchange_code(TokenApi& api, net::route::Call& call, Fields fields) {
  CO_TRY(const auto client, co_await api.clients.find(std::string(value_of(fields, "client_id"))));
  if (!client.may(kCodeGrant)) co_return refusal("unauthorized_client", "The client did not register for codes.");
  CodeProof proof{.client_id = client.client_id,
                  .code = std::string(value_of(fields, "code")),
                  .redirect_uri = std::string(value_of(fields, "redirect_uri")),
                  .verifier = std::string(value_of(fields, "code_verifier")),
                  .address = call.request.remote_address};
  if (proof.code.empty()) co_return refusal("invalid_request", "code is missing.");
  CO_TRY(auto tokens, co_await api.grants.exchange(std::move(proof)));
  co_return co_await answer_tokens(api, call, std::move(tokens));
}

Task<Response> exchange_refresh_token(TokenApi& api, net::route::Call& call, Fields fields) {
  CO_TRY(const auto client, co_await api.clients.find(std::string(value_of(fields, "client_id"))));
  std::string token(value_of(fields, "refresh_token"));
  if (token.empty()) co_return refusal("invalid_request", "refresh_token is missing.");
  CO_TRY(auto tokens, co_await api.grants.refresh(client.client_id, std::move(token)));
  co_return co_await answer_tokens(api, call, std::move(tokens));
}

Task<Response> exchange_device_code(TokenApi& api, net::route::Call& call, Fields fields) {
  CO_TRY(auto client, co_await api.clients.find(std::string(value_of(fields, "client_id"))));
  std::string code(value_of(fields, "device_code"));
  if (code.empty()) co_return refusal("invalid_request", "device_code is missing.");
  CO_TRY(auto tokens, co_await api.links.exchange(std::move(code), std::move(client), call.request.remote_address));
  co_return co_await answer_tokens(api, call, std::move(tokens));
}

Task<Response> give_tokens(TokenApi& api, net::route::Call& call) {
  auto fields = fields_of(net::route::body_object(call));
  const std::string type(value_of(fields, "grant_type"));
  if (type == kCodeGrant) co_return co_await exchange_code(api, call, std::move(fields));
  if (type == kRefreshGrant) co_return co_await exchange_refresh_token(api, call, std::move(fields));
  if (type == kLinkGrant) co_return co_await exchange_device_code(api, call, std::move(fields));
  if (type.empty()) co_return refusal("invalid_request", "grant_type is missing.");
  co_return refusal("unsupported_grant_type", "This kind of grant is not offered here.");
}

Task<Response> revoke_token(TokenApi& api, net::route::Call& call) {
  const auto fields = fields_of(net::route::body_object(call));
  std::string token(value_of(fields, "token"));
  if (token.empty()) co_return refusal("invalid_request", "token is missing.");
  CO_TRY(co_await api.grants.revoke(std::string(value_of(fields, "client_id")), std::move(token)));
  co_return json_response({});
}

Task<Response> begin_link(TokenApi& api, net::route::Call& call) {
  const auto fields = fields_of(net::route::body_object(call));
  CO_TRY(const auto client, co_await api.clients.find(std::string(value_of(fields, "client_id"))));
  if (!client.may(kLinkGrant)) co_return refusal("unauthorized_client", "The client did not register for this grant.");
  CO_TRY(auto scope, read_scope(value_of(fields, "scope")));
  CO_TRY(auto made, co_await api.links.begin(client.client_id, std::move(scope)));
  auto page = issuer_of(api.settings, call.request);
  page.pop_back();
  page += std::string(kRoot) + "/link";
  LinkAnswer answer{.device_code = std::move(made.device_code),
                    .user_code = made.user_code,
                    .verification_uri = page,
                    .verification_uri_complete = page + "?code=" + base::percent_encode(made.user_code),
                    .expires_in = std::chrono::seconds(Links::kLife).count(),
                    .interval = Links::kInterval.count()};
  co_return api::answer(answer);
}

using Handle = Task<Response> (*)(TokenApi&, net::route::Call&);

/// A handler whose refusals are said in OAuth's words.
template <Handle handle>
Task<Response> spoken(TokenApi& api, net::route::Call& call) {
  auto answered = co_await handle(api, call);
  co_return in_oauth(std::move(answered));
}

}  // namespace

void add_token_routes(net::route::Router& router, TokenApi& api) {
  const auto group = matrix_group(
      router, {.prefix = std::string(kRoot), .needs = net::route::Access::open, .max_body_bytes = kMaxTokenFormBytes});
  constexpr auto kForm = net::route::Body::form;
  // The handler reads the body by its shape, so that mistakes in it have the code that clients know.
  group.add({.method = "POST",
             .path = "/register",
             .rate = net::route::Rate::login,
             .takes = net::route::Body::json_required,
             .max_body_bytes = kMaxRegistrationBytes,
             .reply = api::schema_text<Registered>(),
             .status = 201,
             .run = api::bind(spoken<register_client>, api)});
  group.add({.method = "POST",
             .path = "/token",
             .takes = kForm,
             .reply = api::schema_text<TokenAnswer>(),
             .run = api::bind(spoken<give_tokens>, api)});
  group.add({.method = "POST", .path = "/revoke", .takes = kForm, .run = api::bind(spoken<revoke_token>, api)});
  group.add({.method = "POST",
             .path = "/device",
             .rate = net::route::Rate::login,
             .takes = kForm,
             .reply = api::schema_text<LinkAnswer>(),
             .run = api::bind(spoken<begin_link>, api)});
}

}  // namespace troupe::homeserver::oauth
