// Where people sign in to a pack's service, where tokens are renewed, and how its client shows its secret.
#include "assistant/packs/sign_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::assistant::packs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kPlain =
    R"({"openapi":"3.1.0","info":{"title":"Shop"},"servers":[{"url":"https://shop.example/v1"}],"paths":{
  "/things":{"get":{"operationId":"listThings","summary":"List"}}}})";

Files signing(const std::string& config, std::string_view document = kPlain) {
  return {{"config.json", R"({"service":"shop","enabled":true,)" + config + "}"},
          {"openapi.json", std::string(document)}};
}

std::string lines_of(const report::Findings& findings) {
  std::string out;
  for (const auto& each : findings.sorted())
    out += std::string(report::name_of(each.severity)) + " " + each.file + each.pointer + " " + each.message + "\n";
  return out;
}
std::string mistakes_of(const Files& files) { return lines_of(read_pack(files).findings); }

TEST(PackSignIn, TakesTheSignInFromTheDocumentAndAsksForWhatIsOffered) {
  constexpr std::string_view kOauth =
      R"({"openapi":"3.1.0","info":{"title":"Shop"},"servers":[{"url":"https://shop.example/v1"}],
  "security":[{"key":[]},{"page":["things:read"]}],
  "components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X"},"robot":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://id.shop.example/robot"}}},
    "page":{"type":"oauth2","flows":{"authorizationCode":{"authorizationUrl":"https://id.shop.example/authorize","tokenUrl":"https://id.shop.example/token","scopes":{}}}}}},
  "paths":{"/things":{"get":{"operationId":"listThings","summary":"List"},"post":{"operationId":"makeThing","summary":"Make","security":[{"page":["things:write","not a scope"]},{"page":["things:admin"]}]}},
  "/secrets":{"get":{"operationId":"listSecrets","summary":"List","security":[{"page":["secrets:read"]}]}}}})";
  const auto auth_of = [&](const std::string& config) {
    auto checked = read_pack(signing(config, kOauth));
    EXPECT_TRUE(checked.pack) << lines_of(checked.findings);
    return checked.pack ? checked.pack->config.auth : Auth();
  };
  constexpr std::string_view kTwo = R"(,"operations":{"list_things":{},"make_thing":{}})";
  const auto read = auth_of(R"("auth":{"scheme":"oauth2","scopes":["offline_access"]})" + std::string(kTwo));
  EXPECT_EQ(read.authorize_url, "https://id.shop.example/authorize");
  EXPECT_EQ(read.token_url, "https://id.shop.example/token");
  EXPECT_THAT(read.scopes, ElementsAre("offline_access", "things:read", "things:write"))
      << "the first alternative of each, and nothing of what is not offered";
  const auto own = auth_of(R"("auth":{"scheme":"oauth2","token_url":"https://own.example/token"})" + std::string(kTwo));
  EXPECT_EQ(own.token_url, "https://own.example/token");
  EXPECT_EQ(own.authorize_url, "") << "the codes of one service are not taken to another";
  EXPECT_THAT(mistakes_of(signing(R"("auth":{"scheme":"oauth2"})")), HasSubstr("/auth/token_url is missing"));
  EXPECT_THAT(mistakes_of(signing(R"("auth":{"scheme":"oauth2","authorize_url":"http://id.shop.example/a"})", kOauth)),
              HasSubstr("/auth/authorize_url must be an https address"));
  EXPECT_THAT(mistakes_of(signing(R"("auth":{"scheme":"oauth2","scopes":["a b"]})", kOauth)),
              HasSubstr("/auth/scopes has words that no scope can be"));
}

TEST(PackSignIn, RenewsWhereTheDocumentSaysAtTheHostThatTheSecretsAreFor) {
  const auto document = [](const std::string& refresh) {
    return R"({"openapi":"3.1.0","info":{"title":"Shop"},"servers":[{"url":"https://shop.example/v1"}],
  "components":{"securitySchemes":{"page":{"type":"oauth2","oauth2MetadataUrl":"https://id.shop.example/.well-known/oauth-authorization-server",
    "flows":{"authorizationCode":{"authorizationUrl":"https://id.shop.example/authorize","tokenUrl":"https://id.shop.example/token","refreshUrl":")" +
           refresh + R"(","scopes":{}}}}}},"paths":{"/things":{"get":{"operationId":"listThings","summary":"List"}}}})";
  };
  const auto own = document("https://id.shop.example/renew");
  const auto read = read_pack(signing(R"("auth":{"scheme":"oauth2","client_auth":"client_secret_basic"})", own));
  ASSERT_TRUE(read.pack) << lines_of(read.findings);
  const auto& auth = read.pack->config.auth;
  EXPECT_EQ(auth.refresh_url, "https://id.shop.example/renew");
  EXPECT_EQ(auth.metadata_url, "https://id.shop.example/.well-known/oauth-authorization-server");
  EXPECT_EQ(auth.client_auth, ClientAuth::basic);
  const auto other = read_pack(signing(R"("auth":{"scheme":"oauth2","token_url":"https://other.example/token"})", own));
  ASSERT_TRUE(other.pack) << lines_of(other.findings);
  EXPECT_EQ(other.pack->config.auth.refresh_url, "") << "what one service granted is not renewed at another";
  EXPECT_EQ(other.pack->config.auth.metadata_url, "");
  EXPECT_EQ(other.pack->config.auth.client_auth, ClientAuth::unsaid);
  for (const auto* elsewhere : {"https://thief.example/renew", "http://id.shop.example/renew", "/renew"}) {
    const auto thief = document(elsewhere);
    const auto checked = read_pack(signing(R"("auth":{"scheme":"oauth2"})", thief));
    ASSERT_TRUE(checked.pack) << lines_of(checked.findings);
    EXPECT_EQ(checked.pack->config.auth.refresh_url, "") << elsewhere;
    EXPECT_THAT(lines_of(checked.findings), HasSubstr("refreshUrl is no https address at the host of tokenUrl"));
  }
}

TEST(PackSignIn, IsCheckedWhereConfigSaysIt) {
  struct Case {
    std::string config, says;
  };
  const std::vector<Case> cases{
      {R"("auth":{"scheme":"oauth2","token_url":"https://a.example/t","refresh_url":"https://b.example/t"})",
       "/auth/refresh_url is of another host than token_url"},
      {R"("auth":{"scheme":"oauth2","token_url":"https://a.example/t","refresh_url":"http://a.example/t"})",
       "/auth/refresh_url must be an https address"},
      {R"("auth":{"scheme":"oauth2","token_url":"https://a.example/t","metadata_url":"https://b.example/m"})",
       "/auth/metadata_url is of another host"},
      {R"("auth":{"scheme":"oauth2","token_url":"https://a.example/t","client_auth":"private_key_jwt"})",
       "/auth/client_auth is client_secret_post or client_secret_basic"},
  };
  for (const auto& each : cases) EXPECT_THAT(mistakes_of(signing(each.config)), HasSubstr(each.says)) << each.config;
}

}  // namespace
}  // namespace troupe::assistant::packs
