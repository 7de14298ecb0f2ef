// Coming back from a provider, and what may have to be asked before going on to the client.
#include "base/log.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/public_address.h"
#include "homeserver/common/settings.h"
#include "homeserver/oauth/page.h"
#include "homeserver/sso/names.h"
#include "homeserver/sso/redirects.h"
#include "homeserver/sso/sso_routes.h"

namespace troupe::homeserver::sso {
namespace {

using net::http::Response;
using oauth::Fields;
using oauth::text;
using oauth::Visit;

constexpr std::size_t kMaxContinueBytes = 8UL * 1024;
constexpr std::size_t kMaxNameBytes = 255;
/// Client-Server API #fallback: tells the app that opened the page.
constexpr std::string_view kTellOpener =
    "if(window.onAuthDone)window.onAuthDone();else if(window.opener&&window.opener.postMessage)"
    "window.opener.postMessage('authDone','*');";

Fields carried(const std::string& state) { return {{"sign_in", state}}; }

/// The app that opened the page is told; nobody is led anywhere but back to a page of ours that has asked.
Task<Response> confirm(SsoApi& api, SignInRow row, Visit visit) {
  const auto session = row.target;
  const auto user_id = row.user_id;
  const auto waiting = api.uia.elsewhere(session);
  CO_TRY(co_await api.sign_ins.end(std::move(row)));
  if (!api.uia.prove_elsewhere(session, user_id))
    co_return Error(Errc::forbidden, "You signed in there as somebody else, or it took too long. Begin again.");
  if (waiting && !waiting->page.empty()) co_return oauth::lead(std::string(kOauthPages) + waiting->page, visit);
  co_return oauth::show({.title = "Confirmed",
                         .body = "<p>You may close this page and go back to the app.</p>",
                         .leads_to = {},
                         .script = std::string(kTellOpener)},
                        visit);
}

Task<Response> lead_to_client(SsoApi& api, SignInRow row, Visit visit) {
  const auto address = row.target;
  CO_TRY(const auto token, co_await api.sign_ins.give_token(std::move(row)));
  co_return oauth::lead(with_token(address, token), visit);
}

/// On from where it stands.
Task<Response> go_on(SsoApi& api, SignInRow row, Visit visit, std::string state) {
  if (row.step == Step::leave && row.purpose == Purpose::confirm)
    co_return co_await confirm(api, std::move(row), std::move(visit));
  if (row.step == Step::leave && row.purpose == Purpose::pages) {
    auto page = std::string(kOauthPages) + row.target;
    auto user_id = row.user_id;
    auto origin = row.origin;
    CO_TRY(co_await api.sign_ins.end(std::move(row)));
    CO_TRY(const auto entered, co_await api.visits.enter(std::move(visit), std::move(user_id), std::move(origin)));
    co_return oauth::lead(page, entered);
  }
  if (row.step == Step::leave && row.purpose == Purpose::console)  // who may have its token was asked at the departure
    co_return co_await lead_to_client(api, std::move(row), std::move(visit));
  const auto& trusted = api.settings.of<SsoSettings>().trusted_redirects;
  if (row.step == Step::leave && is_trusted(row.target, trusted))
    co_return co_await lead_to_client(api, std::move(row), std::move(visit));
  co_return oauth::lead(oauth::page_with(kContinuePath, carried(state)), visit);
}

/// "access_denied": what a provider may say of itself, and a page may show.
std::string error_word(std::string_view given) {
  std::string word;
  for (const char c : given.substr(0, 64))
    if ((c >= 'a' && c <= 'z') || c == '_') word += c;
  return word;
}

Task<Response> arrive(SsoApi& api, net::route::Call& call, Visit visit) {
  const auto& request = call.request;
  std::string state(request.query_value("state").value_or(""));
  if (const auto error = request.query_value("error")) {
    CO_TRY(co_await api.sign_ins.break_off(state, visit.cookie));
    co_return Error(Errc::forbidden,
                    "The provider did not sign you in (" + error_word(*error) + "). Begin again if you want to.");
  }
  Arrival arrival{
      .state = state, .code = std::string(request.query_value("code").value_or("")), .issuer = std::nullopt};
  if (const auto issuer = request.query_value("iss")) arrival.issuer = std::string(*issuer);
  Browser browser{.cookie = visit.cookie,
                  .redirect_uri = public_address(api.settings, request) + std::string(kCallbackPath),
                  .address = request.remote_address};
  CO_TRY(auto row, co_await api.sign_ins.arrive(std::move(arrival), std::move(browser)));
  co_return co_await go_on(api, std::move(row), std::move(visit), std::move(state));
}

Task<Response> get_callback(SsoApi& api, net::route::Call& call) {
  CO_TRY(const auto visit, co_await api.visits.of(call.request));
  const auto begun = co_await api.sign_ins.find(std::string(call.request.query_value("state").value_or("")),
                                                visit.cookie);  // as long as it is there
  auto answered = co_await arrive(api, call, visit);
  if (!answered) {
    const auto& error = answered.error();  // only what a provider did wrong has a detail
    if (!error.detail().empty())
      base::log_warning("homeserver", "a sign-in through a provider failed", {{"error", error.detail()}});
    co_return oauth::show_error(error, visit, begun ? way_back(begun->purpose, begun->target) : std::string());
  }
  co_return answered;
}

Response show_names(const SsoApi& api, const SignInRow& row, const Visit& visit, const std::string& state,
                    const Error* wrong, std::string_view typed) {
  const auto suggested = as_localpart(row.localpart);
  const std::string why = suggested.empty()
                              ? "Choose your user name on this server."
                              : "The user name " + suggested + " is not free on this server. Choose another one.";
  const auto body =
      "<p>" + text(why) + " It cannot be changed later.</p>" +
      oauth::complaint(wrong ? wrong->message() : std::string_view()) +
      oauth::form(kContinuePath, carried(state), visit,
                  "<label for=\"username\">User name</label><input id=\"username\" name=\"username\" "
                  "autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"255\" required "
                  "value=\"" +
                      text(typed) + "\"><p>Your Matrix id will be @<em>name</em>:" + text(api.settings.server_name) +
                      "</p>" + oauth::button("name", "Go on") + oauth::button("cancel", "Cancel", false));
  auto response = oauth::show(
      {.title = "Your user name",
       .body = body,
       .leads_to = row.purpose == Purpose::login || row.purpose == Purpose::console ? oauth::policy_source(row.target)
                                                                                    : std::string(),
       .status = wrong ? oauth::page_status(*wrong) : 200},
      visit);
  if (wrong) oauth::add_patience(response, *wrong);
  return response;
}

Response show_leave(const SignInRow& row, const Visit& visit, const std::string& state) {
  const auto body = "<p>Go on to <strong>" + text(shown_address(row.target)) + "</strong> as <strong>" +
                    text(row.user_id) +
                    "</strong>? It can then read and send your messages, and change your rooms and settings.</p>"
                    "<p>Go on only if you came here from that app yourself.</p>" +
                    oauth::form(kContinuePath, carried(state), visit,
                                oauth::button("leave", "Go on") + oauth::button("cancel", "Cancel", false));
  return oauth::show({.title = "Sign in to this app?", .body = body, .leads_to = oauth::policy_source(row.target)},
                     visit);
}

Task<Response> choose(SsoApi& api, SignInRow row, Visit visit, std::string state, std::string typed) {
  if (typed.size() > kMaxNameBytes) typed.resize(kMaxNameBytes);
  auto chosen = co_await api.sign_ins.choose_name(state, visit.cookie, typed);
  if (chosen) co_return co_await go_on(api, *std::move(chosen), std::move(visit), std::move(state));
  const auto code = chosen.error().code();
  if (code != Errc::user_in_use && code != Errc::invalid_param) co_return std::unexpected(std::move(chosen).error());
  co_return show_names(api, row, visit, state, &chosen.error(), typed);
}

Task<Response> answer_step(SsoApi& api, Visit visit, Fields sent, bool posted) {
  const std::string state(oauth::value_of(sent, "sign_in"));
  CO_TRY(auto row, co_await api.sign_ins.find(state, visit.cookie));
  const auto step = posted ? oauth::value_of(sent, "step") : std::string_view();
  if (step == "cancel") {
    CO_TRY(co_await api.sign_ins.break_off(state, visit.cookie));
    auto back = way_back(row.purpose, row.target);
    if (back.empty()) back = "<p>You may close this page.</p>";
    co_return oauth::show({.title = "Not signed in", .body = std::move(back), .leads_to = {}}, visit);
  }
  if (row.step == Step::name) {
    if (step == "name")
      co_return co_await choose(api, std::move(row), std::move(visit), state,
                                std::string(oauth::value_of(sent, "username")));
    co_return show_names(api, row, visit, state, nullptr, {});
  }
  if (row.step == Step::leave && row.purpose == Purpose::login) {
    if (step == "leave") co_return co_await lead_to_client(api, std::move(row), std::move(visit));
    co_return show_leave(row, visit, state);
  }
  co_return Error(Errc::forbidden, "There is nothing to go on with. Begin again.");
}

Task<Response> answer_continue(SsoApi& api, net::route::Call& call, Fields sent, bool posted) {
  CO_TRY(const auto visit, co_await api.visits.of(call.request));
  if (posted) {
    const auto own = api.visits.check_form(call.request, visit, oauth::value_of(sent, "form_token"));
    if (!own) co_return oauth::show_error(own.error(), visit);
  }
  auto answered = co_await answer_step(api, visit, std::move(sent), posted);
  if (!answered) co_return oauth::show_error(answered.error(), visit);
  co_return answered;
}

Task<Response> get_continue(SsoApi& api, net::route::Call& call) {
  Fields sent(call.request.query.begin(), call.request.query.end());
  co_return co_await answer_continue(api, call, std::move(sent), false);
}

Task<Response> post_continue(SsoApi& api, net::route::Call& call) {
  co_return co_await answer_continue(api, call, oauth::fields_of(net::route::body_object(call)), true);
}

}  // namespace

void add_arrival_routes(net::route::Router& router, SsoApi& api) {
  using net::route::Access;
  using net::route::Rate;
  matrix_group(router, {.prefix = std::string(kCallbackPath), .needs = Access::open, .rate = Rate::login})
      .add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_callback, api)});
  const auto pages = matrix_group(router, {.prefix = std::string(kContinuePath),
                                           .needs = Access::open,
                                           .rate = Rate::login,
                                           .max_body_bytes = kMaxContinueBytes});
  pages.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_continue, api)});
  pages.add({.method = "POST",
             .takes = net::route::Body::form,
             .reply_type = "text/html",
             .run = api::bind(post_continue, api)});
}

}  // namespace troupe::homeserver::sso
