#include "identity/oidc/settings.h"

#include <gtest/gtest.h>

namespace troupe::identity::oidc {
namespace {

using Read = std::vector<ProviderSettings>;

std::string wrong_with(const std::string& text) {
  Read read;
  return read_providers(text, read).value_or("");
}

TEST(OidcSettings, ReadsProvidersWithTheirDefaults) {
  Read read;
  ASSERT_EQ(read_providers(R"([{"id":"keycloak","issuer":"https://idp.example.org/realms/main","client_id":"troupe"},
                               {"id":"oidc-two","name":"Two","issuer":"https://two.example.org","client_id":"c",
                                "client_secret":"s","scopes":"openid email","localpart_claim":"nick",
                                "link_existing":true,"backchannel_logout":true,"required_role":"chat"}])",
                           read),
            std::nullopt);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].id, "oidc-keycloak");
  EXPECT_EQ(read[0].name, "keycloak");
  EXPECT_EQ(read[0].scopes, (std::vector<std::string>{"openid", "profile", "email"}));
  EXPECT_EQ(read[0].localpart_claim, "preferred_username");
  EXPECT_FALSE(read[0].link_existing);
  EXPECT_FALSE(read[0].backchannel_logout);
  EXPECT_EQ(read[1].id, "oidc-two");
  EXPECT_EQ(read[1].scopes, (std::vector<std::string>{"openid", "email"}));
  EXPECT_TRUE(read[1].link_existing);
  EXPECT_EQ(read[1].required_role, "chat");
}

TEST(OidcSettings, NothingIsNoProviders) {
  Read read(1);
  EXPECT_EQ(read_providers("", read), std::nullopt);
  EXPECT_TRUE(read.empty());
}

TEST(OidcSettings, SaysWhichProviderIsWrongAndWhy) {
  const auto with = [](std::string_view more) {
    return R"([{"id":"kc","issuer":"https://idp.example.org","client_id":"troupe")" + std::string(more) + "}]";
  };
  EXPECT_NE(wrong_with("keycloak").find("[[oidc.providers]]"), std::string::npos);
  EXPECT_NE(wrong_with(R"(["keycloak"])").find("[[oidc.providers]]"), std::string::npos);
  EXPECT_NE(wrong_with(with(R"(,"clientid":"x")")).find("unknown key \"clientid\""), std::string::npos);
  EXPECT_NE(wrong_with(with(R"(,"link_existing":"yes")")).find("link_existing must be true or false"),
            std::string::npos);
  EXPECT_NE(wrong_with(with(R"(,"scopes":["email"])")).find("scopes must hold openid"), std::string::npos);
  EXPECT_NE(wrong_with(with(R"(,"scopes":["openid","a b"])")).find("scopes"), std::string::npos);
  EXPECT_NE(wrong_with(with(R"(,"localpart_claim":"")")).find("localpart_claim"), std::string::npos);
  EXPECT_EQ(wrong_with(R"([{"id":"kc","client_id":"troupe"}])"), "number 1 (kc): issuer is missing");
  EXPECT_NE(wrong_with(R"([{"id":"kc","issuer":"ftp://x","client_id":"troupe"}])").find("issuer must be"),
            std::string::npos);
  EXPECT_NE(wrong_with(R"([{"id":"kc","issuer":"https://x/?a","client_id":"troupe"}])").find("issuer must be"),
            std::string::npos);
  EXPECT_NE(wrong_with(R"([{"id":"k c","issuer":"https://x","client_id":"troupe"}])").find("id must be"),
            std::string::npos);
  EXPECT_NE(wrong_with(R"([{"id":"kc","issuer":"https://x"}])").find("client_id is missing"), std::string::npos);
  EXPECT_NE(wrong_with(R"([{"id":"a","issuer":"https://x","client_id":"c"},
                           {"id":"oidc-a","issuer":"https://x","client_id":"c"}])")
                .find("number 2: there is another"),
            std::string::npos);
}

TEST(OidcSettings, AreWrittenAsTheyAreRead) {
  host::Settings settings;
  const auto row = setting_rows().front();
  EXPECT_EQ(row.value.write(settings), "");
  ASSERT_EQ(row.value.read(settings, R"([{"id":"kc","issuer":"https://idp.example.org","client_id":"troupe"}])"),
            std::nullopt);
  const auto text = row.value.write(settings);
  host::Settings again;
  ASSERT_EQ(row.value.read(again, text), std::nullopt);
  EXPECT_EQ(row.value.write(again), text);
}

TEST(OidcSettings, WarnOfAProviderWithoutTls) {
  const auto warnings = [](std::string issuer) {
    host::Settings settings;
    settings.edit<OidcSettings>().providers.push_back(
        {.id = "oidc", .name = "kc", .issuer = std::move(issuer), .client_id = "c", .client_secret = {}});
    host::Review review;
    review_settings(settings, review);
    return review.at_start.size();
  };
  EXPECT_EQ(warnings("https://idp.example.org"), 0U);
  EXPECT_EQ(warnings("http://127.0.0.1:8080"), 0U);
  EXPECT_EQ(warnings("http://idp.example.org"), 1U);
}

}  // namespace
}  // namespace troupe::identity::oidc
