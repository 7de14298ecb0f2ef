// Third-party ids, e-mail addresses and phone numbers of an account, on a server that sends no mail: it sends no text
// messages either and asks no identity server, so a person has those only that an administrator gave, and each route
// that would change them says so with the specification's code for it (Client-Server API
// #adding-account-administrative-contact-information). Where it sends mail: mail_routes.cc.
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/common/client_route.h"

namespace troupe::homeserver::accounts {
namespace {

Task<net::http::Response> get_third_party_ids(AccountApi& api, net::route::Call& call) {
  CO_TRY(auto known, co_await api.accounts.identifiers(call.caller->user_id));
  co_return api::answer(ThirdPartyIds{.threepids = std::move(known.third_party)});
}

/// As the capability m.3pid_changes says.
Error no_changes() {
  return Error(Errc::forbidden, "Only an administrator changes the e-mail addresses and phone numbers of an account.")
      .with_status(400);
}

Task<net::http::Response> post_third_party_id(net::route::Call&) { co_return no_changes(); }

Task<net::http::Response> post_bind(net::route::Call&) {
  co_return Error(Errc::invalid_param, "This server asks no identity server.").with_wire_code("M_SERVER_NOT_TRUSTED");
}

/// No identity server was ever told of it.
Task<net::http::Response> post_unbind(net::route::Call& call) {
  CO_TRY(api::body_of<ThirdPartyIdBody>(call));
  co_return api::answer(Unbound());
}

/// What is not there is gone.
Task<net::http::Response> post_delete_third_party_id(AccountApi& api, net::route::Call& call) {
  CO_TRY(auto given, api::body_of<ThirdPartyIdBody>(call));
  CO_TRY(auto known, co_await api.accounts.identifiers(call.caller->user_id));
  const auto is_given = [&given](const ThirdPartyId& id) {
    return id.medium == given.medium && id.address == given.address;
  };
  if (std::ranges::any_of(known.third_party, is_given)) co_return no_changes();
  co_return api::answer(Unbound());
}

/// Without a look at the body: some clients send an empty one to learn whether this is supported.
Task<net::http::Response> refuse_medium(net::route::Call&) {
  co_return Error(Errc::invalid_param, "This server cannot write to e-mail addresses or phone numbers.")
      .with_wire_code("M_THREEPID_MEDIUM_NOT_SUPPORTED");
}

Task<net::http::Response> refuse_registration(net::route::Call&) {
  co_return Error(Errc::forbidden, "Register with a user name: this server takes no e-mail addresses or phone numbers.")
      .with_wire_code("M_THREEPID_DENIED");
}

/// Nothing is sent to any address.
Task<net::http::Response> refuse_reset(net::route::Call&) {
  co_return Error(Errc::invalid_param, "No account here has this address. Ask an administrator for a new password.")
      .with_wire_code("M_THREEPID_NOT_FOUND");
}

}  // namespace

namespace {

using Refusal = Task<net::http::Response> (*)(net::route::Call&);

void add_refusals(net::route::Router& router, std::initializer_list<std::pair<std::string_view, Refusal>> rows) {
  const auto tokens = matrix_group(router, {.prefix = std::string(kClientV3),
                                            .needs = net::route::Access::open,
                                            .rate = net::route::Rate::login,
                                            .max_body_bytes = 16UL * 1024});
  for (const auto& [path, run] : rows)
    tokens.add({.method = "POST", .path = path, .takes = net::route::Body::json_object, .run = run});
}

}  // namespace

void add_identity_server_routes(net::route::Router& router) {
  constexpr auto kObject = net::route::Body::json_object;
  const auto own =
      matrix_group(router, {.prefix = std::string(kClientV3) + "/account/3pid", .needs = net::route::Access::user});
  own.add({.method = "POST", .path = "/bind", .takes = kObject, .run = post_bind});
  own.add({.method = "POST",
           .path = "/unbind",
           .body = api::schema_text<ThirdPartyIdBody>(),
           .takes = kObject,
           .reply = api::schema_text<Unbound>(),
           .run = post_unbind});
  add_refusals(router, {{"/account/3pid/msisdn/requestToken", refuse_medium},
                        {"/account/password/msisdn/requestToken", refuse_reset},
                        {"/register/msisdn/requestToken", refuse_registration}});
}

void add_third_party_routes(net::route::Router& router, AccountApi& api) {
  constexpr auto kObject = net::route::Body::json_object;
  const auto own =
      matrix_group(router, {.prefix = std::string(kClientV3) + "/account/3pid", .needs = net::route::Access::user});
  own.add({.method = "GET", .reply = api::schema_text<ThirdPartyIds>(), .run = api::bind(get_third_party_ids, api)});
  own.add({.method = "POST", .takes = kObject, .run = post_third_party_id});
  own.add({.method = "POST", .path = "/add", .takes = kObject, .run = post_third_party_id});
  own.add({.method = "POST",
           .path = "/delete",
           .body = api::schema_text<ThirdPartyIdBody>(),
           .takes = kObject,
           .reply = api::schema_text<Unbound>(),
           .run = api::bind(post_delete_third_party_id, api)});
  add_identity_server_routes(router);
  add_refusals(router, {{"/account/3pid/email/requestToken", refuse_medium},
                        {"/account/password/email/requestToken", refuse_reset},
                        {"/register/email/requestToken", refuse_registration}});
}

}  // namespace troupe::homeserver::accounts
