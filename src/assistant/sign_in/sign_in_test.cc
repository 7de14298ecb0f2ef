// Signing in at a service: who may finish what they began, what goes where, and what is kept of it.
#include "assistant/calls/tokens.h"
#include "assistant/services/grants.h"
#include "assistant/services/services_fixture.h"
#include "assistant/sign_in/sign_ins.h"
#include "base/encoding.h"
#include "kit/fake_http.h"
#include "net/http/url.h"

namespace troupe::assistant::sign_in {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

packs::Files cloud_files(const std::string& token_url = "https://id.cloud.example/token",
                         const std::string& auth = {}) {
  return {{"config.json",
           R"({"service":"cloud","title":"The cloud","base_url":"https://cloud.example/v1","auth":{"scheme":"oauth2",)"
           R"("authorize_url":"https://id.cloud.example/authorize?prompt=consent","scopes":["things:read","offline"],)"
           R"("token_url":")" +
               token_url + "\"" + auth + R"(},"operations":{"list":{"method":"GET","path":"/things"}}})"}};
}

class SignInTest : public services::ServicesFixture {
 protected:
  SignInTest() {
    must(services().add(as(), cloud_files()));
    set({{"client_id", "the-client"}, {"client_secret", "canary-client-secret"}});
  }
  void set(std::map<std::string, std::optional<std::string>> values, std::int64_t tenant = 1) {
    must(services().change(as(tenant), "cloud", {.secrets = std::move(values)}));
  }
  SignIns& sign_ins() {
    if (!made_)
      made_ = std::make_unique<SignIns>(SignIns::Uses{
          .packs = services(), .secrets = secrets, .db = *db, .sealing_key = key, .http = http, .clock = clock});
    return *made_;
  }
  static Beginner anna(std::string credential = "session 7", std::int64_t tenant = 1) {
    return {.tenant_id = tenant, .principal_id = 10, .credential = std::move(credential)};
  }
  Leaving left(const Beginner& who = anna()) {
    return must(sign_ins().begin(who, "cloud", "https://troupe.example.org"));
  }
  static std::string part(const std::string& address, const std::string& name) {
    net::http::Request request;
    kit::must(request.set_target(kit::must(net::http::Url::parse(address)).target));
    return std::string(request.query_value(name).value_or("nothing"));
  }
  static Return back(const Leaving& leaving) {
    return {
        .state = part(leaving.address, "state"), .code = "canary-code", .issuer = {}, .error = {}, .description = {}};
  }
  Result<Arrived> finish(const Return& with, const Beginner& who = anna(), const std::string& service = "cloud") {
    return run(sign_ins().finish(who, service, with));
  }
  void grants_tokens() {
    http.answers = {
        {.body = R"({"access_token":"canary-access-1","refresh_token":"canary-refresh-1","expires_in":3600})"}};
  }
  calls::Service in_use() { return stock()->find("cloud")->use->service; }

  base::ManualClock clock;
  kit::FakeHttp http;

 private:
  std::unique_ptr<SignIns> made_;
};

TEST_F(SignInTest, LeavesWithAChallengeAndComesBackWithTokens) {
  const auto leaving = left();
  EXPECT_THAT(leaving.address,
              testing::StartsWith("https://id.cloud.example/authorize?prompt=consent&response_type=code&"));
  EXPECT_EQ(part(leaving.address, "client_id"), "the-client");
  EXPECT_EQ(part(leaving.address, "scope"), "things:read offline");
  EXPECT_EQ(part(leaving.address, "redirect_uri"), "https://troupe.example.org/api/v1/packs/cloud/sign-in/arrival");
  EXPECT_EQ(part(leaving.address, "redirect_uri"), leaving.redirect_uri);
  EXPECT_EQ(part(leaving.address, "code_challenge_method"), "S256");
  EXPECT_FALSE(stock()->find("cloud")->signed_in);

  grants_tokens();
  const auto arrived = finish(back(leaving));
  ASSERT_TRUE(arrived) << arrived.error().message();
  EXPECT_EQ(arrived->title, "The cloud");
  ASSERT_EQ(http.requests.size(), 1U);
  const auto& asked = http.requests.front();
  EXPECT_EQ(asked.url, "https://id.cloud.example/token");
  EXPECT_EQ(asked.trust, net::client::Trust::untrusted) << "not into the private network";
  EXPECT_EQ(asked.max_redirects, 0);
  EXPECT_THAT(asked.body, AllOf(HasSubstr("grant_type=authorization_code&code=canary-code&"),
                                HasSubstr("client_secret=canary-client-secret")));
  const auto at = asked.body.find("code_verifier=") + 14;
  const auto verifier = asked.body.substr(at, asked.body.find('&', at) - at);
  EXPECT_EQ(base::base64url(base::sha256(verifier)), part(leaving.address, "code_challenge"));

  const auto* item = stock()->find("cloud");
  EXPECT_TRUE(item->signed_in);
  EXPECT_THAT(item->missing, testing::IsEmpty());
  EXPECT_THAT(all_text(), Not(HasSubstr("canary"))) << "sealed";
  services::StoredGrants grants({.db = *db, .sealing_key = key, .secrets = secrets, .clock = base::system_clock()});
  calls::Tokens tokens(http, clock, grants, [](auto) -> asio::awaitable<void> { co_return; });
  EXPECT_EQ(must(tokens.access(in_use(), "", {})), "canary-access-1");
  EXPECT_EQ(http.requests.size(), 1U) << "the access token is there: nothing was renewed";
  EXPECT_EQ(secrets.redactor(1)->text("canary-access-1 canary-refresh-1"), "[REDACTED] [REDACTED]");
}

TEST_F(SignInTest, WhatIsStoredIsNotSaidToHaveFailed) {
  grants_tokens();
  const auto leaving = left();
  const auto rename = [this](std::string_view from, std::string_view to) {
    must(db->write([&](store::Tx& tx) -> Result<Unit> {
      tx.run("ALTER TABLE " + std::string(from) + " RENAME TO " + std::string(to));
      return Unit{};
    }));
  };
  rename("as_tool_list", "as_away");  // nobody's services can be read
  const auto arrived = finish(back(leaving));
  EXPECT_TRUE(arrived) << arrived.error().message();
  rename("as_away", "as_tool_list");
  EXPECT_TRUE(stock()->find("cloud")->signed_in);
}

TEST_F(SignInTest, ShowsTheClientsSecretAsThePackSaysAndTellsNobodyOfIt) {
  must(services().add(
      as(), cloud_files("https://id.cloud.example/token", R"(,"client_auth":"client_secret_basic",)"
                                                          R"("refresh_url":"https://id.cloud.example/renew")")));
  set({{"client_id", "the-client"}, {"client_secret", "canary-client-secret"}});
  const auto pair = base::base64(base::as_bytes(std::string("the-client:canary-client-secret")));
  http.answers = {{.status = 400, .body = R"({"error":")" + pair + R"("})"}};
  const auto refused = finish(back(left()));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), AllOf(HasSubstr("did not take the code"), Not(HasSubstr(pair))));
  grants_tokens();
  ASSERT_TRUE(finish(back(left())));
  ASSERT_EQ(http.requests.size(), 2U);
  const auto& asked = http.requests.back();
  EXPECT_EQ(asked.url, "https://id.cloud.example/token") << "codes are not taken to where tokens are renewed";
  EXPECT_THAT(std::string(asked.headers.get("authorization")), testing::StartsWith("Basic " + pair));
  EXPECT_THAT(asked.body, AllOf(HasSubstr("code=canary-code"), Not(HasSubstr("client_"))));
}

TEST_F(SignInTest, IsFinishedOnceByWhoBeganItWhereTheyBeganIt) {
  grants_tokens();
  const auto leaving = left();
  auto other = anna();
  other.principal_id = 11;
  for (const auto& who : {other, anna("session 8"), anna("key 7"), anna("session 7", services::kOther)})
    EXPECT_EQ(finish(back(leaving), who).error().code(), Errc::not_found) << who.credential;
  EXPECT_EQ(finish(back(leaving), anna(), "slack").error().code(), Errc::not_found) << "another service's answer";
  auto guessed = back(leaving);
  guessed.state = "guessed";
  EXPECT_EQ(finish(guessed).error().code(), Errc::not_found);
  EXPECT_TRUE(http.requests.empty());
  EXPECT_TRUE(finish(back(leaving))) << "the others' tries have ended nothing";
  EXPECT_EQ(finish(back(leaving)).error().code(), Errc::not_found);
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(SignInTest, IsGoodForTenMinutesAndFiveAtATime) {
  grants_tokens();
  const auto late = left();
  clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(finish(back(late)).error().code(), Errc::not_found);
  std::vector<Leaving> begun;
  for (int i = 0; i < 6; ++i) {
    clock.advance(std::chrono::seconds(1));
    begun.push_back(left());
  }
  EXPECT_EQ(finish(back(begun.front())).error().code(), Errc::not_found) << "the oldest went";
  EXPECT_TRUE(finish(back(begun.at(1))));
  clock.advance(std::chrono::minutes(11));
  must(sign_ins().sweep());
  std::int64_t rows = -1;
  must(db->read([&rows](store::Connection& c) -> Result<Unit> {
    rows = store::values<std::int64_t>(c.query("SELECT COUNT(*) FROM as_sign_in")).front();
    return Unit{};
  }));
  EXPECT_EQ(rows, 0);
}

TEST_F(SignInTest, ARefusalIsToldWithoutSecrets) {
  auto denied = back(left());
  denied.code.clear();
  denied.error = "access_denied";
  EXPECT_EQ(finish(denied).error().message(), "The cloud: the access was not allowed.");
  auto wrong = back(left());
  wrong.error = "invalid_scope";
  wrong.description = "no such scope\ncanary-client-secret";
  EXPECT_EQ(finish(wrong).error().message(),
            "The cloud did not let the sign-in through: invalid_scope (no such scope [REDACTED])");
  EXPECT_TRUE(http.requests.empty()) << "what came with an error is no code";

  http.answers = {{.status = 400, .body = R"({"error":"invalid_grant"})"}};
  const auto refused = finish(back(left()));
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  EXPECT_EQ(refused.error().message(), "The cloud did not take the code: invalid_grant");
  http.answers = {{.body = R"({"ok":false,"error":"canary-client-secret"})"}};
  EXPECT_THAT(finish(back(left())).error().message(), Not(HasSubstr("canary")));
  http.answers = {{.status = 502, .type = "text/html", .body = "<html>"}};
  EXPECT_EQ(finish(back(left())).error().code(), Errc::unavailable);
  http.answers = {{.broken = Error(Errc::forbidden, "https://id.cloud.example leads into a private network")}};
  EXPECT_EQ(finish(back(left())).error().code(), Errc::forbidden);
  http.answers = {{.body = R"({"access_token":"short and broken","refresh_token":"with spaces in it"})"}};
  EXPECT_THAT(finish(back(left())).error().message(), HasSubstr("cannot be kept"));
  // What would end a header is no token, whatever comes with it.
  http.answers = {{.body = R"({"access_token":"abc\r\nX-Evil: 1","refresh_token":"long-and-good-enough"})"}};
  EXPECT_THAT(finish(back(left())).error().message(), HasSubstr("no token"));
  EXPECT_FALSE(stock()->find("cloud")->signed_in);
}

TEST_F(SignInTest, AnAnswerInAnothersNameIsNotRedeemed) {
  grants_tokens();
  auto mixed = back(left());
  mixed.issuer = "https://evil.example";
  EXPECT_EQ(finish(mixed).error().code(), Errc::forbidden);
  EXPECT_TRUE(http.requests.empty());
  auto own = back(left());
  own.issuer = "https://id.cloud.example/tenant/9";
  EXPECT_TRUE(finish(own)) << "of the host that was asked";

  packs::Auth auth;
  auth.authorize_url = "https://id.cloud.example/authorize";
  auth.issuer = "https://cloud.example";
  Return named{.state = "s", .code = "c", .issuer = "https://cloud.example", .error = {}, .description = {}};
  EXPECT_TRUE(check_issuer(auth, named));
  named.issuer = "https://cloud.example/";
  EXPECT_FALSE(check_issuer(auth, named)) << "to the letter";
  named.issuer.reset();
  EXPECT_FALSE(check_issuer(auth, named)) << "the pack says that its service says it";
  named.issuer = "";
  EXPECT_FALSE(check_issuer(auth, named));
  named.issuer.reset();
  auth.issuer.clear();
  EXPECT_TRUE(check_issuer(auth, named)) << "not everybody says it";
}

TEST_F(SignInTest, ACodeGoesNowhereElseThanItWasMeantFor) {
  grants_tokens();
  const auto leaving = left();
  must(services().add(as(), cloud_files("https://elsewhere.example/token")));
  EXPECT_EQ(finish(back(leaving)).error().code(), Errc::conflict);
  must(services().add(as(), cloud_files()));
  const auto again = left();
  set({{"client_id", "another-client"}});
  EXPECT_EQ(finish(back(again)).error().code(), Errc::conflict);
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(SignInTest, ATokenWithoutASuccessorLastsUntilItIsRefused) {
  http.answers = {{.body = R"({"access_token":"canary-lasting-1"})"}};
  ASSERT_TRUE(finish(back(left())));
  EXPECT_THAT(stock()->find("cloud")->missing, testing::IsEmpty());
  services::StoredGrants grants({.db = *db, .sealing_key = key, .secrets = secrets, .clock = base::system_clock()});
  calls::Tokens tokens(http, clock, grants, [](auto) -> asio::awaitable<void> { co_return; });
  EXPECT_EQ(must(tokens.access(in_use(), "", {})), "canary-lasting-1");
  clock.advance(std::chrono::hours(5'000));
  EXPECT_EQ(must(tokens.access(in_use(), "", {})), "canary-lasting-1");
  EXPECT_EQ(run(tokens.access(in_use(), "canary-lasting-1", {})).error().code(), Errc::forbidden);
  EXPECT_EQ(http.requests.size(), 1U);

  grants_tokens();
  ASSERT_TRUE(finish(back(left()))) << "the next sign-in takes its place";
  EXPECT_EQ(must(tokens.access(in_use(), "", {})), "canary-access-1");
  set({{"refresh_token", std::nullopt}});
  EXPECT_FALSE(stock()->find("cloud")->signed_in);
  EXPECT_THAT(stock()->find("cloud")->missing, ElementsAre("refresh_token"));
  EXPECT_THAT(run(tokens.access(in_use(), "", {})).error().message(), HasSubstr("nobody has signed in"));
}

TEST_F(SignInTest, SaysWhatASignInLacks) {
  const auto why = [this](const std::string& service, std::int64_t tenant = 1) {
    const auto begun = run(sign_ins().begin(anna("session 7", tenant), service, "https://troupe.example.org"));
    return begun ? std::string("it begins") : begun.error().message();
  };
  EXPECT_THAT(why("nothing"), HasSubstr("no such pack"));
  EXPECT_THAT(why("cloud", services::kOther), HasSubstr("no such pack"));
  EXPECT_THAT(why("slack"), HasSubstr("takes keys"));
  set({{"client_id", std::nullopt}});
  EXPECT_THAT(why("cloud"), HasSubstr("Set the client id"));
}

TEST(SignInFlowTest, ReadsTheAddressThatABrowserEndedAt) {
  const auto read = read_return(
      "http://127.0.0.1:8001/api/v1/packs/cloud/sign-in/arrival?code=a%2Fb&state=s&iss=https%3A%2F%2Fi.example");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->code, "a/b");
  EXPECT_EQ(read->state, "s");
  EXPECT_EQ(read->issuer, "https://i.example");
  EXPECT_TRUE(read_return("https://t.example/x?error=access_denied&state=s"));
  for (const std::string wrong :
       {"", "nonsense", "https://t.example/x", "https://t.example/x?code=c", "https://t.example/x?state=s"})
    EXPECT_FALSE(read_return(wrong)) << wrong;
  EXPECT_FALSE(read_return("https://t.example/x?state=s&code=" + std::string(5'000, 'c')));
  EXPECT_EQ(*checked_origin("https://Troupe.Example.org:443"), "https://troupe.example.org");
  for (const auto* wrong : {"troupe.example.org", "https://troupe.example.org/path", "https://a:b@troupe.example.org",
                            "javascript:alert(1)", "https://t.example?x=1"})
    EXPECT_FALSE(checked_origin(wrong)) << wrong;
}

}  // namespace
}  // namespace troupe::assistant::sign_in
