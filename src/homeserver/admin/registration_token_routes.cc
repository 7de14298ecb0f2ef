// Synapse's admin API: the words with which people may make accounts where registration goes by token.
#include "homeserver/admin/registration_token_routes.h"

#include "api/shape.h"
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/accounts/registration_tokens.h"
#include "homeserver/admin/admin_route.h"

namespace troupe::homeserver::admin {
namespace {

struct NewTokenBody {
  std::optional<std::string> token;
  std::int64_t length = 16;
  std::optional<std::int64_t> uses_allowed;
  std::optional<std::int64_t> expiry_time;
};
/// A member that is null takes the bound away, one that is absent leaves it: the handler tells them apart.
struct TokenBody {
  std::optional<std::int64_t> uses_allowed;
  std::optional<std::int64_t> expiry_time;
};
struct TokenList {
  std::vector<accounts::RegistrationToken> registration_tokens;
};

constexpr std::int64_t kMaxTokenLength = accounts::RegistrationTokens::kMaxTokenBytes;

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::NewTokenBody> make_shape(Of<homeserver::admin::NewTokenBody>) {
  using homeserver::admin::kMaxTokenLength;
  using homeserver::admin::NewTokenBody;
  return Shape<NewTokenBody>::matrix_request(
      {member<&NewTokenBody::token>("token", {.least = 1, .most = kMaxTokenLength}),
       member<&NewTokenBody::length>("length", {.least = 1, .most = kMaxTokenLength, .may_lack = true}),
       member<&NewTokenBody::uses_allowed>("uses_allowed", {.least = 0}),
       member<&NewTokenBody::expiry_time>("expiry_time")});
}

Shape<homeserver::admin::TokenBody> make_shape(Of<homeserver::admin::TokenBody>) {
  using homeserver::admin::TokenBody;
  return Shape<TokenBody>::matrix_request(
      {member<&TokenBody::uses_allowed>("uses_allowed", {.least = 0}), member<&TokenBody::expiry_time>("expiry_time")});
}

Shape<homeserver::accounts::RegistrationToken> make_shape(Of<homeserver::accounts::RegistrationToken>) {
  using homeserver::accounts::RegistrationToken;
  return Shape<RegistrationToken>::part(
      {member<&RegistrationToken::token>("token"),
       member<&RegistrationToken::uses_allowed>("uses_allowed", {.or_null = true}),
       made<[](const RegistrationToken&) { return std::int64_t{0}; }>("pending"),  // a use counts with its account
       member<&RegistrationToken::completed>("completed"),
       member<&RegistrationToken::expires_ms>("expiry_time", {.or_null = true})});
}

Shape<homeserver::admin::TokenList> make_shape(Of<homeserver::admin::TokenList>) {
  using homeserver::admin::TokenList;
  return Shape<TokenList>::part({member<&TokenList::registration_tokens>("registration_tokens")});
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

using accounts::RegistrationToken;
using accounts::RegistrationTokens;
using net::route::Call;

Task<net::http::Response> list_registration_tokens(RegistrationTokenApi& api, Call& call) {
  CO_TRY(const auto word, net::route::query_choice(call.request, "valid", {"true", "false"}));
  CO_TRY(auto found, co_await api.tokens.list(word ? std::optional(*word == "true") : std::nullopt));
  co_return api::answer(TokenList{.registration_tokens = std::move(found)});
}

Task<net::http::Response> post_registration_token(RegistrationTokenApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<NewTokenBody>(call));
  CO_TRY(const auto made, co_await api.tokens.create({.token = std::move(body.token),
                                                      .length = body.length,
                                                      .uses_allowed = body.uses_allowed,
                                                      .expires_ms = body.expiry_time}));
  co_await api.audit.record(call, "registration.create", RegistrationTokens::audit_name(made.token));
  co_return api::answer(made);
}

Task<net::http::Response> get_registration_token(RegistrationTokenApi& api, Call& call) {
  CO_TRY(const auto found, co_await api.tokens.find(call.param("token")));
  co_return api::answer(found);
}

Task<net::http::Response> put_registration_token(RegistrationTokenApi& api, Call& call) {
  CO_TRY(const auto body, api::body_of<TokenBody>(call));
  const auto& said = net::route::body_object(call);
  accounts::RegistrationTokenChange change;
  if (said.contains("uses_allowed")) change.uses_allowed = body.uses_allowed;
  if (said.contains("expiry_time")) change.expires_ms = body.expiry_time;
  CO_TRY(const auto changed, co_await api.tokens.change(call.param("token"), change));
  co_await api.audit.record(call, "registration.change", RegistrationTokens::audit_name(changed.token));
  co_return api::answer(changed);
}

Task<net::http::Response> delete_registration_token(RegistrationTokenApi& api, Call& call) {
  CO_TRY(co_await api.tokens.remove(call.param("token")));
  co_await api.audit.record(call, "registration.delete", RegistrationTokens::audit_name(call.param("token")));
  co_return api::answer(accounts::Nothing());
}

}  // namespace

void add_registration_token_routes(net::route::Router& router, RegistrationTokenApi& api) {
  const auto group = admin_group(router, "/v1/registration_tokens");
  constexpr std::string_view kOne = "/{token}";
  constexpr std::size_t kMaxBody = 16UL * 1024;
  group.add({.method = "GET",
             .summary = "Registration tokens",
             .reply = api::schema_text<TokenList>(),
             .query = {{.name = "valid",
                        .description = "only those that can be used now, or only the others",
                        .schema = R"({"type":"boolean"})"}},
             .run = api::bind(list_registration_tokens, api)});
  group.add({.method = "POST",
             .path = "/new",
             .summary = "Make a registration token",
             .body = api::schema_text<NewTokenBody>(),
             .max_body_bytes = kMaxBody,
             .reply = api::schema_text<RegistrationToken>(),
             .run = api::bind(post_registration_token, api)});
  group.add({.method = "GET",
             .path = kOne,
             .summary = "One registration token",
             .reply = api::schema_text<RegistrationToken>(),
             .run = api::bind(get_registration_token, api)});
  group.add({.method = "PUT",
             .path = kOne,
             .summary = "Change how often and how long a token may be used",
             .body = api::schema_text<TokenBody>(),
             .max_body_bytes = kMaxBody,
             .reply = api::schema_text<RegistrationToken>(),
             .run = api::bind(put_registration_token, api)});
  group.add({.method = "DELETE",
             .path = kOne,
             .summary = "Delete a registration token",
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(delete_registration_token, api)});
}

}  // namespace troupe::homeserver::admin
