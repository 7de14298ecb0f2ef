// Third-party ids on a server that sends mail: people prove that they read an e-mail address, and give it to their
// account. Who asks for a mail is not told whether an account has the address; its reader is (Client-Server API
// #adding-account-administrative-contact-information).
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/mail_address.h"
#include "homeserver/mail/mail_pages.h"

namespace troupe::homeserver::accounts {
namespace {

using mail::Purpose;
using net::http::Response;

Task<Response> get_addresses(MailApi& api, net::route::Call& call) {
  CO_TRY(auto known, co_await api.accounts.identifiers(call.caller->user_id));
  co_return api::answer(ThirdPartyIds{.threepids = std::move(known.third_party)});
}

/// The deprecated form has them in an object of their own.
Result<ProofBody> read_proof(const net::route::Call& call) {
  const auto& body = net::route::body_object(call);
  for (const auto* name : {"three_pid_creds", "threePidCreds", "threepid_creds"})
    if (const auto* inner = matrix::find_object(body, name)) return api::shape_of<ProofBody>().read(*inner);
  return api::body_of<ProofBody>(call);
}

/// The password first: with an address of their own, whoever holds a token could set a new one. Then the proof.
Task<Response> post_address(MailApi& api, net::route::Call& call) {
  CO_TRY(auto given, read_proof(call));
  UiaRequest asked{.operation = "add address " + call.caller->user_id,
                   .user_id = call.caller->user_id,
                   .address = call.request.remote_address,
                   .flows = {{std::string(kStagePassword)}}};
  CO_TRY(const auto outcome, co_await api.uia.check(std::move(asked), net::route::body_object(call)));
  if (outcome.ask) co_return *outcome.ask;
  CO_TRY(auto address, co_await api.proofs.proven(given.sid, std::move(given.client_secret), Purpose::addition));
  auto spend = [sid = std::move(given.sid), now = api.proofs.stamp().now_ms](store::Tx& tx) -> Result<Unit> {
    TRY([[maybe_unused]] const auto spent, mail::Proofs::spend(tx, sid, Purpose::addition, now));
    return Unit{};
  };
  CO_TRY(co_await api.accounts.add_mail_address(call.caller->user_id, std::move(address), std::move(spend)));
  co_return api::answer(Nothing());
}

Task<Response> post_delete_address(MailApi& api, net::route::Call& call) {
  CO_TRY(auto given, api::body_of<ThirdPartyIdBody>(call));
  CO_TRY(co_await api.accounts.remove_third_party_id(call.caller->user_id, std::move(given.medium),
                                                     std::move(given.address)));
  co_return api::answer(Unbound());
}

/// Begins a proof: `sent` is what the address's reader is told.
Task<Response> begin(MailApi& api, net::route::Call& call, Purpose purpose) {
  CO_TRY(auto given, api::body_of<MailTokenBody>(call));
  auto address = canonical_mail_address(given.email);
  if (!address) co_return Error(Errc::invalid_param, "This is no e-mail address.");
  if (!mail::is_client_secret(given.client_secret))
    co_return Error(Errc::invalid_param, "client_secret may hold 0-9, a-z, A-Z and . = _ - only, at most 255 of them.");
  if (!given.next_link.empty() && !mail::is_next_link(given.next_link))
    co_return Error(Errc::invalid_param, "next_link must be an http or https address.");
  const mail::Asker asker{.remote_address = call.request.remote_address,
                          .user_id = call.caller ? call.caller->user_id : std::string()};
  CO_TRY(api.proofs.admit(*address, purpose, asker));
  CO_TRY(const auto owner, co_await api.accounts.user_of_mail_address(*address));
  auto sent = owner ? mail::Sent::in_use : mail::Sent::link;
  if (purpose == Purpose::reset) sent = owner ? mail::Sent::link : mail::Sent::nothing;
  if (sent == mail::Sent::in_use && !api.proofs.may_tell_of_use(*address, asker)) sent = mail::Sent::nothing;
  mail::ProofRequest request{.purpose = purpose,
                             .address = *std::move(address),
                             .client_secret = std::move(given.client_secret),
                             .send_attempt = given.send_attempt,
                             .next_link = std::move(given.next_link)};
  CO_TRY(auto sid, co_await api.proofs.begin(std::move(request), sent));
  co_return api::answer(MailSession{.sid = std::move(sid)});
}

Task<Response> post_registration_mail(MailApi& api, net::route::Call& call) {
  if (!api.registration.check_open()) {
    co_return Error(Errc::forbidden, "Registration is closed on this server. Ask an administrator for an account.")
        .with_wire_code("M_THREEPID_DENIED");
  }
  co_return co_await begin(api, call, Purpose::registration);
}
Task<Response> post_reset_mail(MailApi& api, net::route::Call& call) {
  co_return co_await begin(api, call, Purpose::reset);
}
Task<Response> post_address_mail(MailApi& api, net::route::Call& call) {
  co_return co_await begin(api, call, Purpose::addition);
}

void add_own_routes(net::route::Router& router, MailApi& api) {
  const auto own = matrix_group(router, {.prefix = std::string(kClientV3) + "/account/3pid",
                                         .needs = net::route::Access::user,
                                         .max_body_bytes = 16UL * 1024});
  own.add({.method = "GET", .reply = api::schema_text<ThirdPartyIds>(), .run = api::bind(get_addresses, api)});
  own.add({.method = "POST",
           .rate = net::route::Rate::login,
           .takes = net::route::Body::json_object,
           .reply = api::schema_text<Nothing>(),
           .run = api::bind(post_address, api)});
  own.add({.method = "POST",
           .path = "/add",
           .rate = net::route::Rate::login,
           .body = api::schema_text<ProofBody>(),
           .takes = net::route::Body::json_object,
           .reply = api::schema_text<Nothing>(),
           .run = api::bind(post_address, api)});
  own.add({.method = "POST",
           .path = "/delete",
           .body = api::schema_text<ThirdPartyIdBody>(),
           .takes = net::route::Body::json_object,
           .reply = api::schema_text<Unbound>(),
           .run = api::bind(post_delete_address, api)});
}

}  // namespace

void add_mail_routes(net::route::Router& router, MailApi& api) {
  add_own_routes(router, api);
  add_identity_server_routes(router);
  const auto tokens = matrix_group(router, {.prefix = std::string(kClientV3),
                                            .needs = net::route::Access::if_any,
                                            .rate = net::route::Rate::login,
                                            .max_body_bytes = 16UL * 1024});
  const struct {
    std::string_view path;
    Task<Response> (*run)(MailApi&, net::route::Call&);
  } rows[] = {{"/register/email/requestToken", post_registration_mail},
              {"/account/password/email/requestToken", post_reset_mail},
              {"/account/3pid/email/requestToken", post_address_mail}};
  for (const auto& row : rows)
    tokens.add({.method = "POST",
                .path = row.path,
                .body = api::schema_text<MailTokenBody>(),
                .takes = net::route::Body::json_object,
                .reply = api::schema_text<MailSession>(),
                .run = api::bind(row.run, api)});
}

}  // namespace troupe::homeserver::accounts
