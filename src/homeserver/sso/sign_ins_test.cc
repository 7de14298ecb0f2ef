#include "homeserver/accounts/tokens.h"
#include "homeserver/sso/sign_in_store.h"
#include "homeserver/sso/sso_fixture.h"
#include "identity/principals.h"

namespace troupe::homeserver::sso {
namespace {

TEST_F(SsoTest, IsOfferedWithItsProviders) {
  const auto flows = send("GET", kLogin).json.at("flows").as_array();
  const auto sso = std::ranges::find_if(flows, [](const auto& flow) { return flow.at("type") == "m.login.sso"; });
  ASSERT_NE(sso, flows.end());
  const auto& list = sso->at("identity_providers").as_array();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(boost::json::serialize(list[0]), R"({"id":"oidc-kc","name":"Key & Cloak"})");
}

TEST_F(SsoTest, MakesAnAccountAndSignsItIn) {
  const auto back = sign_in();
  ASSERT_EQ(back.status, 303) << back.body;
  EXPECT_TRUE(back.location().starts_with("https://app.example.org/done?loginToken=mcl_")) << back.location();
  const auto in = redeem(back.login_token(), "PHONE");
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(in.text("user_id"), "@anna:example.org");
  EXPECT_EQ(in.text("device_id"), "PHONE");
  EXPECT_TRUE(works(in.text("access_token")));
  const auto profile = send("GET", "/_matrix/client/v3/profile/@anna:example.org");
  EXPECT_EQ(profile.text("displayname"), "Anna A.");
}

TEST_F(SsoTest, KnowsPeopleAgainWhateverTheyAreCalledNow) {
  ASSERT_EQ(signed_in().text("user_id"), "@anna:example.org");
  idp_.person["preferred_username"] = "somebody";
  EXPECT_EQ(signed_in().text("user_id"), "@anna:example.org");
}

TEST_F(SsoTest, ATokenIsGoodOnceAndForTwoMinutes) {
  const auto token = sign_in().login_token();
  EXPECT_EQ(redeem(token).status, 200);
  EXPECT_EQ(redeem(token).status, 403);
  const auto late = sign_in().login_token();
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(redeem(late).status, 403);
}

TEST_F(SsoTest, RefusesAnUnknownProviderAndAddressesOfNoClient) {
  const auto unknown = open("/_matrix/client/v3/login/sso/redirect/oidc-none?redirectUrl=https%3A%2F%2Fa.example");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.text("errcode"), "M_NOT_FOUND");
  const auto none = open("/_matrix/client/v3/login/sso/redirect/oidc-kc");
  EXPECT_EQ(none.status, 400);
  EXPECT_EQ(none.text("errcode"), "M_MISSING_PARAM");
  EXPECT_EQ(open(kRedirect + std::string("javascript%3Aalert(1)")).status, 400);
}

TEST_F(SsoTest, LetsPeoplePickAProvider) {
  const auto asked = open("/_matrix/client/r0/login/sso/redirect?redirectUrl=https%3A%2F%2Fa.example%2F%3Fb");
  ASSERT_EQ(asked.status, 302);
  const auto page = open(asked.location());
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("Sign in with <bdi>Key &amp; Cloak</bdi>"), std::string::npos) << page.body;
  EXPECT_NE(page.body.find("redirect/oidc-two?redirectUrl=https%3A%2F%2Fa.example%2F%3Fb"), std::string::npos);
  EXPECT_EQ(open(asked.location() + "&idp=oidc-two").status, 302);
  EXPECT_EQ(open(asked.location() + "&idp=nobody").status, 404);
}

TEST_F(SsoTest, SaysThatAProviderIsDown) {
  idp_.is_down = true;
  EXPECT_EQ(open(kRedirect + std::string("https%3A%2F%2Fapp.example.org")).status, 503);
}

// --- Attacks -------------------------------------------------------------------------------------------------------

TEST_F(SsoTest, AnAnswerIsGoodOnce) {
  const auto back = there();
  ASSERT_EQ(open(kCallback + back).status, 303);
  const auto again = open(kCallback + back);
  EXPECT_EQ(again.status, 403);
  EXPECT_EQ(idp_.asked["/realms/main/token"], 1) << "the code is not shown again";
}

TEST_F(SsoTest, AnAnswerIsGoodInItsBrowserAlone) {
  const auto back = there();
  browser_ = {};
  EXPECT_EQ(open(kCallback + back).status, 403);
  there();  // a browser with a sign-in of its own
  EXPECT_EQ(open(kCallback + back).status, 403);
  EXPECT_EQ(idp_.asked["/realms/main/token"], 0);
}

TEST_F(SsoTest, AnAnswerIsGoodForAQuarterOfAnHour) {
  const auto back = there();
  clock_.advance(std::chrono::minutes(15));
  EXPECT_EQ(open(kCallback + back).status, 403);
}

TEST_F(SsoTest, RefusesAnAnswerOfAnotherProvider) {
  const auto back = there();
  const auto state = back.substr(back.find("&state="));
  const auto mixed = "code=stolen" + state.substr(0, state.find("&iss=")) + "&iss=https%3A%2F%2Fother.example.org";
  EXPECT_EQ(open(kCallback + mixed).status, 403);
  EXPECT_EQ(idp_.asked["/realms/main/token"], 0);
  EXPECT_EQ(other_.asked["/token"], 0);
}

TEST_F(SsoTest, RefusesATokenWithTheNonceOfAnotherSignIn) {
  idp_.more_claims = {{"nonce", "of another sign-in"}};
  EXPECT_EQ(sign_in().status, 403);
}

TEST_F(SsoTest, SaysWhatAProviderRefuses) {
  const auto back = there();
  const auto state = back.substr(back.find("&state=") + 1);
  const auto refused = open(kCallback + ("error=access_denied%3Cscript%3E&" + state));
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("access_deniedscript"), std::string::npos);
  EXPECT_EQ(open(kCallback + back).status, 403) << "it is broken off";
  EXPECT_EQ(open(kCallback + std::string("error=access_denied&state=none")).status, 403);
}

TEST_F(SsoTest, AsksBeforeItLeadsToAClientNobodyTrusts) {
  const auto back = sign_in("https://app.example.org.evil.example/?a=b");
  ASSERT_EQ(back.status, 303);
  EXPECT_EQ(back.login_token(), "");
  const auto page = open(back.location());
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_NE(page.body.find("<strong>app.example.org.evil.example</strong>"), std::string::npos);
  EXPECT_EQ(page.body.find("mcl_"), std::string::npos);
  EXPECT_EQ(send("POST", kContinue, "step=leave", {}, "application/x-www-form-urlencoded", &browser_).status, 403);
  const auto on = fill(page, {{"step", "leave"}});
  EXPECT_EQ(on.status, 303);
  EXPECT_TRUE(on.location().starts_with("https://app.example.org.evil.example/?a=b&loginToken=mcl_"));
  EXPECT_EQ(redeem(on.login_token()).status, 200);
  EXPECT_EQ(fill(page, {{"step", "leave"}}).status, 403) << "once";
}

TEST_F(SsoTest, LeadsNowhereWhenThePersonRefuses) {
  const auto page = open(sign_in("https://evil.example/").location());
  EXPECT_EQ(fill(page, {{"step", "cancel"}}).status, 200);
  EXPECT_EQ(fill(page, {{"step", "leave"}}).status, 403);
}

TEST_F(SsoTest, ThePageIsThereForItsBrowserAlone) {
  const auto back = sign_in("https://evil.example/");
  browser_ = {};
  EXPECT_EQ(open(back.location()).status, 403);
}

TEST_F(SsoTest, LockedAndDeactivatedAccountsStayOut) {
  ASSERT_EQ(signed_in().status, 200);
  const auto token = sign_in().login_token();
  ASSERT_TRUE(server_.wait(accounts().set_locked("@anna:example.org", true)));
  EXPECT_EQ(sign_in().status, 403);
  EXPECT_EQ(redeem(token).text("errcode"), "M_USER_LOCKED");
  ASSERT_TRUE(server_.wait(accounts().set_locked("@anna:example.org", false)));
  const auto open_token = sign_in().login_token();
  ASSERT_TRUE(server_.wait(accounts().deactivate("@anna:example.org")));
  EXPECT_EQ(sign_in().status, 403);
  EXPECT_EQ(redeem(open_token).status, 403);
}

// --- Names ---------------------------------------------------------------------------------------------------------

TEST_F(SsoTest, AskForANameWhenItIsTaken) {
  make_person("anna");
  const auto back = sign_in();
  ASSERT_EQ(back.status, 303);
  const auto page = open(back.location());
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("The user name anna is not free"), std::string::npos) << page.body;
  const auto taken = fill(page, {{"step", "name"}, {"username", "anna"}});
  EXPECT_EQ(taken.status, 400);
  EXPECT_EQ(fill(page, {{"step", "name"}, {"username", "bot_anna"}}).status, 400);
  EXPECT_EQ(fill(page, {{"step", "name"}, {"username", "an na"}}).status, 400);
  const auto chosen = fill(taken, {{"step", "name"}, {"username", "Anna2"}});
  ASSERT_EQ(chosen.status, 303) << chosen.body;
  EXPECT_EQ(redeem(chosen.login_token()).text("user_id"), "@anna2:example.org");
  EXPECT_EQ(signed_in().text("user_id"), "@anna2:example.org");
}

TEST_F(SsoTest, AskForANameWhenThereIsNoneOrAReservedOne) {
  idp_.person = {{"sub", "1"}};
  EXPECT_NE(open(sign_in().location()).body.find("Choose your user name"), std::string::npos);
  idp_.person = {{"sub", "2"}, {"preferred_username", "bot_helper"}};
  const auto page = open(sign_in().location());
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(fill(page, {{"step", "leave"}}).status, 200) << "still asked";
}

TEST_F(SsoTest, LinksAnAccountOnlyWhereThatIsConfigured) {
  make_person("anna");
  idp_.client_id = "links";
  EXPECT_EQ(redeem(sign_in(kClient, "oidc-link").login_token()).text("user_id"), "@anna:example.org");
}

TEST_F(SsoTest, ALinkedAccountIsNobodyElses) {
  make_person("anna");
  idp_.client_id = "links";
  ASSERT_EQ(redeem(sign_in(kClient, "oidc-link").login_token()).status, 200);
  idp_.person["sub"] = "f:1:mallory";  // who has called herself anna since
  const auto back = sign_in(kClient, "oidc-link");
  EXPECT_EQ(back.login_token(), "");
  EXPECT_EQ(open(back.location()).status, 200);
}

TEST_F(SsoTest, AnAdministratorIsNotLinkedByName) {
  make_person("anna", "secret", true);
  idp_.client_id = "links";
  const auto back = sign_in(kClient, "oidc-link");
  EXPECT_EQ(back.login_token(), "");
}

TEST_F(SsoTest, AnOperatorIsNotLinkedByName) {
  make_person("anna");
  auto& principals = server_.context->get<identity::Principals>();
  server_.wait(principals.for_account(server_.wait(accounts().account("@anna:example.org")).value())).value();
  server_.wait(principals.set_role("@anna:example.org", net::route::Role::operator_)).value();
  idp_.client_id = "links";
  EXPECT_EQ(sign_in(kClient, "oidc-link").login_token(), "");
  server_.wait(principals.set_role("@anna:example.org", net::route::Role::member)).value();
  EXPECT_EQ(redeem(sign_in(kClient, "oidc-link").login_token()).text("user_id"), "@anna:example.org");
}

TEST_F(SsoTest, NoAccountIsLinkedByTheNameInAnAddress) {
  make_person("anna");
  idp_.client_id = "links";
  idp_.person = {{"sub", "f:1:mallory"}, {"email", "anna@evil.example"}, {"email_verified", true}};
  const auto back = sign_in(kClient, "oidc-link");
  EXPECT_EQ(back.login_token(), "");
  EXPECT_NE(open(back.location()).body.find("The user name anna is not free"), std::string::npos);
  idp_.person = {{"sub", "f:1:mallory"}, {"preferred_username", "anna@evil.example"}};
  EXPECT_EQ(redeem(sign_in(kClient, "oidc-link").login_token()).text("user_id"), "@anna=40evil.example:example.org");
}

TEST_F(SsoTest, AnotherTenantsAccountIsNotLinkedByName) {
  make_person("anna");
  auto account = server_.wait(accounts().account("@anna:example.org")).value();
  server_.wait(server_.context->get<identity::Principals>().for_account(std::move(account), 2)).value();
  idp_.client_id = "links";
  EXPECT_EQ(sign_in(kClient, "oidc-link").login_token(), "");
}

TEST_F(SsoTest, TheSamePersonOfAnotherProviderIsAnotherPerson) {
  ASSERT_EQ(signed_in().status, 200);
  const auto back = sign_in(kClient, "oidc-two");
  EXPECT_EQ(back.login_token(), "") << "the name is taken, the sub is of another issuer";
}

// --- Logout --------------------------------------------------------------------------------------------------------

TEST_F(SsoTest, ALogoutAtTheProviderEndsWhatCameFromItsSession) {
  const auto phone = signed_in("PHONE").text("access_token");
  idp_.person["sid"] = "session-2";
  const auto laptop = signed_in("LAPTOP").text("access_token");
  idp_.person["sid"] = "session-1";
  const auto waiting = sign_in().login_token();
  const auto asked = sign_in("https://evil.example/");
  EXPECT_EQ(logout(idp_.token(idp_.logout())).status, 200);
  EXPECT_FALSE(works(phone));
  EXPECT_TRUE(works(laptop));
  EXPECT_EQ(redeem(waiting).status, 403);
  EXPECT_EQ(open(asked.location()).status, 403);
}

TEST_F(SsoTest, ALogoutOfAPersonEndsAllTheirSessions) {
  const auto phone = signed_in("PHONE").text("access_token");
  idp_.person["sid"] = "session-2";
  const auto laptop = signed_in("LAPTOP").text("access_token");
  EXPECT_EQ(logout(idp_.token(idp_.logout({{"sid", nullptr}, {"sub", "f:1:anna"}}))).status, 200);
  EXPECT_FALSE(works(phone));
  EXPECT_FALSE(works(laptop));
}

TEST_F(SsoTest, ALogoutEndsNothingOfOthersOrOfPasswords) {
  make_person("berta");
  const auto own = post(kLogin, {{"type", "m.login.password"},
                                 {"identifier", {{"type", "m.id.user"}, {"user", "berta"}}},
                                 {"password", "secret"}})
                       .text("access_token");
  const auto anna = signed_in("PHONE").text("access_token");
  EXPECT_EQ(logout(idp_.token(idp_.logout({{"sub", "f:1:berta"}}))).status, 200) << "her session, another's name";
  EXPECT_TRUE(works(own));
  EXPECT_TRUE(works(anna));
}

TEST_F(SsoTest, RefusesForgedAndRepeatedLogouts) {
  const auto phone = signed_in("PHONE").text("access_token");
  EXPECT_EQ(logout("").status, 400);
  EXPECT_EQ(logout("a.b.c").text("error"), "invalid_request");
  const auto own = idp_.seed;
  idp_.seed = std::string(32, 'e');
  const auto forged = idp_.token(idp_.logout());
  idp_.seed = own;
  EXPECT_EQ(logout(forged).status, 400);
  EXPECT_EQ(logout(other_.token(other_.logout())).status, 400) << "it may not sign anybody out";
  EXPECT_TRUE(works(phone));
  const auto token = idp_.token(idp_.logout());
  EXPECT_EQ(logout(token).status, 200);
  const auto again = signed_in("PHONE").text("access_token");
  EXPECT_EQ(logout(token).status, 400);
  EXPECT_TRUE(works(again));
}

TEST_F(SsoTest, WhatADeviceLetsInEndsWithItsSession) {
  const auto phone = signed_in("PHONE").text("access_token");
  ASSERT_TRUE(server_.wait(accounts().set_password("@anna:example.org", "secret", false)));
  const auto asked = post("/_matrix/client/v1/login/get_token", {}, phone);
  const auto given = post("/_matrix/client/v1/login/get_token",
                          {{"auth",
                            {{"type", "m.login.password"},
                             {"session", asked.text("session")},
                             {"identifier", {{"type", "m.id.user"}, {"user", "anna"}}},
                             {"password", "secret"}}}},
                          phone);
  ASSERT_EQ(given.status, 200) << given.body;
  const auto laptop = redeem(given.text("login_token"), "LAPTOP").text("access_token");
  ASSERT_TRUE(works(laptop));
  EXPECT_EQ(logout(idp_.token(idp_.logout())).status, 200);
  EXPECT_FALSE(works(laptop));
}

// --- Confirming ----------------------------------------------------------------------------------------------------

class SsoConfirmTest : public SsoTest {
 protected:
  static constexpr auto kFallback = "/_matrix/client/v3/auth/m.login.sso/fallback/web?session=";
  static constexpr auto kForm = "/_matrix/client/v3/auth/m.login.sso/fallback/web";
  static constexpr auto kDevices = "/_matrix/client/v3/delete_devices";

  WebAnswer remove(matrix::JsonObject auth = {}) {
    matrix::JsonObject body{{"devices", {"LAPTOP"}}};
    if (!auth.empty()) body["auth"] = std::move(auth);
    return post(kDevices, body, token_);
  }
  /// Opens the fallback, goes to the provider and comes back.
  WebAnswer confirm(const std::string& session) {
    const auto page = open(kFallback + session);
    EXPECT_NE(page.body.find("name=\"idp\" value=\"oidc-kc\""), std::string::npos) << page.body;
    const auto left = fill(page, {}, kForm);
    EXPECT_EQ(left.status, 303) << left.body;
    return open(kCallback + idp_.sign_in(left.location()));
  }
  std::string token_;
};

TEST_F(SsoConfirmTest, AnAccountWithoutPasswordConfirmsAtItsProvider) {
  token_ = signed_in("PHONE").text("access_token");
  const auto asked = remove();
  ASSERT_EQ(asked.status, 401);
  EXPECT_EQ(boost::json::serialize(asked.json.at("flows")), R"([{"stages":["m.login.sso"]}])");
  const auto session = asked.text("session");
  EXPECT_EQ(remove({{"type", "m.login.sso"}, {"session", session}}).status, 401) << "not yet";
  const auto done = confirm(session);
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_NE(done.body.find("authDone"), std::string::npos);
  EXPECT_NE(std::string(done.headers.get("Content-Security-Policy")).find("script-src 'sha256-"), std::string::npos);
  EXPECT_EQ(idp_.sent().at("prompt"), "login");
  EXPECT_EQ(remove({{"session", session}}).status, 200);
  EXPECT_EQ(remove({{"session", session}}).status, 401) << "it proves one request";
}

TEST_F(SsoConfirmTest, AnAccountWithPasswordMayChoose) {
  token_ = signed_in("PHONE").text("access_token");
  ASSERT_TRUE(server_.wait(accounts().set_password("@anna:example.org", "secret", false)));
  EXPECT_EQ(boost::json::serialize(remove().json.at("flows")),
            R"([{"stages":["m.login.password"]},{"stages":["m.login.sso"]}])");
}

TEST_F(SsoConfirmTest, SomebodyElseConfirmsNothing) {
  token_ = signed_in("PHONE").text("access_token");
  const auto session = remove().text("session");
  idp_.person = {{"sub", "f:1:mallory"}, {"preferred_username", "mallory"}};
  EXPECT_EQ(confirm(session).status, 403) << "nobody here";
  ASSERT_EQ(signed_in().text("user_id"), "@mallory:example.org");
  EXPECT_EQ(confirm(session).status, 403) << "somebody else";
  EXPECT_EQ(remove({{"session", session}}).status, 401);
}

TEST_F(SsoConfirmTest, ThereIsNothingToConfirmForASessionThatDoesNotAskForIt) {
  make_person("berta");
  const auto berta = post(kLogin, {{"type", "m.login.password"},
                                   {"identifier", {{"type", "m.id.user"}, {"user", "berta"}}},
                                   {"password", "secret"}});
  token_ = berta.text("access_token");
  const auto asked = remove();
  EXPECT_EQ(boost::json::serialize(asked.json.at("flows")), R"([{"stages":["m.login.password"]}])");
  EXPECT_EQ(open(kFallback + asked.text("session")).status, 404);
  EXPECT_EQ(open(kFallback + std::string("none")).status, 404);
  EXPECT_EQ(open("/_matrix/client/v3/auth/m.login.sso/fallback/web").status, 400);
}

TEST_F(SsoConfirmTest, OnlyTheButtonOfThePageLeadsToTheProvider) {
  token_ = signed_in("PHONE").text("access_token");
  const auto session = remove().text("session");
  const auto page = open(kFallback + session + "&idp=oidc-kc");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.location(), "");
  EXPECT_NE(page.body.find("It is about"), std::string::npos) << page.body;
  EXPECT_NE(std::string(page.headers.get("Content-Security-Policy")).find("form-action 'self' https:"),
            std::string::npos);
  const auto form = "session=" + session + "&idp=oidc-kc";
  for (const auto& sent : {form, form + "&form_token=guessed"})
    EXPECT_EQ(send("POST", kForm, sent, {}, "application/x-www-form-urlencoded", &browser_).status, 403) << sent;
  EXPECT_EQ(confirm(session).status, 200);
}

TEST_F(SsoConfirmTest, AnOldSessionAtTheProviderConfirmsNothing) {
  token_ = signed_in("PHONE").text("access_token");
  const auto session = remove().text("session");
  idp_.more_claims = {{"auth_time", idp_.now_s - 61}};
  EXPECT_EQ(confirm(session).status, 403);
  EXPECT_EQ(remove({{"session", session}}).status, 401);
  EXPECT_EQ(idp_.sent().at("max_age"), "0");
  idp_.more_claims = {{"auth_time", nullptr}};
  EXPECT_EQ(confirm(session).status, 403) << "it does not say that it asked anybody";
  idp_.more_claims = {{"auth_time", idp_.now_s}};
  EXPECT_EQ(confirm(session).status, 200);
  EXPECT_EQ(remove({{"session", session}}).status, 200);
}

TEST_F(SsoConfirmTest, NobodyGivesThemselvesAPasswordUnlessThatIsAllowed) {
  constexpr auto kPassword = "/_matrix/client/v3/account/password";
  token_ = signed_in("PHONE").text("access_token");
  const auto refused = post(kPassword, {{"new_password", "mine"}}, token_);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.text("errcode"), "M_FORBIDDEN");
  server_.settings.edit<SsoSettings>().allow_passwords = true;
  const auto session = post(kPassword, {{"new_password", "mine"}}, token_).text("session");
  ASSERT_EQ(confirm(session).status, 200);
  EXPECT_EQ(post(kPassword, {{"new_password", "mine"}, {"auth", {{"session", session}}}}, token_).status, 200);
  server_.settings.edit<SsoSettings>().allow_passwords = false;
  EXPECT_EQ(post(kPassword, {{"new_password", "other"}}, token_).status, 401) << "who has one may change it";
}

// --- The pages of OAuth --------------------------------------------------------------------------------------------

TEST_F(SsoTest, ThePagesOfOAuthLetPeopleInThroughAProvider) {
  const auto page = open("/_matrix/client/oauth/account");
  EXPECT_NE(page.body.find("href=\"elsewhere?idp=oidc-kc&amp;to=account\""), std::string::npos) << page.body;
  const auto left = open("/_matrix/client/oauth/elsewhere?idp=oidc-kc&to=account");
  ASSERT_EQ(left.status, 302) << left.body;
  const auto back = open(kCallback + idp_.sign_in(left.location()));
  ASSERT_EQ(back.status, 303) << back.body;
  EXPECT_EQ(back.location(), "/_matrix/client/oauth/account");
  EXPECT_NE(open(back.location()).body.find("@anna:example.org"), std::string::npos);
  EXPECT_EQ(logout(idp_.token(idp_.logout())).status, 200);
  EXPECT_EQ(open(back.location()).body.find("@anna:example.org"), std::string::npos) << "the logout ended it";
}

TEST_F(SsoTest, WhoeverSignsOutEverywhereIsSignedOutOfThePages) {
  const auto token = signed_in("PHONE").text("access_token");
  const auto left = open("/_matrix/client/oauth/elsewhere?idp=oidc-kc&to=account");
  const auto back = open(kCallback + idp_.sign_in(left.location()));
  ASSERT_NE(open(back.location()).body.find("@anna:example.org"), std::string::npos);
  EXPECT_EQ(post("/_matrix/client/v3/logout/all", {}, token).status, 200);
  EXPECT_EQ(open(back.location()).body.find("@anna:example.org"), std::string::npos);
}

TEST_F(SsoTest, AFloodOfSignInsFromOnePlacePushesOutItsOwn) {
  const auto row = [](std::int64_t number, char place) {
    SignInRow made;
    made.state_hash = accounts::token_hash(place + std::to_string(number));
    made.browser_hash = accounts::token_hash("browser");
    made.place_hash = std::string(32, place);
    made.ends_ms = 1000 + number;
    return made;
  };
  auto fill_up = [&](store::Tx& tx) -> Result<std::vector<bool>> {
    sign_in_store::insert(tx, row(0, 'b'));
    for (std::int64_t i = 0; i <= sign_in_store::kMaxOfPlace; ++i) sign_in_store::insert(tx, row(i, 'a'));
    std::vector<bool> there;
    for (const auto& one : {row(0, 'b'), row(0, 'a'), row(1, 'a'), row(sign_in_store::kMaxOfPlace, 'a')})
      there.push_back(sign_in_store::find(tx, one.state_hash).has_value());
    return there;
  };
  EXPECT_EQ(server_.wait(server_.db->write(fill_up)).value(), (std::vector{true, false, true, true}));
}

TEST_F(SsoTest, NobodyIsLedElsewhereThanToThePages) {
  for (const auto* bad :
       {"https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "..%2F..%2Fx", "", "account%0d%0aX:%20y", "authorize%5C"})
    EXPECT_EQ(open("/_matrix/client/oauth/elsewhere?idp=oidc-kc&to=" + std::string(bad)).status, 404) << bad;
  EXPECT_EQ(open("/_matrix/client/oauth/elsewhere?idp=nobody&to=account").status, 404);
}

}  // namespace
}  // namespace troupe::homeserver::sso
