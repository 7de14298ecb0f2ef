// People give their accounts e-mail addresses, sign in with them, register with them and set new passwords by mail.
#include "homeserver/accounts/mail_fixture.h"
#include "identity/oidc/settings.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;

TEST_F(AccountMailTest, AnAddressIsAddedByLinkAndPassword) {
  const auto anna = signed_in("anna");
  const auto capabilities = call("GET", "/_matrix/client/v3/capabilities", {}, anna).json.at("capabilities");
  EXPECT_EQ(capabilities.at("m.3pid_changes").at("enabled"), true);
  const auto sid = ask(kAdd, " Anna@Example.ORG ").text("sid");
  const auto path = path_in_mail();
  const JsonObject add{{"sid", sid}, {"client_secret", "secret"}, {"auth", by_password("anna")}};
  EXPECT_EQ(outcome(post("/account/3pid/add", add, anna)), "400 M_THREEPID_AUTH_FAILED") << "nobody opened the link";

  const auto page = call("GET", path);
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("anna@example.org"), std::string::npos);
  EXPECT_EQ(page.headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(page.headers.get("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(outcome(post("/account/3pid/add", add, anna)), "400 M_THREEPID_AUTH_FAILED") << "a look is no proof";

  EXPECT_EQ(press_button(path).status, 200);
  EXPECT_EQ(press_button(path).status, 200) << "pressed twice";
  EXPECT_EQ(post("/account/3pid/add", {{"sid", sid}, {"client_secret", "secret"}}, anna).status, 401)
      << "the password first";
  EXPECT_EQ(addresses(anna), "");
  EXPECT_EQ(outcome(post("/account/3pid/add", add, anna)), "200 ");
  EXPECT_EQ(addresses(anna), "anna@example.org");
  EXPECT_EQ(outcome(post("/account/3pid/add", add, anna)), "400 M_THREEPID_AUTH_FAILED") << "used";
  EXPECT_EQ(press_button(path).status, 404);

  const JsonObject gone{{"medium", "email"}, {"address", "ANNA@example.org"}};
  EXPECT_EQ(post("/account/3pid/delete", gone, anna).body, R"({"id_server_unbind_result":"no-support"})");
  EXPECT_EQ(post("/account/3pid/delete", gone, anna).status, 200);
  EXPECT_EQ(addresses(anna), "");
}

TEST_F(AccountMailTest, TheOldRouteWantsThePasswordToo) {
  const auto anna = signed_in("anna");
  const auto sid = proven(kAdd, "anna@example.org");
  const JsonObject creds{{"sid", sid}, {"client_secret", "secret"}, {"id_server", "id.example"}};
  EXPECT_EQ(post("/account/3pid", {{"three_pid_creds", creds}}, anna).status, 401);
  EXPECT_EQ(post("/account/3pid", {{"threePidCreds", creds}, {"auth", by_password("anna")}}, anna).status, 200);
  EXPECT_EQ(addresses(anna), "anna@example.org");
  EXPECT_EQ(outcome(post("/account/3pid/bind", creds, anna)), "400 M_SERVER_NOT_TRUSTED");
  EXPECT_EQ(outcome(post("/account/3pid/msisdn/requestToken", {})), "400 M_THREEPID_MEDIUM_NOT_SUPPORTED");
}

TEST_F(AccountMailTest, AProofIsGoodForOneSecretOnePurposeAndSomeTime) {
  const auto anna = signed_in("anna");
  const auto sid = proven(kAdd, "anna@example.org");
  const auto tried = [&](std::string_view used, std::string_view secret) {
    return outcome(
        post("/account/3pid/add", {{"sid", used}, {"client_secret", secret}, {"auth", by_password("anna")}}, anna));
  };
  EXPECT_EQ(tried(sid, "guess"), "400 M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(tried("guess", "secret"), "400 M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(tried(sid, "secret"), "200 ");
  EXPECT_EQ(outcome(ask(kRegister, "other@example.org")), "403 M_THREEPID_DENIED") << "registration is closed";
}

TEST_F(AccountMailTest, WhatWasProvenForSomethingElseDoesNotCount) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  const auto anna = signed_in("anna");
  give_address("anna", anna, "anna@example.org");
  const auto for_reset = proven(kReset, "anna@example.org", "one");
  const auto for_registration = proven(kRegister, "new@example.org", "two");
  for (const auto& [sid, secret] : {std::pair(for_reset, "one"), std::pair(for_registration, "two")}) {
    const JsonObject add{{"sid", sid}, {"client_secret", secret}, {"auth", by_password("anna")}};
    EXPECT_EQ(outcome(post("/account/3pid/add", add, anna)), "400 M_THREEPID_AUTH_FAILED") << secret;
  }
  const auto reset = post("/account/password", {{"new_password", "other"}, {"auth", by_mail(for_registration, "two")}});
  EXPECT_EQ(outcome(reset), "401 M_THREEPID_AUTH_FAILED");
  const auto made = post("/register", {{"username", "carl"}, {"password", "ppp"}, {"auth", by_mail(for_reset, "one")}});
  EXPECT_EQ(outcome(made), "401 M_THREEPID_AUTH_FAILED");
}

TEST_F(AccountMailTest, LinksAndProofsEnd) {
  const auto anna = signed_in("anna");
  ask(kAdd, "anna@example.org");
  const auto path = path_in_mail();
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(call("GET", path).status, 404);
  EXPECT_EQ(press_button(path).status, 404);
  const auto sid = proven(kAdd, "anna@example.org");
  clock_.advance(mail::Proofs::kProvenLife);
  const JsonObject add{{"sid", sid}, {"client_secret", "secret"}, {"auth", by_password("anna")}};
  EXPECT_EQ(outcome(post("/account/3pid/add", add, anna)), "400 M_THREEPID_AUTH_FAILED");
}

TEST_F(AccountMailTest, AnAttemptIsMailedOnce) {
  const auto first = ask(kAdd, "anna@example.org");
  const auto path = path_in_mail();
  EXPECT_EQ(ask(kAdd, "Anna@example.org").text("sid"), first.text("sid"));
  EXPECT_EQ(mails().size(), 0U);
  EXPECT_EQ(ask(kAdd, "anna@example.org", "secret", 2).text("sid"), first.text("sid"));
  EXPECT_EQ(path_in_mail(), path) << "the older mail's link works, too";
  EXPECT_NE(ask(kAdd, "anna@example.org", "another").text("sid"), first.text("sid"));
}

TEST_F(AccountMailTest, BadRequests) {
  const JsonObject good{{"client_secret", "s"}, {"email", "anna@example.org"}, {"send_attempt", 1}};
  const auto with = [&](std::string_view key, matrix::Json value) {
    auto body = good;
    body[key] = std::move(value);
    return outcome(post(kAdd, body));
  };
  for (const auto* email : {"anna", "anna@", "@example.org", "anna@example.org\r\nBcc: all@example.org",
                            "anna@exam ple.org", "<anna@example.org>", "anna@example.org,ben@example.org",
                            "\xd0\xb0nna@example.org", "anna@-example.org", "a..b@example.org", "\"a b\"@example.org"})
    EXPECT_EQ(with("email", email), "400 M_INVALID_PARAM") << email;
  for (const auto* secret : {"", "with space", "line\nend", "ümlaut"})
    EXPECT_EQ(with("client_secret", secret), "400 M_INVALID_PARAM") << secret;
  for (const auto* link : {"javascript:alert(1)", "file:///etc/passwd", "https://user@example.org/", "nonsense"})
    EXPECT_EQ(with("next_link", link), "400 M_INVALID_PARAM") << link;
  EXPECT_EQ(with("send_attempt", -1), "400 M_INVALID_PARAM");
  EXPECT_EQ(with("send_attempt", "1"), "400 M_BAD_JSON");
  EXPECT_EQ(outcome(post(kAdd, {})), "400 M_MISSING_PARAM");
  EXPECT_EQ(mails().size(), 0U);
  EXPECT_EQ(call("GET", mail::kConfirmPath).status, 400);
  EXPECT_EQ(call("GET", std::string(mail::kConfirmPath) + "?sid=a&token=b").status, 404);
}

TEST_F(AccountMailTest, WhoHasAnAddressIsToldToItsReaderAlone) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  give_address("anna", signed_in("anna"), "anna@example.org");
  const auto ben = signed_in("ben");
  for (const auto rest : {kAdd, kRegister}) {
    const auto asked = ask(rest, "anna@example.org", "bens");
    EXPECT_EQ(asked.status, 200);
    const auto came = mails();
    ASSERT_EQ(came.size(), 1U);
    EXPECT_NE(came[0].text.find("belongs to an account there already"), std::string::npos);
    EXPECT_EQ(mail::link_in(came[0]), "");
    EXPECT_EQ(asked.body.size(), ask(rest, "nobody@example.org", "bens").body.size());
    mails();
    clock_.advance(std::chrono::minutes(61));
  }
  const auto asked = ask(kReset, "unknown@example.org");
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.text("sid").size(), ask(kReset, "anna@example.org").text("sid").size());
  const auto came = mails();
  ASSERT_EQ(came.size(), 1U) << "strangers get none";
  EXPECT_EQ(came[0].to, "anna@example.org");
}

TEST_F(AccountMailTest, AnAddressThatAnotherAccountGotMeanwhileIsRefused) {
  const auto anna = signed_in("anna");
  const auto ben = signed_in("ben");
  const auto sid = proven(kAdd, "shared@example.org", "annas");
  give_address("ben", ben, "shared@example.org");
  const JsonObject add{{"sid", sid}, {"client_secret", "annas"}, {"auth", by_password("anna")}};
  EXPECT_EQ(outcome(post("/account/3pid/add", add, anna)), "400 M_THREEPID_IN_USE");
  EXPECT_EQ(addresses(anna), "");
  EXPECT_EQ(addresses(ben), "shared@example.org");
}

TEST_F(AccountMailTest, ANewPasswordByMailEndsAllSessions) {
  const auto anna = signed_in("anna");
  give_address("anna", anna, "anna@example.org");
  const auto asked = post("/account/password", {{"new_password", "fresh"}});
  EXPECT_EQ(asked.status, 401);
  EXPECT_EQ(boost::json::serialize(asked.json.at("flows")), R"([{"stages":["m.login.email.identity"]}])");
  EXPECT_EQ(outcome(post("/account/password", {{"new_password", "xxx"}}, "syt_nonsense")), "401 M_UNKNOWN_TOKEN");

  const auto other = ask(kReset, "anna@example.org", "another").text("sid");
  const auto other_path = path_in_mail();
  const auto sid = proven(kReset, "anna@example.org");
  const auto set = [&](std::string_view used, std::string_view secret, std::string_view password) {
    return post("/account/password", {{"new_password", password}, {"auth", by_mail(used, secret)}});
  };
  EXPECT_EQ(outcome(set(sid, "guess", "fresh")), "401 M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(outcome(set(other, "another", "fresh")), "401 M_THREEPID_AUTH_FAILED") << "its link was not opened";
  EXPECT_EQ(outcome(set(sid, "secret", "fresh")), "200 ");
  EXPECT_EQ(call("GET", "/_matrix/client/v3/account/whoami", {}, anna).errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(login("anna", "secret").status, 403);
  EXPECT_EQ(login("anna", "fresh").status, 200);
  EXPECT_EQ(outcome(set(sid, "secret", "again")), "401 M_THREEPID_AUTH_FAILED") << "used";
  EXPECT_EQ(press_button(other_path).status, 404) << "older links end with the new password";
  const auto came = mails();
  ASSERT_EQ(came.size(), 1U);
  EXPECT_NE(came[0].text.find("Your password was changed"), std::string::npos);
}

TEST_F(AccountMailTest, NoPasswordByMailWhereAProviderVouches) {
  settings_.edit<identity::oidc::OidcSettings>().providers = {{.id = "oidc-kc",
                                                               .name = "KC",
                                                               .issuer = "https://idp.example.org",
                                                               .client_id = "troupe",
                                                               .client_secret = "s"}};
  const auto person = [&](const std::string& localpart, matrix::AccountKind kind) {
    matrix::NewAccount account;
    account.localpart = localpart;
    account.kind = kind;
    ASSERT_TRUE(run(accounts_.create(std::move(account))));
    const auto user_id = "@" + localpart + ":example.org";
    ASSERT_TRUE(
        run(accounts_.set_third_party_ids(user_id, {{.medium = "email", .address = localpart + "@a.example"}})));
  };
  person("anna", matrix::AccountKind::person);
  person("helper", matrix::AccountKind::bot);
  ASSERT_TRUE(run(accounts_.set_external_ids("@anna:example.org", {{.provider = "oidc-kc", .external_id = "1"}})));
  const auto set = [&](std::string_view sid) {
    return outcome(post("/account/password", {{"new_password", "mine"}, {"auth", by_mail(sid)}}));
  };
  const auto annas = proven(kReset, "anna@a.example");
  EXPECT_EQ(set(annas), "403 M_FORBIDDEN");
  EXPECT_EQ(set(proven(kReset, "helper@a.example")), "403 M_THREEPID_AUTH_FAILED") << "programs read no mail";
  settings_.edit<SsoSettings>().allow_passwords = true;
  EXPECT_EQ(set(annas), "200 ");
}

TEST_F(AccountMailTest, AProofOutlivesNeitherTheAddressNorTheAccount) {
  const auto anna = signed_in("anna");
  give_address("anna", anna, "anna@example.org");
  const auto first = proven(kReset, "anna@example.org");
  EXPECT_EQ(post("/account/3pid/delete", {{"medium", "email"}, {"address", "anna@example.org"}}, anna).status, 200);
  const auto set = [&](std::string_view sid) {
    return outcome(post("/account/password", {{"new_password", "taken"}, {"auth", by_mail(sid)}}));
  };
  EXPECT_EQ(set(first), "401 M_THREEPID_AUTH_FAILED");
  const auto ben = signed_in("ben");
  give_address("ben", ben, "ben@example.org");
  const auto second = proven(kReset, "ben@example.org");
  EXPECT_EQ(post("/account/deactivate", {{"auth", by_password("ben")}}, ben).status, 200);
  EXPECT_EQ(set(second), "401 M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(login("anna").status, 200);
}

TEST_F(AccountMailTest, SigningInByAddress) {
  give_address("anna", signed_in("anna"), "anna@example.org");
  const auto sign_in = [&](std::string_view address, std::string_view password) {
    return post("/login", {{"type", "m.login.password"},
                           {"identifier", {{"type", "m.id.thirdparty"}, {"medium", "email"}, {"address", address}}},
                           {"password", password}});
  };
  EXPECT_EQ(sign_in("ANNA@example.org", "secret").text("user_id"), "@anna:example.org");
  const auto wrong = sign_in("anna@example.org", "wrong");
  const auto unknown = sign_in("nobody@example.org", "wrong");
  EXPECT_EQ(outcome(wrong), "403 M_FORBIDDEN");
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(outcome(sign_in("no address", "secret")), "400 M_INVALID_PARAM");
}

TEST_F(AccountMailTest, RegisteringWithAnAddress) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  const auto flows = [&] {
    return boost::json::serialize(post("/register", {{"username", "anna"}, {"password", "ppp"}}).json.at("flows"));
  };
  EXPECT_EQ(flows(), R"([{"stages":["m.login.dummy"]},{"stages":["m.login.email.identity"]}])");
  settings_.edit<RegistrationSettings>().require_email = true;
  EXPECT_EQ(flows(), R"([{"stages":["m.login.email.identity"]}])");
  const JsonObject dummy{{"type", "m.login.dummy"}};
  EXPECT_EQ(outcome(post("/register", {{"username", "anna"}, {"password", "ppp"}, {"auth", dummy}})),
            "401 M_FORBIDDEN");

  const auto sid = proven(kRegister, "Anna@example.org");
  const JsonObject wanted{{"username", "anna"}, {"password", "ppp"}, {"auth", by_mail(sid)}};
  const auto made = post("/register", wanted);
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(addresses(made.text("access_token")), "anna@example.org");
  const JsonObject again{{"username", "ben"}, {"password", "ppp"}, {"auth", by_mail(sid)}};
  EXPECT_EQ(outcome(post("/register", again)), "401 M_THREEPID_AUTH_FAILED") << "used";
}

TEST_F(AccountMailTest, RegisteringWithTokenAndAddress) {
  auto& registration = settings_.edit<RegistrationSettings>();
  registration.mode = Registration::token;
  registration.token = "sesame";
  registration.require_email = true;
  const auto sid = proven(kRegister, "anna@example.org");
  JsonObject body{{"username", "anna"}, {"password", "ppp"}, {"auth", by_mail(sid)}};
  const auto half = post("/register", body);
  EXPECT_EQ(half.status, 401);
  EXPECT_EQ(boost::json::serialize(half.json.at("flows")),
            R"([{"stages":["m.login.email.identity","m.login.registration_token"]}])");
  EXPECT_EQ(boost::json::serialize(half.json.at("completed")), R"(["m.login.email.identity"])");
  body["auth"] = {{"type", "m.login.registration_token"}, {"token", "sesame"}, {"session", half.text("session")}};
  const auto made = post("/register", body);
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(addresses(made.text("access_token")), "anna@example.org");
}

TEST_F(AccountMailTest, LinksBeginWithWhatIsConfiguredAndNothingElse) {
  ask(kAdd, "anna@example.org");
  EXPECT_FALSE(path_in_mail().empty());  // although the request's Host is another
  settings_.public_base_url.clear();
  const auto refused = ask(kAdd, "ben@example.org");
  EXPECT_EQ(outcome(refused), "400 M_UNKNOWN");
  EXPECT_NE(refused.text("error").find("server.public_base_url"), std::string::npos);
  EXPECT_EQ(mails().size(), 0U);
}

TEST_F(AccountMailTest, SoManyMailsAndNoMore) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(kReset, "anna@example.org", "s" + std::to_string(i)).status, 200);
  const auto refused = ask(kReset, "anna@example.org", "more");
  EXPECT_EQ(outcome(refused), "429 M_LIMIT_EXCEEDED");
  EXPECT_GT(refused.json.at("retry_after_ms").as_int64(), 0);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(kReset, std::to_string(i) + "@example.org").status, 200);
  EXPECT_EQ(ask(kReset, "nobody@example.org").status, 429) << "of one place, whoever it asks for";
  address_ = "192.0.2.8";
  EXPECT_EQ(ask(kReset, "nobody@example.org").status, 200);
}

TEST_F(AccountMailTest, StrangersKeepNobodyFromANewPassword) {
  give_address("anna", signed_in("anna"), "anna@example.org");
  mails();
  address_ = "203.0.113.5";
  int strangers = 0;
  while (ask(kReset, "anna@example.org", "s" + std::to_string(strangers)).status == 200) ASSERT_LT(++strangers, 6);
  address_ = "192.0.2.9";
  EXPECT_EQ(ask(kReset, "anna@example.org", "own").status, 200) << "from another place";
  int others = 0;
  for (int status = 200; status == 200; ++others) {
    ASSERT_LT(others, 201);
    address_ = "198.51.100." + std::to_string(others);
    status = ask(kAdd, std::to_string(others) + "@example.org").status;
  }
  address_ = "192.0.2.9";
  EXPECT_EQ(ask(kReset, "anna@example.org", "once-more").status, 200) << "other mails have a share of their own";
}

TEST_F(AccountMailTest, AStrangerHasAnAddressToldOfItsUseOnceAnHour) {
  const auto anna = signed_in("anna");
  give_address("anna", anna, "anna@example.org");
  mails();
  EXPECT_EQ(ask(kAdd, "anna@example.org", "one").status, 200);
  EXPECT_EQ(mails().size(), 1U);
  address_ = "192.0.2.9";
  EXPECT_EQ(ask(kAdd, "anna@example.org", "two").status, 200);
  EXPECT_EQ(mails().size(), 0U);
  const JsonObject body{{"client_secret", "three"}, {"email", "anna@example.org"}, {"send_attempt", 1}};
  EXPECT_EQ(post(kAdd, body, anna).status, 200);
  EXPECT_EQ(mails().size(), 1U) << "who is signed in is known";
  clock_.advance(std::chrono::minutes(61));
  EXPECT_EQ(ask(kAdd, "anna@example.org", "four").status, 200);
  EXPECT_EQ(mails().size(), 1U);
}

TEST_F(AccountMailTest, AProofDoesNotFollowAnAddressThatAnAdministratorMoves) {
  give_address("anna", signed_in("anna"), "anna@example.org");
  signed_in("ben");
  const auto set_ids = [&](std::string user_id, const std::string& address) {
    std::vector<ThirdPartyId> ids;
    if (!address.empty()) ids.push_back({.medium = "email", .address = address, .added_ms = 1});
    ASSERT_TRUE(run(accounts_.set_third_party_ids(std::move(user_id), std::move(ids))));
  };
  const auto reset = [&](std::string_view sid, std::string_view secret) {
    return outcome(post("/account/password", {{"new_password", "taken"}, {"auth", by_mail(sid, secret)}}));
  };
  const auto given = proven(kReset, "anna@example.org", "given");
  set_ids("@ben:example.org", "anna@example.org");
  EXPECT_EQ(reset(given, "given"), "401 M_THREEPID_AUTH_FAILED");
  const auto taken = proven(kReset, "anna@example.org", "taken");
  set_ids("@ben:example.org", "");
  set_ids("@anna:example.org", "anna@example.org");
  EXPECT_EQ(reset(taken, "taken"), "401 M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(login("anna").status, 200);
  EXPECT_EQ(login("ben").status, 200);
}

TEST_F(AccountMailTest, GuessesByAllAddressesOfAnAccountCountTogether) {
  const auto anna = signed_in("anna");
  give_address("anna", anna, "one@example.org");
  give_address("anna", anna, "two@example.org");
  address_ = "203.0.113.5";
  const auto sign_in = [&](std::string_view address, std::string_view password) {
    return post("/login", {{"type", "m.login.password"},
                           {"identifier", {{"type", "m.id.thirdparty"}, {"medium", "email"}, {"address", address}}},
                           {"password", password}});
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(outcome(sign_in("one@example.org", "guess")), "403 M_FORBIDDEN");
  EXPECT_EQ(sign_in("one@example.org", "secret").status, 429);
  const auto closed = sign_in("two@example.org", "secret");
  EXPECT_EQ(outcome(closed), "403 M_FORBIDDEN") << "no more guesses, also right ones";
  EXPECT_EQ(closed.body, sign_in("nobody@example.org", "guess").body) << "nor that both are hers";
  EXPECT_EQ(login("anna", "guess").status, 403) << "nor whose they are";
  EXPECT_EQ(login("anna").status, 200);
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(sign_in("two@example.org", "secret").status, 200);
}

TEST_F(AccountMailTest, GuessesByNameKeepTheAddressesClosedToo) {
  give_address("anna", signed_in("anna"), "anna@example.org");
  address_ = "203.0.113.5";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(login("anna", "guess").status, 403);
  EXPECT_EQ(login("anna").status, 429);
  const JsonObject by_address{
      {"type", "m.login.password"},
      {"identifier", {{"type", "m.id.thirdparty"}, {"medium", "email"}, {"address", "anna@example.org"}}},
      {"password", "secret"}};
  EXPECT_EQ(outcome(post("/login", by_address)), "403 M_FORBIDDEN");
  address_ = "192.0.2.7";
  EXPECT_EQ(outcome(post("/login", by_address)), "200 ");
}

TEST_F(AccountMailTest, WhereThePersonIsLedAfterwards) {
  const auto after = [&](std::string_view next_link, std::string_view secret) {
    EXPECT_EQ(post(kAdd, {{"client_secret", secret},
                          {"email", std::string(secret) + "@example.org"},
                          {"send_attempt", 1},
                          {"next_link", next_link}})
                  .status,
              200);
    return press_button(path_in_mail());
  };
  const auto own = after("https://matrix.example.org/app", "own");
  EXPECT_EQ(own.status, 303);
  EXPECT_EQ(own.headers.get("Location"), "https://matrix.example.org/app");
  for (const std::string api : {"_matrix/client/v3/auth/m.login.sso/fallback/web?session=1", "%5Fmatrix/client/x",
                                "app/../_matrix/client/x", "_synapse/client/pick_idp"}) {
    const auto shown = after("https://matrix.example.org/" + api, "api" + std::to_string(api.size()));
    EXPECT_EQ(shown.status, 200) << "nobody visits what begins something without being asked: " << api;
    EXPECT_EQ(shown.headers.get("Location"), "");
  }
  const auto other = after("https://app.example.net/?a=1&b=\"><script>", "other");
  EXPECT_EQ(other.status, 200) << "nobody is sent to another site without being asked";
  EXPECT_NE(other.body.find("Go on to app.example.net"), std::string::npos);
  EXPECT_EQ(other.body.find("<script"), std::string::npos);
}

TEST_F(AccountMailTest, MailsAboutMessagesBeginAndEndWithAnAddress) {
  constexpr auto kPushers = "/_matrix/client/v3/pushers";
  const auto anna = signed_in("anna");
  give_address("anna", anna, "first@example.org");
  EXPECT_EQ(call("GET", kPushers, {}, anna).body, R"({"pushers":[]})") << "none are sent";
  settings_.edit<MailSettings>().missed_messages = true;
  give_address("anna", anna, "second@example.org");
  const auto shown = call("GET", kPushers, {}, anna).json.at("pushers").as_array();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].at("kind"), "email");
  EXPECT_EQ(shown[0].at("app_id"), "m.email");
  EXPECT_EQ(shown[0].at("pushkey"), "second@example.org");
  EXPECT_EQ(post("/account/3pid/delete", {{"medium", "email"}, {"address", "second@example.org"}}, anna).status, 200);
  EXPECT_EQ(call("GET", kPushers, {}, anna).body, R"({"pushers":[]})");
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  const auto sid = proven(kRegister, "berta@example.org");
  const auto made = post("/register", {{"username", "berta"}, {"password", "ppp"}, {"auth", by_mail(sid)}});
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(call("GET", kPushers, {}, made.text("access_token")).json.at("pushers").as_array().size(), 1U);
}

}  // namespace
}  // namespace troupe::homeserver::accounts
