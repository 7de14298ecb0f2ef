#include "base/ed25519.h"
#include "homeserver/oauth/oauth_fixture.h"

namespace troupe::homeserver::oauth {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;
using TokenTest = OAuthTest;

TEST_F(TokenTest, SaysWhatIsOffered) {
  const auto metadata = call("GET", "/_matrix/client/v1/auth_metadata");
  EXPECT_EQ(metadata.status, 200);
  EXPECT_EQ(metadata.text("issuer"), "http://matrix.example.org/");
  EXPECT_EQ(metadata.text("token_endpoint"), "http://matrix.example.org/_matrix/client/oauth/token");
  EXPECT_EQ(metadata.json.at("code_challenge_methods_supported"), (JsonArray{"S256"}));
  EXPECT_EQ(metadata.json.at("response_modes_supported"), (JsonArray{"query", "fragment"}));
  EXPECT_EQ(metadata.json.at("grant_types_supported"), (JsonArray{kCodeGrant, kRefreshGrant, kLinkGrant}));
  for (const auto* path :
       {"/_matrix/client/unstable/org.matrix.msc2965/auth_metadata", "/.well-known/openid-configuration"})
    EXPECT_EQ(call("GET", path).body, metadata.body) << path;
  EXPECT_EQ(call("GET", "/_matrix/client/unstable/org.matrix.msc2965/auth_issuer").text("issuer"),
            metadata.text("issuer"));
  // Password clients are served as before.
  EXPECT_EQ(call("GET", "/_matrix/client/v3/login").body,
            R"({"flows":[{"type":"m.login.password"},{"type":"m.login.token","get_login_token":true}]})");
}

TEST_F(TokenTest, SignsInByCode) {
  const auto client = register_client();
  const auto tokens = signed_in(client);
  EXPECT_EQ(tokens.text("token_type"), "Bearer");
  EXPECT_EQ(tokens.json.at("expires_in"), 300);
  EXPECT_EQ(tokens.text("scope"), kScope);
  EXPECT_EQ(tokens.headers.get("Cache-Control"), "no-store");
  EXPECT_FALSE(tokens.json.contains("id_token"));
  const auto whoami = call("GET", kWhoami, {}, tokens.text("access_token"));
  EXPECT_EQ(whoami.text("user_id"), "@anna:example.org");
  EXPECT_EQ(whoami.text("device_id"), "DEVICE-ONE");
  const auto device = call("GET", "/_matrix/client/v3/devices/DEVICE-ONE", {}, tokens.text("access_token"));
  EXPECT_EQ(device.text("display_name"), "An App");
  clock_.advance(std::chrono::seconds(301));
  const auto late = call("GET", kWhoami, {}, tokens.text("access_token"));
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(late.json.at("soft_logout"), true);
}

TEST_F(TokenTest, RefusesCodesThatDoNotFit) {
  const auto client = register_client();
  const auto other = register_client({{"client_name", "Another"}});
  const auto code = code_for(client);
  const struct {
    Fields fields;
    int status;
    const char* error;
  } cases[] = {
      {with(exchange(client, code), "code_verifier", ""), 400, "invalid_request"},
      {with(exchange(client, code), "code_verifier", "short"), 400, "invalid_grant"},
      {with(exchange(client, code), "code_verifier", challenge()), 400, "invalid_grant"},  // plain
      {with(exchange(client, code), "code_verifier", std::string(64, 'x')), 400, "invalid_grant"},
      {with(exchange(client, code), "redirect_uri", "https://example.com/other"), 400, "invalid_grant"},
      {with(exchange(client, code), "redirect_uri", ""), 400, "invalid_grant"},
      {exchange(other, code), 400, "invalid_grant"},
      {exchange("nobody", code), 401, "invalid_client"},
      {with(exchange(client, code), "client_id", ""), 401, "invalid_client"},
      {exchange(client, code + "x"), 400, "invalid_grant"},
      {with(exchange(client, code), "code", ""), 400, "invalid_request"},
      {with(exchange(client, code), "grant_type", ""), 400, "invalid_request"},
      {with(exchange(client, code), "grant_type", "password"), 400, "unsupported_grant_type"},
  };
  for (const auto& wrong : cases) {
    const auto answer = post("token", wrong.fields);
    EXPECT_EQ(answer.status, wrong.status) << answer.body;
    EXPECT_EQ(answer.text("error"), wrong.error) << answer.body;
    EXPECT_EQ(answer.headers.get("Cache-Control"), "no-store");
  }
  // None of these has used it up.
  EXPECT_EQ(post("token", exchange(client, code)).status, 200);
}

TEST_F(TokenTest, ACodeLivesOneMinute) {
  const auto client = register_client();
  const auto code = code_for(client);
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(post("token", exchange(client, code)).text("error"), "invalid_grant");
}

TEST_F(TokenTest, ACodeUsedTwiceEndsItsSession) {
  const auto client = register_client();
  const auto code = code_for(client);
  const auto tokens = post("token", exchange(client, code));
  EXPECT_TRUE(works(tokens.text("access_token")));
  EXPECT_EQ(post("token", exchange(client, code)).text("error"), "invalid_grant");
  EXPECT_FALSE(works(tokens.text("access_token")));
  EXPECT_EQ(refresh(client, tokens.text("refresh_token")).text("error"), "invalid_grant");
  // A later session of the same device is not of that code.
  const auto again = signed_in(client);
  post("token", exchange(client, code));
  EXPECT_TRUE(works(again.text("access_token")));
}

TEST_F(TokenTest, LockedAndClosedAccountsGetNothingForTheirCodes) {
  const auto client = register_client();
  const auto code = code_for(client);
  server_.wait(accounts().set_locked("@anna:example.org", true)).value();
  EXPECT_EQ(post("token", exchange(client, code)).text("error"), "invalid_grant");
  server_.wait(accounts().set_locked("@anna:example.org", false)).value();
  const auto tokens = post("token", exchange(client, code));
  EXPECT_EQ(tokens.status, 200);
  server_.wait(accounts().set_locked("@anna:example.org", true)).value();
  EXPECT_EQ(refresh(client, tokens.text("refresh_token")).text("error"), "invalid_grant");
  server_.wait(accounts().set_locked("@anna:example.org", false)).value();
  const auto second = code_for(client);
  server_.wait(accounts().deactivate("@anna:example.org")).value();
  EXPECT_EQ(post("token", exchange(client, second)).text("error"), "invalid_grant");
  EXPECT_FALSE(works(tokens.text("access_token")));
}

TEST_F(TokenTest, RefreshTokensRotate) {
  const auto client = register_client();
  const auto first = signed_in(client);
  const auto second = refresh(client, first.text("refresh_token"));
  EXPECT_EQ(second.status, 200);
  EXPECT_NE(second.text("refresh_token"), first.text("refresh_token"));
  EXPECT_EQ(second.text("scope"), kScope);
  EXPECT_TRUE(works(second.text("access_token")));
  EXPECT_FALSE(works(first.text("access_token")));
  EXPECT_EQ(call("GET", kWhoami, {}, second.text("access_token")).text("device_id"), "DEVICE-ONE");
}

TEST_F(TokenTest, ALostAnswerIsServedOnceMore) {
  const auto client = register_client();
  const auto first = signed_in(client);
  refresh(client, first.text("refresh_token"));
  const auto again = refresh(client, first.text("refresh_token"));
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(works(again.text("access_token")));
  EXPECT_EQ(refresh(client, again.text("refresh_token")).status, 200);
}

TEST_F(TokenTest, ARefreshTokenUsedAgainLaterEndsItsSession) {
  const auto client = register_client();
  const auto first = signed_in(client);
  const auto second = refresh(client, first.text("refresh_token"));
  EXPECT_TRUE(works(second.text("access_token")));
  EXPECT_EQ(refresh(client, first.text("refresh_token")).text("error"), "invalid_grant");
  EXPECT_FALSE(works(second.text("access_token")));
  EXPECT_EQ(refresh(client, second.text("refresh_token")).text("error"), "invalid_grant");
}

TEST_F(TokenTest, AThirdUseOfARefreshTokenEndsItsSession) {
  const auto client = register_client();
  const auto first = signed_in(client);
  refresh(client, first.text("refresh_token"));
  const auto again = refresh(client, first.text("refresh_token"));
  EXPECT_EQ(refresh(client, first.text("refresh_token")).text("error"), "invalid_grant");
  EXPECT_FALSE(works(again.text("access_token")));
}

TEST_F(TokenTest, RefreshTokensAreOfOneClient) {
  const auto client = register_client();
  const auto other = register_client({{"client_name", "Another"}});
  const auto tokens = signed_in(client);
  EXPECT_EQ(refresh(other, tokens.text("refresh_token")).text("error"), "invalid_grant");
  // Nor does the way of password clients take them, which asks for no client.
  const auto old = call("POST", "/_matrix/client/v3/refresh", {{"refresh_token", tokens.text("refresh_token")}});
  EXPECT_EQ(old.status, 401);
  EXPECT_TRUE(works(tokens.text("access_token")));
  EXPECT_EQ(refresh(client, tokens.text("refresh_token")).status, 200);
  // And theirs are none here.
  const auto by_password = call("POST", "/_matrix/client/v3/login",
                                {{"type", "m.login.password"},
                                 {"identifier", {{"type", "m.id.user"}, {"user", "anna"}}},
                                 {"password", "secret"},
                                 {"refresh_token", true}});
  EXPECT_EQ(refresh(client, by_password.text("refresh_token")).text("error"), "invalid_grant");
  EXPECT_TRUE(works(by_password.text("access_token")));
}

TEST_F(TokenTest, RevokingEitherTokenEndsTheDevice) {
  const auto client = register_client();
  const auto other = register_client({{"client_name", "Another"}});
  for (const auto* kind : {"access_token", "refresh_token"}) {
    const auto tokens = signed_in(client);
    const auto by_other = post("revoke", {{"token", tokens.text(kind)}, {"client_id", other}});
    EXPECT_EQ(by_other.text("error"), "invalid_client");
    EXPECT_TRUE(works(tokens.text("access_token")));
    EXPECT_EQ(post("revoke", {{"token", tokens.text(kind)}, {"client_id", client}}).status, 200);
    EXPECT_FALSE(works(tokens.text("access_token")));
    EXPECT_EQ(refresh(client, tokens.text("refresh_token")).text("error"), "invalid_grant");
    EXPECT_EQ(post("revoke", {{"token", tokens.text(kind)}, {"client_id", client}}).status, 200);
  }
  EXPECT_EQ(post("revoke", {{"client_id", client}}).text("error"), "invalid_request");
  EXPECT_EQ(post("revoke", {{"token", "unknown"}}).status, 200);
}

TEST_F(TokenTest, LogoutEndsTheTokens) {
  const auto client = register_client();
  const auto tokens = signed_in(client);
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout", {}, tokens.text("access_token")).status, 200);
  EXPECT_FALSE(works(tokens.text("access_token")));
  EXPECT_EQ(refresh(client, tokens.text("refresh_token")).text("error"), "invalid_grant");
}

TEST_F(TokenTest, ADeviceThatSignsInByPasswordIsNoLongerTheClients) {
  const auto client = register_client();
  const auto tokens = signed_in(client);
  const auto by_password = call("POST", "/_matrix/client/v3/login",
                                {{"type", "m.login.password"},
                                 {"identifier", {{"type", "m.id.user"}, {"user", "anna"}}},
                                 {"password", "secret"},
                                 {"device_id", "DEVICE-ONE"},
                                 {"refresh_token", true}});
  EXPECT_FALSE(works(tokens.text("access_token")));
  EXPECT_EQ(refresh(client, tokens.text("refresh_token")).text("error"), "invalid_grant");
  EXPECT_EQ(refresh(client, by_password.text("refresh_token")).text("error"), "invalid_grant");
  EXPECT_TRUE(works(by_password.text("access_token")));
}

TEST_F(TokenTest, SignsIdTokensForThoseWhoAsk) {
  const auto client = register_client();
  const auto asked = with(with(asking(client), "scope", std::string("openid ") + kScope), "nonce", "a-nonce");
  const auto tokens = post("token", exchange(client, authorize(asked).led_with("code")));
  const auto token = tokens.text("id_token");
  const auto second = token.rfind('.');
  const auto first = token.find('.');
  ASSERT_NE(first, second);
  const auto payload = base::base64_decode(token.substr(first + 1, second - first - 1)).value();
  const auto claims = boost::json::parse(payload).as_object();
  EXPECT_EQ(claims.at("iss"), "http://matrix.example.org/");
  EXPECT_EQ(claims.at("aud"), matrix::Json(client));
  EXPECT_EQ(claims.at("sub"), "@anna:example.org");
  EXPECT_EQ(claims.at("nonce"), "a-nonce");
  const auto keys = call("GET", kBase + std::string("keys"));
  const auto& key = keys.json.at("keys").at(0).as_object();
  const auto open = base::base64_decode(matrix::view(key.at("x").as_string())).value();
  EXPECT_TRUE(
      base::verify_ed25519(open, token.substr(0, second), base::base64_decode(token.substr(second + 1)).value()));
  // It is no credential.
  EXPECT_FALSE(works(token));
}

TEST_F(TokenTest, OldCodesAreForgotten) {
  const auto client = register_client();
  const auto code = code_for(client);
  const auto tokens = post("token", exchange(client, code));
  for (const auto& job : server_.context->jobs()) {
    if (job.name == "homeserver.oauth") server_.wait(job.run()).value();
  }
  EXPECT_EQ(post("token", exchange(client, code)).text("error"), "invalid_grant");
  EXPECT_FALSE(works(tokens.text("access_token")));  // it was still known
}

}  // namespace
}  // namespace troupe::homeserver::oauth
