#include "identity/oidc/provider.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "kit/oidc_provider.h"

namespace troupe::identity::oidc {
namespace {

using matrix::JsonObject;

class ProviderTest : public testing::Test {
 protected:
  ProviderTest() {
    idp_.now_s = clock_.unix_ms() / 1000;
    http_.answer = [this](const auto& request) { return idp_.answer(request); };
    settings_ = {
        .id = "oidc-kc", .name = "KC", .issuer = idp_.issuer, .client_id = "troupe", .client_secret = "s&cret"};
  }
  Provider& provider() {
    if (!provider_) provider_ = std::make_unique<Provider>(settings_, http_, clock_);
    return *provider_;
  }
  template <class T>
  T run(asio::awaitable<T> work) {
    asio::io_context context;
    std::optional<T> out;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr, T value) { out.emplace(std::move(value)); });
    context.run();
    return std::move(out).value();
  }
  Departure departure() const {
    return {.redirect_uri = "https://hs.example.org/callback", .state = "a-state", .nonce = "a-nonce", .verifier = "v"};
  }
  /// A person goes there and comes back.
  Result<Person> visit(std::optional<std::string> issuer = "https://idp.example.org/realms/main") {
    const auto url = run(provider().departure_to(departure()));
    if (!url) return std::unexpected(url.error());
    const auto back = idp_.sign_in(*url);
    return run(provider().welcome({.code = back.substr(5, back.find('&') - 5),
                                   .issuer = std::move(issuer),
                                   .redirect_uri = "https://hs.example.org/callback",
                                   .nonce = "a-nonce",
                                   .verifier = "v",
                                   .signed_in_since = since_}));
  }
  std::string refusal() {
    const auto person = visit();
    return person ? "let in" : person.error().detail();
  }
  int asked(const std::string& path) { return idp_.asked["/realms/main" + path]; }
  Result<LogoutToken> logout(JsonObject more = {}, JsonObject header = {}) {
    auto read = read_jwt(idp_.token(idp_.logout(std::move(more)), std::move(header)));
    if (!read) return std::unexpected(read.error());
    return run(provider().read_logout(*std::move(read)));
  }

  base::ManualClock clock_;
  kit::OidcProvider idp_;
  kit::FakeHttp http_;
  ProviderSettings settings_;
  std::optional<base::UnixMs> since_;
  std::unique_ptr<Provider> provider_;
};

TEST_F(ProviderTest, SendsPeopleWithStateNonceAndChallenge) {
  const auto url = run(provider().departure_to(departure())).value();
  EXPECT_TRUE(url.starts_with(idp_.issuer + "/auth?response_type=code&client_id=troupe")) << url;
  idp_.sign_in(url);
  EXPECT_EQ(idp_.sent().at("state"), "a-state");
  EXPECT_EQ(idp_.sent().at("nonce"), "a-nonce");
  EXPECT_EQ(idp_.sent().at("scope"), "openid profile email");
  EXPECT_EQ(idp_.sent().at("code_challenge_method"), "S256");
  EXPECT_EQ(idp_.sent().at("code_challenge"), base::base64url(base::sha256("v")));
  EXPECT_FALSE(idp_.sent().contains("prompt"));
  EXPECT_FALSE(idp_.sent().contains("max_age"));
  auto again = departure();
  again.sign_in_again = true;
  idp_.sign_in(run(provider().departure_to(again)).value());
  EXPECT_EQ(idp_.sent().at("prompt"), "login");
  EXPECT_EQ(idp_.sent().at("max_age"), "0");
}

TEST_F(ProviderTest, WelcomesWhomTheProviderVouchesFor) {
  const auto person = visit();
  ASSERT_TRUE(person) << person.error().detail();
  EXPECT_EQ(person->subject, "f:1:anna");
  EXPECT_EQ(person->session_id, "session-1");
  EXPECT_EQ(person->localpart, "anna");
  EXPECT_EQ(person->display_name, "Anna A.");
  EXPECT_EQ(asked("/userinfo"), 0);
  // RFC 6749 section 2.3.1: "troupe:s%26cret".
  const auto& token_request = http_.requests.at(1);
  EXPECT_EQ(token_request.headers.get("Authorization"), "Basic dHJvdXBlOnMlMjZjcmV0");
  EXPECT_EQ(token_request.max_redirects, 0);
}

TEST_F(ProviderTest, SendsTheSecretInTheBodyWhereTheProviderWantsIt) {
  idp_.document = [](JsonObject& says) {
    says["token_endpoint_auth_methods_supported"] = matrix::JsonArray{"client_secret_post"};
  };
  ASSERT_TRUE(visit());
  EXPECT_EQ(http_.requests.at(1).headers.get("Authorization"), "");
  EXPECT_NE(http_.requests.at(1).body.find("client_id=troupe&client_secret=s%26cret"), std::string::npos);
}

TEST_F(ProviderTest, APublicClientHasNoSecret) {
  settings_.client_secret.clear();
  ASSERT_TRUE(visit());
  EXPECT_EQ(http_.requests.at(1).headers.get("Authorization"), "");
  EXPECT_EQ(http_.requests.at(1).body.find("secret"), std::string::npos);
}

TEST_F(ProviderTest, TakesFromUserinfoWhatTheTokenDoesNotSay) {
  idp_.claims_in_token = false;
  const auto person = visit();
  ASSERT_TRUE(person) << person.error().detail();
  EXPECT_EQ(person->localpart, "anna");
  EXPECT_EQ(person->display_name, "Anna A.");
}

TEST_F(ProviderTest, RefusesUserinfoAboutSomebodyElse) {
  idp_.claims_in_token = false;
  idp_.userinfo = JsonObject{{"sub", "f:1:admin"}, {"preferred_username", "admin"}};
  EXPECT_EQ(refusal(), "userinfo is about somebody else");
}

TEST_F(ProviderTest, WithoutTheClaimTheNameIsThatOfTheEmail) {
  idp_.person = {{"sub", "1"}, {"email", "berta@example.org"}, {"email_verified", true}};
  EXPECT_EQ(visit().value().localpart, "berta");
  EXPECT_FALSE(visit().value().name_is_own) << "berta@example.net is somebody else";
  for (const matrix::Json& verified : {matrix::Json(false), matrix::Json("true"), matrix::Json(1)}) {
    idp_.person["email_verified"] = verified;
    EXPECT_EQ(visit().value().localpart, "") << boost::json::serialize(verified);
  }
  idp_.person = {{"sub", "1"}, {"email", "berta@example.org"}};
  EXPECT_EQ(visit().value().localpart, "");
  idp_.person = {{"sub", "1"}};
  EXPECT_EQ(visit().value().localpart, "");
}

TEST_F(ProviderTest, TheClaimIsTakenWhole) {
  idp_.person = {{"sub", "1"}, {"preferred_username", "alice@gmail.com"}};
  EXPECT_EQ(visit().value().localpart, "alice@gmail.com");
  EXPECT_TRUE(visit().value().name_is_own);
}

TEST_F(ProviderTest, AnAddressThatNobodyHasVerifiedIsNobodysOwnName) {
  settings_.localpart_claim = "email";
  idp_.person = {{"sub", "1"}, {"email", "berta@example.org"}};
  EXPECT_EQ(visit().value().localpart, "berta@example.org");
  EXPECT_FALSE(visit().value().name_is_own);
  idp_.person["email_verified"] = true;
  EXPECT_TRUE(visit().value().name_is_own);
}

TEST_F(ProviderTest, WhoHasSignedInThereBeforeHasProvedNothingNow) {
  since_ = clock_.unix_ms();
  const auto now = idp_.now_s;
  EXPECT_EQ(refusal(), "it does not say when the person signed in") << "it may have passed over max_age";
  for (const matrix::Json& late : {matrix::Json(now), matrix::Json(now - 60), matrix::Json(now + 5)}) {
    idp_.more_claims = {{"auth_time", late}};
    EXPECT_EQ(refusal(), "let in") << boost::json::serialize(late);
  }
  for (const matrix::Json& early : {matrix::Json(now - 61), matrix::Json(0)}) {
    idp_.more_claims = {{"auth_time", early}};
    EXPECT_EQ(refusal(), "signed in before it was asked to") << boost::json::serialize(early);
  }
  idp_.more_claims = {{"auth_time", "now"}};
  EXPECT_EQ(refusal(), "it does not say when the person signed in") << "no time";
  since_.reset();
  EXPECT_EQ(refusal(), "let in") << "to sign in, an old session will do";
}

TEST_F(ProviderTest, LooksForTheRoleInKeycloaksClaims) {
  settings_.required_role = "chat";
  EXPECT_FALSE(visit().value().has_role);
  idp_.person["realm_access"] = {{"roles", {"other", "chat"}}};
  EXPECT_TRUE(visit().value().has_role);
  idp_.person.erase("realm_access");
  idp_.person["resource_access"] = {{"another", {{"roles", {"chat"}}}}};
  EXPECT_FALSE(visit().value().has_role);
  idp_.person["resource_access"] = {{"troupe", {{"roles", {"chat"}}}}};
  EXPECT_TRUE(visit().value().has_role);
}

TEST_F(ProviderTest, RefusesAnAnswerOfAnotherIssuer) {
  EXPECT_FALSE(visit("https://evil.example.org")) << "mix-up";
  EXPECT_FALSE(visit(std::nullopt)) << "it promises iss";
  EXPECT_EQ(asked("/token"), 0) << "the code was not shown to anybody";
  provider_.reset();
  idp_.document = [](JsonObject& says) { says.erase("authorization_response_iss_parameter_supported"); };
  EXPECT_TRUE(visit(std::nullopt));
}

TEST_F(ProviderTest, RefusesTokensThatDoNotFit) {
  const auto now = idp_.now_s;
  const std::vector<std::pair<JsonObject, std::string>> cases{{{{"iss", "https://evil.example.org"}}, "another issuer"},
                                                              {{{"aud", "another"}}, "another audience"},
                                                              {{{"aud", {"troupe", "another"}}}, "another audience"},
                                                              {{{"azp", "another"}}, "another party"},
                                                              {{{"nonce", "of another sign-in"}}, "another nonce"},
                                                              {{{"nonce", nullptr}}, "another nonce"},
                                                              {{{"exp", now - 61}}, "expired"},
                                                              {{{"exp", nullptr}}, "expired"},
                                                              {{{"exp", "soon"}}, "expired"},
                                                              {{{"iat", now + 61}}, "made in the future"},
                                                              {{{"iat", nullptr}}, "made in the future"},
                                                              {{{"nbf", now + 61}}, "not yet"},
                                                              {{{"sub", nullptr}}, "no subject"},
                                                              {{{"sub", ""}}, "no subject"},
                                                              {{{"sub", "a\nb"}}, "no subject"},
                                                              {{{"sub", std::string(256, 'x')}}, "no subject"},
                                                              {{{"events", JsonObject()}}, "about an event"}};
  for (const auto& [claims, why] : cases) {
    idp_.more_claims = claims;
    EXPECT_EQ(refusal(), why) << boost::json::serialize(claims);
  }
  idp_.more_claims = {{"aud", {"troupe", "another"}}, {"azp", "troupe"}, {"exp", now - 59}, {"iat", now + 59}};
  EXPECT_EQ(refusal(), "let in");
}

TEST_F(ProviderTest, RefusesTokensThatNobodyHasSigned) {
  for (const auto* algorithm : {"none", "HS256", "HS512", "RS512", ""}) {
    idp_.more_header = {{"alg", algorithm}};
    EXPECT_EQ(refusal(), std::string("signed with ") + algorithm);
  }
  idp_.more_header = {{"alg", "RS256"}};  // by a key that is none of RSA
  EXPECT_EQ(refusal(), "no key of the provider has signed the token");
  idp_.more_header = {{"crit", {"exp"}}};
  EXPECT_EQ(refusal(), "the header has crit");
}

TEST_F(ProviderTest, RefusesTokensOfAStrangersKey) {
  ASSERT_TRUE(visit());
  const auto own = idp_.seed;
  http_.answer = [&](const auto& request) {
    idp_.seed = request.url.ends_with("/certs") ? own : std::string(32, 'e');
    return idp_.answer(request);
  };
  EXPECT_EQ(refusal(), "no key of the provider has signed the token");
}

TEST_F(ProviderTest, LooksForNewKeysOnceAMinute) {
  ASSERT_TRUE(visit());
  ASSERT_TRUE(visit());
  EXPECT_EQ(asked("/certs"), 1);
  idp_.key_id = "key-2";
  idp_.seed = std::string(32, 't');
  EXPECT_FALSE(visit()) << "asked a moment ago";
  EXPECT_EQ(asked("/certs"), 1);
  clock_.advance(Provider::kBetweenKeys);
  EXPECT_TRUE(visit());
  EXPECT_EQ(asked("/certs"), 2);
}

TEST_F(ProviderTest, ForgetsKeysThatAreNotShownAnyMore) {
  ASSERT_TRUE(visit());
  clock_.advance(Provider::kFresh);
  idp_.now_s = clock_.unix_ms() / 1000;
  ASSERT_TRUE(visit());
  EXPECT_EQ(asked("/certs"), 2);
}

TEST_F(ProviderTest, KeepsWhatItDiscoveredForAnHour) {
  ASSERT_TRUE(visit());
  ASSERT_TRUE(visit());
  EXPECT_EQ(asked("/.well-known/openid-configuration"), 1);
  clock_.advance(Provider::kFresh);
  idp_.is_down = true;
  EXPECT_TRUE(run(provider().departure_to(departure()))) << "the old one is better than none";
}

TEST_F(ProviderTest, AsksAProviderThatIsDownNotAllTheTime) {
  idp_.is_down = true;
  EXPECT_EQ(run(provider().departure_to(departure())).error().code(), Errc::unavailable);
  EXPECT_EQ(run(provider().departure_to(departure())).error().code(), Errc::unavailable);
  EXPECT_EQ(asked("/.well-known/openid-configuration"), 1);
  idp_.is_down = false;
  clock_.advance(Provider::kAfterFailure);
  EXPECT_TRUE(run(provider().departure_to(departure())));
}

TEST_F(ProviderTest, AsksForKeysThatDoNotComeNotAllTheTime) {
  bool broken = true;
  http_.answer = [&](const auto& request) -> Result<net::client::ClientResponse> {
    auto answered = idp_.answer(request);
    if (broken && request.url.ends_with("/certs")) return Error(Errc::unavailable, "nobody listens");
    return answered;
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(visit().error().code(), Errc::unavailable);
  EXPECT_EQ(asked("/certs"), 1);
  broken = false;
  clock_.advance(Provider::kAfterFailure);
  EXPECT_TRUE(visit());
  EXPECT_EQ(asked("/certs"), 2);
}

/// Its answers take so long that others come meanwhile.
class SlowHttp final : public kit::FakeHttp {
 public:
  Task<net::client::ClientResponse> send(net::client::ClientRequest request) override {
    for (int i = 0; i < 10; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    co_return co_await FakeHttp::send(std::move(request));
  }
};

TEST_F(ProviderTest, ManyWhoComeAtOnceWaitForOneAnswer) {
  SlowHttp slow;
  slow.answer = [this](const auto& request) { return idp_.answer(request); };
  Provider asked_by_many(settings_, slow, clock_);
  const auto token = read_jwt(idp_.token(idp_.logout())).value();
  asio::io_context context;
  int taken = 0;
  for (int i = 0; i < 5; ++i)
    asio::co_spawn(context, asked_by_many.read_logout(token),
                   [&](std::exception_ptr, const Result<LogoutToken>& read) { taken += read ? 1 : 0; });
  context.run();
  EXPECT_EQ(taken, 5);
  EXPECT_EQ(asked("/.well-known/openid-configuration"), 1);
  EXPECT_EQ(asked("/certs"), 1);
}

TEST_F(ProviderTest, BelievesNoDocumentOfAnotherIssuerOrWithoutTls) {
  const std::vector<std::function<void(JsonObject&)>> changes{
      [](JsonObject& says) { says["issuer"] = "https://evil.example.org"; },
      [](JsonObject& says) { says.erase("issuer"); },
      [](JsonObject& says) { says["token_endpoint"] = "http://idp.example.org/token"; },
      [](JsonObject& says) { says["jwks_uri"] = "file:///etc/passwd"; },
      [](JsonObject& says) { says["authorization_endpoint"] = "javascript:alert(1)"; },
      [](JsonObject& says) { says.erase("token_endpoint"); }};
  for (const auto& change : changes) {
    provider_.reset();
    idp_.document = change;
    EXPECT_EQ(run(provider().departure_to(departure())).error().code(), Errc::unavailable);
  }
}

TEST_F(ProviderTest, TrustsAddressesOfTheIssuersOriginAlone) {
  idp_.document = [](JsonObject& says) { says["jwks_uri"] = "https://169.254.169.254/certs"; };
  ASSERT_TRUE(visit());
  for (const auto& request : http_.requests) {
    const bool own = request.url.starts_with("https://idp.example.org/");
    EXPECT_EQ(request.trust == net::client::Trust::configured, own) << request.url;
  }
}

TEST_F(ProviderTest, TakesLogoutTokens) {
  const auto ended = logout({{"sub", "f:1:anna"}}, {{"typ", "logout+jwt"}});
  ASSERT_TRUE(ended) << ended.error().detail();
  EXPECT_EQ(ended->session_id, "session-1");
  EXPECT_EQ(ended->subject, "f:1:anna");
  EXPECT_EQ(ended->token_id, "logout-1");
}

TEST_F(ProviderTest, RefusesForgedLogoutTokens) {
  const auto now = idp_.now_s;
  const std::vector<std::pair<JsonObject, std::string>> cases{
      {{{"iss", "https://evil.example.org"}}, "another issuer"},
      {{{"aud", "another"}}, "another audience"},
      {{{"exp", now - 61}}, "expired"},
      {{{"iat", now - 3661}, {"exp", now + 1'000'000}}, "too old"},
      {{{"events", nullptr}}, "not about a logout"},
      {{{"events", {{"http://example.org/other", JsonObject()}}}}, "not about a logout"},
      {{{"nonce", "a-nonce"}}, "a nonce"},
      {{{"jti", nullptr}}, "no jti"},
      {{{"sid", nullptr}}, "neither sub nor sid"}};
  for (const auto& [claims, why] : cases) {
    const auto ended = logout(claims);
    EXPECT_EQ(ended ? "taken" : ended.error().detail(), why) << boost::json::serialize(claims);
  }
  EXPECT_EQ(logout({}, {{"typ", "at+jwt"}}).error().detail(), "another type");
  EXPECT_FALSE(logout({}, {{"alg", "none"}}));
  ASSERT_TRUE(logout());
  const auto own = idp_.seed;
  idp_.seed = std::string(32, 'e');
  const auto forged = idp_.token(idp_.logout());
  idp_.seed = own;
  EXPECT_FALSE(run(provider().read_logout(read_jwt(forged).value())));
}

TEST_F(ProviderTest, SaysHowItAnsweredLast) {
  EXPECT_EQ(provider().state().kind, ProviderState::Kind::unknown);
  const auto good = run(provider().test()).value();
  EXPECT_EQ(good.kind, ProviderState::Kind::ready);
  EXPECT_EQ(good.asked_ms, clock_.unix_ms());
  EXPECT_EQ(good.authorization, idp_.issuer + "/auth");
  EXPECT_EQ(asked("/certs"), 1);
  idp_.is_down = true;
  const auto away = run(provider().test()).value();
  EXPECT_EQ(away.kind, ProviderState::Kind::failing);
  EXPECT_EQ(away.error, "discovery: nobody listens");
  EXPECT_EQ(away.authorization, idp_.issuer + "/auth") << "what is known stays in use";
  EXPECT_TRUE(run(provider().departure_to(departure())));
  idp_.is_down = false;
  EXPECT_EQ(run(provider().test()).value().kind, ProviderState::Kind::ready) << "asked although it failed just now";
}

TEST_F(ProviderTest, ATestSaysWhatIsWrong) {
  idp_.document = [](JsonObject& says) { says["issuer"] = "https://other.example.org"; };
  EXPECT_EQ(run(provider().test()).value().error, "it calls itself another issuer than " + idp_.issuer);
  idp_.document = [this](JsonObject& says) { says["jwks_uri"] = idp_.issuer + "/nowhere"; };
  EXPECT_EQ(run(provider().test()).value().error, "keys: status 404");
  EXPECT_EQ(provider().state().kind, ProviderState::Kind::failing);
}

TEST(Jwt, RefusesWhatIsNoToken) {
  for (const auto* text : {"", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "e30.e30.AA", "bm8.e30.AA"})
    EXPECT_FALSE(read_jwt(text)) << text;
  EXPECT_FALSE(read_jwt(std::string(kMaxTokenBytes + 1, 'a')));
}

TEST(Jwt, ReadsKeysThatSign) {
  const auto keys = read_key_set({{"keys",
                                   {{{"kty", "RSA"}, {"kid", "1"}, {"n", "AQAB"}, {"e", "AQAB"}},
                                    {{"kty", "RSA"}, {"kid", "2"}, {"use", "enc"}, {"n", "AQAB"}, {"e", "AQAB"}},
                                    {{"kty", "RSA"}, {"kid", "3"}, {"alg", "RS512"}, {"n", "AQAB"}, {"e", "AQAB"}},
                                    {{"kty", "oct"}, {"kid", "4"}, {"k", "AQAB"}},
                                    {{"kty", "EC"}, {"crv", "P-256"}, {"kid", "5"}, {"x", "AQAB"}, {"y", "AQAB"}},
                                    {{"kty", "EC"}, {"crv", "P-521"}, {"kid", "6"}, {"x", "AQAB"}, {"y", "AQAB"}},
                                    "no key"}}});
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].key_id, "1");
  EXPECT_EQ(keys[1].algorithm, Algorithm::es256);
  matrix::JsonArray many;
  for (std::size_t i = 0; i < kMaxKeys + 5; ++i)
    many.push_back(JsonObject{{"kty", "RSA"}, {"n", "AQAB"}, {"e", "AQAB"}});
  EXPECT_EQ(read_key_set({{"keys", std::move(many)}}).size(), kMaxKeys);
}

}  // namespace
}  // namespace troupe::identity::oidc
