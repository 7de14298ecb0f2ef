// Synapse's admin API: the words with which people may make accounts where registration goes by token.
#include "homeserver/admin/registration_token_routes.h"

#include "api/shape.h"
#include "base/crypto.h"
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/accounts/registration.h"
#include "homeserver/accounts/registration_token_store.h"
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

constexpr std::int64_t kMaxTokenLength = accounts::RegistrationRules::kMaxTokenBytes;

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

template <>
const Shape<homeserver::admin::NewTokenBody>& shape_of() {
  using homeserver::admin::kMaxTokenLength;
  using homeserver::admin::NewTokenBody;
  static const auto shape = Shape<NewTokenBody>::matrix_request(
      {member<&NewTokenBody::token>("token", {.least = 1, .most = kMaxTokenLength}),
       member<&NewTokenBody::length>("length", {.least = 1, .most = kMaxTokenLength, .may_lack = true}),
       member<&NewTokenBody::uses_allowed>("uses_allowed", {.least = 0}),
       member<&NewTokenBody::expiry_time>("expiry_time")});
  return shape;
}

template <>
const Shape<homeserver::admin::TokenBody>& shape_of() {
  using homeserver::admin::TokenBody;
  static const auto shape = Shape<TokenBody>::matrix_request(
      {member<&TokenBody::uses_allowed>("uses_allowed", {.least = 0}), member<&TokenBody::expiry_time>("expiry_time")});
  return shape;
}

template <>
const Shape<homeserver::accounts::RegistrationToken>& shape_of() {
  using homeserver::accounts::RegistrationToken;
  static const auto shape = Shape<RegistrationToken>::part(
      {member<&RegistrationToken::token>("token"),
       member<&RegistrationToken::uses_allowed>("uses_allowed", {.or_null = true}),
       made<[](const RegistrationToken&) { return std::int64_t{0}; }>("pending"),  // a use counts with its account
       member<&RegistrationToken::completed>("completed"),
       member<&RegistrationToken::expires_ms>("expiry_time", {.or_null = true})});
  return shape;
}

template <>
const Shape<homeserver::admin::TokenList>& shape_of() {
  using homeserver::admin::TokenList;
  static const auto shape = Shape<TokenList>::part({member<&TokenList::registration_tokens>("registration_tokens")});
  return shape;
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

using accounts::RegistrationToken;
using net::route::Call;
namespace tokens = accounts::registration_token_store;

/// All are shown in one answer.
constexpr std::size_t kMaxTokens = 10'000;

Error no_such_token() { return Error(Errc::not_found, "There is no such registration token."); }

Result<Unit> check_token(std::string_view token) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '~' || c == '-';
  };
  if (std::ranges::all_of(token, fits)) return Unit{};
  return Error(Errc::invalid_param, "A registration token may hold A-Z, a-z, 0-9 and . _ ~ - only.");
}

Result<Unit> check_expiry(std::optional<std::int64_t> expires_ms, base::UnixMs now) {
  if (!expires_ms || *expires_ms >= now) return Unit{};
  return Error(Errc::invalid_param, "expiry_time lies in the past.");
}

/// How the audit log names a token: whoever reads there is not to use it.
std::string shown(std::string_view token) { return "token " + std::string(token.substr(0, 4)) + "…"; }

Task<net::http::Response> list_registration_tokens(RegistrationTokenApi& api, Call& call) {
  CO_TRY(const auto word, net::route::query_choice(call.request, "valid", {"true", "false"}));
  const auto valid = word ? std::optional(*word == "true") : std::nullopt;
  auto look = [valid, now = api.clock.unix_ms()](store::Connection& connection) -> Result<TokenList> {
    return TokenList{.registration_tokens = tokens::list(connection, valid, now)};
  };
  CO_TRY(const auto found, co_await api.db.read(look));
  co_return api::answer(found);
}

Task<net::http::Response> post_registration_token(RegistrationTokenApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<NewTokenBody>(call));
  const auto now = api.clock.unix_ms();
  if (!body.token) body.token = base::random_alphanumeric(static_cast<std::size_t>(body.length));
  CO_TRY(check_token(*body.token));
  CO_TRY(check_expiry(body.expiry_time, now));
  const RegistrationToken made{.token = *std::move(body.token),
                               .uses_allowed = body.uses_allowed,
                               .completed = 0,
                               .expires_ms = body.expiry_time,
                               .made_ms = now};
  auto write = [&made](store::Tx& tx) -> Result<Unit> {
    if (tokens::count(tx) >= kMaxTokens) {
      return Error(Errc::invalid_param, "There are 10,000 registration tokens already: delete some.");
    }
    if (tokens::insert(tx, made)) return Unit{};
    return Error(Errc::invalid_param, "This registration token is there already.");
  };
  CO_TRY(co_await api.db.write(write));
  co_await api.audit.record(call, "registration.create", shown(made.token));
  co_return api::answer(made);
}

Task<net::http::Response> get_registration_token(RegistrationTokenApi& api, Call& call) {
  auto look = [&call](store::Connection& connection) -> Result<RegistrationToken> {
    auto found = tokens::find(connection, call.param("token"));
    if (!found) return no_such_token();
    return *std::move(found);
  };
  CO_TRY(const auto found, co_await api.db.read(look));
  co_return api::answer(found);
}

Task<net::http::Response> put_registration_token(RegistrationTokenApi& api, Call& call) {
  CO_TRY(const auto body, api::body_of<TokenBody>(call));
  CO_TRY(check_expiry(body.expiry_time, api.clock.unix_ms()));
  const auto& said = net::route::body_object(call);
  auto write = [&](store::Tx& tx) -> Result<RegistrationToken> {
    auto token = tokens::find(tx, call.param("token"));
    if (!token) return no_such_token();
    if (said.contains("uses_allowed")) token->uses_allowed = body.uses_allowed;
    if (said.contains("expiry_time")) token->expires_ms = body.expiry_time;
    tokens::change(tx, *token);
    return *std::move(token);
  };
  CO_TRY(const auto changed, co_await api.db.write(write));
  co_await api.audit.record(call, "registration.change", shown(changed.token));
  co_return api::answer(changed);
}

Task<net::http::Response> delete_registration_token(RegistrationTokenApi& api, Call& call) {
  auto write = [&call](store::Tx& tx) -> Result<Unit> {
    if (tokens::remove(tx, call.param("token"))) return Unit{};
    return no_such_token();
  };
  CO_TRY(co_await api.db.write(write));
  co_await api.audit.record(call, "registration.delete", shown(call.param("token")));
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
