#include "homeserver/oauth/client_metadata.h"

#include "homeserver/oauth/clients.h"
#include "homeserver/oauth/oauth_fixture.h"
#include "homeserver/oauth/scope.h"

namespace troupe::homeserver::oauth {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

ClientMetadata metadata(std::vector<std::string> redirects, std::string type = {}) {
  ClientMetadata said;
  said.client_uri = "https://example.com";
  said.application_type = std::move(type);
  said.redirect_uris = std::move(redirects);
  return said;
}

std::string refused(const ClientMetadata& said) {
  const auto checked = check_metadata(said);
  return checked ? std::string() : std::string(checked.error().wire_code());
}

TEST(ClientMetadataTest, TakesRedirectsOnTheHostOfTheClient) {
  for (const auto* uri : {"https://example.com/done", "https://app.example.com/?a=b", "https://example.com:8443/x"})
    EXPECT_EQ(refused(metadata({uri}, "web")), "") << uri;
  for (const auto* uri : {"https://example.org/done", "https://notexample.com/", "https://example.com.evil.org/",
                          "https://example.com@evil.org/", "https://evil.org\\.example.com/", "http://example.com/done",
                          "https://example.com/#part", "https:///done", "https:example.com", "//example.com/", "",
                          "javascript:alert(1)", "data:text/html,x", "http://localhost/done", "com.example:/done",
                          "https://evil.org/?.example.com", "https://user:word@example.com/", "HTTPS://example.com/"})
    EXPECT_EQ(refused(metadata({uri}, "web")), "invalid_redirect_uri") << uri;
}

TEST(ClientMetadataTest, TakesSchemesAndThisMachineFromNativeClients) {
  for (const auto* uri : {"com.example:/done", "com.example.app:/done", "http://localhost/done", "http://127.0.0.1:80/",
                          "http://127.0.0.1:65535/", "http://[::1]/done", "https://example.com/done"})
    EXPECT_EQ(refused(metadata({uri}, "native")), "") << uri;
  for (const auto* uri : {"com.examples:/done", "org.other:/done", "example:/done", "com.example://host/done",
                          "com.example:done", "http://localhost.evil.org/", "http://127.0.0.1.evil.org/",
                          "http://localhost@evil.org/", "http://localhost:80@evil.org/", "http://evil.org/",
                          "http://127.0.0.2/", "http://localhost:/", "http://localhost:123456/", "http://localhost:0/",
                          "http://[::1]:65536/", "http://127.0.0.1:000080/", "COM.example:/done"})
    EXPECT_EQ(refused(metadata({uri}, "native")), "invalid_redirect_uri") << uri;
}

TEST(ClientMetadataTest, RefusesWhatIsNoClientOfOurs) {
  auto said = metadata({"https://example.com/done"});
  EXPECT_EQ(refused(said), "");
  const auto with = [&said](auto change) {
    auto other = said;
    change(other);
    return refused(other);
  };
  EXPECT_EQ(with([](auto& m) { m.client_uri = "http://example.com"; }), "invalid_client_metadata");
  EXPECT_EQ(with([](auto& m) { m.client_uri = ""; }), "invalid_client_metadata");
  EXPECT_EQ(with([](auto& m) { m.token_endpoint_auth_method = "client_secret_basic"; }), "invalid_client_metadata");
  EXPECT_EQ(with([](auto& m) { m.application_type = "both"; }), "invalid_client_metadata");
  EXPECT_EQ(with([](auto& m) { m.client_name = "two\nlines"; }), "invalid_client_metadata");
  EXPECT_EQ(with([](auto& m) { m.tos_uri = "https://evil.org/"; }), "invalid_client_metadata");
  EXPECT_EQ(with([](auto& m) { m.grant_types = {"password"}; }), "invalid_client_metadata");
  EXPECT_EQ(with([](auto& m) { m.response_types = {"token"}; }), "invalid_client_metadata");
  EXPECT_EQ(with([](auto& m) { m.redirect_uris.clear(); }), "invalid_redirect_uri");
  const auto kept = check_metadata(metadata({"https://example.com/done"})).value();
  EXPECT_EQ(kept.response_types, std::vector<std::string>{"code"});
}

TEST(ClientMetadataTest, OnlyThePortOfThisMachineMayDiffer) {
  const auto said = metadata({"http://127.0.0.1/done", "https://example.com/done"});
  EXPECT_TRUE(is_registered(said, "http://127.0.0.1:4711/done"));
  EXPECT_TRUE(is_registered(said, "https://example.com/done"));
  for (const auto* uri :
       {"http://localhost:4711/done", "http://127.0.0.1:4711/other", "https://example.com:444/done",
        "https://example.com/done?x", "https://example.com/done/", "http://127.0.0.1:4711@evil.org/done",
        "http://127.0.0.1:0/done", "http://127.0.0.1:65536/done"})
    EXPECT_FALSE(is_registered(said, uri)) << uri;
  EXPECT_EQ(from_stored(stored(said)).redirect_uris, said.redirect_uris);
}

TEST(ScopeTest, WantsTheApiAndOneDevice) {
  const auto scope =
      read_scope("openid urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGHIJ urn:synapse:admin:*").value();
  EXPECT_EQ(scope.device_id, "ABCDEFGHIJ");
  EXPECT_TRUE(scope.openid);
  EXPECT_EQ(scope.granted, "openid urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGHIJ");
  EXPECT_TRUE(read_scope("urn:matrix:org.matrix.msc2967.client:api:* "
                         "urn:matrix:org.matrix.msc2967.client:device:ABCDEFGHIJ")
                  .has_value());
  for (const auto* text :
       {"", "openid", "urn:matrix:client:api:*", "urn:matrix:client:device:ABCDEFGHIJ",
        "urn:matrix:client:api:* urn:matrix:client:device:SHORT",
        "urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGH/J",
        "urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGHIJ urn:matrix:client:device:KLMNOPQRST"}) {
    const auto refusal = read_scope(text);
    ASSERT_FALSE(refusal.has_value()) << text;
    EXPECT_EQ(refusal.error().wire_code(), "invalid_scope");
  }
}

using RegisterClientTest = OAuthTest;

TEST_F(RegisterClientTest, TheSameClientHasTheSameId) {
  const auto first = register_client();
  EXPECT_EQ(register_client(), first);
  EXPECT_NE(register_client({{"client_name", "Another"}}), first);
  const auto made = call("POST", kBase + std::string("register"),
                         {{"client_uri", "https://example.com"}, {"redirect_uris", JsonArray{kRedirect}}});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.text("token_endpoint_auth_method"), "none");
  EXPECT_EQ(made.headers.get("Cache-Control"), "no-store");
}

TEST_F(RegisterClientTest, SaysMistakesInTheWordsOfTheStandard) {
  const auto refusal = [this](const JsonObject& body) {
    const auto answer = call("POST", kBase + std::string("register"), body);
    EXPECT_EQ(answer.status, 400);
    return answer.text("error");
  };
  EXPECT_EQ(refusal({{"redirect_uris", JsonArray{kRedirect}}}), "invalid_client_metadata");
  EXPECT_EQ(refusal({{"client_uri", 5}}), "invalid_client_metadata");
  EXPECT_EQ(refusal({{"client_uri", "https://example.com"}, {"redirect_uris", JsonArray{"https://evil.org/"}}}),
            "invalid_redirect_uri");
  JsonArray many(20, matrix::Json(kRedirect));
  EXPECT_EQ(refusal({{"client_uri", "https://example.com"}, {"redirect_uris", many}}), "invalid_client_metadata");
}

TEST_F(RegisterClientTest, WhatNobodyUsesGoes) {
  const auto unused = register_client({{"client_name", "Unused"}});
  const auto used = register_client();
  signed_in(used);
  Clients clients(*server_.db, clock_);
  const auto later = [this](std::chrono::hours by) { return clock_.unix_ms() + std::chrono::milliseconds(by).count(); };
  server_.wait(clients.sweep(later(std::chrono::hours(23)))).value();
  EXPECT_TRUE(server_.wait(clients.find(unused)).has_value());
  server_.wait(clients.sweep(later(std::chrono::hours(25)))).value();
  EXPECT_FALSE(server_.wait(clients.find(unused)).has_value());
  // As long as a device is signed in by it, a client stays.
  server_.wait(clients.sweep(later(std::chrono::hours(24 * 365)))).value();
  EXPECT_TRUE(server_.wait(clients.find(used)).has_value());
  server_.wait(accounts().end_all_sessions("@anna:example.org")).value();
  server_.wait(clients.sweep(later(std::chrono::hours(24 * 365)))).value();
  EXPECT_FALSE(server_.wait(clients.find(used)).has_value());
}

}  // namespace
}  // namespace troupe::homeserver::oauth
