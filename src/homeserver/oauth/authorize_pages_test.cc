#include <gmock/gmock.h>

#include "homeserver/common/settings.h"
#include "homeserver/oauth/oauth_fixture.h"
#include "identity/audit.h"

namespace troupe::homeserver::oauth {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using AuthorizeTest = OAuthTest;

TEST_F(AuthorizeTest, LeadsBackWithCodeStateAndIssuer) {
  const auto client = register_client();
  const auto back = authorize(asking(client));
  EXPECT_EQ(back.status, 303);
  EXPECT_THAT(back.location(), StartsWith(std::string(kRedirect) + "?code="));
  EXPECT_EQ(back.led_with("state"), "a state & more");
  EXPECT_EQ(back.led_with("iss"), "http://matrix.example.org/");
  EXPECT_EQ(back.headers.get("Cache-Control"), "no-store");
  // The person is still signed in here, so the next client only asks to be allowed.
  const auto page = open("authorize?" + encoded(with(asking(client), "response_mode", "fragment")));
  EXPECT_THAT(page.body, HasSubstr("Allow access?"));
  const auto in_fragment = fill("authorize", page, {{"step", "allow"}});
  EXPECT_THAT(in_fragment.location(), StartsWith(std::string(kRedirect) + "#code="));
}

TEST_F(AuthorizeTest, PagesCannotBeFramedKeptOrScripted) {
  const auto client = register_client({{"client_name", "<script>alert(1)</script>"}});
  const auto page = open("authorize?" + encoded(with(asking(client), "state", "\"><script>")));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
  EXPECT_THAT(page.body, HasSubstr("&lt;script&gt;alert(1)"));
  const std::string policy(page.headers.get("Content-Security-Policy"));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, HasSubstr("form-action 'self' https://app.example.com"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(page.headers.get("X-Frame-Options"), "DENY");
  EXPECT_EQ(page.headers.get("Cache-Control"), "no-store");
  const std::string cookie(page.headers.get("Set-Cookie"));
  for (const auto* part : {"HttpOnly", "SameSite=Lax", "Path=/"}) EXPECT_THAT(cookie, HasSubstr(part));
}

TEST_F(AuthorizeTest, OverTlsTheCookieIsOfThisHostAlone) {
  server_.settings.public_base_url = "https://matrix.example.org";
  const auto page = open("authorize?" + encoded(asking(register_client())));
  const std::string cookie(page.headers.get("Set-Cookie"));
  EXPECT_THAT(cookie, StartsWith("__Host-troupe_oauth="));
  EXPECT_THAT(cookie, HasSubstr("; Secure"));
  EXPECT_EQ(call("GET", "/_matrix/client/v1/auth_metadata").text("issuer"), "https://matrix.example.org/");
}

TEST_F(AuthorizeTest, NeverLeadsToWhatIsNotRegistered) {
  const auto client = register_client();
  for (const auto& asked :
       {with(asking(client), "redirect_uri", "https://evil.org/"), with(asking(client), "redirect_uri", ""),
        with(asking(client), "redirect_uri", "https://app.example.com/done/../evil"),
        with(asking(client), "redirect_uri", "https://app.example.com.evil.org/done"),
        with(asking(client), "client_id", "nobody"), with(asking(client), "client_id", "")}) {
    const auto page = open("authorize?" + encoded(asked));
    EXPECT_GE(page.status, 400);
    EXPECT_EQ(page.location(), "");
    EXPECT_THAT(page.body, HasSubstr("That did not work"));
    // Nor when a form is sent.
    sign_in_on("authorize", "authorize?" + encoded(asking(client)));
    auto fields = asked;
    fields.emplace_back("step", "deny");
    const auto shown = open("authorize?" + encoded(asking(client)));
    fields.emplace_back("form_token", value_of(hidden_in(shown.body), "form_token"));
    EXPECT_EQ(submit("authorize", fields).location(), "");
  }
  const auto twice = open("authorize?" + encoded(asking(client)) + "&redirect_uri=https%3A%2F%2Fevil.org");
  EXPECT_EQ(twice.status, 400);
}

TEST_F(AuthorizeTest, OtherMistakesAreSaidToTheClient) {
  const auto client = register_client();
  const struct {
    Fields asked;
    const char* error;
  } cases[] = {{with(asking(client), "state", ""), "invalid_request"},
               {with(asking(client), "response_type", ""), "invalid_request"},
               {with(asking(client), "response_type", "token"), "unsupported_response_type"},
               {with(asking(client), "code_challenge", ""), "invalid_request"},
               {with(asking(client), "code_challenge", "short"), "invalid_request"},
               {with(asking(client), "code_challenge_method", ""), "invalid_request"},
               {with(asking(client), "code_challenge_method", "plain"), "invalid_request"},
               {with(asking(client), "response_mode", "form_post"), "invalid_request"},
               {with(asking(client), "scope", "openid"), "invalid_scope"},
               {with(asking(client), "request", "x"), "request_not_supported"},
               {with(asking(client), "prompt", "none"), "login_required"}};
  for (const auto& wrong : cases) {
    const auto answer = open("authorize?" + encoded(wrong.asked));
    EXPECT_EQ(answer.status, 303) << wrong.error;
    EXPECT_THAT(answer.location(), StartsWith(std::string(kRedirect) + "?error="));
    EXPECT_EQ(answer.led_with("error"), wrong.error);
    EXPECT_EQ(answer.led_with("iss"), "http://matrix.example.org/");
    EXPECT_EQ(answer.led_with("state"), value_of(wrong.asked, "state"));
  }
}

TEST_F(AuthorizeTest, APersonMayRefuse) {
  const auto client = register_client();
  const auto target = "authorize?" + encoded(asking(client));
  const auto before = fill("authorize", open(target), {{"step", "deny"}});
  EXPECT_EQ(before.led_with("error"), "access_denied");
  const auto entered = sign_in_on("authorize", target);
  const auto after = fill("authorize", open(entered.location()), {{"step", "deny"}});
  EXPECT_EQ(after.led_with("error"), "access_denied");
  EXPECT_EQ(after.led_with("code"), "");
}

TEST_F(AuthorizeTest, FormsOfOtherSitesAreRefused) {
  const auto client = register_client();
  const auto target = "authorize?" + encoded(asking(client));
  const auto page = open(target);
  auto login = hidden_in(page.body);
  for (const auto& [name, value] : Fields{{"step", "login"}, {"user", "anna"}, {"password", "secret"}})
    login.emplace_back(name, value);
  // Without the token, with another browser's, from another origin, or without the cookie: also a sign-in, so that
  // nobody is signed in as somebody else.
  EXPECT_EQ(submit("authorize", with(login, "form_token", "")).status, 403);
  EXPECT_EQ(submit("authorize", with(login, "form_token", std::string(43, 'a'))).status, 403);
  EXPECT_EQ(submit("authorize", login, "https://evil.org").status, 403);
  EXPECT_EQ(submit("authorize", login, "null").status, 403);
  const auto cookie = std::exchange(cookie_, "");
  EXPECT_EQ(submit("authorize", login).status, 403);
  cookie_ = cookie;
  EXPECT_EQ(submit("authorize", login, "http://matrix.example.org").status, 303);
  // The cookie of the person who is signed in is another, and so is the token.
  EXPECT_NE(cookie_, cookie);
  const auto consent = open(target);
  auto allow = hidden_in(consent.body);
  allow.emplace_back("step", "allow");
  EXPECT_EQ(submit("authorize", with(allow, "form_token", value_of(login, "form_token"))).status, 403);
  EXPECT_EQ(submit("authorize", allow).status, 303);
  // The old cookie is worth nothing.
  cookie_ = cookie;
  EXPECT_THAT(open(target).body, HasSubstr("Password"));
}

TEST_F(AuthorizeTest, AllowingTakesSomebodyWhoIsSignedIn) {
  const auto client = register_client();
  const auto back = fill("authorize", open("authorize?" + encoded(asking(client))), {{"step", "allow"}});
  EXPECT_THAT(back.location(), StartsWith("authorize?"));
  EXPECT_EQ(back.led_with("code"), "");
}

TEST_F(AuthorizeTest, WrongPasswordsAreCountedAsAtLogin) {
  const auto client = register_client();
  const auto target = "authorize?" + encoded(asking(client));
  const auto wrong = sign_in_on("authorize", target, "anna", "wrong");
  EXPECT_EQ(wrong.status, 403);
  EXPECT_THAT(wrong.body, HasSubstr("Wrong user name or password."));
  EXPECT_THAT(wrong.body, HasSubstr("value=\"anna\""));
  EXPECT_THAT(wrong.body, Not(HasSubstr("value=\"wrong\"")));
  EXPECT_THAT(sign_in_on("authorize", target, "nobody", "wrong").body, HasSubstr("Wrong user name or password."));
  for (int i = 0; i < 12; ++i) sign_in_on("authorize", target, "anna", "wrong");
  const auto shut = sign_in_on("authorize", target);
  EXPECT_EQ(shut.status, 429);
  EXPECT_NE(shut.headers.get("Retry-After"), "");
  address_ = "192.0.2.99";
  EXPECT_EQ(sign_in_on("authorize", target).status, 303);
}

TEST_F(AuthorizeTest, LockedAndClosedAccountsDoNotEnter) {
  const auto client = register_client();
  const auto target = "authorize?" + encoded(asking(client));
  server_.wait(accounts().set_locked("@anna:example.org", true)).value();
  EXPECT_GE(sign_in_on("authorize", target).status, 400);
  server_.wait(accounts().set_locked("@anna:example.org", false)).value();
  EXPECT_EQ(sign_in_on("authorize", target).status, 303);
  // Nor do they stay.
  EXPECT_THAT(open(target).body, HasSubstr("Allow access?"));
  server_.wait(accounts().set_locked("@anna:example.org", true)).value();
  EXPECT_THAT(open(target).body, HasSubstr("Password"));
  server_.wait(accounts().set_locked("@anna:example.org", false)).value();
  server_.wait(accounts().set_password("@anna:example.org", "another secret", false)).value();
  EXPECT_THAT(open(target).body, HasSubstr("Password"));
  server_.wait(accounts().deactivate("@anna:example.org")).value();
  EXPECT_EQ(sign_in_on("authorize", target, "anna", "another secret").status, 403);
}

TEST_F(AuthorizeTest, OnePersonGivesWayToAnother) {
  make_person("boris");
  const auto client = register_client();
  const auto target = "authorize?" + encoded(asking(client));
  const auto entered = sign_in_on("authorize", target);
  const auto left = fill("authorize", open(entered.location()), {{"step", "leave"}});
  EXPECT_THAT(open(left.location()).body, HasSubstr("Password"));
  const auto code = authorize(asking(client), "boris").led_with("code");
  EXPECT_EQ(call("GET", kWhoami, {}, post("token", exchange(client, code)).text("access_token")).text("user_id"),
            "@boris:example.org");
  // Who must sign in again is asked for a password although somebody is there.
  EXPECT_THAT(open("authorize?" + encoded(with(asking(client), "prompt", "login"))).body, HasSubstr("Password"));
}

TEST_F(AuthorizeTest, AccountsAreMadeWhereTheServerLetsThem) {
  const auto asked = with(asking(register_client()), "prompt", "create");
  const auto target = "authorize?" + encoded(asked);
  const auto offered = [this] {
    const auto metadata = call("GET", "/_matrix/client/v1/auth_metadata");
    return metadata.body.contains("\"create\"");
  };
  const Fields made{{"step", "make"}, {"user", "Carol"}, {"password", "a secret"}, {"again", "a secret"}};
  EXPECT_FALSE(offered());
  const auto sign_in = open(target);
  EXPECT_THAT(sign_in.body, HasSubstr("Sign in"));
  EXPECT_THAT(sign_in.body, Not(HasSubstr("Make an account")));
  EXPECT_EQ(open("sign_up").status, 403);
  EXPECT_EQ(fill("sign_up", sign_in, made).status, 403);

  auto& registration = server_.settings.edit<RegistrationSettings>();
  registration.mode = Registration::token;
  registration.token = "a token";
  EXPECT_TRUE(offered());
  const auto page = open(open(target).location());
  EXPECT_EQ(page.status, 200);
  const auto refused = [&](Fields fields) {
    const auto answer = fill("sign_up", page, std::move(fields));
    EXPECT_GE(answer.status, 400);
    return answer.body;
  };
  EXPECT_THAT(refused(made), HasSubstr("token is not valid"));
  const auto filled = with(made, "token", "a token");
  const auto mistyped = refused(with(filled, "again", "another"));
  EXPECT_THAT(mistyped, HasSubstr("not the same"));
  EXPECT_THAT(mistyped, HasSubstr("value=\"a token\"")) << "it need not be fetched again";
  EXPECT_THAT(refused(with(with(filled, "password", "short"), "again", "short")), HasSubstr("too short"));
  EXPECT_THAT(refused(with(filled, "user", "anna")), HasSubstr("role=\"alert\""));
  EXPECT_THAT(refused(with(filled, "user", "bot_echo")), HasSubstr("reserved"));
  EXPECT_THAT(refused(with(filled, "user", "<b>")), HasSubstr("&lt;b&gt;"));
  auto forged = hidden_in(page.body);
  for (const auto& field : filled) forged.push_back(field);
  EXPECT_EQ(submit("sign_up", with(forged, "form_token", "forged")).status, 403);
  const auto entered = fill("sign_up", page, filled);
  EXPECT_EQ(entered.status, 303) << entered.body;
  const auto audit =
      server_.wait(server_.context->get<identity::Audit>().page(identity::kDefaultTenant, {.action = "user.register"}))
          .value();
  ASSERT_EQ(audit.items.size(), 1U);
  EXPECT_EQ(audit.items[0].target, "@carol:example.org");
  EXPECT_EQ(audit.items[0].detail.at("by"), "token");
  const auto back = fill("authorize", open(entered.location()), {{"step", "allow"}});
  const auto client = std::string(value_of(asked, "client_id"));
  const auto tokens = post("token", exchange(client, back.led_with("code")));
  EXPECT_EQ(call("GET", kWhoami, {}, tokens.text("access_token")).text("user_id"), "@carol:example.org");
}

TEST_F(AuthorizeTest, TakingOverASessionIsSaid) {
  const auto client = register_client();
  signed_in(client);
  const auto page = open("authorize?" + encoded(asking(client)));
  EXPECT_THAT(page.body, HasSubstr("takes over your session <strong><bdi>An App</bdi></strong>"));
}

TEST_F(AuthorizeTest, ASignInOnThePagesEndsByItself) {
  const auto target = "authorize?" + encoded(asking(register_client()));
  sign_in_on("authorize", target);
  clock_.advance(std::chrono::minutes(31));
  EXPECT_THAT(open(target).body, HasSubstr("Password"));
}

}  // namespace
}  // namespace troupe::homeserver::oauth
