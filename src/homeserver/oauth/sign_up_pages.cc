// The page on which a person makes an account, on the way to allowing a client (prompt=create; MSC2964). It only
// carries the client's request on: the page after it checks that.
#include "base/words.h"
#include "homeserver/common/client_route.h"
#include "homeserver/oauth/authorization.h"
#include "homeserver/oauth/oauth_routes.h"
#include "homeserver/oauth/person_page.h"

namespace troupe::homeserver::oauth {
namespace {

using net::http::Response;

constexpr std::size_t kMaxSignUpBytes = 32UL * 1024;

/// What somebody had typed already; never passwords.
struct Typed {
  std::string user;
  std::string token;
};

std::string sign_up_fields(const SignUp& sign_up, const Typed& typed) {
  std::string html =
      "<label for=\"user\">User name</label><input id=\"user\" name=\"user\" autocomplete=\"username\" "
      "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"255\" required value=\"" +
      text(typed.user) + "\">";
  const auto least = std::to_string(sign_up.least_password());
  for (const auto& [name, label] : {std::pair("password", "Password (at least " + least + " characters)"),
                                    std::pair("again", std::string("The same password again"))}) {
    html += std::string("<label for=\"") + name + "\">" + label + "</label><input id=\"" + name + "\" name=\"" + name +
            "\" type=\"password\" autocomplete=\"new-password\" minlength=\"" + least +
            "\" maxlength=\"512\" required>";
  }
  if (sign_up.wants_token()) {
    html +=
        "<label for=\"token\">Registration token</label><input id=\"token\" name=\"token\" autocomplete=\"off\" "
        "maxlength=\"64\" required value=\"" +
        text(typed.token) + "\">";
  }
  return html + button("make", "Make the account");
}

Response show_sign_up(const SignUp& sign_up, const Fields& fields, const Visit& visit, const Typed& typed,
                      const Error* wrong) {
  auto response = show({.title = "Make an account",
                        .body = complaint(wrong ? wrong->message() : std::string_view()) +
                                form(kSignUp, fields, visit, sign_up_fields(sign_up, typed)) + "<p><a href=\"" +
                                text(page_with(kAuthorize, fields)) + "\">I have one already</a></p>",
                        .leads_to = {},
                        .status = wrong ? page_status(*wrong) : 200},
                       visit);
  if (wrong) add_patience(response, *wrong);
  return response;
}

Task<Visit> make_account(SignUpApi& api, net::route::Call& call, Visit visit, Fields sent) {
  const std::string user(value_of(sent, "user"));
  const std::string password(value_of(sent, "password"));
  if (password != value_of(sent, "again")) co_return Error(Errc::invalid_param, "The two passwords are not the same.");
  const auto least = api.sign_up.least_password();
  if (base::letters_of(password) < static_cast<std::size_t>(least))
    co_return Error(Errc::invalid_param,
                    "The password is too short: at least " + std::to_string(least) + " characters.");
  CO_TRY(co_await api.sign_up.make(user, password, std::string(value_of(sent, "token"))));
  co_return co_await api.visits.sign_in(std::move(visit), user, password, call.request.remote_address);
}

Task<Response> answer(SignUpApi& api, net::route::Call& call, Visit visit, Fields sent, bool posted) {
  CO_TRY(check_fields(sent));
  const auto fields = carried(sent);
  if (!posted && !api.sign_up.offered())
    co_return Error(Errc::forbidden, "Accounts are not made here. Ask an administrator for one.");
  if (!posted) co_return show_sign_up(api.sign_up, fields, visit, {}, nullptr);
  CO_TRY(api.visits.check_form(call.request, visit, value_of(sent, "form_token")));
  const Typed typed{.user = std::string(value_of(sent, "user")), .token = std::string(value_of(sent, "token"))};
  auto entered = co_await make_account(api, call, visit, std::move(sent));
  if (!entered) co_return show_sign_up(api.sign_up, fields, visit, typed, &entered.error());
  co_return lead(page_with(kAuthorize, fields), *entered);
}

}  // namespace

void add_sign_up_pages(net::route::Router& router, SignUpApi& api) {
  const auto group =
      matrix_group(router, {.prefix = std::string(kRoot) + "/sign_up", .needs = net::route::Access::open});
  group.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_page<SignUpApi, answer>, api)});
  group.add({.method = "POST",
             .rate = net::route::Rate::registration,
             .takes = net::route::Body::form,
             .max_body_bytes = kMaxSignUpBytes,
             .reply_type = "text/html",
             .run = api::bind(post_page<SignUpApi, answer>, api)});
}

}  // namespace troupe::homeserver::oauth
