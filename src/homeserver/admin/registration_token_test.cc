#include "homeserver/admin/admin_fixture.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonObject;

constexpr const char* kTokens = "/v1/registration_tokens";
constexpr std::int64_t kFarMs = 9'000'000'000'000;

class RegistrationTokenTest : public AdminFixture {
 protected:
  WholeAnswer make(const JsonObject& body) { return ask("POST", "/v1/registration_tokens/new", body); }
  std::string make_status(const JsonObject& body) { return outcome(make(body)); }
  /// The tokens of a list, in its order.
  std::string listed(const std::string& query = {}) {
    std::string found;
    const auto answer = ask("GET", kTokens + query);
    for (const auto& token : answer.at("/registration_tokens").as_array()) {
      found += std::string(token.at("token").as_string()) + " ";
    }
    return found;
  }
  std::string validity(const std::string& token) {
    return server_.call({}, "GET", "/_matrix/client/v1/register/m.login.registration_token/validity?token=" + token)
        .text;
  }
};

TEST_F(RegistrationTokenTest, AreMadeAsSaidOrAtRandom) {
  EXPECT_EQ(make({{"token", "welcome"}, {"uses_allowed", 3}, {"expiry_time", kFarMs}}).json,
            matrix::Json(JsonObject{
                {"token", "welcome"}, {"uses_allowed", 3}, {"pending", 0}, {"completed", 0}, {"expiry_time", kFarMs}}));
  const auto made = make({});
  EXPECT_EQ(made.string_at("/token").size(), 16U);
  EXPECT_TRUE(made.json.as_object().contains("uses_allowed") && made.at("/uses_allowed").is_null());
  EXPECT_TRUE(made.json.as_object().contains("expiry_time") && made.at("/expiry_time").is_null());
  EXPECT_EQ(make({{"length", 64}, {"uses_allowed", nullptr}}).string_at("/token").size(), 64U);
  EXPECT_EQ(make_status({{"token", std::string(64, '~')}}), "200");
  EXPECT_EQ(validity("welcome"), R"({"valid":true})");
}

TEST_F(RegistrationTokenTest, BadOnesAreRefused) {
  ASSERT_EQ(make_status({{"token", "welcome"}}), "200");
  for (const auto* bad : {R"({"token":"welcome"})", R"({"token":""})", R"({"token":"a b"})", R"({"token":"ä"})",
                          R"({"length":0})", R"({"length":65})", R"({"uses_allowed":-1})", R"({"expiry_time":1})"}) {
    EXPECT_EQ(make_status(boost::json::parse(bad).as_object()), "400 M_INVALID_PARAM") << bad;
  }
  EXPECT_EQ(make_status({{"token", std::string(65, 'x')}}), "400 M_INVALID_PARAM");
  for (const auto* bad : {R"({"token":7})", R"({"length":"8"})", R"({"uses_allowed":1.5})", R"({"expiry_time":"x"})"})
    EXPECT_EQ(make(boost::json::parse(bad).as_object()).status, 400) << bad;
  EXPECT_EQ(listed(), "welcome ");
}

TEST_F(RegistrationTokenTest, AreListedByWhetherTheyCanBeUsed) {
  ASSERT_EQ(make_status({{"token", "any"}}), "200");
  ASSERT_EQ(make_status({{"token", "none"}, {"uses_allowed", 0}}), "200");
  const auto over = [](store::Tx& tx) -> Result<Unit> {
    tx.run("INSERT INTO hs_registration_token (token, expires_ms, made_ms) VALUES ('over', 1, 0)");
    return Unit{};
  };
  ASSERT_TRUE(server_.db->write_now(over));
  EXPECT_EQ(listed("?valid=true"), "any ");
  EXPECT_EQ(listed("?valid=false"), "over none ");
  EXPECT_EQ(listed().size(), std::string("over any none ").size());
  EXPECT_EQ(status("GET", std::string(kTokens) + "?valid=maybe"), "400 M_INVALID_PARAM");
}

TEST_F(RegistrationTokenTest, AreShownChangedAndDeleted) {
  ASSERT_EQ(make_status({{"token", "welcome"}, {"uses_allowed", 3}, {"expiry_time", kFarMs}}), "200");
  const auto one = std::string(kTokens) + "/welcome";
  EXPECT_EQ(ask("GET", one).at("/uses_allowed").as_int64(), 3);
  auto changed = ask("PUT", one, JsonObject{{"uses_allowed", nullptr}});
  EXPECT_TRUE(changed.at("/uses_allowed").is_null());
  EXPECT_EQ(changed.at("/expiry_time").as_int64(), kFarMs);
  changed = ask("PUT", one, JsonObject{{"uses_allowed", 0}, {"expiry_time", nullptr}});
  EXPECT_EQ(changed.at("/uses_allowed").as_int64(), 0);
  EXPECT_TRUE(changed.at("/expiry_time").is_null());
  EXPECT_EQ(ask("PUT", one, JsonObject()).json, changed.json);
  EXPECT_EQ(ask("GET", one).json, changed.json);
  EXPECT_EQ(validity("welcome"), R"({"valid":false})");
  EXPECT_EQ(status("PUT", one, JsonObject{{"uses_allowed", -1}}), "400 M_INVALID_PARAM");
  EXPECT_EQ(status("PUT", one, JsonObject{{"expiry_time", 1}}), "400 M_INVALID_PARAM");
  EXPECT_EQ(ask("DELETE", one).text, "{}");
  for (const auto* method : {"GET", "DELETE"}) EXPECT_EQ(status(method, one), "404 M_NOT_FOUND") << method;
  EXPECT_EQ(status("PUT", one, JsonObject()), "404 M_NOT_FOUND");
}

TEST_F(RegistrationTokenTest, TheLogDoesNotSayThem) {
  ASSERT_EQ(make_status({{"token", "welcome-all"}}), "200");
  ASSERT_EQ(status("DELETE", std::string(kTokens) + "/welcome-all"), "200");
  EXPECT_EQ(audited(),
            "@root:example.org registration.delete token welc…; "
            "@root:example.org registration.create token welc…; ");
}

TEST_F(RegistrationTokenTest, AreForAdministrators) {
  EXPECT_EQ(outcome(as(anna_, "GET", kTokens)), "403 M_FORBIDDEN");
  EXPECT_EQ(outcome(as(anna_, "POST", std::string(kTokens) + "/new", JsonObject())), "403 M_FORBIDDEN");
  EXPECT_EQ(outcome(as({}, "DELETE", std::string(kTokens) + "/x")), "401 M_MISSING_TOKEN");
}

}  // namespace
}  // namespace troupe::homeserver::admin
