// OAuth 2: renewed once, kept, told apart from what has ended.
#include "assistant/calls/calls_fixture.h"
#include "base/encoding.h"

namespace troupe::assistant::calls {
namespace {

using namespace testing_calls;
using testing::HasSubstr;
using testing::Not;

class TokensTest : public CallsTest {
 protected:
  static Service cloud(const std::string& auth = {}) {
    auto out = service(
        "cloud",
        {{"config.json",
          R"({"service":"cloud","enabled":true,"base_url":"https://cloud.example/v1","auth":{"scheme":"oauth2","token_url":"https://id.cloud.example/token")" +
              auth +
              R"(},"operations":{"list":{"method":"GET","path":"/things"},"make":{"method":"POST","path":"/things","body":["name"]}}})"}});
    out.secrets = {
        {"client_id", "client-canary"}, {"client_secret", "secret-canary"}, {"refresh_token", "refresh-canary-0"}};
    return out;
  }
  /// The token address, which makes a token of each refresh token that is good.
  Result<ClientResponse> renew(const ClientRequest& request) {
    EXPECT_EQ(request.url, "https://id.cloud.example/token");
    EXPECT_EQ(request.max_redirects, 0);
    ++renewed;
    if (!request.body.contains("refresh_token=" + good_refresh))
      return json_answer(400, R"({"error":"invalid_grant"})");
    good_refresh = "refresh-canary-" + std::to_string(renewed);
    good_token = "access-canary-" + std::to_string(renewed);
    return json_answer(200, R"({"access_token":")" + good_token + R"(","refresh_token":")" + good_refresh +
                                R"(","expires_in":3600,"token_type":"bearer"})");
  }
  void serve() {
    http.answer = [this](const ClientRequest& request) -> Result<ClientResponse> {
      if (request.url.starts_with("https://id.")) return renew(request);
      const bool good = request.headers.get("authorization") == "Bearer " + good_token;
      return good ? json_answer(200, "[]") : json_answer(401, R"({"error":"expired"})");
    };
  }

  std::string good_refresh = "refresh-canary-0", good_token;
  int renewed = 0;
};

TEST_F(TokensTest, AreRenewedBeforeTheirEndAndStoredBeforeTheyAreUsed) {
  serve();
  ASSERT_EQ(call(cloud(), "list", "{}")->state, CallState::done);
  ASSERT_EQ(call(cloud(), "list", "{}")->state, CallState::done);
  EXPECT_EQ(renewed, 1);
  EXPECT_EQ(grants.grants.at("tenant/cloud").refresh_token, "refresh-canary-1");
  clock.advance(3'541s);
  ASSERT_EQ(call(cloud(), "list", "{}")->state, CallState::done);
  EXPECT_EQ(renewed, 2);
  // Another process reads what this one stored.
  Tokens others(http, clock, grants, pause());
  EXPECT_EQ(must(others.access(cloud(), "", context())), "access-canary-2");
  EXPECT_EQ(renewed, 2);
}

TEST_F(TokensTest, ARefusedOneIsRenewedOnceAndTheCallGoesOut) {
  serve();
  ASSERT_TRUE(call(cloud(), "list", "{}"));
  good_token = "another";
  EXPECT_EQ(call(cloud(), "make", R"({"name":"a"})")->state, CallState::done) << "401: nothing was done";
  EXPECT_EQ(renewed, 2);
  http.answer = [this](const ClientRequest& request) -> Result<ClientResponse> {
    return request.url.starts_with("https://id.") ? renew(request) : json_answer(401, "{}");
  };
  http.requests.clear();
  EXPECT_EQ(call(cloud(), "list", "{}")->state, CallState::refused);
  EXPECT_EQ(http.requests.size(), 3U);
}

TEST_F(TokensTest, FollowNoChangedAddress) {
  serve();
  ASSERT_TRUE(call(cloud(), "list", "{}"));
  auto moved = cloud();
  moved.base_url = "https://other.example/v1";
  const auto refused = call(moved, "list", "{}");
  ASSERT_FALSE(refused) << "what was granted for the old address is not asked for the new one";
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  for (const auto& each : http.requests) {
    EXPECT_FALSE(each.url.starts_with("https://other.")) << each.url;
    EXPECT_FALSE(each.body.contains("refresh-canary-1")) << each.body;
  }
}

TEST_F(TokensTest, AnotherSignInIsUsedFromThenOn) {
  serve();
  ASSERT_TRUE(call(cloud(), "list", "{}"));
  ASSERT_EQ(renewed, 1);
  // The account that was signed in before is good still: it is not the one that is meant any more.
  auto other = cloud();
  other.secrets["refresh_token"] = "refresh-canary-other";
  good_refresh = "refresh-canary-other";
  http.requests.clear();
  EXPECT_EQ(call(other, "list", "{}")->state, CallState::done);
  EXPECT_EQ(renewed, 2);
  for (const auto& each : http.requests) {
    EXPECT_FALSE(each.body.contains("refresh-canary-1")) << each.body;
    EXPECT_NE(each.headers.get("authorization"), "Bearer access-canary-1");
  }
  auto without = cloud();
  without.secrets.erase("refresh_token");
  EXPECT_EQ(call(without, "list", "{}").error().code(), Errc::invalid_param) << "what was taken away is gone";
}

TEST_F(TokensTest, WhatAnotherProcessRenewedIsNotAskedForAgain) {
  serve();
  ASSERT_TRUE(call(cloud(), "list", "{}"));
  Tokens others(http, clock, grants, pause());
  clock.advance(3'541s);
  EXPECT_EQ(must(others.access(cloud(), "", context())), "access-canary-2");
  // The refresh token that this one remembers is spent.
  EXPECT_EQ(must(tokens.access(cloud(), "", context())), "access-canary-2");
  EXPECT_EQ(renewed, 2);
}

TEST_F(TokensTest, OfTwoProcessesOneRenews) {
  serve();
  ASSERT_TRUE(call(cloud(), "list", "{}"));
  OtherGrants other_grants(grants);
  Tokens others(http, clock, other_grants, pause());
  // Both have read the same grant before either asks.
  int loaded = 0;
  grants.wait_until = [&]() -> asio::awaitable<void> {
    ++loaded;
    while (loaded < 2) co_await asio::post(io_, asio::use_awaitable);
  };
  std::vector<std::string> got;
  const auto one = [&](Tokens& of) -> asio::awaitable<void> {
    const auto token = co_await of.access(cloud(), "access-canary-1", context());
    got.push_back(token ? *token : "no: " + token.error().message());
  };
  asio::post(io_, [&] {
    asio::co_spawn(io_, one(tokens), asio::detached);
    asio::co_spawn(io_, one(others), asio::detached);
  });
  const auto both = [&]() -> asio::awaitable<bool> { co_return got.size() == 2; };
  EXPECT_TRUE(eventually([&] { return wait(both()); }));
  EXPECT_EQ(got, (std::vector<std::string>{"access-canary-2", "access-canary-2"}));
  EXPECT_EQ(renewed, 2) << "once for both: what is spent is sent by nobody";
  EXPECT_TRUE(grants.turns.empty());
  clock.advance(3'541s);
  EXPECT_EQ(must(others.access(cloud(), "", context())), "access-canary-3");
  EXPECT_EQ(must(tokens.access(cloud(), "", context())), "access-canary-3");
}

TEST_F(TokensTest, TheTurnOfAProcessThatIsGoneLapses) {
  serve();
  grants.turns["tenant/cloud"] = {"gone", "its word"};
  const auto before = clock.unix_ms();
  EXPECT_EQ(must(tokens.access(cloud(), "", context())), "access-canary-1");
  EXPECT_GE(clock.unix_ms() - before, kTurnTerm.count());
  EXPECT_TRUE(grants.turns.empty());
  // Who is cancelled does not wait for it.
  grants.turns["tenant/cloud"] = {"gone", "another word"};
  cancelled->store(true);
  EXPECT_EQ(wait(tokens.access(cloud(), "access-canary-1", context())).error().code(), Errc::conflict);
  EXPECT_EQ(renewed, 1);
}

TEST_F(TokensTest, ARefreshTokenThatWasReplacedIsNeverSentAgain) {
  serve();
  ASSERT_TRUE(call(cloud(), "list", "{}"));
  good_refresh = "nobody's";
  http.requests.clear();
  EXPECT_EQ(wait(tokens.access(cloud(), "access-canary-1", context())).error().code(), Errc::forbidden);
  ASSERT_EQ(http.requests.size(), 1U);
  EXPECT_THAT(http.requests.front().body, HasSubstr("refresh-canary-1"));
  EXPECT_TRUE(grants.turns.empty());
}

TEST_F(TokensTest, WhatWasStoredMeanwhileStays) {
  serve();
  ASSERT_TRUE(call(cloud(), "list", "{}"));
  const auto before = grants.grants.at("tenant/cloud");
  auto anew = before;
  anew.access_token = "access-canary-anew";
  anew.version = "anew";
  for (const bool refuses : {true, false}) {
    grants.grants["tenant/cloud"] = before;
    http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
      grants.grants["tenant/cloud"] = anew;
      return refuses ? json_answer(400, R"({"error":"invalid_grant"})") : renew(request);
    };
    Tokens started(http, clock, grants, pause());
    EXPECT_EQ(must(started.access(cloud(), "access-canary-1", context())), "access-canary-anew") << refuses;
    EXPECT_EQ(grants.grants.at("tenant/cloud").version, "anew");
    EXPECT_TRUE(grants.turns.empty());
  }
}

TEST_F(TokensTest, ManyCallsRenewOnce) {
  serve();
  int done = 0;
  const auto one = [&]() -> asio::awaitable<void> {
    const auto token = co_await tokens.access(cloud(), "", context());
    EXPECT_TRUE(token);
    ++done;
  };
  asio::post(io_, [&] {
    for (int i = 0; i < 50; ++i) asio::co_spawn(io_, one(), asio::detached);
  });
  const auto all_done = [&]() -> asio::awaitable<bool> { co_return done == 50; };
  EXPECT_TRUE(eventually([&] { return wait(all_done()); }));
  EXPECT_EQ(renewed, 1);
}

TEST_F(TokensTest, WhoWaitedHearsWhyThereIsNone) {
  int asked = 0, failed = 0;
  http.answer = [&](const ClientRequest&) -> Result<ClientResponse> {
    ++asked;
    return Error(Errc::timed_out, "https://id.cloud.example did not answer in time");
  };
  // The store waits, so that all others wait for the first.
  const auto one = [&]() -> asio::awaitable<void> {
    const auto token = co_await tokens.access(cloud(), "", context());
    failed += token ? 0 : 1;
  };
  bool open = false;
  grants.wait_until = [&]() -> asio::awaitable<void> {
    while (!open) co_await asio::post(io_, asio::use_awaitable);
  };
  asio::post(io_, [&] {
    for (int i = 0; i < 20; ++i) asio::co_spawn(io_, one(), asio::detached);
    asio::post(io_, [&] { open = true; });
  });
  const auto all = [&]() -> asio::awaitable<bool> { co_return failed == 20; };
  EXPECT_TRUE(eventually([&] { return wait(all()); }));
  EXPECT_EQ(asked, 1);
}

TEST_F(TokensTest, WhatEndedIsSaidWithoutSecrets) {
  serve();
  good_refresh = "somebody else's";
  const auto ended = call(cloud(), "list", "{}");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), Errc::forbidden);
  EXPECT_THAT(ended.error().message() + ended.error().detail(), Not(HasSubstr("canary")));
  EXPECT_EQ(count("GET", "/"), 0U);
  // An administrator puts in a new one: it is tried besides the stored one.
  grants.grants["tenant/cloud"] = {.access_token = "old",
                                   .refresh_token = "refresh-old",
                                   .expires_ms = 1,
                                   .address = "https://id.cloud.example/token https://cloud.example/v1"};
  good_refresh = "refresh-canary-0";
  EXPECT_EQ(call(cloud(), "list", "{}")->state, CallState::done);
  auto without = cloud();
  without.account = "tenant2/cloud";
  without.secrets.clear();
  EXPECT_EQ(call(without, "list", "{}").error().code(), Errc::invalid_param);
}

TEST_F(TokensTest, AreNotLostWithAStoreThatFails) {
  serve();
  grants.refuse = Error(Errc::unavailable, "the database is away");
  EXPECT_EQ(call(cloud(), "list", "{}").error().code(), Errc::unavailable);
  EXPECT_EQ(count("GET", "/"), 0U);
  grants.refuse.reset();
  EXPECT_EQ(call(cloud(), "list", "{}")->state, CallState::done);
  EXPECT_EQ(renewed, 1) << "the refresh token of the first renewal is void";
  EXPECT_EQ(grants.grants.at("tenant/cloud").refresh_token, "refresh-canary-1");
}

TEST_F(TokensTest, AreRenewedAtTheirOwnAddressWhereThereIsOne) {
  http.answer = [](const ClientRequest& request) -> Result<ClientResponse> {
    return request.url.starts_with("https://id.") ? json_answer(200, R"({"access_token":"t"})")
                                                  : json_answer(200, "[]");
  };
  EXPECT_EQ(call(cloud(R"(,"refresh_url":"https://id.cloud.example/renew")"), "list", "{}")->state, CallState::done);
  ASSERT_EQ(http.requests.size(), 2U);
  EXPECT_EQ(http.requests[0].url, "https://id.cloud.example/renew");
  EXPECT_EQ(http.requests[0].trust, net::client::Trust::untrusted);
  EXPECT_THAT(http.requests[0].body, HasSubstr("client_id=client-canary&client_secret=secret-canary"));
  EXPECT_EQ(http.requests[0].headers.get("authorization"), "");
}

TEST_F(TokensTest, TheSecretIsShownAsThePackSays) {
  serve();
  auto of = cloud(R"(,"client_auth":"client_secret_basic","metadata_url":"https://id.cloud.example/about")");
  of.secrets["client_id"] = "client canary:1";
  of.secrets["client_secret"] = "secret/canary+%";
  ASSERT_EQ(call(of, "list", "{}")->state, CallState::done);
  const auto& asked = http.requests.front();
  EXPECT_EQ(asked.url, "https://id.cloud.example/token") << "the pack has said it: nothing else is asked";
  const std::string shown(asked.headers.get("authorization"));
  ASSERT_TRUE(shown.starts_with("Basic ")) << shown;
  EXPECT_EQ(base::base64_decode(shown.substr(6)), "client%20canary%3A1:secret%2Fcanary%2B%25")
      << "encoded as in a form first: a colon of the id's is not the end of it";
  EXPECT_THAT(asked.body, Not(HasSubstr("client_")));
  // A client without a secret says who it is all the same.
  of.secrets.erase("client_secret");
  of.account = "tenant2/cloud";
  good_refresh = "refresh-canary-0";
  http.requests.clear();
  ASSERT_EQ(call(of, "list", "{}")->state, CallState::done);
  EXPECT_EQ(http.requests.front().headers.get("authorization"), "");
  EXPECT_THAT(http.requests.front().body, HasSubstr("client_id=client%20canary%3A1"));
}

TEST_F(TokensTest, TheSecretIsShownAsTheServiceSays) {
  struct Case {
    std::string metadata;
    bool basic;
  };
  const std::string ours = R"({"token_endpoint":"https://id.cloud.example/token")";
  int number = 0;
  for (const auto& each : std::vector<Case>{
           {ours + "}", true},  // RFC 8414: without the list it is HTTP Basic
           {ours + R"(,"token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"]})", true},
           {ours + R"(,"token_endpoint_auth_methods_supported":["client_secret_post","none"]})", false},
           {ours + R"(,"token_endpoint_auth_methods_supported":[7,"none"]})", false},
           {R"({"token_endpoint":"https://thief.example/token"})", false},
           {"{}", false}}) {
    http.requests.clear();
    good_refresh = "refresh-canary-0";
    http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
      if (request.url == "https://id.cloud.example/about") return json_answer(200, each.metadata);
      return request.url.starts_with("https://id.") ? renew(request) : json_answer(200, "[]");
    };
    auto of = cloud(R"(,"metadata_url":"https://id.cloud.example/about")");
    of.account = "tenant" + std::to_string(++number) + "/cloud";
    ASSERT_EQ(call(of, "list", "{}")->state, CallState::done) << each.metadata;
    ASSERT_EQ(http.requests.size(), 3U);
    EXPECT_EQ(http.requests[0].trust, net::client::Trust::untrusted);
    EXPECT_EQ(http.requests[0].max_redirects, 0);
    EXPECT_THAT(http.requests[0].body + http.requests[0].url, Not(HasSubstr("canary"))) << "it is told nothing";
    EXPECT_EQ(http.requests[1].headers.get("authorization").starts_with("Basic "), each.basic) << each.metadata;
    EXPECT_EQ(http.requests[1].body.contains("client_secret="), !each.basic) << each.metadata;
  }
}

TEST_F(TokensTest, NoSecretIsShownToAServiceThatCannotSayHow) {
  for (const auto& answer : std::vector<kit::HttpAnswer>{
           {.status = 500, .body = "{}"}, {.body = "no json"}, {.broken = Error(Errc::timed_out, "late")}}) {
    http.requests.clear();
    http.answers = {answer};
    const auto got = call(cloud(R"(,"metadata_url":"https://id.cloud.example/about")"), "list", "{}");
    ASSERT_FALSE(got);
    for (const auto& each : http.requests) EXPECT_EQ(each.url, "https://id.cloud.example/about");
  }
}

TEST_F(TokensTest, HostileTokenAddresses) {
  for (const auto* body : {"", "[]", "{}", R"({"access_token":7})", R"({"access_token":""})"}) {
    http.answers = {{.body = body}};
    EXPECT_EQ(call(cloud(), "list", "{}").error().code(), Errc::unavailable) << body;
  }
  http.answers = {{.status = 302, .headers = {{"Location", "https://evil.example/"}}}};
  EXPECT_EQ(call(cloud(), "list", "{}").error().code(), Errc::unavailable);
  for (const auto& each : http.requests) EXPECT_EQ(each.url, "https://id.cloud.example/token");
}

}  // namespace
}  // namespace troupe::assistant::calls
