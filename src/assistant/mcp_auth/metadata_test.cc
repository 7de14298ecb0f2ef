// What servers say of themselves, as it should be and as a hostile one would have it.
#include "assistant/mcp_auth/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/mcp_auth/challenge.h"

namespace troupe::assistant::mcp_auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

JsonObject json(std::string_view text) { return matrix::parse_json(text).value().as_object(); }
Url url(std::string_view text) { return Url::parse(text).value(); }

Challenge challenge(const std::vector<std::string>& fields) {
  net::http::Headers headers;
  for (const auto& each : fields) headers.add("www-authenticate", each);
  return read_challenge(headers).value_or(Challenge{.resource_metadata = "nothing", .scope = {}, .error = {}});
}

TEST(Challenge, SaysWhereTheServerDescribesItself) {
  const auto usual = challenge({R"(Bearer resource_metadata="https://m.example/.well-known/x", scope="a b")"});
  EXPECT_EQ(usual.resource_metadata, "https://m.example/.well-known/x");
  EXPECT_EQ(usual.scope, "a b");
  EXPECT_EQ(challenge({R"(Basic realm="x, Bearer", charset=UTF-8, bearer Scope = one ,resource_metadata=https://m/y)"})
                .resource_metadata,
            "https://m/y");
  EXPECT_EQ(challenge({"Negotiate abc==", R"(Bearer error="invalid_token")", R"(Bearer resource_metadata="u")"})
                .resource_metadata,
            "u");
  EXPECT_EQ(challenge({R"(Bearer scope="a \"b\\")"}).scope, R"(a "b\)");
  EXPECT_EQ(challenge({R"(Bearer)"}).resource_metadata, "");
  EXPECT_EQ(challenge({R"(Basic resource_metadata="u")"}).resource_metadata, "nothing") << "another scheme's";
}

TEST(Challenge, OfAnyFormIsReadToItsEnd) {
  for (const std::string field :
       {"", ",", "=", "\"", "Bearer \"", "Bearer =", "Bearer a=\"\\", "Bearer , , =x \" y", "\\"})
    challenge({field, field});
  EXPECT_EQ(challenge({std::string(1'000'000, '"')}).resource_metadata, "nothing");
  EXPECT_EQ(challenge({"Bearer scope=" + std::string(1'000'000, 'a')}).scope.size(), kMaxChallengeBytes - 13);
}

TEST(Addresses, AreThoseOfTheProtocolInItsOrder) {
  EXPECT_THAT(resource_addresses(url("https://m.example/public/mcp?x=1")),
              ElementsAre("https://m.example/.well-known/oauth-protected-resource/public/mcp",
                          "https://m.example/.well-known/oauth-protected-resource"));
  EXPECT_THAT(resource_addresses(url("https://m.example:8443/")),
              ElementsAre("https://m.example:8443/.well-known/oauth-protected-resource"));
  EXPECT_THAT(issuer_addresses(url("https://id.example")),
              ElementsAre("https://id.example/.well-known/oauth-authorization-server",
                          "https://id.example/.well-known/openid-configuration"));
  EXPECT_THAT(issuer_addresses(url("https://id.example/tenant1/")),
              ElementsAre("https://id.example/.well-known/oauth-authorization-server/tenant1",
                          "https://id.example/.well-known/openid-configuration/tenant1",
                          "https://id.example/tenant1/.well-known/openid-configuration"));
}

TEST(ResourceMetadata, IsOfTheServerThatIsCalled) {
  const auto server = url("https://m.example/public/mcp");
  const auto read = [&server](std::string_view resource) {
    return read_resource(
        json(R"({"authorization_servers":["https://id.example"],"scopes_supported":["a","b\"c",7],"resource":")" +
             std::string(resource) + "\"}"),
        server);
  };
  for (const auto* good : {"https://m.example/public/mcp", "https://m.example/public", "https://m.example",
                           "https://M.example/public/mcp/", "https://m.example/"}) {
    const auto found = read(good);
    ASSERT_TRUE(found) << good << found.error().message();
    EXPECT_EQ(found->name, good);
    EXPECT_THAT(found->scopes, ElementsAre("a"));
    EXPECT_THAT(found->servers, ElementsAre("https://id.example"));
  }
  for (const auto* bad : {"", "https://other.example/public/mcp", "http://m.example/public/mcp",
                          "https://m.example/pub", "https://m.example/public/mcp/more",
                          "https://m.example:444/public/mcp", "https://m.example/public/mcp#x", "javascript:x"})
    EXPECT_EQ(read(bad).error().code(), Errc::forbidden) << bad;
  EXPECT_FALSE(read_resource(json(R"({"resource":"https://m.example"})"), server));
  EXPECT_FALSE(
      read_resource(json(R"({"resource":"https://m.example","authorization_servers":"https://id.example"})"), server));
  EXPECT_FALSE(read_resource(json(R"({"resource":"https://m.example","authorization_servers":["https://id.example"],
                                      "bearer_methods_supported":["query"]})"),
                             server));
  std::string many = R"({"resource":"https://m.example","authorization_servers":[)";
  for (int i = 0; i < 1'000; ++i) many += (i == 0 ? "\"https://id.example\"" : ",\"https://id.example\"");
  EXPECT_EQ(read_resource(json(many + "]}"), server)->servers.size(), kMaxServers);
}

constexpr std::string_view kIssuer =
    R"({"issuer":"https://id.example/t","authorization_endpoint":"https://id.example/auth","token_endpoint":"https://id.example/token",
        "registration_endpoint":"https://id.example/reg","code_challenge_methods_supported":["plain","S256"],
        "token_endpoint_auth_methods_supported":["none","client_secret_post"],"scopes_supported":["openid","offline_access"],
        "authorization_response_iss_parameter_supported":true})";

Result<packs::FoundSignIn> read_with(std::string_view member, std::string_view value) {
  auto object = json(kIssuer);
  if (value.empty()) {
    object.erase(member);
  } else {
    object[member] = matrix::parse_json(value).value();
  }
  return read_issuer(object, "https://id.example/t", [](const Url& there) { return there.host == "id.example"; });
}

TEST(IssuerMetadata, SaysWhatIsNeeded) {
  const auto found = read_with("x", "1").value();
  EXPECT_EQ(found.authorize_url, "https://id.example/auth");
  EXPECT_EQ(found.token_url, "https://id.example/token");
  EXPECT_EQ(found.registration_url, "https://id.example/reg");
  EXPECT_EQ(found.client_auth, packs::ClientAuth::post);
  EXPECT_TRUE(found.public_clients && found.answers_with_issuer);
  EXPECT_THAT(found.scopes, ElementsAre("offline_access"));
  EXPECT_EQ(packs::read_found_sign_in(packs::text_of(found)), found);
  const auto plain = read_with("token_endpoint_auth_methods_supported", "").value();
  EXPECT_EQ(plain.client_auth, packs::ClientAuth::basic) << "the default of RFC 8414";
  EXPECT_FALSE(plain.public_clients);
  EXPECT_THAT(read_with("scopes_supported", "").value().scopes, IsEmpty());
  EXPECT_EQ(read_with("registration_endpoint", "").value().registration_url, "");
  auto root = json(kIssuer);
  root["issuer"] = "https://id.example";
  EXPECT_TRUE(read_issuer(root, "https://id.example/", [](const Url&) { return true; }));
}

TEST(IssuerMetadata, OfAnotherOrWithoutPkceIsNotUsed) {
  for (const auto* other : {R"("https://evil.example/t")", R"("https://id.example/t/")", R"("http://id.example/t")",
                            R"("https://id.example")", "7", ""})
    EXPECT_EQ(read_with("issuer", other).error().code(), Errc::forbidden) << other;
  for (const auto* member : {"authorization_endpoint", "token_endpoint", "registration_endpoint"}) {
    const auto elsewhere = read_with(member, R"("https://evil.example/x")");
    EXPECT_EQ(elsewhere.error().code(), Errc::forbidden) << member;
    EXPECT_THAT(elsewhere.error().message(), HasSubstr("egress"));
    for (const auto* bad : {R"("http://id.example/x")", R"("javascript:x")", R"("https://id.example/x#y")",
                            R"("https://a:b@id.example/x")", R"("https://id.example/\r\nx")", "7", "null"})
      EXPECT_FALSE(read_with(member, bad)) << member << bad;
  }
  EXPECT_FALSE(read_with("token_endpoint", ""));
  for (const auto* methods : {"", "[]", R"(["plain"])", R"("S256")"})
    EXPECT_THAT(read_with("code_challenge_methods_supported", methods).error().message(), HasSubstr("PKCE")) << methods;
  EXPECT_FALSE(read_with("response_types_supported", R"(["token"])"));
  EXPECT_FALSE(read_with("grant_types_supported", R"(["implicit"])"));
}

TEST(Scopes, AreWordsAndNotTooMany) {
  EXPECT_THAT(scopes_of(" a  b:c a \"x\" "), ElementsAre("a", "b:c"));
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += "s" + std::to_string(i) + " ";
  EXPECT_EQ(scopes_of(many).size(), 100U);
}

}  // namespace
}  // namespace troupe::assistant::mcp_auth
