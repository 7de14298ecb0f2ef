// The page on which a person types the code of a device that has no browser.
#include "homeserver/common/client_route.h"
#include "homeserver/oauth/oauth_routes.h"
#include "homeserver/oauth/page.h"
#include "homeserver/oauth/person_page.h"

namespace troupe::homeserver::oauth {
namespace {

using net::http::Response;

constexpr std::string_view kLinkPage = "link";
constexpr std::string_view kWhyLink = "<p>Sign in to connect a device.</p>";
constexpr std::size_t kMaxLinkBytes = 8UL * 1024;
constexpr std::size_t kMaxCodeBytes = 32;

Fields code_in(const Fields& sent) {
  const auto code = value_of(sent, "code");
  return code.empty() ? Fields{} : Fields{{"code", std::string(code.substr(0, kMaxCodeBytes))}};
}

Response show_code_form(const Visit& visit, std::string_view code, const Error* wrong) {
  return show({.title = "Connect a device",
               .body = complaint(wrong ? wrong->message() : std::string_view()) +
                       form(kLinkPage, {}, visit,
                            "<label for=\"code\">The code that the device shows</label><input id=\"code\" "
                            "name=\"code\" autocomplete=\"off\" spellcheck=\"false\" maxlength=\"32\" required "
                            "value=\"" +
                                text(code) + "\">" + button("find", "Go on")),
               .leads_to = {},
               .status = wrong ? page_status(*wrong) : 200},
              visit);
}

Response show_outcome(const Visit& visit, std::string_view title, std::string_view sentence) {
  return show({.title = std::string(title), .body = "<p>" + text(sentence) + "</p>", .leads_to = {}}, visit);
}

Task<Response> show_consent(LinkApi& api, LinkRow link, Fields fields, Visit visit) {
  CO_TRY(const auto client, co_await api.clients.find(link.client_id));
  const auto device = co_await api.devices.find(visit.user_id, link.device_id);
  if (!device && device.error().code() != Errc::not_found) co_return std::unexpected(device.error());
  const std::string body =
      "<p><strong>" + name(client.shown_name()) + "</strong> (" + text(shown_target(client.metadata.client_uri)) +
      ") asks to use your account <strong>" + text(visit.user_id) +
      "</strong>: to read and send your messages, and to change your rooms and "
      "settings.</p><dl><dt>Code</dt><dd><code>" +
      text(shown_code(link.user_code)) + "</code></dd><dt>New session</dt><dd><code>" + text(link.device_id) +
      "</code></dd></dl>" + (device ? takes_over(device->display_name.value_or(link.device_id)) : std::string()) +
      "<p>Allow it only if this code stands on a device in front of you. Nobody who works here will "
      "ever send you one.</p>" +
      form(kLinkPage, fields, visit, button("allow", "Allow") + button("deny", "Refuse", false));
  co_return show({.title = "Connect this device?", .body = body, .leads_to = {}}, visit);
}

Task<Response> look_for(LinkApi& api, Fields fields, Visit visit) {
  const std::string code(value_of(fields, "code"));
  if (code.empty()) co_return show_code_form(visit, {}, nullptr);
  auto link = co_await api.links.find(code);
  if (!link) co_return show_code_form(visit, code, &link.error());
  co_return co_await show_consent(api, *std::move(link), std::move(fields), std::move(visit));
}

Task<Response> decide(LinkApi& api, Fields fields, Visit visit, bool allowed) {
  CO_TRY(auto link, co_await api.links.find(std::string(value_of(fields, "code"))));
  CO_TRY(co_await api.links.decide(std::move(link), visit, allowed));
  if (!allowed) co_return show_outcome(visit, "Refused", "The device was not connected.");
  co_return show_outcome(visit, "Connected", "The device signs in now. You may close this page.");
}

Task<Response> answer(LinkApi& api, net::route::Call& call, Visit visit, Fields sent, bool posted) {
  auto fields = code_in(sent);
  if (posted) {
    CO_TRY(api.visits.check_form(call.request, visit, value_of(sent, "form_token")));
  }
  const auto step = posted ? value_of(sent, "step") : std::string_view();
  if (step == "login") {
    const std::string user(value_of(sent, "user"));
    auto entered =
        co_await api.visits.sign_in(visit, user, std::string(value_of(sent, "password")), call.request.remote_address);
    if (!entered) co_return sign_in_page(kLinkPage, kWhyLink, fields, visit, user, &entered.error());
    co_return lead(page_with(kLinkPage, fields), *entered);
  }
  if (!visit.signed_in()) co_return sign_in_page(kLinkPage, kWhyLink, fields, visit, {}, nullptr);
  if (step == "allow" || step == "deny")
    co_return co_await decide(api, std::move(fields), std::move(visit), step == "allow");
  co_return co_await look_for(api, std::move(fields), std::move(visit));
}

}  // namespace

void add_link_pages(net::route::Router& router, LinkApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kRoot) + "/link",
                                           .needs = net::route::Access::open,
                                           .rate = net::route::Rate::login,  // each try may be a guess
                                           .max_body_bytes = kMaxLinkBytes});
  group.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_page<LinkApi, answer>, api)});
  group.add({.method = "POST",
             .takes = net::route::Body::form,
             .reply_type = "text/html",
             .run = api::bind(post_page<LinkApi, answer>, api)});
}

}  // namespace troupe::homeserver::oauth
