// The page on which a person signs in and allows a client to act for them. Nothing of the request is kept here between
// its steps: the forms carry it, and each step checks all of it again.
#include "homeserver/common/client_route.h"
#include "homeserver/oauth/authorization.h"
#include "homeserver/oauth/oauth_routes.h"
#include "homeserver/oauth/person_page.h"

namespace troupe::homeserver::oauth {
namespace {

using net::http::Response;

constexpr std::size_t kMaxAuthorizeBytes = 32UL * 1024;

/// What was asked for, checked.
struct Asked {
  WayBack way;
  Authorization wanted;
  Fields kept;  ///< of the request, for forms
};

/// "Element (app.element.io)": a name may be anything, the host is the client's own.
std::string who(const Client& client) {
  return "<strong>" + name(client.shown_name()) + "</strong> (" + text(shown_target(client.metadata.client_uri)) + ")";
}

Response show_sign_in(const AuthorizeApi& api, const Asked& asked, const Visit& visit, std::string_view user,
                      const Error* wrong) {
  const std::string body =
      "<p>" + who(asked.way.client) + " asks to use your account. You are then sent to <strong>" +
      text(shown_target(asked.way.redirect_uri)) + "</strong>; it never sees your password.</p>" +
      complaint(wrong ? wrong->message() : std::string_view()) +
      form(kAuthorize, asked.kept, visit, sign_in_fields(user) + button("deny", "Cancel", false)) +
      sign_in_elsewhere(visit, page_with(kAuthorize, asked.kept)) +
      (api.sign_up.offered() ? "<p><a href=\"" + text(page_with(kSignUp, asked.kept)) + "\">Make an account</a></p>"
                             : std::string());
  auto response = show({.title = "Sign in",
                        .body = body,
                        .leads_to = policy_source(asked.way.redirect_uri),
                        .status = wrong ? page_status(*wrong) : 200},
                       visit);
  if (wrong) add_patience(response, *wrong);
  return response;
}

Task<Response> show_consent(AuthorizeApi& api, Asked asked, Visit visit) {
  const auto& device_id = asked.wanted.scope.device_id;
  const auto device = co_await api.devices.find(visit.user_id, device_id);
  if (!device && device.error().code() != Errc::not_found) co_return std::unexpected(device.error());
  std::string body = "<p>" + who(asked.way.client) + " asks to use your account <strong>" + text(visit.user_id) +
                     "</strong>: to read and send your messages, and to change your rooms and settings.</p><dl>"
                     "<dt>You are then sent to</dt><dd>" +
                     text(shown_target(asked.way.redirect_uri)) + "</dd><dt>New session</dt><dd><code>" +
                     text(device_id) + "</code></dd></dl>";
  if (device) body += takes_over(device->display_name.value_or(device_id));
  body +=
      "<p>Allow it only if you came here from that app yourself.</p>" +
      form(kAuthorize, asked.kept, visit,
           button("allow", "Allow") + button("deny", "Cancel", false) + button("leave", "Use another account", false));
  co_return show({.title = "Allow access?", .body = body, .leads_to = policy_source(asked.way.redirect_uri)}, visit);
}

/// The page that fits: to sign in, or to allow.
Task<Response> show_step(AuthorizeApi& api, Asked asked, Visit visit) {
  if (asked.wanted.silent) {
    const auto code = visit.signed_in() ? "consent_required" : "login_required";
    co_return lead(asked.way.with_error(refusal(code, "A person has to be asked.")), visit);
  }
  if (visit.signed_in() && !asked.wanted.sign_in_again && !asked.wanted.sign_up)
    co_return co_await show_consent(api, std::move(asked), std::move(visit));
  if (asked.wanted.sign_up && api.sign_up.offered()) co_return lead(page_with(kSignUp, asked.kept), visit);
  co_return show_sign_in(api, asked, visit, asked.wanted.login_hint, nullptr);
}

Task<Response> sign_in(AuthorizeApi& api, net::route::Call& call, Asked asked, Visit visit, Fields sent) {
  const std::string user(value_of(sent, "user"));
  auto entered =
      co_await api.visits.sign_in(visit, user, std::string(value_of(sent, "password")), call.request.remote_address);
  if (!entered) co_return show_sign_in(api, asked, visit, user, &entered.error());
  co_return lead(page_with(kAuthorize, asked.kept), *entered);
}

Task<Response> allow(AuthorizeApi& api, Asked asked, Visit visit) {
  if (!visit.signed_in()) co_return lead(page_with(kAuthorize, asked.kept), visit);
  Allowed allowed{.client_id = asked.way.client.client_id,
                  .redirect_uri = asked.way.redirect_uri,
                  .challenge = std::move(asked.wanted.challenge),
                  .scope = std::move(asked.wanted.scope),
                  .nonce = std::move(asked.wanted.nonce),
                  .user_id = visit.user_id,
                  .origin = visit.origin};
  CO_TRY(auto code, co_await api.grants.issue_code(std::move(allowed)));
  co_return lead(asked.way.with({{"code", std::move(code)}}), visit);
}

Task<Response> answer(AuthorizeApi& api, net::route::Call& call, Visit visit, Fields sent, bool posted) {
  CO_TRY(check_fields(sent));
  if (posted) {
    CO_TRY(api.visits.check_form(call.request, visit, value_of(sent, "form_token")));
  }
  CO_TRY(auto way, co_await find_way_back(api.clients, sent, api.visits.issuer(call.request)));
  auto wanted = read_authorization(sent, way);
  if (!wanted) co_return lead(way.with_error(wanted.error()), visit);
  Asked asked{.way = std::move(way), .wanted = *std::move(wanted), .kept = carried(sent)};
  const auto step = value_of(sent, "step");
  if (!posted) co_return co_await show_step(api, std::move(asked), std::move(visit));
  if (step == "login") co_return co_await sign_in(api, call, std::move(asked), std::move(visit), std::move(sent));
  if (step == "allow") co_return co_await allow(api, std::move(asked), std::move(visit));
  if (step == "leave") {
    CO_TRY(const auto left, co_await api.visits.sign_out(std::move(visit)));
    co_return lead(page_with(kAuthorize, asked.kept), left);
  }
  co_return lead(asked.way.with_error(refusal("access_denied", "The person has refused.")), visit);
}

}  // namespace

void add_authorize_pages(net::route::Router& router, AuthorizeApi& api) {
  const auto group =
      matrix_group(router, {.prefix = std::string(kRoot) + "/authorize", .needs = net::route::Access::open});
  group.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_page<AuthorizeApi, answer>, api)});
  group.add({.method = "POST",
             .rate = net::route::Rate::login,
             .takes = net::route::Body::form,
             .max_body_bytes = kMaxAuthorizeBytes,
             .reply_type = "text/html",
             .run = api::bind(post_page<AuthorizeApi, answer>, api)});
}

}  // namespace troupe::homeserver::oauth
