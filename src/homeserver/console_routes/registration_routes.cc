// /api/v1/homeserver/registration: who may make an account, and the tokens for it.
#include "api/paging.h"
#include "api/words.h"
#include "homeserver/console_routes/homeserver_routes.h"
#include "homeserver/console_routes/homeserver_shapes.h"
#include "homeserver/console_routes/server_group.h"

namespace troupe::homeserver::console_routes {
namespace {

using namespace api::words;
using accounts::RegistrationToken;
using accounts::RegistrationTokens;

ShownToken shown(const TokensApi& console, RegistrationToken token) {
  const bool valid = console.tokens.is_valid(token);
  return {.of = std::move(token), .valid = valid};
}

Task<Response> get_registration(TokensApi& console, Call&) {
  co_return api::answer(WhoMayRegister{console.settings.of<RegistrationSettings>().mode});
}

Task<Response> list_tokens(TokensApi& console, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  CO_TRY(const auto word, net::route::query_choice(call.request, "valid", {"true", "false"}));
  CO_TRY(auto found, co_await console.tokens.list(word ? std::optional(*word == "true") : std::nullopt));
  std::ranges::reverse(found);
  const auto total = std::ssize(found);
  boost::json::array items;
  for (auto i = std::min(at.from, total); i < std::min(at.from + at.limit, total); ++i) {
    items.push_back(api::write(shown(console, std::move(found[static_cast<std::size_t>(i)]))));
  }
  co_return api::private_reply(api::page(std::move(items), total, at));
}

Task<Response> create_token(TokensApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<NewTokenBody>(call));
  accounts::NewRegistrationToken wanted;
  wanted.token = std::move(body.token);
  wanted.uses_allowed = body.uses_allowed;
  if (body.valid_for_s) wanted.expires_ms = console.kit.clock.unix_ms() + *body.valid_for_s * 1000;
  const bool chosen = wanted.token.has_value();
  auto tried = co_await console.tokens.create(std::move(wanted));
  if (!tried && chosen && tried.error().code() == Errc::invalid_param) {
    co_return base::placed_under(std::move(tried).error(), "/token");
  }
  CO_TRY(auto made, std::move(tried));
  co_await api::audit(console.kit, call, "registration.create", RegistrationTokens::audit_name(made.token));
  co_return api::private_reply(api::write(shown(console, std::move(made))), 201);
}

Task<Response> change_token(TokensApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<TokenPatchBody>(call));
  accounts::RegistrationTokenChange change;
  using Bound = std::optional<std::int64_t>;
  if (body.uses_allowed) change.uses_allowed = *body.uses_allowed == 0 ? Bound() : body.uses_allowed;
  if (body.valid_for_s) {
    change.expires_ms = *body.valid_for_s == 0 ? Bound() : console.kit.clock.unix_ms() + *body.valid_for_s * 1000;
  }
  CO_TRY(auto changed, co_await console.tokens.change(call.param("token"), change));
  co_await api::audit(console.kit, call, "registration.change", RegistrationTokens::audit_name(changed.token));
  co_return api::private_reply(api::write(shown(console, std::move(changed))));
}

Task<Response> delete_token(TokensApi& console, Call& call) {
  const auto& token = call.param("token");
  CO_TRY(co_await console.tokens.remove(token));
  co_await api::audit(console.kit, call, "registration.delete", RegistrationTokens::audit_name(token));
  co_return Response::empty(204);
}

}  // namespace

void add_registration_routes(net::route::Router& routes, TokensApi& console) {
  const ServerGroup group(routes, "/registration");
  group.add({.method = "GET",
             .summary = "Who may make an account",
             .reply = TROUPE_REF("RegistrationMode"),
             .run = api::bind(get_registration, console)});
  group.add({.method = "GET",
             .path = "/tokens",
             .summary = "Registration tokens, the newest first",
             .reply = TROUPE_REF("RegistrationTokenPage"),
             .query = api::paging_params(
                 {{"valid", "Only those that can be used now, or only the others", R"({"type":"boolean"})"}}),
             .run = api::bind(list_tokens, console)});
  group.add({.method = "POST",
             .path = "/tokens",
             .summary = "Make a registration token",
             .body = TROUPE_REF("NewRegistrationToken"),
             .reply = TROUPE_REF("RegistrationToken"),
             .status = 201,
             .run = api::bind(create_token, console)});
  group.add({.method = "PATCH",
             .path = "/tokens/{token}",
             .summary = "Change how often and how long a token may be used",
             .body = TROUPE_REF("RegistrationTokenPatch"),
             .reply = TROUPE_REF("RegistrationToken"),
             .run = api::bind(change_token, console)});
  group.add({.method = "DELETE",
             .path = "/tokens/{token}",
             .summary = "Delete a registration token: nobody can use it any more",
             .status = 204,
             .run = api::bind(delete_token, console)});
}

}  // namespace troupe::homeserver::console_routes
