// The pages on which a person looks after their account: profile, sessions, new keys, closing it. Clients link to them
// with ?action=…&device_id=…. Client-Server API #oauth-20-account-management.
#include <array>

#include "base/utc.h"
#include "homeserver/common/client_route.h"
#include "homeserver/oauth/oauth_routes.h"
#include "homeserver/oauth/page.h"
#include "homeserver/oauth/person_page.h"

namespace troupe::homeserver::oauth {
namespace {

using net::http::Response;

constexpr std::string_view kAccount = "account";
constexpr std::string_view kClose = "org.matrix.account_deactivate";
constexpr std::string_view kWhyAccount = "<p>Sign in to look after your account.</p>";
constexpr std::size_t kMaxAccountBytes = 8UL * 1024;
constexpr std::size_t kMaxAskedBytes = 255;

enum class Action : std::uint8_t { profile, list, view, end, reset, close };

struct ActionWord {
  std::string_view name;
  Action action;
};
constexpr std::array<ActionWord, 9> kActionWords{{{"org.matrix.profile", Action::profile},
                                                  {"org.matrix.devices_list", Action::list},
                                                  {"org.matrix.sessions_list", Action::list},
                                                  {"org.matrix.device_view", Action::view},
                                                  {"org.matrix.session_view", Action::view},
                                                  {"org.matrix.device_delete", Action::end},
                                                  {"org.matrix.session_end", Action::end},
                                                  {"org.matrix.cross_signing_reset", Action::reset},
                                                  {kClose, Action::close}}};

/// What the person came for. What is not known shows the profile, as if nothing had been said.
Action action_of(const Fields& fields) {
  for (const auto& word : kActionWords)
    if (word.name == value_of(fields, "action")) return word.action;
  return Action::profile;
}

Fields asked_in(const Fields& sent) {
  Fields fields;
  for (const auto name : {"action", "device_id", "session"}) {
    const auto value = value_of(sent, name);
    if (!value.empty() && value.size() <= kMaxAskedBytes) fields.emplace_back(name, value);
  }
  return fields;
}

std::string link_to(std::string_view action, std::string_view device_id, std::string_view label) {
  Fields fields{{"action", std::string(action)}};
  if (!device_id.empty()) fields.emplace_back("device_id", device_id);
  return "<a href=\"" + text(page_with(kAccount, fields)) + "\">" + text(label) + "</a>";
}

/// Of a page that asks for something that cannot be undone.
std::string way_out() { return "<p>" + link_to("org.matrix.profile", {}, "Cancel") + "</p>"; }

Response show_done(const Visit& visit, std::string_view title, std::string_view sentence) {
  return show(
      {.title = std::string(title),
       .body = "<p>" + text(sentence) + "</p><p>" +
               (visit.signed_in() ? link_to("org.matrix.devices_list", {}, "Your sessions") : std::string()) + "</p>",
       .leads_to = {}},
      visit);
}

Task<Response> show_profile(AccountPageApi& api, Visit visit) {
  CO_TRY(const auto account, co_await api.accounts.find(visit.user_id));
  const std::string body =
      "<dl><dt>Matrix id</dt><dd><code>" + text(account.user_id) + "</code></dd><dt>Name</dt><dd>" +
      name(account.display_name) + "</dd></dl><p>Your name and picture are changed in your app.</p><p>" +
      link_to("org.matrix.devices_list", {}, "Your sessions") + " · " + link_to(kClose, {}, "Close the account") +
      "</p>" + form(kAccount, {}, visit, button("leave", "Leave these pages", false));
  co_return show({.title = "Your account", .body = body, .leads_to = {}}, visit);
}

std::string name_of(const accounts::DeviceRow& device) {
  return device.display_name && !device.display_name->empty() ? *device.display_name : device.device_id;
}

Task<Response> show_list(AccountPageApi& api, Visit visit) {
  CO_TRY(const auto devices, co_await api.devices.list(visit.user_id));
  std::string body = "<p>Here <strong>" + text(visit.user_id) + "</strong> is signed in.</p><ul>";
  for (const auto& device : devices) {
    body += "<li>" + link_to("org.matrix.device_view", device.device_id, name_of(device)) + " <code>" +
            text(device.device_id) + "</code></li>";
  }
  body += "</ul><p>" + link_to("org.matrix.profile", {}, "Your account") + "</p>";
  co_return show({.title = "Your sessions", .body = body, .leads_to = {}}, visit);
}

std::string shown_time(base::UnixMs at) { return base::utc_text(at, "%Y-%m-%d %H:%M UTC"); }

Task<Response> show_device(AccountPageApi& api, Fields fields, Visit visit) {
  CO_TRY(const auto device, co_await api.devices.find(visit.user_id, std::string(value_of(fields, "device_id"))));
  std::string body = "<dl><dt>Session</dt><dd><code>" + text(device.device_id) + "</code></dd>";
  if (device.last_seen_ms) body += "<dt>Last seen</dt><dd>" + shown_time(*device.last_seen_ms) + "</dd>";
  if (device.last_seen_ip) body += "<dt>From</dt><dd>" + text(*device.last_seen_ip) + "</dd>";
  body += "</dl><p>Whoever uses it is signed out, and it can no longer read new encrypted messages.</p>" +
          form(kAccount, {{"device_id", device.device_id}, {"action", "org.matrix.device_delete"}}, visit,
               button("end", "Sign out this session")) +
          "<p>" + link_to("org.matrix.devices_list", {}, "All sessions") + "</p>";
  co_return show({.title = name_of(device), .body = body, .leads_to = {}}, visit);
}

Response show_reset(const Visit& visit) {
  return show(
      {.title = "Replace your identity?",
       .body = "<p>Your app asks to give <strong>" + text(visit.user_id) +
               "</strong> new keys. Others will see that your identity has changed, your other sessions must "
               "be verified again, and without a key backup old encrypted messages stay unreadable.</p><p>Allow "
               "it only if you have just asked for it in an app of yours. It may then do so within ten "
               "minutes.</p>" +
               form(kAccount, {{"action", "org.matrix.cross_signing_reset"}}, visit, button("reset", "Allow")) +
               way_out(),
       .leads_to = {}},
      visit);
}

/// What has to be proven before the account is closed.
accounts::UiaRequest closing(const Visit& visit, const net::http::Request& request) {
  return {.operation = "closing the account " + visit.user_id,
          .user_id = visit.user_id,
          .address = request.remote_address,
          .flows = {{std::string(accounts::kStagePassword)}},
          .page = page_with(kAccount, {{"action", std::string(kClose)}})};
}

/// Buttons for the providers that vouch for the account; a session waits for what they say. Adds to `leads_to` where
/// they lead (see sso: only the scheme can be said of it).
Task<std::string> confirm_elsewhere(AccountPageApi& api, net::route::Call& call, const Visit& visit,
                                    const std::vector<std::string>& vouching, std::string& leads_to) {
  if (vouching.empty() || !visit.providers) co_return std::string();
  CO_TRY(const auto outcome, co_await api.uia.check(closing(visit, call.request), {}));
  if (!outcome.ask) co_return std::string();
  CO_TRY(const auto asked, matrix::parse_json(outcome.ask->body));
  const std::string session(matrix::find_string(asked.as_object(), "session").value_or(""));
  std::string buttons;
  for (const auto& provider : *visit.providers) {
    if (std::ranges::find(vouching, provider.id) == vouching.end()) continue;
    leads_to = leads_to.contains("http:") || provider.issuer.starts_with("http:") ? "https: http:" : "https:";
    buttons += form(accounts::kSsoFallbackPath, {{"session", session}, {"idp", provider.id}}, visit,
                    "<button>Confirm with " + name(provider.name) + "</button>");
  }
  co_return buttons;
}

/// `session`: of user-interactive authentication, in which the person has proved elsewhere who they are; empty: none.
Task<Response> show_close(AccountPageApi& api, net::route::Call& call, Visit visit, std::string session,
                          const Error* wrong) {
  Page page{.title = "Close the account?",
            .body = "<p>This closes <strong>" + text(visit.user_id) +
                    "</strong> for good: all its sessions end, it leaves all rooms, and nobody can have this name "
                    "again.</p>" +
                    complaint(wrong ? wrong->message() : std::string_view()),
            .leads_to = {},
            .status = wrong ? page_status(*wrong) : 200};
  if (!session.empty()) {
    page.body += form(kAccount, {{"action", std::string(kClose)}, {"session", session}}, visit,
                      "<p>You have confirmed that it is you.</p>" + button("close", "Close the account"));
    page.body += way_out();
    co_return show(page, visit);
  }
  CO_TRY(const auto ways, co_await api.accounts.ways_to_prove(visit.user_id));
  CO_TRY(const auto elsewhere, co_await confirm_elsewhere(api, call, visit, ways.providers, page.leads_to));
  if (ways.password || elsewhere.empty()) {
    page.body += form(kAccount, {{"action", std::string(kClose)}}, visit,
                      "<label for=\"password\">Your password</label><input id=\"password\" name=\"password\" "
                      "type=\"password\" autocomplete=\"current-password\" maxlength=\"512\" required>" +
                          button("close", "Close the account"));
  }
  if (!elsewhere.empty()) page.body += "<p>Confirm where you sign in that it is you, then close it.</p>" + elsewhere;
  page.body += way_out();
  co_return show(page, visit);
}

Task<Response> show_action(AccountPageApi& api, net::route::Call& call, Fields fields, Visit visit) {
  switch (action_of(fields)) {
    case Action::list:
      co_return co_await show_list(api, std::move(visit));
    case Action::view:
    case Action::end:
      co_return co_await show_device(api, std::move(fields), std::move(visit));
    case Action::reset:
      co_return show_reset(visit);
    case Action::close:
      co_return co_await show_close(api, call, std::move(visit), std::string(value_of(fields, "session")), nullptr);
    case Action::profile:
      break;
  }
  co_return co_await show_profile(api, std::move(visit));
}

/// Errors: those of AccountService::check_password and of Uia::check; forbidden (not confirmed).
Task<Unit> check_owner(AccountPageApi& api, net::route::Call& call, Visit visit, Fields sent) {
  const std::string session(value_of(sent, "session"));
  if (session.empty()) {
    CO_TRY(co_await api.accounts.check_password(visit.user_id, std::string(value_of(sent, "password")),
                                                call.request.remote_address));
    co_return Unit{};
  }
  matrix::JsonObject body{{"auth", {{"session", session}}}};
  CO_TRY(const auto outcome, co_await api.uia.check(closing(visit, call.request), std::move(body)));
  if (!outcome.ask) co_return Unit{};
  co_return Error(Errc::forbidden, "That it is you has not been confirmed, or too long ago.");
}

Task<Response> close_account(AccountPageApi& api, net::route::Call& call, Visit visit, Fields sent) {
  const auto proven = co_await check_owner(api, call, visit, std::move(sent));
  if (!proven) co_return co_await show_close(api, call, std::move(visit), {}, &proven.error());
  CO_TRY(co_await api.accounts.deactivate(visit.user_id));
  CO_TRY(const auto left, co_await api.visits.sign_out(std::move(visit)));
  co_return show_done(left, "Closed", "The account is closed.");
}

/// A step of somebody who is signed in.
Task<Response> take_step(AccountPageApi& api, net::route::Call& call, Visit visit, Fields sent) {
  const std::string step(value_of(sent, "step"));
  if (step == "end") {
    std::vector<std::string> devices{std::string(value_of(sent, "device_id"))};
    CO_TRY(co_await api.devices.remove(visit.user_id, std::move(devices)));
    co_return show_done(visit, "Signed out", "The session has ended.");
  }
  if (step == "reset") {
    CO_TRY(co_await api.proof.allow_reset(visit.user_id));
    co_return show_done(visit, "Allowed", "Go back to your app now: it may replace the keys.");
  }
  if (step == "close") co_return co_await close_account(api, call, std::move(visit), std::move(sent));
  if (step == "leave") {
    CO_TRY(const auto left, co_await api.visits.sign_out(std::move(visit)));
    co_return show_done(left, "Goodbye", "You have left these pages. Your apps stay signed in.");
  }
  co_return co_await show_action(api, call, asked_in(sent), std::move(visit));
}

Task<Response> answer(AccountPageApi& api, net::route::Call& call, Visit visit, Fields sent, bool posted) {
  auto fields = asked_in(sent);
  if (posted) {
    CO_TRY(api.visits.check_form(call.request, visit, value_of(sent, "form_token")));
  }
  if (posted && value_of(sent, "step") == "login") {
    const std::string user(value_of(sent, "user"));
    auto entered =
        co_await api.visits.sign_in(visit, user, std::string(value_of(sent, "password")), call.request.remote_address);
    if (!entered) co_return sign_in_page(kAccount, kWhyAccount, fields, visit, user, &entered.error());
    co_return lead(page_with(kAccount, fields), *entered);
  }
  if (!visit.signed_in()) co_return sign_in_page(kAccount, kWhyAccount, fields, visit, {}, nullptr);
  if (posted) co_return co_await take_step(api, call, std::move(visit), std::move(sent));
  co_return co_await show_action(api, call, std::move(fields), std::move(visit));
}

}  // namespace

void add_account_pages(net::route::Router& router, AccountPageApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(accounts::kAccountPagePath),
                                           .needs = net::route::Access::open,
                                           .max_body_bytes = kMaxAccountBytes});
  group.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_page<AccountPageApi, answer>, api)});
  group.add({.method = "POST",
             .rate = net::route::Rate::login,
             .takes = net::route::Body::form,
             .reply_type = "text/html",
             .run = api::bind(post_page<AccountPageApi, answer>, api)});
}

}  // namespace troupe::homeserver::oauth
