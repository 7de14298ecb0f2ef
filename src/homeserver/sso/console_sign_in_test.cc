// People whom a provider vouches for come into the console: with tokens that nobody else gets, and for as long as the
// provider's session lives.
#include "homeserver/sso/console_sign_in.h"

#include <gmock/gmock.h>

#include "homeserver/sso/sso_fixture.h"
#include "identity/audit.h"
#include "identity/principals.h"

namespace troupe::homeserver::sso {
namespace {

using testing::HasSubstr;

class ConsoleSignInTest : public SsoTest {
 protected:
  static constexpr auto kBack = "https://matrix.example.org:8001/api/v1/session/arrival?state=abc";

  identity::SignInElsewhere& elsewhere() { return server_.context->get<identity::SignInElsewhere>(); }
  identity::Sessions& sessions() { return server_.context->get<identity::Sessions>(); }
  /// As the console sends a browser.
  std::string departure(const std::string& provider = "oidc-kc", const std::string& back = kBack) {
    net::http::Request asked;
    asked.headers.add("Host", "matrix.example.org:8001");
    auto to = elsewhere().departure(asked, provider, back);
    EXPECT_TRUE(to) << provider;
    constexpr std::string_view kOwn = "https://matrix.example.org";
    EXPECT_TRUE(to->starts_with(kOwn)) << *to;
    return to->substr(kOwn.size());
  }
  WebAnswer arrived(const std::string& back = kBack) {
    const auto left = open(departure("oidc-kc", back));
    EXPECT_EQ(left.status, 302) << left.body;
    return open(kCallback + idp_.sign_in(left.location()));
  }
  Result<identity::Vouched> shown(const std::string& token) { return server_.wait(elsewhere().redeem(token)); }
  /// A session of the console, as its handler makes one.
  Result<identity::NewSession> enter(identity::Vouched vouched) {
    const auto account = server_.wait(accounts().account(vouched.user_id)).value();
    auto principal = server_.wait(server_.context->get<identity::Principals>().for_account(account)).value();
    return server_.wait(sessions().create(std::move(principal), "192.0.2.7", "browser", vouched.origin, vouched.use));
  }
  bool lives(const std::string& session) { return server_.wait(sessions().find(session)).value().has_value(); }
};

TEST_F(ConsoleSignInTest, SomebodyComesBackToTheConsoleWithoutBeingAsked) {
  const auto names = elsewhere().providers();
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].name, "Key & Cloak");
  const auto back = arrived();
  ASSERT_EQ(back.status, 303) << back.body;
  EXPECT_TRUE(back.location().starts_with(std::string(kBack) + "&loginToken=")) << back.location();
  auto vouched = shown(back.login_token());
  ASSERT_TRUE(vouched) << vouched.error().message();
  EXPECT_EQ(vouched->user_id, "@anna:example.org");
  EXPECT_EQ(vouched->origin.sid, "session-1");
  const auto entered = enter(*vouched);
  ASSERT_TRUE(entered);
  EXPECT_TRUE(lives(entered->token));
}

TEST_F(ConsoleSignInTest, WhatGoesWrongOnTheWayHasAWayBack) {
  const auto link = HasSubstr("href=\"https://matrix.example.org:8001/ui/sign-in?next=%2Fui%2Fbots\"");
  const auto back = std::string(kBack) + "&next=%2Fui%2Fbots";
  const auto left = open(departure("oidc-kc", back));
  idp_.sign_in(left.location());
  const auto state = base::percent_encode(idp_.sent().at("state"));
  EXPECT_THAT(open(kCallback + ("error=access_denied&state=" + state)).body, link);
  const auto late = open(departure("oidc-kc", back));
  const auto came = idp_.sign_in(late.location());
  idp_.is_down = true;
  EXPECT_THAT(open(kCallback + came).body, link) << "down on the way back";
  other_.is_down = true;
  const auto down = open(departure("oidc-two", back));
  EXPECT_EQ(down.status, 503) << down.body;
  EXPECT_THAT(down.body, link) << "down from the start";
}

TEST_F(ConsoleSignInTest, WhoMakesAnAccountThereIsOnRecord) {
  arrived();
  const auto page =
      server_.wait(server_.context->get<identity::Audit>().page(identity::kDefaultTenant, {.action = "user"})).value();
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].action, "user.register");
  EXPECT_EQ(page.items[0].actor, "@anna:example.org");
  EXPECT_EQ(page.items[0].target, "@anna:example.org");
  EXPECT_EQ(page.items[0].detail.at("provider"), "oidc-kc");
  const auto ways = server_.wait(accounts().ways_in("@anna:example.org")).value();
  ASSERT_TRUE(ways && ways->identities.size() == 1);
  EXPECT_FALSE(ways->password);
  EXPECT_EQ(ways->identities[0].provider, "oidc-kc");
}

TEST_F(ConsoleSignInTest, ATokenIsGoodOnceAndThereAlone) {
  const auto token = arrived().login_token();
  EXPECT_EQ(redeem(token).status, 403) << "it is none for clients";
  const auto of_client = sign_in().login_token();
  EXPECT_FALSE(shown(of_client)) << "and theirs is none for the console";
  const auto first = shown(token).value();
  const auto second = shown(token).value();
  EXPECT_TRUE(enter(first));
  EXPECT_FALSE(enter(second)) << "used up with the session that came of it";
  EXPECT_FALSE(shown(token));
  EXPECT_FALSE(shown("mlt_nonsense"));
}

TEST_F(ConsoleSignInTest, OnlyTheConsoleGetsOne) {
  for (const auto* back :
       {"https://evil.example/api/v1/session/arrival", "https://matrix.example.org.evil.example/api/v1/session/arrival",
        "http://matrix.example.org:8001/api/v1/session/arrival",
        "https://sub.matrix.example.org/api/v1/session/arrival", "https://matrix.example.org:8001/elsewhere"}) {
    EXPECT_EQ(open(departure("oidc-kc", back)).status, 403) << back;
  }
  EXPECT_EQ(open(departure("oidc-kc", "https://app.example.org/c/api/v1/session/arrival")).status, 302)
      << "as the settings say";
  EXPECT_EQ(open(departure("oidc-kc", "javascript:alert(1)")).status, 400);
  EXPECT_FALSE(elsewhere().departure({}, "nobody", kBack));
  EXPECT_EQ(open(std::string(kConsolePath) + "/nobody?redirectUrl=https%3A%2F%2Fmatrix.example.org").status, 404);
}

TEST_F(ConsoleSignInTest, ATokenEndsAfterTwoMinutes) {
  const auto token = arrived().login_token();
  clock_.advance(accounts::LoginTokens::kSsoLife);
  EXPECT_FALSE(shown(token));
}

TEST_F(ConsoleSignInTest, ALogoutAtTheProviderEndsTheConsolesSession) {
  const auto first = enter(shown(arrived().login_token()).value()).value();
  idp_.person["sid"] = "session-2";
  const auto other = enter(shown(arrived().login_token()).value()).value();
  const auto waiting = shown(arrived().login_token()).value();
  EXPECT_EQ(logout(idp_.token(idp_.logout())).status, 200);
  EXPECT_FALSE(lives(first.token));
  EXPECT_TRUE(lives(other.token)) << "another session of theirs";
  EXPECT_EQ(logout(idp_.token(idp_.logout({{"sid", nullptr}, {"sub", "f:1:anna"}, {"jti", "logout-2"}}))).status, 200);
  EXPECT_FALSE(lives(other.token));
  EXPECT_FALSE(enter(waiting)) << "what was shown before comes too late";
}

TEST_F(ConsoleSignInTest, LockedAndDeactivatedAccountsStayOut) {
  const auto token = arrived().login_token();
  server_.wait(accounts().set_locked("@anna:example.org", true)).value();
  EXPECT_EQ(shown(token).error().code(), Errc::unknown_token);
  EXPECT_EQ(arrived().login_token(), "");
  server_.wait(accounts().set_locked("@anna:example.org", false)).value();
  const auto entered = enter(shown(arrived().login_token()).value()).value();
  const auto waiting = arrived().login_token();
  server_.wait(accounts().deactivate("@anna:example.org")).value();
  EXPECT_FALSE(lives(entered.token)) << "closing the account ends it";
  EXPECT_FALSE(shown(waiting));
  EXPECT_EQ(arrived().login_token(), "") << "and nobody gets a new one by signing in again";
}

TEST(ConsoleAddress, IsTheConsolesAndNoOther) {
  host::Settings settings;
  settings.listen_platform = "127.0.0.1:8001";
  settings.edit<SsoSettings>().trusted_redirects = {"https://console.example.org/troupe/"};
  const auto may = [&](const std::string& there, std::string_view own = "http://127.0.0.1:8008") {
    return may_have_console_token(there + "/api/v1/session/arrival?state=x", own, settings);
  };
  EXPECT_TRUE(may("http://127.0.0.1:8001"));
  EXPECT_TRUE(may("https://127.0.0.1"));
  EXPECT_TRUE(may("http://127.0.0.1"));
  EXPECT_FALSE(may("http://127.0.0.1:8002")) << "what else runs on the machine";
  EXPECT_FALSE(may("http://127.0.0.2:8001"));
  EXPECT_TRUE(may("https://console.example.org/troupe"));
  EXPECT_FALSE(may("https://console.example.org/other"));
  EXPECT_FALSE(may("http://example.org", "https://example.org")) << "not in the clear";
  EXPECT_FALSE(may("app:", "https://example.org"));
  for (const auto* path : {"/", "/api/v1/session/arrival/x", "/elsewhere?to=/api/v1/session/arrival"})
    EXPECT_FALSE(may_have_console_token("http://127.0.0.1:8001" + std::string(path), "http://127.0.0.1:8008", settings))
        << path;
}

}  // namespace
}  // namespace troupe::homeserver::sso
